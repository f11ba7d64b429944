"""One connection per account, used by one call at a time, renewed when it was cut."""

import threading
from collections.abc import Callable
from imaplib import IMAP4
from typing import TypeVar

from anyio import Lock, fail_after, to_thread

from deskhand.errors import DeskhandError, Unavailable
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_errors import not_done
from deskhand.mail.imap_sign_in import connect, say_goodbye
from deskhand.mail.imap_wire import Wire

_T = TypeVar("_T")


class _Attempt:
    """A connection that is being made in a thread; who does not wait for it any more gives it up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._given_up = False

    def make(self, account: ImapAccount, secret: str) -> Wire:
        wire = connect(account, secret)
        with self._lock:
            self._wire = wire
            if self._given_up:
                wire.cut()
        return wire

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
            if self._wire is not None:
                self._wire.cut()


class ImapConnection:
    """Runs work on a server in threads. Cancelling a call closes its connection: no answer goes to the next one."""

    def __init__(self, account: ImapAccount) -> None:
        self.account = account
        self._lock = Lock()
        self._wire: Wire | None = None

    async def run(self, work: Callable[[Wire], _T], *, again: bool = True) -> _T:
        """What `work` gives. When a connection that was used before turns out to be cut, once more on a new one.

        Args:
            work: blocks; may be called twice.
            again: False for what must not happen twice. The connection is then tried out before.

        Raises:
            Unavailable: the server cannot be reached, or does not do it.
        """
        try:
            with fail_after(self.account.call_seconds):
                async with self._lock:
                    return await self._run(work, again=again)
        except TimeoutError as error:
            raise not_done(error, self.account) from None

    async def aclose(self) -> None:
        """Sign out."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await to_thread.run_sync(say_goodbye, wire, abandon_on_cancel=True)

    async def wire(self) -> Wire:
        """The connection itself, for who waits on it alone (IDLE)."""
        if self._wire is None:
            secret = await self.account.secret()
            attempt = _Attempt()
            try:
                self._wire = await to_thread.run_sync(attempt.make, self.account, secret, abandon_on_cancel=True)
            except BaseException:
                attempt.give_up()
                raise
        return self._wire

    @property
    def is_open(self) -> bool:
        """Whether a connection was made, as far as is known."""
        return self._wire is not None

    def drop(self) -> None:
        """Cut the connection; the next call makes a new one."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.cut()

    async def _run(self, work: Callable[[Wire], _T], *, again: bool) -> _T:
        used = self._wire is not None
        if used and not again:
            await self._try_out()
            return await self.once(work)
        try:
            return await self.once(work)
        except DeskhandError as error:
            if not used or self._wire is not None or not isinstance(error, Unavailable):
                raise
        return await self.once(work)

    async def _try_out(self) -> None:
        try:
            await self.once(lambda wire: wire.noop())
        except Unavailable:
            self.drop()

    async def once(self, work: Callable[[Wire], _T]) -> _T:
        """The same on the connection there is, for who uses it alone; cut when anything goes wrong."""
        wire = await self.wire()
        try:
            wire.allow()
            return await to_thread.run_sync(work, wire, abandon_on_cancel=True)
        except DeskhandError:
            raise
        except Exception as error:
            if not _survives(error):
                self.drop()
            raise not_done(error, self.account) from None
        except BaseException:  # cancelled: whatever the server still answers belongs to nobody
            self.drop()
            raise


def _survives(error: Exception) -> bool:
    """Whether the server merely said NO to a command, so that the connection is still in step."""
    return type(error) is IMAP4.error and " failed: " in str(error)
