"""Changing a longer text: in the person's editor where there is one, else at the prompt."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from deskhand.terminal.keyboard import Keyboard


class Editor:
    """Opens `VISUAL` or `EDITOR` of the environment."""

    def __init__(self, keyboard: Keyboard, environment: Mapping[str, str]) -> None:
        self._keyboard = keyboard
        self._command = shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "")

    async def edit(self, text: str) -> str:
        """The text as the person left it; unchanged when the editor cannot be run."""
        if not self._command:
            return await self._keyboard.ask(
                "Arguments (Escape, then Enter, when done):\n", default=text, multiline=True
            )
        with TemporaryDirectory(prefix="deskhand-") as folder:  # mode 0700: arguments may be private
            file = Path(folder) / "arguments.json"
            file.write_text(text + "\n", encoding="utf-8")
            try:
                # The editor takes the terminal over; check=False: many leave with an error when quit without saving.
                await anyio.run_process([*self._command, str(file)], stdin=None, stdout=None, stderr=None, check=False)
                return file.read_text(encoding="utf-8")
            except OSError:
                return text
