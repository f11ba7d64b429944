"""How likely it is that somebody will need a message again, by what stands in it: names, numbers, dates, decisions.

Nothing here knows the question; it is the guess made when a message leaves the view.
"""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from deskhand.context.salience_words import CHATTER, DECIDED, FIRST_PERSON, TIMES

_NUMBER = re.compile(r"\d[\d.,:/]*")
_NAME = re.compile(r"(?<=[\w,;:)] )[^\W\d_a-zà-öø-ÿа-я]\w*(?:'\w+)?")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Signs:
    """What is counted in a message, each from 0 to about 1."""

    numbers: float
    names: float
    times: float
    first_person: float
    decided: float
    chatter: float
    question: float
    words: float
    rare: float


WEIGHTS = Signs(
    numbers=0.8, names=0.7, times=0.7, first_person=0.4, decided=0.5, chatter=-0.8, question=-0.7, words=0.8, rare=0.5
)
"""What each sign is worth; chosen on the odd half of `bench/data/context`."""


def signs(text: str, rare: float) -> Signs:
    """The signs in a text; `rare` as `similarity.word_vectors` gives it."""
    words = len(_WORD.findall(text))
    return Signs(
        numbers=min(len(_NUMBER.findall(text)), 3) / 3,
        names=min(len(_NAME.findall(text)), 3) / 3,
        times=min(len(TIMES.findall(text)), 2) / 2,
        first_person=min(len(FIRST_PERSON.findall(text)), 2) / 2,
        decided=min(len(DECIDED.findall(text)), 2) / 2,
        chatter=float(CHATTER.match(text) is not None),
        question=float(text.rstrip().endswith(("?", "\uff1f"))),
        words=min(words, 30) / 30,
        rare=rare,
    )


def salience(texts: Sequence[str], rare: NDArray[np.float64]) -> NDArray[np.float64]:
    """One number for each text, positive, the higher the likelier it is needed again."""
    if not texts:
        return np.zeros(0)
    table = np.array([astuple(signs(text, one)) for text, one in zip(texts, rare.tolist(), strict=True)])
    return np.log1p(np.exp(table @ np.array(astuple(WEIGHTS))))
