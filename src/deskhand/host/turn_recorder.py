"""What a turn looked like, in short: its events, without what the messages of the conversation hold anyway.

Left out are what a tool answered and the texts of the model, which are kept as places in its messages, and what only
moves while it happens: progress and frames. `past.py` makes the events again.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deskhand.context.message import ToolCall
from deskhand.host.events import (
    ApprovalAsked,
    Event,
    Frame,
    ModelFinished,
    ModelStarted,
    PartialDiscarded,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolRequested,
    TurnFinished,
    TurnStarted,
)

Kind = Literal["text", "reasoning"]
_log = logging.getLogger(__name__)


class Streamed(BaseModel):
    """Text deltas that came one after another: characters `start` to `end` of one of the turn's answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["streamed"] = "streamed"
    at: datetime
    of: Kind
    answer: int
    """Which of the turn's assistant messages has the text, from 0."""
    start: int
    end: int


Entry = Annotated[Event | Streamed, Field(discriminator="type")]


class TurnRecord(BaseModel):
    """One turn: what the person said in `said` messages, and what happened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    said: int = 1
    answers: int
    """How many of its assistant messages the record tells of; any more came after it was made."""
    entries: tuple[Entry, ...]


def read_record(text: str) -> TurnRecord | None:
    """A record that was kept; None when it cannot be read, such as one of a newer Deskhand."""
    try:
        return TurnRecord.model_validate_json(text)
    except ValidationError:
        _log.info("A turn is shown by its messages only: its record cannot be read", exc_info=True)
        return None


@dataclass
class _Run:
    """Deltas that came one after another, while it is open whether a message will have their text."""

    of: Kind
    at: datetime
    parts: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def event(self) -> Event:
        """One delta for all."""
        return (TextDelta if self.of == "text" else ReasoningDelta)(at=self.at, text=self.text)


class TurnRecorder:
    """Hears the events of one turn, in order, and tells what to keep of them."""

    def __init__(self, said: int = 1) -> None:
        self._said = said
        self._entries: list[Event | Streamed | _Run] = []
        self._answers = 0
        self._runs = 0
        """How many of the entries are runs."""
        self._ended = self._called = False
        """Whether the answer that streams is complete, and whether it asks for tools."""

    def resume(self, earlier: Iterable[Event]) -> None:
        """Take what happened of the turn before it was cut; what is then told again is heard once."""
        for event in earlier:
            self.hear(event)

    def hear(self, event: Event) -> None:
        """Take one event."""
        match event:
            case TextDelta():
                self._stream("text", event)
            case ReasoningDelta():
                self._stream("reasoning", event)
            case ToolProgress() | Frame():
                """They move while it happens, and leave no trace."""
            case _:
                self._take(event)

    def record(self, finished: TurnFinished | None = None) -> TurnRecord:
        """What happened until now, and how it ended, if it did."""
        if finished is not None:
            self.hear(finished)
        self._settle()
        entries = (entry for entry in self._entries if not isinstance(entry, _Run))
        return TurnRecord(said=self._said, answers=self._answers, entries=tuple(entries))

    def _stream(self, of: Kind, event: TextDelta | ReasoningDelta) -> None:
        if self._ended:
            self._settle()
        last = self._entries[-1] if self._entries else None
        if not isinstance(last, _Run) or last.of != of:
            last = _Run(of, event.at)
            self._entries.append(last)
            self._runs += 1
        last.parts.append(event.text)

    def _take(self, event: Event) -> None:
        match event:
            case TurnStarted() if any(isinstance(entry, TurnStarted) for entry in self._entries):
                return
            case ApprovalAsked(calls=calls) if self._asked(calls):
                return
            case PartialDiscarded():
                self._settle(discarded=True)
            case ModelStarted() | TurnFinished():
                self._settle()
            case ModelFinished():
                self._ended = True
            case ToolRequested():
                self._called = True
                if self._is_known(event):
                    return
            case ToolFinished():
                event = event.model_copy(update={"result": event.result.model_copy(update={"content": ()})})
            case _:
                """Kept as it is."""
        self._entries.append(event)

    def _is_known(self, event: ToolRequested) -> bool:
        """Whether the call was asked for before the turn was cut; who asks again knows more of it."""
        for place, entry in enumerate(self._entries):
            if isinstance(entry, ToolRequested) and entry.call.id == event.call.id:
                self._entries[place] = event
                return True
        return False

    def _asked(self, calls: tuple[ToolCall, ...]) -> bool:
        """Whether the person was asked about the same before the turn was cut."""
        return any(isinstance(entry, ApprovalAsked) and entry.calls == calls for entry in self._entries)

    def _settle(self, *, discarded: bool = False) -> None:
        """The answer that streamed is over: a message has its texts, unless there was nothing to keep of it."""
        runs = [entry for entry in self._entries if isinstance(entry, _Run)] if self._runs else []
        has_message = not discarded and (self._called or any(run.of == "text" and run.text for run in runs))
        if runs:
            settled = self._places() if has_message else (self._plain(entry) for entry in self._entries)
            self._entries = list(settled)
        self._answers += has_message
        self._runs, self._ended, self._called = 0, False, False

    def _plain(self, entry: Event | Streamed | _Run) -> Event | Streamed:
        return entry.event() if isinstance(entry, _Run) else entry

    def _places(self) -> Iterator[Event | Streamed]:
        read = {"text": 0, "reasoning": 0}
        for entry in self._entries:
            if isinstance(entry, _Run):
                start = read[entry.of]
                end = read[entry.of] = start + len(entry.text)
                yield Streamed(at=entry.at, of=entry.of, answer=self._answers, start=start, end=end)
            else:
                yield entry
