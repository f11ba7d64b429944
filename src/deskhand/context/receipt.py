"""What a compaction did: what stays and why, what is in the digest, what moved to the log. Enough to take it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict

from deskhand.context.message import Message, Metadata, Text

Why = Literal["system", "pinned", "instruction", "request", "open", "recent", "priority"]
"""Why a message stayed word for word: the user's standing instruction, the last request, something still open …"""
Trigger = Literal["budget", "overflow", "asked"]
"""What asked for a compaction: the budget is nearly used, the provider refused, or somebody wanted it."""

_DIGEST = "digest-"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kept(_Frozen):
    """A message that stayed word for word."""

    id: str
    why: Why


class Repeat(_Frozen):
    """A message that went because another one, which came later, says exactly the same."""

    id: str
    of: str


class Receipt(_Frozen):
    """One compaction. Each message that was in view is either in `kept` or in `moved_out`."""

    number: int
    """Counts from 1 within a conversation."""
    at: datetime
    budget: int
    """Tokens the view may take."""
    trigger: Trigger
    base: int = 0
    """The receipt this one goes on from; 0: it was made of the whole conversation."""
    tokens_before: int
    tokens_after: int
    kept: tuple[Kept, ...]
    shortened: tuple[str, ...] = ()
    """Those of the kept ones whose tool results are shown in short, from here on or still."""
    moved_out: tuple[str, ...] = ()
    """What left the view with this compaction. It stays in the log, whole."""
    repeats: tuple[Repeat, ...] = ()
    """Those of `moved_out` that a later message repeats."""
    digested: tuple[str, ...] = ()
    """What the digest tells of, in order: of what moved out now or earlier."""
    next: tuple[str, ...] = ()
    """What the digest would have told of next, the best first: for whoever has room."""
    digest: str = ""
    """The digest, as the model sees it; empty when there is none."""
    by: Literal["extract", "summary"] = "extract"
    """Whether the digest quotes, or a model summarised."""
    note: str = ""
    """What could not be done as it should, in a sentence."""


def moved_out(receipts: Sequence[Receipt]) -> set[str]:
    """The ids that are out of view after these compactions, which are in order and all in force."""
    gone: set[str] = set()
    for receipt in receipts:
        gone = {*(gone if receipt.base else ()), *receipt.moved_out}
    return gone


def digest_message(receipt: Receipt) -> Message | None:
    """The digest as the message that stands for what moved out."""
    if not receipt.digest:
        return None
    return Message(
        role="user",
        content=(Text(text=receipt.digest),),
        id=f"{_DIGEST}{receipt.number}-{crc32(receipt.digest.encode()):08x}",  # tokens are remembered by id
        metadata=Metadata(timestamp=receipt.at),
    )


def is_digest(message: Message) -> bool:
    """Whether this is what `digest_message` made."""
    return message.id.startswith(_DIGEST)
