"""What a person decides about an act: to have it done or not, or what became of it; wherever they are asked."""

from collections.abc import Mapping
from typing import Literal

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.outbox.act import Entry, Performer, State
from deskhand.outbox.outbox import Outbox

Choice = Literal["approve", "deny", "happened", "again"]
"""`happened` and `again` are about an unknown outcome: it was done, or it was not and is to be done now."""
UNDECIDED: tuple[State, ...] = ("waiting", "unknown", "failed")
"""What waits for the person, in one way or the other."""
_OPEN: Mapping[Choice, tuple[State, ...]] = {
    "approve": ("waiting", "failed", "unknown"),  # what is unknown is looked for, and only noted if it is found
    "deny": ("waiting", "failed"),
    "happened": ("unknown",),
    "again": ("unknown",),
}


def is_open(entry: Entry, choice: Choice) -> bool:
    """Whether an act is in a state in which this can be decided."""
    return entry.state in _OPEN[choice]


async def decide(
    outbox: Outbox, performers: Mapping[str, Performer], entry: Entry, choice: Choice, because: str = ""
) -> Entry:
    """Do what the person decided; the act as it is then. What failed is told by the entry, as a refusal is.

    Raises:
        InvalidInput: nothing here performs such an act.
        Conflict: somebody else decided meanwhile.
        DeskhandError: it could not be done now, and waits on.
    """
    if choice == "deny":
        return await outbox.deny(entry.subject, entry.key, because)
    if choice == "happened":
        return await outbox.settle(entry.subject, entry.key, happened=True)
    performer = performers.get(entry.kind)
    if performer is None:
        raise InvalidInput(f"Nothing here performs {entry.kind!r}: is its toolset enabled? See toolsets.enabled.")
    if choice == "again":
        await outbox.settle(entry.subject, entry.key, happened=False)
    return await _performed(outbox, performer, entry)


async def _performed(outbox: Outbox, performer: Performer, entry: Entry) -> Entry:
    try:
        return await outbox.perform(entry.subject, entry.key, performer)
    except DeskhandError:
        ended = await outbox.find(entry.subject, entry.key)
        if ended.state != "failed":
            raise
        return ended
