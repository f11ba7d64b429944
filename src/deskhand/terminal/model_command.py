"""`/model` in a chat: which model answers, and another one from the next turn on."""

from collections.abc import Callable
from typing import Literal

from rich.console import RenderableType
from rich.text import Text

from deskhand.models.model import Model
from deskhand.terminal.commands import Leave
from deskhand.terminal.context_meter import ContextMeter
from deskhand.terminal.desk import Desk
from deskhand.terminal.memory_command import Proposed
from deskhand.terminal.printable import one_line


class ModelCommand:
    """Lets another model of the same provider answer in the conversation that goes on.

    Only the provider knows its names, and says so when it is asked: until a new model has answered once, a turn that
    fails is followed by how to switch back.
    """

    def __init__(self, desk: Desk, meter: ContextMeter, show: Callable[[RenderableType], None]) -> None:
        self._desk = desk
        self._meter = meter
        self._show = show
        self._before: Model | None = None
        """What answered last, as long as the one it was changed for has not answered; None else."""

    async def run(self, rest: str) -> Leave | None:
        """Say which model answers, or change it; then the conversation has to be taken up anew.

        Raises:
            InvalidInput: there is no other model here.
            NotFound: the conversation was deleted meanwhile; the model stays.
            DeskhandError: the model cannot be made, such as for want of a key.
        """
        before = self._desk.model
        name = rest.strip().removeprefix(before.name.partition("/")[0] + "/")
        if not name or name == known_as(before):
            self._show(Text(f"{_described(before)}. /model NAME lets another one of its provider answer."))
            return None
        conversation = self._desk.current.conversation
        if conversation.view:
            await self._desk.conversations.find(self._desk.owner, conversation.id)
        await self._desk.change_model(name)
        answered = self._before or before
        self._before = None if self._desk.model.name == answered.name else answered
        self._meter.forget()
        self._show(Text(_changed(before, self._desk.model) + self._back()))
        return Leave(conversation.id if conversation.view else None, goes_on=True)

    def propose(self, typed: str) -> list[Proposed]:
        """The names of other models that could follow, as far as they are known without asking anybody."""
        here = self._desk.model
        name = typed.removeprefix(here.name.partition("/")[0] + "/")
        others = (each for each in self._desk.model_names() if each != known_as(here))
        return [Proposed(each, "") for each in others if each.startswith(name)]

    def heard(self, outcome: Literal["done", "cancelled", "failed", "step_limit"]) -> None:
        """A turn is over."""
        if outcome == "failed" and self._before is not None:
            self._show(Text(f"{one_line(self._desk.model.name)} has not answered yet.{self._back()}\n"))
        elif outcome != "cancelled":
            self._before = None

    def _back(self) -> str:
        return f" /model {one_line(known_as(self._before))} switches back." if self._before else ""


def known_as(model: Model) -> str:
    """The name its provider has for it."""
    return model.name.partition("/")[2]


def _described(model: Model) -> str:
    return f"{one_line(model.name)}, window {model.context_window:,} tokens"


def _changed(before: Model, now: Model) -> str:
    smaller = now.context_window < before.context_window
    moves = " What does not fit into its window moves to the log." if smaller else ""
    asked = f"answers from your next message on (before: {_described(before)})"
    return f"{_described(now)}, {asked}. The conversation goes on.{moves}"
