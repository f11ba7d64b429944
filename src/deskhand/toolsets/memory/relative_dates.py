"""Relative dates in a text, with the absolute date beside them: what "yesterday" was is lost once the day is over.

Own code: the maintained library for this, dateparser 1.5, takes "We" for Wednesday, "may" for May, 2000 for a year
and "por la mañana" for tomorrow, misses "на прошлой неделе", knows no weeks, needs 0.3 s to import and 36 ms
for a kilobyte.

A weekday alone ("on Monday") gets a date only where the sentence says which: the latest one beside a verb in the past,
the coming one beside one in the future; never beside "every", "usually" and the like, and never in the plural.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime

from deskhand.toolsets.memory.date_meanings import Tense
from deskhand.toolsets.memory.date_words import Found, Language
from deskhand.toolsets.memory.date_words_english import ENGLISH
from deskhand.toolsets.memory.date_words_german import GERMAN
from deskhand.toolsets.memory.date_words_japanese import JAPANESE
from deskhand.toolsets.memory.date_words_russian import RUSSIAN
from deskhand.toolsets.memory.date_words_spanish import SPANISH

_LANGUAGES = (ENGLISH, GERMAN, SPANISH, RUSSIAN, JAPANESE)
_NOT_PROSE = re.compile(r"```[\s\S]*?(?:```|\Z)|`[^`\n]*`|://\S+|\S+@\S+\.\w+")
"""Code and addresses stay as they are."""
_SENTENCE_END = re.compile(r"[!?。！？\n]|\.(?!\w)")
_POSSESSIVE = re.compile(r"['’]s\b")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "‘": "’", "「": "」", "『": "』", "‹": "›"}

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai"
    r"|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|okt|nov|dec|dez)\b"
)
_DATE = (
    rf"(?:\d{{4}}[-/年.]\d|\d{{1,2}}\.\d{{1,2}}\.|\d{{1,2}}/\d{{1,2}}\b|\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?"
    rf"{_MONTH}|{_MONTH}\.?\s\d{{1,2}}\b|\d{{1,2}}(?:月|日(?![前後間])))"
)
_DATED_AFTER = re.compile(
    rf"\s{{0,2}}[,、:–—-]?\s{{0,2}}(?:[(\[（]\s?(?:week(?:end)? of )?(?:{_DATE}|\d{{4}}\s?[)\]）])"
    rf"|[(\[（]?\s?(?:[a-zà-ÿа-яё]{{3,12}},?\s)?(?:(?:the|on|den|dem|der|am|el|día|le)\s){{0,2}}{_DATE})",
    re.IGNORECASE,
)
_DATED_BEFORE = re.compile(rf"{_DATE}[\s\dT:,.年月日-]{{0,14}}[(（]\s?$", re.IGNORECASE)
_NEAR = 32


def with_dates(text: str, at: datetime) -> str:
    """`text` with the date beside each relative one, as in "We met yesterday (2026-11-21)".

    Knows English, German, Spanish, Russian and Japanese. A date is as exact as the words are: "(week of 2026-11-09)",
    "(2026-12)", "(2025)". What has a date already, idioms, code, addresses and quoted single words stay as they are;
    doing it again changes nothing. Takes time linear in the length of `text`.

    Args:
        text: in normal form C.
        at: when it was said, in the time zone of whom it was said to.
    """
    parts: list[str] = []
    done = 0
    for end, date in _dates(text, at):
        parts += (text[done:end], f" ({date})")
        done = end
    return "".join((*parts, text[done:]))


def _dates(text: str, at: datetime) -> Iterator[tuple[int, str]]:
    """Where to write which date, in order."""
    found = sorted(_found(text), key=lambda pair: (pair[0].start, -pair[0].end))
    if not found:
        return
    sentences = _Sentences(text)
    prose = _Prose(text)
    done = 0
    for phrase, language in found:
        if phrase.start < done or not prose.holds(phrase.start) or _is_quoted(text, phrase) or _is_dated(text, phrase):
            continue
        date = phrase.date(at, sentences.tense(phrase.start, language))
        if date is not None:
            done = _end(text, phrase)
            yield done, date


def _found(text: str) -> Iterator[tuple[Found, Language]]:
    for language in _LANGUAGES:
        for phrase in language.find(text):
            yield phrase, language


class _Sentences:
    """The sentences of a text; each is looked at once for a language, however many phrases it has."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in _SENTENCE_END.finditer(text)] + [len(text)]
        self._tenses: dict[tuple[int, Language], Tense] = {}

    def tense(self, position: int, language: Language) -> Tense:
        """What the sentence at `position` is about."""
        number = bisect_left(self._ends, position)
        key = (number, language)
        if key not in self._tenses:
            begin = self._ends[number - 1] + 1 if number else 0
            self._tenses[key] = language.tense(self._text[begin : self._ends[number] + 1])
        return self._tenses[key]


class _Prose:
    """What of a text is neither code nor an address."""

    def __init__(self, text: str) -> None:
        spans = [match.span() for match in _NOT_PROSE.finditer(text)]
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def holds(self, position: int) -> bool:
        """Whether the character at `position` belongs to prose."""
        number = bisect_left(self._starts, position + 1)
        return number == 0 or self._ends[number - 1] <= position


def _end(text: str, phrase: Found) -> int:
    possessive = _POSSESSIVE.match(text, phrase.end)
    return phrase.end if possessive is None else possessive.end()


def _is_quoted(text: str, phrase: Found) -> bool:
    """Whether the phrase is all of a quotation: the name of a song, a word that is spoken of, a key of JSON."""
    return _QUOTES.get(text[phrase.start - 1 : phrase.start]) == text[phrase.end : phrase.end + 1] != ""


def _is_dated(text: str, phrase: Found) -> bool:
    """Whether a date stands beside the phrase already, ours or the writer's."""
    if _DATED_AFTER.match(text, _end(text, phrase), _end(text, phrase) + 2 * _NEAR):
        return True
    return _DATED_BEFORE.search(text, max(0, phrase.start - _NEAR), phrase.start) is not None
