"""A mail and calendar account of one person, as the settings describe it; or the one that needs no settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deskhand.mail.address import Address, folded
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.reply_recipients import Own
from deskhand.mail.smtp_account import Secret, SmtpAccount

LOCAL = "local"
"""The name of the account that is there without settings: its mail lies on this machine and never leaves it."""
LOCAL_ADDRESS = Address("you@deskhand.localhost", "You")
"""No mail can be sent there from elsewhere: `localhost` is no domain of the internet (RFC 6761 §6.3)."""

ANSWER_SECONDS = 150.0
"""Longest wait for the server's yes to a mail: shorter than an attempt may take (`outbox.PERFORM_SECONDS`), so that it
ends with what became of the mail, and not with a time-out of its own."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an account is and can do. No secret is in it, only the way to it."""

    name: str
    """One word, unique on this server; part of `email://` addresses."""
    owner: str
    """The subject whose account it is."""
    address: Address
    user: str = ""
    """What to sign in with."""
    secret: Secret | None = field(default=None, repr=False)
    """Gives the password, or an access token, when it is needed; None where nobody has to sign in."""
    oauth: bool = False
    """Whether `secret` gives access tokens."""
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    caldav: str = ""
    """The http or https address of the calendars; empty when there are none."""
    ca_file: Path | None = None
    security: Literal["required", "none"] = "required"
    allow: tuple[str, ...] = ()
    """Who may be written to without asking: addresses in lower case, or `*@domain`."""
    hourly: int = 20
    poll_seconds: float = 60

    @property
    def is_local(self) -> bool:
        """Whether nothing of it leaves this machine."""
        return self.name == LOCAL

    @property
    def has_mail(self) -> bool:
        """Whether mail can be read or sent with it."""
        return self.is_local or self.imap is not None or self.smtp is not None

    @property
    def has_calendars(self) -> bool:
        """Whether calendars are kept with it."""
        return self.is_local or bool(self.caldav)

    @property
    def imap_account(self) -> ImapAccount | None:
        """The mailbox at a server; None for an account that only sends."""
        if self.imap is None or self.secret is None:
            return None
        return ImapAccount(
            self.name, self.imap, self.user, self.secret, self.oauth, self.ca_file, poll_seconds=self.poll_seconds
        )

    @property
    def smtp_account(self) -> SmtpAccount | None:
        """The way out; None for an account that only reads."""
        if self.smtp is None:
            return None
        return SmtpAccount(self.smtp, self.user, self.secret, self.oauth, self.ca_file, answer_seconds=ANSWER_SECONDS)

    @property
    def own(self) -> Own:
        """The person, for whom replies and previews are written."""
        return Own(self.address)

    def allows(self, email: str) -> bool:
        """Whether this address may be written to without asking; compared as `folded`, and whole domains only."""
        known = folded(email)
        return known in self.allow or f"*@{known.rpartition('@')[2]}" in self.allow


def local_account(subject: str) -> Account:
    """The account of somebody who has configured none."""
    return Account(LOCAL, subject, LOCAL_ADDRESS)
