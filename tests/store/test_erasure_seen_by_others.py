"""Whoever keeps a person's entries between searches sees at once that the person was erased, and what came after."""

import pytest
from tests.store.searching import add, found, put

from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.store.erasure import erase
from deskhand.store.personal import People

pytestmark = pytest.mark.anyio


async def test_a_kept_view_is_empty_after_an_erasure(database: Database) -> None:
    ann = People(database).person("ann")
    await put(ann, add("m1", "fjords"), add("m2", "hills"))
    index = Index(None)
    assert await found(index, ann, "fjords") == {"m1"}
    await erase(database, "ann")
    assert await found(index, ann, "fjords") == set()


async def test_what_is_saved_after_an_erasure_brings_nothing_back(database: Database) -> None:
    ann = People(database).person("ann")
    await put(ann, add("m1", "fjords"), add("m2", "hills"))
    searching, idle = Index(None), Index(None)
    for index in (searching, idle):
        assert await found(index, ann, "fjords") == {"m1"}
    await erase(database, "ann")
    assert await found(searching, ann, "fjords") == set()
    await put(ann, add("m3", "islands"))
    for index in (searching, idle):
        assert await found(index, ann, "fjords") == set()
        assert await found(index, ann, "islands") == {"m3"}


async def test_others_are_found_as_before(database: Database) -> None:
    ann, bob = (People(database).person(name) for name in ("ann", "bob"))
    index = Index(None)
    for person in (ann, bob):
        await put(person, add("m1", "fjords"))
        assert await found(index, person, "fjords") == {"m1"}
    await erase(database, "ann")
    assert await found(index, bob, "fjords") == {"m1"}
