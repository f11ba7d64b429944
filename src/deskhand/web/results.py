"""What a tool answered as parts that a person reads: text, tables, pictures, links to resources."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import mcp_types
from pydantic import JsonValue

from deskhand.context.message import Image, Text, ToolResult
from deskhand.host.pictures import picture
from deskhand.web.links import resource_address
from deskhand.web.values import Node, Passage, passage, tree

LARGEST_PICTURE = 2_000_000
"""Characters of base64 that are put into a page."""
_RESOURCE = re.compile(r"\[resource (?P<uri>[^\s\]]+)(?: \((?P<about>[^\n]*)\))?\]")
"""As `host.results` tells of a resource among the lines of a text."""


@dataclass(frozen=True, slots=True)
class Data:
    """Structured content. `folded`: it repeats a text for people that stands before it."""

    node: Node
    folded: bool = False
    kind: Literal["data"] = "data"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a `data:` address."""

    src: str
    alt: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Link:
    """A resource of the server, and the page of the console that shows it."""

    name: str
    uri: str
    about: str
    href: str
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is there and cannot be shown."""

    text: str
    kind: Literal["remark"] = "remark"


Part = Passage | Data | Picture | Link | Remark


@dataclass(frozen=True, slots=True)
class Readable:
    """A result. `untrusted`: what is in it was written by others, says the tool."""

    parts: tuple[Part, ...]
    untrusted: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Shown without being asked for."""
        return tuple(part for part in self.parts if isinstance(part, Picture))

    @property
    def others(self) -> tuple[Part, ...]:
        """All but the pictures."""
        return tuple(part for part in self.parts if not isinstance(part, Picture))


def readable(result: ToolResult, server: str) -> Readable:
    """A result as the conversation keeps it."""
    parts: list[Part] = []
    untrusted = False
    for block in result.content:
        if isinstance(block, Image):
            parts.append(picture_part(block.data, block.mime_type, result.name))
            continue
        text, value = _without_twin(block.text)
        parts += _text_parts(text, server)
        parts += [] if value is None else [Data(tree(_without_mark(value), server), folded=bool(text))]
        untrusted = untrusted or _is_untrusted(value)
    return Readable(tuple(parts), untrusted)


def readable_answer(result: mcp_types.CallToolResult, server: str, tool: str) -> Readable:
    """A result as the server sent it, for who called the tool without a model."""
    value: JsonValue = result.structured_content
    parts = [part for block in result.content for part in content_parts(block, server, tool, twin=value)]
    if value is not None:
        parts.append(Data(tree(_without_mark(value), server), folded=any(isinstance(part, Passage) for part in parts)))
    return Readable(tuple(parts), _is_untrusted(value))


def content_parts(block: mcp_types.ContentBlock, server: str, tool: str, *, twin: JsonValue = None) -> Sequence[Part]:
    """A block of content; a text that only repeats `twin` as JSON is left out."""
    match block:
        case mcp_types.TextContent():
            value = _json(block.text)
            if value is None:
                return [passage(block.text)]
            return [] if value == twin else [Data(tree(value, server))]
        case mcp_types.ImageContent():
            return [picture_part(block.data, block.mime_type, tool)]
        case mcp_types.AudioContent():
            return [Remark(f"A sound ({block.mime_type}), which is not played here.")]
        case mcp_types.ResourceLink():
            size = "" if block.size is None else f"{block.size:,} bytes"
            about = ", ".join(filter(None, (block.mime_type, size)))
            return [Link(block.title or block.name, block.uri, about, resource_address(server, block.uri))]
        case mcp_types.EmbeddedResource():
            return resource_parts(block.resource, server)


def resource_parts(
    contents: mcp_types.TextResourceContents | mcp_types.BlobResourceContents, server: str
) -> Sequence[Part]:
    """What a resource holds, under a link to it."""
    kind = contents.mime_type or ""
    link = Link(contents.uri, contents.uri, kind, resource_address(server, contents.uri))
    if isinstance(contents, mcp_types.BlobResourceContents):
        if kind.startswith("image/"):
            return [link, picture_part(contents.blob, kind, contents.uri)]
        return [link, Remark(f"{kind or 'Binary data'}, {len(contents.blob) * 3 // 4:,} bytes, not shown here.")]
    value = _json(contents.text)
    return [link, passage(contents.text) if value is None else Data(tree(value, server))]


def picture_part(data: str, said: str, source: str) -> Part:
    """A picture of base64 `data`, or what is to be said in its place; `said` is its MIME type as the server has it."""
    shown = picture(data, said)
    if isinstance(shown, Text):
        return Remark(shown.text.strip("[]"))
    size = f"{len(data.rstrip('=')) * 3 // 4:,} bytes"
    kind = shown.mime_type.removeprefix("image/").upper()
    if len(data) > LARGEST_PICTURE:
        return Remark(f"A picture ({kind}, {size}), which is too large to show here.")
    return Picture(f"data:{shown.mime_type};base64,{data}", f"Picture from {source} ({kind}, {size})")


def _text_parts(text: str, server: str) -> Iterator[Part]:
    """The resources that lines of a text tell of as links, and the lines between."""
    lines: list[str] = []
    for line in text.split("\n"):
        match = _RESOURCE.fullmatch(line)
        if match is None:
            lines.append(line)
            continue
        yield from _passages(lines)
        lines = []
        yield Link(match["uri"], match["uri"], match["about"] or "", resource_address(server, match["uri"]))
    yield from _passages(lines)


def _passages(lines: Sequence[str]) -> Iterator[Passage]:
    text = "\n".join(lines)
    if text.strip():
        yield passage(text)


def _without_twin(text: str) -> tuple[str, JsonValue]:
    """The text for people, and the structured content that `host.results` put on the last line, or that is all."""
    value = _json(text)
    if value is not None:
        return "", value
    before, _, last = text.rstrip("\n").rpartition("\n")
    value = _json(last)
    return (text, None) if value is None else (before, value)


def _json(text: str) -> JsonValue:
    """An object or a list; None when the text is neither."""
    stripped = text.strip()
    if stripped[:1] + stripped[-1:] not in ("{}", "[]"):
        return None
    try:
        value: JsonValue = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    return value


def _is_untrusted(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.get("untrusted") is True


def _without_mark(value: JsonValue) -> JsonValue:
    """Without `untrusted`: the page says that in words."""
    return {name: inner for name, inner in value.items() if name != "untrusted"} if isinstance(value, dict) else value
