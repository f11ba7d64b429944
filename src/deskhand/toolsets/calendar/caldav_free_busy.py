"""When somebody is taken, as their server tells it: RFC 6638 §5 for others, RFC 4791 §7.10 for one's own calendars."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from icalendar import Component, FreeBusy

from deskhand.errors import Denied, DeskhandError, InvalidInput, NotFound
from deskhand.outbound import Answer
from deskhand.toolsets.calendar import caldav_queries as queries
from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.caldav_objects import CalDavObjects
from deskhand.toolsets.calendar.dav_errors import refusal
from deskhand.toolsets.calendar.dav_http import Asked, DavHttp
from deskhand.toolsets.calendar.dav_xml import Node, parse_xml
from deskhand.toolsets.calendar.free_busy import busy_from_calendar, merged
from deskhand.toolsets.calendar.ics import add, new_calendar, read, set_date, utc, write

_WHAT = "tell who is free"


async def ask_outbox(
    dav: DavHttp, outbox: str, who: tuple[str, str], span: tuple[datetime, datetime]
) -> list[Busy] | None:
    """When somebody is taken, through the scheduling outbox; None where the server does not know them.

    `who` is the address of the person who asks, and the one asked about.
    """
    own, attendee = who
    headers = {
        "Content-Type": "text/calendar; component=VFREEBUSY; method=REQUEST; charset=utf-8",
        "Originator": f"mailto:{own}",  # older servers want both; RFC 6638 has them in the object alone
        "Recipient": f"mailto:{attendee}",
    }
    answer = await dav.ask(Asked("POST", outbox, _WHAT, _request(own, attendee, *span).encode(), headers))
    if answer.status in (400, 403, 404, 405, 501):
        return None
    if answer.status >= 400:
        raise refusal(answer, dav.account, _WHAT)
    root = parse_xml(answer.body, "the calendar server")
    for response in root.all("C:response"):
        if f"mailto:{attendee}" in _recipient(response):
            return _told(response)
    return None


async def ask_calendars(calendars: Iterable[CalDavObjects], start: datetime, end: datetime) -> list[Busy] | None:
    """When the owner of these calendars is taken; None where the server tells of none of them."""
    found: list[Busy] = []
    told = False
    for objects in calendars:
        asked = objects.report(queries.busy(start, end))
        answer = await objects.dav.ask(asked)
        try:
            found += _busy_in(answer, objects, asked)
            told = True
        except (Denied, NotFound, InvalidInput):
            continue
    return merged(found) if told else None


def _busy_in(answer: Answer, objects: CalDavObjects, asked: Asked) -> Sequence[Busy]:
    if answer.status >= 400:
        raise refusal(answer, objects.dav.account, asked.what)
    return busy_from_calendar(read(answer.body))


def _recipient(response: Node) -> str:
    href = response.at("C:recipient", "D:href")
    return href.text.lower() if href is not None else ""


def _told(response: Node) -> list[Busy] | None:
    """RFC 6638 §5: a status of 2.x comes with a VFREEBUSY."""
    status, data = response.at("C:request-status"), response.at("C:calendar-data")
    if status is None or not status.text.startswith("2") or data is None:
        return None
    try:
        return busy_from_calendar(read("".join(data.content)))
    except DeskhandError:
        return None


def _request(own: str, attendee: str, start: datetime, end: datetime) -> str:
    calendar = new_calendar()
    add(calendar, "METHOD", "REQUEST")
    asked: Component = FreeBusy()
    add(asked, "UID", f"{uuid4()}@deskhand")
    set_date(asked, "DTSTAMP", utc(datetime.now(UTC)))
    set_date(asked, "DTSTART", utc(start))
    set_date(asked, "DTEND", utc(end))
    add(asked, "ORGANIZER", f"mailto:{own}")
    add(asked, "ATTENDEE", f"mailto:{attendee}")
    calendar.add_component(asked)
    return write(calendar)
