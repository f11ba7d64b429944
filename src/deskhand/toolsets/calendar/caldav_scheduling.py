"""Who sends the invitations: a server that does it by itself (RFC 6638), or Deskhand by mail. Never both."""

from collections.abc import Collection
from typing import Any

from icalendar import Component

from deskhand.toolsets.calendar.ics import events_of, read, text_of, values, write

_AGENT = "SCHEDULE-AGENT"


def sent_by_client(text: str, own: Collection[str]) -> str:
    """The object with the server told to leave invitations and answers to the client (RFC 6638 §7.1).

    Args:
        text: the object.
        own: the person's addresses in lower case: of an event they organize the attendees are marked, else the
            organizer.
    """
    calendar = read(text)
    marked = [person for event in events_of(calendar) for person in _others(event, own)]
    for person in marked:
        person.params[_AGENT] = "CLIENT"
    return write(calendar) if marked else text


def sent_by_server(text: str, own: Collection[str]) -> str:
    """The object with nobody left to the client, so that the server tells all of them."""
    calendar = read(text)
    people = [person for event in events_of(calendar) for person in _others(event, own)]
    marked = [person for person in people if _agent(person) == "CLIENT"]
    for person in marked:
        del person.params[_AGENT]
    return write(calendar) if marked else text


def is_sent_by_server(text: str, own: Collection[str]) -> bool:
    """Whether a server that schedules by itself tells the others of changes to this object.

    It does where nobody told it otherwise: an event made with another program, or an invitation it delivered.
    """
    people = [person for event in events_of(read(text)) for person in _others(event, own)]
    return any(_agent(person) == "SERVER" for person in people)


def _others(event: Component, own: Collection[str]) -> list[Any]:
    """Those a change is told to: the attendees of one's own meeting, the organizer of somebody else's."""
    organizer = text_of(event, "ORGANIZER")
    if organizer and _address(organizer) not in own:
        return values(event, "ORGANIZER")
    return [person for person in values(event, "ATTENDEE") if _address(str(person)) not in own]


def _agent(person: Any) -> str:
    return str(person.params.get(_AGENT, "SERVER")).upper()


def _address(uri: str) -> str:
    return uri.strip().lower().removeprefix("mailto:")
