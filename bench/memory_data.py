"""The evaluation set of the memory: conversations and notes of invented people, and questions with their evidence."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "memory"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A turn of a conversation, or something saved: what there is to find."""

    id: str
    kind: str
    stream: str
    speaker: str
    at: datetime
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the ids of what answers it."""

    id: str
    text: str
    language: str
    category: str
    evidence: frozenset[str]

    @property
    def tuned(self) -> bool:
        """Whether it is in the half on which weights were chosen; the other half was only looked at for the report."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class UserSet:
    """All that one user has, and what is asked about it."""

    name: str
    entries: tuple[Remembered, ...]
    questions: tuple[Question, ...]


@cache
def user_sets() -> tuple[UserSet, ...]:
    """Every set of `bench/data/memory`."""
    entries = _lines("entries*.jsonl")
    questions = _lines("questions*.jsonl")
    names = sorted({line["set"] for line in entries})
    return tuple(
        UserSet(
            name,
            tuple(_remembered(line) for line in entries if line["set"] == name),
            tuple(_question(line) for line in questions if line["set"] == name),
        )
        for name in names
    )


def _lines(pattern: str) -> list[dict[str, Any]]:
    files = sorted(DATA.glob(pattern))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def _remembered(line: dict[str, Any]) -> Remembered:
    return Remembered(
        line["id"],
        line["kind"],
        line["stream"] or "",
        line["speaker"] or "",
        datetime.fromisoformat(line["at"]),
        line["language"],
        line["text"],
    )


def _question(line: dict[str, Any]) -> Question:
    return Question(line["id"], line["question"], line["language"], line["category"], frozenset(line["evidence"]))
