"""From marks to callables: what a toolset instance declares, in the shape the SDK can run."""

import inspect
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args, get_origin

import mcp_types as types
from mcp.server.mcpserver import Resolve
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.tools import Tool
from mcp.shared.uri_template import UriTemplate

from deskhand.marks import CompletesMark, ListsMark, PromptMark, ResourceMark, ToolMark, WatchesMark
from deskhand.server.methods import AsyncMethod, Methods
from deskhand.server.workflow import with_steps
from deskhand.toolset import ResourceEntry, Toolset, declared, scope_of


@dataclass(frozen=True, slots=True)
class BoundTool:
    """A tool ready to run: the SDK's validation and injection, with our mark and scope."""

    sdk: Tool
    mark: ToolMark
    scope: str
    described: types.Tool
    """As `tools/list` shows it."""
    asks: bool
    """Whether one of its resolvers may put a question to the person."""


@dataclass(frozen=True, slots=True)
class BoundResource:
    """A resource or template ready to read; `watch` runs while somebody is subscribed."""

    mark: ResourceMark
    scope: str | None
    name: str
    description: str
    template: UriTemplate | None
    read: AsyncMethod
    entries: Callable[[], Awaitable[list[ResourceEntry]]] | None
    watch: AsyncMethod | None

    def match(self, uri: str) -> dict[str, str | list[str]] | None:
        """The template's variables in `uri`; None when it is not this resource."""
        if self.template is None:
            return {} if uri == self.mark.uri else None
        return self.template.match(uri)


@dataclass(frozen=True, slots=True)
class BoundPrompt:
    """A prompt ready to render."""

    sdk: Prompt
    mark: PromptMark
    scope: str


@dataclass(frozen=True, slots=True)
class BoundCompletion:
    """Completion of one argument of a template or prompt."""

    scope: str
    complete: Callable[[str], Awaitable[list[str]]]


def bind_tools(toolset: Toolset) -> list[BoundTool]:
    """The tools of one toolset, in the order of its class body."""
    return [_bind_tool(toolset, name, mark) for name, mark in declared(type(toolset), ToolMark)]


def _bind_tool(toolset: Toolset, name: str, mark: ToolMark) -> BoundTool:
    annotations = types.ToolAnnotations(
        title=mark.title,
        read_only_hint=mark.read_only,
        destructive_hint=mark.destructive,
        idempotent_hint=mark.idempotent,
        open_world_hint=mark.open_world,
    )
    function = Methods(toolset).tool(name)
    sdk = Tool.from_function(
        function, name=name, title=mark.title, description=_description(function), annotations=annotations
    )
    _tidy(sdk.parameters)
    output = deepcopy(sdk.output_schema)
    if output is not None:
        _tidy(output)
        _leave_fields(output)
    described = types.Tool(
        name=name,
        title=mark.title,
        description=sdk.description,
        input_schema=sdk.parameters,
        output_schema=output,
        annotations=annotations,
    )
    return BoundTool(sdk, mark, scope_of(type(toolset), mark), described, asks=_asks(function))


def _asks(function: AsyncMethod) -> bool:
    resolvers = [
        item.fn
        for hint in function.__annotations__.values()
        if get_origin(hint) is Annotated
        for item in get_args(hint)[1:]
        if isinstance(item, Resolve)
    ]
    return any("Elicit" in str(inspect.signature(resolver).return_annotation) for resolver in resolvers)


def bind_resources(toolset: Toolset) -> list[BoundResource]:
    """The resources and templates of one toolset."""
    cls = type(toolset)
    listings = {mark.uri: name for name, mark in declared(cls, ListsMark)}
    watchers = {mark.uri: name for name, mark in declared(cls, WatchesMark)}
    bound: list[BoundResource] = []
    for name, mark in declared(cls, ResourceMark):
        method = Methods(toolset).plain(name)
        listing = listings.get(mark.uri)
        watcher = watchers.get(mark.uri)
        bound.append(
            BoundResource(
                mark=mark,
                scope=scope_of(cls, mark),
                name=name,
                description=_description(getattr(toolset, name)),
                template=UriTemplate.parse(mark.uri) if UriTemplate.is_template(mark.uri) else None,
                read=method,
                entries=cast(
                    "Callable[[], Awaitable[list[ResourceEntry]]] | None",
                    Methods(toolset).plain(listing) if listing else None,
                ),
                watch=getattr(toolset, watcher) if watcher else None,
            )
        )
    return bound


def bind_prompts(toolset: Toolset) -> list[BoundPrompt]:
    """The prompts of one toolset."""
    cls = type(toolset)
    bound: list[BoundPrompt] = []
    for name, mark in declared(cls, PromptMark):
        function = cast("Callable[..., Awaitable[str]]", Methods(toolset).plain(name))
        described = _description(function)
        prompt = Prompt.from_function(
            with_steps(function, mark.steps), name=mark.name or name, title=mark.title, description=described
        )
        bound.append(BoundPrompt(prompt, mark, scope_of(cls, mark)))
    return bound


def bind_completions(toolset: Toolset) -> dict[tuple[str, str], BoundCompletion]:
    """Completions by `(template or prompt name, argument)`."""
    cls = type(toolset)
    return {
        (mark.target, mark.argument): BoundCompletion(
            scope_of(cls, mark), cast("Callable[[str], Awaitable[list[str]]]", Methods(toolset).plain(name))
        )
        for name, mark in declared(cls, CompletesMark)
    }


def _description(function: Callable[..., object]) -> str:
    return inspect.cleandoc(function.__doc__ or "")


def _tidy(schema: dict[str, Any]) -> None:
    """Drop generated titles from a JSON schema: they repeat the names and cost the model tokens."""
    schema.pop("title", None)
    for key in ("properties", "$defs"):
        for child in cast("dict[str, Any]", schema.get(key, {})).values():
            if isinstance(child, dict):
                _tidy(cast("dict[str, Any]", child))
    for key in ("items", "anyOf", "oneOf", "allOf"):
        children = schema.get(key, [])
        for child in cast("list[Any]", children if isinstance(children, list) else [children]):
            if isinstance(child, dict):
                _tidy(cast("dict[str, Any]", child))


def _leave_fields(schema: dict[str, Any]) -> None:
    """Drop from an output schema what only restates the model: its docstring, and defaults nobody fills in."""
    for model in (schema, *cast("dict[str, dict[str, Any]]", schema.get("$defs", {})).values()):
        model.pop("description", None)
        for field in cast("dict[str, dict[str, Any]]", model.get("properties", {})).values():
            field.pop("default", None)
