"""What a crash left under passing names: half-written files and copies, or what a write had just exchanged."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from deskhand.workspace.glob import Glob
from deskhand.workspace.root import RESERVED, Root
from deskhand.workspace.trash import TRASH, Trash
from deskhand.workspace.walk import Tree

AGE = timedelta(hours=1)
"""No call lasts so long, so what is older is nobody's work on its way, of another replica's neither."""
_PASSING = re.compile(re.escape(RESERVED) + r"([0-9a-f]{16})")


class _WithOwnNames(Tree):
    """A tree that shows the toolset's own names too, all but the trash."""

    def hidden(self, name: str) -> bool:
        return name == TRASH


def trash_leftovers(root: Root, trash: Trash, now: Callable[[], datetime]) -> int:
    """Put what has lain under a passing name for longer than `AGE` into the trash; says how many. Blocks.

    It lies there as `recovered-…` in the folder it was in. Its age is that of its name (`st_ctime`, which a rename
    sets): a file that was exchanged kept its old time of modification.
    """
    oldest = (now() - AGE).timestamp()
    moved = 0
    for entry, _ in _WithOwnNames(root).walk(Glob("**")):
        passing = _PASSING.fullmatch(entry.parts[-1])
        if passing is None or entry.status.st_ctime >= oldest:
            continue
        with suppress(OSError), root.parent(entry.parts) as (directory, name):
            trash.put(directory, name, (*entry.parts[:-1], f"recovered-{passing[1]}"))
            moved += 1
    return moved
