"""The events of a streamed Anthropic message, made into ModelEvents.

Source: Anthropic docs, "Streaming messages"; unknown event and block types are skipped, as it asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from pydantic import JsonValue

from deskhand.context.message import ToolCall, Usage
from deskhand.models.anthropic_request import pack_thinking
from deskhand.models.model import Finished, ModelEvent, ReasoningDelta, TextDelta, ToolCallReady
from deskhand.models.tool_calls import parse_arguments

_REASONS: dict[str, Literal["stop", "tool_calls", "length", "refused"]] = {
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}


@dataclass(slots=True)
class _Open:
    """A content block that is being written."""

    start: Mapping[str, object]
    pieces: list[str] = field(default_factory=list[str])
    signature: str = ""


class AnthropicAnswer:
    """Collects one answer. `model` is the name that was asked for; thinking can only go back to it."""

    def __init__(self, model: str, names: Mapping[str, str]) -> None:
        self._asked_model = model
        self._names = names
        self._open: dict[int, _Open] = {}
        self._thinking: list[tuple[int, dict[str, object]]] = []
        self._others = 0
        self._reason: str | None = None
        self._usage: dict[str, int] = {}
        self._model = ""

    @property
    def finished(self) -> bool:
        """Whether a stop reason came."""
        return self._reason is not None

    def take(self, event: Mapping[str, object]) -> Iterator[ModelEvent]:
        """What this event adds."""
        index = event.get("index")
        place = index if isinstance(index, int) else 0
        match event.get("type"):
            case "message_start":
                message = _fields(event.get("message"))
                self._model = str(message.get("model") or "")
                self._count(_fields(message.get("usage")))
            case "content_block_start":
                self._open[place] = _Open(_fields(event.get("content_block")))
                yield from self._begin(self._open[place])
            case "content_block_delta" if place in self._open:
                yield from self._delta(self._open[place], _fields(event.get("delta")))
            case "content_block_stop" if place in self._open:
                yield from self._close(self._open.pop(place))
            case "message_delta":
                self._reason = str(_fields(event.get("delta")).get("stop_reason") or "") or self._reason
                self._count(_fields(event.get("usage")))
            case _:
                pass

    def _begin(self, block: _Open) -> Iterator[ModelEvent]:
        if text := block.start.get("text"):
            block.pieces.append(str(text))
            yield TextDelta(str(text))

    def _delta(self, block: _Open, delta: Mapping[str, object]) -> Iterator[ModelEvent]:
        match delta.get("type"):
            case "text_delta":
                block.pieces.append(str(delta.get("text") or ""))
                yield TextDelta(block.pieces[-1])
            case "thinking_delta":
                block.pieces.append(str(delta.get("thinking") or ""))
                yield ReasoningDelta(block.pieces[-1])
            case "signature_delta":
                block.signature += str(delta.get("signature") or "")
            case "input_json_delta":
                block.pieces.append(str(delta.get("partial_json") or ""))
            case _:
                pass

    def _close(self, block: _Open) -> Iterator[ModelEvent]:
        text = "".join(block.pieces)
        match block.start.get("type"):
            case "thinking":
                signature = block.signature or str(block.start.get("signature") or "")
                self._keep({"type": "thinking", "thinking": text, "signature": signature})
            case "redacted_thinking":
                self._keep(dict(block.start))
            case "tool_use":
                self._others += 1
                yield ToolCallReady(self._call(block.start, text))
            case "text" if text.strip():
                self._others += 1
            case _:
                pass

    def _keep(self, thinking: dict[str, object]) -> None:
        self._thinking.append((self._others, thinking))

    def _call(self, start: Mapping[str, object], raw: str) -> ToolCall:
        name = str(start.get("name") or "")
        arguments = parse_arguments(raw) if raw else cast("dict[str, JsonValue]", _fields(start.get("input")))
        return ToolCall(id=str(start.get("id") or ""), name=self._names.get(name, name), arguments=arguments, raw=raw)

    def _count(self, usage: Mapping[str, object]) -> None:
        self._usage |= {key: value for key, value in usage.items() if isinstance(value, int)}

    def end(self) -> Iterator[ModelEvent]:
        """The signature of the thinking, and the `Finished` that ends every answer."""
        if self._thinking:
            yield ReasoningDelta("", pack_thinking(self._asked_model, iter(self._thinking)))
        # Anthropic counts what its cache held apart from `input_tokens`.
        cached = self._usage.get("cache_read_input_tokens", 0)
        written = self._usage.get("cache_creation_input_tokens", 0)
        usage = Usage(
            input_tokens=self._usage.get("input_tokens", 0) + cached + written,
            output_tokens=self._usage.get("output_tokens", 0),
            cached_tokens=cached,
        )
        yield Finished(_REASONS.get(self._reason or "", "stop"), usage, self._model)


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
