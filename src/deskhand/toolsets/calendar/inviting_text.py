"""Events in words: for the person who is asked, and in the mails to others."""

from collections.abc import Sequence

from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.itip import Method
from deskhand.toolsets.calendar.results import shown_person
from deskhand.visible import visible, visible_line

_MOST_TEXT = 8_000
_SUBJECTS: dict[str, str] = {
    "REQUEST": "Invitation",
    "UPDATE": "Changed",
    "CANCEL": "Cancelled",
    "accepted": "Accepted",
    "declined": "Declined",
    "tentative": "Tentative",
}
_OPENINGS: dict[str, str] = {
    "REQUEST": "You are invited to this meeting. Please answer with your calendar program, or by mail.",
    "UPDATE": "This meeting was changed. It is now:",
    "CANCEL": "This meeting is cancelled:",
    "accepted": "I accept this invitation:",
    "declined": "I cannot come to this meeting:",
    "tentative": "I may come to this meeting:",
}


def preview_of(head: str, event: Event, notices: Sequence[tuple[Method, Sequence[str]]], notes: Sequence[str]) -> str:
    """What the person is asked about: what is done, the event, and who gets which mail."""
    told = [f"{_MAILS[method]}: {', '.join(map(visible_line, to))}" for method, to in notices]
    extra = [f"Note: {visible_line(note)}" for note in notes]
    minutes = ", ".join(f"{each} min" for each in event.reminders)
    reminders = [f"Reminders: {minutes} before"] if minutes else []
    rest = [f"Calendar: {visible_line(event.calendar)}", *reminders, *told, *extra]
    text = [f"\n{visible(event.description)[:_MOST_TEXT]}"] if event.description else []
    return "\n".join([head, *rows_of(event), *rest, *text])


_MAILS: dict[Method, str] = {
    "REQUEST": "Invitation by mail to",
    "CANCEL": "Cancellation by mail to",
    "REPLY": "Answer by mail to",
    "COUNTER": "Proposal by mail to",
}


def subject_of(kind: str, event: Event) -> str:
    """The subject of a mail about it."""
    return f"{_SUBJECTS[kind]}: {visible_line(event.title)[:300]}"


def mail_text(kind: str, event: Event) -> str:
    """The text of a mail about it, for people whose program shows no calendar part."""
    text = [f"\n{visible(event.description)[:_MOST_TEXT]}"] if event.description else []
    return "\n".join([_OPENINGS[kind], "", *rows_of(event), *text]) + "\n"


def rows_of(event: Event) -> list[str]:
    """What, when, where, who; of an occurrence not how its series repeats."""
    one = event.recurrence_id is not None
    rows = [
        ("Title", visible_line(event.title)),
        ("Start", event.start_text()),
        ("Last day" if event.all_day else "End", event.last_text()),
        ("Of a series", "this one only") if one else ("Repeats", visible_line(event.recurrence)),
        ("Where", visible_line(event.location)),
        ("Link", visible_line(event.link)),
        ("Organizer", shown_person(event.organizer) if event.organizer else ""),
        ("With", ", ".join(shown_person(each) for each in event.attendees)),
    ]
    return [f"{name}: {value}" for name, value in rows if value]
