"""Vectors for what has none: turns, what was saved while the model did not answer, everything after another model."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import anyio

from deskhand.context.turns import catch_up, texts_of_keys
from deskhand.context.vectors import vectors_of
from deskhand.errors import DeskhandError
from deskhand.retrieval.index import Index
from deskhand.store.entries import EntryTable
from deskhand.store.memories import MemoryTable
from deskhand.store.personal import People, Person, PersonalRows
from deskhand.store.turns import KEY as TURN_KEY
from deskhand.toolsets.memory.wording import told

logger = logging.getLogger(__name__)

BATCH = 16
"""Texts embedded at once: about a third of a second on one core, after which others have their turn."""
_COUNTED = 10
"""Batches between two counts, each of which reads all entries of the person."""
_RETRY_SECONDS = 30.0


class BackgroundEmbedding:
    """Works through what waits: of everybody when it starts, then of whoever it is woken for."""

    def __init__(self, people: People, index: Index) -> None:
        self._people = people
        self._index = index
        self._subjects: set[str] = set()
        self._retries: dict[str, float] = {}
        """Who failed, and when they are tried again (`anyio.current_time`)."""
        self._odd: set[str] = set()
        self._wake = anyio.Event()
        self.running = False
        """Whether anybody works through it."""

    def wake(self, subject: str) -> None:
        """Something of this person waits."""
        self._subjects.add(subject)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; begins with what an earlier run left, or another model embedded."""
        self.running = True
        try:
            await self._work()
        finally:
            self.running = False

    async def _work(self) -> None:
        while not await self._learn_who():
            await anyio.sleep(_RETRY_SECONDS)
        while True:
            self._wake = anyio.Event()
            for subject in self._due_now():
                if not await self._one(self._people.person(subject)):
                    self._retries[subject] = anyio.current_time() + _RETRY_SECONDS
            with anyio.CancelScope(deadline=min(self._retries.values(), default=inf)):
                await self._wake.wait()

    def _due_now(self) -> list[str]:
        """Who was woken for, without those that just failed, and who is to be tried again."""
        now = anyio.current_time()
        woken, self._subjects = self._subjects, set[str]()
        again = {subject for subject, at in self._retries.items() if at <= now}
        due = sorted(again | (woken - self._retries.keys()))
        self._retries = {subject: at for subject, at in self._retries.items() if subject not in again}
        return due

    async def _learn_who(self) -> bool:
        """Whether it is known now who has something, and how long the vectors of the model are."""
        try:
            self._subjects.update(await self._people.subjects())
        except DeskhandError as error:  # the database: the tools say so too
            logger.warning("Memories cannot be embedded yet: %s", error.message)
            return False
        return not self._subjects or not self._index.model or bool(self._index.width) or await self._index.answers()

    async def _one(self, person: Person) -> bool:
        try:
            async with self._people.lease(person.subject) as ours:
                if not ours:
                    return False  # another server makes them; in a while it is looked at whether it did
                await catch_up(person)
                return await self.embed_all(person)
        except DeskhandError as error:
            logger.warning("Memories cannot be embedded yet: %s", error.message)
        except Exception:  # nobody's odd data may stop the server, nor the work for everybody else
            new = person.subject not in self._odd
            self._odd.add(person.subject)
            logger.error("The memories of one person cannot be embedded", exc_info=new)
        return False

    async def embed_all(self, person: Person, progress: Callable[[int, int], None] | None = None) -> bool:
        """Make the vectors that one person's entries lack; False while the model does not answer.

        `progress` hears how many entries have theirs, and how many there are.
        """
        batches = 0
        while due := await person.read(self._due):
            if batches % _COUNTED == 0:
                done, every = await person.read(self._done)
                logger.info("Embedding with %s: %d of %d entries are done", self._index.model, done, every)
                if progress is not None:
                    progress(done, every)
            batches += 1
            if not await self._embed(person, due):
                return False
        return True

    def _done(self, rows: PersonalRows) -> tuple[int, int]:
        return EntryTable(rows).embedded(self._index.model, self._index.width)

    async def _embed(self, person: Person, due: "_Due") -> bool:
        made = await vectors_of(self._index, due.texts)
        if not made:
            logger.warning("Memories cannot be embedded yet: %s", self._index.trouble)
            return False
        model = self._index.model
        await person.write(lambda rows: EntryTable(rows).set_vectors(model, made, made_at=due.revision))
        return True

    def _due(self, rows: PersonalRows) -> "_Due | None":
        """The next entries without a vector of this model; None when there are none."""
        if not self._index.model:
            return None
        keys = EntryTable(rows).waiting(self._index.model, self._index.width, BATCH)
        texts = texts_of(rows, keys)
        return _Due({key: texts.get(key, "") for key in keys}, rows.revision().number) if keys else None


@dataclass(frozen=True, slots=True)
class _Due:
    """Texts to embed by key, as of a revision."""

    texts: Mapping[str, str]
    revision: int


def texts_of(rows: PersonalRows, keys: Sequence[str]) -> dict[str, str]:
    """What gets embedded of memories and turns, by their keys in the index."""
    turn_keys = [key for key in keys if key.startswith(TURN_KEY)]
    ids = {key.partition(".")[0] for key in keys if not key.startswith(TURN_KEY)}
    texts: dict[str, str] = {}
    for row in MemoryTable(rows).history_of(ids):
        text = told(row.text, row.about)
        texts[f"{row.id}.{row.version}"] = text
        if row.replaced_at is None:
            texts[row.id] = text
    return texts | texts_of_keys(rows, turn_keys)
