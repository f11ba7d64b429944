"""What search knows of one person's memories and turns: hashed terms, vectors, and when each held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import sqlalchemy as sa

from deskhand.store.personal import PersonalRows, among, given, own
from deskhand.store.tables import entry

PASSAGE = "passage"
"""The kind of entries of pieces of turns, which count within their conversation only."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One version of a memory, one turn, or a piece of one. `starts` and `ends` in Unix seconds; no `ends`: it holds.

    Entries of one `stream` are neighbours in the order of `position`; the empty stream has none. `vector` is float16,
    made by `model`; without one the entry waits to be embedded.
    """

    key: str
    kind: str
    stream: str
    position: float
    starts: float
    ends: float | None
    terms: bytes
    vector: bytes | None
    model: str | None


class EntryTable:
    """The entries of the person whose rows these are."""

    def __init__(self, rows: PersonalRows) -> None:
        self._rows = rows

    def put(self, *entries: EntryRow) -> None:
        """Let search find these; what had the same key is replaced."""
        self._remove(row.key for row in entries)
        self.add(*entries)

    def add(self, *entries: EntryRow) -> None:
        """Let search find these, whose keys nobody had."""
        number = self._rows.revision().number
        self._rows.insert(entry, [_values(row) | {"revision": number} for row in entries])

    def end(self, key: str, at: float) -> None:
        """From `at` on it no longer holds."""
        self._rows.run(_END, entry_key=key, at=at, number=self._rows.revision().number)

    def keep_former(self, key: str, former_key: str, *, ends: float) -> None:
        """Keep a copy of an entry as history, beside no other, holding until `ends` at the latest.

        `put` then replaces the entry itself, so that nothing goes away and what others keep of it stays true.
        """
        before = self.one(key)
        if before is not None:
            ended = ends if before.ends is None else min(before.ends, ends)
            self.add(replace(before, key=former_key, stream="", ends=ended))

    def one(self, key: str) -> EntryRow | None:
        """The entry of this key."""
        row = self._rows.run(_ONE, entry_key=key).first()
        return EntryRow(*row) if row else None

    def changed(self, since: int = 0) -> list[EntryRow]:
        """Those written after the revision `since`, but no passages, which search over everything leaves aside."""
        return [EntryRow(*row) for row in self._rows.run(_CHANGED, since=since).all()]

    def changed_in(self, stream: str, since: int = 0) -> list[EntryRow]:
        """Those of one stream written after the revision `since`, passages too."""
        return [EntryRow(*row) for row in self._rows.run(_CHANGED_IN, name=stream, since=since).all()]

    def waiting(self, model: str, width: int, limit: int) -> list[str]:
        """Keys of those without a vector of `model`, at most `limit`; `width` as in `embedded`."""
        return list(self._rows.run(_WAITING, by=model, width=width, most=limit).scalars())

    def waiting_in(self, stream: str, model: str, width: int, limit: int) -> list[str]:
        """As `waiting`, in one stream; the last come first."""
        return list(self._rows.run(_WAITING_IN, name=stream, by=model, width=width, most=limit).scalars())

    def embedded(self, model: str, width: int) -> tuple[int, int]:
        """How many have a vector of `model`, or none because it does not know the words; and how many there are.

        `width` is how many bytes its vectors have now; with 0, any number will do.
        """
        row = self._rows.run(_EMBEDDED, by=model, width=width).one()
        return row.done, row.every

    def embedded_in(self, stream: str, model: str, width: int) -> tuple[int, int]:
        """As `embedded`, in one stream."""
        row = self._rows.run(_EMBEDDED_IN, name=stream, by=model, width=width).one()
        return row.done, row.every

    def set_vectors(self, model: str, vectors: Mapping[str, bytes], *, made_at: int) -> None:
        """Keep vectors by key, made of what stood here at the revision `made_at`.

        An entry that went away meanwhile stays away, and one that changed meanwhile goes on waiting.
        """
        number = self._rows.revision().number
        for key, vector in vectors.items():
            self._rows.run(_SET_VECTOR, entry_key=key, floats=vector, by=model, number=number, made_at=made_at)

    def remove(self, keys: Iterable[str]) -> int:
        """Take entries out; how many went."""
        gone = self._remove(keys)
        if gone:
            self._rows.clear()
        return gone

    def remove_streams(self, streams: Sequence[str]) -> int:
        """Take whole streams out; how many entries went."""
        gone = sum(result.rowcount for result in self._rows.run_for(_REMOVE_STREAMS, "names", streams))
        if gone:
            self._rows.clear()
        return gone

    def _remove(self, keys: Iterable[str]) -> int:
        return sum(result.rowcount for result in self._rows.run_for(_REMOVE, "keys", keys))


_NAMES = tuple(field.name for field in fields(EntryRow))


def _values(row: EntryRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in _NAMES}


_KEY = entry.c.key == given("entry_key")
_BY = given("by")
_WIDTH = given("width")
_length = sa.func.length(entry.c.vector)
_done = entry.c.model.is_not_distinct_from(_BY) & ((_WIDTH == 0) | _length.in_((0, _WIDTH)))

_within = entry.c.stream == given("name")
_since = sa.select(*(entry.c[name] for name in _NAMES)).where(entry.c.revision > given("since"))
_waiting = (
    sa.select(entry.c.key)
    .where(entry.c.vector.is_(None) | sa.not_(_done))
    .order_by(entry.c.position.desc())
    .limit(given("most"))
)
_embedded = sa.select(
    sa.func.count().filter(entry.c.vector.is_not(None) & _done).label("done"), sa.func.count().label("every")
)

_CHANGED = own(_since.where(entry.c.kind != PASSAGE), entry.c.subject)
_CHANGED_IN = own(_since.where(_within), entry.c.subject)
_WAITING = own(_waiting, entry.c.subject)
_WAITING_IN = own(_waiting.where(_within), entry.c.subject)
_EMBEDDED = own(_embedded, entry.c.subject)
_EMBEDDED_IN = own(_embedded.where(_within), entry.c.subject)
_END = own(sa.update(entry).where(_KEY).values(ends=given("at"), revision=given("number")), entry.c.subject)
_SET_VECTOR = own(
    sa.update(entry)
    .where(_KEY, entry.c.revision <= given("made_at"))
    .values(vector=given("floats"), model=_BY, revision=given("number")),
    entry.c.subject,
)
_ONE = own(sa.select(*(entry.c[name] for name in _NAMES)).where(_KEY), entry.c.subject)
_REMOVE = own(sa.delete(entry).where(entry.c.key.in_(among("keys"))), entry.c.subject)
_REMOVE_STREAMS = own(sa.delete(entry).where(entry.c.stream.in_(among("names"))), entry.c.subject)
