"""Where a sign-in may send requests.

The addresses of its steps come from the MCP server's metadata. A server on the public internet must not use them to
reach into the private network (MCP, security best practices, server-side request forgery), nor have codes and tokens
sent in clear. One on this machine or in the private network may name its neighbours.
"""

from collections.abc import Sequence

import httpx2

from deskhand.addresses import is_public
from deskhand.errors import Denied
from deskhand.outbound import Resolver, resolve


async def check_reach(url: httpx2.URL, server: httpx2.URL, resolver: Resolver = resolve) -> None:
    """Judge one request of a sign-in at `server`. The name is resolved anew to connect: this stops no DNS rebinding.

    Raises:
        Denied: it may not be sent.
    """
    if url.host == server.host and url.scheme == server.scheme:
        return
    if not _all_public(await _addresses(server, resolver)):
        return
    if url.scheme != "https":
        raise Denied(f"The sign-in at {server.host} leads to {url.host} without https. It was stopped.")
    if not _all_public(await _addresses(url, resolver)):
        raise Denied(f"The sign-in at {server.host} leads to {url.host}, in a private network. It was stopped.")


def _all_public(addresses: Sequence[str]) -> bool:
    return all(map(is_public, addresses))


async def _addresses(url: httpx2.URL, resolver: Resolver) -> Sequence[str]:
    try:
        return await resolver(url.host, url.port or (443 if url.scheme == "https" else 80))
    except OSError:
        return ()  # connecting to it will fail, and say so
