"""How well `relation` tells duplicates, contradictions and strangers apart, on pairs written by hand.

`python -m bench.memory_contradictions [--errors]`; `--errors` prints the wrong answers of the half that is tuned on.
"aside" are near-duplicates of that half, chosen at random when they were written, that nothing was tuned on either.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.server import Row

from deskhand.toolsets.memory.relation import relation

PAIRS = Path(__file__).parent / "data" / "memory" / "contradictions.jsonl"
Wanted = Literal["update", "negation", "near_duplicate", "unrelated"]
SPLITS = ("dev", "test", "aside")
CONTRADICTIONS = ("update", "negation")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One pair and what a person says about it."""

    id: str
    language: str
    old: str
    new: str
    wanted: Wanted
    split: Literal["dev", "test", "aside"]


@dataclass(frozen=True, slots=True)
class Score:
    """Right answers, answers given, answers wanted."""

    right: int
    given: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    def __str__(self) -> str:
        return f"P {self.precision:.2f} R {self.recall:.2f} ({self.right}/{self.given}/{self.wanted})"


def pairs(path: Path = PAIRS) -> list[Labelled]:
    """The labelled pairs of a file."""

    def split(row: dict[str, Any]) -> Literal["dev", "test", "aside"]:
        return "aside" if row.get("aside") else row["split"]

    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Labelled(r["id"], r["language"], r["old"], r["new"], r["relation"], split(r)) for r in rows]


def scores(rows: Iterable[Labelled], answer: Callable[[Labelled], str]) -> tuple[Score, Score]:
    """Of contradictions (conflict or supersedes), and of duplicates."""
    answers = [(row.wanted, answer(row)) for row in rows]
    return (
        _score([(wanted in CONTRADICTIONS, given in ("conflict", "supersedes")) for wanted, given in answers]),
        _score([(wanted == "near_duplicate", given == "duplicate") for wanted, given in answers]),
    )


def _score(marks: list[tuple[bool, bool]]) -> Score:
    right = sum(wanted and given for wanted, given in marks)
    return Score(right, sum(given for _, given in marks), sum(wanted for wanted, _ in marks))


def by_words(row: Labelled) -> str:
    """The answer without an embedder."""
    return relation(row.old, row.new)


def microseconds(rows: list[Labelled]) -> float:
    """Of one pair, the best of five rounds over all."""
    rounds: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        for row in rows:
            by_words(row)
        rounds.append(time.perf_counter() - start)
    return min(rounds) / len(rows) * 1e6


def _report(name: str, rows: list[Labelled], answer: Callable[[Labelled], str]) -> None:
    for split in SPLITS:
        half = [row for row in rows if row.split == split]
        for language in ("all", *sorted({row.language for row in half})):
            part = [row for row in half if language in ("all", row.language)]
            contradictions, duplicates = scores(part, answer)
            print(f"{name:8} {split:4} {language:3} contradictions {contradictions}  duplicates {duplicates}")


def _print_errors(rows: list[Labelled]) -> None:
    right = {"near_duplicate": ("duplicate",), "unrelated": ("separate",)}
    for row in rows:
        given = by_words(row)
        if row.split == "dev" and given not in right.get(row.wanted, ("conflict", "supersedes")):
            print(f"{row.id} {row.language} {row.wanted} -> {given}\n    {row.old}\n    {row.new}")


def rows() -> Iterator[Row]:
    """The half that nothing was tuned on, and the time of a pair."""
    labelled = pairs()
    unseen = [row for row in labelled if row.split == "test"]
    for what, score in zip(("contradictions", "duplicates"), scores(unseen, by_words), strict=True):
        yield Row(f"memory: {what} told by words, {len(unseen)} unseen pairs", str(score), "P 0.91, 1.00")
    yield Row("memory: what two texts are to one another", f"{microseconds(labelled):.0f} µs a pair", "200 µs")


def main() -> None:
    """Print the scores of both halves."""
    rows = pairs()
    if "--errors" in sys.argv:
        _print_errors(rows)
    _report("words", rows, by_words)
    print(f"{microseconds(rows):.0f} microseconds a pair")


if __name__ == "__main__":
    main()
