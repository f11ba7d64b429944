"""Other ways to bring a dialogue within a budget: the last messages, any messages, and LexRank.

Each takes whole messages and may part a tool call from its result, which no provider would accept: that is in their
favour. What is returned is in the order of the dialogue.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from bench.context_data import Dialogue
from numpy.typing import NDArray

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult
from deskhand.context.tokens import TokenMeter
from deskhand.retrieval.analysis import index_terms

DAMPING = 0.85
_PRECISION = 1e-6
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Returned:
    """What a model would be given, and the ids of the messages of which something is in it."""

    messages: tuple[Message, ...]
    ids: frozenset[str]


Answer: TypeAlias = Callable[[str], Returned]
"""What is returned for a query; "" is none."""
Method: TypeAlias = Callable[[Dialogue, int], Answer]
"""Compacts a dialogue to so many tokens, ready for any number of queries."""


def last_messages(dialogue: Dialogue, budget: int) -> Answer:
    """The last messages that fit."""
    meter, taken, tokens = TokenMeter(), list[Message](), 0
    for message in reversed(dialogue.messages):
        tokens += meter.count(message)
        if tokens > budget:
            break
        taken.append(message)
    return _always(reversed(taken))


def random_messages(seed: int) -> Method:
    """Any messages that fit."""

    def method(dialogue: Dialogue, budget: int) -> Answer:
        order = np.random.default_rng(seed).permutation(len(dialogue.messages))
        return _always(first_that_fit(dialogue.messages, order.tolist(), budget))

    return method


def lexrank_messages(dialogue: Dialogue, budget: int) -> Answer:
    """The most central messages that fit."""
    order = np.argsort(-lexrank([text_of(message) for message in dialogue.messages]), kind="stable")
    return _always(first_that_fit(dialogue.messages, order.tolist(), budget))


def first_that_fit(messages: Sequence[Message], order: Iterable[int], budget: int) -> list[Message]:
    """Of messages taken in this order, each that still fits."""
    meter, taken, left = TokenMeter(), set[int](), budget
    for position in order:
        if (tokens := meter.count(messages[position])) <= left:
            taken.add(position)
            left -= tokens
    return [messages[position] for position in sorted(taken)]


def lexrank(texts: Sequence[str]) -> Floats:
    """How central each text is: continuous LexRank (G. Erkan and D. Radev, JAIR 22, 2004, section 3.3).

    The graph has the cosines of the texts' tf-idf vectors as weights; a text counts as much as a random walker comes
    by, who follows the edges with a probability of `DAMPING`, and else starts anywhere. The words are stemmed as for
    our own search, so that only the choice differs.
    """
    weights = _cosines(_tf_idf(texts))
    weights /= weights.sum(axis=1, keepdims=True)
    count = len(texts)
    ranks: Floats = np.full(count, 1 / count)
    while True:
        following = (1 - DAMPING) / count + DAMPING * (ranks @ weights)
        if np.abs(following - ranks).sum() < _PRECISION:
            return following
        ranks = following


def text_of(message: Message) -> str:
    """All there is to read in a message, with the calls' arguments and the results."""
    return "\n".join(_texts(message))


def _texts(message: Message) -> Iterable[str]:
    for block in message.content:
        if isinstance(block, ToolCall):
            yield f"{block.name} {block.model_dump_json(include={'arguments'})}"
        elif isinstance(block, ToolResult):
            yield from (part.text for part in block.content if isinstance(part, Text))
        elif not isinstance(block, Image):
            yield block.text


def _tf_idf(texts: Sequence[str]) -> NDArray[np.float32]:
    terms = [np.frombuffer(index_terms(text), "<u8") for text in texts]
    words, columns = np.unique(np.concatenate(terms), return_inverse=True)
    rows = np.repeat(np.arange(len(texts)), [len(each) for each in terms])
    counts = np.zeros((len(texts), max(1, len(words))), np.float32)
    np.add.at(counts, (rows, columns), 1)
    return counts * np.log(len(texts) / np.maximum(1, (counts > 0).sum(axis=0))).astype(np.float32)


def _cosines(vectors: NDArray[np.float32]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    cosines = (unit @ unit.T).astype(np.float64)
    np.fill_diagonal(cosines, 1)
    return cosines


def _always(messages: Iterable[Message]) -> Answer:
    kept = tuple(messages)
    returned = Returned(kept, frozenset(message.id for message in kept))
    return lambda _query: returned
