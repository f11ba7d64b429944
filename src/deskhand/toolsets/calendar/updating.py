"""Changing, cancelling and answering events."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from anyio import to_thread

from deskhand.errors import InvalidInput, NotFound
from deskhand.outbox.act import Entry
from deskhand.outbox.outbox import SAME_MINUTES
from deskhand.toolsets.calendar.edit import Change
from deskhand.toolsets.calendar.event import Event, Scope, Status
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.inviting import UPDATE
from deskhand.toolsets.calendar.inviting_ladder import PREVIEW, Intent, Ladder, Proposed
from deskhand.toolsets.calendar.inviting_plan import Plan, uid_for
from deskhand.toolsets.calendar.moment import Moment, instant_of, naive_note, read_moment
from deskhand.toolsets.calendar.occurrences import Window
from deskhand.toolsets.calendar.results import shown_person
from deskhand.toolsets.calendar.scheduling import (
    Clashes,
    Scheduling,
    attendees_of,
    end_of,
    is_link,
    later_by,
    minutes_of,
    recurrence_of,
)
from deskhand.toolsets.calendar.updating_plan import Worked, answered, cancelled, changed
from deskhand.toolsets.calendar.updating_subject import Subject, Subjects
from deskhand.toolsets.calendar.zones import UTC_ZONE, Zone

Action = Literal["change", "cancel", "accept", "decline", "tentative"]
_ANSWERS: dict[str, Status] = {"accept": "accepted", "decline": "declined", "tentative": "tentative"}
_PENDING = ("waiting", "claimed", "crossing", "unknown")
_RECENT = 50
_CLEAR = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `calendar_update` was asked. Empty leaves as it is, `-` takes away; `attendees` replaces all of them;
    `end` may be the length in minutes."""

    id: str
    action: Action
    scope: Literal["this", "following", "all", ""] = ""
    title: str = ""
    start: str = ""
    end: str = ""
    attendees: str = ""
    recurrence: str = ""
    location: str = ""
    description: str = ""
    reminders: str = ""

    @property
    def is_private(self) -> bool:
        """Whether it changes reminders only, which concern nobody else."""
        only = Wanted(self.id, self.action, self.scope, reminders=self.reminders)
        return self.action == "change" and self.reminders != "" and self == only


class Updating:
    """Puts changes of one person's events onto the ladder."""

    def __init__(self, places: Places, subjects: Subjects, scheduling: Scheduling, ladder: Ladder, zone: Zone) -> None:
        self._places = places
        self._subjects = subjects
        self._scheduling = scheduling
        self._ladder = ladder
        self._zone = zone

    async def propose(
        self, subject: str, wanted: Wanted, *, key: str, dry_run: bool, now: Callable[[], datetime]
    ) -> Proposed:
        """Put the change down, or find it if it was put down before; with `dry_run` nothing is written.

        Raises:
            InvalidInput: it cannot be done.
            NotFound: there is no such event or occurrence.
            Conflict: the key was used for something else.
        """
        fingerprint = json.dumps(asdict(wanted), sort_keys=True)
        if not dry_run:
            known = await self._known(subject, wanted.id, fingerprint, key, now())
            if known is not None:
                return await self._ladder.proposed(known)
        about = await self._subjects.find(subject, wanted.id, answers=wanted.action in _ANSWERS)
        make = await self._maker(subject, about, wanted)
        worked = await to_thread.run_sync(make, PREVIEW)
        tells = await self._places.tells_others(subject, about.stored)
        email = next((each.email for each in about.event.attendees if each.email in self._places.own(subject)), "")
        account = self._places.sending(subject, about.stored.calendar, email if wanted.action in _ANSWERS else "")

        def plan(minted: str) -> Plan:
            done = worked if minted == PREVIEW else make(minted)
            return Plan(about.stored.calendar, done.steps, account.name, () if tells else done.notices)

        told = tuple(dict.fromkeys(each for notice in worked.notices for each in notice.to))
        extent = _extent(wanted, about)
        clashes = await self._conflicts(subject, wanted, worked.event, about.stored.uid)
        intent = Intent(
            kind=UPDATE,
            head=f"{_HEADS[wanted.action]}{extent}",
            done=_done(f"{_DONE[wanted.action]}{extent}", told, tells=tells),
            event=worked.event,
            make=plan,
            sameness=json.dumps([fingerprint, about.stored.etag]),
            told=told,
            conflicts=clashes.told,
            notes=(*about.notes, *self._time_notes(wanted, about), *clashes.silent),
            fingerprint=fingerprint,
            target=wanted.id,
        )
        return await self._ladder.propose(subject, intent, key=key, dry_run=dry_run)

    async def _maker(self, subject: str, about: Subject, wanted: Wanted) -> Callable[[str], Worked]:
        """What works out the plan for a key.

        Raises:
            InvalidInput: it is not for this person to do that.
        """
        own, event = self._places.own(subject), about.event
        attending = next((each.email for each in event.attendees if each.email in own), "")
        is_ours = event.organizer is None or event.organizer.email.lower() in own
        scope = _scope(wanted, about)
        if wanted.action in _ANSWERS:
            if is_ours:
                raise InvalidInput("You organize this event yourself: there is nobody to answer. Change or cancel it.")
            if not attending:
                raise InvalidInput(f"None of your addresses ({', '.join(sorted(own))}) is invited to this event.")
            return lambda minted: answered(about, scope, attending, _ANSWERS[wanted.action])
        if attending and not is_ours and not wanted.is_private:
            who = shown_person(event.organizer) if event.organizer else "somebody else"
            raise InvalidInput(f"{who} organizes this event: answer with decline, or write to them.")
        silent = () if is_ours else {each.email for each in event.attendees}
        untold = {*own, *silent} if not wanted.is_private else {*own, *(each.email for each in event.attendees)}
        if wanted.action == "cancel":
            return lambda minted: cancelled(about, scope, untold)
        change = self._change(wanted, about, own_email=event.organizer.email if event.organizer else "")
        account = self._places.sending(subject, about.stored.calendar)
        return lambda minted: changed(
            about, scope, change, new_uid=uid_for(subject, minted, account.address.email), own=untold
        )

    def _change(self, wanted: Wanted, about: Subject, own_email: str) -> Change:
        start = read_moment(wanted.start, self._zone_of(about)) if wanted.start else None
        location = wanted.location.strip()
        change = Change(
            title=wanted.title or None,
            start=start,
            end=self._end(wanted, start, about),
            location=None if is_link(location) else _or_none(location),
            link=location if is_link(location) else "" if location == _CLEAR else None,
            description=_or_none(wanted.description),
            attendees=attendees_of(wanted.attendees, own_email) if wanted.attendees else None,
            reminders=minutes_of(wanted.reminders) if wanted.reminders else None,
            recurrence=recurrence_of(wanted.recurrence),
        )
        if change == Change():
            raise InvalidInput("Say what to change: title, start, end, attendees, location …")
        return change

    def _zone_of(self, about: Subject) -> Zone:
        """Where a naive time is meant: in the event's zone. UTC is how programs write none: then the person's."""
        zone = about.event.zone
        return self._zone if zone is None or zone == UTC_ZONE else zone

    def _time_notes(self, wanted: Wanted, about: Subject) -> list[str]:
        """How the times that were given are understood."""
        zone = self._zone_of(about)
        whose = "your zone" if zone == self._zone else "the zone of the event"
        start = read_moment(wanted.start, zone) if wanted.start else None
        told = [naive_note(wanted.start, zone, whose), start.note if start is not None else ""]
        if start is None:
            told.append(naive_note(wanted.end, zone, whose))
        return [note for note in dict.fromkeys(told) if note]

    def _end(self, wanted: Wanted, start: Moment | None, about: Subject) -> Moment | None:
        minutes = wanted.end.strip()
        if not (minutes.isascii() and minutes.isdigit()):
            zone = start.zone if start is not None and start.zone is not None else self._zone_of(about)
            return end_of(read_moment(minutes, zone)) if minutes else None
        event = about.event
        begin = start or Moment(about.named or event.start, event.zone or self._zone)
        if begin.all_day:
            raise InvalidInput("For whole days give the last day as end, not minutes.")
        if begin.zone is not None and isinstance(begin.value, datetime):
            begin = replace(begin, value=begin.value.astimezone(begin.zone.tz))
        return later_by(begin, int(minutes[:6]))

    async def _conflicts(self, subject: str, wanted: Wanted, event: Event, uid: str) -> Clashes:
        """What is at its new time, but for the event itself and the series `uid` it was part of."""
        moves = wanted.start or wanted.end
        if not moves and wanted.action != "accept":
            return Clashes()
        first, last = instant_of(event.start, self._zone), instant_of(event.end, self._zone)
        if event.all_day or last <= first:
            return Clashes()
        window = Window(first, last, self._zone)
        return await self._scheduling.clashes(subject, [event], window, without=(event.uid, uid))

    async def _known(self, subject: str, target: str, fingerprint: str, key: str, now: datetime) -> Entry | None:
        """The same act, if it is the last one about this event: asked again, it is not done again."""
        outbox = self._ladder.outbox
        if key:
            try:
                entry = await outbox.find(subject, key)
            except NotFound:
                return None
            return entry if entry.kind == UPDATE and entry.payload["fingerprint"] == fingerprint else None
        for entry in await outbox.newest(subject, limit=_RECENT):
            if entry.kind != UPDATE or entry.payload["target"] != target:
                continue
            is_recent = entry.changed > now - timedelta(minutes=SAME_MINUTES)
            if entry.payload["fingerprint"] != fingerprint or not (is_recent or entry.state in _PENDING):
                return None
            stale = entry.state == "failed" and await self._ladder.is_stale(subject, entry.key)
            return None if stale else await outbox.find(subject, entry.key)  # with its content
        return None


def _scope(wanted: Wanted, about: Subject) -> Scope:
    if not about.recurring:
        return "all"
    scope: Scope = wanted.scope or ("this" if about.named is not None else "all")
    if scope != "all" and about.named is None:
        raise InvalidInput("This is a series: give the id of the occurrence (with #…), or scope=all.")
    return scope


def _or_none(text: str) -> str | None:
    return None if not text else "" if text == _CLEAR else text


_HEADS: dict[Action, str] = {
    "change": "Change an event",
    "cancel": "Cancel an event",
    "accept": "Accept an invitation",
    "decline": "Decline an invitation",
    "tentative": "Accept an invitation tentatively",
}
_DONE: dict[Action, str] = {
    "change": "Changed",
    "cancel": "Cancelled",
    "accept": "Accepted",
    "decline": "Declined",
    "tentative": "Accepted tentatively",
}


def _extent(wanted: Wanted, about: Subject) -> str:
    """Which occurrences of a series, in words."""
    if not about.recurring:
        return ""
    words = {"this": "this one only", "following": "this and all that follow", "all": "the whole series"}
    return f" ({words[_scope(wanted, about)]})"


def _done(did: str, told: tuple[str, ...], *, tells: bool) -> str:
    if not told:
        return f"{did}."
    how = "told by the calendar's server" if tells else "told by mail"
    return f"{did}; {how}: {', '.join(told)}."
