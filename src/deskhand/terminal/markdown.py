"""How one block of Markdown looks on the screen; `host.blocks` finds the blocks."""

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax

from deskhand.terminal.printable import printable


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
