"""The sample thread in a new mailbox on this machine, so that there is something to try the tools on."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from deskhand.kept import folder_of
from deskhand.mail.account import Account
from deskhand.mail.mailbox import Mailbox
from deskhand.mail.sample import plant_sample
from deskhand.zone import Zone


class Samples:
    """Puts it into each person's local mailbox, once; `folder` remembers whose had it."""

    def __init__(self, folder: Path, now: Callable[[], datetime], zone: Zone) -> None:
        self._folder = folder
        self._now = now
        self._zone = zone
        self._looked: set[str] = set()

    async def plant(self, account: Account, mailbox: Mailbox) -> None:
        """Put it there, if this is the first time."""
        if account.owner in self._looked:
            return
        self._looked.add(account.owner)
        marker = folder_of(self._folder, account.owner) / "sample-planted"
        await plant_sample(mailbox, marker, account.address, self._now().astimezone(self._zone))
