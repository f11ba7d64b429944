"""What an act is, and who performs it."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import quote

import anyio
from pydantic import JsonValue

from deskhand.errors import Conflict, DeskhandError
from deskhand.outbox.excerpt import excerpt
from deskhand.visible import visible

SCHEME = "outbox://"
LONGEST_QUESTION = 20_000
"""Letters that a question may show; who agrees has to see all of it, so that what is longer is never asked about."""
State = Literal["waiting", "claimed", "crossing", "done", "failed", "unknown", "denied", "expired"]


def uri_of(key: str) -> str:
    """Where the act with this key can be read."""
    return f"{SCHEME}{quote(key, safe='')}"


class NotDone(Exception):
    """Raised by a performer that knows that nothing happened, also after it crossed; `error` says why."""

    def __init__(self, error: DeskhandError) -> None:
        super().__init__(error.message)
        self.error = error


class OutcomeUnknown(Exception):
    """Raised by a performer that cannot know whether it happened: the answer got lost."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done. `payload` is for whoever performs it, `preview` is what the person sees, word for word."""

    kind: str
    """Names the performer, such as `mail`."""
    title: str
    """One line: `Mail to ann@example.org: Figures`."""
    preview: str
    account: str = ""
    payload: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    content: bytes | None = field(default=None, repr=False)
    """Bytes that go with the payload, such as a mail; dropped when the act is done."""
    sameness: str = ""
    """What makes two acts the same where no key is given; the payload and the content when empty."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the outbox."""

    key: str
    kind: str
    state: State
    title: str
    preview: str
    account: str
    payload: Mapping[str, JsonValue]
    content: bytes | None = field(repr=False)
    result: Mapping[str, JsonValue]
    """What the performer answered, when it is done."""
    error: str
    asks: bool
    """Whether it needs the person's yes: once it did, it always does."""
    created: datetime
    changed: datetime
    subject: str

    @property
    def uri(self) -> str:
        """Where it can be read."""
        return uri_of(self.key)

    @property
    def fingerprint(self) -> str:
        """The first letters of a hash of all that is frozen in it: what leaves when the person says yes.

        Of an entry with its content: `Outbox.newest` leaves it out.
        """
        payload = json.dumps(dict(self.payload), sort_keys=True)
        parts = (self.kind, self.account, self.title, self.preview, payload)
        frozen = hashlib.sha256(json.dumps(parts).encode())
        frozen.update(self.content or b"")
        return frozen.hexdigest()[:16]

    def question(self, words: str) -> str:
        """What the person is asked, all of it; empty where it is too long for a question: `deskhand approve` shows it.

        The repeated call of protocol 2026-07-28 brings the answer to a question with the same text, and nothing else
        binds it: the key and the fingerprint make it the answer to this act alone. Other content asks anew.
        """
        shown = visible(self.preview)
        if len(shown) > LONGEST_QUESTION:
            return ""
        return f"{words}\n\n{shown}\n\n{self.uri}, content {self.fingerprint}"

    def shown(self, most: int) -> str:
        """The preview for an answer: where it is longer, its head and its tail, and where all of it is."""
        return excerpt(visible(self.preview), most, self.uri)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many acts may happen in an hour without the person's yes."""

    kinds: tuple[str, ...]
    """The acts that count."""
    account: str
    hourly: int


class Attempt:
    """One attempt at an act."""

    def __init__(
        self, cross: Callable[[], Awaitable[bool]], keep: Callable[[Mapping[str, JsonValue]], Awaitable[None]]
    ) -> None:
        self._cross = cross
        self._keep = keep
        self.crossed = False
        self.is_done = False

    async def cross(self) -> None:
        """Say that from now on the act may happen although no answer comes. Await it right before that point.

        Raises:
            NotDone: this attempt took so long that it was given up; nothing may happen any more.
        """
        if self.crossed:
            return
        if not await self._cross():
            raise NotDone(Conflict("This attempt took too long and was given up. Nothing was done; try again."))
        self.crossed = True

    async def happened(self, result: Mapping[str, JsonValue]) -> None:
        """Say at once that it happened, where there is more to do after: from now on it is done, whatever comes."""
        with anyio.CancelScope(shield=True):
            await self._keep(result)
            self.is_done = True


class Performer(Protocol):
    """Performs acts of one kind. It also works in another process than the one that proposed the act."""

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Do it, and say what came of it.

        Raises:
            NotDone: it surely did not happen.
            OutcomeUnknown: it may have happened.
        """
        ...

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """For an unknown outcome: what came of it if it did happen, None where no trace of it is found."""
        ...
