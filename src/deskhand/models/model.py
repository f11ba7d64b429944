"""The Model protocol: what the turn loop needs of an LLM, and nothing more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, runtime_checkable

from pydantic import JsonValue

from deskhand.context.message import Message, ToolCall, Usage
from deskhand.errors import DeskhandError, LimitExceeded, Unavailable


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it."""

    name: str
    description: str
    parameters: dict[str, JsonValue]
    """JSON Schema of the arguments object."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the model: everything it sees."""

    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's reasoning; `signature` must be given back to providers that sign it."""

    text: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallReady:
    """The model asks for a tool; the arguments are complete (or broken: `call.arguments` is None)."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete."""

    reason: Literal["stop", "tool_calls", "length", "refused"]
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    """The model's name as the provider reports it."""


ModelEvent = TextDelta | ReasoningDelta | ToolCallReady | Finished
"""What a model streams. A complete stream ends with exactly one `Finished`."""


class Model(Protocol):
    """An LLM. `stream` is used as `async with model.stream(request) as events: async for event in events: …`.

    Leaving the context cancels the request. Errors, before or inside the stream:

    - `Overloaded` (429, 5xx, refused connection): retry after `retry_after` seconds
    - `StreamCut`: the stream ended before `Finished`; the partial answer must be discarded and re-issued
    - `ContextOverflow`: the request does not fit; shorten it
    - `ModelFailed`: anything else the provider answers; retrying does not help
    """

    @property
    def name(self) -> str:
        """`provider/model`, as shown to people."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens that fit, input and output together."""
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[ModelEvent]]:
        """Ask the model."""
        ...

    async def aclose(self) -> None:
        """Close the connections; the model cannot be asked any more. Whoever made the model calls this."""
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """A Model whose provider counts the tokens of a request without answering it."""

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of the request as the provider counts them; None when it does not say, or not in time."""
        ...


@runtime_checkable
class KnowsOthers(Protocol):
    """A Model whose provider has told what else it has."""

    @property
    def others(self) -> Sequence[str]:
        """Names of models of this provider, without asking it again."""
        ...


class Overloaded(Unavailable):
    """The model's provider is busy or does not answer."""

    code = "model_overloaded"


class StreamCut(Unavailable):
    """The model's answer was cut off."""

    code = "stream_cut"


class ContextOverflow(LimitExceeded):
    """The conversation does not fit into the model's context window."""

    code = "context_overflow"


class ModelFailed(DeskhandError):
    """The model's provider refused the request."""

    code: ClassVar[str] = "model_failed"
