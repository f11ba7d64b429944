"""Putting the screen, the prompt and the person together, as far as there is a terminal."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from anyio import to_thread
from prompt_toolkit.application import get_app_or_none, run_in_terminal
from rich.console import Console

from deskhand.host.events import ConnectionChanged, Event, Frame
from deskhand.host.human import Human, Nobody
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.commands import HELP
from deskhand.terminal.completer import ChatCompleter
from deskhand.terminal.editor import Editor
from deskhand.terminal.keyboard import PromptKeyboard
from deskhand.terminal.message_prompt import MessagePrompt
from deskhand.terminal.person import Person
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.render import Renderer
from deskhand.terminal.screen import LiveScreen, StillScreen
from deskhand.terminal.shown_calls import ShownCalls


def open_screen(
    environment: Mapping[str, str], *, trace: bool, echo: bool = False, calls: ShownCalls | None = None
) -> tuple[LiveScreen, Renderer | PlainRenderer, bool]:
    """A screen on standard output, what draws on it, and whether it moves; the rest as the renderers have it."""
    moves = sys.stdout.isatty() and environment.get("TERM", "dumb") not in ("dumb", "")
    screen = LiveScreen(Console(highlight=False, emoji=False, markup=False, color_system="auto" if moves else None))
    if moves:
        return screen, Renderer(screen, trace=trace, echo=echo, calls=calls), True
    plain = PlainRenderer(_write, frames=_write_aside, answers=True, trace=trace, echo=echo, calls=calls)
    return screen, plain, False


def open_face(environment: Mapping[str, str], *, trace: bool, open_url: Callable[[str], object]) -> tuple[Face, Human]:
    """The face of this terminal, and who answers at it: nobody where input or output is a pipe."""
    calls = ShownCalls()
    screen, renderer, moves = open_screen(environment, trace=trace, calls=calls)
    replay = _replayer(screen.console, calls)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Face(screen, renderer, replay, None, moves, calls=calls), Nobody()
    keyboard = PromptKeyboard()
    person = Person(screen, keyboard, edit=Editor(keyboard, environment).edit, open_url=open_url)
    return Face(screen, renderer, replay, keyboard, moves, person, calls), person


def _replayer(console: Console, calls: ShownCalls) -> Callable[[Sequence[Event]], None]:
    def replay(events: Sequence[Event]) -> None:
        Renderer(StillScreen(console), echo=True, calls=calls).replay(events)

    return replay


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _write_aside(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


class Margin:
    """Where what happens outside of turns is written: above the prompt. Until `open`, nothing is."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._open = False

    def open(self) -> None:
        """From now on."""
        self._open = True

    def hear(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Frame):
            wanted = self._face.renderer.trace
        else:
            wanted = self._open and not (isinstance(event, ConnectionChanged) and event.state == "closed")
        if not wanted:
            return
        app = get_app_or_none()
        if app is not None and app.is_running:
            run_in_terminal(lambda: self._face.renderer.show(event))
        else:
            self._face.renderer.show(event)


def message_prompt(app: ChatApp, history: Path) -> MessagePrompt:
    """The prompt of a chat."""
    return MessagePrompt(history, completer_of(app), app.toolbar)


def completer_of(app: ChatApp) -> ChatCompleter:
    """What Tab proposes in this chat."""
    return ChatCompleter(HELP, app.prompts, app.resources, app.memory, app.context, app.models)


class PipedLines:
    """Messages from a pipe or a file, one per line."""

    def __init__(self, source: TextIO) -> None:
        self._source = source

    async def read(self) -> str:
        """The next line.

        Raises:
            EOFError: there are no more.
        """
        line = await to_thread.run_sync(self._source.readline, abandon_on_cancel=True)
        if not line:
            raise EOFError
        return line
