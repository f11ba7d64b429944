"""What the strictest servers insist on in a conversation: whatever passes here passes everywhere.

Anthropic's rules are of its API reference (tool results right after their calls and first in their message) and of
Bedrock, which still wants users and assistants in turn; those for OpenAI's format are of the chat templates of Mistral
and Gemma, which vLLM and llama.cpp apply: one system message, first; then user, assistant, user …, tools aside.
"""

from collections.abc import Iterable
from typing import Any

Fields = dict[str, Any]


def anthropic_complaint(body: Fields, *, counting: bool) -> str:
    """Why Anthropic refuses a request; empty when it does not."""
    extra = {"max_tokens", "stream"}.intersection(body) if counting else set[str]()
    if extra:
        return f"{min(extra)}: Extra inputs are not permitted"
    messages: list[Fields] = body["messages"]
    if not all(message["content"] for message in messages):
        return "messages: text content blocks must be non-empty"
    return _not_in_turn(message["role"] for message in messages) or _unpaired(messages)


def openai_complaint(body: Fields) -> str:
    """Why a strict chat template refuses a request; empty when it does not."""
    messages: list[Fields] = body["messages"]
    start = 1 if messages and messages[0]["role"] == "system" else 0
    return _not_in_turn(_speakers(messages[start:])) or _unanswered(messages)


def _not_in_turn(roles: Iterable[str]) -> str:
    for expected, role in zip(_ALTERNATING, roles, strict=False):
        if role != expected:
            return f"Conversation roles must alternate user/assistant/user/assistant/..., not {role}"
    return ""


_ALTERNATING = ("user", "assistant") * 5_000


def _speakers(messages: list[Fields]) -> Iterable[str]:
    """The roles without what belongs to calls: the results, and the answer that goes on after them."""
    before = ""
    for message in messages:
        if message["role"] != "tool" and not (message["role"] == "assistant" and before == "tool"):
            yield message["role"]
        before = message["role"]


def _unpaired(messages: list[Fields]) -> str:
    """Anthropic: each `tool_use` has its `tool_result` at the beginning of the next message, and no other has one."""
    asked: list[str] = []
    for message in messages:
        blocks: list[Fields] = message["content"]
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        leading = [block["tool_use_id"] for block in blocks[: len(results)] if block["type"] == "tool_result"]
        if sorted(leading) != sorted(asked):
            return f"tool_use ids were found without tool_result blocks immediately after: {asked}, {results}"
        asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
    return f"tool_use without tool_result: {asked}" if asked else ""


def _unanswered(messages: list[Fields]) -> str:
    """OpenAI: each of `tool_calls` has its tool message before anything else comes, and no other has one."""
    open_calls: list[str] = []
    end: Fields = {"role": "end"}
    for message in [*messages, end]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            return f"tool_call_ids did not have response messages: {open_calls}"
        else:
            open_calls = [call["id"] for call in message.get("tool_calls", ())]
    return ""
