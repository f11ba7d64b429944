"""Tool calls on the wire: names that every provider takes, and calls put together from the pieces that arrive."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import NoReturn, cast
from uuid import uuid4

from pydantic import JsonValue

from deskhand.context.message import ToolCall
from deskhand.models.model import ToolSpec

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What OpenAI and Anthropic take as a tool's name; MCP also allows dots and slashes, and more of them."""


@lru_cache(maxsize=4096)
def wire_name(name: str) -> str:
    """`name` as providers take it; a name that had to change ends in a hash, so two never meet."""
    if _NAME.fullmatch(name):
        return name
    digest = sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:55] + "_" + digest


def own_names(tools: Iterable[ToolSpec]) -> dict[str, str]:
    """From wire name back to the tool's own name."""
    return {wire_name(tool.name): tool.name for tool in tools}


def parse_arguments(raw: str) -> dict[str, JsonValue] | None:
    """The arguments object in `raw`: nothing at all means no arguments, None means it is not a JSON object."""
    if raw.strip() in ("", "null"):
        return {}
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, JsonValue]", value) if isinstance(value, dict) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def arguments_to_send(call: ToolCall) -> dict[str, JsonValue]:
    """Arguments to give back to the provider, always an object: broken text is wrapped so that the model sees it."""
    return call.arguments if call.arguments is not None else {"invalid_json": call.raw}


@dataclass(slots=True)
class _Draft:
    id: str
    name: str = ""
    pieces: list[str] = field(default_factory=list[str])

    @property
    def raw(self) -> str:
        return "".join(self.pieces)


class ToolCallDrafts:
    """Puts streamed calls together.

    The rule is OpenAI's: a piece belongs to the call of its `index`. Servers break it: index 0 for every call
    (Ollama), no index, no id, a new id in every piece (vLLM), the whole call in one piece, arguments as an object.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._drafts: list[_Draft] = []
        self._by_index: dict[int, _Draft] = {}

    def add(self, piece: Mapping[str, object]) -> None:
        """Take one element of `delta.tool_calls`."""
        function = piece.get("function")
        fields = cast("dict[str, object]", function) if isinstance(function, dict) else {}
        index = piece.get("index")
        name, call_id = str(fields.get("name") or ""), str(piece.get("id") or "")
        draft = self._draft(index if isinstance(index, int) else None, call_id, name)
        draft.name = draft.name or name
        draft.id = draft.id or call_id
        arguments = fields.get("arguments")
        if arguments is not None:
            draft.pieces.append(arguments if isinstance(arguments, str) else json.dumps(arguments))

    def _draft(self, index: int | None, call_id: str, name: str) -> _Draft:
        current = self._current(index, call_id, name)
        if current is None or self._starts_another(current, call_id, name):
            current = _Draft(call_id)
            self._drafts.append(current)
        if index is not None:
            self._by_index[index] = current
        return current

    def _current(self, index: int | None, call_id: str, name: str) -> _Draft | None:
        if index is not None:
            return self._by_index.get(index)
        if call_id:
            known = next((draft for draft in self._drafts if draft.id == call_id), None)
            return known if known is not None or name else self._last()
        return None if name else self._last()

    def _last(self) -> _Draft | None:
        return self._drafts[-1] if self._drafts else None

    @staticmethod
    def _starts_another(current: _Draft, call_id: str, name: str) -> bool:
        if not name:
            return False
        if call_id and current.id:
            return call_id != current.id
        return bool(current.pieces) and bool(current.raw) and parse_arguments(current.raw) is not None

    def calls(self) -> list[ToolCall]:
        """The calls, complete, in the order they began. Missing and repeated ids are replaced."""
        seen: set[str] = set()
        calls: list[ToolCall] = []
        for draft in self._drafts:
            call_id = draft.id if draft.id and draft.id not in seen else f"call_{uuid4().hex[:24]}"
            seen.add(call_id)
            name = self._names.get(draft.name, draft.name)
            calls.append(ToolCall(id=call_id, name=name, arguments=parse_arguments(draft.raw), raw=draft.raw))
        return calls
