"""Which memory a person means who types words of it, or its id."""

from collections.abc import Sequence

from deskhand.errors import InvalidInput, NotFound
from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.terminal.printable import one_line
from deskhand.toolsets.memory.results import Found, Hit

_LISTED = 8
_TERM = 8
"""Bytes of a term of the index."""


def plain(word: str) -> str:
    """An id may be typed as it is shown, in brackets."""
    return word.strip("[],")


def spellings(word: str) -> Sequence[str]:
    """The ids that a word may be: as it stands, and in small letters."""
    return tuple(dict.fromkeys((plain(word), plain(word).lower())))


def meant(words: str, found: Found) -> str:
    """The id of the one memory that has these words, of those a search found.

    Raises:
        NotFound: none has them.
        InvalidInput: several have.
    """
    having = [hit for hit in found.hits if hit.kind != "turn" and _has(hit, words)]
    hits = list({hit.id: hit for hit in reversed(having)}.values())[::-1]
    if not hits:
        raise NotFound(f"There is no memory {words[:60]!r}, neither by its id nor by its words. See /memory.")
    if len(hits) > 1:
        listed = [f"  [{hit.id}] {one_line(hit.text, 100)}" for hit in hits[:_LISTED]]
        rest = [f"  and {len(hits) - _LISTED} more"] if len(hits) > _LISTED else []
        raise InvalidInput(
            "\n".join([f"{len(hits)} memories have {words[:60]!r}. Name one by its id:", *listed, *rest])
        )
    return hits[0].id


def _has(hit: Hit, words: str) -> bool:
    """Whether a memory has all the words, in any inflection; what only means the same is not enough to change it."""
    terms = index_terms(f"{hit.about or ''} {hit.text}")
    own = {int.from_bytes(terms[at : at + _TERM], "little") for at in range(0, len(terms), _TERM)}
    asked = query_terms(words).groups
    return bool(asked) and all(own.intersection(group.hashes) for group in asked)
