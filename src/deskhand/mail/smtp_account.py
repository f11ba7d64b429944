"""What is needed to hand mails to a server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from deskhand.mail.endpoint import Endpoint

Secret = Callable[[], Awaitable[str]]
"""Gives the password, or a fresh access token, at the moment it is needed; nobody keeps it."""


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """A submission server and how to sign in there. No secret is in it, only the way to it."""

    endpoint: Endpoint
    user: str = ""
    """Empty for a server that asks nobody to sign in."""
    secret: Secret | None = field(default=None, repr=False)
    oauth: bool = False
    """Whether `secret` gives access tokens (SASL XOAUTH2, OAUTHBEARER) instead of a password."""
    ca_file: Path | None = None
    """PEM file of an authority to trust beside the usual ones."""
    command_seconds: float = 60
    """Longest wait for the connection and for the answer to a command."""
    answer_seconds: float = 600
    """Longest wait for the answer after the mail: 10 minutes (RFC 5321 §4.5.3.2.6), to not be in doubt too early."""
