"""Which language a text is in, as far as its stemming is concerned, and what its words stem to."""

from collections.abc import Iterable
from functools import cache, lru_cache
from unicodedata import combining, normalize

import Stemmer

from deskhand.retrieval.stop_words import STOP_WORDS

LATIN = ("english", "german", "spanish", "french", "italian", "portuguese", "dutch")
"""Languages in Latin script that a text is told apart as; English when there is nothing to go by."""

_LETTERS = (
    ("german", frozenset("äöüß")),
    ("spanish", frozenset("ñáíóú")),
    ("french", frozenset("çèêëîïœû")),
    ("italian", frozenset("àìò")),
    ("portuguese", frozenset("ãõâç")),
)
_SCRIPTS = (
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "russian"),
    (0x0600, 0x06FF, "arabic"),
    (0x0900, 0x097F, "hindi"),
)


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    words = {word for language in LATIN for word in STOP_WORDS[language]}
    return {word: tuple(name for name in LATIN if word in STOP_WORDS[name]) for word in words}


def guess(words: Iterable[str]) -> str:
    """The language in Latin script whose stop words and letters a text has; a word of few languages says more."""
    known = _languages_by_word()
    scores: dict[str, float] = dict.fromkeys(LATIN, 0.0)
    for word in words:
        for language in (languages := known.get(word, ())):
            scores[language] += 1 / len(languages)
        if not word.isascii():
            for language, letters in _LETTERS:
                scores[language] += 0.5 * (not letters.isdisjoint(word))
    return max(LATIN, key=scores.__getitem__)


def of_script(word: str) -> str | None:
    """The language taken for granted for a word in a script other than Latin."""
    code = ord(word[0])
    return next((name for first, last, name in _SCRIPTS if first <= code <= last), None)


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    stemmer = Stemmer.Stemmer(language)
    stemmer.maxCacheSize = 0  # what calls it is cached
    return stemmer


@lru_cache(32_768)
def stem(word: str, language: str) -> str:
    """The stem of a casefolded word, without accents where a reader would leave them out.

    Words of another script than Latin stem by their script, whatever `language` says.
    """
    if word.isascii():
        return word if not word.isalpha() else _stemmer(language).stemWord(word)
    return _stemmer(of_script(word) or language).stemWord(word).translate(_unaccented())


def unaccented(word: str) -> str:
    """Latin and Greek letters without their marks; `й` and `が` keep theirs, which make them other letters."""
    return word if word.isascii() else word.translate(_unaccented())


@cache
def _unaccented() -> dict[int, str]:
    plain = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss", "ё": "е", "ı": "i", "ð": "d", "þ": "th"}
    table = {ord(letter): base for letter, base in plain.items()}
    for code in (*range(0xC0, 0x250), *range(0x370, 0x400), *range(0x1E00, 0x2000)):
        base = "".join(part for part in normalize("NFD", chr(code)) if not combining(part))
        if code not in table and base != chr(code):
            table[code] = base
    return table
