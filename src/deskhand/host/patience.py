"""How long to wait for a server that says nothing: a deadline that a person's thinking time does not count against."""

import math

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
        self.met = False
        """Whether what was waited for came (`satisfied`)."""

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
        self.met = True
        self.pause()

    def hurry(self, seconds: float) -> None:
        """What is left to do is a courtesy: cut it after so long, whoever is asked."""
        self._scope.deadline = anyio.current_time() + seconds

    def pause(self) -> None:
        """A person is being asked: no deadline meanwhile."""
        self._pauses += 1
        self._scope.deadline = math.inf

    def resume(self) -> None:
        """The person answered: the full time again, once nobody else is asked."""
        self._pauses -= 1
        self.heard()

    def __enter__(self) -> "Patience":
        self._scope.__enter__()
        self.heard()
        return self

    def __exit__(self, *failure: object) -> bool | None:
        return self._scope.__exit__(*failure)  # pyright: ignore[reportArgumentType]
