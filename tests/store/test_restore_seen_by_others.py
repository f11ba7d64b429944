"""Whoever keeps a person's entries between searches sees at once what a restore brought, and what came after."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.searching import add, found, put

from deskhand.retrieval.index import Index
from deskhand.store.backup import back_up
from deskhand.store.database import Database
from deskhand.store.personal import People, Revision, own
from deskhand.store.restore import restore
from deskhand.store.tables import memory_owner

pytestmark = pytest.mark.anyio


async def test_numbers_that_grow_again_bring_nothing(database: Database, target: Path | str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    with Database(target) as server:
        ann, seen = People(server).person("ann"), Index(None)
        await put(ann, add("m1", "fjords"))
        back_up(server, file)
        for key in ("m2", "m3"):
            await put(ann, add(key, "hills"))
        assert await found(seen, ann, "hills") == {"m2", "m3"}
        restore(database, file, replace=True)
        for key in ("m4", "m5"):
            await put(People(database).person("ann"), add(key, "islands"))
        assert await found(seen, ann, "hills") == set()
        assert await found(seen, ann, "islands") == {"m4", "m5"}


async def test_a_save_after_a_restore_compares_with_what_is_there(database: Database, tmp_path: Path) -> None:
    ann, seen = People(database).person("ann"), Index(None)
    await put(ann, add("m1", "fjords"))
    back_up(database, tmp_path / "desk.backup")
    await put(ann, add("m2", "hills"))
    assert await found(seen, ann, "hills") == {"m2"}
    restore(database, tmp_path / "desk.backup", replace=True)
    assert await ann.write(lambda rows: seen.view(rows).corpus.keys) == ("m1",)


async def test_somebody_who_was_not_in_the_backup_begins_anew(database: Database, tmp_path: Path) -> None:
    with Database(None) as empty:
        back_up(empty, tmp_path / "desk.backup")
    ann, seen = People(database).person("ann"), Index(None)
    await put(ann, add("m1", "fjords"))
    assert await found(seen, ann, "fjords") == {"m1"}
    restore(database, tmp_path / "desk.backup", replace=True)
    await put(ann, add("m2", "hills"))
    assert (await found(seen, ann, "fjords"), await found(seen, ann, "hills")) == (set(), {"m2"})


async def test_a_revision_is_higher_than_any_there_was(database: Database, tmp_path: Path) -> None:
    ann = People(database).person("ann")
    await put(ann, add("m1", "fjords"))
    back_up(database, tmp_path / "desk.backup")
    await ann.write(lambda rows: rows.run(_FAR_AHEAD))
    restore(database, tmp_path / "desk.backup", replace=True)
    assert await ann.read(lambda rows: rows.revision()) == Revision(2**60 + 1, 2**60 + 1)


_FAR_AHEAD = own(sa.update(memory_owner).values(revision=2**60), memory_owner.c.subject)
"""As a clock that was wrong leaves it."""
