"""Call a running Deskhand with the official MCP SDK: `python call_over_http.py http://127.0.0.1:8642/mcp`.

The token comes from the environment variable MCP_DESKHAND_TOKEN.
"""

import os
import sys

import anyio
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str) -> None:
    """List the tools, call one, read the workspace's files."""
    token = os.environ["MCP_DESKHAND_TOKEN"]
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        print(client.protocol_version)
        print(", ".join(tool.name for tool in (await client.list_tools()).tools))
        result = await client.call_tool("multiply", {"a": "123456789012345678901234567890", "b": "2"})
        print(result.structured_content)
        for entry in (await client.list_resources()).resources:
            print(entry.uri)


if __name__ == "__main__":
    if len(sys.argv) != 2 or "MCP_DESKHAND_TOKEN" not in os.environ:
        sys.exit(__doc__)
    anyio.run(main, sys.argv[1])
