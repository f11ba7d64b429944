"""What the person agreed to, bound to the endpoint and to the exact definition of the tool, across restarts.

The first definition seen of a tool is pinned: adding the server agreed to it. A tool that later comes with another
definition is quarantined until the person has seen what changed, because a description is text the model obeys.
"""

import difflib
import json
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from deskhand.host.human import Span
from deskhand.host.tools import OfferedTool, definition
from deskhand.store.database import Database
from deskhand.store.tables import granted_tool, pinned_tool
from deskhand.store.upsert import upsert

_WHOLE_SERVER = ""  # in place of a tool's name: tools without one are not offered (`connection_pages.all_tools`)

Key = tuple[str, str]
"""Endpoint and the tool's own name."""
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Grant:
    """A lasting yes: to one tool at an endpoint, or with `tool` None to all of its server's tools it can cover."""

    endpoint: str
    tool: str | None


class Consent:
    """One person's agreements, answered from memory; `reread` takes what they said elsewhere.

    `lasting` is whether a yes here may outlive the program: not for who came with a token for less, as it would hold
    wherever its owner is.
    """

    def __init__(self, database: Database, owner: str, *, lasting: bool = True) -> None:
        self.lasting = lasting
        self._database = database
        self._owner = owner
        self._pinned: dict[Key, tuple[str, str]] = database.read(lambda connection: _pinned(connection, owner))
        self._granted: dict[Key, str] = database.read(lambda connection: _granted(connection, owner))
        self._this_session: dict[Key, str] = {}

    async def reread(self) -> None:
        """Take the lasting yeses as they are now: another desk or program may have given some, or taken some back."""
        granted = await self._database.aread(lambda connection: _granted(connection, self._owner))
        self._granted.clear()  # in place: `for_one_chat` shares it
        self._granted.update(granted)

    def for_one_chat(self) -> "Consent":
        """The same agreements, but a yes for the session is for this one only."""
        other = copy(self)
        other._this_session = {}
        return other

    async def changed(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """The tools whose definition is not the pinned one; those never seen before are pinned now."""
        new = [tool for tool in tools if _key(tool) not in self._pinned and not _is_ours(tool)]
        if new:
            await self.pin(new)
        return self.differing(tools)

    def differing(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """As `changed`, for a screen: nothing is pinned by looking."""
        known = [tool for tool in tools if _key(tool) in self._pinned and not _is_ours(tool)]
        return [tool for tool in known if self._pinned[_key(tool)][0] != tool.fingerprint]

    async def pin(self, tools: Sequence[OfferedTool]) -> None:
        """From now on these are the definitions that were agreed to."""
        agreed = {_key(tool): (tool.fingerprint, _definition_text(tool)) for tool in tools}
        rows = [
            self._row(key) | {"fingerprint": fingerprint, "definition": text}
            for key, (fingerprint, text) in agreed.items()
        ]
        await self._database.awrite(lambda connection: upsert(connection, pinned_tool, rows))
        self._pinned.update(agreed)

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
            row = self._row(key) | {"fingerprint": bound_to}
            await self._database.awrite(lambda connection: upsert(connection, granted_tool, [row]))
            self._granted[key] = bound_to

    def grants(self) -> list[Grant]:
        """The yeses that outlive the program, sorted."""
        return [Grant(endpoint, tool or None) for endpoint, tool in sorted(self._granted)]

    async def revoke(self, grants: Sequence[Grant]) -> None:
        """Take yeses back: from now on it is asked again."""
        keys = [(grant.endpoint, grant.tool or _WHOLE_SERVER) for grant in grants]
        await self._database.awrite(lambda connection: _delete(connection, granted_tool, [*map(self._row, keys)]))
        for key in keys:
            self._granted.pop(key, None)

    def _row(self, key: Key) -> Row:
        return {"owner": self._owner, "endpoint": key[0], "tool": key[1]}


def _pinned(connection: sa.Connection, owner: str) -> dict[Key, tuple[str, str]]:
    rows = connection.execute(sa.select(pinned_tool).where(pinned_tool.c.owner == owner)).all()
    return {(row.endpoint, row.tool): (row.fingerprint, row.definition) for row in rows}


def _granted(connection: sa.Connection, owner: str) -> dict[Key, str]:
    rows = connection.execute(sa.select(granted_tool).where(granted_tool.c.owner == owner)).all()
    return {(row.endpoint, row.tool): row.fingerprint for row in rows}


def _delete(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    for row in rows:
        same = [table.c[name] == row[name] for name in ("owner", "endpoint", "tool")]
        connection.execute(sa.delete(table).where(*same))


def _key(tool: OfferedTool) -> Key:
    return tool.endpoint, tool.tool.name


def _is_ours(tool: OfferedTool) -> bool:
    """A server inside this process changes only when the program does, and that the person installed themselves."""
    return tool.endpoint.startswith("in-process:")


def _definition_text(tool: OfferedTool) -> str:
    return json.dumps(definition(tool.tool), indent=2, sort_keys=True, ensure_ascii=False)
