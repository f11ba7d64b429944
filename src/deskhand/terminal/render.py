"""Events in, what a person sees out. It only consumes: events stored and shown again give the same text."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import singledispatchmethod

from rich.console import RenderableType
from rich.constrain import Constrain
from rich.text import Text

from deskhand.context.message import Usage
from deskhand.host import events
from deskhand.host.blocks import blocks_of, split
from deskhand.terminal.cards import WIDEST, Card, drawn, panel, pending
from deskhand.terminal.context_lines import COMPACTED_HINT, context_line
from deskhand.terminal.frames import frame_line
from deskhand.terminal.markdown import block
from deskhand.terminal.memory_lines import change_line
from deskhand.terminal.printable import one_line, printable
from deskhand.terminal.screen import Screen
from deskhand.terminal.shown_calls import ShownCalls

QUIET_STATES = {"connecting", "closed"}
"""Of a connection: on the way to something that will be said."""
_LEVELS = {"info": "dim", "warning": "yellow", "error": "red"}
_STATES = {
    "connecting": "dim",
    "ready": "green",
    "healing": "yellow",
    "failed": "red",
    "closed": "dim",
    "needs_sign_in": "yellow",
}


class Renderer:
    """Draws the events of a conversation, in order.

    `echo` repeats what the user said, for a replay: in a chat the prompt has left it on the screen. `trace` shows
    every JSON-RPC message too; it can be switched while running. `calls` numbers the cards, for `/result`.
    """

    def __init__(
        self,
        screen: Screen,
        *,
        echo: bool = False,
        trace: bool = False,
        calls: ShownCalls | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.trace = trace
        self._screen = screen
        self._calls = calls
        self._echo = echo
        self._now = now
        self._text = ""
        self._reasoning = ""
        self._cards: dict[str, Card] = {}
        self._awaited = ""
        self._began: datetime | None = None

    def replay(self, stored: Iterable[events.Event]) -> None:
        """Draw events from a store."""
        for event in stored:
            self.show(event)

    def tick(self) -> None:
        """Draw what moves: spinners, times, and text that came since the last tick."""
        now = self._now()
        parts: list[RenderableType] = [drawn(card, now) for card in self._cards.values()]
        if self._text.strip():
            parts.append(_readable(block(self._text)))
        elif self._reasoning:
            parts.append(Text(one_line(self._reasoning[-WIDEST:], WIDEST), style="dim italic"))
        if self._awaited and not self._cards and not self._text:
            parts.append(pending(self._awaited, now))
        self._screen.show(parts)

    def show(self, event: events.Event) -> None:
        """Take one event."""
        self._take(event)

    @singledispatchmethod
    def _take(self, event: events.Event) -> None:
        raise TypeError(f"No place for {type(event).__name__}.")

    # -- the turn ---------------------------------------------------------------------------------

    @_take.register
    def _(self, event: events.TurnStarted) -> None:
        self._began = event.at
        self._screen.keep(Text(f"› {printable(event.text)}\n" if self._echo else "", style="bold"))

    @_take.register
    def _(self, event: events.ModelStarted) -> None:
        self._settle()
        self._awaited = event.model
        self.tick()

    @_take.register
    def _(self, event: events.TextDelta) -> None:
        self._text += event.text
        if "\n" not in event.text:
            return
        finished, self._text = split(self._text)
        for each in finished:
            self._keep(_readable(block(each)))

    @_take.register
    def _(self, event: events.ReasoningDelta) -> None:
        self._reasoning += event.text

    @_take.register
    def _(self, event: events.PartialDiscarded) -> None:
        if self._text.strip():
            self._keep(Text(printable(self._text).strip(), style="dim strike"))
        self._text = self._reasoning = ""
        self._keep(Text(f"↺ The answer was cut off ({one_line(event.reason)}). It begins again.", style="yellow"))

    @_take.register
    def _(self, event: events.Retrying) -> None:
        wait = f"trying again in {event.delay:.1f} s (attempt {event.attempt})"
        self._keep(Text(f"↺ {one_line(event.reason)}: {wait}", style="yellow"))

    @_take.register
    def _(self, event: events.ModelFinished) -> None:
        self._flush_text()
        self.tick()

    @_take.register
    def _(self, event: events.TurnFinished) -> None:
        self._flush_text()
        for card in self._cards.values():
            if not card.over:
                card.finish("cancelled")
        self._settle()
        self._awaited = ""
        ending = _ending(event)
        if ending is not None:
            self._keep(ending)
        self._keep(Text(_cost(event, self._began), style="dim"))
        self._screen.show(())

    # -- tools ------------------------------------------------------------------------------------

    @_take.register
    def _(self, event: events.ToolRequested) -> None:
        self._flush_text()
        number = self._calls.add(event.call) if self._calls is not None else None
        self._cards[event.call.id] = Card(event.call, event.server, event.title, number)
        self.tick()

    @_take.register
    def _(self, event: events.ApprovalAsked) -> None:
        for call in event.calls:
            if call.id in self._cards:
                self._cards[call.id].state = "asking"
        self.tick()

    @_take.register
    def _(self, event: events.ApprovalGiven) -> None:
        card = self._cards.get(event.call_id)
        if card is not None and card.state == "asking":
            card.state = "waiting"

    @_take.register
    def _(self, event: events.ToolStarted) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.state, card.started, card.arguments = "running", event.at, event.arguments
        self.tick()

    @_take.register
    def _(self, event: events.ToolProgress) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.done, card.total, card.message = event.done, event.total, event.message or ""

    @_take.register
    def _(self, event: events.ToolFinished) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.finish(event.outcome, event.result, event.milliseconds)
        self._settle_if_over()
        self.tick()

    @_take.register
    def _(self, event: events.MemoryChanged) -> None:
        self._cards.pop(event.call_id, None)  # the line says what its card would
        self._keep(Text(change_line(event), style="dim"))
        self._settle_if_over()

    @_take.register
    def _(self, event: events.ElicitationAnswered) -> None:
        words = {"accept": "answered", "decline": "declined", "cancel": "cancelled"}[event.action]
        self._keep(Text(f"The question of {one_line(event.server)} was {words}.", style="dim"))

    # -- around the turn --------------------------------------------------------------------------

    @_take.register
    def _(self, event: events.ContextCompacted) -> None:
        self._keep(Text.assemble((context_line(event), "yellow"), (f" · {COMPACTED_HINT}", "dim")))

    @_take.register
    def _(self, event: events.ContextRestored | events.ContextRecalled | events.MessagePinned) -> None:
        self._keep(Text(context_line(event), style="dim"))

    @_take.register
    def _(self, event: events.ConnectionChanged) -> None:
        if event.state not in QUIET_STATES:
            self._keep(connection_line(event))

    @_take.register
    def _(self, event: events.DefinitionChanged) -> None:
        self._keep(changed_definition(event.server, event.tool, event.diff))

    @_take.register
    def _(self, event: events.ResourceChanged) -> None:
        self._keep(Text(f"{one_line(event.uri)} changed ({one_line(event.server)})", style="dim"))

    @_take.register
    def _(self, event: events.Frame) -> None:
        if self.trace:
            self._screen.keep(frame_line(event))

    @_take.register
    def _(self, event: events.Notice) -> None:
        self._keep(Text(printable(event.text), style=_LEVELS[event.level]))

    @_take.register
    def _(self, event: events.ElicitationAsked | events.ContextMeasured) -> None:
        """Shown elsewhere: the question by the form that asks it, the measures by `/context` and below the prompt."""

    # -- inside -----------------------------------------------------------------------------------

    def _keep(self, part: RenderableType) -> None:
        self._screen.keep(part, Text(""))

    def _flush_text(self) -> None:
        """What was streamed is complete: it goes to the scrollback."""
        text, self._text, self._reasoning = self._text, "", ""
        for each in blocks_of(text):
            self._keep(_readable(block(each)))

    def _settle_if_over(self) -> None:
        if all(card.over for card in self._cards.values()):
            self._settle()

    def _settle(self) -> None:
        """The cards are over: they go to the scrollback, in the order of the calls."""
        cards, self._cards = self._cards, {}
        if cards:
            now = self._now()
            self._screen.keep(*(drawn(card, now) for card in cards.values()), Text(""))


def connection_line(event: events.ConnectionChanged) -> Text:
    """What became of a connection, on one line."""
    state = event.state.replace("_", " ")
    detail = f"  {one_line(event.detail)}" if event.detail else ""
    return Text.assemble(("● ", _STATES[event.state]), f"{one_line(event.server)}: {state}", (detail, "dim"))


def changed_definition(server: str, tool: str, diff: str) -> RenderableType:
    """A tool that is no longer what the person agreed to, as a diff."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = [Text(line, style=colours.get(line[:1], "dim")) for line in printable(diff).split("\n")]
    title = Text(f"{one_line(tool)} of {one_line(server)} changed: it is not used until you agree", style="bold yellow")
    return panel(lines, title, "", "yellow")


def _readable(part: RenderableType) -> RenderableType:
    return Constrain(part, WIDEST)


def _ending(event: events.TurnFinished) -> Text | None:
    if event.outcome == "cancelled":
        return Text("⊘ Cancelled.", style="yellow")
    return Text(printable(event.error) or "The turn failed.", style="red") if event.outcome == "failed" else None


def _cost(event: events.TurnFinished, began: datetime | None) -> str:
    parts = [usage_text(event.usage), f"{event.steps} {'step' if event.steps == 1 else 'steps'}"]
    if began is not None:
        parts.append(f"{max(0.0, (event.at - began).total_seconds()):.1f} s")
    return " · ".join(parts)


def usage_text(usage: Usage) -> str:
    """`tokens: 1,200 in (1,000 cached), 80 out`."""
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    return f"tokens: {usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out"
