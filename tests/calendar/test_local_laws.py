"""The calendars on this machine keep the laws of calendars."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.calendar.backend_laws import BERLIN, Law, Place, every_law

from deskhand.toolsets.calendar.folder import CalendarFolder
from deskhand.toolsets.calendar.store import LocalCalendars

pytestmark = pytest.mark.anyio


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for subject in ("ann", "bob"):
        (tmp_path / subject).mkdir()
        CalendarFolder(tmp_path / subject, BERLIN).create("team", "Team Grün", "#f59e0b")
    backend = LocalCalendars(lambda subject: tmp_path / subject, lambda: datetime(2026, 1, 1, tzinfo=UTC), BERLIN)
    return Place(backend, "team", "Team Grün")


@every_law
async def test_the_local_store_keeps_the_law(check: Law, place: Place) -> None:
    await check(place)
