"""The reports of CalDAV: what is asked for (RFC 4791 §7, RFC 6578 §3)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from deskhand.toolsets.calendar.dav_xml import document, element, text

_DATA = element("D:prop", element("D:getetag"), element("C:calendar-data"))
_ETAG = element("D:prop", element("D:getetag"))


def by_time(start: datetime, end: datetime, *, texts: bool = True) -> bytes:
    """Events that have an occurrence from `start` to `end`, or their addresses alone."""
    return _query(_range(start, end), _DATA if texts else _ETAG)


def by_uid(uid: str) -> bytes:
    """The event of a UID. Some servers compare without case or find parts: the answer has to be looked at."""
    match = element("C:text-match", text(uid), collation="i;octet")
    return _query(element("C:prop-filter", match, name="UID"), _DATA)


def by_address(urls: Iterable[str]) -> bytes:
    """These objects."""
    return document("C:calendar-multiget", _DATA, *(element("D:href", text(urlsplit(url).path)) for url in urls))


def since(token: str) -> bytes:
    """What changed since a sync token; everything when it is empty."""
    return document("D:sync-collection", element("D:sync-token", text(token)), element("D:sync-level", "1"), _ETAG)


def etags() -> bytes:
    """The entity tags of what a calendar holds."""
    return document("D:propfind", element("D:prop", element("D:getetag"), element("D:resourcetype")))


def ctag() -> bytes:
    """The mark of a whole calendar, which changes whenever anything in it does (calendarserver.org's getctag)."""
    return document("D:propfind", element("D:prop", element("S:getctag")))


def busy(start: datetime, end: datetime) -> bytes:
    """When a calendar's owner is taken."""
    return document("C:free-busy-query", _range(start, end))


def _query(within: str, asked: str) -> bytes:
    events = element("C:comp-filter", within, name="VEVENT")
    return document("C:calendar-query", asked, element("C:filter", element("C:comp-filter", events, name="VCALENDAR")))


def _range(start: datetime, end: datetime) -> str:
    return element("C:time-range", start=utc_text(start), end=utc_text(end))


def utc_text(moment: datetime) -> str:
    """An instant as RFC 5545 §3.3.5 writes it; strftime pads no years on some systems, so not with it."""
    at = moment.astimezone(UTC)
    return f"{at.year:04d}{at.month:02d}{at.day:02d}T{at.hour:02d}{at.minute:02d}{at.second:02d}Z"
