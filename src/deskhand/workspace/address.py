"""Where a file is: the names on the way down from the workspace root. Addresses are parsed and written only here.

Accepted: a file URI (RFC 8089) whose path counts from the root, `file:///docs/a.txt`, percent-decoded once; or a plain
path relative to the root, `docs/a.txt`, taken literally. Nothing here touches the disk or decides what is confined.
"""

import os
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

from deskhand.errors import InvalidInput
from deskhand.visible import hides, visible, visible_line

Parts = tuple[str, ...]
"""Names from the root down, `()` for the root itself; none is empty, `.`, `..` or holds a slash or NUL."""

MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4_000
MAX_DEPTH = 100
"""Below any file system's own limits, so that a refusal names the limit instead of an errno."""

_SAFE = "/-._~!$&'()*+,;=:@"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parse(address: str) -> Parts:
    """The names `address` stands for.

    Raises:
        InvalidInput: it is empty, absolute, climbs with `..`, names another host or scheme, or is too long.
    """
    if not address.strip():
        raise InvalidInput("The path is empty. The workspace root is file:/// ; a file in it is file:///docs/a.txt.")
    names = _uri_names(address) if address[:5].lower() == "file:" else _plain_names(address)
    parts = tuple(name for name in names if name not in ("", "."))
    _check(parts, address)
    return parts


def from_path(path: str) -> Parts:
    """The names of a path that is already decoded, as a resource template's variable is; a leading slash is ignored."""
    return parse(path.lstrip("/") or ".") if not path.lower().startswith("file:") else parse(f"./{path}")


def uri_of(parts: Parts) -> str:
    """The file URI, percent-encoded where RFC 3986 asks for it (bytes that are not UTF-8 included)."""
    return "file:///" + quote_from_bytes(os.fsencode("/".join(parts)), safe=_SAFE)


def shown(parts: Parts) -> str:
    """The plain path for people, with hidden characters escaped; `.` is the root."""
    return visible_line("/".join(parts)) or "."


def typed(parts: Parts) -> str:
    """What to give as the address of `parts`: the plain path, or the URI where that would not come through."""
    path = "/".join(parts)
    return uri_of(parts) if not path or hides(path) or path[:5].lower() == "file:" else path


def quoted(address: str) -> str:
    """What the caller wrote, fit to be repeated in an error."""
    text = visible_line(address)
    return f"'{text}'" if len(text) <= 120 else f"'{text[:100]}…' ({len(text)} characters)"


def _uri_names(address: str) -> list[str]:
    rest = address[5:]
    if rest.startswith("//"):
        host, slash, rest = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise InvalidInput(
                f"{quoted(address)} names the host {quoted(host)}. Write file:///{visible(host)}/… instead."
            )
        rest = slash + rest
    # Split before decoding: an encoded slash is part of a name, and a name with a slash does not exist.
    return [os.fsdecode(unquote_to_bytes(name)) for name in rest.split("/")]


def _plain_names(address: str) -> list[str]:
    if _SCHEME.match(address):
        raise InvalidInput(f"{quoted(address)} is not a workspace file. Expected file:///docs/a.txt or docs/a.txt.")
    if address.startswith("/"):
        relative = quoted(address.lstrip("/"))
        raise InvalidInput(f"{quoted(address)} is absolute. Paths count from the workspace root: perhaps {relative}.")
    return address.split("/")


def _check(parts: Parts, address: str) -> None:
    for name in parts:
        if name == "..":
            raise InvalidInput(f"{quoted(address)} climbs with '..'. Name the file from the workspace root down.")
        if "/" in name or "\0" in name:
            raise InvalidInput(f"{quoted(address)} has a name with a slash or NUL in it; no file can be called that.")
        if len(_bytes_of(name, address)) > MAX_NAME_BYTES:
            raise InvalidInput(f"{quoted(address)} has a name longer than {MAX_NAME_BYTES} bytes.")
    if len(parts) > MAX_DEPTH or len("/".join(parts).encode(errors="surrogatepass")) > MAX_PATH_BYTES:
        raise InvalidInput(
            f"{quoted(address)} is too long: at most {MAX_PATH_BYTES} bytes and {MAX_DEPTH} folders deep."
        )


def _bytes_of(name: str, address: str) -> bytes:
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        raise InvalidInput(f"{quoted(address)} is not valid Unicode.") from None


def readable(uri: str) -> str:
    """A URI of ours for people: decoded where that hides and breaks nothing, still a URI."""
    text = os.fsdecode(unquote_to_bytes(uri))
    return uri if hides(text) or any(mark in text for mark in "%?#") else text
