"""Vectors for what has none: turns, what was saved while the model did not answer, everything after another model."""

import logging
from collections.abc import Sequence

import anyio

from deskhand.errors import DeskhandError
from deskhand.retrieval.index import Index
from deskhand.store.entries import EntryTable
from deskhand.store.memories import MemoryTable
from deskhand.store.personal import People, Person, PersonalRows
from deskhand.store.turns import KEY as TURN_KEY
from deskhand.store.turns import TurnTable
from deskhand.toolsets.memory.turns import catch_up, spoken

logger = logging.getLogger(__name__)

BATCH = 16
"""Texts embedded at once: about a third of a second on one core, after which others have their turn."""
_RETRY_SECONDS = 30.0


class BackgroundEmbedding:
    """Works through what waits, person by person, whenever it is woken."""

    def __init__(self, people: People, index: Index) -> None:
        self._people = people
        self._index = index
        self._wake = anyio.Event()

    def wake(self) -> None:
        """Something waits."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; begins with what an earlier run left, or another model embedded."""
        while True:
            try:
                done = await self._everybody()
            except DeskhandError as error:  # the database: the tools say so too
                logger.warning("Memories cannot be embedded yet: %s", error.message)
                done = False
            if done:
                await self._wake.wait()
                self._wake = anyio.Event()
            else:
                await anyio.sleep(_RETRY_SECONDS)

    async def _everybody(self) -> bool:
        """Whether nothing waits any more."""
        for subject in await self._people.subjects():
            person = self._people.person(subject)
            await catch_up(person)
            if not await self._embed_all(person):
                return False
        return True

    async def _embed_all(self, person: Person) -> bool:
        first = True
        while due := await person.read(self._due):
            done, every = await person.read(lambda rows: EntryTable(rows).embedded(self._index.model))
            if first or done % (BATCH * 20) < BATCH:
                logger.info("Embedding with %s: %d of %d entries are done", self._index.model, done, every)
            first = False
            if not await self._embed(person, due):
                return False
        return True

    async def _embed(self, person: Person, due: Sequence[tuple[str, str]]) -> bool:
        vectors = await self._index.stored([text for _, text in due])
        kept = {key: vector for (key, _), vector in zip(due, vectors, strict=True) if vector is not None}
        if len(kept) < len(due):
            logger.warning("Memories cannot be embedded yet: %s", self._index.trouble)
            return False
        await person.write(lambda rows: EntryTable(rows).set_vectors(self._index.model, kept))
        return True

    def _due(self, rows: PersonalRows) -> list[tuple[str, str]]:
        """The next entries without a vector of this model, with their texts."""
        if not self._index.model:
            return []
        keys = EntryTable(rows).waiting(self._index.model, BATCH)
        texts = texts_of(rows, keys)
        return [(key, texts.get(key, "")) for key in keys]


def texts_of(rows: PersonalRows, keys: Sequence[str]) -> dict[str, str]:
    """What gets embedded of memories and turns, by their keys in the index."""
    turn_keys = [key for key in keys if key.startswith(TURN_KEY)]
    ids = {key.partition(".")[0] for key in keys if not key.startswith(TURN_KEY)}
    texts: dict[str, str] = {}
    for row in MemoryTable(rows).history_of(ids):
        texts[f"{row.id}.{row.version}"] = row.text
        if row.replaced_at is None:
            texts[row.id] = row.text
    for key, row in TurnTable(rows).by_key(turn_keys).items() if turn_keys else ():
        said = spoken(row)
        texts[key] = said[1] if said else ""
    return texts
