"""What an assistant should know before a word is said: pinned memories and preferences, in few tokens."""

from collections.abc import Sequence

from deskhand.context.tokens import estimate
from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory.results import one_line

MAX_TOKENS = 500
_TITLE = "# What I remember about you"
_NOTHING = f"{_TITLE}\n\nNothing is pinned, and no preference is saved yet."
_MORE_TOKENS = 20


def profile(rows: Sequence[MemoryRow]) -> str:
    """Markdown of at most `MAX_TOKENS`: the pinned memories, then the preferences, the newest first in each.

    What does not fit is counted, never cut in the middle.
    """
    if not rows:
        return _NOTHING
    pinned = [row for row in rows if row.pinned]
    lines = [_TITLE]
    left = 0
    room = MAX_TOKENS - estimate(_TITLE + "\n") - _MORE_TOKENS
    for heading, part in (("## Pinned", pinned), ("## Preferences", [row for row in rows if not row.pinned])):
        begun = False
        for row in part:
            line = f"- {one_line(f'{row.about}: {row.text}' if row.about else row.text)} [{row.id}]"
            added = [line] if begun else ["", heading, "", line]
            cost = estimate("\n".join(added) + "\n")
            if cost > room:
                left += 1
                continue
            begun = True
            room -= cost
            lines += added
    if left:
        lines += ["", f"{left} more did not fit here: search_memory."]
    return "\n".join(lines)
