"""How OpenAI and Anthropic put an answer, an error and an overflow on the wire: the server's side of their APIs."""

import json
from collections.abc import Iterator
from typing import Any, Protocol, cast

from starlette.responses import JSONResponse, Response

from deskhand.models.script import Situation, Step

Fields = dict[str, Any]


def event_line(value: object) -> str:
    """One event without a name."""
    return f"data: {json.dumps(value)}\n\n"


class Dialect(Protocol):
    """How one provider says it."""

    def error(self, status: int, kind: str, message: str) -> Response: ...

    def overflow(self) -> Response: ...

    def late_error(self, message: str) -> str: ...

    def answer(self, step: Step) -> Iterator[str]: ...

    def end(self, step: Step) -> Iterator[str]: ...


class OpenAIDialect:
    def error(self, status: int, kind: str, message: str) -> Response:
        return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)

    def overflow(self) -> Response:
        message = "This model's maximum context length is 8192 tokens. However, your messages resulted in more."
        error = {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}
        return JSONResponse({"error": error}, 400)

    def late_error(self, message: str) -> str:
        return event_line({"error": {"message": message, "type": "server_error", "code": None}})

    def answer(self, step: Step) -> Iterator[str]:
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in step.pieces(step.reasoning):
            yield self._chunk({"reasoning_content": piece})
        for piece in step.pieces(step.text):
            yield self._chunk({"content": piece})

    def end(self, step: Step) -> Iterator[str]:
        for index, call in enumerate(step.calls):
            function = {"name": call.name, "arguments": ""}
            opening = {"index": index, "id": call.id or f"call_{index}", "type": "function", "function": function}
            yield self._chunk({"tool_calls": [opening]})
            raw = json.dumps(call.arguments) if call.raw is None else call.raw
            for piece in step.pieces(raw):
                yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        finish = step.finish or ("tool_calls" if step.calls else "stop")
        yield self._chunk({}, "content_filter" if finish == "refused" else finish)
        usage: Fields = {"prompt_tokens": 1, "completion_tokens": 1}
        if step.usage is not None:
            cached = {"cached_tokens": step.usage.cached_tokens}
            usage = {
                "prompt_tokens": step.usage.input_tokens,
                "completion_tokens": step.usage.output_tokens,
                "prompt_tokens_details": cached,
            }
        yield event_line({"id": "chatcmpl-1", "model": "scripted", "choices": [], "usage": usage})
        yield "data: [DONE]\n\n"

    @staticmethod
    def _chunk(delta: Fields, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event_line(
            {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}
        )


class AnthropicDialect:
    def error(self, status: int, kind: str, message: str) -> Response:
        return JSONResponse({"type": "error", "error": {"type": kind, "message": message}}, status)

    def overflow(self) -> Response:
        return self.error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")

    def late_error(self, message: str) -> str:
        return self._event("error", error={"type": "overloaded_error", "message": message})

    def answer(self, step: Step) -> Iterator[str]:
        usage: Fields = {"input_tokens": 1, "output_tokens": 1}
        if step.usage is not None:
            fresh = step.usage.input_tokens - step.usage.cached_tokens
            usage = {"input_tokens": fresh, "cache_read_input_tokens": step.usage.cached_tokens, "output_tokens": 1}
        yield self._event("message_start", message={"model": "scripted", "content": [], "usage": usage})
        yield self._event("ping")
        if step.reasoning:
            yield from self._block(0, {"type": "thinking", "thinking": ""}, "thinking", step.pieces(step.reasoning))
        if step.text:
            yield from self._block(1, {"type": "text", "text": ""}, "text", step.pieces(step.text))

    def end(self, step: Step) -> Iterator[str]:
        for index, call in enumerate(step.calls, start=2):
            block: Fields = {"type": "tool_use", "id": call.id or f"toolu_{index}", "name": call.name, "input": {}}
            raw = json.dumps(call.arguments) if call.raw is None else call.raw
            yield from self._block(index, block, "partial_json", step.pieces(raw))
        finish = step.finish or ("tool_calls" if step.calls else "stop")
        reasons = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "refused": "refusal"}
        output = step.usage.output_tokens if step.usage else 1
        yield self._event("message_delta", delta={"stop_reason": reasons[finish]}, usage={"output_tokens": output})
        yield self._event("message_stop")

    def _block(self, index: int, block: Fields, key: str, pieces: list[str]) -> Iterator[str]:
        kind = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}[key]
        yield self._event("content_block_start", index=index, content_block=block)
        for piece in pieces:
            yield self._event("content_block_delta", index=index, delta={"type": kind, key: piece})
        if key == "thinking":
            signed = {"type": "signature_delta", "signature": "signed-by-the-script"}
            yield self._event("content_block_delta", index=index, delta=signed)
        yield self._event("content_block_stop", index=index)

    @staticmethod
    def _event(kind: str, **fields: object) -> str:
        return f"event: {kind}\n" + event_line({"type": kind, **fields})


OPENAI = OpenAIDialect()
ANTHROPIC = AnthropicDialect()


def situation_of(messages: list[Fields]) -> Situation:
    """What the script sees of either provider's messages."""
    last = next((message for message in reversed(messages) if message["role"] != "system"), {"role": "user"})
    content: Any = last.get("content") or ""
    blocks: list[Fields] = [{"text": content}] if isinstance(content, str) else content
    is_tool = last["role"] == "tool" or any(block.get("type") == "tool_result" for block in blocks)
    return Situation(_texts(blocks), "tool" if is_tool else "user", lambda: len(json.dumps(messages)))


def _texts(blocks: list[Fields]) -> str:
    texts: list[str] = []
    for block in blocks:
        inner: Any = block.get("content")
        if isinstance(inner, list):
            texts.append(_texts(cast("list[Fields]", inner)))
        elif text := block.get("text") or inner:
            texts.append(str(text))
    return "\n".join(texts)
