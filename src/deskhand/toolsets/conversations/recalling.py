"""What a recall answers: the best hits first, short ones whole, long ones as the passage that was found."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from deskhand.context.message import Message, Text, ToolCall, ToolResult
from deskhand.context.message_index import MessageHit
from deskhand.context.passages import passage_text
from deskhand.context.recall import one_each, weighed
from deskhand.context.tokens import estimate
from deskhand.toolsets.conversations.archive import Read
from deskhand.toolsets.conversations.finding import Found
from deskhand.toolsets.conversations.results import Recalled, RecalledMessage, message_uri

WHOLE = 300
"""Tokens up to which a message comes back whole."""
_PASSAGE_CHARACTERS = 900
_LEAST_CHARACTERS = 20
BEGINNING = 4_000
"""Characters of the beginning of a long message, where that stands for it."""
_SCORE_DIGITS = 3


def recalled(
    conversation: str, search: Found, messages: Mapping[int, Message], max_tokens: int, limit: int
) -> Recalled:
    """As many of the messages found as `limit` and `max_tokens` (of the answer as JSON) allow, best first.

    What is too large for what is left is skipped, but for the best: of that comes what fits.
    """
    there = one_each(weighed(search.hits, messages))
    found: list[RecalledMessage] = []

    def answer(*also: RecalledMessage) -> Recalled:
        told = (*found, *also)
        return Recalled(messages=told, more=len(there) - len(told), note=search.note)

    left = max_tokens - _cost(answer())
    for hit in there:
        if len(found) == limit:
            break
        one = _one(conversation, hit, messages[hit.position])
        if not found:
            one = next((cut for cut in _cuts(one) if _cost(answer(cut)) <= max_tokens), None)
        cost = estimate(one.model_dump_json()) if one else 0
        if one and (cost <= left or not found):
            left -= cost
            found.append(one)
    while len(found) > 1 and _cost(answer()) > max_tokens:  # together they take a little more than each alone
        found.pop()
    return answer()


def _cost(answer: Recalled) -> int:
    return max(estimate(answer.model_dump_json()), estimate(answer.text()))


def _cuts(one: RecalledMessage) -> Iterator[RecalledMessage]:
    """A message, then less and less of it; its id still says where the whole is."""
    yield one
    characters = len(one.content)
    while characters > _LEAST_CHARACTERS:
        characters = characters * 2 // 3
        yield one.model_copy(update={"content": f"{one.content[:characters]}…"})


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


def beginning(conversation: str, message: Message) -> str:
    """The first part of what a message says, and where the whole is."""
    return f"{said(message)[:BEGINNING]} … (whole: {message_uri(conversation, message.id)})"


def begun(conversation: str, read: Read) -> Read:
    """The message as it is, or, of a long one without calls and results, the beginning."""
    message = read.message
    if message.role == "tool" or message.tool_calls or len(message.text) <= 2 * BEGINNING:
        return read
    short = Text(text=beginning(conversation, message))
    return replace(read, message=message.model_copy(update={"content": (short,)}))


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
