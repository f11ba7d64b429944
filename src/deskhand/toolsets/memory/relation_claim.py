"""Whether a text claims something that may end an older memory, or be ended by a newer one.

People also save turns of a dialogue: questions, replies, jokes, whole stories. A wrong contradiction between two such
turns hides what the user said, so that only what is asserted, and briefly, ever contradicts anything.
"""

import re
from dataclasses import dataclass
from functools import cache

from deskhand.toolsets.memory.relation_lexicon import Language, lexicon, normalised
from deskhand.toolsets.memory.relation_statement import Statement

LONGEST_WORDS = 35
LONGEST_SENTENCES = 2
LONGEST_JAPANESE = 90
"""Characters; about as much as 35 words of the other languages."""

_SPEAKER = re.compile(
    r"([^\W\d_][\w'-]*)(?: [^\W\d_][\w'.-]*){0,2}: (?=\S)|([ぁ-ゖァ-ヺー一-鿿々A-Za-z]{1,10}): ?(?=\S)"
)
_SENTENCE_END = re.compile(r"(?<!\d)[.!…]+(?=\s|$)|[。!]")
_ASKS = re.compile(r"[?¿]|か[。!]?$")
_ALONE = ("predicate", "several", "state")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said, and by whom if the text begins with that: "Anna: I moved to Ghent"."""

    speaker: str
    text: str


def utterance(text: str, language: Language) -> Utterance:
    """Cut off a speaker: a capitalized label that is no known word, for "Birthday: 4 May" is content."""
    plain = normalised(text)
    match = _SPEAKER.match(plain)
    if match is None or (match[1] and not match[1][0].isupper()) or _known(match[1] or match[2], language):
        return Utterance("", plain)
    return Utterance(match.group().rstrip(": ").casefold(), plain[match.end() :])


def _known(label: str, language: Language) -> bool:
    words = lexicon(language)
    return label.lower() in words.words or any((token.stem,) in words.forms for token in words.tokens(label))


def asserts(text: str, language: Language) -> bool:
    """Whether a text tells something in brief: no question, no reply to what somebody else said, no story."""
    if _ASKS.search(text) or replies(text, language):
        return False
    sentences = sum(bool(part.strip()) for part in _SENTENCE_END.split(text))
    if sentences > LONGEST_SENTENCES:
        return False
    return len(text) <= LONGEST_JAPANESE if language == "ja" else len(text.split()) <= LONGEST_WORDS


def replies(text: str, language: Language) -> bool:
    """Whether a text begins with an answer or a question word, so that its "no" denies what somebody else said."""
    return _opening(language).match(text) is not None


def says_something(read: Statement) -> bool:
    """Whether what was read is a statement and not a single word: somebody or something, and what of it."""
    if len(read.items) + (read.user_at >= 0) > 1 or (read.items and read.ended):
        return True
    return any(item.kind in _ALONE for item in read.items)


@cache
def _opening(language: Language) -> re.Pattern[str]:
    """How a question or a reply begins: "why ...", "no, ..."."""
    words = lexicon(language)
    asking, replying = ("|".join(sorted(map(re.escape, forms))) for forms in (words.interrogatives, words.replies))
    border = "" if language == "ja" else r"\b"
    return re.compile(rf"\W*(?:(?:{asking}){border}|(?:{replying})\s*[,.!…、。])", re.IGNORECASE)
