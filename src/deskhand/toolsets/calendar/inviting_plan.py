"""What is to be done for a meeting, frozen before anybody is asked: objects to write, and mails to send after."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from icalendar import Component

from deskhand.toolsets.calendar.ics import dates_of, events_of, number_of, read, text_of, values
from deskhand.toolsets.calendar.itip import Method

_KEPT = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "LAST-MODIFIED", "EXDATE")


@dataclass(frozen=True, slots=True)
class Step:
    """An object to write over the state of `etag`, new if that is empty; to delete if `text` is empty."""

    uid: str
    text: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail with a calendar part."""

    to: tuple[str, ...]
    subject: str
    text: str
    calendar: str
    method: Method


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in their order in one calendar, then the notices, sent with the mail account of that name."""

    calendar: str
    steps: tuple[Step, ...]
    account: str
    notices: tuple[Notice, ...] = field(default=())

    def dump(self) -> bytes:
        """It as JSON, for the row."""
        return json.dumps(asdict(self), ensure_ascii=False).encode(errors="surrogatepass")


def load_plan(content: bytes) -> Plan:
    """What `Plan.dump` made."""
    found = cast("dict[str, Any]", json.loads(content.decode(errors="surrogatepass")))
    steps = tuple(Step(**each) for each in found["steps"])
    notices = tuple(_notice(each) for each in found["notices"])
    return Plan(found["calendar"], steps, found["account"], notices)


def _notice(found: dict[str, Any]) -> Notice:
    return Notice(tuple(found["to"]), found["subject"], found["text"], found["calendar"], found["method"])


def uid_for(subject: str, key: str, email: str) -> str:
    """The UID of the event an act with this key makes: always the same, and nobody else's (RFC 7986 §5.3)."""
    digest = hashlib.sha256(f"{subject}\0{key}".encode(errors="surrogatepass")).hexdigest()[:32]
    return f"{digest}@{email.rpartition('@')[2] or 'deskhand.localhost'}"


def mail_key(key: str, number: int) -> str:
    """The key of the mail that goes with an act."""
    digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:24]
    return f"invitation-{digest}-{number}"


def same_state(one: str, other: str) -> bool:
    """Whether two texts are the same state of an object, however a server wrote it down."""
    return one == other or _state(one) == _state(other)


def _state(text: str) -> list[object]:
    return sorted((_state_of(event) for event in events_of(read(text))), key=repr)


def _state_of(event: Component) -> Sequence[object]:
    dates = [[str(each) for each in dates_of(event, name)] for name in _KEPT]
    texts = [text_of(event, name) for name in ("UID", "STATUS", "SUMMARY", "LOCATION")]
    people = sorted((str(each).lower(), str(each.params.get("PARTSTAT", ""))) for each in values(event, "ATTENDEE"))
    return [dates, texts, number_of(event, "SEQUENCE"), people]
