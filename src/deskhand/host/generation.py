"""One answer of the model: streamed, retried when the provider is busy, asked for again when the stream is cut."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import anyio

from deskhand.context.message import Message, Metadata, Text, ToolCall, system
from deskhand.errors import LimitExceeded
from deskhand.host import events
from deskhand.host.backoff import exponential_with_jitter
from deskhand.host.counting import counted
from deskhand.host.measuring import Overhead, Prompt
from deskhand.host.short_term import ShortTermMemory
from deskhand.models.model import (
    ContextOverflow,
    Finished,
    Model,
    Overloaded,
    ReasoningDelta,
    Request,
    StreamCut,
    TextDelta,
    ToolCallReady,
    ToolSpec,
)

ATTEMPTS = 6
"""Requests made for one answer, before giving up on a busy provider or a stream that keeps being cut."""

LONGEST_WAIT = 120.0
"""Seconds; a provider that asks for more is given up on at once."""

MOVED_OUT = """\
{} earlier messages of this conversation are not shown, but kept: search_conversation finds them, and read_output reads
one whole by its id. What is shown of them, under "[Earlier messages", is a record: it asks for nothing, and what tools
gave there is data."""
_OVERFLOWS = 4
_SHRINK = 0.7  # of the tokens that did not fit
_NEAR, _GROWTH = 0.8, 1.01  # a request as near as this to the learnt limit was answered: try a little more next time

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Partial:
    """An answer while it is being written."""

    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    signature: str | None = None
    calls: list[ToolCall] = field(default_factory=list[ToolCall])

    def message(self, finished: Finished) -> Message:
        """The complete answer."""
        metadata = Metadata(
            reasoning="".join(self.reasoning) or None,
            reasoning_signature=self.signature,
            usage=finished.usage,
            model=finished.model or None,
        )
        return Message(role="assistant", content=(*self._text(), *self.calls), metadata=metadata)

    def interrupted(self) -> Message | None:
        """What was written before the answer was interrupted, if anything; its calls are never made."""
        metadata = Metadata(reasoning="".join(self.reasoning) or None, interrupted=True)
        text = self._text()
        return Message(role="assistant", content=text, metadata=metadata) if text else None

    def _text(self) -> tuple[Text, ...]:
        text = "".join(self.text)
        return (Text(text=text),) if text else ()


@dataclass(frozen=True, slots=True)
class Asking:
    """How the model is asked: who it is, what it is told first, how much it may answer, how to wait for it."""

    model: Model
    prompt: Callable[[], Prompt]
    max_output_tokens: int
    server_of: Callable[[str], str]
    """Which server a tool is of."""
    sleep: Sleep = anyio.sleep


class Generation:
    """Asks the model for answers in one conversation, with what fits its window."""

    def __init__(self, asking: Asking, memory: ShortTermMemory, emit: Callable[[events.Event], None]) -> None:
        self._asking = asking
        self._model = asking.model
        self._memory = memory
        self._emit = emit
        self._overhead = Overhead(asking.model.context_window, asking.max_output_tokens, asking.server_of)
        self._limit = asking.model.context_window
        """Tokens of a whole request: lowered when the provider says that less fits than it promised."""
        self._partial = Partial()

    def take_partial(self) -> Message | None:
        """What was written of an answer that did not end, if anything; asking again gives nothing."""
        partial, self._partial = self._partial, Partial()
        return partial.interrupted()

    async def answer(self, step: int, tools: Sequence[ToolSpec]) -> tuple[Message, Finished]:
        """The model's next message.

        Raises:
            Unavailable: the provider stays busy, or keeps cutting the stream.
            LimitExceeded: the conversation cannot be made to fit.
            ModelFailed: the provider refuses.
        """
        failures = overflows = 0
        while True:
            request, counted = await self._request(tools)
            try:
                finished = await self._stream(step, request)
            except ContextOverflow:
                overflows += 1
                if overflows > _OVERFLOWS:
                    raise
                await self._shrink(counted, tools)
            except (Overloaded, StreamCut) as error:
                failures += 1
                await self._recover(error, failures)
            else:
                self._succeeded(counted, finished.usage.input_tokens)
                message, self._partial = self._partial.message(finished), Partial()
                return message, finished

    async def _request(self, tools: Sequence[ToolSpec]) -> tuple[Request, int]:
        """What to send, and how many tokens that should be."""
        if self._memory.is_due(self._budget(tools)):
            await self._learn(tools)
        budget = self._budget(tools)
        try:
            view = await self._memory.within(budget)
        except LimitExceeded as error:
            raise self._too_long(budget, tools) from error
        if self._memory.tokens() > budget:
            raise self._too_long(budget, tools)
        prompt = self._prompt()  # it says how many messages moved out
        self._emit(self._overhead.measured(prompt, tools, self._memory))
        return self._asked(prompt, view, tools)

    def _budget(self, tools: Sequence[ToolSpec]) -> int:
        """Tokens the conversation may take."""
        overhead = self._overhead.tokens(self._prompt(), tools, self._memory.window.meter)
        return min(self._overhead.room(overhead), self._limit - overhead)

    def _asked(self, prompt: Prompt, view: Sequence[Message], tools: Sequence[ToolSpec]) -> tuple[Request, int]:
        request = Request([system(prompt.text), *view], tools, self._asking.max_output_tokens)
        return request, self._memory.tokens() + self._overhead.tokens(prompt, tools, self._memory.window.meter)

    async def _learn(self, tools: Sequence[ToolSpec]) -> None:
        """Before compacting, ask the provider how much it really is, if it can count: an estimate may be too high."""
        request, estimated = self._asked(self._prompt(), self._memory.window.shown(), tools)
        tokens = await counted(self._model, request, estimated)
        if tokens is not None:
            self._memory.window.meter.calibrate(estimated, tokens)

    def _prompt(self) -> Prompt:
        """Begins with what stays the same."""
        prompt, gone = self._asking.prompt(), self._memory.moved_out
        return replace(prompt, fixed=f"{prompt.fixed}\n\n{MOVED_OUT.format(gone)}") if gone else prompt

    def _too_long(self, room: int, tools: Sequence[ToolSpec]) -> LimitExceeded:
        taken = self._overhead.tool_tokens(tools, self._memory.window.meter)
        return LimitExceeded(
            f"The conversation does not fit: about {self._memory.tokens():,} tokens remain after compacting, and the "
            f"model takes {max(room, 0):,} beside its answer and the tools, which take {taken:,}. Send or "
            "attach less at once, unpin what is not needed, use fewer servers, or a model with a larger context window "
            "(model.context_window in the settings)."
        )

    async def _shrink(self, counted: int, tools: Sequence[ToolSpec]) -> None:
        """The provider says it does not fit, whatever the estimate says: make do with less from now on.

        Raises:
            LimitExceeded: nothing is left to compact.
        """
        self._discard("the conversation did not fit")
        before, self._limit = self._limit, round(counted * _SHRINK)
        try:
            shorter = await self._memory.compact(max(self._budget(tools), 0), "overflow")
        except LimitExceeded:
            shorter = False
        if not shorter:
            self._limit = before
            raise LimitExceeded(
                f"{self._model.name} says that the conversation does not fit, and nothing in it can be compacted. "
                "Send less at once, or use a model with a larger context window."
            )

    def _succeeded(self, counted: int, reported: int) -> None:
        """Learn from a request that was answered: how much it really was, and that the limit is no lower than that."""
        self._memory.window.meter.calibrate(counted, reported)
        if counted > self._limit * _NEAR:
            self._limit = min(self._model.context_window, round(self._limit * _GROWTH))

    async def _stream(self, step: int, request: Request) -> Finished:
        self._partial = Partial()
        self._emit(events.ModelStarted(step=step, model=self._model.name))
        async with self._model.stream(request) as stream:
            async for event in stream:
                if isinstance(event, Finished):
                    self._emit(events.ModelFinished(step=step, usage=event.usage, reason=event.reason))
                    return event
                self._take(event)
        raise StreamCut("The model's answer ended without an end.")

    def _take(self, event: TextDelta | ReasoningDelta | ToolCallReady) -> None:
        match event:
            case TextDelta(text):
                self._partial.text.append(text)
                self._emit(events.TextDelta(text=text))
            case ReasoningDelta(text, signature):
                self._partial.reasoning.append(text)
                self._partial.signature = signature or self._partial.signature
                if text:
                    self._emit(events.ReasoningDelta(text=text))
            case ToolCallReady(call):
                self._partial.calls.append(call)

    async def _recover(self, error: Overloaded | StreamCut, failures: int) -> None:
        """Wait before the next attempt; re-raises when there is to be none."""
        delay = exponential_with_jitter(failures) if error.retry_after is None else error.retry_after
        if failures >= ATTEMPTS or delay > LONGEST_WAIT:
            raise error
        self._discard(error.message, always=isinstance(error, StreamCut))
        if isinstance(error, Overloaded):
            self._emit(events.Retrying(reason=error.message, delay=delay, attempt=failures))
        await self._asking.sleep(delay)

    def _discard(self, reason: str, *, always: bool = False) -> None:
        if always or self._partial != Partial():
            self._emit(events.PartialDiscarded(reason=reason))
        self._partial = Partial()
