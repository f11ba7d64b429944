"""The MCP clients `deskhand install` knows: where each keeps its servers, and how it writes one down."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.settings import CONFIG_VARIABLE


@dataclass(frozen=True, slots=True)
class Places:
    """Where this person's programs keep their files."""

    home: Path
    config: Path
    """`~/.config` on Linux, `~/Library/Application Support` on macOS, `%APPDATA%` on Windows."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client. Sources of the formats: the clients' own documentation, named in docs/how-to/connect-clients.md."""

    title: str
    section: str
    """The key of the object that holds the servers."""
    user_file: tuple[str, ...]
    """Path of the person's file below `home`, or below `config` when `in_config`."""
    in_config: bool
    project_file: str | None
    """Path of a project's file below the project, for clients that have one."""
    typed: bool
    """Whether an entry says its transport in `type`."""
    variable: str | None
    """How the file names an environment variable in a header; None when it takes no remote server."""
    then: str
    """What makes the client read the file again."""

    def file(self, places: Places, project: Path | None) -> Path:
        """The file to write.

        Raises:
            InvalidInput: the client has no files of projects.
        """
        if project is None:
            return (places.config if self.in_config else places.home).joinpath(*self.user_file)
        if self.project_file is None:
            raise InvalidInput(f"{self.title} keeps no servers in projects. Leave --project out.")
        return project / self.project_file

    def local_entry(self, config: Path | None) -> dict[str, JsonValue]:
        """The client starts the server itself and talks to it over standard input and output.

        `config` is the settings file to use: the client starts it in a folder of its own, where it finds none.
        """
        command, *args = deskhand_command()
        entry: dict[str, JsonValue] = {"type": "stdio"} if self.typed else {}
        entry |= {"command": command, "args": [*args, "serve", "--stdio"]}
        return {**entry, "env": {CONFIG_VARIABLE: str(config.absolute())}} if config else entry

    def remote_entry(self, url: str, token_variable: str) -> dict[str, JsonValue]:
        """The server runs elsewhere; the token stays in the environment, never in the file.

        Raises:
            InvalidInput: the client's file takes no remote servers, or it is no URL of one.
        """
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise InvalidInput(f"{url!r} is not the URL of a server. Expected one such as http://127.0.0.1:8642/mcp.")
        if self.variable is None:
            raise InvalidInput(
                f"{self.title}'s file takes only servers it starts itself. Leave --http out, "
                f"or add {url} in its settings, under Connectors."
            )
        header = f"Bearer {self.variable.format(token_variable)}"
        entry: dict[str, JsonValue] = {"type": "http"} if self.typed else {}
        return {**entry, "url": url, "headers": {"Authorization": header}}


CLIENTS = {
    "claude-desktop": Client(
        title="Claude Desktop",
        section="mcpServers",
        user_file=("Claude", "claude_desktop_config.json"),
        in_config=True,
        project_file=None,
        typed=False,
        variable=None,
        then="Quit Claude Desktop and start it again.",
    ),
    "claude-code": Client(
        title="Claude Code",
        section="mcpServers",
        user_file=(".claude.json",),
        in_config=False,
        project_file=".mcp.json",
        typed=True,
        variable="${{{}}}",
        then="Start Claude Code again; /mcp shows the server.",
    ),
    "cursor": Client(
        title="Cursor",
        section="mcpServers",
        user_file=(".cursor", "mcp.json"),
        in_config=False,
        project_file=".cursor/mcp.json",
        typed=False,
        variable="${{env:{}}}",
        then="Restart Cursor; its settings list the server under MCP.",
    ),
    "vscode": Client(
        title="VS Code",
        section="servers",
        user_file=("Code", "User", "mcp.json"),
        in_config=True,
        project_file=".vscode/mcp.json",
        typed=True,
        variable="${{env:{}}}",
        then="Run `MCP: List Servers` in VS Code and start the server.",
    ),
}


def deskhand_command() -> list[str]:
    """The `deskhand` beside this Python, by its absolute path: a client starts it without our PATH."""
    python = Path(sys.executable)
    found = shutil.which("deskhand", path=str(python.parent))
    return [found] if found else [str(python), "-m", "deskhand"]
