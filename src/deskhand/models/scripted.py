"""The scripted model: deterministic, offline, for tests, `deskhand demo` and the fault suite."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import anyio
from anyio.lowlevel import checkpoint

from deskhand.context.message import Message, Text, ToolCall, ToolResult, Usage
from deskhand.errors import DeskhandError
from deskhand.models.model import (
    ContextOverflow,
    Finished,
    ModelEvent,
    ModelFailed,
    Overloaded,
    ReasoningDelta,
    Request,
    StreamCut,
    TextDelta,
    ToolCallReady,
)
from deskhand.models.script import ScriptedCall, ScriptedError, ScriptPlayer, Situation, Step, fill, load_script
from deskhand.models.tool_calls import parse_arguments

StepSource = Step | Callable[[Request], Step]
"""A step, or a function that makes one of the request it answers."""


class ScriptedModel:
    """A Model that follows a script. `requests` keeps the latest hundred requests, for assertions."""

    def __init__(
        self, steps: Iterable[StepSource], *, name: str = "scripted/script", context_window: int = 128_000
    ) -> None:
        self._player = ScriptPlayer(steps)
        self._name = name
        self._window = context_window
        self.requests: deque[Request] = deque(maxlen=100)

    @classmethod
    def from_file(cls, path: Path, *, context_window: int = 128_000) -> "ScriptedModel":
        """The model of a JSON script.

        Raises:
            SettingsError: the file is not a script.
        """
        name = f"scripted/{path.stem}"
        return cls(load_script(path).steps, name=name, context_window=context_window)

    @property
    def name(self) -> str:
        """`scripted/…`."""
        return self._name

    @property
    def context_window(self) -> int:
        """Tokens that fit, input and output together."""
        return self._window

    async def aclose(self) -> None:
        """Nothing to close."""

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[AsyncIterator[ModelEvent]]:
        """Play the next step that fits the request."""
        self.requests.append(request)
        situation = _situation(request)
        source = self._player.next(situation)
        step = fill(source if isinstance(source, Step) else source(request), situation)
        if step.error is not None and not _late(step.error):
            raise _raised(step.error)
        async with aclosing(_play(step, self._name)) as events:
            yield events


async def _play(step: Step, model: str) -> AsyncGenerator[ModelEvent]:
    for delta in _deltas(step):
        await (anyio.sleep(step.delay) if step.delay else checkpoint())
        yield delta
    if step.error is not None:
        raise _raised(step.error)
    for call in step.calls:
        yield ToolCallReady(_call(call))
    spoken = len(step.text) + len(step.reasoning)
    usage = step.usage or Usage(output_tokens=spoken // 4 + 1)
    yield Finished(step.finish or ("tool_calls" if step.calls else "stop"), usage, model)


def _deltas(step: Step) -> Iterator[ModelEvent]:
    for piece in step.pieces(step.reasoning):
        yield ReasoningDelta(piece)
    for piece in step.pieces(step.text):
        yield TextDelta(piece)


def _call(call: ScriptedCall) -> ToolCall:
    call_id = call.id or f"call_{uuid4().hex[:12]}"
    if call.raw is None:
        return ToolCall(id=call_id, name=call.name, arguments=call.arguments)
    return ToolCall(id=call_id, name=call.name, arguments=parse_arguments(call.raw), raw=call.raw)


def _late(error: ScriptedError) -> bool:
    return error.after_text or error.kind == "cut"


def _raised(error: ScriptedError) -> DeskhandError:
    message = error.message or f"The script says: {error.kind}."
    match error.kind:
        case "overloaded":
            return Overloaded(message, retry_after=error.retry_after)
        case "cut":
            return StreamCut(message)
        case "overflow":
            return ContextOverflow(message)
        case "failed":
            return ModelFailed(message)


def _situation(request: Request) -> Situation:
    last = next((message for message in reversed(request.messages) if message.role != "system"), None)
    role = "tool" if last is not None and last.role == "tool" else "user"
    return Situation(_text(last) if last else "", role, lambda: sum(len(_text(each)) for each in request.messages))


def _text(message: Message) -> str:
    texts: list[str] = []
    for block in message.content:
        if isinstance(block, Text):
            texts.append(block.text)
        elif isinstance(block, ToolResult):
            texts += [part.text for part in block.content if isinstance(part, Text)]
    return "\n".join(texts)
