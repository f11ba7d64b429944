"""A turn while it goes on: played in one task, followed in another, cancelled from any."""

import math
from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio

from deskhand.host.events import Event
from deskhand.host.turn_recorder import TurnRecorder


class RunningTurn:
    """Carries the events of a turn to who follows it, and to its record."""

    def __init__(self, recorder: TurnRecorder) -> None:
        self._recorder = recorder
        self._told, self._heard = anyio.create_memory_object_stream[Event](math.inf)
        self._scope = anyio.CancelScope()
        self._done = anyio.Event()
        self._failure: Exception | None = None

    def hear(self, event: Event) -> None:
        """Something happened in it."""
        self._recorder.hear(event)
        self._told.send_nowait(event)

    async def play(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of the turn, until it is done or cancelled; what it raises is for who follows."""
        try:
            with self._scope:
                await work()
        except Exception as error:
            self._failure = error

    def end(self) -> None:
        """It is over, whichever way."""
        self._told.close()
        self._done.set()

    async def cancel(self) -> None:
        """Cancel it, and wait until it is over."""
        self._scope.cancel()
        await self._done.wait()

    async def followed(self) -> AsyncGenerator[Event]:
        """Its events, to the end. Who leaves early cancels it. Raises what the turn raised."""
        try:
            async for event in self._heard:
                yield event
        finally:
            with anyio.CancelScope(shield=True):
                await self.cancel()
            self._heard.close()
        if self._failure is not None:
            raise self._failure
