"""What only a real server shows: several calendars, wrong passwords, other programs, times that are taken."""

from datetime import UTC, datetime

import pytest
from tests.calendar.backend_laws import JUNE, event, title_of
from tests.calendar.caldav_accounts import account_for
from tests.calendar_server.radicale import CalendarUser, Radicale

from deskhand.errors import Conflict, Denied, Unavailable
from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.caldav import CalDavCalendars

pytestmark = pytest.mark.anyio


@pytest.fixture
def user(radicale: Radicale) -> CalendarUser:
    ann = radicale.user()
    ann.make_calendar("a", "Team", colour="#112233FF")
    ann.make_calendar("b", "Team")
    ann.make_calendar("c", "Tasks", kind="VTODO")
    return ann


def calendars_of(user: CalendarUser, address: str = "", password: str = "") -> CalDavCalendars:
    account = account_for(address or user.server.url, user=user.name, password=password or user.password)
    return CalDavCalendars(lambda subject: [account])


async def test_calendars_of_events_are_listed_each_with_its_own_name(user: CalendarUser) -> None:
    async with calendars_of(user) as backend:
        infos = await backend.calendars("ann")
    assert [(info.name, info.title, info.colour) for info in infos] == [
        ("work/Team", "Team", "#112233"), ("work/Team 2", "Team", ""),
    ]  # fmt: skip
    assert all(info.token.startswith("http://radicale.org/ns/sync/") for info in infos)


async def test_the_token_of_the_list_is_where_changes_begin(user: CalendarUser) -> None:
    async with calendars_of(user) as backend:
        token = (await backend.calendars("ann"))[0].token
        await backend.put("ann", "work/Team", "u1", event(), None)
        assert (await backend.changes("ann", "work/Team", token)).uids == ("u1",)
        assert (await backend.changes("ann", "work/Team 2", "")).uids == ()


@pytest.mark.parametrize("path", ["a/", "a", ""])
async def test_an_address_may_be_that_of_a_calendar_or_of_the_person(user: CalendarUser, path: str) -> None:
    async with calendars_of(user, f"{user.server.url}{user.name}/{path}") as backend:
        expected = ["work/Team"] if path else ["work/Team", "work/Team 2"]
        assert [info.name for info in await backend.calendars("ann")] == expected


async def test_a_wrong_password_is_said(user: CalendarUser) -> None:
    async with calendars_of(user, password="wrong") as backend:
        with pytest.raises(Unavailable, match="refused the user or password"):
            await backend.calendars("ann")


async def test_the_calendar_of_somebody_else_stays_closed(user: CalendarUser, radicale: Radicale) -> None:
    url = radicale.user().make_calendar("x", "Private")
    async with calendars_of(user, url) as backend:
        with pytest.raises(Denied, match="may not do that"):
            await backend.calendars("ann")


async def test_what_other_programs_do_is_seen(user: CalendarUser) -> None:
    async with calendars_of(user) as backend:
        stored = await backend.put("ann", "work/Team", "u1", event(), None)
        token = (await backend.changes("ann", "work/Team", "")).token
        place = stored.href.removeprefix(user.server.url)
        assert user.request("PUT", f"/{place}", event(title="From the phone")) == 204
        assert user.request("PUT", f"/{user.name}/a/phone.ics", event("phone")) == 201
        assert (await backend.changes("ann", "work/Team", token)).uids == ("phone", "u1")
        with pytest.raises(Conflict):
            await backend.put("ann", "work/Team", "u1", event(title="Mine"), stored.etag)
        assert title_of(await backend.get("ann", "work/Team", "u1")) == "From the phone"
        found = await backend.get("ann", "work/Team", "phone")
        changed = await backend.put("ann", "work/Team", "phone", event("phone", title="Mine"), found.etag)
        assert changed.href.endswith("/a/phone.ics")


async def test_a_uid_that_is_in_use_in_another_place_is_a_conflict(user: CalendarUser) -> None:
    assert user.request("PUT", f"/{user.name}/a/elsewhere.ics", event()) == 201
    async with calendars_of(user) as backend:
        with pytest.raises(Conflict, match="of that UID already"):
            await backend.put("ann", "work/Team", "u1", event(), None)


async def test_own_times_are_told_by_the_server(user: CalendarUser) -> None:
    async with calendars_of(user) as backend:
        await backend.put("ann", "work/Team", "u1", event(more="RRULE:FREQ=DAILY;COUNT=2\r\n"), None)
        await backend.put("ann", "work/Team 2", "u2", event("u2", more="TRANSP:TRANSPARENT\r\n"), None)
        assert await backend.free_busy("ann", "ann@example.org", *JUNE, calendar="work/Team") == [
            Busy(datetime(2026, 6, 10 + day, 8, tzinfo=UTC), datetime(2026, 6, 10 + day, 9, tzinfo=UTC))
            for day in (0, 1)
        ]


async def test_many_events_come_whole(user: CalendarUser) -> None:
    frame = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:Many\r\n", "END:VCALENDAR\r\n")
    events = (event(f"n{number}").partition("PRODID:-//test//test//EN\r\n")[2] for number in range(120))
    text = "".join(each.removesuffix(frame[1]) for each in events).join(frame)
    assert user.request("PUT", f"/{user.name}/many/", text) == 201
    async with calendars_of(user) as backend:
        changed = await backend.changes("ann", "work/Many", "")
        assert changed.uids is not None
        assert len(changed.uids) == 120
        assert len(await backend.objects("ann", "work/Many", *JUNE)) == 120
