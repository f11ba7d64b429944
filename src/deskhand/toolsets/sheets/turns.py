"""Whose turn it is: a few jobs at once, one for each person, and those who were not served lately come first."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from deskhand.errors import LimitExceeded


@dataclass(slots=True, eq=False)
class _Ticket:
    subject: str
    called: anyio.Event = field(default_factory=anyio.Event)


class Turns:
    """At most `places` jobs at once. Waiting ends after `most_seconds`."""

    def __init__(self, places: int, most_seconds: float) -> None:
        self._places = places
        self._most_seconds = most_seconds
        self._waiting: list[_Ticket] = []
        self._busy: set[str] = set()
        self._served: dict[str, int] = {}
        self._count = 0

    @asynccontextmanager
    async def turn(self, subject: str, waiting: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
        """The subject's turn, for as long as the block lasts; `waiting` is told when it has to wait.

        Raises:
            LimitExceeded: its turn does not come in time.
        """
        ticket = _Ticket(subject)
        self._waiting.append(ticket)
        try:
            self._call()
            if not ticket.called.is_set():
                await waiting()
                with anyio.move_on_after(self._most_seconds):
                    await ticket.called.wait()
            if not ticket.called.is_set():
                raise LimitExceeded(
                    f"Other questions took longer than the {self._most_seconds:g} s one may wait. Ask again later.",
                    retry_after=self._most_seconds,
                )
            yield
        finally:
            self._leave(ticket)

    def _leave(self, ticket: _Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        else:
            self._busy.discard(ticket.subject)
        still = {other.subject for other in self._waiting} | self._busy
        self._served = {subject: when for subject, when in self._served.items() if subject in still}
        self._call()

    def _call(self) -> None:
        """Call those who may begin: of the people who wait and have no job the one who was served longest ago."""
        while len(self._busy) < self._places:
            free = [ticket for ticket in self._waiting if ticket.subject not in self._busy]
            if not free:
                return
            ticket = min(free, key=lambda free: self._served.get(free.subject, 0))
            self._waiting.remove(ticket)
            self._busy.add(ticket.subject)
            self._count += 1
            self._served[ticket.subject] = self._count
            ticket.called.set()
