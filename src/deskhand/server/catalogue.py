"""Everything a server offers, by name and by URI."""

from collections.abc import Mapping, Sequence
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
        SettingsError: a tool or prompt is there twice, `without` names no tool, or a workflow is wrong.
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
    offered = _offered(prompts, tools, without)
    for name in without:
        if tools.pop(name, None) is None:
            raise SettingsError(f"toolsets.disabled_tools names {name!r}, which no enabled toolset has.")
    return Catalogue(tools, tuple(resources), offered, completions)


def _add(found: dict[str, T], name: str, item: T, toolset: str) -> None:
    if name in found:
        raise SettingsError(f"Toolset {toolset!r} declares {name!r}, which another toolset already has. Rename one.")
    found[name] = item


def _offered(
    prompts: Mapping[str, BoundPrompt], tools: Mapping[str, BoundTool], without: Sequence[str]
) -> dict[str, BoundPrompt]:
    """The prompts whose tools are all served; one that needs a tool of `without` is left out.

    Raises:
        SettingsError: a workflow names a tool that does not exist, or lacks a gate before one that acts outside.
    """
    for name, prompt in prompts.items():
        for step in prompt.mark.steps:
            if step.tool not in tools:
                raise SettingsError(f"The prompt {name!r} names the tool {step.tool!r}, which does not exist.")
            if tools[step.tool].mark.destructive and not step.gate:
                raise SettingsError(f"The prompt {name!r} calls {step.tool!r}, which acts outside, without a gate.")
    return {
        name: prompt for name, prompt in prompts.items() if not any(step.tool in without for step in prompt.mark.steps)
    }
