"""The mailbox of an account: on this machine, or at its server."""

from pathlib import Path

from deskhand.errors import NotFound
from deskhand.mail.account import Account
from deskhand.mail.imap import Imap
from deskhand.mail.mailbox import Mailbox
from deskhand.mail.maildir import Maildir


def open_mailbox(account: Account, folder: Path) -> Mailbox:
    """The account's mailbox, not yet connected; `folder` is where its person's mail on this machine lies.

    Raises:
        NotFound: the account has none.
    """
    if account.is_local:
        return Maildir(account.name, folder / "mail")
    if account.imap_account is not None:
        return Imap(account.imap_account)
    raise NotFound(f"The account {account.name!r} has no mailbox: set accounts.{account.name}.imap.")
