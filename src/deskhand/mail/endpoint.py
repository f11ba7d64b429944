"""Where a mail server is, and how the way to it is protected."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from deskhand.errors import InvalidInput

Security = Literal["tls", "starttls", "none"]
"""`tls` from the first byte (RFC 8314), `starttls` before anything is said, or none at all."""

_PORTS: dict[tuple[str, Security], int] = {
    ("imap", "tls"): 993, ("imap", "starttls"): 143, ("imap", "none"): 143,
    ("smtp", "tls"): 465, ("smtp", "starttls"): 587, ("smtp", "none"): 25,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A mail server's address."""

    host: str
    port: int
    security: Security = "tls"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"


def parse_endpoint(text: str, *, encrypted: bool = True) -> Endpoint:
    """`imaps://host`, `imap://host:143` (STARTTLS), `smtps://host`, `smtp://host`.

    Args:
        text: the address; the port of the scheme (RFC 8314 §7) is used when it names none.
        encrypted: False for a server on this machine that speaks plain text: `imap://127.0.0.1:10143`.

    Raises:
        InvalidInput: it is no such address, or plain text was asked for and the host is not this machine.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidInput(f"{_shown(text)} has a host or port that cannot be read: {_EXPECTED}") from None
    scheme = parts.scheme.removesuffix("s")
    if scheme not in ("imap", "smtp") or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise InvalidInput(f"{_shown(text)} is not the address of a mail server: {_EXPECTED}")
    if "@" in parts.netloc:
        raise InvalidInput(f"The address of {host} must not hold a user or password: they are settings of their own.")
    security: Security = "tls" if parts.scheme.endswith("s") else "starttls"
    if not encrypted and security == "starttls":
        if not is_loopback(host):
            raise InvalidInput(f"Without encryption only this machine is reached (127.0.0.1, ::1), not {host!r}.")
        security = "none"
    return Endpoint(host, port or _PORTS[scheme, security], security)


def is_loopback(host: str) -> bool:
    """Whether this is an address of this very machine; the name `localhost` is, too (RFC 6761 §6.3)."""
    if host.casefold() in ("localhost", "localhost."):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_EXPECTED = "write imaps://host, or imap://host for STARTTLS (mail out: smtps://, smtp://); a port may follow the host."


def _shown(text: str) -> str:
    """The address without what stands before `@`, which may be a password."""
    return repr(text.rpartition("@")[2][:100])
