"""A Request as the body of OpenAI's chat-completions call, joined from cached fragments.

Source: OpenAI API reference, "Create chat completion"; the dialects of Ollama, llama.cpp, vLLM and LM Studio.
"""

from collections.abc import Sequence
from operator import is_

from deskhand.context.message import Image, Message, Text, ToolResult
from deskhand.models.fragments import Fragments, MessageFragments, ToolFragment, encode, schema_of
from deskhand.models.history import current_turn, leading_system, paired, system_note
from deskhand.models.model import Request, ToolSpec
from deskhand.models.tool_calls import arguments_to_send, wire_name


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
        start = max(lead, turn - 1)
        return [*wire, *self._turns_before(messages[lead:start]), *self._encoded(messages[start:], current=True)]

    def _turns_before(self, messages: Sequence[Message]) -> list[bytes]:
        """The turns that are over, joined once: between two requests they rarely change, and then only at their end."""
        known = len(self._past)
        # A user's message begins a turn, so neither calls nor pictures reach from one side of it to the other.
        grown = known <= len(messages) and (known == len(messages) or messages[known].role == "user")
        if not grown or not all(map(is_, self._past, messages)):
            known, self._past_wire = 0, []
        added = self._encoded(messages[known:], current=False)
        if added:
            self._past_wire = [b",".join([*self._past_wire, *added])]
        self._past = messages
        return self._past_wire

    def _encoded(self, messages: Sequence[Message], *, current: bool) -> list[bytes]:
        """Each message on the wire; those of the `current` turn, behind its user message, with their reasoning."""
        with_reasoning = current and self.reasoning_key is not None
        wire: list[bytes] = []
        pictures: list[bytes] = []
        for message in paired(messages):
            if pictures and message.role != "tool":
                wire += pictures
                pictures = []
            main, extra = self._messages.get(message, with_reasoning, self._build)
            if main:
                wire.append(main)
            if extra:
                pictures.append(extra)
        return wire + pictures

    def _build(self, message: Message, with_reasoning: bool) -> Fragments:
        """The message itself, and a user message with the pictures of its results (tool messages carry text only)."""
        if message.role == "tool":
            return _results(message)
        if message.role == "system":
            return encode({"role": "user", "content": system_note(message)}), b""
        if message.role == "user":
            return encode({"role": "user", "content": _user_content(message)}), b""
        return self._assistant(message, with_reasoning), b""

    def _assistant(self, message: Message, with_reasoning: bool) -> bytes:
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
            return b""  # an answer that was cancelled before its first word
        wire: dict[str, object] = {"role": "assistant", "content": message.text or None}
        if calls:
            wire["tool_calls"] = calls
        if with_reasoning and self.reasoning_key and message.metadata.reasoning:
            wire[self.reasoning_key] = message.metadata.reasoning
        return encode(wire)


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
    return b",".join(main), encode({"role": "user", "content": pictures}) if pictures else b""
