"""What the conversation tools and resources answer."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from deskhand.result import Result

CONVERSATION = "conversation://{id}"
RECEIPT = "conversation://{id}/receipt/{number}"
MESSAGE = "conversation://{id}/message/{message}"
FROM = "conversation://{id}/from/{message}"


def uri_of(conversation: str) -> str:
    """Where a conversation can be read."""
    return CONVERSATION.replace("{id}", conversation)


def receipt_uri(conversation: str, number: int) -> str:
    """Where a whole receipt can be read."""
    return f"{uri_of(conversation)}/receipt/{number}"


def message_uri(conversation: str, message: str) -> str:
    """Where one message can be read whole."""
    return f"{uri_of(conversation)}/message/{message}"


def page_uri(conversation: str, message: str) -> str:
    """Where the messages from this one on can be read."""
    return f"{uri_of(conversation)}/from/{message}"


class Part(BaseModel):
    """Base of what answers are made of."""

    model_config = ConfigDict(frozen=True)


class Appended(Result):
    """What was stored, and under which names."""

    conversation: str = Field(description="Its id, for the calls to come.")
    message_ids: tuple[str, ...] = Field(description="One for each message sent, in order.")

    def text(self) -> str:
        """The ids."""
        return f"conversation {self.conversation}: {', '.join(folded(self.message_ids))}"


class ShortReceipt(Part):
    """What a compaction did, in short. The whole is at `uri`."""

    number: int = Field(description="0: not compacted.")
    uri: str | None
    tokens_before: int
    tokens_after: int = Field(description="Of the messages returned, estimated.")
    kept: tuple[str, ...] = Field(description="In view; ids as ranges.")
    digested: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    moved_out: tuple[str, ...] = Field(default=(), description="Recall finds it.")
    why: dict[str, int] = Field(default={}, description="How many kept for each reason.")
    note: str = ""


class Compacted(Result):
    """Messages ready for a model, within the budget."""

    messages: tuple[dict[str, JsonValue], ...] = Field(description="In the format they were sent in.")
    receipt: ShortReceipt

    def text(self) -> str:
        """The same as JSON: whoever reads the text needs the messages as they are."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)


class RecalledMessage(Part):
    """A message that answers."""

    id: str
    role: str
    content: str = Field(description="Its text; … marks what is left out, and the URI where the whole is.")
    when: str
    score: float = Field(description="0 to 1, comparable within one answer.")


class Recalled(Result):
    """What was said about something, best first."""

    messages: tuple[RecalledMessage, ...]
    more: int = Field(default=0, description="Weaker hits left out, at least.")
    note: str = ""

    def text(self) -> str:
        """A paragraph a message."""
        found = [f"[{one.id}] {one.when[:16]} {one.role}: {one.content}" for one in self.messages]
        rest = [f"({self.more} weaker hits left out: raise limit or max_tokens.)"] if self.more else []
        nothing = [] if found or rest else ["Nothing in this conversation is about that."]
        return "\n".join([*found, *nothing, *rest, *filter(None, [self.note])])


class Shown(Part):
    """A stored message as a resource shows it."""

    id: str
    message: dict[str, JsonValue] = Field(description="As it came in, metadata included.")


class ReceiptLine(Part):
    """A receipt in the list of a conversation's."""

    number: int
    uri: str
    at: datetime
    budget: int
    tokens_before: int
    tokens_after: int
    taken_back: bool


class Overview(Result):
    """A conversation: what it is, and its last messages."""

    id: str
    title: str
    created: datetime
    updated: datetime
    count: int = Field(description="How many messages it has, moved out or not.")
    moved_out: int = Field(description="How many of them are in no view now; recall_context finds them.")
    receipts: tuple[ReceiptLine, ...] = Field(description="The newest ones.")
    messages: tuple[Shown, ...] = Field(description="The last ones.")
    earlier: str | None = Field(description="Where to read from the beginning, when these are not all.")


class Page(Result):
    """Messages of a conversation, from one on."""

    conversation: str
    messages: tuple[Shown, ...]
    next: str | None = Field(description="Where to read on.")


def folded(ids: Sequence[str]) -> Iterator[str]:
    """Ids in few words: `m1-m57` for those that follow each other."""
    start = last = None
    for id in [*ids, None]:
        if id is not None and last is not None and _follows(last, id):
            last = id
            continue
        if start is not None:
            yield start if start == last else f"{start}-{last}"
        start = last = id


def _follows(before: str, id: str) -> bool:
    first, second = before.removeprefix("m"), id.removeprefix("m")
    return first != before and first.isdecimal() and second.isdecimal() and int(second) == int(first) + 1
