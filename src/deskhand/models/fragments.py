"""JSON that is encoded once: a request is joined from the bytes of its messages instead of dumped anew.

A turn of a long conversation sends the same messages again and again; encoding them dominates the host's CPU.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence

from deskhand.context.message import Message
from deskhand.models.model import ToolSpec

Fragments = tuple[bytes, ...]
"""The parts a message becomes on the wire; what each is, the adapter decides."""

_SLACK = 50  # messages; so that looking through what is kept is rare


def encode(value: object) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate, which UTF-8 cannot carry, becomes `?`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class MessageFragments:
    """Encoded messages by id and variant, the least recently used dropped beyond `max_bytes`."""

    def __init__(self, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, bool], tuple[Message, Fragments, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, message: Message, variant: bool, build: Callable[[Message, bool], Fragments]) -> Fragments:
        """The fragments of `message`, built on first sight. A shortened copy with the same id is built anew."""
        key = (message.id, variant)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is message:
            self._kept.move_to_end(key)
            return kept[1]
        fragments = build(message, variant)
        self._keep(key, message, fragments)
        return fragments

    def retain(self, messages: Sequence[Message]) -> None:
        """Forget messages that are not among these (they were moved out), once they are most of what is kept."""
        if len(self._kept) <= 2 * len(messages) + _SLACK:
            return
        current = {message.id for message in messages}
        for key in [key for key in self._kept if key[0] not in current]:
            self._bytes -= self._kept.pop(key)[2]

    def _keep(self, key: tuple[str, bool], message: Message, fragments: Fragments) -> None:
        replaced = self._kept.pop(key, None)
        size = sum(map(len, fragments))
        self._kept[key] = (message, fragments, size)
        self._bytes += size - (replaced[2] if replaced else 0)
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][2]


class ToolFragment:
    """The encoded tool list, kept while the tools are the same objects in the same order."""

    def __init__(self, build: Callable[[ToolSpec], object]) -> None:
        self._build = build
        self._tools: tuple[ToolSpec, ...] = ()
        self._encoded = b"[]"

    def get(self, tools: Sequence[ToolSpec]) -> bytes:
        """A JSON array."""
        same = len(tools) == len(self._tools) and all(map(_is, tools, self._tools))
        if not same:
            self._tools = tuple(tools)
            self._encoded = encode([self._build(tool) for tool in tools])
        return self._encoded


def _is(one: object, other: object) -> bool:
    return one is other


def schema_of(tool: ToolSpec) -> dict[str, object]:
    """The tool's parameters as providers insist on them: an object with properties."""
    return {"type": "object", "properties": {}, **tool.parameters}
