"""The conformance suite's fixtures that ask the client for something, the way of 2026-07-28."""

from typing import Any

import mcp_types as types
from mcp.server.mcpserver import Context

from deskhand.toolset import Toolset, tool

Answer = types.CallToolResult
Asked = types.CallToolResult | types.InputRequiredResult


def said(*content: str | types.ContentBlock) -> types.CallToolResult:
    """A result of these blocks; a string is a text block."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=block) if isinstance(block, str) else block for block in content]
    )


def form(message: str, **properties: str) -> types.ElicitRequest:
    """A question with a form whose fields have these JSON types."""
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return types.ElicitRequest.model_validate(
        {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}
    )


def sample(text: str) -> types.CreateMessageRequest:
    """A question to the client's model."""
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=text))
    return types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=[message], max_tokens=100))


def ask(state: str | None = None, **requests: types.InputRequest) -> types.InputRequiredResult:
    """Ask the client, the way of 2026-07-28."""
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def filled(ctx: Context, key: str, field: str, kind: type) -> Any:
    """What the person put into a field of the form `key`; None when it was not answered as asked."""
    answer = (ctx.input_responses or {}).get(key)
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept" or answer.content is None:
        return None
    value = answer.content.get(field)
    return value if isinstance(value, kind) else None


class Asking(Toolset):
    """Tools that return what they need to know, and go on when they are called again with it."""

    @tool(title="Ask a name", read_only=True, open_world=False)
    async def test_input_required_result_elicitation(self, ctx: Context) -> Asked:
        """Asks one question."""
        name = filled(ctx, "user_name", "name", str)
        return said(f"Hello, {name}!") if name else ask(user_name=form("What is your name?", name="string"))

    @tool(title="Ask the model", read_only=True, open_world=False)
    async def test_input_required_result_sampling(self, ctx: Context) -> Asked:
        """Asks the client's model."""
        answer = (ctx.input_responses or {}).get("capital_question")
        if isinstance(answer, types.CreateMessageResult):
            return said(getattr(answer.content, "text", ""))
        return ask(capital_question=sample("What is the capital of France?"))

    @tool(title="Ask for roots", read_only=True, open_world=False)
    async def test_input_required_result_list_roots(self, ctx: Context) -> Asked:
        """Asks for the client's roots."""
        answer = (ctx.input_responses or {}).get("client_roots")
        if isinstance(answer, types.ListRootsResult):
            return said(", ".join(str(root.uri) for root in answer.roots))
        return ask(client_roots=types.ListRootsRequest())

    @tool(title="Ask with state", read_only=True, open_world=False)
    async def test_input_required_result_request_state(self, ctx: Context) -> Asked:
        """Asks, and gets its state back."""
        if ctx.request_state == "asked" and filled(ctx, "confirm", "ok", bool):
            return said("state-ok")
        return ask("asked", confirm=form("Please confirm", ok="boolean"))

    @tool(title="Ask thrice", read_only=True, open_world=False)
    async def test_input_required_result_multiple_inputs(self, ctx: Context) -> Asked:
        """Asks three things at once."""
        if {"user_name", "greeting", "client_roots"} <= set(ctx.input_responses or {}):
            return said("all there")
        return ask(
            "asked",
            user_name=form("What is your name?", name="string"),
            greeting=sample("Generate a greeting"),
            client_roots=types.ListRootsRequest(),
        )

    @tool(title="Ask twice", read_only=True, open_world=False)
    async def test_input_required_result_multi_round(self, ctx: Context) -> Asked:
        """Asks again after the first answer."""
        if ctx.request_state == "second" and filled(ctx, "step2", "color", str):
            return said("both rounds done")
        if ctx.request_state == "first" and filled(ctx, "step1", "name", str):
            return ask("second", step2=form("Step 2: What is your favorite color?", color="string"))
        return ask("first", step1=form("Step 1: What is your name?", name="string"))

    @tool(title="Ask, guarded", read_only=True, open_world=False)
    async def test_input_required_result_tampered_state(self, ctx: Context) -> Asked:
        """Asks; the server refuses a state that was changed."""
        if ctx.request_state == "asked" and filled(ctx, "confirm", "ok", bool):
            return said("integrity-ok")
        return ask("asked", confirm=form("Please confirm", ok="boolean"))

    @tool(title="Ask what can be asked", read_only=True, open_world=False)
    async def test_input_required_result_capabilities(self, ctx: Context) -> Asked:
        """Asks only what the client said it can answer."""
        if ctx.input_responses:
            return said("answered")
        can = ctx.client_capabilities
        requests: dict[str, types.InputRequest] = {}
        if can is not None and can.elicitation is not None:
            requests["form"] = form("A value", value="string")
        if can is not None and can.sampling is not None:
            requests["sample"] = sample("A sample")
        return ask("asked", **requests) if requests else said("nothing can be asked")
