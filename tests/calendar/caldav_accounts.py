"""Accounts for the tests of calendars on a server."""

from pathlib import Path

from deskhand.mail.account import Account
from deskhand.mail.address import Address

PASSWORD = "correct horse wörtlich"


def account_for(
    url: str, *, user: str = "ann", subject: str = "ann", name: str = "work", password: str = PASSWORD,
    oauth: bool = False, ca_file: Path | None = None,
) -> Account:  # fmt: skip
    """An account as the settings would make it."""

    async def secret() -> str:
        return password

    address = Address(f"{subject}@example.org", subject.title())
    return Account(name, subject, address, user=user, secret=secret, oauth=oauth, caldav=url, ca_file=ca_file)
