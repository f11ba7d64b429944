"""`deskhand trace`: watch every JSON-RPC message to and from a server. What the protocol does under the hood."""

import json
import logging
import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypedDict, Unpack, cast

import anyio
import click
from mcp_types import CallToolResult, TextContent
from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from deskhand.cli.logs import log_to_stderr
from deskhand.cli.servers import servers_file
from deskhand.cli.sign_ins import sign_ins
from deskhand.errors import DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.connection_owner import ServerState
from deskhand.host.connections import Connections
from deskhand.host.events import Event, Frame
from deskhand.host.human import Nobody
from deskhand.host.server_entry import check_command, entry_of
from deskhand.host.server_file import read_servers
from deskhand.host.servers import ServerSpec, parse_entry
from deskhand.host.wiretap import Wiretap
from deskhand.settings import environment, load
from deskhand.terminal.frames import frame_line
from deskhand.terminal.printable import one_line, printable


class Options(TypedDict):
    """The command line of `deskhand trace`."""

    target: tuple[str, ...]
    headers: tuple[str, ...]
    env: tuple[str, ...]
    transport: str | None
    era: str | None
    timeout: float
    call: str | None
    arguments: str
    watch: tuple[str, ...]
    listen: bool
    as_json: bool
    full: bool
    output: Path | None


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("target", nargs=-1, required=True, metavar="URL | NAME | -- COMMAND [ARGS]...")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="For a URL; '${VAR}' is filled in.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="For a command.")
@click.option("--transport", type=click.Choice(["http", "sse"]), help="Default: found by itself.")
@click.option("--era", type=click.Choice(["modern", "legacy"]), help="Protocol era; default: found by itself.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds of silence after which it gives up.")
@click.option("--call", metavar="TOOL", help="Call this tool.")
@click.option("--arguments", default="{}", metavar="JSON", help="Its arguments, a JSON object.")
@click.option("--watch", multiple=True, metavar="URI", help="Watch a resource; implies --listen.")
@click.option("--listen", is_flag=True, help="Stay connected until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option("--full", is_flag=True, help="Print whole messages below the lines.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON lines there too.")
def trace(**options: Unpack[Options]) -> None:
    """Connect to a server, list its tools, and show every message as it happens.

    \b
    deskhand trace https://example.com/mcp --header 'Authorization: Bearer ${TOKEN}'
    deskhand trace --call echo --arguments '{"text": "hi"}' -- python my_server.py

    Secrets are masked. The target may also be the NAME of a configured server.
    """
    log_to_stderr("WARNING")
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # what goes wrong is in the frames, and said at the end
    try:
        spec, arguments = _spec(options), _arguments(options["arguments"])
        anyio.run(_trace, spec, arguments, options)
    except DeskhandError as error:
        raise click.ClickException(error.message) from error
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None


async def _trace(spec: ServerSpec, arguments: dict[str, JsonValue], options: Options) -> None:
    show = _shown_as(options)
    with ExitStack() as stack:
        follow = stack.enter_context(options["output"].open("w", encoding="utf-8")) if options["output"] else None
        tap = Wiretap(follow)
        sign_in = sign_in_with(sign_ins(load().settings, webbrowser.open))
        async with Connections([spec], human=Nobody(), emit=show, tap=tap, sign_in=sign_in) as connections:
            await _connected(connections, spec)
            if options["call"]:
                _say_result(await _called(connections, options["call"], arguments), as_json=options["as_json"])
            for uri in options["watch"]:
                await connections.watch(spec.name, uri)
            if options["listen"] or options["watch"]:
                await anyio.sleep_forever()


async def _connected(connections: Connections, spec: ServerSpec) -> None:
    """Wait for the server, and for the person where it wants a sign-in.

    Raises:
        Unavailable: it cannot be connected to; says why.
    """
    while True:
        await connections.ready(spec.timeout_seconds + 1)
        state = connections.states()[0]
        if state.state == "ready":
            return
        if not state.at_sign_in_page:
            raise Unavailable("\n".join([f"{spec.endpoint}: {_told(state, spec)}", *state.stderr_tail]))
        await anyio.sleep(0.1)


def _told(state: ServerState, spec: ServerSpec) -> str:
    """Why there is no connection, and what to do."""
    if state.state == "connecting":
        return f"it never answered the handshake, for {spec.timeout_seconds:g} seconds. Is it an MCP server?"
    if state.state != "needs_sign_in":
        return state.detail or state.state
    if any(name.lower() == "authorization" for name in spec.headers):
        return f"the token was refused. {state.detail}"
    return f"it needs a token: --header 'Authorization: Bearer ${{TOKEN}}'. {state.detail}"


def _shown_as(options: Options) -> Callable[[Event], None]:
    """How frames are printed; everything else that happens is a dim line on standard error."""
    console, aside = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)

    def show(event: Event) -> None:
        if isinstance(event, Frame):
            if options["as_json"]:
                click.echo(event.model_dump_json())
                return
            console.print(frame_line(event))
            if options["full"]:
                console.print(Text(printable(json.dumps(event.message, indent=2, ensure_ascii=False))))
        elif event.type == "connection_changed":
            aside.print(Text(f"{event.state} {one_line(event.detail)}".rstrip(), "dim"))
        elif event.type == "resource_changed":
            aside.print(Text(f"changed: {one_line(event.uri)}", "dim"))

    return show


async def _called(connections: Connections, name: str, arguments: dict[str, JsonValue]) -> CallToolResult:
    offered = {tool.tool.name: tool for tool in connections.tools()}
    if name not in offered:
        raise NotFound(f"There is no tool {name}. There are: {', '.join(offered) or 'none'}.")

    def ignore(done: float, total: float | None, message: str | None) -> None:
        """Progress is in the frames."""

    return (await connections.call(offered[name], arguments, on_progress=ignore)).result


def _say_result(result: CallToolResult, *, as_json: bool) -> None:
    """The answer, on standard error where standard output is for machines."""
    for block in result.content:
        text = block.text if isinstance(block, TextContent) else f"({block.type})"
        click.echo(printable(text), err=as_json)
    if result.is_error:
        sys.stdout.flush()
        raise DeskhandError("The tool answered with an error.")


def _spec(options: Options) -> ServerSpec:
    """The server that is meant.

    Raises:
        InvalidInput: the options do not fit together, or the server cannot be used as it is configured.
    """
    target = options["target"]
    configured = {spec.name: spec for spec in read_servers(servers_file(), environment())}
    if len(target) == 1 and target[0] in configured:
        spec = configured[target[0]]
    else:
        entry = entry_of(target, options["headers"], options["env"])
        check_command(entry, configured)
        given: dict[str, JsonValue] = {
            "type": options["transport"],
            "era": options["era"] or "auto",
            "timeoutSeconds": options["timeout"],
        }
        spec = parse_entry("server", {**entry, **given}, environment())
    if spec.problem:
        raise InvalidInput(spec.problem)
    return spec


def _arguments(text: str) -> dict[str, JsonValue]:
    try:
        arguments = cast(JsonValue, json.loads(text))
    except ValueError as error:
        raise InvalidInput(f"--arguments is not JSON: {error}.") from error
    if not isinstance(arguments, dict):
        raise InvalidInput('--arguments must be a JSON object, such as \'{"text": "hi"}\'.')
    return arguments
