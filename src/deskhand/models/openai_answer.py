"""The chunks of a streamed chat completion, made into ModelEvents."""

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from deskhand.context.message import Usage
from deskhand.models.model import Finished, ModelEvent, ReasoningDelta, TextDelta, ToolCallReady
from deskhand.models.tool_calls import ToolCallDrafts

_REASONING_KEYS = ("reasoning_content", "reasoning")
"""DeepSeek, llama.cpp and vLLM say the first; Ollama, OpenRouter and newer vLLM the second."""

FinishReason = Literal["stop", "tool_calls", "length", "refused"]
_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "content_filter": "refused",
    "blacklist": "refused",  # GigaChat
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


class OpenAIAnswer:
    """Collects one answer. `reasoning_key` tells which field the endpoint streams its reasoning in."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.reasoning_key: str | None = None
        self._drafts = ToolCallDrafts(names)
        self._reason: str | None = None
        self._usage = Usage()
        self._model = ""

    @property
    def finished(self) -> bool:
        """Whether a finish reason came."""
        return self._reason is not None

    def take(self, chunk: Mapping[str, object]) -> Iterator[ModelEvent]:
        """What this chunk adds."""
        self._model = str(chunk.get("model") or self._model)
        if usage := _fields(chunk.get("usage")):
            self._usage = _usage(usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            return
        choice = _fields(cast("list[object]", choices)[0])
        # `message` instead of `delta` is the answer of a server that does not stream.
        yield from self._delta(_fields(choice.get("delta") or choice.get("message")))
        if choice.get("finish_reason"):
            self._reason = str(choice["finish_reason"])

    def _delta(self, delta: Mapping[str, object]) -> Iterator[ModelEvent]:
        for key in _REASONING_KEYS:
            if isinstance(text := delta.get(key), str) and text:
                self.reasoning_key = key
                yield ReasoningDelta(text)
                break
        for key in ("content", "refusal"):
            if isinstance(text := delta.get(key), str) and text:
                yield TextDelta(text)
        pieces = delta.get("tool_calls")
        if isinstance(pieces, list):
            for piece in cast("list[object]", pieces):
                self._drafts.add(_fields(piece))
        if isinstance(delta.get("function_call"), dict):  # the form before tool_calls, still GigaChat's
            self._drafts.add({"index": 0, "function": delta["function_call"]})

    def end(self) -> Iterator[ModelEvent]:
        """The tool calls and the `Finished` that ends every answer."""
        calls = self._drafts.calls()
        for call in calls:
            yield ToolCallReady(call)
        reason = _REASONS.get(self._reason or "stop", "stop")
        if calls and reason == "stop":
            reason = "tool_calls"  # Ollama says "stop" either way
        elif not calls and reason == "tool_calls":
            reason = "stop"
        yield Finished(reason, self._usage, self._model)


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _usage(usage: Mapping[str, object]) -> Usage:
    details = _fields(usage.get("prompt_tokens_details"))
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
