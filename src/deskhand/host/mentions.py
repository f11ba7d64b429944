"""Resources by `@`: which there are, what could be meant, and which server has one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import mcp_types

from deskhand.errors import DeskhandError
from deskhand.host.attachments import Attachment
from deskhand.host.connections import Connections
from deskhand.host.mention_words import MENTION, names_resources

_TRAILING = ",.;:!?)]}'\""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An address that could be meant."""

    uri: str
    title: str


FRESH_SECONDS = 5.0
"""How long a list is good: while somebody types, the servers are not asked at each key."""


@dataclass
class Resources:
    """What the connected servers offer, asked for when it is needed."""

    connections: Connections
    listed: list[tuple[str, mcp_types.Resource]] = field(default_factory=list[tuple[str, mcp_types.Resource]])
    templates: list[tuple[str, mcp_types.ResourceTemplate]] = field(
        default_factory=list[tuple[str, mcp_types.ResourceTemplate]]
    )

    _asked: float = float("-inf")

    async def refresh(self) -> None:
        """Ask the servers, unless that was just done. One that does not answer is as if it had none."""
        if anyio.current_time() - self._asked > FRESH_SECONDS:
            self.listed = await self.connections.resources()
            self.templates = await self.connections.resource_templates()
            self._asked = anyio.current_time()

    async def propose(self, typed: str) -> list[Proposal]:
        """Addresses for what follows the `@`: listed ones that contain it, then what templates complete it to.

        Those of which an address or a name begins with it come first: `@ma` means `map.md` before an `email:`.
        """
        await self.refresh()
        word = typed.casefold()
        matching = [(server, resource) for server, resource in self.listed if any(word in t for t in _texts(resource))]
        matching.sort(key=lambda one: not any(text.startswith(word) for text in _texts(one[1])))
        found = [Proposal(each.uri, f"{each.title or each.name} · {server}") for server, each in matching]
        known = {proposal.uri for proposal in found}
        for server, template in self.templates:
            found += [p for p in await self._completed(server, template, typed) if p.uri not in known]
        return found

    async def _completed(self, server: str, template: mcp_types.ResourceTemplate, typed: str) -> list[Proposal]:
        pattern = template.uri_template
        prefix, opened, rest = pattern.partition("{")
        variable, _, suffix = rest.partition("}")
        title = f"{template.title or template.name} · {server}"
        if not typed.startswith(prefix):
            return [Proposal(prefix, title)] if opened and prefix.startswith(typed) else []
        if "{" in suffix or not opened:
            return []
        reference = mcp_types.ResourceTemplateReference(uri=pattern)
        name = variable.lstrip("+/#.").rstrip("*")
        try:
            values = await self.connections.complete(server, reference, name, typed.removeprefix(prefix))
        except DeskhandError:
            return []  # a proposal is a convenience: without an answer there is none
        return [Proposal(prefix + value + suffix, title) for value in values]

    def server_of(self, uri: str) -> str | None:
        """Who has it: the server that lists it, else the one whose template begins as it does."""
        for server, resource in self.listed:
            if resource.uri == uri:
                return server
        for server, template in self.templates:
            prefix = template.uri_template.partition("{")[0]
            if prefix and uri.startswith(prefix):
                return server
        return None

    async def mentioned(self, text: str) -> tuple[list[Attachment], list[str]]:
        """What a message attaches, and the addresses in it that no server has."""
        if names_resources(text):
            await self.refresh()
        attachments: dict[str, Attachment] = {}
        unknown: list[str] = []
        for match in MENTION.finditer(text):
            found = self._first(_readings(match[1]))
            if found is None:
                unknown.append(match[1])
            else:
                attachments[found.uri] = found
        return list(attachments.values()), unknown

    def _first(self, readings: Sequence[str]) -> Attachment | None:
        for uri in readings:
            server = self.server_of(uri)
            if server is not None:
                return Attachment(server, uri)
        return None


def _texts(resource: mcp_types.Resource) -> tuple[str, ...]:
    """What a person may begin to type of it: the address, its last part, the name, the title."""
    uri = resource.uri
    return tuple(text.casefold() for text in (uri, uri.rpartition("/")[2], resource.name, resource.title or ""))


def _readings(address: str) -> list[str]:
    """The address as it stands, unless it ends in punctuation, which more likely belongs to the sentence."""
    bare = address.rstrip(_TRAILING)
    return [bare] if bare == address else [bare, address]
