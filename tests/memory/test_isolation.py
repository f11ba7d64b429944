"""Twenty people, half of what they do meant for what is not theirs: none of it reads, changes or deletes another's."""

import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from tests.memory.remembering import Clock, ScriptedEmbedder, sentence

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound
from deskhand.principal import Principal
from deskhand.retrieval.find import Found
from deskhand.store.database import Database, everyone
from deskhand.store.tables import PRIVATE, memory
from deskhand.testing import RecordedChanges, services
from deskhand.toolsets.memory.results import Other
from deskhand.toolsets.memory.toolset import Memory, MemorySettings

pytestmark = [pytest.mark.anyio, pytest.mark.long]

SUBJECTS = (
    "*", "%", "_", "local", "local/../x", "local%", "LOCAL", "lоcal", "local ", "' OR '1'='1", "a", "á", "a\u0301",
    "ａ", "https://issuer.example|7", "https://issuer.example|70", "-- x", "\u202elacol", "0", "null",
)  # fmt: skip
HOSTILE = ("%", "*", "' OR 1=1 --", "'; DELETE FROM memory; --", "turn/%", "../{id}", "m________", "")
_SECRET, _ID = re.compile("zq[a-z]+zq"), re.compile(r"\bm[a-z2-9]{8}\b")
KINDS = ("fact", "preference", "note", "episode")


@dataclass
class Person:
    """What somebody should have, and nothing else."""

    caller: Principal
    secret: str
    """A word in everything this person saves."""
    texts: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class World:
    """Everybody, and one toolset for all."""

    toolset: Memory
    random: Random
    people: list[Person]
    changes: RecordedChanges
    numbers: int = 0

    def ids_for(self, person: Person) -> list[str]:
        """Ids somebody may come with: own ones, stolen ones, wild ones."""
        others = [memory_id for other in self.people if other is not person for memory_id in other.texts]
        pool = [self.random.choice(HOSTILE)]
        if others:
            pool += self.random.sample(others, min(2, len(others)))
        if person.texts and self.random.random() < 0.5:
            pool = [self.random.choice(list(person.texts))]
        return pool


def world_of(database: Database, folder: Path, seed: int) -> World:
    given = services(folder, database=database)
    changes = RecordedChanges()
    lent = replace(given, changes=changes, now=Clock(), embedding=Found(ScriptedEmbedder(), "Scripted."))
    people = [
        Person(Principal(subject, "fuzz"), f"zq{sentence(90_000 + n).split()[0]}zq")
        for n, subject in enumerate(SUBJECTS)
    ]
    return World(Memory(MemorySettings(ask=False), lent), Random(seed), people, changes)


def own_only(world: World, person: Person, shown: str) -> None:
    """Nothing of what was shown is another's."""
    words, ids = set(_SECRET.findall(shown)), set(_ID.findall(shown))
    assert words <= {person.secret}, (person.caller.subject, shown)
    strange = ids - set(person.texts)
    assert not any(strange & set(other.texts) for other in world.people), (person.caller.subject, shown)


async def saves(world: World, person: Person) -> str:
    world.numbers += 1
    text = f"{sentence(world.numbers)} {person.secret} {world.random.choice(HOSTILE)}"
    saved = await world.toolset.save_memory(
        person.caller, text, world.random.choice(KINDS), pin=world.random.random() < 0.2
    )
    assert saved.id not in person.texts
    assert {one.id for one in saved.others} <= set(person.texts)
    person.texts[saved.id] = saved.kept
    return saved.text()


async def searches(world: World, person: Person) -> str:
    other = world.random.choice(world.people)
    wanted = world.random.choice(
        [other.secret, sentence(world.random.randint(1, max(1, world.numbers))), "OR % * _", person.secret]
    )
    found = await world.toolset.search_memory(
        person.caller, wanted, limit=20, include_history=world.random.random() < 0.5
    )
    assert {hit.id.partition(".")[0] for hit in found.hits} <= set(person.texts)
    return found.model_dump_json()


async def updates(world: World, person: Person) -> str:
    memory_id = world.random.choice(world.ids_for(person))
    world.numbers += 1
    text = world.random.choice(["", f"{sentence(world.numbers)} {person.secret}"])
    pin = world.random.choice([True, False])
    try:
        updated = await world.toolset.update_memory(person.caller, memory_id, text, pin)
    except NotFound:
        assert memory_id not in person.texts
        return ""
    assert memory_id in person.texts
    person.texts[memory_id] = updated.now
    return updated.model_dump_json()


async def forgets(world: World, person: Person) -> str:
    ids = tuple(world.ids_for(person))
    seen = tuple(Other(id=memory_id, text=person.texts.get(memory_id, "")) for memory_id in ids)
    try:
        receipt = await world.toolset.backend.forget(person.caller, seen)
    except (NotFound, Conflict):
        assert not set(ids) <= set(person.texts)
        return ""
    assert set(ids) <= set(person.texts)
    for memory_id in ids:
        del person.texts[memory_id]
    return receipt.model_dump_json(exclude={"ids"})


async def would_forget(world: World, person: Person) -> str:
    ids = world.ids_for(person)
    try:
        seen = await world.toolset.backend.to_forget(person.caller, ids, None)
    except NotFound:
        assert not set(ids) <= set(person.texts)
        return ""
    return " ".join(one.text for one in seen)


async def reads(world: World, person: Person) -> str:
    shown: list[str] = []
    for memory_id in world.ids_for(person):
        try:
            shown.append(str((await world.toolset.item(memory_id, person.caller)).data))
        except NotFound:
            assert memory_id not in person.texts
    toolset, caller = world.toolset, person.caller
    methods: tuple[Callable[[Principal], Awaitable[object]], ...] = (toolset.profile, toolset.recent, toolset.export)
    shown.append(str(await world.random.choice(methods)(caller)))
    shown += await toolset.complete_id(
        world.random.choice([*HOSTILE, "zq", world.random.choice(world.people).secret]), caller
    )
    shown += [str(listed) for listed in await toolset.list_items(caller)]
    status = json.loads((await toolset.status(caller)).data)
    assert status["memories"] == len(person.texts)
    return "\n".join(shown)


async def play(world: World, times: int) -> None:
    """So many operations, each looked at."""
    for _ in range(times):
        person = world.random.choice(world.people)
        act = world.random.choices((saves, searches, updates, forgets, would_forget, reads), (3, 3, 2, 1, 1, 2))[0]
        with suppress(InvalidInput):
            own_only(world, person, await act(world, person))
        assert all(subject == person.caller.subject for _, subject in world.changes.updated)
        world.changes.updated.clear()


def everything(database: Database) -> dict[str, dict[str, str]]:
    """The newest text of each memory, by person."""

    def work(connection: sa.Connection) -> dict[str, dict[str, str]]:
        everyone(connection)
        held: dict[str, dict[str, str]] = {}
        for row in connection.execute(sa.select(memory).where(memory.c.replaced_at.is_(None))):
            held.setdefault(row.subject, {})[row.id] = row.text
        return held

    return database.read(work)


@pytest.mark.parametrize("seed", range(2))
async def test_ten_thousand_operations_touch_nothing_of_others(sqlite: Database, tmp_path: Path, seed: int) -> None:
    world = world_of(sqlite, tmp_path, seed)
    await play(world, 2_500)
    assert everything(sqlite) == {person.caller.subject: person.texts for person in world.people if person.texts}


async def test_nor_on_postgresql_with_its_own_law(postgres_url: str, tmp_path: Path) -> None:
    with Database(postgres_url) as database:
        world = world_of(database, tmp_path, 11)
        await play(world, 800)
        assert everything(database) == {person.caller.subject: person.texts for person in world.people if person.texts}
        for table in PRIVATE:
            count = sa.select(sa.func.count()).select_from(table)
            assert database.read(lambda connection, count=count: connection.execute(count).scalar()) == 0


async def test_scores_do_not_move_when_somebody_else_saves(database: Database, tmp_path: Path) -> None:
    world = world_of(database, tmp_path, 5)
    ann, bob = world.people[0], world.people[1]
    for number in range(12):
        await world.toolset.save_memory(ann.caller, f"{sentence(number)} harbour {sentence(number // 3)}")
    before = await world.toolset.search_memory(ann.caller, f"harbour {sentence(1)}")
    for number in range(40):
        await world.toolset.save_memory(bob.caller, f"{sentence(500 + number)} harbour {sentence(1)}")
    assert before.hits
    assert (await world.toolset.search_memory(ann.caller, f"harbour {sentence(1)}")) == before


async def test_nobody_has_nothing(sqlite: Database, tmp_path: Path) -> None:
    world = world_of(sqlite, tmp_path, 5)
    nobody = Principal("")
    for call in (world.toolset.recent, world.toolset.profile, world.toolset.export, world.toolset.status):
        with pytest.raises(DeskhandError, match="nobody is named"):
            await call(nobody)
    with pytest.raises(DeskhandError, match="nobody is named"):
        await world.toolset.save_memory(nobody, "The harbour opens at six.")
