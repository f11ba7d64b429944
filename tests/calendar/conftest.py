"""Servers for the tests of calendars."""

from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from tests.calendar.caldav_accounts import account_for
from tests.calendar.scripted_dav import ScriptedDav, served

from deskhand.outbound import Bounds
from deskhand.toolsets.calendar.caldav import CalDavCalendars


@pytest.fixture
async def dav() -> AsyncGenerator[ScriptedDav]:
    """A server that knows nothing yet."""
    async with served() as server:
        yield server


@pytest.fixture
async def backend(dav: ScriptedDav) -> AsyncIterator[CalDavCalendars]:
    """Ann's calendars on it."""
    bounds = Bounds(body_bytes=300_000, seconds=5)
    async with CalDavCalendars(lambda subject: [account_for(dav.url)], bounds=bounds) as calendars:
        yield calendars
