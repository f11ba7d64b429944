"""Long-term memory of people, over the store and the index. No MCP here; the person comes from the caller."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deskhand.context.turns import catch_up, catch_up_once
from deskhand.errors import InvalidInput, LimitExceeded, Unavailable
from deskhand.principal import Principal
from deskhand.retrieval.find import Found as FoundEmbedder
from deskhand.retrieval.index import Index
from deskhand.retrieval.rerank import Reranker
from deskhand.store.database import Database
from deskhand.store.entries import EntryTable
from deskhand.store.memories import MemoryRow, MemoryTable
from deskhand.store.personal import People, Person, PersonalRows, Revision
from deskhand.toolsets.memory import changing, moments
from deskhand.toolsets.memory.changing import OPEN, Edit
from deskhand.toolsets.memory.draft import Draft, dated
from deskhand.toolsets.memory.embedding import BackgroundEmbedding
from deskhand.toolsets.memory.encodable import encodable
from deskhand.toolsets.memory.finding import Request, conversation_of, find, turns_about, within
from deskhand.toolsets.memory.holding import holds, next_change
from deskhand.toolsets.memory.item import item_of, items_of
from deskhand.toolsets.memory.neighbours import Given
from deskhand.toolsets.memory.portable import exported
from deskhand.toolsets.memory.profile import profile
from deskhand.toolsets.memory.results import (
    Embeddings,
    Forgotten,
    Found,
    Item,
    Left,
    MemoryStatus,
    Other,
    Saved,
    Updated,
)
from deskhand.toolsets.memory.saving import save
from deskhand.toolsets.memory.wording import told
from deskhand.zone import Zone

logger = logging.getLogger(__name__)
QUERY_CHARACTERS = 2_000
FORGET_AT_ONCE = 20
"""Memories that one query offers to delete: as many as a person reads before agreeing."""
_MATCHES = 500
"""Most memories counted that match besides."""


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """How memories are kept and found."""

    zone: Zone
    conversations: bool = True
    """Whether turns of conversations are found too."""
    reranker: Reranker | None = None
    """A second opinion on the best hits."""


class MemoryBackend:
    """Saves, finds, changes and forgets; each method for the one person who calls."""

    def __init__(
        self, database: Database, embedding: FoundEmbedder, options: MemoryOptions, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._embedding = embedding
        self._options = options
        self._now = now
        self.people = People(database)
        self.index = Index(embedding.embedder)
        self.background = BackgroundEmbedding(self.people, self.index)

    async def save(self, caller: Principal, draft: Draft) -> Saved:
        """Remember something, and say what it repeats, replaces or contradicts.

        Raises:
            InvalidInput: it cannot be kept: empty, too long, a secret, a wrong time.
        """
        zone, now = self._options.zone, self._now()
        draft = draft.checked(now, zone)
        said = told(draft.text, draft.about)
        query = await self.index.query(said, question=False)
        vector = await self.index.vector_of(query, said)
        given = Given(now, zone, caller.client, vector)
        person = self._person(caller)
        await self.index.warm(person)
        saved = await person.write(lambda rows: save(rows, self.index, draft, query, given))
        if vector is None or saved.added:
            self.background.wake(caller.subject)
        return saved

    async def search(self, caller: Principal, query: str, request: Request) -> Found:
        """What is remembered about something, best first, within `request.max_tokens`.

        Raises:
            InvalidInput: the query is empty or too long.
        """
        text, person = _question(query), self._person(caller)
        if not self._options.conversations:
            request = replace(request, include_conversations=False)
        if request.include_conversations:
            await self._catch_up(person)
        asked = await self.index.query(text)
        zone, now = self._options.zone, self._now()
        found = await person.read(lambda rows: find(rows, self.index, asked, request, now, zone))
        if self._options.reranker is not None and found.hits:
            scores = await self._options.reranker.scores(text, [hit.text for hit in found.hits])
            ranked = sorted(zip(scores, found.hits, strict=True), key=lambda pair: -pair[0])
            found = replace(found, hits=[hit for _, hit in ranked])
        return within(found.settled(zone), request, by_meaning=asked.vector is not None, note=found.note)

    async def update(self, caller: Principal, memory_id: str, edit: Edit) -> Updated:
        """Make a new version of a memory.

        Raises:
            NotFound: there is no such memory.
            InvalidInput: nothing is to change, or the text or time is wrong.
        """
        if edit == Edit():
            raise InvalidInput("update_memory needs something to change: text, pin or valid_to.")
        zone, now = self._options.zone, self._now()
        text = dated(edit.text, now, zone) if edit.text is not None else None
        opens = (edit.valid_to or "").strip().casefold() == OPEN
        valid_to = OPEN if opens else moments.normal("valid_to", edit.valid_to, zone) if edit.valid_to else None
        person = self._person(caller)
        old = await person.read(lambda rows: changing.one(rows, memory_id))
        said = told(old.text if text is None else text, old.about)
        compared = text is not None or opens
        query = await self.index.query(said, question=False) if compared else None
        vector = await self.index.vector_of(query, said) if query is not None and text is not None else None
        given = Given(now, zone, caller.client, vector)
        wanted = Edit(text, edit.pin, valid_to)
        if compared:
            await self.index.warm(person)
        updated = await person.write(lambda rows: changing.update(rows, self.index, memory_id, wanted, given, query))
        if text is not None and vector is None:
            self.background.wake(caller.subject)
        return updated

    async def to_forget(self, caller: Principal, ids: Sequence[str], query: str | None) -> tuple[Other, ...]:
        """What `forget` would delete: the memories of these ids, or the first `FORGET_AT_ONCE` that a query finds.

        Raises:
            NotFound: one of the ids is not there.
            InvalidInput: neither or both are given, or they are no text.
        """
        for memory_id in ids:
            encodable("ids", memory_id)
        if bool(ids) == bool(query):
            raise InvalidInput("forget_memory needs either ids or a query, not both.")
        if query:
            ids = (await self._matching(caller, query))[:FORGET_AT_ONCE]
        rows = await self._person(caller).read(lambda rows: changing.several(rows, ids))
        return tuple(Other(id=row.id, text=row.text) for row in rows)

    async def left(self, caller: Principal, seen: Sequence[Other], query: str | None) -> Left:
        """What stays when these are deleted: others that the query finds, and turns of conversations that say the same.

        Turns are looked for by the texts of the first `FORGET_AT_ONCE` memories.

        Raises:
            InvalidInput: the query is none.
        """
        person, going = self._person(caller), {one.id for one in seen}
        more = [one for one in await self._matching(caller, query) if one not in going] if query else []
        if self._options.conversations:
            await self._catch_up(person)
        queries = [await self.index.query(one.text) for one in seen[:FORGET_AT_ONCE]]
        turns = await person.read(lambda rows: turns_about(rows, self.index, queries))
        conversations = tuple(dict.fromkeys(map(conversation_of, turns)))
        return Left(more=len(more), turns=len(turns), conversations=conversations)

    async def forget(self, caller: Principal, seen: Sequence[Other]) -> Forgotten:
        """Delete memories for good, if they still read as the person saw them.

        Raises:
            Conflict, NotFound: one was changed or deleted meanwhile; then none is deleted.
        """
        pairs = [(one.id, one.text) for one in seen]
        given = Given(self._now(), self._options.zone, caller.client, None)
        forgotten = await self._person(caller).write(
            lambda rows: changing.forget(rows, changing.agreed(rows, pairs), given)
        )
        await self._database.settle()
        return forgotten

    async def profile(self, caller: Principal) -> str:
        """The pinned memories and preferences that hold now, as Markdown."""
        rows = await self._person(caller).read(lambda rows: MemoryTable(rows).pinned_or("preference"))
        zone, now = self._options.zone, self._now()
        return profile([row for row in rows if holds(row, now, zone)])

    async def profile_until(self, caller: Principal) -> datetime | None:
        """When the profile reads differently though nobody changes anything: something begins, or ends."""
        rows = await self._person(caller).read(lambda rows: MemoryTable(rows).pinned_or("preference"))
        return next_change(rows, self._now(), self._options.zone)

    async def revision(self, caller: Principal) -> Revision:
        """Where this person's rows stand; another one when they were written to."""
        return await self._person(caller).read(lambda rows: rows.revision())

    async def item(self, caller: Principal, memory_id: str) -> Item:
        """A memory with its history.

        Raises:
            NotFound: there is no such memory.
            InvalidInput: the id is no text.
        """
        encodable("id", memory_id)
        return await self._person(caller).read(lambda rows: item_of(rows, memory_id))

    async def items(self, caller: Principal) -> list[Item]:
        """All memories with their histories, for export."""
        return await self._person(caller).read(items_of)

    async def exported(self, caller: Principal, most: int) -> str:
        """All memories with their histories as JSON lines.

        Raises:
            LimitExceeded: they take more than `most` bytes.
        """
        text = await self._person(caller).read(lambda rows: exported(items_of(rows)))  # a thread's work, all of it
        if len(text) > most or len(text.encode()) > most:
            raise LimitExceeded(
                f"All memories take {len(text) / 1e6:,.1f} MB, and a resource holds at most {most / 1e6:,.1f} MB. "
                "Run: deskhand memory export"
            )
        return text

    async def recent(self, caller: Principal, limit: int) -> list[MemoryRow]:
        """What was saved or changed last."""
        return await self._person(caller).read(lambda rows: MemoryTable(rows).recent(limit))

    async def status(self, caller: Principal) -> MemoryStatus:
        """How this person's memory is doing."""

        def count(rows: PersonalRows) -> tuple[int, int, int, int]:
            return *MemoryTable(rows).count(), *EntryTable(rows).embedded(self.index.model, self.index.width)

        memories, versions, embedded, entries = await self._person(caller).read(count)
        active = bool(self.index.model) and not self.index.trouble
        return MemoryStatus(
            memories=memories,
            versions=versions,
            index_entries=entries,
            database="PostgreSQL" if self._database.is_postgresql else "SQLite",
            zone=str(self._options.zone),
            search="words and meaning" if active else "words only",
            embeddings=Embeddings(
                active=active,
                model=self.index.model,
                why=self.index.trouble or self._embedding.why,
                embedded=embedded if self.index.model else 0,
                waiting=entries - embedded if self.index.model else 0,
            ),
        )

    async def _catch_up(self, person: Person) -> None:
        """Let search find what was said lately, if it can be written down: a full disk does not stop a search.

        Where somebody works in the background, a search waits for little, and leaves the rest to that.
        """
        try:
            caught = await catch_up_once(person)
            if caught.more and not self.background.running:
                await catch_up(person)
            if caught.entries:
                self.background.wake(person.subject)
        except Unavailable as error:
            logger.warning("What was said lately is not found yet: %s", error.message)

    async def _matching(self, caller: Principal, query: str) -> list[str]:
        """The ids of all memories that a query finds by themselves, in any version; best first."""
        asked = await self.index.query(_question(query))
        request = Request(limit=_MATCHES, include_history=True, include_conversations=False, only_its_own=True)
        zone, now = self._options.zone, self._now()
        found = await self._person(caller).read(lambda rows: find(rows, self.index, asked, request, now, zone))
        return list(dict.fromkeys(hit.id for hit in found.hits))

    def _person(self, caller: Principal) -> Person:
        return self.people.person(caller.subject)


def _question(query: str) -> str:
    """What is asked, fit to be looked for.

    Raises:
        InvalidInput: it is empty, too long, or no text.
    """
    text = encodable("query", query).strip()
    if not text or len(text) > QUERY_CHARACTERS:
        raise InvalidInput(f"query must be a question or some words, at most {QUERY_CHARACTERS} characters long.")
    return text
