"""Finding a conversation by words that its title or one message of it has."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from deskhand.store.conversations import ConversationRow, Conversations
from deskhand.store.database import Database
from deskhand.store.tables import conversation, message

S = TypeVar("S", bound=sa.Select[*tuple[Any, ...]])

SNIPPET_CHARACTERS = 160
"""How much of a message a hit shows, about."""
MOST = 100
"""The most hits that are given."""
_WORDS = 8
"""More words than these do not narrow a search."""
_SCANNED = 5_000
"""The most messages that are looked at more closely; the newest first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation, and where its newest message has the words; empty when only the title has them."""

    conversation: ConversationRow
    message: str = ""
    snippet: str = ""


class ConversationSearch:
    """Searches the conversations of one owner at a time, in any case of letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, owner: str, words: str, limit: int = 20) -> list[Hit]:
        """The conversations whose title or one message has all the words, those written to last first.

        Those that another took the place of are left out, as in `Conversations.recent`.
        """
        wanted = list(dict.fromkeys(word.lower() for word in words.split()))[:_WORDS]
        if not wanted:
            return []
        most = max(1, min(limit, MOST))

        def work(connection: sa.Connection) -> dict[str, tuple[str, str]]:
            found = dict(_in_messages(connection, owner, wanted, most))
            return dict.fromkeys(_in_titles(connection, owner, wanted, most), ("", "")) | found

        found = await self._database.aread(work, subject=owner)
        rows = await Conversations(self._database).rows(owner, list(found))
        return [Hit(row, *found[row.id]) for row in rows[:most]]


def _in_titles(connection: sa.Connection, owner: str, wanted: Sequence[str], most: int) -> list[str]:
    query = _mine(sa.select(conversation.c.id, conversation.c.title), owner, conversation.c.title, wanted)
    rows = connection.execute(query.order_by(conversation.c.updated.desc()).limit(_SCANNED)).all()
    return [row.id for row in rows if _has(row.title, wanted)][:most]


def _in_messages(
    connection: sa.Connection, owner: str, wanted: Sequence[str], most: int
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Of each conversation the id, with the newest message that has the words: its id, and a snippet of it."""
    columns = (message.c.conversation, message.c.id, message.c.body)
    talks = message.join(conversation, message.c.conversation == conversation.c.id)
    escaped = [json.dumps(word, ensure_ascii=False)[1:-1] for word in wanted]
    query = _mine(sa.select(*columns).select_from(talks), owner, message.c.body, escaped)
    newest_first = query.order_by(conversation.c.updated.desc(), conversation.c.id, message.c.position.desc())
    seen: set[str] = set()
    with connection.execute(newest_first.limit(_SCANNED), execution_options={"yield_per": 100}) as rows:
        for row in rows:
            if row.conversation in seen:
                continue
            text = _text_of(row.body)
            if _has(text, wanted):
                seen.add(row.conversation)
                yield row.conversation, (row.id, snippet(text, wanted))
            if len(seen) == most:
                return


def _mine(query: S, owner: str, column: sa.Column[str], wanted: Sequence[str]) -> S:
    """Narrowed by what every engine can say; what it lets through is looked at again."""
    listed = (conversation.c.owner == owner, conversation.c.superseded_by.is_(None))
    return query.where(*listed, *(column.ilike(_pattern(word), escape="\\") for word in wanted))


def _pattern(word: str) -> str:
    """A LIKE pattern: wildcards mean themselves, and any letter stands for one whose case SQLite does not know."""
    return "%" + "".join("_" if ord(each) > 127 else re.sub(r"([\\%_])", r"\\\1", each) for each in word) + "%"


def _text_of(body: str) -> str:
    """What a person or the model said; nothing of a tool's result, which may have anything in it."""
    said = json.loads(body)
    if said.get("role") not in {"user", "assistant"}:
        return ""
    return "\n".join(block["text"] for block in said.get("content", ()) if block.get("type") == "text")


def _has(text: str, wanted: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word.casefold() in folded for word in wanted)


def snippet(text: str, wanted: Sequence[str]) -> str:
    """The part of a text around the first place that has a word, in one line."""
    line = " ".join(text.split())
    lowered = line.lower()
    places = [at for at in (lowered.find(word) for word in wanted) if at >= 0]
    start = max(0, min(places, default=0) - SNIPPET_CHARACTERS // 3)
    if start:
        start = line.find(" ", start) + 1 or start
    end = start + SNIPPET_CHARACTERS
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"
