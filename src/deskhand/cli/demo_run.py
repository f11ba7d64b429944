"""The demo, turn by turn, on a server and files of its own."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import RenderableType
from rich.text import Text

from deskhand.cli.demo_checks import Check, Record, checks, refused_without_token
from deskhand.cli.demo_script import FILES, QUESTIONS, steps
from deskhand.cli.demo_server import RunningServer, demo_server
from deskhand.errors import DeskhandError
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.events import Event
from deskhand.host.form_fields import form_fields
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings, environment, load
from deskhand.settings_sections import HostSettings
from deskhand.terminal.approval import approval_card
from deskhand.terminal.cards import panel
from deskhand.terminal.face import open_screen
from deskhand.terminal.form import form_card
from deskhand.terminal.screen import LiveScreen
from deskhand.terminal.stage import Renderer, Stage, obeying

PIECE_SECONDS = 0.015
"""Between two pieces of text, where somebody watches."""
READY_SECONDS = 30.0

_INTRODUCTION = """\
The model is a SCRIPT, not an LLM: it says what was written beforehand.
Everything else is real: the server, HTTP with a token, the tools, the files, the host.
Mailbox, calendar and weather hold sample data, and no account is connected: nothing leaves this machine.
Where a person would be asked, the demo answers, and says so."""
_NEXT = """\
deskhand chat                     talk to it, with any LLM you have
deskhand up                       run the server for other programs
deskhand install claude-desktop   add it to Claude Desktop, or to another client
deskhand accounts add             connect your mail and your calendar
deskhand demo --trace             this again, with every JSON-RPC message"""


async def run(trace: bool) -> bool:
    """Play the demo; tells whether all of it truly worked."""
    screen, renderer, moves = open_screen(environment(), trace=trace, echo=True)
    screen.keep(panel([Text(_INTRODUCTION)], Text("Deskhand demo", style="bold"), "", "blue"), Text(""))
    with TemporaryDirectory(prefix="deskhand-demo-") as temporary:
        show = Show(Path(temporary), screen, renderer, moves)
        try:
            found = await show.play()
        except DeskhandError as error:
            found = [Check(f"the demo could not go on: {error.message}", held=False)]
    screen.keep(Text(""), *_verdict(found))
    return all(check.held for check in found)


@dataclass
class Show:
    """One performance in `folder`. It draws, and remembers what the checks need."""

    folder: Path
    screen: LiveScreen
    renderer: Renderer
    moves: bool
    record: Record = field(default_factory=Record)

    async def play(self) -> list[Check]:
        """All turns, and then the checks.

        Raises:
            DeskhandError: the server or the host did not come up.
        """
        workspace = self.folder / "workspace"
        for name, text in FILES.items():
            file = workspace / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        tap = Wiretap()
        async with demo_server(self.folder, environment()) as server:
            async with self._chat(server, tap) as chat:
                stage = Stage(self, self.screen if self.moves else None)
                async with obeying(stage.cancel, signal.SIGINT):
                    for question in QUESTIONS:
                        await stage.play(chat, question)
            refused = await refused_without_token(server.url)
        return [*checks(self.record, self.folder, tap.frames, len(QUESTIONS)), refused]

    def _chat(self, server: RunningServer, tap: Wiretap) -> Chat:
        spec = ServerSpec("deskhand", url=server.url, headers={"Authorization": f"Bearer {server.token}"}, trusted=True)
        return Chat(
            ScriptedModel(steps(PIECE_SECONDS if self.moves else 0), name="scripted/demo, not an LLM"),
            [spec],
            human=self,
            settings=_settings(self.folder),
            options=ChatOptions(listener=self.show, tap=tap, ready_seconds=READY_SECONDS),
        )

    def show(self, event: Event) -> None:
        """Take one event."""
        self.record.events.append(event)
        if event.type != "connection_changed":
            self.renderer.show(event)

    def tick(self) -> None:
        """Draw what moves."""
        self.renderer.tick()

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """The demo says yes, in place of a person."""
        self.record.approvals += len(requests)
        self.screen.keep(approval_card(requests), _answered("yes"))
        return [Decision(allow=True)] * len(requests)

    async def fill(self, form: FormRequest) -> FormAnswer:
        """The demo agrees to whatever the form asks yes or no about."""
        fields = form_fields(form.schema or {})
        self.screen.keep(form_card(form, fields), _answered("yes, replace it"))
        return FormAnswer("accept", {each.name: True for each in fields if each.kind == "boolean"})


def _settings(folder: Path) -> Settings:
    """Defaults, whatever this machine is configured to."""
    settings = load(file=folder / "demo.toml", overrides={"data_dir": folder / "host"}).settings
    return settings.model_copy(update={"host": HostSettings()})


def _answered(words: str) -> RenderableType:
    return Text.assemble(("The demo answers in your place: ", "dim"), (words, "bold"), "\n")


def _verdict(found: Sequence[Check]) -> list[RenderableType]:
    marks = [Text.assemble(("✓ ", "green") if check.held else ("✗ ", "bold red"), check.sentence) for check in found]
    good = all(check.held for check in found)
    title = Text("It really happened" if good else "Not everything worked", style="bold")
    parts: list[RenderableType] = [panel(marks, title, "", "green" if good else "red")]
    return [*parts, panel([Text(_NEXT)], Text("What to try next", style="bold"), "", "blue")] if good else parts
