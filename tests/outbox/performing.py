"""A process that performs acts of the outbox: `python performing.py DATABASE WORLD KEY…`.

The database is a file or a URL. What happens is a line in the file WORLD, so that all processes see it.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
from pydantic import JsonValue

from deskhand.outbox.act import Attempt, Entry
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database


class Writing:
    """Writes the key into the world; dies in the middle of an act whose key says so."""

    def __init__(self, world: Path) -> None:
        self._world = world

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        if entry.key.startswith("dies-before"):
            os._exit(7)
        await attempt.cross()
        with self._world.open("a") as file:
            file.write(f"{entry.key}\n")
        if entry.key.startswith("dies-after"):
            os._exit(7)
        return {"process": os.getpid()}

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        return None


async def main(target: str, world: Path, keys: list[str]) -> None:
    with Database(target if "://" in target else Path(target)) as database:
        outbox = Outbox(database, lambda: datetime.now(UTC))
        async with anyio.create_task_group() as tasks:
            for key in keys:
                tasks.start_soon(outbox.perform, "ann", key, Writing(world))


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
