"""What toolsets return, in the shapes MCP gives it: results, listings, contents."""

import base64
import json
from typing import Any, cast

import mcp_types as types
from pydantic import BaseModel, JsonValue

from deskhand.errors import DeskhandError, LimitExceeded, NotFound, Unavailable
from deskhand.result import Link, Picture, Result
from deskhand.server.binding import BoundPrompt, BoundResource, BoundTool
from deskhand.toolset import Content, ResourceEntry


def converted(tool: BoundTool, value: object) -> types.CallToolResult | types.InputRequiredResult:
    """What a tool returned, as MCP content: structured fields, and the text people read."""
    result = tool.sdk.fn_metadata.convert_result(value)
    if not isinstance(value, BaseModel) or isinstance(value, types.CallToolResult | types.InputRequiredResult):
        return result
    text = value.text() if isinstance(value, Result) else None
    if text is None:
        text = json.dumps(cast(types.CallToolResult, result).structured_content, ensure_ascii=False)
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=text)]
    if isinstance(value, Result):
        content += [_image(picture) for picture in value.picture_blocks()]
        content += [_link(link) for link in value.resource_links()]
    return cast(types.CallToolResult, result).model_copy(update={"content": content})


def _image(picture: Picture) -> types.ImageContent:
    data = base64.b64encode(picture.data).decode()
    meta: dict[str, Any] | None = {"deskhand/alt": picture.alt} if picture.alt else None
    return types.ImageContent(type="image", data=data, mime_type=picture.mime_type, _meta=meta)


def _link(link: Link) -> types.ResourceLink:
    return types.ResourceLink(
        type="resource_link",
        uri=link.uri,
        name=link.name,
        title=link.title,
        mime_type=link.mime_type,
        size=link.size,
    )


def failed(error: DeskhandError) -> types.CallToolResult:
    """A tool result that tells the model what went wrong."""
    meta: dict[str, JsonValue] = {"deskhand/code": error.code}
    if isinstance(error, LimitExceeded | Unavailable) and error.retry_after is not None:
        meta["deskhand/retryAfter"] = error.retry_after
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=error.message)]
    return types.CallToolResult(content=content, is_error=True, _meta=cast("dict[str, Any]", meta))


def resource(entry: ResourceEntry) -> types.Resource:
    """One line of `resources/list`."""
    annotations = types.Annotations(last_modified=entry.modified.isoformat()) if entry.modified else None
    return types.Resource(
        uri=entry.uri,
        name=entry.name,
        title=entry.title,
        description=entry.description,
        mime_type=entry.mime_type,
        size=entry.size,
        annotations=annotations,
    )


def template(bound: BoundResource) -> types.ResourceTemplate:
    """One line of `resources/templates/list`."""
    return types.ResourceTemplate(
        uri_template=bound.mark.uri,
        name=bound.name,
        title=bound.mark.title,
        description=bound.description,
        mime_type=bound.mark.mime_type,
    )


def prompt(bound: BoundPrompt) -> types.Prompt:
    """One line of `prompts/list`."""
    arguments = [
        types.PromptArgument(name=argument.name, description=argument.description, required=argument.required)
        for argument in bound.sdk.arguments or []
    ]
    return types.Prompt(
        name=bound.sdk.name, title=bound.mark.title, description=bound.sdk.description, arguments=arguments
    )


def contents(uri: str, value: object, mime_type: str) -> types.TextResourceContents | types.BlobResourceContents:
    """The content of one resource: text, bytes, or a model as JSON.

    Raises:
        NotFound: the toolset returned nothing.
    """
    if isinstance(value, Content):
        mime_type, value = value.mime_type or mime_type, value.data
    if isinstance(value, BaseModel):
        value = value.model_dump_json()
    if isinstance(value, bytes):
        return types.BlobResourceContents(uri=uri, blob=base64.b64encode(value).decode(), mime_type=mime_type)
    if isinstance(value, str):
        return types.TextResourceContents(uri=uri, text=value, mime_type=mime_type)
    raise NotFound(f"{uri} has no content.")
