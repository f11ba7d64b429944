"""A client on served calendars, of either protocol era, with what lies in the person's mail."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode

from deskhand.errors import Unavailable
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.mail.parse import parse
from deskhand.mail.query import Query
from deskhand.outbox.act import Entry
from deskhand.principal import LOCAL, Principal
from deskhand.server.build import DeskhandServer
from deskhand.testing import call, client_of, refusal, serving
from deskhand.toolsets.calendar.backend import Busy, CalendarInfo, Changed, Listed, Stored
from deskhand.toolsets.calendar.itip import Incoming, read_itip
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.toolsets.calendar.toolset import Calendar
from deskhand.toolsets.calendar.zones import zone_named

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
YES = types.ElicitResult(action="accept", content={"agree": True})
NO = types.ElicitResult(action="accept", content={"agree": False})
DECLINED = types.ElicitResult(action="decline")
NOWHERE: Mapping[str, object] = {"address": "you@example.org", "smtp": "smtp://127.0.0.1:9", "security": "none"}
"""An account of the local person whose server does not answer: for what must not be sent."""
DISTANT: Mapping[str, object] = {"address": "you@example.org", "caldav": "https://dav.example.org/"}
"""An account with calendars on a server, and no mail of its own."""
_AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class Server:
    """Calendars as on a server: it can stop answering, before or after it has done what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.kept = LocalCalendars(lambda subject: folder / subject, lambda: _AT, zone_named("Europe/Berlin"))
        self.broken = ""
        self.puts = 0
        self.closed = 0

    async def calendars(self, subject: str) -> Sequence[CalendarInfo]:
        return [CalendarInfo(f"work/{info.name}", info.title) for info in await self.kept.calendars(subject)]

    async def listed(self, subject: str) -> Listed:
        if self.broken == "silent":
            return Listed((), ("The account work is left out: no answer. Test it: deskhand accounts test work",))
        return Listed(tuple(await self.calendars(subject)))

    async def objects(self, subject: str, calendar: str, start: datetime, end: datetime) -> Sequence[Stored]:
        return [_there(each) for each in await self.kept.objects(subject, _here(calendar), start, end)]

    async def get(self, subject: str, calendar: str, uid: str) -> Stored:
        if self.broken == "before":
            raise Unavailable("The server does not answer.")
        return _there(await self.kept.get(subject, _here(calendar), uid))

    async def put(self, subject: str, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        stored = await self.kept.put(subject, _here(calendar), uid, text, expected_etag)
        self.puts += 1
        if self.broken == "after":
            raise Unavailable("The server's answer got lost.")
        return _there(stored)

    async def delete(self, subject: str, calendar: str, uid: str, expected_etag: str) -> None:
        await self.kept.delete(subject, _here(calendar), uid, expected_etag)

    async def changes(self, subject: str, calendar: str, token: str) -> Changed:
        return await self.kept.changes(subject, _here(calendar), token)

    async def free_busy(
        self, subject: str, attendee: str, start: datetime, end: datetime, calendar: str = ""
    ) -> Sequence[Busy] | None:
        return [Busy(start, end)] if attendee == "busy@example.org" else None

    async def schedules_itself(self, subject: str, calendar: str, stored: Stored | None = None) -> bool:
        return False

    async def aclose(self) -> None:
        self.closed += 1


class Desk:
    """A client, its server, and what the person was asked."""

    def __init__(self, client: Client, server: DeskhandServer, caller: Principal) -> None:
        self.client = client
        self.server = server
        self.caller = caller
        self.asked: list[str] = []

    @property
    def mailbox(self) -> Mailbox:
        """The caller's mailbox on this machine."""
        return self.server.accounts.mailbox(self.server.accounts.named(self.caller.subject, "local"))

    @property
    def calendar(self) -> Calendar:
        """The toolset."""
        return next(each for each in self.server.toolsets if isinstance(each, Calendar))

    async def call(self, tool: str, **arguments: object) -> Mapping[str, Any]:
        """A tool's structured answer; the call must succeed."""
        return await call(self.client, tool, **arguments)

    async def refusal(self, tool: str, **arguments: object) -> str:
        """What a tool says when it refuses."""
        return await refusal(self.client, tool, **arguments)

    async def events(self, query: str, start: str = "2026-12-01", end: str = "2027-01-31") -> list[Mapping[str, Any]]:
        """The events whose texts hold the words."""
        return (await self.call("calendar_events", query=query, start=start, end=end))["events"]

    async def deliver(self, raw: str) -> MailRef:
        """Put a mail into the caller's mailbox on this machine."""
        data = raw.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        return await self.mailbox.append("Inbox", data, frozenset(), _AT)

    async def sent(self) -> list[Incoming]:
        """The calendar parts of the mails in Sent, oldest first."""
        page = await self.mailbox.search(Query(folder="sent"), offset=0, limit=50)
        raws = [await self.mailbox.raw(each.ref, max_bytes=1_000_000) for each in reversed(page.envelopes)]
        return [read_itip(text) for raw in raws for text in parse(raw).calendar[:1]]

    async def approve(self, key: str) -> Entry:
        """What `deskhand approve` does."""
        subject = self.caller.subject
        entry = await self.server.outbox.find(subject, key)
        return await self.server.outbox.perform(subject, key, self.server.performers()[entry.kind])


@asynccontextmanager
async def desk_of(
    folder: Path,
    *,
    mode: ConnectMode = "auto",
    caller: Principal = LOCAL,
    answer: types.ElicitResult | None = None,
    accounts: Mapping[str, Mapping[str, object]] | None = None,
    toolset: type[Calendar] = Calendar,
) -> AsyncGenerator[Desk]:
    """A client on the calendars in `folder`; the person gives `answer` when asked, without one nobody can be asked."""
    settings = {"accounts": dict(accounts or {})}
    async with serving(toolset, folder=folder, caller=caller, settings=settings, time_zone="Europe/Berlin") as server:
        if answer is None:
            async with client_of(server, mode=mode) as client:
                yield Desk(client, server, caller)
            return
        asked: list[str] = []

        async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
            asked.append(params.message)
            return answer

        async with Client(server.sdk, mode=mode, elicitation_callback=person) as client:
            desk = Desk(client, server, caller)
            desk.asked = asked
            yield desk


def key_of(answer: Mapping[str, Any]) -> str:
    """The key of an act, from a tool's answer."""
    return str(answer["outbox"]).removeprefix("outbox://")


def mail_with(calendar: str, method: str, sender: str, message_id: str = "<one@example.org>") -> str:
    """A mail with a calendar part, as calendar programs send it."""
    return (
        f"From: {sender}\nTo: you@deskhand.localhost\nSubject: Meeting\nMessage-ID: {message_id}\n"
        "Date: Fri, 20 Nov 2026 09:30:00 +0100\nMIME-Version: 1.0\n"
        f"Content-Type: text/calendar; charset=utf-8; method={method}\n\n{calendar}"
    )


def _here(calendar: str) -> str:
    return calendar.removeprefix("work/")


def _there(stored: Stored) -> Stored:
    return Stored(f"work/{stored.calendar}", stored.uid, stored.etag, stored.text, stored.href)
