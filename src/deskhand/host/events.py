"""The closed union of everything that can happen in a turn. Screens only consume these; a reload equals a replay.

Every event is a frozen pydantic model with a `type`, so `event.model_dump_json()` is a line of `deskhand ask --json`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from deskhand.context.message import ToolCall, ToolResult, Usage
from deskhand.host.context_events import (
    ContextCompacted,
    ContextMeasured,
    ContextRecalled,
    ContextRestored,
    MessagePinned,
)
from deskhand.host.event import HostEvent


class TurnStarted(HostEvent):
    """The user's message was taken."""

    type: Literal["turn_started"] = "turn_started"
    conversation: str
    turn: str
    text: str
    attached: tuple[str, ...] = ()
    """The resources that went along, as the model reads them: each under its address, and marked as data."""


class ModelStarted(HostEvent):
    """A request to the model begins; `step` counts from 1 within the turn."""

    type: Literal["model_started"] = "model_started"
    step: int
    model: str


class TextDelta(HostEvent):
    """More of the answer's text."""

    type: Literal["text_delta"] = "text_delta"
    text: str


class ReasoningDelta(HostEvent):
    """More of the model's reasoning."""

    type: Literal["reasoning_delta"] = "reasoning_delta"
    text: str


class PartialDiscarded(HostEvent):
    """The stream was cut: forget the text deltas since the last `ModelStarted`; the request is issued again."""

    type: Literal["partial_discarded"] = "partial_discarded"
    reason: str


class Retrying(HostEvent):
    """The model's provider was busy; trying again after `delay` seconds."""

    type: Literal["retrying"] = "retrying"
    reason: str
    delay: float
    attempt: int


class ModelFinished(HostEvent):
    """One answer of the model is complete (a turn may take several)."""

    type: Literal["model_finished"] = "model_finished"
    step: int
    usage: Usage
    reason: str


class ToolRequested(HostEvent):
    """The model asks for a tool. `server` is empty when no connection offers it."""

    type: Literal["tool_requested"] = "tool_requested"
    call: ToolCall
    server: str
    title: str


class ApprovalAsked(HostEvent):
    """The person is being asked about these calls (one card for calls made in parallel)."""

    type: Literal["approval_asked"] = "approval_asked"
    calls: tuple[ToolCall, ...]
    reasons: tuple[str, ...]


class ApprovalGiven(HostEvent):
    """What was decided about one call; `by` is `policy`, `person` or `rule`."""

    type: Literal["approval_given"] = "approval_given"
    call_id: str
    decision: Literal["allow", "deny"]
    by: Literal["policy", "person", "rule"]
    reason: str = ""


class ToolStarted(HostEvent):
    """The call went out, with these arguments (the person may have edited them)."""

    type: Literal["tool_started"] = "tool_started"
    call_id: str
    arguments: dict[str, JsonValue]


class ToolProgress(HostEvent):
    """The server reports progress."""

    type: Literal["tool_progress"] = "tool_progress"
    call_id: str
    done: float
    total: float | None
    message: str | None


class ElicitationAsked(HostEvent):
    """A server asks the person something."""

    type: Literal["elicitation_asked"] = "elicitation_asked"
    server: str
    message: str
    fields: dict[str, JsonValue] | None
    """The JSON Schema of the form; None when the person is sent to `url`."""
    url: str | None = None


class ElicitationAnswered(HostEvent):
    """The person's answer, without its content."""

    type: Literal["elicitation_answered"] = "elicitation_answered"
    server: str
    action: Literal["accept", "decline", "cancel"]


class ToolFinished(HostEvent):
    """The call is over. `result.source` is its provenance."""

    type: Literal["tool_finished"] = "tool_finished"
    call_id: str
    result: ToolResult
    milliseconds: float
    outcome: Literal["ok", "error", "denied", "cancelled", "unknown_tool", "bad_arguments"]


class ConnectionChanged(HostEvent):
    """A connection to a server came up, went down or is being healed."""

    type: Literal["connection_changed"] = "connection_changed"
    server: str
    state: Literal["connecting", "ready", "healing", "failed", "closed", "needs_sign_in"]
    detail: str = ""


class DefinitionChanged(HostEvent):
    """A tool's definition is not the one the person agreed to: it is quarantined until they look at `diff`."""

    type: Literal["definition_changed"] = "definition_changed"
    server: str
    tool: str
    diff: str


class ResourceChanged(HostEvent):
    """A watched resource changed."""

    type: Literal["resource_changed"] = "resource_changed"
    server: str
    uri: str


class RememberedText(BaseModel):
    """A memory, by its id; the text is empty where it was deleted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str


class MemoryChanged(HostEvent):
    """A call changed what is remembered of the person, or found it known already; before its `ToolFinished`."""

    type: Literal["memory_changed"] = "memory_changed"
    call_id: str
    server: str
    change: Literal["saved", "duplicate_of", "supersedes", "conflicts_with", "updated", "forgotten"]
    memories: tuple[RememberedText, ...]
    others: tuple[RememberedText, ...] = ()
    """What `change` speaks of: the memory known before, those that end, those it contradicts."""
    before: str = ""
    """For `updated`: the text before, where it is another."""
    pinned: bool = False
    until: str | None = None


class Frame(HostEvent):
    """One JSON-RPC message on the wire, as the wiretap saw it; secrets are masked."""

    type: Literal["frame"] = "frame"
    server: str
    transport: str
    direction: Literal["sent", "received"]
    kind: Literal["request", "response", "error", "notification"]
    method: str
    """For a response, the method of the request it answers."""
    rpc_id: str | None = None
    size: int
    """Bytes of the JSON text."""
    milliseconds: float | None = None
    """For a response, since its request."""
    message: JsonValue = None


class Notice(HostEvent):
    """Something worth a line on the screen."""

    type: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"]
    text: str


class TurnFinished(HostEvent):
    """The turn is over and persisted."""

    type: Literal["turn_finished"] = "turn_finished"
    turn: str
    outcome: Literal["done", "cancelled", "failed", "step_limit"]
    text: str
    """The answer."""
    usage: Usage
    steps: int
    error: str = ""


Event = Annotated[
    TurnStarted
    | ModelStarted
    | TextDelta
    | ReasoningDelta
    | PartialDiscarded
    | Retrying
    | ModelFinished
    | ToolRequested
    | ApprovalAsked
    | ApprovalGiven
    | ToolStarted
    | ToolProgress
    | ElicitationAsked
    | ElicitationAnswered
    | ToolFinished
    | ContextMeasured
    | ContextCompacted
    | ContextRestored
    | ContextRecalled
    | MessagePinned
    | ConnectionChanged
    | DefinitionChanged
    | ResourceChanged
    | MemoryChanged
    | Frame
    | Notice
    | TurnFinished,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Parses one event: `EVENT.validate_json(line)`."""
