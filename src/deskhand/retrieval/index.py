"""Each person's entries as arrays, kept between searches, brought up to date from the store before each."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deskhand.errors import Unavailable
from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.embedder import Embedder, Vectors
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.search import Hit, Query, search
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import PersonalRows, Revision

CACHE_BYTES = 256 * 1024 * 1024
"""About how much memory the arrays of all people may take; whoever searched longest ago is dropped first."""
COVERED = 0.3
"""How far a model must know a text (`Embedder.covers`) for its vector to count: below, it is noise."""


@dataclass(frozen=True)
class View:
    """One person's entries at one moment."""

    revision: Revision
    corpus: Corpus
    facts: Mapping[str, tuple[str, float, float]]
    """Of each key its kind, and from when until when it holds."""

    def among(self, kinds: Collection[str], at: float | None) -> NDArray[np.bool_]:
        """Which of `corpus.keys` are of these kinds and hold at `at` (Unix seconds); None: whenever they held."""
        names, starts, ends = self._columns
        mask = np.isin(names, list(kinds))
        return mask if at is None else mask & (starts <= at) & (at < ends)

    @cached_property
    def _columns(self) -> tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.float64]]:
        facts = [self.facts[key] for key in self.corpus.keys]
        kinds, starts, ends = zip(*facts, strict=True) if facts else ((), (), ())
        return np.array(kinds, np.str_), np.array(starts, np.float64), np.array(ends, np.float64)


class Index:
    """The entries of all people, one person at a time. `embedder` None: search is by keywords only."""

    def __init__(self, embedder: Embedder | None, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.embedder = embedder
        self._most = cache_bytes
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()
        self.trouble = ""
        """Why the embedder could not answer the last time; empty when it did."""

    @property
    def model(self) -> str:
        """Whose vectors count; empty without an embedder."""
        return self.embedder.model if self.embedder else ""

    async def query(self, text: str) -> Query:
        """A question as `search` takes it; without a vector when the embedder does not know it or does not answer."""
        confidence = self.embedder.covers(text) if self.embedder else 0.0
        vectors = await self._vectors([text]) if confidence >= COVERED else None
        return Query(query_terms(text), None if vectors is None else vectors[0], confidence)

    async def stored(self, texts: Sequence[str]) -> list[bytes | None]:
        """What to keep as `EntryRow.vector` for texts: float16; nothing (b"") where the model does not know the words;
        None where there is no model, or it did not answer."""
        if self.embedder is None:
            return [None] * len(texts)
        known = [text for text in texts if self.embedder.covers(text) >= COVERED]
        vectors = await self._vectors(known) if known else None
        made = dict(zip(known, map(packed, vectors), strict=True)) if vectors is not None else dict.fromkeys(known)
        return [made.get(text, b"") for text in texts]

    def view(self, rows: PersonalRows) -> View:
        """The person's entries as of this transaction; in one that writes, to be asked for before it does."""
        revision = rows.revision_before()
        with self._lock:
            known = self._views.get(rows.subject)
        if known is None or known.revision != revision:
            known = self._read(rows, known, revision)
            self._keep(rows.subject, known)
        return known

    def search(self, view: View, query: Query, kinds: Collection[str], *, at: float | None, limit: int) -> list[Hit]:
        """The best hits among the entries of these kinds that hold at `at`; see `View.among` and `search`."""
        return search(view.corpus, query, among=view.among(kinds, at), limit=limit)

    def forget(self, subject: str) -> None:
        """Drop what is kept of a person."""
        with self._lock:
            self._views.pop(subject, None)

    async def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        """The vectors of texts; None without an embedder, or when it does not answer (then `trouble` says why)."""
        if self.embedder is None:
            return None
        try:
            made = await self.embedder.embed(texts)
        except Unavailable as error:
            self.trouble = error.message
            return None
        self.trouble = ""
        return made

    def _read(self, rows: PersonalRows, known: View | None, revision: Revision) -> View:
        """Only what changed, unless rows went away since: then everything."""
        if known is None or not known.revision.number <= revision.number or revision.cleared > known.revision.number:
            entries = EntryTable(rows).changed()
            return View(revision, Corpus.of([*self._entries(entries)]), _facts(entries))
        entries = EntryTable(rows).changed(known.revision.number)
        if not entries:
            return View(revision, known.corpus, known.facts)
        return View(revision, known.corpus.changed([*self._entries(entries)]), {**known.facts, **_facts(entries)})

    def _entries(self, rows: Iterable[EntryRow]) -> Iterable[Entry]:
        """Entries with the vectors of this model; those of another wait to be made anew."""
        for row in rows:
            vector = row.vector if row.vector and row.model == self.model else None
            yield Entry(row.key, row.terms, vector, row.stream, row.position)

    def _keep(self, subject: str, view: View) -> None:
        with self._lock:
            self._views[subject] = view
            self._views.move_to_end(subject)
            total = sum(kept.corpus.bytes for kept in self._views.values())
            while total > self._most and len(self._views) > 1:
                _, dropped = self._views.popitem(last=False)
                total -= dropped.corpus.bytes


def packed(vector: Vectors) -> bytes:
    """A vector as it is stored: float16, little endian."""
    return vector.astype("<f2").tobytes()


def _facts(entries: Iterable[EntryRow]) -> dict[str, tuple[str, float, float]]:
    return {row.key: (row.kind, row.starts, np.inf if row.ends is None else row.ends) for row in entries}
