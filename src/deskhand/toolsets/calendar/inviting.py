"""Performs what was planned for a meeting: first the calendar, then the mails. Doing it again never doubles it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import anyio
from anyio import to_thread
from pydantic import JsonValue

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.mail.account import LOCAL
from deskhand.mail.accounts import Accounts
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.invitation import invitation
from deskhand.mail.post import Post
from deskhand.mail.recipients import parse_addresses
from deskhand.outbox.act import Attempt, Entry, NotDone, OutcomeUnknown, uri_of
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.finding_handle import Handle
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.inviting_plan import Notice, Plan, Step, load_plan, mail_key, same_state

logger = logging.getLogger(__name__)
MEETING, UPDATE = "meeting", "meeting_update"
"""The kinds of acts that are meetings, and changes to them."""
Announce = Callable[[str, str, str], None]
"""Told the subject, the calendar and the UID of what was written."""
_Found = Literal["open", "applied", "moved"]


class MeetingPerformer:
    """The performer of acts of both kinds."""

    def __init__(self, places: Places, accounts: Accounts, post: Post, announce: Announce) -> None:
        self._places = places
        self._accounts = accounts
        self._post = post
        self._announce = announce

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Write the objects that are not as they should be yet, then send the mails that are not sent yet.

        Raises:
            NotDone: the calendar did not take it; or it did, and a mail could not be sent: trying again sends it.
            OutcomeUnknown: the calendar's server may have taken it.
        """
        try:
            return await self._done(entry, attempt)
        finally:
            await self._close()

    async def _done(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        plan = _plan_of(entry)
        await self._write(entry.subject, plan, attempt)
        for uid in {step.uid for step in plan.steps}:
            self._announce(entry.subject, plan.calendar, uid)
        try:
            return await self._told(entry, plan)
        except DeskhandError as error:
            raise NotDone(
                Unavailable(
                    f"The calendar has it, but a mail about it was not sent: {error.message} Nothing is doubled."
                )
            ) from error

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """Whether the calendar is as it should be; then the mails that are not sent yet are.

        Where only the first steps were taken in, such as the new part of a series and not the end of the old one, the
        others are done now: half of it would double the events.
        """
        try:
            plan = _plan_of(entry)
            return await self._told(entry, plan) if await self._completed(entry.subject, plan) else None
        except NotDone:
            return None
        except DeskhandError as error:
            logger.info("%s: its outcome stays unknown: %s", entry.key, error.message)
            return None
        finally:
            await self._close()

    async def _completed(self, subject: str, plan: Plan) -> bool:
        """Whether all of it is in the calendar, after what was left open behind a step that is."""
        for number, step in enumerate(plan.steps):
            found, known = await self._look(subject, plan, step)
            if found == "moved" or (found == "open" and not (number and step.etag)):
                return False
            if found == "open":  # still at the state it was planned from: nobody else's change is overwritten
                await self._put(subject, plan, step, known)
                self._announce(subject, plan.calendar, step.uid)
        return True

    async def is_stale(self, entry: Entry) -> bool:
        """Whether somebody else changed what the act is about."""
        if entry.content is None:
            return True
        plan = load_plan(entry.content)
        return any([(await self._look(entry.subject, plan, step))[0] == "moved" for step in plan.steps])

    async def _close(self) -> None:
        """In a process without the toolset's lifespan, such as `deskhand approve`, nobody else closes connections."""
        if not self._places.stays_open:
            with anyio.CancelScope(shield=True):
                await self._places.remote.aclose()

    async def _write(self, subject: str, plan: Plan, attempt: Attempt) -> None:
        made: list[Stored] = []
        try:
            for step in plan.steps:
                found, known = await self._look(subject, plan, step)
                if found == "moved":
                    raise Conflict("The event was changed in the meantime. Read it again and repeat the change.")
                if found == "open":
                    if not self._places.is_local(plan.calendar):
                        await attempt.cross()
                    stored = await self._put(subject, plan, step, known)
                    made += [stored] if stored is not None and not step.etag else []
        except Unavailable as error:
            if attempt.crossed:
                raise OutcomeUnknown(error.message) from error
            raise NotDone(error) from error
        except DeskhandError as error:
            await self._undo(subject, made)
            raise NotDone(error) from error

    async def _look(self, subject: str, plan: Plan, step: Step) -> tuple[_Found, Stored | None]:
        """How the object is: not changed yet, as it should be, or changed by somebody else."""
        try:
            known = await self._places.backend(plan.calendar).get(subject, plan.calendar, step.uid)
        except NotFound:
            gone = not step.text
            return ("applied" if gone else "moved" if step.etag else "open"), None
        if step.etag and known.etag == step.etag:
            return "open", known
        same = bool(step.text) and await to_thread.run_sync(same_state, known.text, step.text)
        return ("applied" if same else "moved"), known

    async def _put(self, subject: str, plan: Plan, step: Step, known: Stored | None) -> Stored | None:
        backend = self._places.backend(plan.calendar)
        if not step.text:
            await backend.delete(subject, plan.calendar, step.uid, known.etag if known else step.etag)
            return None
        return await backend.put(subject, plan.calendar, step.uid, step.text, step.etag or None)

    async def _undo(self, subject: str, made: Sequence[Stored]) -> None:
        """Take back the tail of a series whose beginning could not be changed."""
        for stored in made:
            try:
                await self._places.backend(stored.calendar).delete(subject, stored.calendar, stored.uid, stored.etag)
            except DeskhandError as error:
                logger.warning("an event that was half made stays: %s", error.message)

    async def _told(self, entry: Entry, plan: Plan) -> Mapping[str, JsonValue]:
        """Send the mails, each once, and say what came of it all."""
        mails: list[JsonValue] = []
        unsure: list[str] = []
        for number, notice in enumerate(plan.notices):
            account = self._accounts.named(entry.subject, plan.account)
            outgoing = outgoing_of(account.address, notice)
            key = mail_key(entry.key, number)
            await self._post.propose(entry.subject, account, outgoing, key=key)
            sent = await self._post.send(entry.subject, key)
            mails.append(uri_of(key))
            if sent.state != "done":
                unsure.append(f"The mail to {', '.join(notice.to)} is {sent.state}: see {uri_of(key)}.")
        if plan.notices and not self._places.is_local(plan.calendar) and plan.account == LOCAL:
            unsure.append("No account here can send mail: the mails about it only lie in Sent on this machine.")
        uid = next((step.uid for step in plan.steps if step.text), "")
        return {
            "id": str(Handle(plan.calendar, uid)) if uid else "",
            "uri": Handle(plan.calendar, uid).uri if uid else "",
            "mails": mails,
            "local_only": self.is_local(entry.subject, plan),
            "note": " ".join(unsure),
        }

    def is_local(self, subject: str, plan: Plan) -> bool:
        """Whether nothing of it leaves this machine."""
        mail = not plan.notices or self._accounts.named(subject, plan.account).is_local
        return mail and self._places.is_local(plan.calendar)


def outgoing_of(sender: Address, notice: Notice) -> Outgoing:
    """The mail of a notice."""
    outgoing = Outgoing(sender=sender, to=parse_addresses(notice.to), subject=notice.subject, text=notice.text)
    return invitation(outgoing, notice.calendar, notice.method)


def _plan_of(entry: Entry) -> Plan:
    if entry.content is None:
        raise NotDone(InvalidInput(f"{entry.title}: what was to be done is gone; propose it again."))
    return load_plan(entry.content)
