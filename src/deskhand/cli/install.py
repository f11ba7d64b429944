"""`deskhand install`: put this server into the configuration of an MCP client, and take it out again."""

import difflib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click
from platformdirs import user_config_path
from pydantic import JsonValue

from deskhand.errors import DeskhandError, SettingsError
from deskhand.host import jsonc
from deskhand.host.clients import CLIENTS, Client, Places
from deskhand.settings import settings_file


@dataclass(frozen=True, slots=True)
class Change:
    """What a client's file holds, and what it should hold. `entry` is None to take the server out."""

    client: Client
    file: Path
    name: str
    entry: dict[str, JsonValue] | None

    @property
    def snippet(self) -> str:
        """The entry as a whole file, to paste."""
        return json.dumps({self.client.section: {self.name: self.entry}}, indent=2)

    def before(self) -> str:
        """The text of the file, empty when there is none; line ends as they are."""
        try:
            return self.file.read_bytes().decode()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.file} cannot be read: {error}.") from error

    def after(self, before: str) -> str:
        """The text with the change.

        Raises:
            SettingsError: the file is not what the client could read; it is left alone.
        """
        try:
            if self.entry is None:
                return jsonc.remove_member(before, self.client.section, self.name)
            return jsonc.set_member(before, self.client.section, self.name, self.entry)
        except ValueError as error:
            hint = "" if self.entry is None else f", or paste this into it yourself:\n{self.snippet}"
            raise SettingsError(f"{self.file} is left as it is: {error}. Mend it{hint}") from error


class Options(TypedDict):
    """The command line of `deskhand install`."""

    client: str
    url: str | None
    token_env: str
    name: str
    project: Path | None
    file: Path | None
    config: Path | None
    remove: bool
    printed: bool
    agreed: bool


def wanted(options: Options) -> Change:
    """The change the command line asks for.

    Raises:
        InvalidInput: the client cannot have it that way.
        SettingsError: this folder's settings file is not trusted.
    """
    client = CLIENTS[options["client"]]
    places = Places(home=Path.home(), config=user_config_path(roaming=True, appauthor=False))
    file = options["file"] or client.file(places, options["project"])
    return Change(client, file.absolute(), options["name"], None if options["remove"] else _entry(client, options))


def _entry(client: Client, options: Options) -> dict[str, JsonValue]:
    if options["url"]:
        return client.remote_entry(options["url"], options["token_env"])
    config = settings_file(options["config"])
    found_anyway = config == user_config_path("deskhand") / "deskhand.toml" or not config.is_file()
    return client.local_entry(None if found_anyway else config)


def difference(before: str, after: str, file: Path) -> str:
    """A unified diff, for the person to agree to."""
    old, new = before.splitlines(), after.splitlines()
    return "\n".join(difflib.unified_diff(old, new, str(file), str(file), lineterm="", n=2))


def write(file: Path, text: str) -> Path | None:
    """Replace the file at once, keeping its mode and a copy beside it; gives back the copy's path.

    These files may hold tokens of other servers: a new one and the copy are for their owner only.
    """
    file = file.resolve()  # a link into a folder of dotfiles stays a link
    file.parent.mkdir(parents=True, exist_ok=True)
    copy = None
    if file.exists():
        copy = file.with_name(f"{file.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.bak")
        _replace(copy, file.read_bytes(), 0o600)
    _replace(file, text.encode(), file.stat().st_mode & 0o777 if copy else 0o600)
    return copy


def _replace(file: Path, content: bytes, mode: int) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
    os.chmod(draft.name, mode)
    os.replace(draft.name, file)


def carry_out(change: Change, *, agreed: bool) -> None:
    """Show the difference, ask unless `agreed`, and write."""
    before = change.before()
    after = change.after(before)
    if before == after:
        click.echo(f"{change.file}: nothing to change.")
        return
    click.echo(difference(before, after, change.file))
    if not agreed:
        click.confirm(f"Write this to {change.file}?", abort=True)
    copy = write(change.file, after)
    click.echo(f"Written.{f' The file as it was: {copy}.' if copy else ''} {change.client.then}")


@click.command()
@click.argument("client", type=click.Choice(list(CLIENTS)))
@click.option("--http", "url", metavar="URL", help="Point to a running server, such as http://127.0.0.1:8642/mcp.")
@click.option(
    "--token-env",
    metavar="NAME",
    default="MCP_DESKHAND_TOKEN",
    show_default=True,
    help="With --http: the environment variable the client takes the token from.",
)
@click.option("--name", default="deskhand", show_default=True, help="What the client calls the server.")
@click.option("--project", type=click.Path(path_type=Path, file_okay=False), help="Write a project's file instead.")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Write this file instead.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Settings file of the server the client starts; default: the one in force here.",
)
@click.option("--remove", is_flag=True, help="Take the server out.")
@click.option("--print", "printed", is_flag=True, help="Print the entry to paste; touch nothing.")
@click.option("--yes", "-y", "agreed", is_flag=True, help="Do not ask.")
def install(**options: Unpack[Options]) -> None:
    """Add Deskhand to an MCP client's configuration.

    Shows what would change in the client's file and asks. The rest of the file stays as it is, comments too.
    """
    try:
        change = wanted(options)
        if options["printed"]:
            click.echo(change.snippet)
        else:
            carry_out(change, agreed=options["agreed"])
    except DeskhandError as error:
        raise click.ClickException(error.message) from error
