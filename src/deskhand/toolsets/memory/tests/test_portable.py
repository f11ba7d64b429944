"""Memories leave as JSON lines and come back the same; nothing that is there is overwritten."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from deskhand.errors import Conflict
from deskhand.principal import Principal
from deskhand.retrieval.find import Found as FoundEmbedder
from deskhand.store.database import Database
from deskhand.store.entries import EntryTable
from deskhand.store.memories import MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.import_formats import Contents, Reading, contents
from deskhand.toolsets.memory.importing import Imported, bring_in
from deskhand.toolsets.memory.portable import exported

pytestmark = pytest.mark.anyio

ZONE = timezone(timedelta(hours=2))
ANN, BOB = Principal("ann", "test"), Principal("bob", "test")


@dataclass
class Place:
    """A backend whose clock goes on a day with each look."""

    backend: MemoryBackend
    database: Database

    async def lines(self, caller: Principal) -> str:
        return exported(await self.backend.items(caller))

    async def bring(self, caller: Principal, text: str) -> Imported:
        found = read(text)
        assert found.faults == ()
        person = self.backend.people.person(caller.subject)
        return await bring_in(person, found.arrivals, ZONE)

    async def texts(self, caller: Principal, query: str, *, history: bool = False) -> set[str]:
        request = Request(limit=50, max_tokens=20_000, include_history=history)
        return {hit.text for hit in (await self.backend.search(caller, query, request)).hits}


def read(text: str) -> Contents:
    return contents(text, None, Reading(datetime(2026, 5, 1, tzinfo=UTC), ZONE))


@asynccontextmanager
async def place(month: int = 1) -> AsyncGenerator[Place]:
    days = iter(range(10_000))

    def now() -> datetime:
        return datetime(2026, month, 1, 9, tzinfo=UTC) + timedelta(days=next(days), microseconds=7)

    with Database(None) as database:
        backend = MemoryBackend(database, FoundEmbedder(None, "words only"), MemoryOptions(ZONE), now)
        yield Place(backend, database)


async def fill(home: Place, caller: Principal) -> dict[str, str]:
    """Memories with versions, an end, a contradiction and everything else a line can hold."""
    save = home.backend.save
    lives = await save(caller, Draft("Anna lives in Oslo", about="Anna", valid_from="2024-05-01"))
    tea = await save(caller, Draft("Tea is served at four", kind="preference", pin=True))
    await save(caller, Draft("The fair was noisy", kind="episode", valid_from="2025-07-02T18:30+09:00"))
    await save(caller, Draft("The gate code word is on the fridge", expires_at="2031-01-01"))
    await home.backend.update(caller, lives.id, Edit(text="Anna lives in Bergen"))
    await home.backend.update(caller, lives.id, Edit(pin=True))
    await home.backend.update(caller, tea.id, Edit(valid_to="2026-03-01"))
    moved = await save(caller, Draft("Anna lives in Rome", about="Anna", valid_from="2026-02-01"))
    assert moved.others, "the fixture needs a link"
    return {"lives": lives.id, "tea": tea.id, "moved": moved.id}


def entries(rows: PersonalRows) -> list[tuple[object, ...]]:
    found = EntryTable(rows).changed()
    return sorted((row.key, row.kind, row.position, row.starts, row.ends or 0.0, row.terms) for row in found)


async def test_export_import_export_gives_the_same_bytes() -> None:
    async with place() as home, place() as away:
        ids = await fill(home, ANN)
        lines = await home.lines(ANN)
        imported = await away.bring(BOB, lines)
        assert await away.lines(BOB) == lines
        assert imported.memories == len(lines.splitlines()) == 5
        assert imported.versions == sum(len(json.loads(line)["history"]) for line in lines.splitlines())
        assert (imported.known, imported.renamed, imported.links_left_out) == (0, {}, 0)
        assert imported.links == 1
        item = await away.backend.item(BOB, ids["moved"])
        assert [other.id for other in (*item.supersedes, *item.conflicts_with)] == [ids["lives"]]


async def test_what_is_imported_is_found_as_it_was_at_home() -> None:
    async with place() as home, place(month=6) as away:
        await fill(home, ANN)
        await away.bring(BOB, await home.lines(ANN))
        before = await home.backend.people.person("ann").read(entries)
        assert await away.backend.people.person("bob").read(entries) == before
        assert "Anna lives in Rome" in await away.texts(BOB, "Where does Anna live?")
        assert "Anna lives in Oslo" not in await away.texts(BOB, "Oslo")
        assert "Anna lives in Oslo" in await away.texts(BOB, "Oslo", history=True)


async def test_what_is_known_is_left_as_it_is_even_when_it_was_changed_since() -> None:
    async with place() as home:
        ids = await fill(home, ANN)
        lines = await home.lines(ANN)
        await home.backend.update(ANN, ids["moved"], Edit(text="Anna lives in Turin"))
        changed = await home.lines(ANN)
        imported = await home.bring(ANN, lines + lines)
        assert (imported.memories, imported.known, imported.links) == (0, 10, 0)
        assert await home.lines(ANN) == changed


async def test_another_memory_of_the_same_id_stays_and_the_one_from_the_file_gets_a_new_id() -> None:
    async with place() as home:
        ids = await fill(home, ANN)
        lines = await home.lines(ANN)
        other = lines.replace("Rome", "Lima")
        imported = await home.bring(ANN, other)
        assert set(imported.renamed) == {ids["moved"]}
        assert (imported.memories, imported.known) == (1, 4)
        new = await home.backend.item(ANN, imported.renamed[ids["moved"]])
        assert new.current.text == "Anna lives in Lima"
        assert [one.id for one in (*new.supersedes, *new.conflicts_with)] == [ids["lives"]]
        assert set(lines.splitlines()) - set((await home.lines(ANN)).splitlines()) <= {
            line for line in lines.splitlines() if ids["lives"] in line
        }, "only the one that has a new link reads differently"
        again = await home.bring(ANN, other)
        assert (again.memories, again.known) == (0, 5), "it has its new id already"


async def test_links_between_two_renamed_memories_follow_them() -> None:
    async with place() as home:
        ids = await fill(home, ANN)
        imported = await home.bring(ANN, (await home.lines(ANN)).replace("Anna", "Inga"))
        renamed = imported.renamed
        item = await home.backend.item(ANN, renamed[ids["moved"]])
        assert [one.id for one in (*item.supersedes, *item.conflicts_with)] == [renamed[ids["lives"]]]


async def test_a_link_to_a_memory_that_is_not_there_is_left_out_and_told() -> None:
    async with place() as home, place() as away:
        ids = await fill(home, ANN)
        lines = (await home.lines(ANN)).splitlines()
        alone = next(line for line in lines if f'"id":"{ids["moved"]}"' in line)
        imported = await away.bring(BOB, alone)
        assert (imported.memories, imported.links, imported.links_left_out) == (1, 0, 1)
        assert "1 links lead to memories that are not here" in imported.text()


async def test_an_import_that_is_broken_off_is_completed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.toolsets.memory.importing.BATCH", 2)
    async with place() as home, place() as away:
        await fill(home, ANN)
        lines = await home.lines(ANN)
        found, person = read(lines), away.backend.people.person("bob")

        def fail(done: int) -> None:
            raise RuntimeError(f"after {done}")

        for _ in range(9):
            try:
                await bring_in(person, found.arrivals, ZONE, fail)
            except RuntimeError:
                continue
            break
        assert await away.lines(BOB) == lines, "with every link, and nothing twice"


async def test_what_somebody_else_added_meanwhile_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.toolsets.memory.importing.BATCH", 1)
    async with place() as home, place() as away:
        await fill(home, ANN)
        lines = await home.lines(ANN)
        found, person = read(lines), away.backend.people.person("bob")

        def twin(done: int) -> None:
            if done == 1:
                away.backend.people._database.write(copy_last, subject="bob")  # pyright: ignore[reportPrivateUsage]

        def copy_last(connection: sa.Connection) -> None:
            rows = PersonalRows(connection, "bob")
            MemoryTable(rows).add(*found.arrivals[-1].rows)

        with pytest.raises(Conflict, match="Import it again"):
            await bring_in(person, found.arrivals, ZONE, twin)
        again = await bring_in(person, found.arrivals, ZONE)
        assert again.known == len(found.arrivals) - again.memories > 0


def version(**changes: object) -> dict[str, Any]:
    at = "2026-01-01T00:00:00.000000+00:00"
    made: dict[str, Any] = {
        "version": 1, "text": "Oslo has fjords", "kind": "fact", "about": None, "valid_from": None, "valid_to": None,
        "expires_at": None, "pinned": False, "recorded_at": at, "replaced_at": None, "change": "saved", "client": "t",
    }  # fmt: skip
    return made | changes


def line(*versions: dict[str, Any], **changes: object) -> str:
    made = {"deskhand_memory": 1, "id": "m1", "created_at": "2026-01-01T00:00:00+00:00", "history": list(versions)}
    return json.dumps(made | changes)


OLD = version(replaced_at="2026-01-02T00:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        (line(version(), deskhand_memory=2), "a newer Deskhand wrote it"),
        (line(), "history: "),
        (line(version(), id="a.b"), "id: "),
        (line(version(), id="turn/x/1"), "id: "),
        (line(version(), pined=True), "pined: "),
        (line(version(kind="secret")), "history.0.kind: "),
        (line(version(change="guessed")), "history.0.change: "),
        (line(version(pinned="yes")), "history.0.pinned: "),
        (line(version(text="")), "The text is empty"),
        (line(version(text="\u202etxet")), "which nobody sees"),
        (line(version(text="x" * 20_000)), "at most 16,000"),
        (line(version(about="x" * 300)), "at most 200"),
        (line(version(valid_from="soon")), "valid_from must be a day"),
        (line(version(recorded_at="2026-01-01T00:00:00")), "recorded_at: expected a time with offset"),
        (line(version(), created_at="never"), "created_at: expected"),
        (line(version(), OLD), "different numbers"),
        (line(OLD), "the newest version was replaced by none"),
        (line(version(version=2), version()), "replaced_at is missing"),
    ],
)
def test_a_bad_line_is_told_with_its_number(text: str, reason: str) -> None:
    found = read(f"{line(version())}\n\n{text}\n")
    assert [arrival.place for arrival in found.arrivals] == ["line 1"]
    (fault,) = found.faults
    assert str(fault).startswith("line 3: ")
    assert reason in fault.reason
    assert not fault.secret


@pytest.mark.parametrize(
    "held",
    [
        (version(text="My password is hunter2-Blue9"),),
        (version(version=2), version(text="My password is hunter2-Blue9", replaced_at="2026-01-02T00:00:00+00:00")),
        (version(about="card 4111 1111 1111 1111"),),
    ],
)
def test_a_secret_is_refused_wherever_it_stands_and_never_told(held: tuple[dict[str, Any], ...]) -> None:
    (fault,) = read(line(*held)).faults
    assert fault.secret
    assert "seems to hold" in fault.reason
    assert "hunter2" not in str(fault)
    assert "4111" not in str(fault)


def test_relative_dates_are_not_touched_and_hand_made_times_are_put_in_order() -> None:
    made = version(text="Tomorrow is the fair", valid_from="2026-05-07T18:30", recorded_at="2026-01-01T02:00:00+02:00")
    (row,) = read(line(made)).arrivals[0].rows
    assert row.text == "Tomorrow is the fair"
    assert row.valid_from == "2026-05-07T18:30:00+02:00"
    assert row.recorded_at == "2026-01-01T00:00:00.000000+00:00"


def test_an_empty_export_is_no_mistake() -> None:
    assert read("").arrivals == ()
    assert read("\n\n").faults == ()
