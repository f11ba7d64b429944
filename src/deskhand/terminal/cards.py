"""A tool call as a card: what was called where, how far it is, what came of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Literal

from pydantic import JsonValue
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deskhand.context.message import ToolCall, ToolResult
from deskhand.terminal.printable import arguments_line, one_line, printable
from deskhand.terminal.result_text import first_rows, result_lines

Outcome = Literal["ok", "error", "denied", "cancelled", "unknown_tool", "bad_arguments"]

WIDEST = 100
"""Columns; a card on a wide screen is easier to read when it is not as wide."""
RESULT_ROWS = 8
"""Rows of a result that a card shows; `/result` shows all."""
COUNTED = 2_000
"""Lines of a result that a card lays out to say how many there are."""
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

_LOOK: dict[str, tuple[str, str, str]] = {
    "ok": ("✓", "green", "done"),
    "error": ("✗", "red", "the tool reports an error"),
    "denied": ("⊘", "yellow", "not allowed"),
    "cancelled": ("⊘", "yellow", "cancelled"),
    "unknown_tool": ("✗", "red", "there is no such tool"),
    "bad_arguments": ("✗", "red", "the arguments were not valid"),
}
"""Mark, colour and words of each outcome."""


@dataclass
class Card:
    """One call, from the request to its outcome."""

    call: ToolCall
    server: str
    title: str
    number: int | None = None
    """What `/result` calls it by; None where nobody can type that."""
    arguments: dict[str, JsonValue] | None = field(init=False)
    state: Literal["waiting", "asking", "running", "over"] = "waiting"
    started: datetime | None = None
    done: float = 0
    total: float | None = None
    message: str = ""
    outcome: Outcome = "ok"
    result: ToolResult | None = None
    milliseconds: float = 0
    _lines: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.arguments = self.call.arguments

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state == "over"

    @property
    def name(self) -> str:
        """The tool and who offers it."""
        return " · ".join(filter(None, (one_line(self.call.name, 60), one_line(self.server, 40))))

    def finish(self, outcome: Outcome, result: ToolResult | None = None, milliseconds: float = 0) -> None:
        """It is over."""
        self.state, self.outcome, self.result, self.milliseconds = "over", outcome, result, milliseconds
        self._lines = list(islice(result_lines(result, brief=True), COUNTED)) if result else []
        if result is not None and not self.server:
            self.server = result.source.partition("/")[0]

    def rows(self, width: int = WIDEST, more: str = "") -> list[str]:
        """The first lines of the result, safe to print; the last row says how much is missing, and `more` where."""
        rows, rest = first_rows(self._lines, width, RESULT_ROWS)
        over = "over " if len(self._lines) == COUNTED else ""
        return [*rows, f"… {over}{rest:,} more {'line' if rest == 1 else 'lines'}{more}"] if rest else rows

    def summary(self) -> str:
        """One line for where there are no cards."""
        return f"{_LOOK[self.outcome][0]} {self.name}: {self.ending()}"

    def ending(self) -> str:
        """What came of it, how long it took where that is known, and how to see all of it."""
        took = seconds(self.milliseconds) if self.milliseconds else ""
        return " · ".join(filter(None, (_LOOK[self.outcome][2], took, self.command())))

    def command(self) -> str:
        """What shows the whole result."""
        return f"/result {self.number}" if self.number else ""


@dataclass(frozen=True, slots=True)
class _ResultRows:
    """The first rows of a card's result, as wide as the card."""

    card: Card
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        more = f" · {self.card.command()} shows all" if self.card.number else ""
        yield from (Text(row, style=self.style) for row in self.card.rows(options.max_width, more))


def drawn(card: Card, now: datetime) -> RenderableType:
    """The card as it looks now."""
    parts: list[RenderableType] = []
    arguments = arguments_line(card.arguments, card.call.raw)
    if arguments:
        parts.append(Text(arguments, style="dim"))
    if card.over:
        mark, colour, _ = _LOOK[card.outcome]
        style = colour if card.outcome == "error" else ""
        parts.append(_ResultRows(card, style))
        title = Text.assemble((f"{mark} ", colour), (card.name, "bold"))
        return panel(parts, title, card.ending(), colour)
    parts.append(_activity(card, now))
    return panel(parts, Text(card.name, style="bold"), "", "cyan")


def pending(what: str, now: datetime) -> Text:
    """A line that moves while something is awaited."""
    return Text.assemble((spinner(now), "cyan"), (f" {one_line(what)}", "dim"))


def spinner(now: datetime) -> str:
    """The frame of the spinner that belongs to this moment."""
    return FRAMES[int(now.timestamp() * 10) % len(FRAMES)]


def seconds(milliseconds: float) -> str:
    """A duration for people."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def full_arguments(arguments: dict[str, JsonValue] | None, raw: str) -> list[str]:
    """Every argument, whole, for a person who is to agree to them: `name: value`, long text on lines of its own."""
    if arguments is None:
        return printable(raw).split("\n")
    lines: list[str] = []
    for key, value in arguments.items():
        text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, indent=2)
        shown = printable(text).rstrip("\n").split("\n")
        lines += [f"{one_line(key, 60)}: {shown[0]}"] if len(shown) == 1 else [f"{one_line(key, 60)}:"]
        lines += [f"  {line}" for line in shown] if len(shown) > 1 else []
    return lines


def panel(parts: Sequence[RenderableType], title: Text, subtitle: str, colour: str) -> RenderableType:
    """A card: parts under a title, no wider than is easy to read."""
    framed = Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=Text(subtitle, style="dim") if subtitle else None,
        subtitle_align="right",
        border_style=colour,
        box=box.ROUNDED,
    )
    return Constrain(framed, WIDEST)


def _activity(card: Card, now: datetime) -> RenderableType:
    if card.state == "asking":
        return Text("waiting for your answer", style="yellow")
    if card.state == "waiting" or card.started is None:
        return Text("waiting", style="dim")
    elapsed = f"{max(0.0, (now - card.started).total_seconds()):.1f} s"
    row = Table.grid(padding=(0, 1))
    cells: list[RenderableType] = [Text(spinner(now), style="cyan"), Text(elapsed, style="dim")]
    if card.total:
        share = min(1.0, max(0.0, card.done / card.total))
        cells += [ProgressBar(total=1, completed=share, width=30), Text(f"{share:4.0%}")]
    elif card.done:
        cells.append(Text(f"{card.done:g}"))
    row.add_row(*cells, Text(one_line(card.message, 80), overflow="ellipsis", no_wrap=True))
    return row
