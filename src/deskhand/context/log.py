"""The log of stored conversations: what was said in one, moved out or not, kept ready to be searched."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import anyio

from deskhand.context.message_index import MessageHit, MessageIndex
from deskhand.context.turns import catch_up_conversation, texts_of_keys
from deskhand.context.vectors import vectors_of
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.index import Index, usual_width
from deskhand.retrieval.search import Query
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import People, Person, PersonalRows, Revision

CACHE_BYTES = 64 * 1024 * 1024
"""About how much memory the kept indexes may take; the one searched longest ago is dropped first. A conversation of
10,000 messages with their vectors takes about 45 MB."""
BATCH = 8
"""Texts embedded at once: what is lost when the time is over."""
_LOOKED_UP = 32 * BATCH
"""Texts looked up at once, which takes 20 milliseconds in a conversation of 10,000 messages."""

Progress = Callable[[int, int], None]
"""Hears how many entries have a vector, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One conversation as of a revision, with vectors of `width` bytes of one model; 0 while there are none."""

    revision: Revision
    index: MessageIndex
    width: int


@dataclass(frozen=True, slots=True)
class _Due:
    """Keys and texts to embed, as of a revision."""

    texts: Sequence[tuple[str, str]]
    revision: int


class Log:
    """The conversations of all people, one at a time. Others see nothing of them: an id of theirs finds nothing."""

    def __init__(self, people: People, index: Index, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._people = people
        self._index = index
        self._most = cache_bytes
        self._bytes = 0
        self._indexes: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def kept(self) -> int:
        """How many conversations are kept ready."""
        return len(self._indexes)

    async def catch_up(self, subject: str, conversation: str) -> None:
        """Let `search` find, by its words, what was said in this conversation until now.

        Raises:
            Unavailable: the database cannot be written.
        """
        await catch_up_conversation(self._people.person(subject), conversation)

    async def ready(self, subject: str, conversation: str, *, seconds: float, progress: Progress | None = None) -> int:
        """Catch up, then embed what waits in this conversation, the newest first, for at most so many seconds.

        Gives how many entries still have no vector, 0 without an embedder: what they say is found by words. What was
        embedded stays when this is cancelled.

        Raises:
            Unavailable: the database cannot be written.
        """
        person = self._people.person(subject)
        with anyio.move_on_after(seconds):
            await catch_up_conversation(person, conversation)
            await self._embed_all(person, conversation, progress)
        if not self._index.model:
            return 0
        done, every = await person.read(lambda rows: self._embedded(rows, conversation))
        return every - done

    async def search(
        self, subject: str, conversation: str, query: str, *, limit: int, skip: Collection[int] = ()
    ) -> list[MessageHit]:
        """The messages of this conversation that answer, best first; those at the positions in `skip` are left out.

        Finds what `catch_up` or `ready` saw.
        """
        asked = await self._index.query(query)

        def work(rows: PersonalRows) -> list[MessageHit]:
            kept = self._current(rows, conversation)
            return kept.index.search(_for_width(asked, kept.width), limit=limit, skip=skip)

        return await self._people.person(subject).read(work)

    async def _embed_all(self, person: Person, conversation: str, progress: Progress | None) -> None:
        if not self._index.model:
            return
        done, every = await person.read(lambda rows: self._embedded(rows, conversation))
        while due := await person.read(lambda rows: self._waiting(rows, conversation)):
            for start in range(0, len(due.texts), BATCH):
                if progress is not None:
                    progress(done, every)
                if not (made := await self._embed(person, due, start)):
                    return
                done += made
        if progress is not None:
            progress(done, every)

    async def _embed(self, person: Person, due: "_Due", start: int) -> int:
        """Keep vectors of one batch of what is due; how many, 0 when the model does not answer."""
        made = await vectors_of(self._index, dict(due.texts[start : start + BATCH]))
        model = self._index.model
        if made:
            await person.write(lambda rows: EntryTable(rows).set_vectors(model, made, made_at=due.revision))
        return len(made)

    def _embedded(self, rows: PersonalRows, conversation: str) -> tuple[int, int]:
        return EntryTable(rows).embedded_in(conversation, self._index.model, self._index.width)

    def _waiting(self, rows: PersonalRows, conversation: str) -> "_Due | None":
        """The next texts to embed; None when nothing waits."""
        keys = EntryTable(rows).waiting_in(conversation, self._index.model, self._index.width, _LOOKED_UP)
        texts = texts_of_keys(rows, keys)
        return _Due([(key, texts.get(key, "")) for key in keys], rows.revision().number) if keys else None

    def _current(self, rows: PersonalRows, conversation: str) -> _Kept:
        """The index of a conversation as of this transaction."""
        revision, name = rows.revision(), (rows.subject, conversation)
        with self._lock:
            known = self._indexes.get(name)
            if known is not None:
                self._indexes.move_to_end(name)
        if known is None or known.revision != revision or self._is_other(known):
            known = self._read(rows, conversation, known, revision)
            self._keep(name, known)
        return known

    def _read(self, rows: PersonalRows, conversation: str, known: _Kept | None, now: Revision) -> _Kept:
        """Only what changed, unless rows went away since: then everything."""
        if known is None or self._is_other(known) or not now.continues(known.revision):
            known = _Kept(Revision(), MessageIndex.of(()), 0)
        found = EntryTable(rows).changed_in(conversation, known.revision.number)
        width = known.width or self._index.width or usual_width(found)
        return _Kept(now, known.index.with_entries(list(self._entries(found, width))), width)

    def _is_other(self, kept: _Kept) -> bool:
        """Whether its vectors are not those that the model makes now."""
        return bool(kept.width and self._index.width and kept.width != self._index.width)

    def _entries(self, rows: Iterable[EntryRow], width: int) -> Iterable[Entry]:
        """Entries with the vectors of this model; those of another wait to be made anew."""
        for row in rows:
            ours = row.vector and row.model == self._index.model and len(row.vector) == width
            yield Entry(row.key, row.terms, row.vector if ours else None, order=row.position)

    def _keep(self, name: tuple[str, str], kept: _Kept) -> None:
        """Keep an index for the next search, unless another thread, which read later, kept a newer one meanwhile."""
        with self._lock:
            before = self._indexes.get(name)
            if before is not None and before.revision.number > kept.revision.number > 0:
                return
            self._indexes[name] = kept
            self._indexes.move_to_end(name)
            self._bytes += kept.index.bytes - (before.index.bytes if before else 0)
            while self._bytes > self._most and len(self._indexes) > 1:
                _, dropped = self._indexes.popitem(last=False)
                self._bytes -= dropped.index.bytes


def _for_width(query: Query, width: int) -> Query:
    """The query, by its words only when the model was changed behind our back: what is stored waits for it."""
    other = query.vector is not None and width not in (0, 2 * query.vector.size)
    return replace(query, vector=None) if other else query
