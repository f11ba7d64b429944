"""How long to wait for a server that says nothing: a deadline that a person's thinking time does not count against."""

import math
from collections.abc import Generator
from contextlib import contextmanager

import anyio


class Patience:
    """Cuts the block it guards after `seconds` of silence.

    with Patience(60) as patience:
        ...                      # patience.heard() on every sign of life
    if patience.lost: ...        # the block was cut
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._scope = anyio.CancelScope()
        self._pauses = 0

    @property
    def lost(self) -> bool:
        """Whether the block was cut."""
        return self._scope.cancelled_caught

    def heard(self) -> None:
        """A sign of life: wait the full time again."""
        if not self._pauses:
            self._scope.deadline = anyio.current_time() + self._seconds

    def satisfied(self) -> None:
        """What was waited for is there: no deadline from now on, whatever follows in the block."""
        self._pauses += 1
        self._scope.deadline = math.inf

    @contextmanager
    def paused(self) -> Generator[None]:
        """A person is being asked: no deadline meanwhile, the full time afterwards."""
        self._pauses += 1
        self._scope.deadline = math.inf
        try:
            yield
        finally:
            self._pauses -= 1
            self.heard()

    def __enter__(self) -> "Patience":
        self._scope.__enter__()
        self.heard()
        return self

    def __exit__(self, *failure: object) -> bool | None:
        return self._scope.__exit__(*failure)  # pyright: ignore[reportArgumentType]
