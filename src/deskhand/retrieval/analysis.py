"""What a text is found by: its words, stemmed, as ordered hashes; and what a question may be answered by."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from deskhand.retrieval import language as languages
from deskhand.retrieval.months import AMBIGUOUS, MONTHS, month_term
from deskhand.retrieval.stop_words import STOP_WORDS
from deskhand.retrieval.words import CHUNK, normal, pieces

_SENTENCE_END = re.compile(r"[.!?…:;\n\"'(]\s*$")
_LONGEST = 64  # characters of a word that count: beyond that it is data, not a word
_SLICE = re.compile(r"[^\W_]{1,256}")  # what is longer in one piece is looked at in slices
_REMEMBERED = 32  # characters of a chunk that may come again; a sentence without spaces will not


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word of a question: every hash it may have been indexed under, ascending, and how much it counts."""

    hashes: tuple[int, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A question as words, in order. Two that follow each other are looked for as a pair too."""

    groups: tuple[TermGroup, ...] = ()


def index_terms(text: str) -> bytes:
    """The terms of a text in order, 8 bytes each (little endian), repeated as often as they occur.

    Stop words are left out, so that `date of birth` is the pair `date birth`.
    """
    chunks = list(_chunks(text))
    tongue = _tongue(chunks)
    return b"".join([_hashes(chunk, tongue, kept) for chunk, kept in chunks])


def query_terms(text: str) -> QueryTerms:
    """What to look for: each word under the stems of every language of its script, since a question is short."""
    chunks = list(_chunks(text))
    tongue = _tongue(chunks)
    seen: dict[tuple[int, ...], TermGroup] = {}
    for chunk, kept in chunks:
        for word in _content(chunk, tongue, kept):
            hashes = _variants(word[:_LONGEST])
            seen.setdefault(hashes, TermGroup(hashes))
    return QueryTerms(tuple(seen.values()))


def _tongue(chunks: Iterable[tuple[str, bool]]) -> str:
    return languages.guess(chunk.casefold().replace("'", "") for chunk, _ in chunks)


def _chunks(text: str) -> Iterator[tuple[str, bool]]:
    """Chunks, and whether each is surely a name: capital in mid-sentence, all capitals, or who is speaking."""
    text = normal(text)
    for match in CHUNK.finditer(text):
        chunk = match[0]
        if len(chunk) > 256:
            yield from ((part, False) for part in _SLICE.findall(chunk))
        else:
            yield chunk, len(chunk) > 1 and chunk[0].isupper() and _is_name(text, match)


def _is_name(text: str, match: re.Match[str]) -> bool:
    if text[match.end() : match.end() + 1] == ":" and match.start() == 0:
        return True
    before = text[max(0, match.start() - 4) : match.start()]
    return bool(before) and not _SENTENCE_END.search(before)


def _content(chunk: str, tongue: str, kept: bool) -> tuple[str, ...]:
    words = pieces(chunk)
    if kept and len(words) == 1:
        return words
    stop = STOP_WORDS[tongue]
    return tuple(word for word in words if not (word in stop or (not word.isascii() and _is_stop(word))))


def _is_stop(word: str) -> bool:
    return word in STOP_WORDS["japanese"] or word in STOP_WORDS["russian"]


def _hashes(chunk: str, tongue: str, kept: bool) -> bytes:
    return (_known_hashes if len(chunk) <= _REMEMBERED else _new_hashes)(chunk, tongue, kept)


def _new_hashes(chunk: str, tongue: str, kept: bool) -> bytes:
    terms: list[str] = []
    for word in _content(chunk, tongue, kept):
        terms.append(languages.stem(word[:_LONGEST], tongue))
        if word in MONTHS and (word not in AMBIGUOUS or chunk[0].isupper()):
            terms.append(month_term(MONTHS[word]))
    return b"".join(map(_digest, terms))


_known_hashes = lru_cache(32_768)(_new_hashes)


@lru_cache(4_096)
def _variants(word: str) -> tuple[int, ...]:
    """The hashes of everything the word may have become in a text of any language."""
    stems = {languages.stem(form, name) for form in _forms(word) for name in languages.LATIN}
    if word in MONTHS:
        stems.add(month_term(MONTHS[word]))
    return tuple(sorted(int.from_bytes(_digest(stem), "little") for stem in stems))


def _forms(word: str) -> Iterable[str]:
    """The ways to spell a word with and without its accents: `müller`, `muller`, `mueller`."""
    spelled = word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    dotted = word.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü") if word.isascii() else word
    return {word, languages.unaccented(word), languages.unaccented(spelled), dotted}


def _digest(term: str) -> bytes:
    return blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
