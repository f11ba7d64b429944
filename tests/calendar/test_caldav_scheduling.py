"""Servers that send invitations themselves, and what servers tell of when people are taken."""

from datetime import UTC, datetime

import pytest
from tests.calendar.backend_laws import JUNE, event
from tests.calendar.scripted_dav import CALENDAR, Said, ScriptedDav, data, href, many, one

from deskhand.errors import Conflict, Unavailable
from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.caldav import CalDavCalendars
from deskhand.toolsets.calendar.caldav_scheduling import is_sent_by_server, sent_by_client
from deskhand.toolsets.calendar.ics import read

pytestmark = pytest.mark.anyio
TEAM = "work/Team"
PLACE = "/cal/team/u1.ics"
AUTOMATIC = "1, access-control, calendar-access, Calendar-Auto-Schedule"
OWN = frozenset({"ann@example.org"})
PEOPLE = (
    "ORGANIZER;CN=Ann:mailto:Ann@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.org\r\n"
    "ATTENDEE;RSVP=TRUE:mailto:bob@example.org\r\nATTENDEE:MAILTO:cleo@example.org\r\n"
)
INVITED = "ORGANIZER:mailto:bob@example.org\r\nATTENDEE:mailto:ann@example.org\r\nATTENDEE:mailto:cleo@example.org\r\n"


def agents(text: str) -> dict[str, str]:
    """SCHEDULE-AGENT by address."""
    lines = [line for line in text.replace("\r\n ", "").splitlines() if line.startswith(("ORGANIZER", "ATTENDEE"))]
    found: dict[str, str] = {}
    for line in lines:
        names = dict(part.split("=") for part in line.lower().partition(":")[0].split(";")[1:])
        found[line[0] + line.rpartition(":")[2].lower()] = names.get("schedule-agent", "")
    return found


def test_of_an_own_meeting_the_others_are_left_to_the_client() -> None:
    assert agents(sent_by_client(event(more=PEOPLE), OWN)) == {
        "Oann@example.org": "", "Aann@example.org": "", "Abob@example.org": "client", "Acleo@example.org": "client",
    }  # fmt: skip


def test_of_an_invitation_the_organizer_is_left_to_the_client() -> None:
    assert agents(sent_by_client(event(more=INVITED), OWN)) == {
        "Obob@example.org": "client", "Aann@example.org": "", "Acleo@example.org": "",
    }  # fmt: skip


def test_nothing_else_is_changed_and_what_has_no_people_not_at_all() -> None:
    assert sent_by_client(event(), OWN) == event()
    marked = sent_by_client(event(more=PEOPLE), OWN).replace(";SCHEDULE-AGENT=CLIENT", "")
    assert marked == read(event(more=PEOPLE)).to_ical().decode()


SENT = {
    "an own meeting made elsewhere": (PEOPLE, True),
    "an invitation the server delivered": (INVITED, True),
    "nobody else": ("ORGANIZER:mailto:ann@example.org\r\nATTENDEE:mailto:ann@example.org\r\n", False),
    "no people": ("", False),
    "left to the client": (PEOPLE.replace("ATTENDEE", "ATTENDEE;SCHEDULE-AGENT=CLIENT"), False),
    "left to nobody": (PEOPLE.replace("ATTENDEE", "ATTENDEE;SCHEDULE-AGENT=none"), False),
    "one of them left to the server": (PEOPLE.replace("ATTENDEE;R", "ATTENDEE;SCHEDULE-AGENT=CLIENT;R"), True),
    "an invitation from a mail": (INVITED.replace("ORGANIZER", "ORGANIZER;SCHEDULE-AGENT=CLIENT"), False),
}


@pytest.mark.parametrize(("people", "expected"), SENT.values(), ids=SENT.keys())
def test_the_server_tells_the_others_of(people: str, expected: bool) -> None:
    assert is_sent_by_server(event(more=people), OWN) is expected


async def test_a_server_that_invites_is_told_to_leave_it(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(dav=AUTOMATIC)
    dav.tells("PUT", PLACE, Said(201))
    dav.tells("GET", PLACE, Said(200, event(more=PEOPLE), {"ETag": '"1"'}))
    stored = await backend.put("ann", TEAM, "u1", event(more=PEOPLE), None)
    assert agents(dav.hears("PUT")[0].body)["Abob@example.org"] == "client"
    assert not await backend.schedules_itself("ann", TEAM)
    assert await backend.schedules_itself("ann", TEAM, stored)  # this one does not keep what it was told
    await backend.put("ann", TEAM, "u1", event(more=PEOPLE), stored.etag)
    assert agents(dav.hears("PUT")[1].body)["Abob@example.org"] == ""


CLIENT = PEOPLE.replace("ATTENDEE", "ATTENDEE;SCHEDULE-AGENT=CLIENT")
NEW = "ATTENDEE:mailto:dora@example.org\r\n"
UPDATES = {
    "of a meeting without people so far": ("", PEOPLE, "client"),
    "of one left to the client": (CLIENT, CLIENT + NEW, "client"),
    "of one left to the server": (PEOPLE, PEOPLE + NEW, ""),
    "of one of both": (CLIENT + NEW, CLIENT + NEW, ""),
}


@pytest.mark.parametrize(("before", "after", "agent"), UPDATES.values(), ids=UPDATES.keys())
async def test_one_alone_tells_everybody(
    dav: ScriptedDav, backend: CalDavCalendars, before: str, after: str, agent: str
) -> None:
    dav.keeps_calendars(dav=AUTOMATIC)
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event(more=before)))))
    dav.tells("GET", PLACE, Said(200, event(more=before), {"ETag": '"1"'}))
    dav.tells("PUT", PLACE, Said(204))
    stored = await backend.get("ann", TEAM, "u1")
    assert await backend.schedules_itself("ann", TEAM, stored) is (agent == "")
    await backend.put("ann", TEAM, "u1", event(more=after), stored.etag)
    told = agents(dav.hears("PUT")[0].body)
    assert {told[who] for who in told if who not in ("Oann@example.org", "Aann@example.org")} == {agent}


async def test_an_event_that_is_gone_stays_gone_where_the_server_invites(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    dav.keeps_calendars(dav=AUTOMATIC)
    dav.tells("REPORT", "/cal/team/", Said(body=many()))
    with pytest.raises(Conflict, match="deleted in the meantime"):
        await backend.put("ann", TEAM, "u1", event(more=PEOPLE), '"1"')
    assert dav.hears("PUT") == []


async def test_other_servers_are_not_told(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201))
    dav.tells("GET", PLACE, Said(200, event(more=PEOPLE), {"ETag": '"1"'}))
    stored = await backend.put("ann", TEAM, "u1", event(more=PEOPLE), None)
    assert dav.hears("PUT")[0].body == event(more=PEOPLE)
    assert not await backend.schedules_itself("ann", TEAM, stored)


OUTBOX = f"<cal:schedule-outbox-URL>{href('/out/')}</cal:schedule-outbox-URL>"
BUSY = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VFREEBUSY\r\nUID:x\r\nDTSTAMP:20260101T000000Z\r\n"
    "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260610T080000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
)


def told(who: str, status: str = "2.0;Success", text: str = BUSY) -> str:
    answer = (
        f"<cal:response><cal:recipient>{href(f'mailto:{who}')}</cal:recipient>"
        f"<cal:request-status>{status}</cal:request-status><cal:calendar-data>{text}</cal:calendar-data></cal:response>"
    )
    return many(answer).replace("d:multistatus", "cal:schedule-response")


async def test_the_outbox_is_asked_when_somebody_is_taken(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(dav=AUTOMATIC, principal=OUTBOX)
    dav.tells("POST", "/out/", Said(200, told("Bob@example.org")))
    busy = await backend.free_busy("ann", "bob@example.org", *JUNE, calendar=TEAM)
    assert busy == [Busy(datetime(2026, 6, 10, 8, tzinfo=UTC), datetime(2026, 6, 10, 9, tzinfo=UTC), tentative=True)]
    (asked,) = dav.hears("POST")
    lines = ("METHOD:REQUEST", "DTSTART:20260601T000000Z", "DTEND:20260701T000000Z")
    people = ("ATTENDEE:mailto:bob@example.org", "ORGANIZER:mailto:ann@example.org")
    assert {*lines, *people} <= set(asked.body.splitlines())


UNKNOWN = {
    "nobody the server knows": Said(200, told("bob@example.org", "3.7;Invalid calendar user")),
    "somebody else": Said(200, told("robert@example.org")),
    "no calendar": Said(200, told("bob@example.org", text="junk")),
    "nobody at all": Said(200, many().replace("d:multistatus", "cal:schedule-response")),
    "not allowed": Said(403),
    "no outbox after all": Said(404),
    "no such method": Said(405),
}


@pytest.mark.parametrize("said", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_who_is_unknown_to_the_outbox_is_unknown(dav: ScriptedDav, backend: CalDavCalendars, said: Said) -> None:
    dav.keeps_calendars(dav=AUTOMATIC, principal=OUTBOX)
    dav.tells("POST", "/out/", said)
    assert await backend.free_busy("ann", "bob@example.org", *JUNE) is None


async def test_an_outbox_that_is_down_is_not_taken_for_free_time(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(dav=AUTOMATIC, principal=OUTBOX)
    dav.tells("POST", "/out/", Said(503))
    with pytest.raises(Unavailable):
        await backend.free_busy("ann", "bob@example.org", *JUNE)


@pytest.mark.parametrize("who", ["bob@example.org\r\nX-Evil: 1", "bob @example.org", "böb@example.org"])
async def test_an_address_cannot_add_a_header(dav: ScriptedDav, backend: CalDavCalendars, who: str) -> None:
    dav.keeps_calendars(dav=AUTOMATIC, principal=OUTBOX)
    assert await backend.free_busy("ann", who, *JUNE) is None
    assert dav.hears("POST") == []


async def test_an_outbox_at_another_server_is_not_asked(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(principal=OUTBOX.replace("/out/", "https://evil.example/out/"))
    assert await backend.free_busy("ann", "bob@example.org", *JUNE) is None


async def test_own_times_come_from_all_calendars_that_tell(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    aliases = f"<cal:calendar-user-address-set>{href('mailto:A.Nn@example.net')}</cal:calendar-user-address-set>"
    dav.keeps_calendars(one("/cal/a/", CALENDAR), one("/cal/b/", CALENDAR), principal=aliases)
    dav.tells("REPORT", "/cal/a/", Said(200, BUSY))
    dav.tells("REPORT", "/cal/b/", Said(403))
    busy = await backend.free_busy("ann", "a.nn@example.net", *JUNE)
    assert busy is not None
    assert [each.start.hour for each in busy] == [8]
    dav.tells("REPORT", "/cal/a/", Said(404))
    assert await backend.free_busy("ann", "ann@example.org", *JUNE) is None
