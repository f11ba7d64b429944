"""A Request as the body of OpenAI's chat-completions call, joined from cached fragments.

Source: OpenAI API reference, "Create chat completion"; the dialects of Ollama, llama.cpp, vLLM and LM Studio.
"""

from collections.abc import Container, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, is_
from typing import NamedTuple

from deskhand.context.message import Image, Message, Text, ToolResult
from deskhand.models.fragments import Fragments, MessageFragments, ToolFragment, encode, schema_of
from deskhand.models.history import UNSHOWN, current_turn, leading_system, paired, system_note
from deskhand.models.model import Request, ToolSpec
from deskhand.models.tool_calls import arguments_to_send, wire_name

_RULE = rb"\n\n---\n\n"
_ASSISTANT = b'{"role":"assistant"'
_TEXT_PART = b'{"type":"text","text":%b}'


class _Piece(NamedTuple):
    """A message's share of one on the wire: its content, and the fields beside it; of results, the messages."""

    role: str
    content: bytes
    fields: bytes = b""


class OpenAIRequest:
    """Encodes requests for one model. `limit_key` is how the endpoint calls the limit on output tokens."""

    def __init__(self, model: str, limit_key: str = "max_tokens") -> None:
        self.limit_key = limit_key
        self.reasoning_key: str | None = None
        """The field the endpoint streams reasoning in, once seen: it wants the reasoning of this turn back in it."""
        self._model = model
        self._messages = MessageFragments()
        self._tools = ToolFragment(_tool)
        self._past: Sequence[Message] = ()
        self._past_wire: list[bytes] = []

    def body(self, request: Request, max_output_tokens: int) -> bytes:
        """The JSON body."""
        parts = [
            b'{"model":' + encode(self._model),
            b'"messages":[' + b",".join(self._wire_messages(request)) + b"]",
            b'"stream":true,"stream_options":{"include_usage":true}',
            encode(self.limit_key) + b":" + encode(max_output_tokens),
        ]
        if request.tools:
            parts.append(b'"tools":' + self._tools.get(request.tools))
        self._messages.retain(request.messages)
        return b",".join(parts) + b"}"

    def _wire_messages(self, request: Request) -> list[bytes]:
        messages = request.messages
        lead, turn = leading_system(messages), current_turn(messages)
        wire: list[bytes] = []
        if lead:  # many chat templates take one system message, and only as the first
            wire.append(encode({"role": "system", "content": "\n\n".join(m.text for m in messages[:lead])}))
        start = _open_from(messages, lead, turn)
        in_turn = {message.id for message in messages[turn:]}
        said = [*self._turns_before(messages[lead:start]), *self._encoded(messages[start:], in_turn)]
        if said and said[0].startswith(_ASSISTANT):
            wire.append(encode({"role": "user", "content": UNSHOWN}))
        return wire + said

    def _turns_before(self, messages: Sequence[Message]) -> list[bytes]:
        """The turns that are over, joined once: between two requests they rarely change, and then only at their end."""
        known = len(self._past)
        # A user's message after an answer begins a turn: nothing that goes together stands on both sides of it.
        grown = known <= len(messages) and (known == len(messages) or messages[known].role == "user")
        if not grown or not all(map(is_, self._past, messages)):
            known, self._past_wire = 0, []
        added = self._encoded(messages[known:], ())
        if added:
            self._past_wire = [b",".join([*self._past_wire, *added])]
        self._past = messages
        return self._past_wire

    def _encoded(self, messages: Sequence[Message], in_turn: Container[str]) -> list[bytes]:
        """The messages on the wire, neighbours of one role as one: chat templates want users and assistants in turn.

        Those whose ids are `in_turn`, which is still going on, come with their reasoning.
        """
        return [
            b",".join(piece.content for piece in group) if role == "tool" else _one(role, list(group))
            for role, group in groupby(self._pieces(messages, in_turn), key=attrgetter("role"))
        ]

    def _pieces(self, messages: Sequence[Message], in_turn: Container[str]) -> Iterator[_Piece]:
        pictures: list[_Piece] = []
        for message in paired(messages):
            if pictures and message.role != "tool":
                yield from pictures
                pictures = []
            with_reasoning = self.reasoning_key is not None and message.id in in_turn
            content, extra = self._messages.get(message, with_reasoning, self._build)
            if message.role == "tool":
                yield _Piece("tool", content)
                pictures += [_Piece("user", extra)] if extra else []
            elif content or extra:
                yield _Piece("assistant" if message.role == "assistant" else "user", content, extra)
        yield from pictures

    def _build(self, message: Message, with_reasoning: bool) -> Fragments:
        """Content and further fields of a message; of results, whole messages, and the content of one for the pictures.

        (Tool messages carry text only.)
        """
        if message.role == "tool":
            return _results(message)
        if message.role == "system":
            return encode(system_note(message)), b""
        if message.role == "user":
            return encode(_user_content(message)), b""
        return self._assistant(message, with_reasoning)

    def _assistant(self, message: Message, with_reasoning: bool) -> Fragments:
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": wire_name(call.name),
                    "arguments": encode(arguments_to_send(call)).decode(),
                },
            }
            for call in message.tool_calls
        ]
        if not calls and not message.text:
            return b"", b""  # an answer that was cancelled before its first word
        fields: dict[str, object] = {"tool_calls": calls} if calls else {}
        if with_reasoning and self.reasoning_key and message.metadata.reasoning:
            fields[self.reasoning_key] = message.metadata.reasoning
        return encode(message.text) if message.text else b"", b"," + encode(fields)[1:-1] if fields else b""


def _open_from(messages: Sequence[Message], lead: int, turn: int) -> int:
    """Where what is not over begins: after the last answer that a user's message follows, before the current turn."""
    for position in range(turn - 1, lead, -1):
        if messages[position].role == "user" and _is_answer(messages[position - 1]):
            return position
    return lead


def _is_answer(message: Message) -> bool:
    return message.role == "assistant" and bool(message.text) and not message.tool_calls


def _one(role: str, pieces: Sequence[_Piece]) -> bytes:
    """A message of neighbours. Only the last of them can have calls, or their results would stand in between."""
    contents = [piece.content for piece in pieces if piece.content]
    content = _joined(contents) if contents else b"null"
    return b'{"role":"' + role.encode() + b'","content":' + content + pieces[-1].fields + b"}"


def _joined(contents: Sequence[bytes]) -> bytes:
    """JSON texts with a rule between them, or, where there are pictures, all their parts in one list."""
    if len(contents) == 1:
        return contents[0]
    if all(content.startswith(b'"') for content in contents):
        return b'"' + _RULE.join(content[1:-1] for content in contents) + b'"'
    parts = (content[1:-1] if content.startswith(b"[") else _TEXT_PART % content for content in contents)
    return b"[" + b",".join(parts) + b"]"


def _tool(tool: ToolSpec) -> object:
    function = {"name": wire_name(tool.name), "description": tool.description, "parameters": schema_of(tool)}
    return {"type": "function", "function": function}


def _user_content(message: Message) -> object:
    if not any(isinstance(block, Image) for block in message.content):
        return message.text
    return [_part(block) for block in message.content if isinstance(block, Text | Image)]


def _part(block: Text | Image) -> object:
    if isinstance(block, Text):
        return {"type": "text", "text": block.text}
    return {"type": "image_url", "image_url": {"url": f"data:{block.mime_type};base64,{block.data}"}}


def _results(message: Message) -> Fragments:
    main: list[bytes] = []
    pictures: list[object] = []
    for result in message.content:
        if not isinstance(result, ToolResult):
            continue
        images = [block for block in result.content if isinstance(block, Image)]
        text = "\n".join(block.text for block in result.content if isinstance(block, Text))
        if images:
            text = f"{text}\n({len(images)} image(s) follow in the next message.)".lstrip()
            pictures += [_part(Text(text=f"From the result of {result.name}:")), *map(_part, images)]
        main.append(encode({"role": "tool", "tool_call_id": result.call_id, "content": text}))
    return b",".join(main), encode(pictures) if pictures else b""
