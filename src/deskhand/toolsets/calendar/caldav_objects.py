"""The objects of one calendar on a server: RFC 4791 §5.3 and §7."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from anyio import to_thread

from deskhand.errors import Conflict, Denied, DeskhandError, LimitExceeded, NotFound, Unavailable
from deskhand.outbound import Answer
from deskhand.toolsets.calendar import caldav_queries as queries
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.caldav_discovery import Collection
from deskhand.toolsets.calendar.caldav_index import CalendarIndex, uid_of
from deskhand.toolsets.calendar.dav_answer import Resource, opaque, same_place
from deskhand.toolsets.calendar.dav_errors import refusal
from deskhand.toolsets.calendar.dav_http import XML, Asked, DavHttp
from deskhand.toolsets.calendar.dav_xml import Node

AT_ONCE = 100
"""Objects in one multiget."""
SLACK = timedelta(days=2)
"""Days and floating times are other instants in the server's zone than in the person's."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CALENDAR = "text/calendar; charset=utf-8"
_AS_IT_IS = {"Accept": "text/calendar", "Accept-Encoding": "identity"}
"""Some servers change the entity tag of what they compress, and do not know it again in `If-Match`."""


class CalDavObjects:
    """One calendar, by its readable `name`."""

    def __init__(self, dav: DavHttp, name: str, collection: Collection) -> None:
        self.dav = dav
        self.name = name
        self.collection = collection
        self.index = CalendarIndex()

    async def between(self, start: datetime, end: datetime) -> list[Stored]:
        """What may have an occurrence then; where that is too much for one answer, in several."""
        span = _moved(start, -SLACK), _moved(end, SLACK)
        try:
            _, found = await self.told(queries.by_time(*span))
        except LimitExceeded:
            _, found = await self.told(queries.by_time(*span, texts=False))
        return await self._stored(found)

    async def get(self, uid: str) -> Stored:
        """The object of that UID: from where it was last, or wherever it is."""
        known = self.index.of(uid)
        if known is not None:
            stored = await self._at(known.url)
            if stored is not None and stored.uid == uid:
                return stored
            self.index.forget(known.url)
        _, found = await self.told(queries.by_uid(uid))
        for stored in await self._stored(found):
            if stored.uid == uid:
                return stored
        raise NotFound(f"The calendar {self.name} has no event {uid[:120]!r} (any more). Look with calendar_events.")

    async def put(self, uid: str, text: str, expected_etag: str | None) -> Stored:
        """Write, and read what the server made of it: many add to it, or write it in their own way."""
        url, condition = await self._target(uid, expected_etag)
        asked = Asked(
            "PUT", url, f"write to the calendar {self.name}", text.encode(), {"Content-Type": _CALENDAR, **condition}
        )
        try:
            answer = await self.dav.ask(asked)
        except Unavailable as error:
            raise Unavailable(f"{error.message} {_UNKNOWN}", retry_after=error.retry_after) from error
        self._check(answer, asked, new=expected_etag is None)
        return await self._written(url, uid, text, answer)

    async def delete(self, uid: str, expected_etag: str) -> None:
        """Remove the object if it is at `expected_etag`; the server shall not tell anybody (RFC 6638 §8.1)."""
        stored = await self.get(uid)
        headers = {"If-Match": opaque(expected_etag), "Schedule-Reply": "F"}
        if stored.etag != opaque(expected_etag):
            raise Conflict(_CHANGED)
        asked = Asked("DELETE", stored.href, f"delete from the calendar {self.name}", headers=headers)
        answer = await self.dav.ask(asked)
        if answer.status in (404, 410):
            self.index.forget(stored.href)
            raise NotFound(f"The calendar {self.name} has no event {uid[:120]!r} any more.")
        self._check(answer, asked, new=False)
        self.index.forget(stored.href)

    async def load(self, urls: Sequence[str]) -> list[Stored]:
        """The objects at these addresses, as far as they are there and are events."""
        found: list[Stored] = []
        for first in range(0, len(urls), AT_ONCE):
            asked = self._report(queries.by_address(urls[first : first + AT_ONCE]))
            _, resources = await self.dav.told(asked)
            found += await self._read([each for each in self.members(resources) if each.status == 200])
        return found

    def members(self, resources: Sequence[Resource]) -> list[Resource]:
        """Those that lie in this calendar: what a server says of other places is left out."""
        place = same_place(self.collection.url)
        found = [(each, same_place(each.url)) for each in resources]
        return [
            each for each, at in found if at.startswith(place) and at != place and not at.removeprefix(place).count("/")
        ]

    async def told(self, body: bytes, *, method: str = "REPORT", depth: str = "1") -> tuple[Node, list[Resource]]:
        """What the server tells of this calendar."""
        return await self.dav.told(self._report(body, method), depth=depth)

    def report(self, body: bytes) -> Asked:
        """A report on this calendar, as a request of which any answer is looked at."""
        return Asked(
            "REPORT", self.collection.url, f"read the calendar {self.name}", body, {"Depth": "1", "Content-Type": XML}
        )

    def _report(self, body: bytes, method: str = "REPORT") -> Asked:
        return Asked(method, self.collection.url, f"read the calendar {self.name}", body)

    async def _stored(self, resources: Sequence[Resource]) -> list[Stored]:
        """The events among `resources`; the text of those that came without is asked for."""
        members = [each for each in self.members(resources) if each.status == 200]
        found = await self._read([each for each in members if "C:calendar-data" in each.props])
        bare = [each.url for each in members if "C:calendar-data" not in each.props]
        return found + await self.load(bare) if bare else found

    async def _read(self, resources: Sequence[Resource]) -> list[Stored]:
        texts = [(each.url, each.text("D:getetag"), _data(each)) for each in resources]
        return await self._learned(texts)

    async def _written(self, url: str, uid: str, text: str, answer: Answer) -> Stored:
        try:
            stored = await self._at(url)
        except DeskhandError:  # it is written all the same
            return Stored(self.name, uid, _state(answer.headers.get("ETag", ""), text), text, url)
        if stored is None or stored.uid != uid:
            raise Conflict("The event was written, and then taken away or replaced by somebody else. Read it again.")
        return stored

    async def _at(self, url: str) -> Stored | None:
        asked = Asked("GET", url, f"read the calendar {self.name}", headers=_AS_IT_IS)
        answer = await self.dav.ask(asked)
        if answer.status in (404, 410):
            return None
        if answer.status >= 400:
            raise refusal(answer, self.dav.account, asked.what)
        etag, data = answer.headers.get("ETag", ""), answer.body.decode(errors="replace")
        found = await self._learned([(url, etag, data)]) if etag else await self.load([url])
        return next(iter(found), None)

    async def _learned(self, texts: Sequence[tuple[str, str, str]]) -> list[Stored]:
        """Those of `(url, etag, text)` that are events. Reading many takes seconds: not in the way of others."""
        known = {url: self.index.known(url, _state(etag, data)) for url, etag, data in texts}
        fresh = [(url, data) for url, _, data in texts if not known[url]]
        known |= dict(await to_thread.run_sync(_uids, fresh)) if fresh else {}
        found = [
            Stored(self.name, known[url], _state(etag, data), data, url) for url, etag, data in texts if known[url]
        ]
        for stored in found:
            self.index.learn(stored.href, stored.etag, stored.uid)
        return found

    async def _target(self, uid: str, expected_etag: str | None) -> tuple[str, dict[str, str]]:
        if expected_etag is None:
            name = uid if _PLAIN.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:40]
            return f"{self.collection.url}{name}.ics", {"If-None-Match": "*"}
        known = self.index.of(uid)
        try:
            url = known.url if known is not None else (await self.get(uid)).href
        except NotFound:
            raise Conflict(_DELETED) from None
        return url, {"If-Match": opaque(expected_etag)}

    def _check(self, answer: Answer, asked: Asked, *, new: bool) -> None:
        if answer.status < 300:
            return
        if answer.status in (404, 410) and not new:
            self.index.forget(asked.url)
            raise Conflict(_DELETED)
        if answer.status == 412:
            raise Conflict(_EXISTS if new else _CHANGED)
        if answer.status < 400:
            raise Unavailable(f"The server answered with the status {answer.status}: it did not {asked.what}.")
        refused = refusal(answer, self.dav.account, asked.what)
        raise Denied(f"The calendar {self.name} may only be read.") if _read_only(answer, self.collection) else refused


_UNKNOWN = "Whether the event was written is not known. A repeat is safe: it is never written twice."
_EXISTS = "There is an event of that UID already. Read it, then change it."
_CHANGED = "The event was changed in the meantime. Read it again and repeat the change."
_DELETED = "The event was deleted in the meantime. Read it again and repeat the change."


def _read_only(answer: Answer, collection: Collection) -> bool:
    return answer.status == 403 and not collection.writable


def _uids(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(url, uid_of(data)) for url, data in texts]


def _state(etag: str, data: str) -> str:
    """The entity tag; of a server that gives none, one that matches nothing there, so that nothing is overwritten."""
    return opaque(etag) or opaque(hashlib.sha256(data.encode()).hexdigest())


def _data(resource: Resource) -> str:
    """XML parsers turn CRLF into LF (XML 1.0 §2.11): lines end as in RFC 5545 again, as GET gives them."""
    node = resource.props.get("C:calendar-data")
    data = "".join(node.content) if node is not None else ""
    return data.replace("\r\n", "\n").replace("\n", "\r\n")


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment
