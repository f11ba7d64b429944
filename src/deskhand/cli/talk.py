"""The chat, wired: what `deskhand chat` runs."""

import sys
import webbrowser

import click

from deskhand import __version__
from deskhand.cli.assistant import NoModel, Wanted, furnished
from deskhand.cli.chat import ChatRequest
from deskhand.errors import DeskhandError
from deskhand.settings import Settings, environment
from deskhand.terminal.app import ChatApp
from deskhand.terminal.desk import Desk
from deskhand.terminal.face import Margin, PipedLines, message_prompt, open_face
from deskhand.terminal.greeting import greeting

READY_SECONDS = 5.0
"""How long the first prompt waits for slow servers; they may still come later."""


async def converse(settings: Settings, request: ChatRequest) -> int:
    """Chat until the person leaves; gives the exit code."""
    face, human = open_face(environment(), trace=request.trace, open_url=webbrowser.open)
    margin = Margin(face)
    try:
        async with (
            furnished(settings, Wanted(request.servers, request.no_servers)) as furniture,
            Desk(furniture, human, margin.hear) as desk,
        ):
            await desk.connections.ready(READY_SECONDS)
            app = ChatApp(desk, face)
            face.interrupt_with(app.interrupt)
            face.screen.keep(greeting(__version__, desk.model.name, desk.connections.states()))
            margin.open()
            lines = message_prompt(app, settings.data_dir / "history") if face.keyboard else PipedLines(sys.stdin)
            await app.run(lines, request.resume)
    except NoModel as error:
        click.echo(error.message, err=True)
        return 4
    except DeskhandError as error:
        click.echo(f"Error: {error.message}", err=True)
        return 2
    return 0
