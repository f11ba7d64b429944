"""Events about what the model sees of a conversation."""

from typing import Literal

from deskhand.host.event import HostEvent


class ContextMeasured(HostEvent):
    """What a request to the model is made of, in tokens as they are counted here; before each `ModelStarted`."""

    type: Literal["context_measured"] = "context_measured"
    window: int
    """The model's context window; the parts below add up to it, unless `free` would be negative."""
    system: int
    memory: int
    """What is remembered of the person, and what the model is told about remembering."""
    tools: dict[str, int]
    """Definitions of tools, by server."""
    digest: int
    recalled: int
    """What came back for this turn."""
    history: int
    """Messages of the conversation, word for word or with their tool results in short."""
    reserved: int
    """For the answer, and because this is an estimate."""
    free: int


class ContextCompacted(HostEvent):
    """The conversation outgrew its room: what was done about it. Nothing is lost, and it can be taken back."""

    type: Literal["context_compacted"] = "context_compacted"
    receipt: int
    """Its number: `Chat.receipts` has the ids, and why each message stayed."""
    trigger: Literal["budget", "overflow", "asked"]
    budget: int
    tokens_before: int
    tokens_after: int
    shortened: int
    """Messages whose tool results are shown in short now."""
    digested: int
    """Messages that the digest tells of."""
    moved_out: int
    """Messages that are no longer shown: the log has them, word for word."""
    by: Literal["extract", "summary"] = "extract"
    note: str = ""


class ContextRestored(HostEvent):
    """A compaction was taken back, and those after it: the model sees again what it saw before."""

    type: Literal["context_restored"] = "context_restored"
    receipts: tuple[int, ...]
    tokens: int


class ContextRecalled(HostEvent):
    """Earlier messages came back, because they may bear on what was said now; the best first."""

    type: Literal["context_recalled"] = "context_recalled"
    messages: tuple[str, ...]
    tokens: int


class MessagePinned(HostEvent):
    """A message stays in view from now on, word for word."""

    type: Literal["message_pinned"] = "message_pinned"
    message: str
    text: str
