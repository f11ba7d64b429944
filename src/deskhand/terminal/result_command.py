"""`/result` in a chat: what a tool gave, whole, where its card shows the beginning."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing

from rich.console import RenderableType
from rich.text import Text

from deskhand.context.message import Image, ToolResult
from deskhand.context.message import Text as TextBlock
from deskhand.errors import NotFound
from deskhand.host.conversation import Conversation
from deskhand.terminal.desk import Desk
from deskhand.terminal.printable import one_line
from deskhand.terminal.result_text import result_lines
from deskhand.terminal.shown_calls import ShownCall, ShownCalls

MOST = 200_000
"""Characters of a result that are shown; more would keep a terminal busy, and nobody reads them there."""


class ResultCommand:
    """Shows results of the conversation that goes on, the moved out ones too, and all of what the model saw in part."""

    def __init__(self, desk: Desk, calls: ShownCalls, show: Callable[[RenderableType], None]) -> None:
        self._desk = desk
        self._calls = calls
        self._show = show

    async def run(self, rest: str) -> None:
        """Show the result of the last call, of the last of a tool, or of the one whose card has this number.

        Raises:
            NotFound: there is none.
        """
        counted = rest.isdecimal() and len(rest) < 10  # a number of very many digits is refused by `int`
        shown = self._calls.of_number(int(rest)) if counted else self._calls.last(rest)
        if shown is None:
            raise NotFound(_nothing(self._calls))
        conversation = self._desk.current.conversation
        result = await _result_of(conversation, shown)
        if result is None:
            raise NotFound(f"There is no result of call {shown.number}: it was not made, or is deleted.")
        self._print(await _whole(conversation, result))

    def _print(self, result: ToolResult) -> None:
        source = " · ".join(filter(None, (one_line(result.name, 60), one_line(result.source))))
        self._show(Text(source, style="bold"))
        lines = "\n".join(_beginning(result_lines(result), MOST))
        self._show(Text(lines, style="red" if result.is_error else ""))


def _nothing(calls: ShownCalls) -> str:
    last = calls.last()
    if last is None:
        return "There is no result in this conversation yet: no tool was called."
    names = ", ".join(sorted(one_line(name, 60) for name in calls.names()))
    return (
        f"There is no such result in this conversation. There are results of {names}. "
        f"Type /result, /result TOOL, or /result N with the number of a call, of which {last.number} is the last."
    )


async def _result_of(conversation: Conversation, shown: ShownCall) -> ToolResult | None:
    namesakes = shown.namesakes
    async with aclosing(_newest_first(conversation)) as results:
        async for result in results:
            if result.call_id == shown.id:
                if not namesakes:
                    return result
                namesakes -= 1
    return None


async def _newest_first(conversation: Conversation) -> AsyncGenerator[ToolResult]:
    async with aclosing(conversation.newest_first()) as messages:
        async for message in messages:
            for block in reversed(message.content):
                if isinstance(block, ToolResult):
                    yield block


async def _whole(conversation: Conversation, result: ToolResult) -> ToolResult:
    """With the text that was kept beside it, where it shows only a part of that."""
    kept = await conversation.output(result.handle) if result.handle else None
    if kept is None:
        return result
    pictures = (block for block in result.content if isinstance(block, Image))
    return result.model_copy(update={"content": (TextBlock(text=kept.text), *pictures)})


def _beginning(lines: Iterable[str], left: int) -> Iterator[str]:
    """At most so many characters of the lines, and where the others are, if there are others."""
    shown = left
    for line in lines:
        if len(line) > left:
            yield line[: max(left, 0)]
            yield (
                f"[The first {shown:,} characters are shown; the others are not. "
                "`deskhand conversations export-all FILE` writes all there is of every result.]"
            )
            return
        yield line
        left -= len(line) + 1
