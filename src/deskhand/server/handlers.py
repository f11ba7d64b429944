"""The MCP methods, each a few lines: find what is meant, run it through dispatch, give the answer its MCP shape."""

import difflib
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, Never, ParamSpec, TypeVar, cast

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import Message

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.kept import Kept
from deskhand.principal import Principal
from deskhand.server import shapes
from deskhand.server.binding import BoundPrompt, BoundResource, BoundTool
from deskhand.server.catalogue import Catalogue
from deskhand.server.dispatch import Action, Dispatch, Kind, protocol_error
from deskhand.server.paging import page
from deskhand.server.results import fit
from deskhand.server.subscriptions import Subscriptions
from deskhand.toolset import ResourceEntry

Request = ServerRequestContext[Any, Any]
P = ParamSpec("P")
T = TypeVar("T")
Listed = types.PaginatedRequestParams | None
ASKING_SECONDS = 600.0
"""Time-out of a tool that asks the person something: people think, and fetch a coffee."""


def _speaks_protocol(
    method: Callable[Concatenate["Handlers", P], Awaitable[T]],
) -> Callable[Concatenate["Handlers", P], Awaitable[T]]:
    """Let a DeskhandError leave as the protocol error it is."""

    @wraps(method)
    async def handler(self: "Handlers", *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(self, *args, **kwargs)
        except DeskhandError as error:
            raise protocol_error(error) from error

    return handler


class Handlers:
    """Serves the catalogue.

    What runs a body, or is refused, leaves an audit row; a list does not: it shows names, and those by scope.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        dispatch: Dispatch,
        *,
        kept: Kept,
        subscriptions: Subscriptions,
        result_tokens: int,
    ) -> None:
        self._catalogue = catalogue
        self._dispatch = dispatch
        self._kept = kept
        self._subscriptions = subscriptions
        self._result_tokens = result_tokens

    # tools

    @_speaks_protocol
    async def list_tools(self, ctx: Request, params: Listed) -> types.ListToolsResult:
        """The tools the caller may use, sorted by name."""
        principal = self._dispatch.principal(ctx)
        tools = sorted(
            (tool for tool in self._catalogue.tools.values() if principal.may(tool.scope)),
            key=lambda tool: tool.sdk.name,
        )
        shown, cursor = page(tools, _cursor(params), key=lambda tool: tool.sdk.name)
        return types.ListToolsResult(tools=[tool.described for tool in shown], next_cursor=cursor)

    async def call_tool(
        self, ctx: Request, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        """Run a tool; what goes wrong in it becomes a result the model can read."""
        tool = self._catalogue.tools.get(params.name)
        if tool is None:
            return await self._no_tool(ctx, params)
        arguments = _without_nulls(tool, params.arguments or {})
        seconds = tool.mark.timeout or (ASKING_SECONDS if tool.asks else None)
        action = Action("tool", params.name, tool.scope, arguments, seconds)

        async def body(principal: Principal) -> types.CallToolResult | types.InputRequiredResult:
            _check_names(tool, arguments)
            context = Context(request_context=ctx, input_params=params)
            result = shapes.converted(tool, await tool.sdk.run(arguments, context))
            if isinstance(result, types.InputRequiredResult) or tool.mark.bounded:
                return result
            return await fit(self._kept, result, tool=params.name, caller=principal, max_tokens=self._result_tokens)

        try:
            return await self._dispatch.run(ctx, action, body)
        except DeskhandError as error:
            return shapes.failed(error)

    @_speaks_protocol
    async def _no_tool(self, ctx: Request, params: types.CallToolRequestParams) -> Never:
        error = InvalidInput(_unknown("tool", params.name, list(self._catalogue.tools)))
        return await self._refuse(ctx, Action("tool", params.name, None, params.arguments or {}), error)

    # resources

    @_speaks_protocol
    async def list_resources(self, ctx: Request, params: Listed) -> types.ListResourcesResult:
        """Concrete resources, sorted by URI."""
        entries: list[ResourceEntry] = []
        for resource in self._visible(ctx):
            if resource.template is None:
                mark = resource.mark
                entries.append(ResourceEntry(mark.uri, resource.name, mark.title, resource.description, mark.mime_type))
            elif resource.entries is not None:
                action = Action("resource", f"list {resource.mark.uri}", resource.scope)
                entries.extend(await self._dispatch.run(ctx, action, _ignoring_caller(resource.entries)))
        entries.sort(key=lambda entry: entry.uri)
        shown, cursor = page(entries, _cursor(params), key=lambda entry: entry.uri)
        return types.ListResourcesResult(resources=[shapes.resource(entry) for entry in shown], next_cursor=cursor)

    @_speaks_protocol
    async def list_templates(self, ctx: Request, params: Listed) -> types.ListResourceTemplatesResult:
        """Resource templates, sorted by URI template."""
        templates = sorted(
            (resource for resource in self._visible(ctx) if resource.template is not None),
            key=lambda resource: resource.mark.uri,
        )
        shown, cursor = page(templates, _cursor(params), key=lambda resource: resource.mark.uri)
        return types.ListResourceTemplatesResult(
            resource_templates=[shapes.template(resource) for resource in shown],
            next_cursor=cursor,
        )

    async def read_resource(self, ctx: Request, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """The content of one resource."""
        uri = str(params.uri)
        try:
            resource, variables = await self._find(ctx, "resource", uri)
            action = Action("resource", uri, resource.scope)
            value = await self._dispatch.run(ctx, action, lambda _: resource.read(**variables))
        except DeskhandError as error:
            raise protocol_error(error, uri) from error
        return types.ReadResourceResult(
            contents=[shapes.contents(uri, value, resource.mark.mime_type)],
            ttl_ms=int(resource.mark.ttl_seconds * 1000),
            cache_scope="public" if resource.mark.public else "private",
        )

    def _visible(self, ctx: Request) -> list[BoundResource]:
        principal = self._dispatch.principal(ctx)
        return [resource for resource in self._catalogue.resources if principal.may(resource.scope)]

    # prompts and completion

    @_speaks_protocol
    async def list_prompts(self, ctx: Request, params: Listed) -> types.ListPromptsResult:
        """Prompts, sorted by name."""
        principal = self._dispatch.principal(ctx)
        prompts = sorted(
            (prompt for prompt in self._catalogue.prompts.values() if principal.may(prompt.scope)),
            key=lambda prompt: prompt.sdk.name,
        )
        shown, cursor = page(prompts, _cursor(params), key=lambda prompt: prompt.sdk.name)
        return types.ListPromptsResult(prompts=[shapes.prompt(prompt) for prompt in shown], next_cursor=cursor)

    @_speaks_protocol
    async def get_prompt(
        self, ctx: Request, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        """Render a prompt."""
        prompt = self._catalogue.prompts.get(params.name)
        arguments = params.arguments or {}
        if prompt is None:
            error = InvalidInput(_unknown("prompt", params.name, list(self._catalogue.prompts)))
            return await self._refuse(ctx, Action("prompt", params.name, None, arguments), error)

        async def body(_: Principal) -> list[Message] | types.InputRequiredResult:
            _check_prompt_arguments(prompt, arguments)
            context = Context(request_context=ctx, input_params=params)
            return await prompt.sdk.render(cast("dict[str, Any]", arguments), context)

        rendered = await self._dispatch.run(ctx, Action("prompt", params.name, prompt.scope, arguments), body)
        if isinstance(rendered, types.InputRequiredResult):
            return rendered
        messages = [types.PromptMessage(role=message.role, content=message.content) for message in rendered]
        return types.GetPromptResult(description=prompt.sdk.description, messages=messages)

    @_speaks_protocol
    async def complete(self, ctx: Request, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Complete an argument; an argument nobody completes has no suggestions."""
        target = params.ref.name if isinstance(params.ref, types.PromptReference) else params.ref.uri
        bound = self._catalogue.completions.get((target, params.argument.name))
        if bound is None:
            return types.CompleteResult(completion=types.Completion(values=[], total=0, has_more=False))
        action = Action("completion", f"{target} {params.argument.name}", bound.scope)
        values = await self._dispatch.run(ctx, action, lambda _: bound.complete(params.argument.value))
        shown = values[:100]  # the protocol's limit
        completion = types.Completion(values=shown, total=len(values), has_more=len(values) > len(shown))
        return types.CompleteResult(completion=completion)

    # subscriptions

    @_speaks_protocol
    async def listen(
        self, ctx: Request, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Stream changes (2026-07-28)."""
        principal = self._dispatch.principal(ctx)
        for uri in params.notifications.resource_subscriptions or ():
            await self._may_follow(ctx, principal, uri)
        return await self._subscriptions.listen(ctx, params, principal.subject)

    @_speaks_protocol
    async def subscribe(self, ctx: Request, params: types.SubscribeRequestParams) -> types.EmptyResult:
        """`resources/subscribe` (before 2026-07-28)."""
        principal = self._dispatch.principal(ctx)
        await self._may_follow(ctx, principal, str(params.uri))
        self._subscriptions.subscribe(ctx, str(params.uri), principal.subject)
        return types.EmptyResult()

    @_speaks_protocol
    async def unsubscribe(self, ctx: Request, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        """`resources/unsubscribe` (before 2026-07-28)."""
        self._subscriptions.unsubscribe(ctx, str(params.uri), self._dispatch.principal(ctx).subject)
        return types.EmptyResult()

    async def initialized(self, ctx: Request, params: types.NotificationParams) -> None:
        """A client of the handshake era is ready: from now on it hears of list changes."""
        self._subscriptions.join(ctx, self._dispatch.principal(ctx).subject)

    async def _may_follow(self, ctx: Request, principal: Principal, uri: str) -> None:
        resource, _ = await self._find(ctx, "listen", uri)
        self._dispatch.authorize(principal, Action("listen", uri, resource.scope))

    async def _find(self, ctx: Request, kind: Kind, uri: str) -> tuple[BoundResource, dict[str, str]]:
        try:
            return self._catalogue.find(uri)
        except NotFound as error:
            return await self._refuse(ctx, Action(kind, uri, None), error)

    async def _refuse(self, ctx: Request, action: Action, error: DeskhandError) -> Never:
        """Raise the error through dispatch: who tries names that do not exist is limited and audited, as all are."""

        async def body(_: Principal) -> Never:
            raise error

        await self._dispatch.run(ctx, action, body)
        raise error  # it was raised already


def _cursor(params: Listed) -> str | None:
    return params.cursor if params is not None else None


def _ignoring_caller(method: Callable[[], Awaitable[T]]) -> Callable[[Principal], Awaitable[T]]:
    return lambda _: method()


def _unknown(kind: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"Unknown {kind}: {name}. " + (f"Did you mean {', '.join(near)}?" if near else f"List {kind}s to see them.")


def _without_nulls(tool: BoundTool, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments without the optional ones that are null, as models write what they leave out."""
    required = tool.sdk.parameters.get("required", ())
    return {name: value for name, value in arguments.items() if value is not None or name in required}


def _check_names(tool: BoundTool, arguments: dict[str, Any]) -> None:
    known = list(tool.sdk.parameters.get("properties", {}))
    unknown = [name for name in arguments if name not in known]
    if unknown:
        raise InvalidInput(
            f"{tool.sdk.name} has no argument {', '.join(unknown)}. It takes: {', '.join(known) or 'none'}."
        )


def _check_prompt_arguments(prompt: BoundPrompt, arguments: dict[str, str]) -> None:
    known = prompt.sdk.arguments or []
    missing = [argument.name for argument in known if argument.required and argument.name not in arguments]
    unknown = [name for name in arguments if name not in {argument.name for argument in known}]
    if missing or unknown:
        raise InvalidInput(
            f"Prompt {prompt.sdk.name} takes: {', '.join(argument.name for argument in known) or 'no arguments'}. "
            + (f"Missing: {', '.join(missing)}. " if missing else "")
            + (f"Unknown: {', '.join(unknown)}." if unknown else "")
        )
