"""What the tests of the screen share: events of a turn, and the text they leave in the scrollback."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from deskhand.context.message import Text, ToolCall, ToolResult, Usage
from deskhand.host.events import (
    Event,
    ModelFinished,
    ModelStarted,
    TextDelta,
    ToolFinished,
    ToolRequested,
    ToolStarted,
    TurnFinished,
    TurnStarted,
)
from deskhand.terminal.render import Renderer
from deskhand.terminal.screen import LiveScreen, StillScreen
from deskhand.terminal.shown_calls import ShownCalls

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def text_of(
    events: Iterable[Event],
    *,
    width: int = 60,
    echo: bool = False,
    trace: bool = False,
    calls: ShownCalls | None = None,
) -> str:
    """What stays on the screen, without colours."""
    out = StringIO()
    console = Console(file=out, width=width, height=30, color_system=None)
    Renderer(StillScreen(console), echo=echo, trace=trace, calls=calls, now=lambda: NOON).replay(events)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def live_output(events: Iterable[Event], *, height: int = 30) -> str:
    """Every byte a terminal would get, with a drawing after each event."""
    out = StringIO()
    console = Console(file=out, width=60, height=height, force_terminal=True, color_system=None, legacy_windows=False)
    screen = LiveScreen(console)
    renderer = Renderer(screen, now=lambda: NOON)
    with screen.live():
        for event in events:
            renderer.show(event)
            renderer.tick()
    return out.getvalue()


def started(text: str = "question") -> list[Event]:
    return [
        TurnStarted(at=NOON, conversation="c", turn="t", text=text),
        ModelStarted(at=NOON, step=1, model="scripted/x"),
    ]


def finished(text: str = "", **changes: object) -> list[Event]:
    usage = Usage(input_tokens=1_200, output_tokens=30)
    fields: dict[str, object] = {
        "at": NOON + timedelta(seconds=2.5),
        "turn": "t",
        "outcome": "done",
        "text": text,
        "usage": usage,
        "steps": 1,
        **changes,
    }
    return [
        ModelFinished(at=NOON, step=1, usage=usage, reason="stop"),
        TurnFinished.model_validate(fields),
    ]


def deltas(text: str, size: int) -> list[Event]:
    return [TextDelta(at=NOON, text=text[start : start + size]) for start in range(0, len(text), size)]


def call(call_id: str = "1", name: str = "multiply", **arguments: str) -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments=dict(arguments))


def requested(tool_call: ToolCall, server: str = "deskhand") -> list[Event]:
    return [
        ToolRequested(at=NOON, call=tool_call, server=server, title=tool_call.name),
        ToolStarted(at=NOON, call_id=tool_call.id, arguments=tool_call.arguments or {}),
    ]


def over(tool_call: ToolCall, text: str, **changes: object) -> Event:
    result = ToolResult(call_id=tool_call.id, name=tool_call.name, content=(Text(text=text),))
    fields: dict[str, object] = {
        "at": NOON,
        "call_id": tool_call.id,
        "result": result,
        "milliseconds": 12,
        "outcome": "ok",
        **changes,
    }
    return ToolFinished.model_validate(fields)
