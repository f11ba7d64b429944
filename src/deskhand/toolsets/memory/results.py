"""What the memory tools answer."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from deskhand.result import Result
from deskhand.store.memories import Kind

CONVERSATION = "conversation "
"""What the source of a turn begins with; then comes the title, in quotes."""
KINDS: tuple[Kind, ...] = ("fact", "preference", "note", "episode")
_NAMED = 5
"""Most conversations that a receipt names."""
Status = Literal["saved", "duplicate_of", "supersedes", "conflicts_with"]
_WHAT_NOW = {
    "duplicate_of": "Known already; nothing was added",
    "supersedes": "Saved. It ends",
    "conflicts_with": "Saved, but it contradicts these. Ask which holds, then update_memory or forget_memory",
}


def one_line(text: str) -> str:
    """A memory where lists of them are read: what is in it cannot look like the next line of the list."""
    return " ".join(text.split())


class Part(BaseModel):
    """Base of what answers are made of."""

    model_config = ConfigDict(frozen=True)


class Other(Part):
    """Another memory."""

    id: str
    text: str


class Saved(Result):
    """What became of a memory that was to be saved."""

    id: str = Field(description="Its handle; with duplicate_of, that of the memory known before.")
    status: Status
    kept: str = Field(description="The text as it is kept; relative dates have the day beside them.")
    others: tuple[Other, ...] = Field(default=(), description="The memories that the status speaks of.")
    added: tuple[str, ...] = Field(default=(), description="With duplicate_of: what the memory known before took over.")
    until: str | None = Field(default=None, description="Until when it held: something later is known already.")

    def text(self) -> str:
        """The memory, and what it does to others."""
        first = f"[{self.id}] {one_line(self.kept)}"
        if self.added:
            return f"Known already; it has now what was new: {', '.join(self.added)}.\n{first}"
        if not self.others:
            return f"Saved. {first}" + (f" (held until {self.until})" if self.until else "")
        return "\n".join([first, f"{_WHAT_NOW[self.status]}:", *map(_listed, self.others)])


def _listed(other: Other) -> str:
    return f"- [{other.id}] {one_line(other.text)}"


def _again(reopened: tuple[Other, ...]) -> list[str]:
    return ["These hold again:", *map(_listed, reopened)] if reopened else []


class Hit(Part):
    """Something remembered. As JSON without what is usual: in a search, every field of every hit costs tokens."""

    id: str = Field(description="A memory's handle, or turn/… for what was said in a conversation.")
    text: str
    when: str = Field(description="Since when it holds, or when it was said.")
    until: str | None = Field(default=None, description="Until when it held; it no longer does.")
    kind: Literal["fact", "preference", "note", "episode", "turn"]
    about: str | None = None
    source: str = Field(description="memory, a former wording of one, or the conversation's title.")
    score: float = Field(description="0 to 1, comparable within one answer.")
    pinned: bool = False
    conflicts_with: tuple[str, ...] = ()

    def line(self) -> str:
        """One line for people and models, in few tokens: days without the time, and no word on what is usual."""
        held = f"{self.when[:10]} to {self.until[:10]}" if self.until else self.when[:10]
        usual = self.kind in ("fact", "episode", "turn")
        plain = self.source == "memory" or self.kind == "turn"
        marks = [*([] if usual else [self.kind]), *([] if plain else [self.source])]
        marks += ["pinned"] if self.pinned else []
        against = f" (contradicts {', '.join(self.conflicts_with)})" if self.conflicts_with else ""
        return f"- {' · '.join([held, *marks])} · {self._told()} [{self.id}]{against}"

    def _told(self) -> str:
        """The text; what was said in a conversation as a quotation, since nobody decided to keep it."""
        if self.kind == "turn":
            quoted = json.dumps(one_line(self.text), ensure_ascii=False)
            return f"said by {self.about or 'somebody'} in {self.source.removeprefix(CONVERSATION)}: {quoted}"
        return one_line(f"{self.about}: {self.text}" if self.about else self.text)

    @model_serializer(mode="wrap")
    def _without_the_usual(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in dump(self).items() if value or fields[name].is_required()}


class Found(Result):
    """Memories that answer a question, best first."""

    hits: tuple[Hit, ...]
    more: int = Field(default=0, description="Weaker hits left out, at least.")
    search: Literal["words and meaning", "words only"]
    note: str = ""

    def text(self) -> str:
        """A line a hit."""
        lines = [hit.line() for hit in self.hits] or ["Nothing is remembered about this."]
        rest = [f"({self.more} weaker hits left out: raise limit or max_tokens.)"] if self.more else []
        return "\n".join([*lines, *rest, *([self.note] if self.note else [])])


class Updated(Result):
    """A memory in its new version; the version before is kept in memory://item/{id}."""

    id: str
    version: int
    now: str = Field(description="The text.")
    before: str = Field(description="The text before.")
    pinned: bool
    until: str | None = None
    others: tuple[Other, ...] = Field(default=(), description="The memories that it contradicts from now on.")
    reopened: tuple[Other, ...] = Field(default=(), description="The memories that hold again.")

    def text(self) -> str:
        """What it is now, and was, and what it does to others."""
        was = f" (before: {one_line(self.before)})" if self.before != self.now else ""
        state = "".join([", pinned" if self.pinned else "", f", ended {self.until}" if self.until else ""])
        first = f"[{self.id}] version {self.version}{state}: {one_line(self.now)}{was}"
        against = ["It contradicts these. Ask which holds:", *map(_listed, self.others)] if self.others else []
        return "\n".join([first, *against, *_again(self.reopened)])


class Left(Part):
    """What deleting memories does not delete."""

    more: int = Field(default=0, description="More memories that the query finds.")
    turns: int = Field(default=0, description="What was said in conversations and speaks of the same.")
    conversations: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """A line for each thing that stays, with how to delete it."""
        more = [f"{self.more} more match: call again with the query."] if self.more else []
        if not self.turns:
            return more
        named = " ".join(self.conversations[:_NAMED])
        others = len(self.conversations) - _NAMED
        rest = f" (and {others} more conversations)" if others > 0 else ""
        what = f"{self.turns} {'turn' if self.turns == 1 else 'turns'} of conversations may say it still"
        return [*more, f"{what}. To delete those: deskhand conversations delete {named}{rest}"]


class Forgotten(Result):
    """A receipt: which memories were deleted for good, and what stays."""

    ids: tuple[str, ...]
    memories: int
    versions: int
    links: int
    index_entries: int = Field(description="Entries of the search index, with their vectors.")
    at: str
    left: Left = Left()
    reopened: tuple[Other, ...] = Field(default=(), description="What the deleted memories had ended holds again.")

    def text(self) -> str:
        """A sentence, and one for each thing that stays."""
        if not self.ids:
            return "Nothing was deleted."
        gone = (
            f"Deleted for good at {self.at}: {', '.join(self.ids)} ({self.versions} versions, "
            f"{self.index_entries} index entries, {self.links} links)."
        )
        return "\n".join([gone, *_again(self.reopened), *self.left.lines()])


class Version(Part):
    """One version in the history of a memory."""

    version: int
    text: str
    kind: Kind
    about: str | None
    valid_from: str | None
    valid_to: str | None
    expires_at: str | None
    pinned: bool
    recorded_at: str
    replaced_at: str | None
    change: str
    client: str


class Item(Result):
    """A memory with its history and what it relates to."""

    id: str
    created_at: str
    current: Version
    history: tuple[Version, ...] = Field(description="All versions, the newest first.")
    supersedes: tuple[Other, ...] = ()
    superseded_by: tuple[Other, ...] = ()
    conflicts_with: tuple[Other, ...] = ()


class Embeddings(Part):
    """The state of search by meaning."""

    active: bool
    model: str
    why: str = Field(description="Which model is active, or why there is none and what to do.")
    embedded: int
    waiting: int = Field(description="Entries that have no vector of this model yet.")


class MemoryStatus(Result):
    """How one person's memory is doing."""

    memories: int
    versions: int
    index_entries: int
    database: str
    zone: str
    search: Literal["words and meaning", "words only"]
    embeddings: Embeddings
