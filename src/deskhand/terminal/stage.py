"""One turn on the screen, drawn while it runs; and Ctrl-C, which cancels it."""

import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from typing import Protocol

import anyio

from deskhand.context.message import Message
from deskhand.host.attachments import Attachment
from deskhand.host.chat import Chat
from deskhand.host.events import Event, TurnFinished
from deskhand.terminal.hush import hushed
from deskhand.terminal.screen import LiveScreen

TICK_SECONDS = 0.08
"""Between two drawings of what moves."""


class Renderer(Protocol):
    """What draws events: `render.Renderer` on a terminal, `plain.PlainRenderer` elsewhere."""

    def show(self, event: Event) -> None:
        """Take one event."""
        ...

    def tick(self) -> None:
        """Draw what moves."""
        ...


class Stage:
    """Plays turns, one at a time. Without a `screen` nothing moves. `hear` gets each event, besides the renderer."""

    def __init__(
        self, renderer: Renderer, screen: LiveScreen | None, hear: Callable[[Event], object] = lambda _event: None
    ) -> None:
        self.renderer = renderer
        self._hear = hear
        self._screen = screen
        self._cancel: Callable[[], object] | None = None

    def cancel(self) -> bool:
        """Cancel the turn that is playing; it still ends in good order. Tells whether there was one."""
        playing = self._cancel is not None
        if self._cancel is not None:
            self._cancel()
        return playing

    async def play(
        self, chat: Chat, said: str | Sequence[Message], attachments: Sequence[Attachment] = ()
    ) -> TurnFinished | None:
        """Say something and draw what happens, to the end; None when it was cancelled before the turn began.

        Raises:
            DeskhandError: an attachment cannot be read.
        """
        finished: TurnFinished | None = None
        failure: Exception | None = None
        with hushed(), self._moving():
            async with anyio.create_task_group() as group:
                self._cancel = group.cancel_scope.cancel  # attachments are read first, from servers that may hang
                group.start_soon(self._tick)
                try:
                    async with aclosing(chat.send(said, attachments=attachments)) as events:
                        async for event in events:
                            self._cancel = lambda: group.start_soon(chat.cancel)
                            self._hear(event)
                            self.renderer.show(event)
                            finished = event if isinstance(event, TurnFinished) else finished
                except Exception as error:  # raised below, where no task group wraps it
                    failure = error
                finally:
                    self._cancel = None
                    group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return finished

    def _moving(self) -> AbstractContextManager[None]:
        return nullcontext() if self._screen is None else self._screen.live()

    async def _tick(self) -> None:
        while True:
            self.renderer.tick()
            await anyio.sleep(TICK_SECONDS)


@asynccontextmanager
async def obeying(interrupt: Callable[[], object], *signals: signal.Signals) -> AsyncGenerator[None]:
    """Call `interrupt` on each of these signals, instead of what they do by themselves."""
    with anyio.open_signal_receiver(*signals) as received:
        async with anyio.create_task_group() as group:

            async def obey() -> None:
                async for _ in received:
                    interrupt()

            group.start_soon(obey)
            yield
            group.cancel_scope.cancel()
