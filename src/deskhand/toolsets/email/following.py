"""Telling each follower of a folder or a mail when it changes: one look at a mailbox serves all that follow it."""

import logging
from collections.abc import Callable
from contextlib import aclosing

import anyio
from anyio.abc import TaskGroup

from deskhand.errors import DeskhandError
from deskhand.mail.account import LOCAL
from deskhand.mail.mailbox import Changed
from deskhand.services import Changes
from deskhand.toolsets.email.mailboxes import Mailboxes

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
"""How often it is looked who follows."""
AGAIN_SECONDS = 5.0
"""After a mailbox broke off telling what changes."""
Heard = Callable[[Changed], None]
Key = tuple[str, str, str]
"""A subject, an account, and the folder that is listened to; empty where one listener hears of all that matter."""


class Following:
    """Follows mailboxes, each as long as somebody follows something in it. `tasks` outlives all followers."""

    def __init__(self, mailboxes: Mailboxes, changes: Changes) -> None:
        self._mailboxes = mailboxes
        self._changes = changes
        self._heard: dict[Key, list[Heard]] = {}
        self._pumps: dict[Key, anyio.CancelScope] = {}
        self.tasks: TaskGroup | None = None

    @property
    def followed(self) -> set[tuple[str, str]]:
        """Whose mailboxes are listened to now: subject and account."""
        return {(subject, account) for subject, account, _folder in self._pumps}

    async def run(self, uri: str, account: str, concerns: Callable[[Changed], bool], folder: str = "") -> None:
        """Announce `uri` to each of its followers when something changes in their own account, until cancelled.

        `folder` is where: servers tell of the inbox by themselves, of others when they are asked.
        """
        where = "" if account == LOCAL or folder.casefold() == "inbox" else folder
        heard: dict[str, Heard] = {}
        try:
            while True:
                followers = set(self._changes.followers(uri))
                for subject in followers - set(heard):
                    heard[subject] = self._listener(uri, subject, concerns)
                    self._begin((subject, account, where), heard[subject])
                for subject in set(heard) - followers:
                    self._end((subject, account, where), heard.pop(subject))
                await anyio.sleep(LOOK_SECONDS)
        finally:
            for subject, listener in heard.items():
                self._end((subject, account, where), listener)

    def _listener(self, uri: str, subject: str, concerns: Callable[[Changed], bool]) -> Heard:
        def hear(changed: Changed) -> None:
            if concerns(changed):
                self._changes.resource_updated(uri, subject=subject)
                if changed.new:
                    self._changes.resource_list_changed(subject=subject)

        return hear

    def _begin(self, key: Key, listener: Heard) -> None:
        self._heard.setdefault(key, []).append(listener)
        if key not in self._pumps and self.tasks is not None:
            scope = self._pumps[key] = anyio.CancelScope()
            self.tasks.start_soon(self._pump, key, scope)

    def _end(self, key: Key, listener: Heard) -> None:
        self._heard[key].remove(listener)
        if not self._heard[key]:
            del self._heard[key]
            scope = self._pumps.pop(key, None)
            if scope is not None:
                scope.cancel()

    async def _pump(self, key: Key, scope: anyio.CancelScope) -> None:
        """Pass on what changes in one person's account; an account they do not have never changes."""
        with scope:
            while True:
                try:
                    await self._listen(key)
                except DeskhandError as error:
                    logger.info("a mailbox cannot be followed now: %s", error.message)
                except Exception:  # one mailbox that misbehaves is no reason to stop following others
                    logger.exception("a mailbox cannot be followed")
                await anyio.sleep(AGAIN_SECONDS)

    async def _listen(self, key: Key) -> None:
        subject, account, folder = key
        [known] = await self._mailboxes.readable(subject, account)
        async with aclosing(self._mailboxes.box(known).changes(folder)) as changes:
            async for changed in changes:
                for listener in tuple(self._heard.get(key, ())):
                    listener(changed)
