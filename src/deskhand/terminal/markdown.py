"""Markdown that arrives in pieces: which blocks are finished, and how one looks.

A finished block never changes again, so it can go to the scrollback; only the last one is drawn anew while it grows.
"""

from itertools import pairwise
from typing import ClassVar

from markdown_it import MarkdownIt
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax

from deskhand.terminal.printable import printable

_PARSER = MarkdownIt().enable(["strikethrough", "table"])
"""The same as Rich's, so that both see the same blocks."""


def split(text: str) -> tuple[list[str], str]:
    """The finished blocks of `text`, and the rest, which may still change.

    Only whole lines decide, so the same text gives the same blocks however it was cut into pieces.
    """
    lines = text.split("\n")
    starts = _block_starts("\n".join(lines[:-1]))
    if len(starts) < 2:
        return [], text
    blocks = ["\n".join(lines[start:end]).strip("\n") for start, end in pairwise(starts)]
    return blocks, "\n".join(lines[starts[-1] :])


def blocks_of(text: str) -> list[str]:
    """All blocks of a text that is complete."""
    finished, rest = split(text + "\n")
    return [*finished, rest.strip("\n")] if rest.strip() else finished


def _block_starts(text: str) -> list[int]:
    """The line each top-level block begins on. `printable` keeps the number of lines."""
    tokens = _PARSER.parse(printable(text))
    return [token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0]


def block(text: str) -> RenderableType:
    """One block as it looks on the screen. Link targets are shown, never hidden behind their text."""
    return _Trimmed(_Block(printable(text), hyperlinks=False, code_theme="ansi_dark"))


class _Trimmed:
    """Without the blank lines that Rich puts around lists, tables and rules: blocks have one line between them."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._inner, options.update(height=None), pad=False)
        filled = [number for number, line in enumerate(lines) if any(segment.text.strip() for segment in line)]
        for line in lines[filled[0] : filled[-1] + 1] if filled else ():
            yield from line
            yield Segment.line()


class _Heading(Heading):
    """A heading at the left, where the eye is."""

    LEVEL_ALIGN: ClassVar = {**Heading.LEVEL_ALIGN, "h1": "left"}


class _Code(CodeBlock):
    """Code without a background, so that what is copied is the code."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        syntax = Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, background_color="default")
        yield Padding(syntax, (0, 0, 0, 2))


class _Block(Markdown):
    """Rich's Markdown with quieter elements."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }
