"""What happened in a chat, for scenarios to judge."""

import time
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from deskhand.faults.expectation import expect, expect_equal
from deskhand.host.conversation import result_text
from deskhand.host.events import Event, ToolFinished, ToolStarted, TurnFinished

E = TypeVar("E", bound=Event)


@dataclass
class Played:
    """The events of a chat so far, each with the time it came."""

    events: list[Event] = field(default_factory=list[Event])
    times: list[float] = field(default_factory=list[float])

    def add(self, event: Event) -> None:
        """One more."""
        self.events.append(event)
        self.times.append(time.perf_counter())

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def times_of(self, kind: type[Event]) -> list[float]:
        """When they came, in seconds of a clock that only goes forward."""
        return [at for event, at in zip(self.events, self.times, strict=True) if isinstance(event, kind)]

    @property
    def outcomes(self) -> list[str]:
        """How each tool call ended, in the order they did."""
        return [event.outcome for event in self.of(ToolFinished)]

    @property
    def results(self) -> list[str]:
        """What each tool call gave the model, in the same order."""
        return [result_text(event.result) for event in self.of(ToolFinished)]

    @property
    def seconds_in_tools(self) -> float:
        """From the start of the first call to the end of the last."""
        return self.times_of(ToolFinished)[-1] - self.times_of(ToolStarted)[0]

    def expect_answer(self, text: str, outcome: Literal["done", "cancelled"] = "done") -> None:
        """The last turn ended so, with `text` in its answer."""
        finished = self.of(TurnFinished)[-1]
        said = finished.error or finished.text
        expect_equal(finished.outcome, outcome, f"the outcome of the turn, which ended with {said[:200]!r},")
        expect(text in finished.text, f"{text!r} should be in the answer, which is {finished.text[:200]!r}")
