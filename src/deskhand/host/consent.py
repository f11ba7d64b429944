"""What the person agreed to, bound to the endpoint and to the exact definition of the tool, across restarts.

The first definition seen of a tool is pinned: adding the server agreed to it. A tool that later comes with another
definition is quarantined until the person has seen what changed, because a description is text the model obeys.
"""

import difflib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from deskhand.host.human import Span
from deskhand.host.tools import OfferedTool, definition
from deskhand.store.database import Database

_STEPS = (
    """
    CREATE TABLE pinned_tool (
        owner TEXT NOT NULL, endpoint TEXT NOT NULL, tool TEXT NOT NULL, fingerprint TEXT NOT NULL,
        definition TEXT NOT NULL, PRIMARY KEY (owner, endpoint, tool)
    ) STRICT;
    CREATE TABLE granted_tool (
        owner TEXT NOT NULL, endpoint TEXT NOT NULL, tool TEXT NOT NULL, fingerprint TEXT NOT NULL,
        PRIMARY KEY (owner, endpoint, tool)
    ) STRICT;
    """,
)
_WHOLE_SERVER = ""  # in place of a tool's name: tools without one are not offered (`connection_pages.all_tools`)

Key = tuple[str, str]
"""Endpoint and the tool's own name."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A lasting yes: to one tool at an endpoint, or with `tool` None to all of its server's tools it can cover."""

    endpoint: str
    tool: str | None


class Consent:
    """One person's agreements. Reads the store once; everything asked often is answered from memory."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        database.migrate("consent", _STEPS)
        self._pinned: dict[Key, tuple[str, str]] = self._load("pinned_tool", "definition")
        self._granted = {key: value for key, (value, _) in self._load("granted_tool", "fingerprint").items()}
        self._this_session: dict[Key, str] = {}

    def _load(self, table: str, last: str) -> dict[Key, tuple[str, str]]:
        query = f"SELECT endpoint, tool, fingerprint, {last} FROM {table} WHERE owner = ?"
        rows = self._database.read(lambda connection: connection.execute(query, (self._owner,)).fetchall())
        return {(endpoint, tool): (fingerprint, text) for endpoint, tool, fingerprint, text in rows}

    async def changed(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """The tools whose definition is not the pinned one; those never seen before are pinned now."""
        new = [tool for tool in tools if _key(tool) not in self._pinned and not _is_ours(tool)]
        if new:
            await self.pin(new)
        return [tool for tool in tools if not _is_ours(tool) and self._pinned[_key(tool)][0] != tool.fingerprint]

    async def pin(self, tools: Sequence[OfferedTool]) -> None:
        """From now on these are the definitions that were agreed to."""
        rows = [(self._owner, *_key(tool), tool.fingerprint, _definition_text(tool)) for tool in tools]
        statement = "INSERT OR REPLACE INTO pinned_tool VALUES (?, ?, ?, ?, ?)"
        await self._database.awrite(lambda connection: connection.executemany(statement, rows))
        self._pinned.update({_key(tool): (row[3], row[4]) for tool, row in zip(tools, rows, strict=True)})

    def diff(self, tool: OfferedTool) -> str:
        """What changed since the definition was pinned, as a unified diff of indented JSON."""
        before = self._pinned[_key(tool)][1].splitlines()
        after = _definition_text(tool).splitlines()
        return "\n".join(difflib.unified_diff(before, after, "agreed", "offered now", lineterm=""))

    def granted(self, tool: OfferedTool) -> Literal["tool", "server"] | None:
        """Whether an earlier yes covers this tool as it is defined now: itself, or its whole server."""
        key = _key(tool)
        if tool.fingerprint in (self._granted.get(key), self._this_session.get(key)):
            return "tool"
        return "server" if (tool.endpoint, _WHOLE_SERVER) in self._granted else None

    async def grant(self, tool: OfferedTool, span: Span) -> None:
        """Remember a yes for as long as `span` says; `tool` and `server` outlive the program."""
        if span == "session":
            self._this_session[_key(tool)] = tool.fingerprint
        elif span in ("tool", "server"):
            key, bound_to = (_key(tool), tool.fingerprint) if span == "tool" else ((tool.endpoint, _WHOLE_SERVER), "")
            await self._database.awrite(lambda connection: _insert_grant(connection, (self._owner, *key, bound_to)))
            self._granted[key] = bound_to

    def grants(self) -> list[Grant]:
        """The yeses that outlive the program, sorted."""
        return [Grant(endpoint, tool or None) for endpoint, tool in sorted(self._granted)]

    async def revoke(self, grants: Sequence[Grant]) -> None:
        """Take yeses back: from now on it is asked again."""
        rows = [(self._owner, grant.endpoint, grant.tool or _WHOLE_SERVER) for grant in grants]
        statement = "DELETE FROM granted_tool WHERE owner = ? AND endpoint = ? AND tool = ?"
        await self._database.awrite(lambda connection: connection.executemany(statement, rows))
        for _, endpoint, tool in rows:
            self._granted.pop((endpoint, tool), None)


def _insert_grant(connection: sqlite3.Connection, row: tuple[str, str, str, str]) -> None:
    connection.execute("INSERT OR REPLACE INTO granted_tool VALUES (?, ?, ?, ?)", row)


def _key(tool: OfferedTool) -> Key:
    return tool.endpoint, tool.tool.name


def _is_ours(tool: OfferedTool) -> bool:
    """A server inside this process changes only when the program does, and that the person installed themselves."""
    return tool.endpoint.startswith("in-process:")


def _definition_text(tool: OfferedTool) -> str:
    return json.dumps(definition(tool.tool), indent=2, sort_keys=True, ensure_ascii=False)
