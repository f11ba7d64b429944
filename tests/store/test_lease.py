"""Of several servers on one PostgreSQL, one does the work in the background for a person."""

import pytest

from deskhand.store.database import Database
from deskhand.store.personal import People

pytestmark = pytest.mark.anyio


async def test_one_server_has_the_lease_of_a_person_until_it_is_done(postgres_url: str) -> None:
    with Database(postgres_url) as one, Database(postgres_url) as other:
        async with People(one).lease("ann") as ours:
            assert ours
            async with People(other).lease("ann") as theirs:
                assert not theirs
            async with People(other).lease("bob") as theirs:
                assert theirs
        async with People(other).lease("ann") as theirs:
            assert theirs


async def test_a_failure_gives_the_lease_back(postgres_url: str) -> None:
    with Database(postgres_url) as one, Database(postgres_url) as other:
        with pytest.raises(RuntimeError, match="odd"):
            async with People(one).lease("ann"):
                raise RuntimeError("odd data")
        async with People(other).lease("ann") as theirs:
            assert theirs


async def test_on_sqlite_nobody_waits() -> None:
    with Database(None) as database:
        async with People(database).lease("ann") as ours:
            assert ours
