"""Where a renderer draws: what is finished goes to the scrollback, what still changes stays below it."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment


class Screen(Protocol):
    """A place to draw on."""

    def keep(self, *parts: RenderableType) -> None:
        """Add to the scrollback, for good."""
        ...

    def show(self, parts: Sequence[RenderableType]) -> None:
        """Replace what is below the scrollback."""
        ...


class LiveScreen:
    """A terminal that can be redrawn. Only the last lines move; the scrollback is ordinary text.

    Nothing moves outside `with screen.live():`, and inside it `paused` gives the terminal to a prompt.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._shown: Sequence[RenderableType] = ()

    def keep(self, *parts: RenderableType) -> None:
        """Add to the scrollback, above what moves."""
        self.console.print(Group(*parts))

    def show(self, parts: Sequence[RenderableType]) -> None:
        """Draw these below the scrollback."""
        self._shown = parts
        if self._live is not None:
            self._live.update(_Tail(parts), refresh=True)

    @contextmanager
    def live(self) -> Generator[None]:
        """What is shown moves, until the block ends; then it is gone."""
        try:
            self._start()
            yield
        finally:
            self._stop()
            self._shown = ()

    @contextmanager
    def paused(self) -> Generator[None]:
        """The terminal belongs to somebody else; afterwards what is shown is drawn again."""
        was_live = self._live is not None
        self._stop()
        try:
            yield
        finally:
            if was_live:
                self._start()

    def _start(self) -> None:
        self._live = Live(
            _Tail(self._shown),
            console=self.console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="visible",
        )
        self._live.start(refresh=True)

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.update(_Tail(()))
            live.stop()


class StillScreen:
    """A console that is only ever added to: replay, and tests."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def keep(self, *parts: RenderableType) -> None:
        """Print."""
        self.console.print(Group(*parts))

    def show(self, parts: Sequence[RenderableType]) -> None:
        """What would move is not drawn."""


class _Tail:
    """The last lines of what is shown, as many as the terminal can redraw: a line that scrolled away stays for good."""

    def __init__(self, parts: Sequence[RenderableType]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(Group(*self._parts), options.update(height=None), pad=False)
        room = max(3, console.size.height - 2)
        for number, line in enumerate(lines[-room:]):
            if number:
                yield Segment.line()
            yield from line
