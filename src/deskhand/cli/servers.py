"""`deskhand servers`: the MCP servers the host drives besides its own. Secrets in their entries are never printed."""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

import click
from pydantic import JsonValue

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.host.clients import CLIENTS
from deskhand.host.server_entry import check_command, entry_of
from deskhand.host.server_file import add_server, read_servers, remove_server
from deskhand.host.server_import import Importable, file_of, found_in, is_deskhand
from deskhand.host.servers import ServerSpec
from deskhand.settings import environment, load, settings_file


def servers_file() -> Path:
    """The `mcp.json` in force: the setting `host.servers`, else the one beside the settings file."""
    return load().settings.host.servers or settings_file().parent / "mcp.json"


@contextmanager
def _said() -> Generator[None]:
    """Our errors as click's."""
    try:
        yield
    except DeskhandError as error:
        raise click.ClickException(error.message) from error


@click.group()
def servers() -> None:
    """List, add, remove and import the MCP servers the host drives."""


@servers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_servers(*, as_json: bool) -> None:
    """List the configured servers and what is wrong with them, without connecting."""
    with _said():
        path = servers_file()
        found = read_servers(path, environment())
    if as_json:
        click.echo(json.dumps([_fields(spec) for spec in found]))
        return
    if not found:
        click.echo(f"No servers in {path}. Add one: deskhand servers add NAME URL")
    for spec in found:
        click.echo("  ".join(part for part in (spec.name, _shown(spec)) if part))


class Options(TypedDict):
    """The command line of `deskhand servers add`."""

    name: str
    target: tuple[str, ...]
    headers: tuple[str, ...]
    env: tuple[str, ...]
    cwd: str | None
    transport: str | None
    era: str | None
    timeout: float | None
    trusted: bool
    replace: bool


@servers.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("target", nargs=-1, required=True, metavar="URL | -- COMMAND [ARGS]...")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="For a URL; '${VAR}' is filled in.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="For a command; '${VAR}' is filled in.")
@click.option("--cwd", help="Folder to run the command in.")
@click.option("--transport", type=click.Choice(["http", "sse"]), help="Default: found by itself.")
@click.option("--era", type=click.Choice(["modern", "legacy"]), help="Protocol era; default: found by itself.")
@click.option("--timeout", type=float, help="Seconds of silence after which a request is given up; default 60.")
@click.option("--trusted", is_flag=True, help="Believe what its tools say of themselves (reads only, idempotent).")
@click.option("--replace", is_flag=True, help="Replace a server of the same name.")
def add(**options: Unpack[Options]) -> None:
    """Add a server by its URL, or by the command that starts it.

    \b
    deskhand servers add docs https://example.com/mcp --header 'Authorization: Bearer ${DOCS_TOKEN}'
    deskhand servers add files -- npx -y @modelcontextprotocol/server-filesystem /srv/shared
    """
    with _said():
        add_server(servers_file(), options["name"], _entry(options), replace=options["replace"])
    click.echo(f"Added {options['name']} to {servers_file()}.")


@servers.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a server."""
    with _said():
        remove_server(servers_file(), name)
    click.echo(f"Removed {name} from {servers_file()}.")


@servers.command("import")
@click.argument("client", type=click.Choice(list(CLIENTS)))
@click.argument("names", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Read this file instead.")
@click.option("--project", type=click.Path(path_type=Path, file_okay=False), help="Read a project's file instead.")
@click.option("--replace", is_flag=True, help="Replace servers of the same name instead of skipping them.")
@click.option("--yes", "-y", "agreed", is_flag=True, help="Do not ask.")
def import_servers(
    client: str, names: tuple[str, ...], file: Path | None, project: Path | None, *, replace: bool, agreed: bool
) -> None:
    """Take over the servers of another MCP client, all or the NAMES given. Its file is only read."""
    with _said():
        source = file or _source(client, project)
        chosen = list(_chosen(found_in(source, CLIENTS[client].section), names))
        there = {spec.name for spec in read_servers(servers_file())}
        new = [each for each in chosen if replace or each.name not in there]
        _show(chosen, {each.name for each in new}, source)
        if not new:
            click.echo("Nothing to import.")
            return
        if not agreed:
            click.confirm(f"Write {len(new)} to {servers_file()}?", abort=True)
        for each in new:
            add_server(servers_file(), each.name, each.entry, replace=replace)
    click.echo(f"Imported {', '.join(each.name for each in new)}.")


def _source(client: str, project: Path | None) -> Path:
    path = file_of(CLIENTS[client], project)
    if not path.is_file():
        raise NotFound(f"{CLIENTS[client].title} has no file {path}. Name another with --file.")
    return path


def _chosen(found: list[Importable], names: tuple[str, ...]) -> Iterable[Importable]:
    unknown = set(names) - {each.name for each in found}
    if unknown:
        offered = ", ".join(each.name for each in found) or "none"
        raise NotFound(f"There is no server {', '.join(sorted(unknown))} in that file. There are: {offered}.")
    return (each for each in found if (not names or each.name in names) and not _unusable(each))


def _unusable(each: Importable) -> bool:
    if is_deskhand(each.spec):
        click.echo(f"{each.name}: left out. It is Deskhand itself, whose tools the host has anyway.", err=True)
        return True
    if each.spec.problem:
        click.echo(f"{each.name}: left out. {each.spec.problem}", err=True)
    return bool(each.spec.problem)


def _show(found: list[Importable], new: set[str], source: Path) -> None:
    click.echo(f"In {source}:")
    for each in found:
        click.echo(f"  {each.name}  {each.spec.endpoint}{'' if each.name in new else '  (already there, skipped)'}")
        hidden = sorted([*each.spec.headers, *each.spec.env])
        details = [f"with {', '.join(hidden)} (values not shown)"] if hidden else []
        details += [f"takes {', '.join(each.variables)} from the environment"] if each.variables else []
        for detail in (*details, *each.notes):
            click.echo(f"      {detail}")


def _entry(options: Options) -> dict[str, JsonValue]:
    entry = entry_of(options["target"], options["headers"], options["env"])
    check_command(entry)
    if "url" in entry and options["cwd"]:
        raise InvalidInput("A URL takes no --cwd.")
    if "command" in entry and options["transport"]:
        raise InvalidInput("--transport is for servers with a URL.")
    given: dict[str, JsonValue] = {
        "cwd": options["cwd"],
        "type": options["transport"],
        "era": options["era"],
        "timeoutSeconds": options["timeout"],
        "trusted": options["trusted"],
    }
    return {**entry, **{key: value for key, value in given.items() if value}}


def _shown(spec: ServerSpec) -> str:
    if spec.problem:
        return f"cannot be used: {spec.problem}"
    marks = [mark for mark, holds in (("disabled", not spec.enabled), ("trusted", spec.trusted)) if holds]
    return "  ".join([spec.endpoint, *marks])


def _fields(spec: ServerSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "endpoint": "" if spec.problem else spec.endpoint,
        "transport": "stdio" if spec.command else spec.transport,
        "era": spec.era,
        "trusted": spec.trusted,
        "enabled": spec.enabled,
        "problem": spec.problem,
    }
