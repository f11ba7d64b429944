"""Lines of text as a browser would lay them out: white space collapsed, blocks apart."""

import re

_SPACES = re.compile(r"[ \t\r\n\f]+")


class Lines:
    """Collects text; a break before or after a block is made once, however many ask for it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self.led = False
        """Whether white space came before the first text."""
        self.length = 0

    @property
    def trailed(self) -> bool:
        """Whether white space comes after the last text."""
        return self._space

    def add(self, text: str) -> None:
        """Text in the line."""
        words = _SPACES.sub(" ", text)
        if words in ("", " "):
            self._spaced(words)
            return
        self._spaced(words[0])
        self._put(words.strip(" "))
        self._space = words[-1] == " "

    def add_verbatim(self, text: str) -> None:
        """Text whose white space counts."""
        if text:
            self._put(text)
            self._space = False

    def broken(self, lines: int) -> None:
        """What follows begins `lines` lines further down, 2 for an empty line between; nothing at the beginning."""
        self._breaks = max(self._breaks, lines) if self._parts else 0
        self._space = False

    def next_line(self) -> None:
        """A `<br>`: these add up, to one empty line at most."""
        self._breaks = min(self._breaks + 1, 2) if self._parts else 0
        self._space = False

    def text(self) -> str:
        """All of it, without white space around it."""
        return "".join(self._parts).strip()

    def _spaced(self, first: str) -> None:
        if first == " ":
            self._space = True
            self.led = self.led or not self._parts

    def _put(self, text: str) -> None:
        if self._breaks:
            self._parts.append("\n" * self._breaks)
        elif self._space and self._parts:
            self._parts.append(" ")
        self._breaks, self._space = 0, False
        self._parts.append(text)
        self.length += len(text)
