"""Events of conversations for the tests of the page: what happens in a turn, at noon of one day."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from deskhand.context.message import Block, Image, Message, Text, ToolCall, ToolResult, Usage
from deskhand.host import events
from deskhand.web.attached import pictures_in
from deskhand.web.pieces import Card, Outcome, Piece
from deskhand.web.scene import Scene

NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=2.5)
USAGE = Usage(input_tokens=1_200, output_tokens=30)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def started(text: str = "What is 6 x 7?", turn: str = "t1", attached: Sequence[str] = ()) -> list[events.Event]:
    """The person said something, and the model is asked."""
    begun = events.TurnStarted(at=NOON, conversation="c1", turn=turn, text=text, attached=tuple(attached))
    return [begun, asked()]


def asked(step: int = 1) -> events.Event:
    """A request to the model."""
    return events.ModelStarted(at=NOON, step=step, model="scripted")


def deltas(text: str, size: int = 10_000) -> list[events.Event]:
    """A text in pieces of this size."""
    return [events.TextDelta(at=NOON, text=text[at : at + size]) for at in range(0, len(text), size)]


def answered(text: str, size: int = 10_000) -> list[events.Event]:
    """A text, complete."""
    return [*deltas(text, size), complete()]


def complete(step: int = 1) -> events.Event:
    """An answer of the model is complete."""
    return events.ModelFinished(at=NOON, step=step, usage=USAGE, reason="stop")


def call(number: str = "1", name: str = "multiply", **arguments: JsonValue) -> ToolCall:
    """A call."""
    return ToolCall(id=number, name=name, arguments=arguments)


def requested(*calls: ToolCall, server: str = "deskhand") -> list[events.Event]:
    """Calls that the model makes in parallel."""
    return [events.ToolRequested(at=NOON, call=one, server=server, title="Multiply") for one in calls]


def running(one: ToolCall) -> events.Event:
    """A call went out."""
    return events.ToolStarted(at=NOON, call_id=one.id, arguments=one.arguments or {})


def progress(one: ToolCall, done: float, total: float | None, message: str | None = None) -> events.Event:
    """How far it is."""
    return events.ToolProgress(at=NOON, call_id=one.id, done=done, total=total, message=message)


def result(one: ToolCall, *content: str | Image, handle: str | None = None, is_error: bool = False) -> ToolResult:
    """What a tool gave."""
    blocks = tuple(Text(text=part) if isinstance(part, str) else part for part in content)
    return ToolResult(
        call_id=one.id, name=one.name, content=blocks, source="deskhand/multiply", handle=handle, is_error=is_error
    )


def over(one: ToolCall, *content: str | Image, outcome: Outcome = "ok", handle: str | None = None) -> events.Event:
    """A call is over."""
    whole = result(one, *content, handle=handle, is_error=outcome != "ok")
    return events.ToolFinished(at=NOON, call_id=one.id, result=whole, milliseconds=12, outcome=outcome)


def finished(
    turn: str = "t1", outcome: Literal["done", "cancelled", "failed", "step_limit"] = "done", error: str = ""
) -> events.Event:
    """The end of a turn."""
    return events.TurnFinished(at=LATER, turn=turn, outcome=outcome, text="", usage=USAGE, steps=1, error=error)


def scene_of(happened: Sequence[events.Event], *along: Block) -> Scene:
    """The scene after these events; `along` went with the message of the first turn."""
    scene = Scene()
    scene.attach("t1", pictures_in(Message(role="user", content=(*along, Text(text="What is 6 x 7?")))))
    for event in happened:
        scene.take(event)
    return scene


def flat(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces with all that they hold, in the order they are drawn."""
    return [each for piece in pieces for each in (piece, *flat(getattr(piece, "pieces", ())))]


def cards(scene: Scene) -> list[Card]:
    """All cards of a scene."""
    return [piece for piece in flat(scene.turns) if isinstance(piece, Card)]


def simple(text: str = "It is **42**.", turn: str = "t1") -> list[events.Event]:
    """A question and its answer."""
    return [*started(turn=turn), *answered(text), finished(turn)]
