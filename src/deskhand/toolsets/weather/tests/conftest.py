"""The replay server and the clock as fixtures."""

from collections.abc import AsyncGenerator

import pytest

from deskhand.toolsets.weather.tests.replay import Clock, Replay, replaying


@pytest.fixture
async def replay() -> AsyncGenerator[Replay]:
    async with replaying() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()
