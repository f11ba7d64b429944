"""What is remembered, read from our server for a page: all of it in pages, or what a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import JsonValue, ValidationError

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.memory import ITEM, PROFILE, SEARCH, parsed
from deskhand.store.memories import Kind
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.portable import Line, LineVersion
from deskhand.toolsets.memory.results import KINDS, Found, Hit, Item, Version
from deskhand.web.links import quoted
from deskhand.web.own_server import OURS, OwnServer
from deskhand.zone import Zone

EXPORT = "memory://export"
PAGE_ROWS = 25
HITS, HIT_TOKENS = 50, 20_000
"""The most that one search answers: see `search_memory`."""
LONGEST_WORDS = 1_000
"""Characters of a search that count."""
Only = Literal["", Kind]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the query of an address asks for."""

    words: str = ""
    kind: Only = ""
    history: bool = False
    """Also what no longer holds."""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Asked":
        """The wish of an address.

        Raises:
            InvalidInput: a kind or page that there is not.
        """
        kind, page = query.get("kind", ""), query.get("page", "1")
        if kind not in ("", *KINDS):
            raise InvalidInput(f"There is no kind {kind[:40]!r} of memory. There are {', '.join(KINDS)}.")
        if not (page.isascii() and page.isdecimal() and int(page[:9]) > 0 and len(page) <= 9):
            raise InvalidInput(f"A page has a number from 1 on, not {page[:40]!r}.")
        words = query.get("q", "").strip()[:LONGEST_WORDS]
        return cls(words, kind, query.get("history", "") != "", int(page))

    def address(self, page: int) -> str:
        """Where another page of the same is."""
        fields = {"q": self.words, "kind": self.kind, "history": "on" if self.history else "", "page": str(page)}
        return f"/memory?{urlencode({name: value for name, value in fields.items() if value})}"


@dataclass(frozen=True, slots=True)
class Row:
    """One memory in a list."""

    id: str
    """Empty for what was said in a conversation: that is no memory."""
    text: str
    kind: str
    about: str
    since: str
    until: str
    pinned: bool
    holds: bool
    source: str = ""
    against: Sequence[tuple[str, str]] = ()
    """The memories that it contradicts: the id of each, and its text where that is known here."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of memories."""

    rows: Sequence[Row]
    count: int
    """All that there are of this kind; of a search, those that it shows."""
    pages: int = 1
    note: str = ""
    """How it was searched, or why not all can be listed."""
    known: int = 0
    """How many memories there are in all, those that no longer hold counted in; 0 after a search."""


async def listed(own: OwnServer, asked: Asked, now: datetime, zone: Zone) -> Listed:
    """What an address asks for.

    Raises:
        DeskhandError: our server refuses, or is not there.
    """
    return await (_searched(own, asked, now, zone) if asked.words else _all(own, asked, now, zone))


async def profile_of(own: OwnServer) -> list[tuple[str, list[str]]]:
    """The profile as headings with the lines under each; a line is one memory, and is not laid out."""
    sections: list[tuple[str, list[str]]] = []
    for line in (await own.read(PROFILE)).splitlines():
        if line.startswith("#"):
            sections.append((line.lstrip("# "), []))
        elif line.strip():
            if not sections:
                sections.append(("", []))
            sections[-1][1].append(line.removeprefix("- "))
    return [(heading, lines) for heading, lines in sections if lines]


async def item_of(own: OwnServer, memory_id: str) -> Item:
    """One memory with its history.

    Raises:
        DeskhandError: there is none of this id.
    """
    return parsed(Item, OURS, await own.read(ITEM.replace("{id}", quoted(memory_id))))


def holds(version: Version | LineVersion, now: datetime, zone: Zone) -> bool:
    """Whether a memory has neither ended nor expired."""
    return all(now < moments.end(end, zone) for end in (version.valid_to, version.expires_at) if end)


async def _searched(own: OwnServer, asked: Asked, now: datetime, zone: Zone) -> Listed:
    wanted: dict[str, JsonValue] = {
        "query": asked.words,
        "kind": asked.kind or "any",
        "limit": HITS,
        "max_tokens": HIT_TOKENS,
        "include_history": asked.history,
        "include_conversations": not asked.kind,
    }
    found = await own.ask(Found, SEARCH, wanted)
    note = f"Searched by {found.search}. {found.note}".rstrip()
    if found.more:
        note += f" At least {found.more:,} weaker ones are not shown: use more words."
    texts = {hit.id: hit.text for hit in found.hits}
    return Listed([_hit_row(hit, texts, now, zone) for hit in found.hits], len(found.hits), note=note)


def _hit_row(hit: Hit, texts: Mapping[str, str], now: datetime, zone: Zone) -> Row:
    return Row(
        "" if hit.kind == "turn" else hit.id,
        hit.text,
        "said" if hit.kind == "turn" else hit.kind,
        hit.about or "",
        hit.when,
        hit.until or "",
        hit.pinned,
        not hit.until or now < moments.end(hit.until, zone),
        "" if hit.source == "memory" else hit.source,
        _named(hit.conflicts_with, texts),
    )


async def _all(own: OwnServer, asked: Asked, now: datetime, zone: Zone) -> Listed:
    try:
        lines = [line_of(line) for line in (await own.read(EXPORT)).splitlines()]
    except DeskhandError as error:
        return Listed([], 0, note=f"Not all can be listed here; search for what you want to see. {error.message}")
    lines.sort(key=lambda line: line.history[0].recorded_at, reverse=True)
    texts = {line.id: line.history[0].text for line in lines}
    rows = [_line_row(line, texts, now, zone) for line in lines]
    wanted = [row for row in rows if (asked.history or row.holds) and asked.kind in ("", row.kind)]
    first = (asked.page - 1) * PAGE_ROWS
    pages = max(1, -(-len(wanted) // PAGE_ROWS))
    return Listed(wanted[first : first + PAGE_ROWS], len(wanted), pages, known=len(rows))


def line_of(text: str) -> Line:
    """One line of an export.

    Raises:
        DeskhandError: it is something else.
    """
    try:
        return Line.model_validate_json(text)
    except ValidationError as error:
        raise DeskhandError(
            "The server lists memories in a form that this version of Deskhand does not know."
        ) from error


def _named(ids: Sequence[str], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(each, texts.get(each, "")) for each in ids]


def _line_row(line: Line, texts: Mapping[str, str], now: datetime, zone: Zone) -> Row:
    newest = line.history[0]
    return Row(
        line.id,
        newest.text,
        newest.kind,
        newest.about or "",
        newest.valid_from or line.created_at,
        newest.valid_to or newest.expires_at or "",
        newest.pinned,
        holds(newest, now, zone),
        against=_named(line.conflicts_with, texts),
    )
