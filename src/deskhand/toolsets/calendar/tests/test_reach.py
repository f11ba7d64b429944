"""What still answers where an account does not, and times and days that are said in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.account import Account
from deskhand.mail.address import Address
from deskhand.outbound import Bounds
from deskhand.toolsets.calendar.caldav import CalDavCalendars
from deskhand.toolsets.calendar.finding_window import window_of
from deskhand.toolsets.calendar.tests.desk import DISTANT, Desk, Server, desk_of
from deskhand.toolsets.calendar.toolset import Calendar
from deskhand.toolsets.calendar.zones import zone_named

BERLIN = zone_named("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
STEP = "deskhand accounts test work"


def silent(folder: Path) -> type[Calendar]:
    """Calendars whose one account does not answer."""

    class Silent(Calendar):
        """Its server is down."""

        def open_remote(self) -> Server:
            server = Server(folder / "server")
            server.broken = "silent"
            return server

    return Silent


@pytest.mark.anyio
async def test_calendars_on_this_machine_answer_where_no_account_does(tmp_path: Path) -> None:
    async with desk_of(tmp_path, accounts={"work": DISTANT}, toolset=silent(tmp_path)) as desk:
        listed = await desk.call("calendar_events", start="2026-12-07")
        assert any(STEP in note for note in listed["notes"])
        found = await desk.call("calendar_find_times", start="2036-12-10", end="2036-12-10")
        assert (len(found["times"]) > 0, any(STEP in note for note in found["notes"])) == (True, True)
        meeting = {"title": "Plan", "start": "2026-12-14T10:00", "dry_run": True}
        preview = await desk.call("schedule_meeting", **meeting, calendar="personal")
        assert (preview["state"], any(STEP in note for note in preview["notes"])) == ("preview", True)
        await refuses(desk, meeting)


async def refuses(desk: Desk, meeting: Mapping[str, object]) -> None:
    """What belongs to the silent account is done nowhere else."""
    assert STEP in await desk.refusal("schedule_meeting", **meeting)
    assert STEP in await desk.refusal("schedule_meeting", **meeting, calendar="work/Team")
    assert STEP in await desk.refusal("calendar_update", id="some@example.org", action="cancel")


@pytest.mark.anyio
async def test_an_account_that_cannot_be_reached_is_named() -> None:
    async def secret() -> str:
        return "secret"

    address = Address("ann@example.org", "Ann")
    account = Account("work", "ann", address, user="ann", secret=secret, caldav="http://127.0.0.1:9/")
    async with CalDavCalendars(lambda subject: [account], bounds=Bounds(seconds=2)) as backend:
        listed = await backend.listed("ann")
        assert listed.calendars == ()
        assert "The account work is left out" in listed.troubles[0]
        assert STEP in listed.troubles[0]


@pytest.mark.anyio
async def test_calendar_find_times_on_a_weekend_names_the_nearest_and_says_so(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        found = await desk.call("calendar_find_times", start="2036-12-13", end="2036-12-14")  # Saturday and Sunday
        assert found["times"] == []
        assert found["nearest"][0]["start"][:16] == "2036-12-13T09:00"
        assert any("outside the working hours" in reason for reason in found["nearest"][0]["reasons"])
        assert "weekend days only" in found["notes"][0]


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("monday", "2026-11-23"),
        ("Friday", "2026-11-27"),
        ("on friday", "2026-11-27"),
        ("next friday", "2026-12-04"),
        ("this monday", "2026-11-23"),
    ],
)
def test_weekdays_are_known_by_their_names(word: str, day: str) -> None:
    assert window_of(word, "", BERLIN, MONDAY).start.date().isoformat() == day


def test_a_weekday_that_is_over_is_the_coming_one() -> None:
    friday = MONDAY + timedelta(days=4)
    assert window_of("monday", "", BERLIN, friday).start.date().isoformat() == "2026-11-30"
    assert window_of("this monday", "", BERLIN, friday).start.date().isoformat() == "2026-11-23"


def test_a_day_that_cannot_be_read_is_answered_with_the_words_that_can() -> None:
    with pytest.raises(InvalidInput, match=r"next week.*Today is Monday, 2026-11-23"):
        window_of("soon", "", BERLIN, MONDAY)
