"""Making a new meeting out of what somebody asks for."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta

from anyio import to_thread

from deskhand.errors import InvalidInput
from deskhand.mail.account import Account
from deskhand.mail.recipients import parse_addresses
from deskhand.toolsets.calendar.build import build
from deskhand.toolsets.calendar.event import Attendee, Draft, Event, Person, Recurrence
from deskhand.toolsets.calendar.finding import Finding
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.inviting import MEETING
from deskhand.toolsets.calendar.inviting_ladder import Intent, Ladder, Proposed
from deskhand.toolsets.calendar.inviting_plan import Notice, Plan, Step, uid_for
from deskhand.toolsets.calendar.inviting_text import mail_text, subject_of
from deskhand.toolsets.calendar.itip import request
from deskhand.toolsets.calendar.moment import Moment, instant_of, naive_note, read_moment
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.zones import Zone
from deskhand.visible import visible_line

_LOOK_AHEAD = timedelta(days=60)
"""How far the occurrences of a series are compared with what is in the calendars."""
_LONGEST = 60 * 24 * 365
"""Minutes that an event may last where its length is given in minutes."""
_MOST_CONFLICTS = 5
_FREQUENCIES = ("daily", "weekly", "monthly", "yearly")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `schedule_meeting` was asked; `duration` in minutes, 0 where nothing was said."""

    title: str
    start: str
    duration: int = 0
    end: str = ""
    attendees: str = ""
    recurrence: str = ""
    location: str = ""
    description: str = ""
    reminders: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is taken where nothing is said, in minutes."""

    duration: int
    reminder: int | None


@dataclass(frozen=True, slots=True)
class Clashes:
    """What is at the same time, in words, and which calendars could not be asked."""

    told: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Scheduling:
    """Puts new meetings of one person at a time onto the ladder."""

    def __init__(
        self, places: Places, finding: Finding, ladder: Ladder, now: Callable[[], datetime], zone: Zone, usual: Usual
    ) -> None:
        self._places = places
        self._finding = finding
        self._ladder = ladder
        self._now = now
        self._zone = zone
        self._usual = usual

    async def propose(self, subject: str, wanted: Wanted, *, key: str, dry_run: bool) -> Proposed:
        """Put the meeting down, or find it if it was put down before; with `dry_run` nothing is written.

        Raises:
            InvalidInput: it makes no meeting.
            NotFound: there is no such calendar.
            Conflict: the key was used for something else.
        """
        info = await self._places.named(subject, wanted.calendar)
        if not info.writable:
            raise InvalidInput(f"The calendar {info.name} can only be read. Give another one.")
        account = self._places.sending(subject, info.name)
        draft, notes = self._draft(wanted, account)
        event = await to_thread.run_sync(self._event, draft, info.name)
        clashes = await self._conflicts(subject, draft)
        intent = Intent(
            kind=MEETING,
            head="Schedule a meeting" if draft.attendees else "Put an event into the calendar",
            done="Scheduled." if not draft.attendees else "Scheduled, with an invitation to each attendee.",
            event=event,
            make=lambda minted: self._plan(subject, minted, draft, info.name, account),
            sameness=json.dumps([asdict(wanted), info.name, account.name]),
            told=[attendee.email for attendee in draft.attendees],
            conflicts=clashes.told,
            notes=[*notes, *clashes.silent],
        )
        return await self._ladder.propose(subject, intent, key=key, dry_run=dry_run)

    def _draft(self, wanted: Wanted, account: Account) -> tuple[Draft, list[str]]:
        start = read_moment(wanted.start, self._zone)
        end = self._end(wanted, start)
        usual = (self._usual.reminder,) if self._usual.reminder is not None and not start.all_day else ()
        attendees = attendees_of(wanted.attendees, account.address.email)
        draft = Draft(
            uid="draft",
            title=wanted.title.strip(),
            start=start,
            end=end,
            recurrence=recurrence_of(wanted.recurrence),
            location="" if is_link(wanted.location) else wanted.location,
            link=wanted.location.strip() if is_link(wanted.location) else "",
            description=wanted.description,
            organizer=Person(account.address.email, account.address.name) if attendees else None,
            attendees=attendees,
            reminders=usual if not wanted.reminders else minutes_of(wanted.reminders),
        )
        past = instant_of(start.value, self._zone) < self._now() - timedelta(days=1)
        naive = naive_note(wanted.start, self._zone, "your zone")
        notes = [start.note, end.note, "it lies in the past" if past else "", naive]
        return draft, [note for note in dict.fromkeys(notes) if note]

    def _end(self, wanted: Wanted, start: Moment) -> Moment:
        if wanted.end:
            return end_of(read_moment(wanted.end, start.zone or self._zone))
        if not isinstance(start.value, datetime):
            days = max(1, round(min(wanted.duration, _LONGEST) / (24 * 60)))
            return Moment(start.value + timedelta(days=days))
        return later_by(start, wanted.duration or self._usual.duration)

    def _event(self, draft: Draft, calendar: str) -> Event:
        """The draft as it will be read again, its first occurrence; checks it too."""
        tree = read(write(build(draft, self._now())))
        found = expand(tree, self._ahead(draft)).events
        if not found:
            raise InvalidInput("The recurrence names no time within two months of the start.")
        return replace(found[0], calendar=calendar, recurrence_id=None)

    def _plan(self, subject: str, key: str, draft: Draft, calendar: str, account: Account) -> Plan:
        uid = uid_for(subject, key, account.address.email)
        text = write(build(replace(draft, uid=uid), self._now()))
        notices: tuple[Notice, ...] = ()
        if draft.attendees:
            target = Target(read(text), uid, None, self._zone, self._now())
            event = self._event(draft, calendar)
            to = tuple(attendee.email for attendee in draft.attendees)
            notices = (
                Notice(to, subject_of("REQUEST", event), mail_text("REQUEST", event), request(target), "REQUEST"),
            )
        return Plan(calendar, (Step(uid, text),), account.name, notices)

    async def _conflicts(self, subject: str, draft: Draft) -> Clashes:
        """What the person has at the same time."""
        window = self._ahead(draft)
        tree = read(write(build(draft, self._now())))
        new = (await to_thread.run_sync(expand, tree, window)).events
        return Clashes() if not new or new[0].all_day else await self.clashes(subject, new, window)

    async def clashes(
        self, subject: str, new: Sequence[Event], window: Window, *, without: Collection[str] = ()
    ) -> Clashes:
        """What takes the person's time while one of these is, but for the events of the UIDs `without`."""
        seen = await self._finding.seen(subject, window)
        busy = [
            event for event in seen.events if event.busy and event.status != "cancelled" and event.uid not in without
        ]
        found = await to_thread.run_sync(self._overlaps, new, busy)
        told = [_clash(each) for each in found[:_MOST_CONFLICTS]]
        more = len(found) - _MOST_CONFLICTS
        return Clashes((*told, *([f"and {more} more"] if more > 0 else [])), seen.silent)

    def _overlaps(self, new: Sequence[Event], busy: Sequence[Event]) -> list[Event]:
        """Of `busy` what is at the time of each of `new`; every time is reckoned once."""
        times = [(instant_of(other.start, self._zone), instant_of(other.end, self._zone), other) for other in busy]
        spans = [(instant_of(event.start, self._zone), instant_of(event.end, self._zone)) for event in new]
        return [other for first, last in spans for start, end, other in times if start < last and end > first]

    def _ahead(self, draft: Draft) -> Window:
        first = instant_of(draft.start.value, self._zone)
        return Window(first, max(first + _LOOK_AHEAD, instant_of(draft.end.value, self._zone)), self._zone)


def _clash(event: Event) -> str:
    times = f"{event.start_text()} to {event.last_text()}"
    return f"{visible_line(event.title) or '(no title)'}, {times}"


def is_link(location: str) -> bool:
    """Whether it says where people meet online."""
    return location.strip().lower().startswith(("https://", "http://")) and " " not in location.strip()


def minutes_of(text: str) -> tuple[int, ...]:
    """`10, 60` as numbers; `-` is none.

    Raises:
        InvalidInput: it is not that.
    """
    parts = [part.strip() for part in text.strip(" []").split(",") if part.strip() not in ("", "-")]
    if not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        raise InvalidInput(f"{text[:60]!r} are no minutes. Give numbers such as 10, 60; - for none.")
    return tuple(int(part) for part in parts)


def attendees_of(texts: str, own: str) -> tuple[Attendee, ...]:
    """The people to invite, without oneself.

    Raises:
        InvalidInput: one of them is no address.
    """
    people = parse_addresses(texts) if texts.strip(" -") else ()
    return tuple(Attendee(each.email.lower(), each.name) for each in people if each.email.lower() != own.lower())


def recurrence_of(text: str) -> Recurrence | None:
    """`weekly`, or an RRULE's value, as a recurrence."""
    given = text.strip()
    if not given:
        return None
    word = given.casefold()
    rule = f"FREQ={word.upper()}" if word in _FREQUENCIES else given
    return Recurrence(rule=rule.upper().removeprefix("RRULE:"))


def end_of(end: Moment) -> Moment:
    """An end as it is said, a day being the last one, as it is written: the first day after."""
    if isinstance(end.value, datetime):
        return end
    return Moment(end.value + timedelta(days=1))


def later_by(start: Moment, minutes: int) -> Moment:
    """So many minutes later, by the clock that never changes."""
    value: date | datetime = start.value
    assert isinstance(value, datetime)
    if not 1 <= minutes <= _LONGEST:
        raise InvalidInput(f"A duration is from 1 to {_LONGEST:,} minutes.")
    after = value.astimezone(UTC) + timedelta(minutes=minutes)
    return Moment(after.astimezone(value.tzinfo), start.zone)
