"""A memory with its history and what it relates to, as resources and exports show it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby

from deskhand.errors import NotFound
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory.results import Item, Other, Version

_Wanted = Callable[[LinkRow], str | None]


def item_of(rows: PersonalRows, memory_id: str) -> Item:
    """One memory.

    Raises:
        NotFound: this person has none of this id.
    """
    table = MemoryTable(rows)
    history = table.history_of([memory_id])
    if not history:
        raise NotFound(
            f"There is no memory {memory_id!r}. memory://recent lists the newest, search_memory finds others."
        )
    links = table.links_of([memory_id])
    others = {other for link in links for other in (link.id, link.other)}
    texts = {row.id: row.text for row in table.newest_of(others)}
    return _item(history, links, texts)


def items_of(rows: PersonalRows) -> list[Item]:
    """All memories, the oldest first."""
    table = MemoryTable(rows)
    history = table.history()
    texts = {row.id: row.text for row in history if row.replaced_at is None}
    links: dict[str, list[LinkRow]] = {}
    for link in table.links():
        links.setdefault(link.id, []).append(link)
        links.setdefault(link.other, []).append(link)
    groups = (list(versions) for _, versions in groupby(history, lambda row: row.id))
    return [_item(versions, links.get(versions[0].id, []), texts) for versions in groups]


def _item(history: Sequence[MemoryRow], links: Sequence[LinkRow], texts: dict[str, str]) -> Item:
    memory_id = history[0].id
    versions = [_version(row) for row in reversed(history)]

    def others(wanted: _Wanted) -> tuple[Other, ...]:
        ids = [found for link in links if (found := wanted(link)) is not None]
        return tuple(Other(id=other, text=texts.get(other, "")) for other in ids)

    def contradicts(link: LinkRow) -> str | None:
        return None if link.relation == "supersedes" else link.other if link.id == memory_id else link.id

    return Item(
        id=memory_id,
        created_at=history[0].created_at,
        current=versions[0],
        history=tuple(versions),
        supersedes=others(lambda link: link.other if (link.id, link.relation) == (memory_id, "supersedes") else None),
        superseded_by=others(
            lambda link: link.id if (link.other, link.relation) == (memory_id, "supersedes") else None
        ),
        conflicts_with=others(contradicts),
    )


def _version(row: MemoryRow) -> Version:
    return Version.model_validate({name: value for name, value in asdict(row).items() if name in Version.model_fields})
