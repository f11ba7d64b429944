"""What happened, as a person reads it on the page."""

from deskhand.host.events import ApprovalGiven, MemoryChanged
from deskhand.web.pieces import End

_BY = {"policy": "allowed: it only reads", "person": "allowed by you", "rule": "allowed by a rule"}
_CHANGES = {
    "saved": "Remembered",
    "duplicate_of": "Known already",
    "supersedes": "Remembered, in place of what was known",
    "conflicts_with": "Remembered, though it contradicts what was known",
    "updated": "Changed what is remembered",
    "forgotten": "Forgotten for good",
}


def decided(decision: ApprovalGiven) -> str:
    """How a call was allowed or denied: `allowed by you (for this session)`."""
    words = _BY[decision.by] if decision.decision == "allow" else {"person": "denied by you"}.get(decision.by, "denied")
    return f"{words} ({decision.reason})" if decision.reason else words


def remembered(event: MemoryChanged) -> str:
    """What became of the memory, without its text."""
    return _CHANGES[event.change]


def spent(end: End) -> str:
    """`1,200 tokens in (1,000 cached), 80 out · 2 steps · 3.4 s`; what is not known is left out."""
    usage = end.usage
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    tokens = f"{usage.input_tokens:,} tokens in{cached}, {usage.output_tokens:,} out"
    parts = [tokens] if usage.input_tokens or usage.output_tokens else []
    parts += [f"{end.steps:,} {'step' if end.steps == 1 else 'steps'}"] if end.steps else []
    return " · ".join([*parts, *([f"{end.seconds:.1f} s"] if end.seconds else [])])
