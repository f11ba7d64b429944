"""A conversation as text to keep or to read: JSON that can be read back, Markdown for people."""

import json
from collections.abc import Iterable, Mapping, Sequence

from deskhand.context.message import Block, Image, Message, Text, ToolCall, ToolResult
from deskhand.store.conversations import ConversationRow, StoredMessage, StoredOutput
from deskhand.store.receipts import StoredReceipt

FORMAT = 1
"""The version of the format of `whole`, on each line."""

_SPEAKERS = {"user": "You", "assistant": "Assistant", "system": "System", "tool": "Tool"}


def json_lines(messages: Iterable[Message]) -> str:
    """One message per line; `Message.model_validate_json` reads a line back."""
    return "".join(message.model_dump_json() + "\n" for message in messages)


def json_document(messages: Iterable[Message]) -> str:
    """One JSON document: an array of the messages, one in a line."""
    return "[\n" + ",\n".join(message.model_dump_json() for message in messages) + "\n]\n"


def markdown(title: str, messages: Iterable[Message]) -> str:
    """The conversation under its title, with calls and results as fenced blocks."""
    return f"# {title}\n\n" + "\n".join(map(_section, messages))


def whole(
    row: ConversationRow,
    messages: Sequence[StoredMessage],
    outputs: Sequence[StoredOutput],
    receipts: Sequence[StoredReceipt],
    turns: Mapping[str, str],
) -> list[str]:
    """All that is kept of a conversation as lines of JSON, without their ends: what it is, then what it holds.

    `turns` are what its turns looked like, by the last message the person said in each.
    """
    places = {one.id: one.position for one in messages}
    return [
        _line(row.id, about=_about(row)),
        *(
            _line(row.id, position=one.position, moved_out=one.moved_out, message=json.loads(one.body))
            for one in messages
        ),
        *(_line(row.id, output={"handle": one.handle, "source": one.source, "text": one.text}) for one in outputs),
        *(_line(row.id, taken_back=one.taken_back, receipt=json.loads(one.body)) for one in receipts),
        *(
            _line(row.id, turn=turn, turn_record=json.loads(turns[turn]))
            for turn in sorted(turns, key=lambda turn: (places.get(turn, len(places) + 1), turn))
        ),
    ]


def _about(row: ConversationRow) -> dict[str, str | None]:
    return {
        "title": row.title,
        "created": row.created.isoformat(),
        "updated": row.updated.isoformat(),
        "branched_from": row.branched_from,
        "superseded_by": row.superseded_by,
    }


def _line(conversation: str, **record: object) -> str:
    """Stands alone: it says of which conversation it is."""
    return json.dumps({"deskhand_conversation": FORMAT, "conversation": conversation, **record}, ensure_ascii=False)


def _section(message: Message) -> str:
    mark = ", interrupted" if message.metadata.interrupted else ""
    when = message.metadata.timestamp.isoformat(timespec="seconds")
    blocks = "\n\n".join(map(_block, message.content))
    return f"## {_SPEAKERS[message.role]} ({when}{mark})\n\n{blocks}\n"


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return block.text
    if isinstance(block, Image):
        return f"[picture, {block.mime_type}]"
    if isinstance(block, ToolCall):
        arguments = block.raw if block.arguments is None else json.dumps(block.arguments, ensure_ascii=False, indent=2)
        return f"Call of `{block.name}`:\n\n{_fenced(arguments, 'json')}"
    return _result(block)


def _result(result: ToolResult) -> str:
    outcome = "Error" if result.is_error else "Result"
    text = "\n".join(_block(part) for part in result.content)
    return f"{outcome} of `{result.source or result.name}`:\n\n{_fenced(text, '')}"


def _fenced(text: str, language: str) -> str:
    """A code block whose fence is longer than any run of backticks inside (CommonMark 0.31, section 4.5)."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
