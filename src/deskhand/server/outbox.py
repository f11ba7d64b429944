"""`outbox://{key}`: what left the machine or waits for the person, each caller's own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio
from mcp.shared.uri_template import UriTemplate
from pydantic import JsonValue

from deskhand.errors import Denied, DeskhandError, NotFound
from deskhand.marks import ResourceMark
from deskhand.outbox.act import SCHEME, Entry, State, uri_of
from deskhand.outbox.outbox import Outbox
from deskhand.principal import Principal, current_principal
from deskhand.server.binding import BoundResource
from deskhand.services import Changes
from deskhand.toolset import ResourceEntry, Toolset
from deskhand.visible import visible, visible_line
from deskhand.zone import Zone

TEMPLATE = f"{SCHEME}{{key}}"
LOOK_SECONDS = 1.0
"""How often a followed act is looked at: other processes decide and perform, too."""


@dataclass(frozen=True, slots=True)
class Area:
    """Which toolset acts of each kind belong to: who may read there may read them, who may write decides."""

    kinds: Mapping[str, str]

    def open_to(self, principal: Principal, entry: Entry) -> bool:
        """Whether the principal, whose act it is, may read it with the token at hand."""
        return principal.may(f"{self.kinds.get(entry.kind, '*')}:read")

    def decided_by(self, principal: Principal, entry: Entry) -> bool:
        """Whether the principal, whose act it is, may have it done: who may use the tools that do it."""
        return principal.may(self.needed(entry))

    def needed(self, entry: Entry) -> str:
        """The scope it takes to decide about it."""
        return f"{self.kinds.get(entry.kind, '*')}:write"


def area_of(toolsets: Sequence[Toolset], mail: Iterable[str]) -> Area:
    """The kinds of acts of these toolsets, and the kinds of `mail`, which the email toolset reads."""
    own = {kind: toolset.name for toolset in toolsets for kind in toolset.performers()}
    return Area({**dict.fromkeys(mail, "email"), **own})


def outbox_resource(outbox: Outbox, changes: Changes, zone: Zone, area: Area) -> BoundResource:
    """The resource, for the catalogue: it belongs to no toolset, because several send."""

    async def read(key: str) -> str:
        principal = current_principal()
        entry = await outbox.find(principal.subject, key)
        if not area.open_to(principal, entry):
            raise Denied(f"This is {entry.kind!r}: reading it needs the scope {area.kinds.get(entry.kind, '*')}:read.")
        return shown(entry, zone)

    async def entries() -> list[ResourceEntry]:
        principal = current_principal()
        found = [entry for entry in await outbox.newest(principal.subject) if area.open_to(principal, entry)]
        return [
            ResourceEntry(
                entry.uri,
                visible_line(entry.title),
                description=entry.state,
                mime_type="application/json",
                modified=entry.changed,
            )
            for entry in found
        ]

    async def watch(key: str) -> None:
        await _Watching(outbox, changes, key).run()

    return BoundResource(
        mark=ResourceMark(TEMPLATE, "The outbox", "application/json", watched=True, ttl_seconds=0, public=False),
        scope=None,
        name="outbox",
        description="What left this machine, when and to whom, or waits for your yes. Yours only.",
        template=UriTemplate.parse(TEMPLATE),
        read=read,
        entries=entries,
        watch=watch,
    )


def shown(entry: Entry, zone: Zone) -> str:
    """The act as JSON, without its bytes; hidden characters are escapes, and it says that it may quote others."""
    told = {
        "key": entry.key,
        "kind": entry.kind,
        "state": entry.state,
        "title": visible_line(entry.title),
        "account": entry.account,
        "created": _at(entry.created, zone),
        "changed": _at(entry.changed, zone),
        "zone": str(zone),
        "error": visible(entry.error),
        "result": _visible(dict(entry.result)),
        "preview": visible(entry.preview),
        "untrusted": True,
    }
    return json.dumps({name: value for name, value in told.items() if value not in ("", {})}, ensure_ascii=False)


class _Watching:
    """Announces to each follower when their act moves to another state."""

    def __init__(self, outbox: Outbox, changes: Changes, key: str) -> None:
        self._outbox = outbox
        self._changes = changes
        self._key = key
        self._seen: dict[str, State | None] = {}

    async def run(self) -> None:
        """Look again and again until cancelled; an outage of the database is no news."""
        while True:
            for subject in self._changes.followers(self._uri):
                await self._look(subject)
            await anyio.sleep(LOOK_SECONDS)

    @property
    def _uri(self) -> str:
        return uri_of(self._key)

    async def _look(self, subject: str) -> None:
        try:
            state = (await self._outbox.find(subject, self._key)).state
        except NotFound:
            state = None
        except DeskhandError:
            return
        if subject in self._seen and self._seen[subject] != state:
            self._changes.resource_updated(self._uri, subject=subject)
        self._seen[subject] = state


def _visible(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {visible_line(name): _visible(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_visible(each) for each in value]
    return visible(value) if isinstance(value, str) else value


def _at(moment: datetime, zone: Zone) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
