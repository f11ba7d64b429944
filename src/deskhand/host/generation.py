"""One answer of the model: streamed, retried when the provider is busy, asked for again when the stream is cut."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import anyio

from deskhand.context.fit import Fitted, fit
from deskhand.context.message import Message, Metadata, Text, ToolCall, system
from deskhand.context.tokens import RESERVE, TokenMeter, estimate
from deskhand.errors import LimitExceeded
from deskhand.host import events
from deskhand.host.backoff import exponential_with_jitter
from deskhand.host.conversation import Conversation
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

MOVED_OUT = "The oldest {} messages of this conversation are not shown any more. Ask the person for what you miss."
_OVERFLOWS = 4
_SHRINK = 0.7  # of the tokens that did not fit

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


class Generation:
    """Asks the model for answers in one conversation, with what fits its window."""

    def __init__(
        self,
        model: Model,
        conversation: Conversation,
        emit: Callable[[events.Event], None],
        *,
        system_prompt: Callable[[], str],
        max_output_tokens: int,
        sleep: Sleep = anyio.sleep,
    ) -> None:
        self._model = model
        self._conversation = conversation
        self._emit = emit
        self._system_prompt = system_prompt
        self._max_output_tokens = max_output_tokens
        self._sleep = sleep
        self._meter = TokenMeter()
        self._ceiling = model.context_window  # lowered when the provider says that less fits than it promised
        self._overhead = (cast("Sequence[ToolSpec]", ()), 0)
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
                await self._shrink()
            except (Overloaded, StreamCut) as error:
                failures += 1
                await self._recover(error, failures)
            else:
                self._meter.calibrate(counted, finished.usage.input_tokens)
                message, self._partial = self._partial.message(finished), Partial()
                return message, finished

    async def _request(self, tools: Sequence[ToolSpec]) -> tuple[Request, int]:
        """What to send, and how many tokens that should be."""
        prompt = self._system_prompt()
        overhead = self._meter.text(prompt) + self._tool_tokens(tools)
        room = round(self._model.context_window * (1 - RESERVE)) - self._max_output_tokens - overhead
        fitted = await self._fit(min(room, self._ceiling))
        if fitted.tokens > room:
            raise LimitExceeded(
                f"The conversation does not fit: about {fitted.tokens:,} tokens remain after shortening, and the model "
                f"takes {max(room, 0):,} beside its answer and the tools, which take {self._tool_tokens(tools):,}. "
                "Send less at once, use fewer servers (--server), or a model with a larger context window "
                "(model.context_window in the settings)."
            )
        gone = self._conversation.moved_out
        instructions = f"{prompt}\n\n{MOVED_OUT.format(gone)}" if gone else prompt
        messages = [system(instructions), *self._conversation.view]
        return Request(messages, tools, self._max_output_tokens), fitted.tokens + overhead

    async def _fit(self, budget: int) -> Fitted:
        fitted = fit(self._conversation.view, budget, self._meter)
        if fitted.changed:
            await self._conversation.apply(fitted)
            self._emit(
                events.ContextShortened(
                    tokens_before=fitted.tokens_before,
                    tokens_after=fitted.tokens,
                    results_shortened=fitted.results_shortened,
                    messages_moved_out=len(fitted.moved_out),
                )
            )
        return fitted

    async def _shrink(self) -> None:
        """The provider says it does not fit, whatever the estimate says: make do with less from now on.

        Raises:
            LimitExceeded: nothing is left to shorten.
        """
        self._discard("the conversation did not fit")
        self._ceiling = round(self._meter.total(self._conversation.view) * _SHRINK)
        if not (await self._fit(self._ceiling)).changed:
            raise LimitExceeded(
                f"{self._model.name} says that the conversation does not fit, and nothing in it can be shortened. "
                "Send less at once, or use a model with a larger context window."
            )

    def _tool_tokens(self, tools: Sequence[ToolSpec]) -> int:
        known, tokens = self._overhead
        if tools is not known:
            text = json.dumps([[tool.name, tool.description, tool.parameters] for tool in tools], ensure_ascii=False)
            tokens = estimate(text)
            self._overhead = (tools, tokens)
        return self._meter.scaled(tokens)

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
        await self._sleep(delay)

    def _discard(self, reason: str, *, always: bool = False) -> None:
        if always or self._partial != Partial():
            self._emit(events.PartialDiscarded(reason=reason))
        self._partial = Partial()
