"""The tool calls of one step: found, checked, decided about, made in parallel, and each answered whatever happens."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Literal

import anyio

from deskhand.context.message import ToolCall, ToolResult
from deskhand.errors import Conflict, DeskhandError
from deskhand.host.arguments import ArgumentCheck
from deskhand.host.beginnings import beginning
from deskhand.host.conversation import Conversation
from deskhand.host.events import Event, Notice, ToolFinished, ToolProgress, ToolRequested, ToolStarted
from deskhand.host.human import Decision
from deskhand.host.memory import change_of
from deskhand.host.open_calls import INTERRUPTED, NOT_BEGUN
from deskhand.host.policy import Asked, Policy
from deskhand.host.results import Shown, host_answer, shown, with_note
from deskhand.host.toolbox import Toolbox
from deskhand.host.tools import LONGEST_PROGRESS, OfferedTool, ToolSource

Outcome = Literal["ok", "error", "denied", "cancelled", "unknown_tool", "bad_arguments"]

NOT_MADE = "Cancelled by the person before the call was made."
CUT_SHORT = "Cancelled by the person while the call was running. Whether it had an effect is not known."
OVERTAKEN = (
    "Another window or process went on with this conversation while this turn ran, so it ends here. "
    "Look at what was said there, then go on."
)

_NAMES_SHOWN = 40
_log = logging.getLogger(__name__)


class ToolCalls:
    """Makes the calls the model asks for. The answers go to the conversation as they come."""

    def __init__(
        self,
        source: ToolSource,
        toolbox: Toolbox,
        policy: Policy,
        conversation: Conversation,
        emit: Callable[[Event], None],
        output_tokens: int,
    ) -> None:
        self._source = source
        self._toolbox = toolbox
        self._policy = policy
        self._conversation = conversation
        self._emit = emit
        self._output_tokens = output_tokens
        self._check = ArgumentCheck()
        self.outlasting = False
        """Whether calls the person is asked about stay open when this is cancelled, to be asked about again."""
        self._open: dict[str, ToolCall] = {}
        self._started: dict[str, float] = {}
        self._dropped = False

    async def run(self, calls: Sequence[ToolCall]) -> None:
        """Answer every call, also when this is cancelled; except, then, those that may outlast it.

        Whichever stay open are `waiting` in the conversation.

        Raises:
            Conflict: another process answered one of them, and went on.
        """
        self._open = {call.id: call for call in calls}
        self._started, self._dropped = {}, False
        try:
            await self._run(calls)
        except ExceptionGroup as group:  # what fails here is keeping a result: one reason stands for all
            raise group.exceptions[0] from group
        finally:
            with anyio.CancelScope(shield=True):
                await self._end()
        if self._dropped:
            raise Conflict(OVERTAKEN)

    async def _end(self) -> None:
        """Answer what is still open, which is only after being cancelled."""
        if not self.outlasting:
            self._conversation.waiting = frozenset()
        not_made, cut_short = (NOT_BEGUN, INTERRUPTED) if self.outlasting else (NOT_MADE, CUT_SHORT)
        for call in list(self._open.values()):
            if call.id not in self._conversation.waiting:
                text = cut_short if call.id in self._started else not_made
                await self._finish(host_answer(call, text), "cancelled")

    async def _run(self, calls: Sequence[ToolCall]) -> None:
        ready: list[Asked] = []
        for call in calls:
            tool = self._toolbox.find(call.name)
            title, server = (tool.title, tool.server) if tool else (call.name, "")
            self._emit(ToolRequested(call=call, server=server, title=title))
            if tool is None:
                await self._finish(host_answer(call, self._unknown(call.name)), "unknown_tool")
            elif problem := self._check.problem(call, tool):
                await self._finish(host_answer(call, problem), "bad_arguments")
            else:
                ready.append(Asked(call, tool))
        asked = frozenset(each.call.id for each in await self._policy.undecided(ready))
        self._conversation.waiting = asked
        decisions = await self._policy.decide(ready)
        self._conversation.waiting = frozenset()  # from here on they may be begun
        if asked and not await self._conversation.are_open(asked):  # the person took their time, and went on elsewhere
            raise Conflict(OVERTAKEN)
        async with anyio.create_task_group() as group:
            for asked, decision in zip(ready, decisions, strict=True):
                group.start_soon(self._decided, asked, decision)

    async def _decided(self, asked: Asked, decision: Decision) -> None:
        call, tool = asked.call, asked.tool
        if not decision.allow:
            reason = (decision.reason or "the person said no").rstrip(".")
            text = f"{call.name} was not called: {reason}. Do not ask for the same again; say what you could not do."
            await self._finish(host_answer(call, text), "denied")
            return
        if decision.arguments is None or decision.arguments == call.arguments:
            answer = await self._call(call, tool)
        else:
            call = call.model_copy(update={"arguments": decision.arguments, "raw": ""})
            if problem := self._check.problem(call, tool):
                await self._finish(host_answer(call, f"The person edited the arguments. {problem}"), "bad_arguments")
                return
            edited = json.dumps(call.arguments, ensure_ascii=False)
            answer = with_note(await self._call(call, tool), f"The person edited the arguments to {edited}")
        await self._finish(answer, "error" if answer.result.is_error else "ok")

    async def _call(self, call: ToolCall, tool: OfferedTool) -> Shown:
        arguments = call.arguments or {}
        self._started[call.id] = time.perf_counter()
        self._emit(ToolStarted(call_id=call.id, arguments=arguments))

        def on_progress(done: float, total: float | None, message: str | None) -> None:
            said = message and beginning(message, LONGEST_PROGRESS)
            self._emit(ToolProgress(call_id=call.id, done=done, total=total, message=said))

        try:
            outcome = await self._source.call(tool, arguments, on_progress=on_progress)
        except DeskhandError as error:
            return host_answer(call, f"{call.name} failed: {error.message}", tool.source)
        except Exception as error:  # one server's surprise must not end the turn, nor the calls beside it
            _log.exception("The call of %s failed unexpectedly", tool.source)
            return host_answer(call, f"{call.name} failed unexpectedly ({type(error).__name__}).")
        change = change_of(call.id, tool, outcome.result)
        if change is not None:
            self._emit(change)
        return shown(call, tool.source, outcome.result, self._output_tokens)

    async def _finish(self, answer: Shown, outcome: Outcome) -> None:
        result = answer.result
        self._open.pop(result.call_id, None)
        began = self._started.get(result.call_id)
        milliseconds = 0.0 if began is None else (time.perf_counter() - began) * 1_000
        if not await self._conversation.answered(answer.message, answer.outputs):
            self._drop(result)
        self._emit(
            ToolFinished(call_id=result.call_id, result=result, milliseconds=round(milliseconds, 1), outcome=outcome)
        )

    def _drop(self, result: ToolResult) -> None:
        self._dropped = True
        did = "What it gave was dropped" if result.call_id in self._started else "It was not made"
        _log.warning("A result of %s came after another process had answered the call. %s.", result.name, did)
        text = f"The conversation went on elsewhere before {result.name} was answered. {did}."
        self._emit(Notice(level="warning", text=text))

    def _unknown(self, name: str) -> str:
        if self._toolbox.quarantined(name):
            return (
                f"{name} cannot be called: its definition changed, and the person has not agreed to the new one. "
                "Tell them, and go on without it."
            )
        names = self._toolbox.names
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        known = f"The nearest are {', '.join(near)}" if near else f"There are {', '.join(names[:_NAMES_SHOWN])}"
        return f"There is no tool named {name!r}. {known}. Call one of them, or answer without."
