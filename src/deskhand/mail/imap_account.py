"""What is needed to read mails on a server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from deskhand.mail.endpoint import Endpoint

Secret = Callable[[], Awaitable[str]]
"""Gives the password, or a fresh access token, at the moment it is needed; nobody keeps it."""


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """An IMAP server and how to sign in there. No secret is in it, only the way to it."""

    name: str
    """The account's name in `MailRef.account`."""
    endpoint: Endpoint
    user: str
    secret: Secret = field(repr=False)
    oauth: bool = False
    """Whether `secret` gives access tokens (SASL OAUTHBEARER, XOAUTH2) instead of a password."""
    ca_file: Path | None = None
    """PEM file of an authority to trust beside the usual ones."""
    timeout: float = 30
    """Longest silence of the server, in seconds."""
    call_seconds: float = 120
    """Longest time for all that one call needs, connecting included."""
    poll_seconds: float = 60
    """How often to look where the server does not push."""
