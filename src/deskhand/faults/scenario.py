"""What a scenario is: a small function whose docstring says what it injects and what must happen."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deskhand.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, and how the host must take it."""

    name: str
    injects: str
    """What goes wrong."""
    must: str
    """What must happen."""
    play: Callable[[Stage], Awaitable[None]]
    """Raises `Unmet` when something else happens."""


def scenario(play: Callable[[Stage], Awaitable[None]]) -> Scenario:
    """Make a scenario of a function.

    Its name is the function's, with hyphens; the docstring's first line is what goes wrong, the rest what must happen.
    """
    injects, _, must = (inspect.getdoc(play) or "").partition("\n\n")
    name = getattr(play, "__name__", "").replace("_", "-")
    return Scenario(name, injects, " ".join(must.split()), play)
