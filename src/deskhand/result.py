"""What a toolset answers: the base of every tool's result, and how its backend is doing. No MCP here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that goes with a result; `alt` says in words what it shows."""

    data: bytes
    mime_type: str = "image/png"
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A resource that goes with a result: where to read it, what it is, and how large, in bytes."""

    uri: str
    name: str
    mime_type: str = "text/plain"
    size: int | None = None
    title: str | None = None


class Result(BaseModel):
    """Base of what a tool returns. Structured content comes from the fields, the text for people from `text()`."""

    model_config = ConfigDict(frozen=True)

    def text(self) -> str | None:
        """A short text for people and for models that read only text; None lets the server write the JSON."""
        return None

    def picture_blocks(self) -> Sequence[Picture]:
        """Pictures to show beside the text, from private attributes: they are no part of the structured content."""
        return ()

    def resource_links(self) -> Sequence[Link]:
        """Resources to read next, as links."""
        return ()


@dataclass(frozen=True, slots=True)
class Health:
    """How a toolset's backend is doing, as `deskhand_status` shows it."""

    state: Literal["ok", "degraded", "down"]
    backend: str
    detail: str = ""
    next_step: str = ""
