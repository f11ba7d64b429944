"""The public test kit: a server of your toolset in process, with a real MCP client on it.

async with serving(Weather, settings={"source": "fake"}) as server, client_of(server) as client:
    result = await client.call_tool("get_alerts", {"state": "CA"})
"""

import inspect
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from mcp.client import Client
from mcp.client.client import ConnectMode
from mcp_types import CallToolResult, TextContent, TextResourceContents

from deskhand.kept import Kept
from deskhand.mail.accounts import Accounts
from deskhand.mail.post import Post
from deskhand.outbox.outbox import Outbox
from deskhand.principal import LOCAL, Principal
from deskhand.result import Health
from deskhand.retrieval.find import Found
from deskhand.rules import Finding, Subject, inspect_toolset
from deskhand.server.build import DeskhandServer, build
from deskhand.services import Services
from deskhand.settings import Settings
from deskhand.settings_accounts import AccountSettings
from deskhand.store.database import Database
from deskhand.toolset import Toolset, ToolsetSettings


class RecordedChanges:
    """A `Changes` that remembers what was announced."""

    def __init__(self) -> None:
        self.updated: list[tuple[str, str | None]] = []
        self.lists_changed = 0

    def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
        """Remember the URI and whom it was meant for."""
        self.updated.append((uri, subject))

    def followers(self, uri: str) -> Collection[str]:
        """Nobody: there is no server."""
        return ()

    def resource_list_changed(self, *, subject: str | None = None) -> None:
        """Count it."""
        self.lists_changed += 1


def services(
    folder: Path,
    *,
    now: datetime | None = None,
    database: Database | None = None,
    accounts: Mapping[str, AccountSettings] | None = None,
) -> Services:
    """Services for a toolset under test, beneath `folder`; the clock stands still at `now` when given.

    Without a `database` there is one in memory; without `accounts` everybody has the local mailbox. Search is
    by keywords.
    """
    data_dir, workspace = folder / "data", folder / "workspace"
    data_dir.mkdir(parents=True, exist_ok=True)
    workspace.mkdir(parents=True, exist_ok=True)

    async def survey() -> dict[str, Health]:
        return {}

    def clock() -> datetime:
        return now or datetime.now(UTC)

    changes, store = RecordedChanges(), database or Database(None)
    own, outbox = Accounts(accounts or {}, folder, clock, UTC), Outbox(store, clock)
    return Services(
        data_dir=data_dir,
        workspace=workspace,
        changes=changes,
        now=clock,
        survey=survey,
        database=store,
        embedding=Found(None, "Tests search by keywords."),
        zone=UTC,
        kept=Kept(folder / "results", hours=24),
        outbox=outbox,
        accounts=own,
        post=Post(own, outbox, clock, UTC),
    )


@asynccontextmanager
async def serving(
    *toolsets: type[Toolset],
    settings: Mapping[str, Mapping[str, object]] | None = None,
    folder: Path | None = None,
    caller: Principal = LOCAL,
    time_zone: str = "",
) -> AsyncGenerator[DeskhandServer]:
    """A server of these toolsets in a temporary folder (or `folder`), whose every caller is `caller`.

    `settings` holds toolset sections by name, and the tree's other sections such as `server`.
    """
    with TemporaryDirectory(prefix="deskhand-") as temporary:
        root = folder or Path(temporary)
        sections = dict(settings or {})
        toolset_sections = {cls.name: sections.pop(cls.name) for cls in toolsets if cls.name in sections}
        general = sections.pop("toolsets", {})
        tree = Settings.model_validate(
            {"data_dir": root, "time_zone": time_zone, **sections, "toolsets": {**general, **toolset_sections}}
        )
        tree.workspace.mkdir(parents=True, exist_ok=True)
        with Database(root / "deskhand.db") as database:
            yield build(toolsets, tree, database=database, anonymous=caller)


@asynccontextmanager
async def client_of(server: DeskhandServer, *, mode: ConnectMode = "auto") -> AsyncGenerator[Client]:
    """An MCP client connected in process; `mode="legacy"` speaks the handshake era. One client per server."""
    async with Client(server.sdk, mode=mode) as client:
        yield client


async def call(client: Client, tool: str, **arguments: object) -> Mapping[str, Any]:
    """A tool's structured answer.

    Raises:
        AssertionError: the call failed; with what it said.
    """
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return cast("Mapping[str, Any]", result.structured_content)


async def refusal(client: Client, tool: str, **arguments: object) -> str:
    """What a tool says when it refuses.

    Raises:
        AssertionError: it did not refuse; with what it said.
    """
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    return text_of(result)


async def read(client: Client, uri: str) -> str:
    """The text of a resource.

    Raises:
        AssertionError: it is not a text.
    """
    content = (await client.read_resource(uri)).contents[0]
    assert isinstance(content, TextResourceContents), "it is not a text"
    return content.text


def text_of(result: CallToolResult) -> str:
    """What a result says to people."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def check_toolset(cls: type[Toolset], settings: ToolsetSettings | None = None) -> list[Finding]:
    """Hold a toolset to the rules of `deskhand check`; an empty list, or one of excused findings only, is good."""
    with TemporaryDirectory(prefix="deskhand-") as temporary:
        return inspect_toolset(subject(cls, Path(temporary), settings))


def subject(cls: type[Toolset], scratch: Path, settings: ToolsetSettings | None = None) -> Subject:
    """The toolset, with services beneath `scratch`, and the folder its class is defined in."""
    toolset = cls(settings or cls.Settings(), services(scratch))
    return Subject(toolset, Path(inspect.getfile(cls)).parent)
