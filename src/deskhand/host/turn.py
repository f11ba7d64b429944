"""One turn: from what the user said to the finished answer, through as many model requests as the tools take."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import anyio

from deskhand.context.message import Usage
from deskhand.errors import DeskhandError
from deskhand.host.attachments import Spoken
from deskhand.host.calls import ToolCalls
from deskhand.host.conversation import Conversation, attached, said
from deskhand.host.cut_turn import CutTurn
from deskhand.host.events import Event, Notice, TurnFinished, TurnStarted
from deskhand.host.generation import Generation
from deskhand.host.profile import Profile
from deskhand.host.short_term import ShortTermMemory
from deskhand.host.toolbox import Toolbox
from deskhand.host.turn_recorder import TurnRecorder
from deskhand.host.written import with_new_ids

_REASONS = {
    "length": "The answer is cut off: it reached the model's limit (model.max_output_tokens in the settings).",
    "refused": "The model's provider refused to answer.",
}
_log = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[None]]
"""What a turn waits for between what was said and what is done about it."""


async def at_once() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class TurnParts:
    """What a turn works with; the same for all turns of a conversation."""

    conversation: Conversation
    memory: ShortTermMemory
    profile: Profile
    generation: Generation
    toolbox: Toolbox
    calls: ToolCalls
    emit: Callable[[Event], None]
    max_steps: int


class Turn:
    """Runs once. However it ends, a provider accepts the conversation after it; `TurnFinished` is its last event.

    Only when it is cut while it waits for the person, and what it asks about may outlast it, it just stops: it has not
    finished then, and another goes on with it.
    """

    def __init__(self, parts: TurnParts, recorder: TurnRecorder, ready: Ready = at_once) -> None:
        """`ready` is waited for when what was said is kept, before anything is done about it."""
        self._conversation = parts.conversation
        self._parts = parts
        self._recorder = recorder
        self._ready = ready
        self._usage = Usage()
        self._steps = 0
        self._text = ""
        self._error = ""
        self._id = ""
        self._call_ids: set[str] = set()

    async def run(self, spoken: Spoken) -> None:
        """Take the user's message, or the messages of a prompt, and answer.

        A `DeskhandError` ends the turn as failed, its text in `TurnFinished`; any other error is raised after that.
        """

        async def take() -> None:
            with anyio.CancelScope(shield=True):  # what was said stays, however soon the turn is stopped
                outputs = spoken.outputs
                for message in spoken.messages:
                    await self._conversation.take(message, outputs)
                    outputs = ()
            await self._ready()
            wish = "\n".join(message.text for message in spoken.messages if message.role == "user")
            self._parts.toolbox.wish(wish)

        last = spoken.messages[-1]
        self._begin(last.id, said(last), attached(last))
        for note in spoken.notes:
            self._parts.emit(Notice(level="warning", text=note))
        await self._run(take)

    async def go_on(self, cut: CutTurn) -> None:
        """Make the calls that a turn was waiting with, and finish it; see `run`."""
        self._usage, self._steps = cut.usage, cut.steps

        async def take() -> None:
            await self._ready()
            await self._parts.profile.refresh()
            self._parts.toolbox.wish(cut.text)
            await self._parts.toolbox.refresh()
            await self._conversation.pass_over(but=[call.id for call in cut.calls])
            await self._parts.calls.run(cut.calls)

        self._begin(cut.id, cut.text)
        await self._run(take)

    def _begin(self, turn: str, text: str, attached: tuple[str, ...] = ()) -> None:
        self._id = turn
        self._parts.emit(TurnStarted(conversation=self._conversation.id, turn=turn, text=text, attached=attached))

    async def _run(self, take: Callable[[], Awaitable[None]]) -> None:
        outcome: Literal["done", "cancelled", "failed", "step_limit"] = "failed"
        try:
            await take()
            outcome = await self._answer()
        except DeskhandError as error:
            self._error = error.message
        except anyio.get_cancelled_exc_class():
            outcome = "cancelled"
            raise
        except Exception as error:
            self._error = f"An internal error ended the turn ({type(error).__name__}); the log has the details."
            _log.exception("A turn ended in an error")
            raise
        finally:
            with anyio.CancelScope(shield=True):
                if outcome == "cancelled" and self._parts.calls.outlasting and self._conversation.waiting:
                    await self._keep(None)
                else:
                    await self._settle()
                    await self._finish(outcome)

    async def _answer(self) -> Literal["done", "step_limit"]:
        parts = self._parts
        await parts.profile.refresh()
        for step in range(self._steps + 1, parts.max_steps + 1):
            self._steps = step
            await parts.toolbox.refresh()
            message, finished = await parts.generation.answer(step, parts.toolbox.specs())
            self._usage += finished.usage
            self._text = message.text
            if message.content:
                message = await self._conversation.append(with_new_ids(message, self._taken_ids()))
            self._call_ids.update(call.id for call in message.tool_calls)
            if finished.reason in _REASONS:
                parts.emit(Notice(level="warning", text=_REASONS[finished.reason]))
            if not message.tool_calls:
                return "done"
            await parts.calls.run(message.tool_calls)
        parts.emit(
            Notice(level="warning", text=f"Stopped after {parts.max_steps} steps (host.max_steps); say how to go on.")
        )
        return "step_limit"

    def _taken_ids(self) -> Iterator[str]:
        """Ids of the calls the model sees, and of all those of this turn: what it looked like is kept by them."""
        yield from self._call_ids
        for message in self._conversation.window.messages:
            yield from (call.id for call in message.tool_calls)

    async def _settle(self) -> None:
        """Keep what was written before an interruption, and leave no call without a result."""
        partial = self._parts.generation.take_partial()
        try:
            if partial is not None:
                self._text = partial.text
                await self._conversation.append(partial)
            await self._conversation.pass_over()
        except DeskhandError as error:  # the disk: say so, the next start repairs the rest
            self._error = self._error or error.message
        except Exception:  # whatever it is, the turn must still be reported as over
            self._error = self._error or "The end of the turn could not be kept; the log has the details."
            _log.exception("The end of a turn could not be kept")

    async def _finish(self, outcome: Literal["done", "cancelled", "failed", "step_limit"]) -> None:
        """Keep what the turn looked like, then say that it is over."""
        finished = TurnFinished(
            turn=self._id,
            outcome=outcome,
            text=self._text,
            usage=self._usage,
            steps=self._steps,
            error=self._error,
        )
        await self._keep(finished)
        self._parts.emit(finished)

    async def _keep(self, finished: TurnFinished | None) -> None:
        try:
            await self._conversation.keep_turn(self._id, self._recorder.record(finished).model_dump_json())
        except Exception as error:  # its messages tell of it all the same
            _log.warning(
                "What a turn looked like is not kept: %s", error, exc_info=not isinstance(error, DeskhandError)
            )
