"""Everything a server offers, by name and by URI."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from deskhand.errors import NotFound, SettingsError
from deskhand.server.binding import (
    BoundCompletion,
    BoundPrompt,
    BoundResource,
    BoundTool,
    bind_completions,
    bind_prompts,
    bind_resources,
    bind_tools,
)
from deskhand.toolset import Toolset

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Bound tools, resources, prompts and completions. The order is that of the toolsets."""

    tools: dict[str, BoundTool]
    resources: tuple[BoundResource, ...]
    prompts: dict[str, BoundPrompt]
    completions: dict[tuple[str, str], BoundCompletion]

    def find(self, uri: str) -> tuple[BoundResource, dict[str, str]]:
        """The resource behind a URI, with its template variables.

        Raises:
            NotFound: no resource or template matches.
        """
        for resource in self.resources:
            variables = resource.match(uri)
            if variables is not None:
                return resource, cast("dict[str, str]", variables)
        schemes = sorted({resource.mark.uri.partition(":")[0] for resource in self.resources})
        raise NotFound(f"There is no resource {uri!r}. This server has: {', '.join(f'{s}://' for s in schemes)}.")


def catalogue(toolsets: Sequence[Toolset], *, without: Sequence[str], extra: Sequence[BoundResource]) -> Catalogue:
    """Bind the toolsets, leaving out the tools named in `without`.

    Raises:
        SettingsError: two toolsets give a tool or prompt the same name, or `without` names no tool.
    """
    tools: dict[str, BoundTool] = {}
    prompts: dict[str, BoundPrompt] = {}
    resources = list(extra)
    completions: dict[tuple[str, str], BoundCompletion] = {}
    for toolset in toolsets:
        for tool in bind_tools(toolset):
            _add(tools, tool.sdk.name, tool, toolset.name)
        for prompt in bind_prompts(toolset):
            _add(prompts, prompt.sdk.name, prompt, toolset.name)
        resources.extend(bind_resources(toolset))
        completions.update(bind_completions(toolset))
    for name in without:
        if tools.pop(name, None) is None:
            raise SettingsError(f"toolsets.disabled_tools names {name!r}, which no enabled toolset has.")
    return Catalogue(tools, tuple(resources), prompts, completions)


def _add(found: dict[str, T], name: str, item: T, toolset: str) -> None:
    if name in found:
        raise SettingsError(f"Toolset {toolset!r} declares {name!r}, which another toolset already has. Rename one.")
    found[name] = item
