"""What `/` does in a chat, besides the prompts of servers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from deskhand.context.message import Usage
from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.connection_owner import ServerState
from deskhand.host.offered_prompts import OfferedPrompt
from deskhand.host.policy import effect
from deskhand.host.tools import OfferedTool
from deskhand.terminal.desk import Desk
from deskhand.terminal.memory_command import usages
from deskhand.terminal.printable import one_line
from deskhand.terminal.render import usage_text

HELP: dict[str, str] = {
    "help": "this list",
    "tools": "what the servers let the model do",
    "servers": "how the connections are; /servers restart NAME connects anew",
    "result": "all of what the last call gave; /result N the call with this number, /result TOOL the last of this tool",
    "memory": "what is remembered of you; /memory WORDS searches it",
    "context": "what fills the model's window, and the compactions; /context N shows one",
    "pin": "keep your last message in view, or the newest with these WORDS",
    "unpin": "let the newest pinned message go in its time, or the newest with these WORDS",
    "undo-compaction": "let the model see again what it saw before the last compaction, or number N",
    "trace": "every JSON-RPC message: on, off, or a file to write those so far to",
    "cost": "tokens used since the start",
    "new": "begin a new conversation",
    "resume": "continue a conversation: an id, or latest; without one, the list",
    "model": "which model answers; /model NAME lets another one answer from here on",
    "quit": "leave; Ctrl-D does too",
}
"""The commands, in the order of the list, with what they do."""

KEYS = "Enter sends · Alt-Enter new line · @ attaches a resource · Ctrl-C cancels the turn · Ctrl-D leaves"


@dataclass(frozen=True, slots=True)
class Leave:
    """End this conversation: to go on with `reference`, with a new one (None), or to quit.

    It `goes_on` when it is the same, only taken up anew: the person sees nothing of that.
    """

    reference: str | None = None
    quit: bool = False
    goes_on: bool = False


@dataclass
class Spent:
    """Tokens of this run of the program."""

    by_model: dict[str, Usage] = field(default_factory=dict[str, Usage])
    turns: int = 0

    @property
    def usage(self) -> Usage:
        """What all models took."""
        return sum(self.by_model.values(), Usage())

    def add(self, model: str, usage: Usage) -> None:
        """One more turn, answered by `model`."""
        self.by_model[model] = self.by_model.get(model, Usage()) + usage
        self.turns += 1


Command = Callable[[str], Awaitable[Leave | None]]
"""Does what a command does with the rest of its line; says so when that ends the conversation."""


class Commands:
    """Runs a command.

    Args:
        desk: what they are about.
        spent: what `/cost` tells.
        show: prints.
        trace: switches the trace on or off.
        prompts: the prompts of servers, for the list.
        others: commands that are made elsewhere, by name.
    """

    def __init__(
        self,
        desk: Desk,
        spent: Spent,
        show: Callable[[RenderableType], None],
        trace: Callable[[bool], None],
        prompts: Callable[[], list[OfferedPrompt]],
        others: Mapping[str, Command],
    ) -> None:
        self._desk = desk
        self._spent = spent
        self._show = show
        self._trace = trace
        self._prompts = prompts
        self._others = others

    async def run(self, name: str, rest: str) -> Leave | None:
        """Do it; says so when it ends the conversation.

        Raises:
            DeskhandError: it cannot be done as it was typed.
        """
        does: Mapping[str, Command] = {
            "help": self._help,
            "tools": self._tools,
            "servers": self._servers,
            "trace": self._switch_trace,
            "cost": self._cost,
            "new": self._new,
            "resume": self._resume,
            "quit": self._quit,
            **self._others,
        }
        return await does[name](rest.strip())

    async def _help(self, _rest: str) -> None:
        rows: list[tuple[str, str]] = []
        for name, text in HELP.items():
            rows += [(f"/{name}", text), *(usages() if name == "memory" else ())]
        rows += [(each.usage, one_line(each.prompt.description or "", 80)) for each in self._prompts()]
        self._show(_rows(rows))
        self._show(Text(KEYS, style="dim"))

    async def _tools(self, _rest: str) -> None:
        tools = self._desk.connections.tools()
        self._show(tools_table(tools) if tools else Text("No server is connected. See /servers.", style="yellow"))

    async def _servers(self, rest: str) -> None:
        verb, _, name = rest.partition(" ")
        if verb == "restart" and name:
            await self._desk.connections.restart(name.strip())
        elif rest:
            raise InvalidInput("Type /servers, or /servers restart NAME.")
        else:
            states = self._desk.connections.states()
            self._show(servers_table(states) if states else Text("There are no servers: this is a plain chat."))

    async def _switch_trace(self, rest: str) -> None:
        tap = self._desk.tap
        if rest in ("", "on", "off"):
            self._trace(rest != "off")
            self._show(Text(f"The trace is {'off' if rest == 'off' else 'on'}.", style="dim"))
        elif tap is not None:
            try:
                count = tap.write(Path(rest).expanduser())
            except OSError as error:
                raise DeskhandError(f"{rest} cannot be written: {error.strerror}.") from error
            self._show(Text(f"{count:,} messages are in {rest}, one JSON object per line.", style="dim"))

    async def _cost(self, _rest: str) -> None:
        turns = f"{self._spent.turns} {'turn' if self._spent.turns == 1 else 'turns'}"
        each = {one_line(name): usage_text(usage) for name, usage in self._spent.by_model.items()}
        names = ", ".join(each) or one_line(self._desk.model.name)
        self._show(Text(f"{turns} with {names}: {usage_text(self._spent.usage)}"))
        if len(each) > 1:
            self._show(_rows(list(each.items())))

    async def _new(self, _rest: str) -> Leave:
        return Leave()

    async def _resume(self, rest: str) -> Leave | None:
        if rest:
            row = await self._desk.conversations.find(self._desk.owner, rest)
            return Leave(row.id)
        rows = await self._desk.conversations.recent(self._desk.owner, 10)
        self._show(
            _rows(
                [(row.id[:8], f"{row.updated.astimezone():%Y-%m-%d %H:%M}  {one_line(row.title, 60)}") for row in rows]
            )
            if rows
            else Text("There is no earlier conversation.")
        )
        return None

    async def _quit(self, _rest: str) -> Leave:
        return Leave(quit=True)


def tools_table(tools: list[OfferedTool]) -> RenderableType:
    """Each tool with its server, what it may do, and its first sentence."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("tool", "server", "may", "what it is for"):
        table.add_column(heading, overflow="fold")
    for tool in tools:
        sentence = one_line(tool.tool.description or "", 300).partition(". ")[0]
        table.add_row(
            *map(Text, (one_line(tool.name, 64), one_line(tool.server), effect(tool), one_line(sentence, 90)))
        )
    return table


def servers_table(states: list[ServerState]) -> RenderableType:
    """Each connection with its state, protocol and tools."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("server", "state", "protocol", "over", "tools", ""):
        table.add_column(heading, overflow="fold")
    for state in states:
        version = state.protocol_version or ""
        cells = (
            state.name,
            state.state.replace("_", " "),
            version,
            state.transport,
            str(state.tool_count) + (f" ({state.left_out} left out)" if state.left_out else ""),
            state.detail,
        )
        table.add_row(*(Text(one_line(cell)) for cell in cells))
        if state.state == "failed":
            for line in state.stderr_tail[-3:]:
                table.add_row("", "", "", "", "", Text(one_line(line), style="dim"))
    return table


def _rows(rows: list[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name, text in rows:
        table.add_row(Text(name, style="bold"), Text(text))
    return table
