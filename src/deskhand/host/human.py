"""The person in the loop, as a seam: the terminal prompts, the web page waits for a POST, tests are scripted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from deskhand.context.message import ToolCall

Span = Literal["once", "session", "tool", "server"]
"""How far an approval reaches: this call, this tool for this session, this tool always, this server always."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """One call the person is asked about."""

    call: ToolCall
    server: str
    title: str
    reason: str
    """Why it asks: `writes`, `destructive`, `writes to the outside world`, `untrusted server`, `definition changed`."""
    diff: str = ""
    """For a changed definition: what changed, as a unified diff."""
    spans: tuple[Span, ...] = ("once",)
    """How far a yes can reach; one that says more holds once."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request. `arguments` replaces the call's arguments when the person edited them."""

    allow: bool
    span: Span = "once"
    arguments: dict[str, JsonValue] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FormRequest:
    """A server asks for input: `schema` is a flat JSON Schema object, or `url` is to be opened in a browser."""

    server: str
    message: str
    schema: dict[str, JsonValue] | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """The person's answer. To a form, `content` is all that they gave; None accepts it as it stands: its defaults."""

    action: Literal["accept", "decline", "cancel"]
    content: dict[str, str | int | float | bool | list[str] | None] | None = None


class Human(Protocol):
    """Answers for the person. Both methods may be cancelled, which counts as no."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Decide about calls made in parallel; one decision per request, in order."""
        ...

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Answer an elicitation."""
        ...


class Nobody:
    """No terminal and no page: everything that would ask is denied (fail closed)."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Deny all."""
        return [Decision(False, reason="Nobody is there to approve it; allow it beforehand with --approve.")] * len(
            requests
        )

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Cancel: nobody saw the form."""
        return FormAnswer("cancel")
