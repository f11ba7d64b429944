"""Hears of new mail: in the inbox by IDLE (RFC 2177) where the server has it, else by asking every so often."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import move_on_after, sleep, wait_readable

from deskhand.errors import DeskhandError
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_connection import ImapConnection
from deskhand.mail.imap_envelopes import Opened, open_folder
from deskhand.mail.imap_folders import list_folders
from deskhand.mail.imap_wire import Wire
from deskhand.mail.mailbox import LISTENING, Changed

_T = TypeVar("_T")
_IDLE_SECONDS = 9 * 60.0
"""Servers may end IDLE after 30 minutes, and routers forget a silent connection after 10."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_MOST_NEW = 100


@dataclass(frozen=True, slots=True)
class _Seen:
    """What tells one state of a folder from another."""

    uidvalidity: int
    uidnext: int
    exists: int
    unread: int
    modseq: int
    """Counts all changes (RFC 7162); 0 where the server does not say."""


async def watch_inbox(
    account: ImapAccount, *, idle_seconds: float = _IDLE_SECONDS, first_pause: float = _FIRST_PAUSE
) -> AsyncGenerator[Changed]:
    """`LISTENING`, then what changes in the inbox until this is closed.

    A lost connection is made again after 1 s, then 2, 4, … up to 5 minutes; what changed meanwhile is told then.
    """
    watch = _Watch(account, idle_seconds)
    pause = first_pause
    try:
        while True:
            try:
                changed = await watch.next()
                pause = first_pause
            except DeskhandError:
                watch.connection.drop()
                await sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if changed is not None:
                yield changed
    finally:
        watch.connection.drop()


async def watch_folder(
    connection: ImapConnection, folder: str, *, first_pause: float = _FIRST_PAUSE
) -> AsyncGenerator[Changed]:
    """`LISTENING`, then what changes in a folder until this is closed.

    It is asked for every `poll_seconds` on a connection others use too: with one of its own for each folder that is
    followed, there would soon be one more than a server gives. When it does not answer, it is asked again after 1 s,
    then 2, 4, … up to 5 minutes.
    """
    account, pause = connection.account, first_pause
    look = _Look(account.name, folder)
    while True:
        try:
            changed = await connection.run(look.at)
            pause = first_pause
        except DeskhandError:
            await sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        if changed is not None:
            yield changed
        await sleep(account.poll_seconds)


class _Look:
    """One look after the other at a folder; before the first there is nothing to compare with."""

    def __init__(self, account: str, folder: str) -> None:
        self._account = account
        self._folder = folder
        self._seen: _Seen | None = None

    def at(self, wire: Wire) -> Changed | None:
        """What is different from the last look, `LISTENING` after the first; None when nothing is. Blocks."""
        opened = open_folder(wire, self._account, list_folders(wire).named(self._folder))
        unread = len(wire.search_uids([b"UNSEEN"], sort=False)) if opened.exists else 0
        now = _Seen(opened.uidvalidity, opened.uidnext, opened.exists, unread, opened.modseq)
        before, self._seen = self._seen, now
        if before is None:
            return LISTENING
        return None if before == now else _change(opened, before)


class _Watch:
    """One look after the other at the inbox, each after a sign of change."""

    def __init__(self, account: ImapAccount, idle_seconds: float) -> None:
        self.connection = ImapConnection(account)
        self._idle_seconds = idle_seconds
        self._look = _Look(account.name, "inbox")

    async def next(self) -> Changed | None:
        """Wait for a sign of change, unless the connection is new, and look; None when there was no change."""
        if self.connection.is_open:
            await self._wait()
        return await self._call(self._look.at)

    async def _wait(self) -> None:
        wire = await self.connection.wire()
        if not wire.has_capability("IDLE"):
            await sleep(self.connection.account.poll_seconds)
            return
        if not await self._call(_begin_to_idle):
            with move_on_after(self._idle_seconds):
                await wait_readable(wire.socket())
        await self._call(lambda wire: wire.idle_done())

    async def _call(self, work: Callable[[Wire], _T]) -> _T:
        return await self.connection.once(work)


def _begin_to_idle(wire: Wire) -> bool:
    """Whether the server told something along with its consent."""
    wire.idle()
    return wire.has_more()


def _change(opened: Opened, before: _Seen) -> Changed:
    """What came since; all of it is new where the server gave new numbers."""
    if before.uidvalidity != opened.uidvalidity:
        return Changed(opened.folder.name, new=True)
    found = opened.wire.search_uids([b"UID", f"{before.uidnext}:*".encode()], sort=False) if opened.exists else []
    uids = [uid for uid in found if uid >= before.uidnext][:_MOST_NEW]
    return Changed(opened.folder.name, tuple(opened.ref(uid).uid for uid in uids), new=bool(uids))
