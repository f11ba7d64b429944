"""Memories as JSON lines: one memory a line, with its whole history, to take elsewhere and bring back."""

from collections.abc import Iterable

from deskhand.toolsets.memory.results import Item


def exported(items: Iterable[Item]) -> str:
    """One line of JSON for each memory, the oldest first."""
    return "".join(f"{item.model_dump_json(exclude={'current'})}\n" for item in items)
