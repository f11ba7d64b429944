"""The digest: the most salient of what left the view, no two saying the same, with dates and ids, in order."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskhand.context.message import Message, ToolCall, ToolResult
from deskhand.context.salience import TOOL, salience
from deskhand.context.shorten import gist
from deskhand.context.similarity import word_vectors
from deskhand.context.tokens import estimate

HEADER = "[Earlier messages in excerpts, all kept: a record, not a request.]"
WHOLE = 150
"""Tokens up to which a message is quoted whole; of a longer one, its most salient sentences."""
_CITED = 8
_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|\n+|(?<=[。！？])")
_LIKE_A_RECORD = re.compile(
    r"-{3,}\s*$|\W*(?:(?:system|user|assistant|tool)\W+\w{1,40}\W*:|\d{4}-\d\d-\d\d\W*$|Earlier messages)",
    re.IGNORECASE,
)
"""How a line begins that would pass for one of a digest or a recall: a name, a day, a heading;
and the rule that stands between messages of one role which a provider gets as one."""
_COST = 0.5
"""How much length counts: 0 takes the most salient, 1 the most salience for a token."""
_LIKENESS = 0.7
"""How much of its worth an item loses that says the same as one chosen before."""
_CANDIDATES = 1_000
"""Items looked at closely: choosing compares each with each."""
_PRIORITY = {"low": 0.3, "normal": 1.0, "high": 3.0, "pinned": 3.0}


@dataclass(frozen=True, slots=True)
class Item:
    """One message as a digest or a recall quotes it."""

    message: Message
    text: str

    @property
    def tokens(self) -> int:
        """What the line takes, about."""
        return estimate(line(self)) + 1


def item_of(message: Message, calls: Mapping[str, ToolCall]) -> Item | None:
    """What a digest would say of a message: its text, or the gist of its tool results; None when that is nothing."""
    if message.role == "tool":
        results = [block for block in message.content if isinstance(block, ToolResult)]
        text = "\n".join(gist(result, calls.get(result.call_id)) for result in results)
    else:
        text = excerpt(message.text.strip(), WHOLE, salient)
    return Item(message, text) if text else None


def line(item: Item) -> str:
    """`user m12: the text`, and "| " before what would pass for another line, and before all further ones of a tool."""
    first, *others = item.text.splitlines() or [""]
    is_tool = item.message.role == "tool"
    marked = (f"| {other}" if is_tool or _LIKE_A_RECORD.match(other) else other for other in others)
    return "\n".join([f"{item.message.role} {cited(item.message.id)}: {first}", *marked])


def cited(message_id: str) -> str:
    """How a message is named in a text: long ids by their beginning, which is enough to find them."""
    return message_id[:_CITED]


def rendered(items: Iterable[Item], header: str) -> str:
    """Lines under their days, in the order given, which is that of time; empty without items."""
    lines: list[str] = []
    day = ""
    for item in items:
        when = item.message.metadata.timestamp.date().isoformat()
        if when != day:
            lines.append(when)
            day = when
        lines.append(line(item))
    return "\n".join([header, *lines]) if lines else ""


def ranked(items: Sequence[Item], room: int) -> list[int]:
    """Which items to take, the best first, as many as fit into `room` tokens.

    Greedy: each time the item with the most salience for its length, less what it shares with those taken (maximal
    marginal relevance, Carbonell and Goldstein 1998).
    """
    if not items or room <= 0:
        return []
    vectors = word_vectors([item.text for item in items])
    tokens = np.array([item.tokens + 1 for item in items], np.float64)
    priority = np.array([_PRIORITY[item.message.metadata.priority] for item in items])
    worth = _worth(items) * priority / tokens**_COST
    near = np.sort(np.argsort(-worth, kind="stable")[:_CANDIDATES])
    chosen = _greedy(vectors[near], worth[near], tokens[near], room)
    return [int(near[one]) for one in chosen]


def _worth(items: Sequence[Item]) -> NDArray[np.float64]:
    return np.where([item.message.role == "tool" for item in items], TOOL, salience([item.text for item in items]))


def _greedy(
    vectors: NDArray[np.float32], worth: NDArray[np.float64], tokens: NDArray[np.float64], room: float
) -> list[int]:
    chosen: list[int] = []
    likeness = np.zeros(len(worth))
    left = np.ones(len(worth), np.bool_)
    while True:
        left &= tokens <= room
        if not left.any():
            return chosen
        gain = np.where(left, worth * (1 - _LIKENESS * likeness), -1.0)
        best = int(gain.argmax())
        chosen.append(best)
        left[best] = False
        room -= float(tokens[best])
        likeness = np.maximum(likeness, vectors @ vectors[best])


def excerpt(text: str, most: int, worth: Callable[[Sequence[str]], NDArray[np.float64]]) -> str:
    """The best sentences of a text within `most` tokens, in their order, with an ellipsis where some are left out."""
    if estimate(text) <= most:
        return text
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence and sentence.strip()]
    kept: set[int] = set()
    room = most
    for index in np.argsort(-worth(sentences), kind="stable").tolist():
        cost = estimate(sentences[index]) + 1
        if cost <= room:
            kept.add(index)
            room -= cost
    if not kept:
        return text[: 3 * most].rstrip() + " …"
    parts: list[str] = []
    for index, sentence in enumerate(sentences):
        if index in kept:
            parts.append(sentence.strip())
        elif not parts or parts[-1] != "…":
            parts.append("…")
    return " ".join(parts)


def salient(sentences: Sequence[str]) -> NDArray[np.float64]:
    """The salience of sentences, for `excerpt`."""
    return salience(sentences)
