"""The chat, wired: what `deskhand chat` runs."""

import signal
import sys
import webbrowser

import anyio

from deskhand import __version__
from deskhand.cli.assistant import NoModel, Wanted, furnished
from deskhand.cli.exit_codes import DONE, NO_MODEL, USAGE, complain
from deskhand.cli.options import ChatRequest
from deskhand.errors import DeskhandError
from deskhand.host.wiretap import Wiretap
from deskhand.settings import Settings, environment
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.desk import Desk
from deskhand.terminal.face import Margin, PipedLines, message_prompt, open_face
from deskhand.terminal.greeting import greeting
from deskhand.terminal.stage import obeying

READY_SECONDS = 5.0
"""How long the first prompt waits for slow servers; they may still come later."""


async def converse(settings: Settings, request: ChatRequest) -> int:
    """Chat until the person leaves; gives the exit code."""
    face, human = open_face(environment(), trace=request.trace, open_url=webbrowser.open)
    margin = Margin(face)
    return_code = DONE
    try:
        async with (
            furnished(settings, Wanted(request.servers, request.no_servers), Wiretap()) as furniture,
            Desk(furniture, human, margin.hear) as desk,
        ):
            await desk.connections.ready(READY_SECONDS)
            app = ChatApp(desk, face)
            face.interrupt_with(app.interrupt)
            face.screen.keep(greeting(__version__, desk.model.name, desk.connections.states()))
            margin.open()
            await _until_left(app, face, settings, request.resume)
    except* NoModel as errors:
        return_code = complain(errors, NO_MODEL)
    except* DeskhandError as errors:
        return_code = complain(errors, USAGE)
    return return_code


async def _until_left(app: ChatApp, face: Face, settings: Settings, reference: str | None) -> None:
    """Converse. Ctrl-C cancels a turn; between turns it is a key at a prompt, and the end where lines are piped in."""
    lines = message_prompt(app, settings.data_dir / "history") if face.keyboard else PipedLines(sys.stdin)
    with anyio.CancelScope() as scope:

        def interrupt() -> None:
            if not app.interrupt() and face.keyboard is None:
                scope.cancel()

        async with obeying(interrupt, signal.SIGINT):
            await app.run(lines, reference)
    if scope.cancelled_caught:
        raise KeyboardInterrupt
