"""What a recall answers: the best hits first, short ones whole, long ones as the passage that was found."""

import json
from collections.abc import Mapping, Sequence

from deskhand.context.message import Message, Text, ToolCall, ToolResult
from deskhand.context.message_index import MessageHit
from deskhand.context.passages import passage_text
from deskhand.context.recall import one_each, weighed
from deskhand.context.tokens import estimate
from deskhand.toolsets.conversations.results import Recalled, RecalledMessage, message_uri

WHOLE = 300
"""Tokens up to which a message comes back whole."""
_PASSAGE_CHARACTERS = 900
_SCORE_DIGITS = 3


def recalled(
    conversation: str, hits: Sequence[MessageHit], messages: Mapping[int, Message], max_tokens: int, limit: int
) -> Recalled:
    """As many of the messages in `hits` as `limit` and `max_tokens` (of the answer as JSON) allow, best first."""
    found: list[RecalledMessage] = []
    there = one_each(weighed(hits, messages))
    left = max_tokens
    for hit in there[:limit]:
        one = _one(conversation, hit, messages[hit.position])
        cost = estimate(one.model_dump_json())
        if cost > left:
            break
        left -= cost
        found.append(one)
    while True:
        answer = Recalled(messages=tuple(found), more=len(there) - len(found))
        if not found or max(estimate(answer.model_dump_json()), estimate(answer.text())) <= max_tokens:
            return answer
        found.pop()


def _one(conversation: str, hit: MessageHit, message: Message) -> RecalledMessage:
    return RecalledMessage(
        id=message.id,
        role=message.role,
        content=_content(conversation, hit, message),
        when=message.metadata.timestamp.isoformat(timespec="seconds"),
        score=round(hit.score, _SCORE_DIGITS),
    )


def _content(conversation: str, hit: MessageHit, message: Message) -> str:
    whole = said(message)
    if estimate(whole) <= WHOLE:
        return whole
    part = passage_text(message, hit.passage) if hit.passage is not None else whole
    return f"… {part[:_PASSAGE_CHARACTERS]} … (whole: {message_uri(conversation, message.id)})"


def said(message: Message) -> str:
    """All that a message says as one text: calls as `name {arguments}`, results as `name: text`."""
    parts: list[str] = []
    for block in message.content:
        if isinstance(block, Text):
            parts.append(block.text)
        elif isinstance(block, ToolCall):
            written = block.raw if block.arguments is None else json.dumps(block.arguments, ensure_ascii=False)
            parts.append(f"{block.name} {written}")
        elif isinstance(block, ToolResult):
            shown = [part.text if isinstance(part, Text) else "[a picture]" for part in block.content]
            parts.append(f"{block.name}: " + "\n".join(shown))
        else:
            parts.append("[a picture]")
    return "\n".join(parts)
