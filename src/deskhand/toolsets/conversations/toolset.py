"""The conversation tools and the `conversation://` resources."""

from typing import Annotated

from mcp.server.mcpserver.prompts.base import AssistantMessage, UserMessage
from pydantic import BeforeValidator, Field, JsonValue

from deskhand.principal import Caller, Principal
from deskhand.result import Health
from deskhand.retrieval.index import Index
from deskhand.services import Services
from deskhand.toolset import (
    Content,
    Progress,
    ResourceEntry,
    Toolset,
    ToolsetSettings,
    bounded,
    completes,
    lists,
    prompt,
    resource,
    tool,
    watches,
)
from deskhand.toolsets.conversations.backend import ConversationsBackend
from deskhand.toolsets.conversations.continuing import spoken
from deskhand.toolsets.conversations.results import (
    CONVERSATION,
    FROM,
    MESSAGE,
    RECEIPT,
    Appended,
    Compacted,
    Recalled,
    uri_of,
)
from deskhand.toolsets.conversations.watching import watch

_RECENT = 50

Optional = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""May be left out; null is taken for that too, because some models fill every field."""
Messages = Annotated[
    list[dict[str, JsonValue]],
    Field(
        description="Each {role, content, metadata?} as your model's API takes it (OpenAI, Anthropic or MCP format): "
        "role system, user, assistant or tool; content a text or blocks; tool calls and results included. "
        "metadata: timestamp (ISO), language, priority (low, normal, high, pinned)."
    ),
]
Id = Annotated[str, Field(description="Its id.")]


class Conversations(Toolset):
    """Conversations that outgrow a model's window: stored whole, fitted into a budget, searched."""

    name = "conversations"
    title = "Conversations"
    summary = (
        "Keep a conversation that outgrows the model's window: store its messages, get them back within a token budget "
        "with what matters word for word, and recall what was moved out."
    )

    def __init__(self, settings: ToolsetSettings, services: Services) -> None:
        super().__init__(settings, services)
        self.backend = ConversationsBackend(services.database, Index(services.embedding.embedder), services.now)

    async def health(self) -> Health:
        """Which database, and whether recall is by meaning too."""
        backend = "PostgreSQL" if self.services.database.is_postgresql else "SQLite"
        embedding, trouble = self.services.embedding, self.backend.index.trouble
        if trouble:
            return Health("degraded", backend, f"Recall is by words only for now: {trouble}")
        if embedding.embedder is None:
            return Health("degraded", backend, embedding.why, "Run `deskhand embeddings install`.")
        return Health("ok", backend, embedding.why)

    @tool(title="Store messages", read_only=False, open_world=False)
    async def append_messages(
        self,
        caller: Caller,
        messages: Messages,
        conversation: Annotated[Optional, Field(description="Its id; leave out to begin one.")] = "",
    ) -> Appended:
        """Store messages of a conversation, in order, so that they can be compacted and recalled. All or none."""
        appended = await self.backend.append(caller, conversation or None, messages)
        self._changed(caller, appended.conversation, listed=True)
        return appended

    @bounded
    @tool(title="Fit into a budget", read_only=False, open_world=False, idempotent=True, timeout=60)
    async def compact_context(
        self,
        caller: Caller,
        progress: Progress,
        conversation: Id,
        budget_tokens: Annotated[int, Field(description="Most tokens of the messages.", ge=1, le=1_000_000)],
        query: Annotated[Optional, Field(description="What is asked now; default: the last request.")] = "",
    ) -> Compacted:
        """Get the messages to send to a model: all while they fit, else rules, pins, requests and the latest word for
        word, a digest of the rest and what bears on the query. Nothing is lost: the receipt says what moved out."""
        compacted = await self.backend.compact(caller, conversation, budget_tokens, query, progress)
        if compacted.is_new:
            self._changed(caller, compacted.conversation)
        return compacted.result

    @bounded
    @tool(title="Recall", read_only=True, open_world=False, timeout=60)
    async def recall_context(
        self,
        caller: Caller,
        progress: Progress,
        conversation: Id,
        query: Annotated[str, Field(description="A question or words.")],
        max_tokens: Annotated[int, Field(description="Most to answer.", ge=100, le=50_000)] = 2_000,
        limit: Annotated[int, Field(description="Most messages.", ge=1, le=100)] = 10,
    ) -> Recalled:
        """Find what was said in a conversation, moved out or not, best first."""
        return await self.backend.recall(caller, conversation, query, max_tokens, limit, progress)

    @resource(CONVERSATION, title="A conversation", watched=True)
    async def conversation(self, id: str, caller: Caller) -> Content:
        """Title, times, receipts, and the last messages."""
        return Content((await self.backend.documents.overview(caller, id)).model_dump_json(indent=2))

    @lists(CONVERSATION)
    async def list_conversations(self, caller: Caller) -> list[ResourceEntry]:
        """The conversations written to last."""
        rows = await self.backend.archive(caller).recent(_RECENT)
        entries = [
            ResourceEntry(
                uri_of(row.id),
                row.id,
                title=row.title or None,
                description=f"{row.messages} messages",
                mime_type="application/json",
                modified=row.updated,
            )
            for row in rows
        ]
        return sorted(entries, key=lambda entry: entry.uri)

    @watches(CONVERSATION)
    async def watch_conversation(self, id: str) -> None:
        """Announce what other processes write to it."""

        async def state(person: Principal) -> object:
            return await self.backend.documents.state(person, id)

        await watch(uri_of(id), self.services.changes, state)

    @resource(RECEIPT, title="What a compaction did")
    async def receipt(self, id: str, number: str, caller: Caller) -> Content:
        """What was kept and why, digested and moved out, with the digest."""
        return Content((await self.backend.documents.receipt(caller, id, number)).model_dump_json(indent=2))

    @resource(MESSAGE, title="One message, whole")
    async def message(self, id: str, message: str, caller: Caller) -> Content:
        """As it came in, with its metadata."""
        return Content((await self.backend.documents.message(caller, id, message)).model_dump_json(indent=2))

    @resource(FROM, title="Messages from one on")
    async def messages_from(self, id: str, message: str, caller: Caller) -> Content:
        """Up to 200, and where to read on."""
        return Content((await self.backend.documents.page(caller, id, message)).model_dump_json(indent=2))

    @prompt(title="Continue a conversation")
    async def continue_conversation(
        self,
        conversation: Annotated[str, Field(description="Its id.")],
        caller: Caller,
        about: Annotated[str, Field(description="What to go on with.")] = "",
    ) -> list[UserMessage | AssistantMessage]:
        """Go on with a stored conversation: a digest, the latest messages, and what bears on `about`."""
        view = await self.backend.continued(caller, conversation, about)
        made = {"user": UserMessage, "assistant": AssistantMessage}
        return [made[role](text) for role, text in spoken(view, about)]

    @completes(CONVERSATION, "id")
    @completes(RECEIPT, "id")
    @completes(MESSAGE, "id")
    @completes(FROM, "id")
    @completes("continue_conversation", "conversation")
    async def complete_id(self, value: str, caller: Caller) -> list[str]:
        """Ids that begin so, or whose title holds it; the newest first."""
        rows = await self.backend.archive(caller).recent(1_000)
        wanted = value.casefold()
        return [row.id for row in rows if row.id.startswith(wanted) or wanted in row.title.casefold()][:100]

    def _changed(self, caller: Principal, conversation: str, *, listed: bool = False) -> None:
        """Tell who watches, and nobody else's clients."""
        changes = self.services.changes
        changes.resource_updated(uri_of(conversation), subject=caller.subject)
        if listed:
            changes.resource_list_changed(subject=caller.subject)
