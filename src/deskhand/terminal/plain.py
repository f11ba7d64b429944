"""Events as plain lines: for a pipe, a dumb terminal, and the progress of `deskhand ask`."""

from collections.abc import Callable
from functools import singledispatchmethod

from deskhand.host import events
from deskhand.terminal.cards import Card
from deskhand.terminal.context_lines import ContextChanged, context_line
from deskhand.terminal.frames import frame_line
from deskhand.terminal.memory_lines import change_line
from deskhand.terminal.printable import arguments_line, one_line, printable
from deskhand.terminal.render import QUIET_STATES, connection_line, usage_text
from deskhand.terminal.shown_calls import ShownCalls


class PlainRenderer:
    """Writes each thing once and moves nothing.

    With `answers` the model's text is written as it comes, with `echo` what the user said too. With `trace` JSON-RPC
    messages go to `frames`, so that they do not mix with what a program reads. `calls` numbers calls, for `/result`.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        frames: Callable[[str], object],
        answers: bool,
        trace: bool = False,
        echo: bool = False,
        calls: ShownCalls | None = None,
    ) -> None:
        self.trace = trace
        self._write = write
        self._frames = frames
        self._answers = answers
        self._echo = echo
        self._calls = calls
        self._mid_line = False
        self._cards: dict[str, Card] = {}
        self._troubled: set[str] = set()

    def tick(self) -> None:
        """Nothing moves."""

    def show(self, event: events.Event) -> None:
        """Take one event."""
        self._take(event)

    @singledispatchmethod
    def _take(self, event: events.Event) -> None:
        """What has no place on the screen."""

    @_take.register
    def _(self, event: events.TurnStarted) -> None:
        if self._echo:
            self._line(f"\n› {printable(event.text)}")

    @_take.register
    def _(self, event: events.ModelFinished) -> None:
        self._end_line()

    @_take.register
    def _(self, event: events.TextDelta) -> None:
        if self._answers and event.text:
            self._write(printable(event.text))
            self._mid_line = not event.text.endswith("\n")

    @_take.register
    def _(self, event: events.PartialDiscarded) -> None:
        self._line(f"[cut off, what the model said since its last step is discarded: {one_line(event.reason)}]")

    @_take.register
    def _(self, event: events.Retrying) -> None:
        self._line(f"[{one_line(event.reason)}: trying again in {event.delay:.1f} s]")

    @_take.register
    def _(self, event: events.ToolRequested) -> None:
        number = self._calls.add(event.call) if self._calls is not None else None
        self._cards[event.call.id] = Card(event.call, event.server, event.title, number)

    @_take.register
    def _(self, event: events.ToolStarted) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            self._line(f"→ {card.name}: {arguments_line(event.arguments)}".removesuffix(": "))

    @_take.register
    def _(self, event: events.ToolFinished) -> None:
        card = self._cards.pop(event.call_id, None)
        if card is None:
            return
        card.finish(event.outcome, event.result, event.milliseconds)
        self._line(card.summary())
        for row in card.rows():
            self._line(f"    {row}")

    @_take.register
    def _(self, event: events.MemoryChanged) -> None:
        self._cards.pop(event.call_id, None)  # the line says what its card would
        self._line(f"[{change_line(event)}]")

    @_take.register
    def _(self, event: ContextChanged) -> None:
        self._line(f"[{context_line(event)}]")

    @_take.register
    def _(self, event: events.ConnectionChanged) -> None:
        if event.state == "ready" and event.server not in self._troubled:
            return
        if event.state not in QUIET_STATES:
            self._troubled.add(event.server)
            self._line(connection_line(event).plain)

    @_take.register
    def _(self, event: events.DefinitionChanged) -> None:
        self._line(f"{one_line(event.tool)} of {one_line(event.server)} changed: it is not used until you agree.")
        self._line(printable(event.diff))

    @_take.register
    def _(self, event: events.Frame) -> None:
        if self.trace:
            self._frames(frame_line(event).plain + "\n")

    @_take.register
    def _(self, event: events.Notice) -> None:
        self._line(f"[{event.level}: {one_line(event.text, 1_000)}]")

    @_take.register
    def _(self, event: events.TurnFinished) -> None:
        if event.outcome != "done":
            self._line(f"[{event.outcome.replace('_', ' ')}] {printable(event.error)}".rstrip())
        self._line(f"[{usage_text(event.usage)}, steps: {event.steps}]")

    def _line(self, text: str) -> None:
        self._end_line()
        self._write(text + "\n")

    def _end_line(self) -> None:
        if self._mid_line:
            self._write("\n")
        self._mid_line = False
