"""What a scenario holds the host to."""

from collections.abc import Callable

import anyio


class Unmet(Exception):
    """What should have happened did not; the text says what happened instead."""


def expect(condition: object, otherwise: str) -> None:
    """Hold a scenario to something.

    Raises:
        Unmet: it is not so.
    """
    if not condition:
        raise Unmet(otherwise)


def expect_equal(found: object, wanted: object, what: str) -> None:
    """The same, for a value."""
    expect(found == wanted, f"{what} should be {wanted!r}, and is {found!r}")


async def until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Wait for something to become so.

    Raises:
        Unmet: it did not in time.
    """
    with anyio.move_on_after(seconds) as scope:
        while not condition():
            await anyio.sleep(0.01)
    expect(not scope.cancelled_caught, f"{what} did not happen within {seconds:g} s")
