"""What the calendar tools answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from deskhand.result import Result
from deskhand.toolsets.calendar.event import Attendee, Event, Person
from deskhand.toolsets.calendar.finding_handle import Handle
from deskhand.visible import visible, visible_line

State = Literal["preview", "done", "waiting", "doing", "unknown", "denied", "expired"]
_MOST_TEXT = 300
_MOST_WHOLE = 8_000
_MOST_PEOPLE = 30


class Part(BaseModel):
    """Base of what answers are made of; as JSON without what is empty."""

    model_config = ConfigDict(frozen=True)

    @model_serializer(mode="wrap")
    def _without_the_empty(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in dump(self).items() if value or fields[name].is_required()}


class Shown(Part):
    """An event, or one occurrence of a series."""

    id: str
    title: str
    start: str = Field(description="With offset and zone name; a date for whole days.")
    end: str = Field(description="Of whole days the last of them.")
    calendar: str
    location: str = ""
    link: str = ""
    description: str = ""
    organizer: str = ""
    attendees: tuple[str, ...] = Field(default=(), description="With their answers.")
    recurrence: str = ""
    status: str = Field(default="", description="tentative or cancelled.")
    free: bool = Field(default=False, description="It takes no time.")
    reminders: tuple[int, ...] = Field(default=(), description="Minutes before.")
    notes: tuple[str, ...] = ()

    def line(self) -> str:
        """One line for people and models."""
        what = " · ".join(each for each in (self.location, self.link, self.recurrence, self.status) if each)
        people = f" with {', '.join(self.attendees)}" if self.attendees else ""
        odd = f" ({'; '.join(self.notes)})" if self.notes else ""
        return f"- {_when(self.start, self.end)}: {self.title}{people}{f' · {what}' if what else ''}{odd} [{self.id}]"


class Events(Result):
    """Events by start."""

    events: tuple[Shown, ...]
    total: int = Field(description="All in the window.")
    at_least: bool = Field(default=False, description="There are more than total.")
    window: str = Field(description="From when until when was looked.")
    next_cursor: str = ""
    notes: tuple[str, ...] = ()
    untrusted: Literal[True] = Field(default=True, description="Others may have written titles and texts.")

    def text(self) -> str:
        """A line an event."""
        lines = [event.line() for event in self.events] or ["Nothing."]
        more = [f"More: cursor={self.next_cursor}"] if self.next_cursor else []
        head = f"{self.total}{' or more' if self.at_least else ''} from {self.window}:"
        return "\n".join([head, *lines, *self.notes, *more])


class Time(Part):
    """A time to meet."""

    start: str
    end: str
    reasons: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


class Times(Result):
    """Times to meet, the best first."""

    times: tuple[Time, ...]
    nearest: tuple[Time, ...] = Field(default=(), description="With conflicts, when nobody has time together.")
    unknown: tuple[str, ...] = Field(default=(), description="Whose calendar nobody here knows.")
    notes: tuple[str, ...] = ()
    untrusted: Literal[True] = True

    def text(self) -> str:
        """A line a time."""
        listed = self.times or self.nearest
        lines = [f"- {each.start} to {each.end}: {'; '.join(each.reasons)}" for each in listed]
        head = (
            "Free times, best first:"
            if self.times
            else "No time suits all. Nearest:"
            if listed
            else "No time suits: the window holds none."
        )
        rest = [f"Calendar unknown: {', '.join(self.unknown)}."] if self.unknown else []
        return "\n".join([head, *lines, *rest, *self.notes])


class Meeting(Result):
    """What became of a meeting, or of a change to one."""

    state: State
    note: str
    id: str = ""
    uri: str = ""
    title: str
    start: str = ""
    end: str = ""
    calendar: str = ""
    told: tuple[str, ...] = Field(default=(), description="Who gets a mail about it.")
    local_only: bool = Field(default=False, description="Nothing left this machine.")
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mails: tuple[str, ...] = Field(default=(), description="Where to see what became of the mails.")
    outbox: str = ""
    preview: str = ""
    untrusted: Literal[True] = True

    def text(self) -> str:
        """The note, what it clashes with, and the preview if it is not done."""
        clash = [f"At the same time: {each}" for each in self.conflicts]
        when = [_when(self.start, self.end)] if self.start else []
        where = [f"id: {self.id}"] if self.id else []
        shown = [self.preview] if self.preview else []
        return "\n".join([self.note, *when, *where, *clash, *self.notes, *shown])


def _when(start: str, end: str) -> str:
    """From when to when; a single day, or a time without length, is said once."""
    return start if start == end else f"{start} to {end}"


def shown_event(event: Event, *, whole: bool = False) -> Shown:
    """The event with every text of others made visible; `whole` with its full description."""
    handle = Handle(event.calendar, event.uid, event.recurrence_id)
    text, most = visible(event.description).strip(), _MOST_WHOLE if whole else _MOST_TEXT
    people = [shown_attendee(each) for each in event.attendees[:_MOST_PEOPLE]]
    more = len(event.attendees) - _MOST_PEOPLE
    floating = ("floating: it has no zone of its own",) if event.floating else ()
    return Shown(
        id=str(handle),
        title=visible_line(event.title) or "(no title)",
        start=event.start_text(),
        end=event.last_text(),
        calendar=event.calendar,
        location=visible_line(event.location),
        link=visible_line(event.link),
        description=text if len(text) <= most else f"{text[:most]}… (all of it: {handle.uri})",
        organizer=shown_person(event.organizer) if event.organizer else "",
        attendees=(*people, f"and {more} more") if more > 0 else tuple(people),
        recurrence=visible_line(event.recurrence),
        status="" if event.status == "confirmed" else event.status,
        free=not event.busy,
        reminders=event.reminders if whole else (),
        notes=tuple(visible_line(note) for note in (*event.notes, *floating)),
    )


def shown_person(person: Person | Attendee) -> str:
    """`Bob <bob@example.org>`."""
    return visible_line(f"{person.name} <{person.email}>" if person.name else person.email)


def shown_attendee(attendee: Attendee) -> str:
    """A person with their answer."""
    role = "" if attendee.role in ("required", "chair") else f", {attendee.role}"
    return f"{shown_person(attendee)}: {attendee.status}{role}"
