"""The fixtures that the official conformance suite calls by name. Only the conformance test enables this toolset.

The suite's source says what each must answer: https://github.com/modelcontextprotocol/conformance
"""

import base64
import json
import warnings
from typing import Annotated, Literal, cast

import mcp_types as types
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from pydantic import BaseModel, Field, JsonValue
from tests.protocol.conformance_asking import Answer, Asked, Asking, ask, filled, form, said

from deskhand.toolset import Progress, completes, prompt, resource, tool

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
TEMPLATE = "test://template/{id}/data"


def embedded(uri: str, text: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    """A resource inside a result."""
    contents = types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return types.EmbeddedResource(type="resource", resource=contents)


class Reply(BaseModel):
    response: str = Field(description="User's response")


class Defaults(BaseModel):
    name: str = Field(default="John Doe", description="User name")
    age: int = Field(default=30, description="User age")
    score: float = Field(default=95.5, description="User score")
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = Field(default=True, description="Verification status")


def titled(*pairs: tuple[str, str]) -> list[JsonValue]:
    return [{"const": value, "title": title} for value, title in pairs]


class Choices(BaseModel):
    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})
    titledSingle: str = Field(
        json_schema_extra={"oneOf": titled(("value1", "First"), ("value2", "Second"), ("value3", "Third"))}
    )
    legacyEnum: str = Field(
        json_schema_extra={"enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]}
    )
    untitledMulti: list[Literal["option1", "option2", "option3"]] = Field(
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2", "option3"]}}
    )
    titledMulti: list[str] = Field(
        json_schema_extra={"items": {"anyOf": titled(("value1", "First"), ("value2", "Second"), ("value3", "Third"))}}
    )


class Address(BaseModel):
    street: str | None = None
    city: str | None = None


class Conformance(Asking):
    """One method for each fixture, under the name the suite calls."""

    name = "conformance"
    title = "Conformance fixtures"
    summary = "fixtures of the protocol's conformance suite."

    # content

    @tool(title="Text", read_only=True, open_world=False)
    async def test_simple_text(self) -> Answer:
        """Tests simple text content response."""
        return said("This is a simple text response for testing.")

    @tool(title="Image", read_only=True, open_world=False)
    async def test_image_content(self) -> Answer:
        """Tests image content response."""
        return said(types.ImageContent(type="image", data=PIXEL, mime_type="image/png"))

    @tool(title="Audio", read_only=True, open_world=False)
    async def test_audio_content(self) -> Answer:
        """Tests audio content response."""
        return said(types.AudioContent(type="audio", data=SILENCE, mime_type="audio/wav"))

    @tool(title="Embedded resource", read_only=True, open_world=False)
    async def test_embedded_resource(self) -> Answer:
        """Tests embedded resource content response."""
        return said(embedded("test://embedded-resource", "This is an embedded resource content."))

    @tool(title="Mixed", read_only=True, open_world=False)
    async def test_multiple_content_types(self) -> Answer:
        """Tests a response with several content types."""
        return said(
            "Multiple content types test:",
            types.ImageContent(type="image", data=PIXEL, mime_type="image/png"),
            embedded("test://mixed-content-resource", json.dumps({"test": "data", "value": 123}), "application/json"),
        )

    @tool(title="Error", read_only=True, open_world=False)
    async def test_error_handling(self) -> Answer:
        """Tests error response handling."""
        result = said("This tool intentionally returns an error for testing")
        return result.model_copy(update={"is_error": True})

    @tool(title="JSON Schema 2020-12", read_only=True, open_world=False)
    async def json_schema_2020_12_tool(self, name: str = "", address: Address | None = None) -> Answer:
        """Tests that a schema with definitions is kept."""
        return said(f"{name} {address}")

    # what happens while a tool runs

    @tool(title="Progress", read_only=True, open_world=False)
    async def test_tool_with_progress(self, progress: Progress) -> Answer:
        """Tests a tool that reports progress notifications."""
        for done in (0, 50, 100):
            await progress(done, 100, f"Completed step {done} of 100")
        return said("done")

    @tool(title="Logging", read_only=True, open_world=False)
    async def test_tool_with_logging(self, ctx: Context) -> Answer:
        """Tests a tool that emits log messages during execution."""
        for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await self._log(ctx, text)
        return said("Tool with logging executed successfully")

    @tool(title="Log once", read_only=True, open_world=False)
    async def test_logging_tool(self, ctx: Context) -> Answer:
        """Emits a log message, which a client of 2026-07-28 must have asked for."""
        await self._log(ctx, "Per-request log line")
        return said("logged")

    async def _log(self, ctx: Context, text: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            await ctx.info(text)  # pyright: ignore[reportDeprecated]

    @tool(title="Sampling", read_only=True, open_world=False)
    async def test_sampling(self, prompt: str, ctx: Context) -> Answer:
        """Tests server-initiated sampling."""
        message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=prompt))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            result = await ctx.session.create_message(  # pyright: ignore[reportDeprecated]
                [message], max_tokens=100, related_request_id=ctx.request_id
            )
        return said(f"LLM response: {getattr(result.content, 'text', '')}")

    @tool(title="Elicitation", read_only=True, open_world=False)
    async def test_elicitation(self, message: str, ctx: Context) -> Answer:
        """Tests server-initiated elicitation."""
        return await self._elicited(ctx, message, Reply)

    @tool(title="Defaults", read_only=True, open_world=False)
    async def test_elicitation_sep1034_defaults(self, ctx: Context) -> Answer:
        """Tests elicitation with default values."""
        return await self._elicited(ctx, "Please review and update the form fields with defaults", Defaults)

    @tool(title="Enums", read_only=True, open_world=False)
    async def test_elicitation_sep1330_enums(self, ctx: Context) -> Answer:
        """Tests elicitation with every way of writing an enum."""
        return await self._elicited(ctx, "Please select options from the enum fields", Choices)

    async def _elicited(self, ctx: Context, message: str, schema: type[BaseModel]) -> Answer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            result = await ctx.elicit(message, schema)
        data = getattr(result, "data", None)
        content = data.model_dump_json() if isinstance(data, BaseModel) else "{}"
        return said(f"Elicitation completed: action={result.action}, content={content}")

    @tool(title="Streaming elicitation", read_only=True, open_world=False)
    async def test_streaming_elicitation(self, ctx: Context) -> Asked:
        """Asks; the stream must carry no request of its own."""
        if filled(ctx, "name", "name", str) is not None:
            return said("done")
        return ask(name=form("What is your name?", name="string"))

    @tool(title="Missing capability", read_only=True, open_world=False)
    async def test_missing_capability(self, ctx: Context) -> Answer:
        """Needs a client that can sample."""
        capabilities = ctx.client_capabilities
        if capabilities is None or capabilities.sampling is None:
            needed: dict[str, object] = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling.", data=needed)
        return said("sampling is there")

    @tool(title="Custom header", read_only=True, open_world=False)
    async def test_x_mcp_header(
        self, region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]
    ) -> Answer:
        """Takes an argument that is mirrored into a header."""
        return said(region)

    # resources

    @resource("test://static-text", title="Static text", mime_type="text/plain")
    async def static_text(self) -> str:
        """A static text resource for testing."""
        return "This is the content of the static text resource."

    @resource("test://static-binary", title="Static binary", mime_type="image/png")
    async def static_binary(self) -> bytes:
        """A static binary resource for testing."""
        return base64.b64decode(PIXEL)

    @resource(TEMPLATE, title="Template")
    async def template(self, id: str) -> str:
        """A resource template with parameter substitution."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    @resource("test://watched-resource", title="Watched", mime_type="text/plain", watched=True)
    async def watched(self) -> str:
        """A resource that can be subscribed to."""
        return "Watched resource content"

    # prompts

    @prompt(title="Simple")
    async def test_simple_prompt(self) -> str:
        """A simple prompt without arguments."""
        return "This is a simple prompt for testing."

    @prompt(title="With arguments")
    async def test_prompt_with_arguments(self, arg1: str, arg2: str) -> str:
        """A prompt with required arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @completes("test_prompt_with_arguments", "arg1")
    async def complete_arg1(self, value: str) -> list[str]:
        """Completes the first argument."""
        return [word for word in ("paris", "park", "party") if word.startswith(value)]

    @prompt(title="With a resource")
    async def test_prompt_with_embedded_resource(self, resourceUri: str) -> list[UserMessage]:
        """A prompt that includes an embedded resource."""
        return [
            UserMessage(content=embedded(resourceUri, "Embedded resource content for testing.")),
            UserMessage(content="Please process the embedded resource above."),
        ]

    @prompt(title="With an image")
    async def test_prompt_with_image(self) -> list[UserMessage]:
        """A prompt that includes image content."""
        image = types.ImageContent(type="image", data=PIXEL, mime_type="image/png")
        return [UserMessage(content=image), UserMessage(content="Please analyze the image above.")]

    @prompt(title="Asking")
    async def test_input_required_result_prompt(self, ctx: Context) -> str:
        """A prompt that asks for what it needs."""
        context = filled(ctx, "user_context", "context", str)
        if context is None:
            return cast(str, ask(user_context=form("What context should the prompt use?", context="string")))
        return f"Use this context: {context}"
