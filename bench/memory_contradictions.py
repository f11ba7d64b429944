"""How well `relation` tells duplicates, contradictions and strangers apart, on pairs written by hand.

`python -m bench.memory_contradictions [--errors]`; `--errors` prints the wrong answers of the half that is tuned on.
"""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deskhand.toolsets.memory.relation import relation

PAIRS = Path(__file__).parent / "data" / "memory" / "contradictions.jsonl"
Wanted = Literal["update", "negation", "near_duplicate", "unrelated"]
CONTRADICTIONS = ("update", "negation")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One pair and what a person says about it."""

    id: str
    language: str
    old: str
    new: str
    wanted: Wanted
    split: Literal["dev", "test"]


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
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Labelled(r["id"], r["language"], r["old"], r["new"], r["relation"], r["split"]) for r in rows]


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
    return relation(row.old, row.new, similarity=None)


def _report(name: str, rows: list[Labelled], answer: Callable[[Labelled], str]) -> None:
    for split in ("dev", "test"):
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


def main() -> None:
    """Print the scores of both halves."""
    rows = pairs()
    if "--errors" in sys.argv:
        _print_errors(rows)
    _report("words", rows, by_words)


if __name__ == "__main__":
    main()
