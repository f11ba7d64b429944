"""What a toolset answers: the base of every tool's result, and how its backend is doing. No MCP here."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    """Base of what a tool returns. Structured content comes from the fields, the text for people from `text()`."""

    model_config = ConfigDict(frozen=True)

    def text(self) -> str | None:
        """A short text for people and for models that read only text; None lets the server write the JSON."""
        return None


@dataclass(frozen=True, slots=True)
class Health:
    """How a toolset's backend is doing, as `deskhand_status` shows it."""

    state: Literal["ok", "degraded", "down"]
    backend: str
    detail: str = ""
    next_step: str = ""
