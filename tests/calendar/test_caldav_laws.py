"""The calendars on a real server keep the laws of calendars, with and without sync tokens."""

from collections.abc import AsyncIterator

import pytest
from tests.calendar.backend_laws import Law, Place, every_law
from tests.calendar.caldav_accounts import account_for
from tests.calendar_server.radicale import Radicale

from deskhand.toolsets.calendar.caldav import CalDavCalendars

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(radicale: Radicale) -> AsyncIterator[Place]:
    users = {subject: radicale.user() for subject in ("ann", "bob")}
    for user in users.values():
        user.make_calendar("c1", "Team Grün", colour="#F59E0BFF")
    accounts = {s: account_for(radicale.url, user=user.name, subject=s) for s, user in users.items()}
    async with CalDavCalendars(lambda subject: [accounts[subject]]) as backend:
        yield Place(backend, "work/Team Grün", "Team Grün")


@every_law
async def test_a_server_keeps_the_law(check: Law, place: Place) -> None:
    await check(place)
