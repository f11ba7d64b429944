"""What a conversation looks like: the pieces that events fold into. Each is one HTML element, drawn by a template."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import JsonValue

from deskhand.context.message import ToolCall, ToolResult, Usage
from deskhand.host import events

Outcome = Literal["ok", "error", "denied", "cancelled", "unknown_tool", "bad_arguments"]
CardState = Literal["waiting", "asking", "running", "over"]


@dataclass
class Piece:
    """One element: `id` is the same in every replay of the same events, `into` is the container it goes to."""

    id: str
    into: str
    template: ClassVar[str]


@dataclass
class Turn(Piece):
    """From what the person said to the finished answer; holds the other pieces."""

    template = "pieces/turn.html"
    text: str
    at: datetime
    pieces: list[Piece] = field(default_factory=list[Piece])


@dataclass
class Answer(Piece):
    """What one request to the model brought as text: finished blocks, then the one that still grows."""

    template = "pieces/answer.html"
    pieces: list[Piece] = field(default_factory=list[Piece])


@dataclass
class Block(Piece):
    """One block of Markdown. `open`: it may still grow."""

    template = "pieces/block.html"
    text: str
    open: bool = False
    discarded: bool = False
    """The stream was cut: this text does not count."""


@dataclass
class Thought(Piece):
    """The model's reasoning."""

    template = "pieces/thought.html"
    text: str = ""
    over: bool = False


@dataclass
class Calls(Piece):
    """Tool calls made in parallel; holds their cards."""

    template = "pieces/calls.html"
    pieces: list[Piece] = field(default_factory=list[Piece])


@dataclass
class Card(Piece):
    """One tool call, from the request to its outcome."""

    template = "pieces/card.html"
    call: ToolCall
    server: str
    title: str
    arguments: dict[str, JsonValue] | None
    state: CardState = "waiting"
    started: datetime | None = None
    done: float = 0
    total: float | None = None
    message: str = ""
    outcome: Outcome = "ok"
    result: ToolResult | None = None
    milliseconds: float = 0
    decision: events.ApprovalGiven | None = None
    """How it was allowed or denied."""


@dataclass
class Note(Piece):
    """One event that is a line of its own: drawn by the template of its kind."""

    template = "pieces/note.html"
    event: events.Event


@dataclass
class Waiting(Piece):
    """The model was asked and has not begun to answer; gone when it has."""

    template = "pieces/waiting.html"
    model: str
    gone: bool = False


@dataclass
class End(Piece):
    """How a turn ended and what it took."""

    template = "pieces/end.html"
    outcome: Literal["done", "cancelled", "failed", "step_limit"]
    error: str
    usage: Usage
    steps: int
    seconds: float
