"""Prompts of servers by `/name key=value`: found, read from what was typed, and completed."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
import mcp_types

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.connections import Connections
from deskhand.host.mentions import FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class OfferedPrompt:
    """A prompt as it is called here: by its name, or `server:name` where that is taken."""

    name: str
    server: str
    prompt: mcp_types.Prompt

    @property
    def arguments(self) -> list[mcp_types.PromptArgument]:
        """What it takes."""
        return list(self.prompt.arguments or ())

    @property
    def usage(self) -> str:
        """How it is typed: `/weather_watch state=… [days=…]`."""
        words = [f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in self.arguments]
        return " ".join([f"/{self.name}", *words])

    def missing(self, given: dict[str, str]) -> list[mcp_types.PromptArgument]:
        """The required arguments that were not given."""
        return [each for each in self.arguments if each.required and each.name not in given]


@dataclass
class Prompts:
    """What the connected servers offer, asked for when needed. `taken` are names that mean something else here."""

    connections: Connections
    taken: frozenset[str]
    offered: dict[str, OfferedPrompt] = field(default_factory=dict[str, OfferedPrompt])
    _asked: float = float("-inf")

    async def refresh(self) -> None:
        """Ask the servers, unless that was just done."""
        if anyio.current_time() - self._asked <= FRESH_SECONDS:
            return
        found = await self.connections.prompts()
        names = [prompt.name for _, prompt in found]
        self.offered = {}
        for server, prompt in found:
            plain = prompt.name not in self.taken and names.count(prompt.name) == 1
            name = prompt.name if plain else f"{server}:{prompt.name}"
            self.offered[name] = OfferedPrompt(name, server, prompt)
        self._asked = anyio.current_time()

    async def propose(self, name: str, argument: str, typed: str, others: Mapping[str, str] | None = None) -> list[str]:
        """Values for an argument, from the server; `others` are what stands in the other arguments."""
        await self.refresh()
        offered = self.offered.get(name)
        if offered is None:
            return []
        reference = mcp_types.PromptReference(name=offered.prompt.name)
        try:
            return await self.connections.complete(offered.server, reference, argument, typed, others)
        except DeskhandError:
            return []  # a proposal is a convenience: without an answer there is none


def read_arguments(prompt: OfferedPrompt, typed: str) -> dict[str, str]:
    """`key=value` pairs; a prompt with one argument takes the whole rest as its value.

    Raises:
        InvalidInput: it cannot be read; says how it is typed.
    """
    known = {each.name for each in prompt.arguments}
    try:
        words = shlex.split(typed)
    except ValueError as error:
        raise InvalidInput(f"{error}. Type {prompt.usage}") from error
    pairs = [word.partition("=") for word in words]
    if all(equals and key in known for key, equals, _ in pairs):
        return {key: value for key, _, value in pairs}
    if len(prompt.arguments) == 1:
        return {prompt.arguments[0].name: typed.strip()}
    raise InvalidInput(f"Type {prompt.usage}")
