"""The chat in a terminal: a prompt, a turn, a prompt, until the person leaves."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from rich.console import RenderableType
from rich.text import Text

from deskhand.context.message import Message
from deskhand.errors import DeskhandError
from deskhand.host.attachments import Attachment
from deskhand.host.chat import Chat
from deskhand.host.events import Event
from deskhand.host.mentions import Resources
from deskhand.host.offered_prompts import OfferedPrompt, Prompts, read_arguments
from deskhand.host.past import past_events
from deskhand.terminal.commands import HELP, Command, Commands, Leave, Spent
from deskhand.terminal.context_command import ContextCommand
from deskhand.terminal.context_lines import counted
from deskhand.terminal.context_meter import ContextMeter
from deskhand.terminal.desk import Desk
from deskhand.terminal.keyboard import Keyboard
from deskhand.terminal.memory_command import MemoryCommand
from deskhand.terminal.model_command import ModelCommand
from deskhand.terminal.person import Person
from deskhand.terminal.printable import one_line, printable
from deskhand.terminal.result_command import ResultCommand
from deskhand.terminal.screen import LiveScreen
from deskhand.terminal.shown_calls import ShownCalls
from deskhand.terminal.stage import Renderer, Stage

_log = logging.getLogger(__name__)
RECALLED = 6
"""Messages of an earlier conversation that are shown when it is continued."""


class Traceable(Renderer, Protocol):
    """A renderer that draws JSON-RPC messages too, when asked."""

    trace: bool


class Lines(Protocol):
    """Where messages come from."""

    async def read(self) -> str:
        """The next message.

        Raises:
            EOFError: there are no more.
            KeyboardInterrupt: the person pressed Ctrl-C.
        """
        ...


@dataclass
class Face:
    """What the person sees and types on."""

    screen: LiveScreen
    renderer: Traceable
    replayer: Callable[[Sequence[Event]], None]
    """Draws what was said before."""
    keyboard: Keyboard | None
    """None where nobody can be asked."""
    moves: bool
    """Whether the screen can be redrawn."""
    person: Person | None = None
    calls: ShownCalls = field(default_factory=ShownCalls)
    """What the renderer and the replayer number calls by."""

    def interrupt_with(self, cancel: Callable[[], object]) -> None:
        """What Ctrl-C at a question does, besides leaving it."""
        if self.person is not None:
            self.person.interrupted = cancel


class ChatApp:
    """Runs conversations at one desk until the person leaves."""

    def __init__(self, desk: Desk, face: Face) -> None:
        self.spent = Spent()
        self.resources = Resources(desk.connections)
        self.prompts = Prompts(desk.connections, frozenset(HELP))
        self.memory = MemoryCommand(desk.connections, self.resources, self._print, desk.emit)
        self.meter = ContextMeter()
        self.context = ContextCommand(desk, self.meter, self._print)
        self.models = ModelCommand(desk, self.meter, self._print)
        self._desk = desk
        self._face = face
        self._commands = self._commands_of(desk)
        self._stage = Stage(face.renderer, face.screen if face.moves else None, self.meter.hear)
        self._doing: anyio.CancelScope | None = None

    async def run(self, lines: Lines, reference: str | None = None) -> None:
        """Converse. `reference` is the conversation to continue.

        Raises:
            NotFound, InvalidInput: there is no such conversation, or there are several.
        """
        leave = Leave(reference)
        while not leave.quit:
            async with self._desk.chat(leave.reference, goes_on=leave.goes_on) as chat:
                if not leave.goes_on:
                    self._face.calls.begin(())
                if leave.reference is not None and not leave.goes_on:
                    await self._recall(chat)
                leave = await self._converse(chat, lines)

    def toolbar(self) -> str:
        """How things stand, for the line below the prompt."""
        marks = {"ready": "●", "healing": "◌", "connecting": "◌", "failed": "✗", "needs_sign_in": "?"}
        servers = " ".join(f"{marks.get(each.state, '·')} {each.name}" for each in self._desk.connections.states())
        used = self.spent.usage.input_tokens + self.spent.usage.output_tokens
        trace = "trace on" if self._face.renderer.trace else ""
        parts = (
            one_line(self._desk.model.name, 40),
            servers,
            self.meter.short(),
            f"{used:,} tokens spent",
            trace,
            "/help",
        )
        return "  ".join(filter(None, parts))

    def interrupt(self) -> bool:
        """Cancel the turn that is running, or what else is being done; tells whether there was something."""
        if self._stage.cancel():
            return True
        doing = self._doing
        if doing is not None:
            doing.cancel()
        return doing is not None

    def _commands_of(self, desk: Desk) -> Commands:
        others: dict[str, Command] = {
            "memory": self.memory.run,
            "context": self.context.context,
            "pin": self.context.pin,
            "unpin": self.context.unpin,
            "undo-compaction": self.context.undo,
            "model": self.models.run,
            "result": ResultCommand(desk, self._face.calls, self._print).run,
        }

        def prompts() -> list[OfferedPrompt]:
            return list(self.prompts.offered.values())

        return Commands(desk, self.spent, self._print, self._set_trace, prompts, others)

    async def _converse(self, chat: Chat, lines: Lines) -> Leave:
        self.meter.recount(chat.memory)
        while True:
            try:
                typed = (await lines.read()).strip()
                leave = await self._do(chat, typed) if typed else None
            except EOFError:
                return Leave(quit=True)
            except KeyboardInterrupt:
                self._print(Text("Ctrl-D or /quit leaves.", style="dim"))
            except DeskhandError as error:
                self._print(Text(printable(error.message), style="red"))
            else:
                if leave is not None:
                    return leave

    async def _do(self, chat: Chat, typed: str) -> Leave | None:
        """Take what was typed, until it is done or interrupted: a server may never answer."""
        try:
            with anyio.CancelScope() as self._doing:
                return await self._take(chat, typed)
        finally:
            self._doing = None
        self._print(Text("⊘ Cancelled.", style="yellow"))
        return None

    async def _take(self, chat: Chat, typed: str) -> Leave | None:
        if not typed.startswith("/"):
            await self._say(chat, typed)
            return None
        name, _, rest = typed[1:].partition(" ")
        if name not in HELP or name == "help":
            await self.prompts.refresh()
        if name in HELP:
            leave = await self._commands.run(name, rest)
            self._print(Text(""))
            return leave
        if name in self.prompts.offered:
            await self._prompt(chat, self.prompts.offered[name], rest)
        else:
            self._print(Text(f"There is no /{one_line(name, 40)}. /help lists what there is.", style="yellow"))
        return None

    async def _say(self, chat: Chat, text: str) -> None:
        attachments, unknown = await self.resources.mentioned(text)
        for uri in unknown:
            self._print(Text(f"No server has {one_line(uri)}; it stays as text.", style="yellow"))
        await self._turn(chat, text, attachments)

    async def _prompt(self, chat: Chat, prompt: OfferedPrompt, rest: str) -> None:
        given = read_arguments(prompt, rest) if rest.strip() else {}
        for argument in prompt.missing(given):
            if self._face.keyboard is None:
                raise DeskhandError(f"{argument.name} is missing. Type {prompt.usage}")
            if argument.description:
                self._print(Text(one_line(argument.description), style="dim"))
            given[argument.name] = await self._face.keyboard.ask(f"{one_line(argument.name, 40)}: ")
        await self._turn(chat, await chat.prompt(prompt.server, prompt.prompt.name, given), ())

    async def _turn(self, chat: Chat, said: str | Sequence[Message], attachments: Sequence[Attachment]) -> None:
        try:
            finished = await self._stage.play(chat, said, attachments)
        except DeskhandError:
            raise
        except Exception:
            _log.exception("A turn ended unexpectedly")  # it said so itself; the chat goes on
        else:
            self.meter.recount(chat.memory)
            if finished is None:
                self._print(Text("⊘ Cancelled.", style="yellow"))
            else:
                self.spent.add(chat.model.name, finished.usage)
                self.models.heard(finished.outcome)

    async def _recall(self, chat: Chat) -> None:
        """Show the end of the conversation that goes on."""
        messages = await chat.conversation.messages()
        starts = [number for number, message in enumerate(messages) if message.role == "user"]
        first = next((number for number in starts if number >= len(messages) - RECALLED), starts[-1] if starts else 0)
        if first:
            self._print(Text(f"… {first} earlier messages of “{one_line(chat.conversation.title)}”", style="dim"))
        self._face.calls.begin(call for message in messages[:first] for call in message.tool_calls)
        records = await chat.conversation.turn_records()
        self._face.replayer(list(past_events(chat.conversation.id, messages[first:], records)))
        if gone := chat.memory.moved_out:
            moved = f"{gone:,} of {counted(len(messages), 'message')} moved to the log: /context shows it"
            self._print(Text(f"{moved}\n", style="dim"))

    def _set_trace(self, on: bool) -> None:
        self._face.renderer.trace = on

    def _print(self, part: RenderableType) -> None:
        self._face.screen.keep(part)
