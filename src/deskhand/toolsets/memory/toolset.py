"""The memory tools and the `memory://` resources."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Literal

import anyio
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel, BeforeValidator, Field

from deskhand.errors import Denied
from deskhand.principal import Caller, Principal
from deskhand.result import Health
from deskhand.services import Services
from deskhand.toolset import (
    Content,
    ResourceEntry,
    Toolset,
    ToolsetSettings,
    can_ask,
    completes,
    lists,
    prompt,
    resource,
    tool,
    watches,
)
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.encodable import encodable
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.results import Forgotten, Found, Kind, Other, Saved, Updated, one_line
from deskhand.toolsets.memory.watching import Reading, Watching
from deskhand.toolsets.memory.wording import bounds

PROFILE, RECENT, EXPORT, STATUS = "memory://profile", "memory://recent", "memory://export", "memory://status"
ITEM = "memory://item/{id}"
_RECENT = 50
_EXPORT_BYTES = 5_000_000
"""A resource is one message, held in memory on both sides; beyond this the command line writes a file."""

Optional = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""May be left out; null is taken for that too, because some models fill every field."""


def _any(value: object) -> object:
    return "any" if value is None else value


Ids = Annotated[tuple[str, ...], BeforeValidator(lambda value: () if value is None else value)]


class MemorySettings(ToolsetSettings):
    """How memories are kept."""

    conversations: bool = Field(default=True, description="Let search_memory find turns of past conversations too.")
    ask: bool = Field(default=True, description="Ask the person before memories are deleted for good.")


class Forget(BaseModel):
    """What the person says about deleting memories."""

    forget: bool = Field(description="Delete these memories for good?")


class Memory(Toolset):
    """What people want remembered, private to each."""

    name = "memory"
    title = "Memory"
    summary = (
        "Remember facts, preferences, notes and episodes across conversations; find them by words or meaning. "
        "Save what will matter later, search before you say that you do not know."
    )
    Settings = MemorySettings

    def __init__(self, settings: MemorySettings, services: Services) -> None:
        super().__init__(settings, services)
        self._settings = settings
        options = MemoryOptions(services.zone, settings.conversations)
        self.backend = MemoryBackend(services.database, services.embedding, options, services.now)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Embed in the background what waits for it."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.backend.background.run)
            yield
            tasks.cancel_scope.cancel()

    async def health(self) -> Health:
        """Which database, and whether search is by meaning too."""
        backend = "PostgreSQL" if self.services.database.is_postgresql else "SQLite"
        embedding, trouble = self.services.embedding, self.backend.index.trouble
        if trouble:
            return Health("degraded", backend, f"Search is by words only for now: {trouble}")
        if embedding.embedder is None:
            return Health("degraded", backend, embedding.why, "Run `deskhand embeddings install`.")
        return Health("ok", backend, embedding.why)

    @tool(title="Remember", read_only=False, open_world=False, idempotent=True)
    async def save_memory(  # noqa: PLR0913 (a tool's arguments are the form a model fills)
        self,
        caller: Caller,
        text: Annotated[str, Field(description="One self-contained statement.")],
        kind: Annotated[Kind, Field(description="episode: it happened once.")] = "fact",
        subject: Annotated[Optional, Field(description="Whom or what it is about, if not the user.")] = "",
        valid_from: Annotated[Optional, Field(description="ISO day or time, such as 2026-05-07.")] = "",
        expires_at: Annotated[Optional, Field(description="ISO day or time.")] = "",
        pin: Annotated[bool, Field(description="Show it in every conversation.")] = False,
    ) -> Saved:
        """Remember something for later conversations. Says what it repeats, replaces or contradicts. No secrets."""
        draft = Draft(text, kind, subject or None, valid_from or None, expires_at or None, pin)
        saved = await self.backend.save(caller, draft)
        if saved.status != "duplicate_of" or saved.added:
            self._changed(caller, [saved.id, *(other.id for other in saved.others)])
        return saved

    @tool(title="Search memory", read_only=True, open_world=False)
    async def search_memory(  # noqa: PLR0913 (a tool's arguments are the form a model fills)
        self,
        caller: Caller,
        query: Annotated[str, Field(description="A question or words, in any language.")],
        limit: Annotated[int, Field(description="Most hits.", ge=1, le=50)] = 8,
        max_tokens: Annotated[int, Field(description="Most to answer.", ge=100, le=20_000)] = 800,
        kind: Annotated[Literal["any", Kind], BeforeValidator(_any), Field(description="Only these.")] = "any",
        as_of: Annotated[Optional, Field(description="What held on that ISO day.")] = "",
        include_history: Annotated[bool, Field(description="Also what no longer holds.")] = False,
        include_conversations: Annotated[bool, Field(description="Also past conversations.")] = True,
    ) -> Found:
        """Find what is remembered, best first, with dates."""
        only = None if kind == "any" else kind
        request = Request(only, limit, max_tokens, self._moment(as_of), include_history, include_conversations)
        return await self.backend.search(caller, query, request)

    @tool(title="Change a memory", read_only=False, open_world=False, idempotent=True)
    async def update_memory(
        self,
        caller: Caller,
        id: Annotated[str, Field(description="From a search.")],
        text: Annotated[Optional, Field(description="The new statement.")] = "",
        pin: Annotated[bool | None, Field(description="Show it in every conversation, or no longer.")] = None,
        valid_to: Annotated[Optional, Field(description="ISO day until which it held, or open.")] = "",
    ) -> Updated:
        """Correct, pin or end a memory. The version before is kept."""
        updated = await self.backend.update(caller, encodable("id", id), Edit(text or None, pin, valid_to or None))
        self._changed(caller, [updated.id])
        return updated

    async def _to_forget(self, caller: Caller, ids: Ids = (), query: Optional = "") -> tuple[Other, ...]:
        return await self.backend.to_forget(caller, ids, query)

    async def _ask_forget(
        self,
        caller: Caller,
        seen: Annotated[tuple[Other, ...], Resolve(_to_forget)],
        ctx: Context,
        query: Optional = "",
    ) -> Elicit[Forget] | Forget:
        if not seen or not self._settings.ask:
            return Forget(forget=True)
        if not can_ask(ctx):
            ids = " ".join(one.id for one in seen)
            raise Denied(
                "Only the person can agree to this, and this client cannot ask. Nothing was deleted. "
                f"They can run: deskhand memory forget {ids}"
            )
        stays = (await self.backend.left(caller, seen, query)).lines()
        lines = "\n".join([*(f"- {one_line(one.text)}" for one in seen), *stays])
        return Elicit(f"Delete for good, with all former versions?\n{lines}", Forget)

    @tool(title="Forget", read_only=False, open_world=False, destructive=True)
    async def forget_memory(
        self,
        caller: Caller,
        seen: Annotated[tuple[Other, ...], Resolve(_to_forget)],
        answer: Annotated[ElicitationResult[Forget], Resolve(_ask_forget)],
        ids: Annotated[Ids, Field(description="From a search.")] = (),
        query: Annotated[Optional, Field(description="Instead of ids: what to forget.")] = "",
    ) -> Forgotten:
        """Delete memories for good, not what was said in chats; the person is asked. Returns a receipt."""
        if not isinstance(answer, AcceptedElicitation) or not answer.data.forget:
            raise Denied("The person did not agree. Nothing was deleted.")
        receipt = await self.backend.forget(caller, seen)
        self._changed(caller, receipt.ids)
        return receipt.model_copy(update={"left": await self.backend.left(caller, seen, query)})

    @resource(PROFILE, title="What is remembered of you, in short", mime_type="text/markdown", watched=True)
    async def profile(self, caller: Caller) -> str:
        """Pinned memories and preferences, at most 500 tokens: context for every conversation."""
        return await self.backend.profile(caller)

    @watches(PROFILE)
    async def watch_profile(self) -> None:
        """Announce what other processes change in it, and what begins or ends by itself."""

        async def read(person: Principal) -> Reading:
            until = await self.backend.profile_until(person)  # first: what ends in between is looked at once more
            return Reading(await self.backend.profile(person), until)

        await Watching(PROFILE, self.backend, self.services.changes, self.services.now).run(read)

    @resource(ITEM, title="A memory with its history", watched=True)
    async def item(self, id: str, caller: Caller) -> Content:
        """Every version of one memory, what it replaced and what contradicts it."""
        return Content((await self.backend.item(caller, id)).model_dump_json(indent=2))

    @lists(ITEM)
    async def list_items(self, caller: Caller) -> list[ResourceEntry]:
        """The memories saved or changed last."""
        rows = await self.backend.recent(caller, _RECENT)
        entries = [
            ResourceEntry(
                ITEM.replace("{id}", row.id),
                row.id,
                description=one_line(row.text)[:100],
                mime_type="application/json",
                modified=datetime.fromisoformat(row.recorded_at),
            )
            for row in rows
        ]
        return sorted(entries, key=lambda entry: entry.uri)

    @completes(ITEM, "id")
    async def complete_id(self, value: str, caller: Caller) -> list[str]:
        """Ids that begin so, or whose text holds it; the newest first."""
        rows = await self.backend.recent(caller, 1_000)
        wanted = value.casefold()
        return [row.id for row in rows if row.id.startswith(value) or wanted in row.text.casefold()][:100]

    @resource(RECENT, title="Memories saved or changed last", mime_type="text/markdown", watched=True)
    async def recent(self, caller: Caller) -> str:
        """The last fifty."""
        rows = await self.backend.recent(caller, _RECENT)
        lines = [
            f"- [{row.id}] {' · '.join([row.recorded_at[:10], row.kind, *bounds(row)])} · {one_line(row.text)}"
            for row in rows
        ]
        return "\n".join(lines) or "Nothing is remembered yet."

    @watches(RECENT)
    async def watch_recent(self) -> None:
        """Announce what other processes save or change."""

        async def read(person: Principal) -> Reading:
            return Reading(await self.recent(person))

        await Watching(RECENT, self.backend, self.services.changes, self.services.now).run(read)

    @resource(EXPORT, title="All your memories, to take with you", mime_type="application/jsonl")
    async def export(self, caller: Caller) -> str:
        """JSON lines that `deskhand memory import` reads: every memory with its history; at most 5 MB."""
        return await self.backend.exported(caller, _EXPORT_BYTES)

    @resource(STATUS, title="How your memory is doing")
    async def status(self, caller: Caller) -> Content:
        """Counts, the database, and whether search is by meaning or by words only."""
        return Content((await self.backend.status(caller)).model_dump_json(indent=2))

    @prompt(title="Remember this")
    async def remember_this(self, text: Annotated[str, Field(description="What to read.")]) -> str:
        """Work out what is worth keeping in a text, and save it."""
        return (
            "Read the text below and save what will still matter in a month with save_memory: one self-contained "
            "statement a call, in the language of the text, with names instead of pronouns. Choose the kind: fact, "
            "preference (how I like things), episode (something that happened; give valid_from) or note. Give subject "
            "when it is not about me, and expires_at when it is only true for a while. Leave out secrets and small "
            "talk. When an answer says conflicts_with, ask me which holds, then use update_memory or, if I agree, "
            f"forget_memory. End with a list of what you saved.\n\n{text}"
        )

    def _moment(self, value: str) -> datetime | None:
        if not value:
            return None
        zone = self.services.zone
        return moments.last(moments.normal("as_of", value, zone), zone)

    def _changed(self, caller: Principal, ids: list[str] | tuple[str, ...]) -> None:
        """Tell who watches. Of the profile too: whether it reads differently is cheaper to look at than to work out."""
        changes = self.services.changes
        for uri in (PROFILE, RECENT, *(ITEM.replace("{id}", memory_id) for memory_id in ids)):
            changes.resource_updated(uri, subject=caller.subject)
        changes.resource_list_changed(subject=caller.subject)
