"""What a person types, as a seam: prompt_toolkit at a terminal, a script in tests."""

import sys
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.output import Output


class Keyboard(Protocol):
    """Asks for a line.

    Raises:
        EOFError: the person ended the input (Ctrl-D).
        KeyboardInterrupt: the person pressed Ctrl-C.
    """

    async def ask(self, question: str, *, default: str = "", multiline: bool = False) -> str:
        """What was typed; `default` is there to be edited."""
        ...


class PromptKeyboard:
    """A line with editing; in a multi-line answer Escape, then Enter, ends it.

    What was typed before the question was on the screen is not an answer to it, and is thrown away: a person who types
    ahead must not approve what they have not seen.
    """

    def __init__(self, *, input: Input | None = None, output: Output | None = None) -> None:
        self._session: PromptSession[str] = PromptSession(input=input, output=output)

    async def ask(self, question: str, *, default: str = "", multiline: bool = False) -> str:
        """Ask, and wait."""
        clear_typeahead(self._session.input)
        discard_typed()
        return await self._session.prompt_async(question, default=default, multiline=multiline, handle_sigint=False)


def discard_typed() -> None:
    """Forget what is waiting in the terminal's input queue."""
    if sys.platform != "win32" and sys.stdin.isatty():
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
