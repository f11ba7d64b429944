"""A message: a role, content blocks, and metadata. The one shape that models, conversations and screens share."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

Role = Literal["system", "user", "assistant", "tool"]
Priority = Literal["low", "normal", "high", "pinned"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """Plain text."""

    type: Literal["text"] = "text"
    text: str


class Image(_Frozen):
    """A picture, base64 in `data`."""

    type: Literal["image"] = "image"
    data: str
    mime_type: str


class ToolCall(_Frozen):
    """The model asks for a tool. `arguments` is None when what the model sent was not a JSON object: see `raw`."""

    type: Literal["tool_call"] = "tool_call"
    id: str
    name: str
    arguments: dict[str, JsonValue] | None
    raw: str = ""
    """The argument text exactly as the model wrote it."""


class ToolResult(_Frozen):
    """What a tool call gave. `source` says who answered (`server/tool`), so that nothing read is taken for an order."""

    type: Literal["tool_result"] = "tool_result"
    call_id: str
    name: str
    content: tuple[Annotated[Text | Image, Field(discriminator="type")], ...]
    is_error: bool = False
    source: str = ""
    handle: str | None = None
    """Where the whole output is kept when `content` shows only a part: `read_output` pages it."""


Block = Annotated[Text | Image | ToolCall | ToolResult, Field(discriminator="type")]


class Usage(_Frozen):
    """Tokens as the provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()


class Metadata(_Frozen):
    """What is known about a message besides its content."""

    timestamp: Annotated[datetime, AfterValidator(_aware)] = Field(default_factory=_now)
    """One without a zone is taken for this machine's."""
    language: str | None = None
    """BCP 47 tag, when known."""
    priority: Priority = "normal"
    reasoning: str | None = None
    """The model's reasoning text; kept for the record, not shown to the model again unless the provider asks."""
    reasoning_signature: str | None = None
    usage: Usage | None = None
    model: str | None = None
    interrupted: bool = False
    """The turn was cancelled or failed while this was being written: the text is partial."""
    dialect: str | None = None
    """The provider's format in which a client sent it, where that matters for showing it again."""
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    """What else came with it: kept and given back, never interpreted."""


def new_id() -> str:
    """A fresh message or conversation id."""
    return uuid4().hex


class Message(_Frozen):
    """One message of a conversation. Immutable, so that what was derived from it can be kept by its id."""

    role: Role
    content: tuple[Block, ...]
    id: str = Field(default_factory=new_id)
    metadata: Metadata = Field(default_factory=Metadata)

    @property
    def text(self) -> str:
        """All text blocks, joined."""
        return "\n".join([block.text for block in self.content if isinstance(block, Text)])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of an assistant message."""
        return tuple([block for block in self.content if isinstance(block, ToolCall)])


def user(text: str) -> Message:
    """A user message with plain text."""
    return Message(role="user", content=(Text(text=text),))


def system(text: str) -> Message:
    """A system message."""
    return Message(role="system", content=(Text(text=text),))
