"""A person at the keyboard, from a script."""

from collections import deque
from io import StringIO

from rich.console import Console, RenderableType

CTRL_C, CTRL_D = "\x03", "\x04"


class ScriptedKeyboard:
    """Types the answers it was made with; `questions` remembers what was asked, with what stood there to be edited."""

    def __init__(self, *answers: str) -> None:
        self._answers = deque(answers)
        self.questions: list[tuple[str, str]] = []

    async def ask(self, question: str, *, default: str = "", multiline: bool = False) -> str:
        self.questions.append((question, default))
        answer = self._answers.popleft()
        if answer == CTRL_C:
            raise KeyboardInterrupt
        if answer == CTRL_D:
            raise EOFError
        return default if answer == "<enter>" else answer

    @property
    def left(self) -> list[str]:
        """Answers that nobody asked for."""
        return list(self._answers)


class Paper:
    """What was shown, as text."""

    def __init__(self) -> None:
        self._console = Console(file=StringIO(), width=100, color_system=None)

    def show(self, part: RenderableType) -> None:
        self._console.print(part)

    @property
    def text(self) -> str:
        file = self._console.file
        assert isinstance(file, StringIO)
        return file.getvalue()
