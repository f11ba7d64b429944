"""Each person's entries as arrays, kept between searches, brought up to date from the store before each."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from anyio import to_thread

from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.columns import Fact, Facts
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.embedder import Embedder, Vectors
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.reachable import PATIENCE, ReachableEmbedder
from deskhand.retrieval.search import Hit, Query, search
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import Person, PersonalRows, Revision

CACHE_BYTES = 256 * 1024 * 1024
"""About how much memory the arrays of all people may take; whoever searched longest ago is dropped first."""
COVERED = 0.3
"""How far a model must know a text (`Embedder.covers`) for its vector to count: below, it is noise."""


@dataclass(frozen=True)
class View:
    """One person's entries at one moment."""

    revision: Revision
    corpus: Corpus
    facts: Facts
    width: int
    """Bytes of its vectors; 0 when it has none."""
    hidden: str = ""
    """A stream of which nothing may be a hit."""
    ended: bool = False
    """Whether what held before the time asked about, and no longer does, may be a hit too."""

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return self.corpus.bytes + self.facts.bytes

    def newest(self, kinds: Collection[str]) -> tuple[str, float] | None:
        """The entry of these kinds with the highest place in its stream, and that place."""
        rows = self.corpus.living[self.facts.among(self.corpus, kinds, None)]
        if not len(rows):
            return None
        row = int(rows[self.corpus.orders[rows].argmax()])
        return self.corpus.key(row), float(self.corpus.orders[row])


class Index:
    """The entries of all people, one person at a time. `embedder` None: search is by keywords only."""

    def __init__(self, embedder: Embedder | None, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.embedder = embedder
        self._asked = ReachableEmbedder(embedder) if embedder else None
        self._most = cache_bytes
        self._views: OrderedDict[str, View] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """Whose vectors count; empty without an embedder."""
        return self.embedder.model if self.embedder else ""

    @property
    def width(self) -> int:
        """Bytes of a vector of the model; 0 while that is not known."""
        return 2 * self.embedder.dimension if self.embedder else 0

    @property
    def trouble(self) -> str:
        """Why the embedder could not answer the last time; empty when it did."""
        return self._asked.trouble if self._asked else ""

    async def answers(self) -> bool:
        """Whether the embedder answers now."""
        return self._asked is not None and await self._asked.answers()

    async def query(self, text: str, *, question: bool = True) -> Query:
        """A question as `search` takes it; without a vector when the embedder does not know it or does not answer.

        What is compared only to be saved is no `question`: those go first.
        """
        terms = query_terms(text)
        (confidence,) = await self._covered([text])
        if self._asked is None or confidence < COVERED or self._asked.leaves(text):
            return Query(terms, None, confidence)
        vectors = await self._asked.vectors([text], question=question)
        return Query(terms, None if vectors is None else vectors[0], confidence)

    async def vector_of(self, query: Query, text: str) -> bytes | None:
        """What to keep as `EntryRow.vector` for the text of `query`, which is not embedded a second time."""
        if query.vector is not None:
            return packed(query.vector)
        if query.confidence >= COVERED:
            return None  # the model did not answer, or the text is too long to be waited for
        return (await self.stored([text]))[0]

    async def stored(self, texts: Sequence[str], *, patience: float | None = PATIENCE) -> list[bytes | None]:
        """What to keep as `EntryRow.vector` for texts: float16; nothing (b"") where the model does not know the words;
        None where there is no model, or it did not answer in time, or the text is too long to be waited for."""
        if self._asked is None or (patience is not None and any(map(self._asked.leaves, texts))):
            return [None] * len(texts)
        covered = await self._covered(texts)
        known = [text for text, confidence in zip(texts, covered, strict=True) if confidence >= COVERED]
        vectors = await self._asked.vectors(known, patience) if known else None
        if known and vectors is not None:
            made = dict(zip(known, map(packed, vectors), strict=True))
            return [made.get(text, b"") for text in texts]
        # A model that cannot be loaded knows no words either: only one that works may say so.
        nothing = b"" if len(known) < len(texts) and await self._asked.works(patience) else None
        waits = frozenset(known)
        return [None if text in waits else nothing for text in texts]

    async def _covered(self, texts: Sequence[str]) -> list[float]:
        """How far the model knows each text; in a thread, for the first time it is asked it reads its vocabulary."""
        embedder = self.embedder
        if embedder is None:
            return [0.0] * len(texts)
        return await to_thread.run_sync(lambda: [embedder.covers(text) for text in texts])

    async def warm(self, person: Person) -> None:
        """See that a view of the person is kept: reading all is not for the transaction that then writes."""
        with self._lock:
            known = person.subject in self._views
        if not known:
            await person.read(self.view)

    def view(self, rows: PersonalRows) -> View:
        """The person's entries as of this transaction; in one that writes, to be asked for before it does."""
        revision = rows.revision_before()
        with self._lock:
            known = self._views.get(rows.subject)
            if known is not None:
                self._views.move_to_end(rows.subject)
        if known is None or known.revision != revision or self._is_other(known):
            known = self._read(rows, known, revision)
            self._keep(rows.subject, known)
        return known

    def search(self, view: View, query: Query, kinds: Collection[str], *, at: float | None, limit: int) -> list[Hit]:
        """The best hits among the entries of these kinds that hold at `at` (Unix seconds; None: whenever they held)."""
        if query.vector is not None and view.width not in (0, 2 * query.vector.size):
            query = replace(query, vector=None)  # the model was changed behind our back; what is stored waits for it
        among = view.facts.among(view.corpus, kinds, at, ended=view.ended)
        if view.hidden:
            among &= ~view.corpus.within(view.hidden)
        return search(view.corpus, query, among=among, limit=limit)

    def _is_other(self, view: View) -> bool:
        """Whether its vectors are not those that the model makes now."""
        return bool(view.width and self.width and view.width != self.width)

    def _read(self, rows: PersonalRows, known: View | None, revision: Revision) -> View:
        """Only what changed, unless rows went away since: then everything."""
        if known is None or self._is_other(known) or not revision.continues(known.revision):
            found = EntryTable(rows).changed()
            width = self.width or usual_width(found)
            corpus = Corpus.of(self._entries(found, width))
            return View(revision, corpus, Facts.of(corpus, _facts(found)), width)
        found = EntryTable(rows).changed(known.revision.number)
        if not found:
            return replace(known, revision=revision)
        width = known.width or self.width or usual_width(found)
        corpus = known.corpus.changed(self._entries(found, width))
        return View(revision, corpus, known.facts.changed(known.corpus, corpus, _facts(found)), width)

    def _entries(self, rows: Iterable[EntryRow], width: int) -> list[Entry]:
        """Entries with the vectors of this model; those of another wait to be made anew."""
        model = self.model
        return [
            Entry(
                row.key,
                row.terms,
                row.vector if row.vector and row.model == model and len(row.vector) == width else None,
                row.stream,
                row.position,
            )
            for row in rows
        ]

    def _keep(self, subject: str, view: View) -> None:
        """Keep a view for the next search, unless another thread, which read later, kept a newer one meanwhile."""
        with self._lock:
            before = self._views.get(subject)
            if before is not None and before.revision.number > view.revision.number > 0:
                return
            self._views[subject] = view
            self._views.move_to_end(subject)
            self._bytes += view.bytes - (before.bytes if before else 0)
            while self._bytes > self._most and len(self._views) > 1:
                _, dropped = self._views.popitem(last=False)
                self._bytes -= dropped.bytes


def usual_width(rows: Iterable[EntryRow]) -> int:
    """Bytes of most vectors; 0 when there is none."""
    widths = Counter(len(row.vector) for row in rows if row.vector)
    return widths.most_common(1)[0][0] if widths else 0


def packed(vector: Vectors) -> bytes:
    """A vector as it is stored: float16, little endian."""
    return vector.astype("<f2").tobytes()


def _facts(entries: Iterable[EntryRow]) -> dict[str, Fact]:
    return {row.key: Fact(row.kind, row.starts, inf if row.ends is None else row.ends) for row in entries}
