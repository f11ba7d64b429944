"""A language's words for relative dates, and how they are found."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import TypeAlias

from deskhand.toolsets.memory.date_meanings import Meaning, Said, Tense, Unit

Phrases: TypeAlias = tuple[tuple[str, Meaning], ...]
"""Patterns and what they mean, the longer before the shorter.

A pattern is a regular expression where `<n>`, `<unit>` and `<weekday>` stand for the language's words and a space for
any white space. It has no named groups of its own.
"""
_BEFORE_WORD = r"(?=\w)(?<![\w/\\@#$&=~)-])(?<!\w[.])"
_AFTER_WORD = r"(?![\w/\\@=~(-])(?!\.\w)"
"""A part of an identifier, a path or an address is no word: `last_week`, `yesterday.txt`, `/today/`."""
_SPACE = re.compile(r"(\(\?<[!=][^)]*\))| ")
"""A space; one in a look-behind must be of one character."""
_SLOT = re.compile("<(n|unit|weekday)>")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text: from where to where, and what it means."""

    start: int
    end: int
    meaning: Meaning
    count: float
    unit: Unit
    weekday: int

    def date(self, at: datetime, tense: Tense) -> str | None:
        """What to write beside it, when it was said at `at` in a sentence of this tense."""
        try:
            return self.meaning(Said(at, tense, self.count, self.unit, self.weekday))
        except (OverflowError, ValueError):  # before the year 1 or after 9999
            return None


@dataclass(frozen=True, slots=True)
class Cues:
    """Words that tell what a sentence is about; `hints`, which are quick to look for: each phrase has one of them."""

    past: str
    future: str
    habit: str
    hints: str


class Language:
    """Finds the phrases of one language in one pass."""

    def __init__(
        self,
        phrases: Phrases,
        *,
        numbers: Mapping[str, float],
        units: Mapping[str, Unit],
        weekdays: Mapping[str, int],
        cues: Cues,
        spaced: bool = True,
    ) -> None:
        self._hints = tuple(cues.hints.split())
        self._numbers = numbers
        self._units = units
        self._weekdays = weekdays
        self._before, self._after = (_BEFORE_WORD, _AFTER_WORD) if spaced else ("", "")
        self._edge = r"\b" if spaced else ""
        self._sources = [self._source(pattern) for pattern, _ in phrases]
        self._meanings = [meaning for _, meaning in phrases]
        self._tenses: tuple[tuple[Tense, str], ...] = (
            ("habit", cues.habit),
            ("future", cues.future),
            ("past", cues.past),
        )

    # Compiled when they are needed first: all languages together take a fifth of a second, and most programs need none.

    @cached_property
    def _any(self) -> re.Pattern[str]:
        anything = "|".join(f"(?P<p{number}>{_unnamed(source)})" for number, source in enumerate(self._sources))
        return re.compile(f"{self._before}(?:{anything}){self._after}", re.IGNORECASE)

    @cached_property
    def _each(self) -> list[re.Pattern[str]]:
        return [re.compile(f"(?:{source}){self._after}", re.IGNORECASE) for source in self._sources]

    @cached_property
    def _cues(self) -> list[tuple[Tense, re.Pattern[str]]]:
        edge = self._edge
        return [(tense, re.compile(f"{edge}(?:{words}){edge}", re.IGNORECASE)) for tense, words in self._tenses]

    def find(self, text: str) -> Iterator[Found]:
        """The phrases in `text`, in order, none overlapping another."""
        lower = text.lower()
        if not any(hint in lower for hint in self._hints):
            return
        for match in self._any.finditer(text):
            number = int((match.lastgroup or "p0")[1:])
            parts = self._each[number].match(text, match.start())
            groups = {} if parts is None else parts.groupdict()
            words = {name.rstrip("0123456789"): word for name, word in groups.items() if word}
            said = words.get("n", "1").lower()
            yield Found(
                match.start(),
                match.end(),
                self._meanings[number],
                self._numbers[said] if said in self._numbers else int(said),
                self._units.get(words.get("unit", "").lower(), "day"),
                self._weekdays.get(words.get("weekday", "").lower(), 0),
            )

    def tense(self, sentence: str) -> Tense:
        """What the sentence is about; habit before future before past, for "I will tell what I did"."""
        for tense, words in self._cues:
            if words.search(sentence):
                return tense
        return "unknown"

    def _source(self, pattern: str) -> str:
        words = {
            "n": rf"\d{{1,4}}|{_alternatives(self._numbers)}",
            "unit": _alternatives(self._units),
            "weekday": _alternatives(self._weekdays),
        }
        source = _SPACE.sub(lambda space: space[1].replace(" ", r"\s") if space[1] else r"\s{1,3}", pattern)
        numbers = count()
        return _SLOT.sub(lambda slot: f"(?P<{slot[1]}{next(numbers)}>{words[slot[1]]})", source)


def _alternatives(words: Mapping[str, object]) -> str:
    return "|".join(sorted(words, key=len, reverse=True)).replace(" ", r"\s{1,3}")


def _unnamed(source: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", source)
