"""Of which kind entries are and when they hold, as arrays beside the blocks of a corpus."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.corpus import Corpus


class Fact(NamedTuple):
    """The kind of an entry, and from when until when it holds (Unix seconds)."""

    kind: str
    starts: float
    ends: float


_FACT_BYTES = 220
"""A named tuple, its two numbers and its place in a dictionary."""


@dataclass(frozen=True)
class Columns:
    """Kinds and times of a run of entries."""

    kinds: Mapping[str, int]
    codes: NDArray[np.uint8]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> "Columns":
        """The facts as arrays."""
        kinds: dict[str, int] = {}
        codes = [kinds.setdefault(fact.kind, len(kinds)) for fact in facts]
        return cls(
            kinds,
            np.array(codes, np.uint8),
            np.array([fact.starts for fact in facts], np.float64),
            np.array([fact.ends for fact in facts], np.float64),
        )

    def among(self, kinds: Collection[str], at: float | None, *, ended: bool = False) -> NDArray[np.bool_]:
        """Which are of these kinds and hold at `at`, or with `ended` held until then; None: whenever they held."""
        wanted = np.zeros(len(self.kinds), np.bool_)
        wanted[[code for kind, code in self.kinds.items() if kind in kinds]] = True
        mask: NDArray[np.bool_] = wanted[self.codes]
        return mask if at is None else mask & (self.starts <= at) & (ended | (at < self.ends))


@dataclass(frozen=True)
class Facts:
    """The facts of a corpus: those of its large block, which stay as they are while the block does, and the others."""

    base: Mapping[str, Fact]
    columns: Columns
    recent: Mapping[str, Fact]

    @classmethod
    def of(cls, corpus: Corpus, facts: Mapping[str, Fact]) -> "Facts":
        """The facts of a new corpus."""
        return cls(facts, Columns.of([facts[key] for key in corpus.base.keys]), {})

    def changed(self, before: Corpus, after: Corpus, new: Mapping[str, Fact]) -> "Facts":
        """With those of entries that are new in the corpus `after`, which came from `before`."""
        recent = {**self.recent, **new}
        if after.base is before.base:
            return Facts(self.base, self.columns, recent)
        return Facts.of(after, {key: recent.get(key) or self.base[key] for key in after.base.keys})

    @property
    def bytes(self) -> int:
        """About how much memory they take: an object and a place in a dictionary each, beside the arrays."""
        return _FACT_BYTES * (len(self.base) + len(self.recent)) + 17 * len(self.columns.codes)

    def among(
        self, corpus: Corpus, kinds: Collection[str], at: float | None, *, ended: bool = False
    ) -> NDArray[np.bool_]:
        """Of which of `corpus.keys` it is true, as `Columns.among` says."""
        recent = Columns.of([self.recent[key] for key in corpus.recent.keys])
        masks = [columns.among(kinds, at, ended=ended) for columns in (self.columns, recent)]
        return np.concatenate(masks)[corpus.living]
