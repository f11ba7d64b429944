"""How likely it is that somebody will need a message again, by what stands in it: names, numbers, dates, decisions.

Nothing here knows the question; it is the guess made when a message leaves the view, and what is known of a message
beside its likeness to a question.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import mul
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskhand.context.message import Message
from deskhand.context.salience_words import CHATTER, DECIDED, TIMES

_NUMBER = re.compile(r"\d[\d.,:/]*")
_NAME = re.compile(r"(?<=[\w,;:)] )[^\W\d_a-zà-öø-ÿа-я]\w*(?:'\w+)?")
_WORD = re.compile(r"\w+")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

TOOL = 0.3
"""Of a tool result: its numbers and names say little, they are everywhere in it."""
_REMEMBERED = 1_000
"""Characters of a text that may be judged again: what is said, which many questions find; few documents come twice."""


class Signs(NamedTuple):
    """What is counted in a message, each from 0 to 1."""

    numbers: float
    names: float
    times: float
    decided: float
    chatter: float
    question: float
    words: float


WEIGHTS = Signs(numbers=3.0, names=1.3, times=0.8, decided=0.6, chatter=-0.9, question=-1.8, words=4.2)
BIAS = -6.6
"""What each sign is worth: a logistic regression over which messages of the odd dialogues of `bench/data/context` are
evidence of a question (area under the curve 0.91; on a kind of dialogue it has not seen, 0.86 to 0.95). Who tells of
themselves and how rare the words are were tried too, and add next to nothing."""


def signs(text: str) -> Signs:
    """The signs in a text."""
    lower = text.lower()
    return Signs(
        numbers=min(len(_NUMBER.findall(text)), 3) / 3,
        names=min(len(_NAME.findall(text)), 3) / 3,
        times=min(len(TIMES.findall(lower)), 2) / 2,
        decided=min(len(DECIDED.findall(lower)), 2) / 2,
        chatter=float(CHATTER.match(lower) is not None),
        question=float(text.rstrip().endswith(("?", "\uff1f"))),
        words=min(_words(text), 30) / 30,
    )


def salience(texts: Sequence[str]) -> NDArray[np.float64]:
    """For each text how likely it is needed again, from 0 to 1."""
    return 1 / (1 + np.exp(-np.array([_known_evidence(text) for text in texts], np.float64)))


def salience_of(messages: Sequence[Message]) -> NDArray[np.float64]:
    """The same of messages; those of tools are all alike."""
    found = salience([message.text for message in messages])
    return np.where([message.role == "tool" for message in messages], TOOL, found)


def _known_evidence(text: str) -> float:
    """The evidence in a text, counted once for many questions.

    What is remembered is a number by a digest: a text can neither be read from it nor outlive its deletion in it.
    """
    if len(text) > _REMEMBERED:
        return _evidence(text)
    place = _place(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    if not place:
        place.append(_evidence(text))
    return place[0]


@lru_cache(8_192)  # about two megabytes
def _place(_digest: bytes) -> list[float]:
    """Where the evidence in the text of this digest is put down; empty at first."""
    return []


def _evidence(text: str) -> float:
    """What all signs in a text are worth together: the logarithm of the odds that it is needed again."""
    return sum(map(mul, signs(text), WEIGHTS), BIAS)


def _words(text: str) -> float:
    """Words of a text; in scripts without spaces, two characters are one."""
    return len(_WORD.findall(text)) + len(_SPACELESS.findall(text)) / 2
