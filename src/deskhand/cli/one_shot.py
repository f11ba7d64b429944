"""One question, one answer: what `deskhand ask` runs."""

import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from deskhand.cli.assistant import NoModel, Wanted, furnished
from deskhand.cli.exit_codes import CANCELLED, DONE, FAILED, NO_MODEL, NOT_ALLOWED, USAGE, complain
from deskhand.cli.options import AskRequest
from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.attachments import Attachment, as_data
from deskhand.host.events import Event, Frame, ToolFinished, TurnFinished
from deskhand.host.human import FormAnswer, FormRequest, Nobody
from deskhand.host.mentions import Resources
from deskhand.host.wiretap import Wiretap
from deskhand.settings import Settings
from deskhand.terminal.desk import Desk
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.printable import one_line, printable
from deskhand.terminal.stage import Stage, obeying

READY_SECONDS = 20.0
"""How long to wait for servers: nobody asks again."""
LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of a file that can be attached."""
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes of an argument that are not UTF-8; no JSON and no database takes it."""


async def answer(settings: Settings, request: AskRequest, question: str, context: str) -> int:
    """Ask, and print the answer; gives the exit code."""
    report = Report(as_json=request.as_json, trace=request.trace)
    try:
        await _ask(settings, request, (question, context), report)
    except* NoModel as errors:
        report.code = complain(errors, NO_MODEL)
    except* DeskhandError as errors:  # a group where it went through the task groups of connections and chat
        report.code = complain(errors, FAILED if report.began else USAGE)
    return report.code


async def _ask(settings: Settings, request: AskRequest, asked: tuple[str, str], report: "Report") -> None:
    question, context = asked
    text = "\n\n".join(filter(None, (_file_texts(request.attached), _marked("standard input", context), question)))
    text = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)
    tap = Wiretap() if request.trace else None  # a tap reads every message, which costs
    async with (
        furnished(settings, Wanted(request.servers, request.no_servers), tap) as furniture,
        Desk(furniture, Unattended(report), report.aside) as desk,
    ):
        await desk.connections.ready(READY_SECONDS)
        attachments = await _resources(desk, request.attached)
        async with desk.chat(request.conversation) as chat:
            stage = Stage(report, None)
            async with obeying(stage.cancel, signal.SIGINT, signal.SIGTERM):
                if await stage.play(chat, text, attachments) is None:
                    report.code = CANCELLED


@dataclass
class Report:
    """Writes what happens where it belongs, and knows how it ended."""

    as_json: bool
    trace: bool
    began: bool = False
    denied: bool = False
    code: int = FAILED
    progress: PlainRenderer = field(init=False)

    def __post_init__(self) -> None:
        write = partial(click.echo, nl=False, err=True)
        self.progress = PlainRenderer(write, frames=write, answers=False, trace=self.trace)

    def aside(self, event: Event) -> None:
        """Something happened outside of the turn."""
        if self.as_json and (self.trace or not isinstance(event, Frame)):
            click.echo(event.model_dump_json())
        elif not self.as_json:
            self.progress.show(event)

    def show(self, event: Event) -> None:
        """An event of the turn."""
        self.began = True
        self.denied |= isinstance(event, ToolFinished) and event.outcome == "denied"
        self.aside(event)
        if isinstance(event, TurnFinished):
            self.code = self._code_of(event)
        if isinstance(event, TurnFinished) and event.text and not self.as_json:
            click.echo(printable(event.text) if sys.stdout.isatty() else event.text)

    def tick(self) -> None:
        """Nothing moves."""

    def _code_of(self, event: TurnFinished) -> int:
        if event.outcome == "done":
            return NOT_ALLOWED if self.denied else DONE
        return CANCELLED if event.outcome == "cancelled" else FAILED


class Unattended(Nobody):
    """Nobody, and it is said what a server would have asked."""

    def __init__(self, report: Report) -> None:
        self._report = report

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Cancel; the call counts as one that was not allowed."""
        self._report.denied = True
        asked = f"{form.server} asked, and nobody was there to answer: {one_line(form.message)}"
        click.echo(f"{asked} Use `deskhand chat` to answer.", err=True)
        return await super().fill(form)


def _is_file(name: str) -> bool:
    return "://" not in name


def _file_texts(attached: Sequence[str]) -> str:
    return "\n\n".join(_marked(name, _file_text(Path(name))) for name in attached if _is_file(name))


def _file_text(path: Path) -> str:
    """The text of a file.

    Raises:
        InvalidInput: it cannot be read, is too large, or is not text.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidInput(f"{path} has more than {LARGEST_FILE:,} bytes. Put it into the workspace and name it.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be attached: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text. Put it into the workspace and ask about it by its name.") from error


def _marked(source: str, text: str) -> str:
    return as_data(source, text) if text.strip() else ""


async def _resources(desk: Desk, attached: Sequence[str]) -> list[Attachment]:
    """The servers that have the addresses.

    Raises:
        InvalidInput: none has it.
    """
    addresses = [name for name in attached if not _is_file(name)]
    if not addresses:
        return []
    known = Resources(desk.connections)
    await known.refresh()
    found = [(uri, known.server_of(uri)) for uri in addresses]
    for uri, server in found:
        if server is None:
            raise InvalidInput(f"No connected server has {uri}.")
    return [Attachment(server, uri) for uri, server in found if server is not None]
