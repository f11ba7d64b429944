"""One turn: from what the user said to the finished answer, through as many model requests as the tools take."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import anyio

from deskhand.context.message import Message, Usage, new_id
from deskhand.errors import DeskhandError
from deskhand.host.calls import ToolCalls
from deskhand.host.conversation import INTERRUPTED, Conversation, said
from deskhand.host.events import Event, Notice, TurnFinished, TurnStarted
from deskhand.host.generation import Generation
from deskhand.host.profile import Profile
from deskhand.host.short_term import ShortTermMemory
from deskhand.host.toolbox import Toolbox
from deskhand.store.conversations import StoredOutput

_REASONS = {
    "length": "The answer is cut off: it reached the model's limit (model.max_output_tokens in the settings).",
    "refused": "The model's provider refused to answer.",
}
_log = logging.getLogger(__name__)


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
    """Runs once. However it ends, a provider accepts the conversation after it; `TurnFinished` is its last event."""

    def __init__(self, parts: TurnParts) -> None:
        self._conversation = parts.conversation
        self._parts = parts
        self._usage = Usage()
        self._steps = 0
        self._text = ""
        self._error = ""
        self._id = new_id()

    async def run(self, messages: Sequence[Message], outputs: Sequence[StoredOutput] = ()) -> None:
        """Take the user's message, or the messages of a prompt, and answer; `outputs` are attached to the first.

        A `DeskhandError` ends the turn as failed, its text in `TurnFinished`; any other error is raised after that.
        """
        self._parts.emit(TurnStarted(conversation=self._conversation.id, turn=self._id, text=said(messages[-1])))
        outcome: Literal["done", "cancelled", "failed", "step_limit"] = "failed"
        try:
            await self._conversation.answer_open_calls(INTERRUPTED)
            for message in messages:
                await self._conversation.append(message, outputs)
                outputs = ()
            self._parts.toolbox.wish("\n".join(message.text for message in messages if message.role == "user"))
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
                await self._settle()
            self._finish(outcome)

    async def _answer(self) -> Literal["done", "step_limit"]:
        parts = self._parts
        await parts.profile.refresh()
        for step in range(1, parts.max_steps + 1):
            self._steps = step
            await parts.toolbox.refresh()
            message, finished = await parts.generation.answer(step, parts.toolbox.specs())
            self._usage += finished.usage
            self._text = message.text
            if message.content:
                await self._conversation.append(message)
            if finished.reason in _REASONS:
                parts.emit(Notice(level="warning", text=_REASONS[finished.reason]))
            if not message.tool_calls:
                return "done"
            await parts.calls.run(message.tool_calls)
        parts.emit(
            Notice(level="warning", text=f"Stopped after {parts.max_steps} steps (host.max_steps); say how to go on.")
        )
        return "step_limit"

    async def _settle(self) -> None:
        """Keep what was written before an interruption, and leave no call without a result."""
        partial = self._parts.generation.take_partial()
        try:
            if partial is not None:
                self._text = partial.text
                await self._conversation.append(partial)
            await self._conversation.answer_open_calls(INTERRUPTED)
        except DeskhandError as error:  # the disk: say so, the next start repairs the rest
            self._error = self._error or error.message
        except Exception:  # whatever it is, the turn must still be reported as over
            self._error = self._error or "The end of the turn could not be kept; the log has the details."
            _log.exception("The end of a turn could not be kept")

    def _finish(self, outcome: Literal["done", "cancelled", "failed", "step_limit"]) -> None:
        self._parts.emit(
            TurnFinished(
                turn=self._id,
                outcome=outcome,
                text=self._text,
                usage=self._usage,
                steps=self._steps,
                error=self._error,
            )
        )
