"""Answers to our invitations that come by mail: taken into the event, each once, from the attendee's own address."""

import logging
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from deskhand.errors import Conflict, DeskhandError, NotFound, Unavailable
from deskhand.mail.account import Account
from deskhand.mail.mailbox import LISTENING, Mailbox, MailRef
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.inviting import Announce
from deskhand.toolsets.calendar.inviting_mail import Arrived, CalendarMail
from deskhand.toolsets.calendar.itip import Applied, apply_reply
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.zones import Zone

logger = logging.getLogger(__name__)
AGAIN_SECONDS = 15.0
"""After a mailbox broke off telling what changes."""
_ATTEMPTS = 3
"""At an event that somebody else changes at the same time."""
_MOST_PEOPLE = 200
_KNOWN = 5_000


class Answers:
    """Takes answers out of the mail of those who use the calendar. `tasks` is set while the server runs."""

    def __init__(
        self, places: Places, mail: CalendarMail, announce: Announce, now: Callable[[], datetime], zone: Zone
    ) -> None:
        self._places = places
        self._mail = mail
        self._announce = announce
        self._now = now
        self._zone = zone
        self._known: dict[tuple[str, str], set[MailRef]] = {}
        self._followed: set[str] = set()
        self.tasks: TaskGroup | None = None

    async def attend(self, subject: str) -> None:
        """Follow this person's mail from now on, and look at once where that is cheap: on this machine.

        What goes wrong with a mailbox is no reason to show no calendar: it is logged, and tried again.
        """
        if self.tasks is not None and subject not in self._followed and len(self._followed) < _MOST_PEOPLE:
            self._followed.add(subject)
            for account, mailbox in self._mail.mailboxes(subject):
                self.tasks.start_soon(self._follow, subject, account, mailbox)
        for account, mailbox in self._mail.mailboxes(subject):
            if account.is_local:
                try:
                    await self.look(subject, account, mailbox)
                except DeskhandError as error:
                    logger.info("answers in the mail cannot be looked for now: %s", error.message)

    async def look(self, subject: str, account: Account, mailbox: Mailbox) -> None:
        """Take in the answers among the newest mails.

        Raises:
            Unavailable: the mailbox or a calendar does not answer.
        """
        known = self._known.setdefault((subject, account.name), set())
        if len(known) > _KNOWN:
            known.clear()  # they are looked at again, which changes nothing
        async with aclosing(self._mail.newest(mailbox, known)) as newest:
            async for arrived in newest:
                if arrived.incoming.method == "REPLY":
                    await self._try(subject, arrived)

    async def _try(self, subject: str, arrived: Arrived) -> None:
        """Take one answer; one that can never be taken is left, so that it does not come before those after it."""
        try:
            await self.take(subject, arrived)
        except (Unavailable, Conflict):
            raise
        except DeskhandError as error:
            logger.info("an answer in the mail is not taken: %s", error.message)
        except Exception:
            logger.exception("an answer in the mail cannot be taken")

    async def take(self, subject: str, arrived: Arrived) -> Applied:
        """Take one answer into the event, if it is one of ours and the sender's own.

        Raises:
            Conflict: the event changes all the time.
        """
        for attempt in range(_ATTEMPTS):
            try:
                stored = await self._places.find(subject, arrived.incoming.uid)
            except NotFound:
                return Applied(False, "None of the calendars holds the event.")
            applied, text = await to_thread.run_sync(self._applied, stored, arrived)
            if not applied.changed:
                return applied
            try:
                await self._places.backend(stored.calendar).put(subject, stored.calendar, stored.uid, text, stored.etag)
            except Conflict:
                if attempt + 1 == _ATTEMPTS:
                    raise
                continue
            self._announce(subject, stored.calendar, stored.uid)
            return applied
        return Applied(False, "The event changes all the time.")

    def _applied(self, stored: Stored, arrived: Arrived) -> tuple[Applied, str]:
        """What comes of the answer, and the event's text with it."""
        target = Target(read(stored.text), stored.uid, None, self._zone, self._now())
        applied = apply_reply(target, arrived.incoming, arrived.sender)
        return applied, write(target.calendar) if applied.changed else ""

    async def _follow(self, subject: str, account: Account, mailbox: Mailbox) -> None:
        """Look whenever mail arrives, until cancelled; a mailbox that does not answer is tried again."""
        while True:
            try:
                async with aclosing(mailbox.changes()) as changes:
                    async for changed in changes:
                        if changed.new or changed == LISTENING:
                            await self.look(subject, account, mailbox)
            except DeskhandError as error:
                logger.info("answers in the mail cannot be looked for now: %s", error.message)
            except Exception:  # one mailbox that misbehaves is no reason to stop following others
                logger.exception("answers in the mail cannot be looked for")
            await anyio.sleep(AGAIN_SECONDS)
