"""Each person's view is kept between searches, brought up to date by what changed, and dropped oldest first."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.index import Index, View
from deskhand.store.database import Database
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import People, Person, PersonalRows

pytestmark = pytest.mark.anyio


def add(key: str, text: str) -> EntryRow:
    return EntryRow(key, "fact", "", 0, 0, None, index_terms(text), None, None)


async def put(person: Person, *entries: EntryRow) -> None:
    await person.write(lambda rows: EntryTable(rows).put(*entries))


def among(view: View, at: float) -> set[str]:
    mask = view.facts.among(view.corpus, ["fact"], at)
    return {key for key, holds in zip(view.corpus.keys, mask.tolist(), strict=True) if holds}


async def test_a_new_wording_leaves_the_view_as_it_was_but_for_two_entries() -> None:
    with Database(None) as database:
        ann, index = People(database).person("ann"), Index(None)
        await put(ann, *(add(f"m{number}", "hills") for number in range(3)))
        before = await ann.read(index.view)

        def reword(rows: PersonalRows) -> None:
            EntryTable(rows).keep_former("m1", "m1.1", ends=100.0)
            EntryTable(rows).put(EntryRow("m1", "fact", "", 0, 100.0, None, index_terms("fjords"), None, None))

        await ann.write(reword)
        after = await ann.read(index.view)
        assert after.corpus.base is before.corpus.base, "nothing was read anew"
        assert (among(after, 99.0), among(after, 101.0)) == ({"m0", "m1.1", "m2"}, {"m0", "m1", "m2"})
        anew = await ann.read(Index(None).view)
        assert sorted(after.corpus.keys) == sorted(anew.corpus.keys) == ["m0", "m1", "m1.1", "m2"]


async def test_a_former_wording_holds_no_longer_than_it_did() -> None:
    with Database(None) as database:
        ann = People(database).person("ann")
        await put(ann, EntryRow("m1", "fact", "talk", 0, 0, 50.0, b"", None, None))
        await ann.write(lambda rows: EntryTable(rows).keep_former("m1", "m1.1", ends=100.0))
        former = await ann.read(lambda rows: EntryTable(rows).one("m1.1"))
        assert former is not None
        assert (former.ends, former.stream) == (50.0, "")


async def test_who_searched_longest_ago_is_dropped_first() -> None:
    with Database(None) as database:
        people = {name: People(database).person(name) for name in ("ann", "bob", "cy")}
        for person in people.values():
            await put(person, add("m1", "hills"))
        one = (await people["ann"].read(Index(None).view)).bytes
        index = Index(None, cache_bytes=int(2.5 * one))
        kept = {name: await people[name].read(index.view) for name in ("ann", "bob")}
        assert await people["ann"].read(index.view) is kept["ann"]
        await people["cy"].read(index.view)
        assert await people["ann"].read(index.view) is kept["ann"]
        assert await people["bob"].read(index.view) is not kept["bob"]


async def test_kinds_and_times_count_too() -> None:
    with Database(None) as database:
        ann = People(database).person("ann")
        await put(ann, *(add(f"m{number}", "hills") for number in range(100)))
        view = await ann.read(Index(None).view)
        assert view.bytes - view.corpus.bytes > 100 * 100


async def test_what_was_read_from_before_replaces_nothing_newer(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        ann, index = People(database).person("ann"), Index(None)
        await put(ann, add("m1", "hills"))

        def late(old: PersonalRows) -> View:
            old.revision()  # its snapshot begins here
            database.write(in_between, subject="ann")
            newer = database.read(lambda connection: index.view(PersonalRows(connection, "ann")), subject="ann")
            assert index.view(old).corpus.keys == ("m1",)
            return newer

        def in_between(connection: sa.Connection) -> None:
            rows = PersonalRows(connection, "ann")
            rows.lock()
            EntryTable(rows).put(add("m2", "fjords"))

        newer = await ann.read(late)
        assert await ann.read(index.view) is newer
