"""What a conversation looks like: the pieces that events fold into. Each is one HTML element, drawn by a template."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from deskhand.context.message import ToolCall, ToolResult, Usage
from deskhand.host import events
from deskhand.host.event import HostEvent
from deskhand.web.results import Part

Outcome = Literal["ok", "error", "denied", "cancelled", "unknown_tool", "bad_arguments"]
Ending = Literal["done", "cancelled", "failed", "step_limit", "cut"]
CardState = Literal["waiting", "asking", "running", "over"]

MOST_DRAWN = 200_000
"""Characters that are drawn of what is said, thought or answered at once. A page of its own has the whole of a turn."""

TEMPLATES: Mapping[type[HostEvent], str] = {
    events.TurnStarted: "pieces/turn.html",
    events.ModelStarted: "pieces/waiting.html",
    events.TextDelta: "pieces/block.html",
    events.ReasoningDelta: "pieces/thought.html",
    events.PartialDiscarded: "events/partial_discarded.html",
    events.Retrying: "events/retrying.html",
    events.ModelFinished: "pieces/answer.html",
    events.ToolRequested: "pieces/calls.html",
    events.ApprovalAsked: "pieces/card.html",
    events.ApprovalGiven: "pieces/card.html",
    events.ToolStarted: "pieces/card.html",
    events.ToolProgress: "pieces/card.html",
    events.ElicitationAsked: "events/elicitation_asked.html",
    events.ElicitationAnswered: "events/elicitation_answered.html",
    events.ToolFinished: "pieces/card.html",
    events.ContextMeasured: "events/context_measured.html",
    events.ContextCompacted: "events/context_compacted.html",
    events.ContextRestored: "events/context_restored.html",
    events.ContextRecalled: "events/context_recalled.html",
    events.MessagePinned: "events/message_pinned.html",
    events.ConnectionChanged: "events/connection_changed.html",
    events.DefinitionChanged: "events/definition_changed.html",
    events.ResourceChanged: "console/watch.html",
    events.MemoryChanged: "events/memory_changed.html",
    events.Frame: "inspector/row.html",
    events.Notice: "events/notice.html",
    events.TurnFinished: "pieces/end.html",
}
"""What draws what an event brings, for every kind: what becomes a piece of its own, and what is a line as it is."""


@dataclass(eq=False)
class Piece:
    """One element: `id` is the same in every replay of the same events, `into` is the container it goes to."""

    id: str
    into: str

    @property
    def template(self) -> str:
        """What draws it."""
        return f"pieces/{type(self).__name__.lower()}.html"

    def within(self) -> Iterator[str]:
        """The ids of all that is drawn with it, or once was: older versions of these are out of date."""
        for piece in self._inner():
            yield piece.id
            yield from piece.within()

    def _inner(self) -> Sequence["Piece"]:
        return ()


@dataclass(eq=False)
class Attached:
    """A resource that went along with a message."""

    server: str
    uri: str
    text: str


@dataclass(eq=False)
class Turn(Piece):
    """From what the person said to the finished answer; holds the other pieces."""

    conversation: str
    turn: str
    at: datetime
    pieces: list[Piece] = field(default_factory=list[Piece])
    former: set[str] = field(default_factory=set[str])
    """Ids of pieces that were taken out."""

    def remove(self, piece: Piece) -> None:
        """Take a piece out."""
        self.pieces.remove(piece)
        self.former.add(piece.id)

    def within(self) -> Iterator[str]:
        """Those that were taken out, too."""
        yield from self.former
        yield from super().within()

    def _inner(self) -> Sequence[Piece]:
        return self.pieces


@dataclass(eq=False)
class Said(Piece):
    """What the person said, what they attached to it, and what can be done with it when the turn is over."""

    conversation: str
    turn: str
    text: str
    """The beginning, where it is long."""
    at: datetime
    left_out: int = 0
    """Characters of the text that are not drawn."""
    attached: tuple[Attached, ...] = ()
    pictures: tuple[Part, ...] = ()
    """Those that went along, and in words those that cannot be shown."""
    running: bool = True


@dataclass(eq=False)
class Answer(Piece):
    """What one request to the model brought as text: finished blocks, then the one that still grows.

    A long one ends with what takes the place of its rest.
    """

    conversation: str
    turn: str
    pieces: list["Block | Rest"] = field(default_factory=list["Block | Rest"])

    @property
    def is_cut(self) -> bool:
        """Whether only its beginning is drawn."""
        return any(isinstance(piece, Rest) for piece in self.pieces)

    def _inner(self) -> Sequence[Piece]:
        return self.pieces


@dataclass(eq=False)
class Block(Piece):
    """One block of Markdown. `open`: it may still grow."""

    text: str
    open: bool = False
    discarded: bool = False
    """The stream was cut: this text does not count."""


@dataclass(eq=False)
class Rest(Piece):
    """In place of what is not drawn of a long answer."""

    conversation: str
    turn: str
    left_out: int = 0
    """Characters that are not drawn."""
    kept: bool = False
    """Whether the answer is complete, and its whole can be read."""


@dataclass(eq=False)
class Thought(Piece):
    """The model's reasoning."""

    text: str = ""
    left_out: int = 0
    """Characters of it that are not drawn."""
    over: bool = False


@dataclass(eq=False)
class Calls(Piece):
    """Tool calls made in parallel; holds their cards."""

    pieces: list["Card"] = field(default_factory=list["Card"])

    def _inner(self) -> Sequence[Piece]:
        return self.pieces


@dataclass(eq=False)
class Card(Piece):
    """One tool call, from the request to its outcome."""

    conversation: str
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
    not_called: bool = False
    """Whether it is known that a call that was cancelled never went out."""
    result: ToolResult | None = None
    milliseconds: float = 0
    decision: events.ApprovalGiven | None = None
    """How it was allowed or denied."""

    @property
    def share(self) -> int | None:
        """Percent of what the server said there is to do; None where it did not say."""
        return percent(self.done, self.total)


def percent(done: float, total: float | None) -> int | None:
    """How far it is, from 0 to 100, whatever numbers a server sends; None where it did not say of how much."""
    return round(100 * min(1.0, max(0.0, done / total))) if total and total > 0 else None


@dataclass(eq=False)
class Note(Piece):
    """One event that is a line of its own: drawn by the template of its kind."""

    event: events.Event
    conversation: str = ""

    @property
    def template(self) -> str:
        """That of the event's kind."""
        return TEMPLATES[type(self.event)]


@dataclass(eq=False)
class Waiting(Piece):
    """The model was asked and has not begun to answer; gone when it has."""

    model: str
    gone: bool = False


@dataclass(eq=False)
class End(Piece):
    """How a turn ended, what it took, and what can be done with the answer. `cut`: the process ended before it did."""

    conversation: str
    turn: str
    outcome: Ending
    error: str
    usage: Usage
    steps: int
    seconds: float
    answer: str = ""
    """The id of the last answer, if there is one and the page has all of it."""
