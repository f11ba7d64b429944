"""Prompts that are workflows: numbered steps that name tools, with a gate before each that acts outside."""

import functools
from collections.abc import Awaitable, Callable, Sequence

from deskhand.marks import Step

GATE = "STOP first: "


def told(steps: Sequence[Step]) -> str:
    """The steps as the model reads them."""
    lines = [
        f"{number}. {f'{GATE}{step.gate} Then: ' if step.gate else ''}{step.do} Tool: `{step.tool}`."
        for number, step in enumerate(steps, 1)
    ]
    return "Go step by step, and leave out what is not needed:\n" + "\n".join(lines)


def with_steps(render: Callable[..., Awaitable[str]], steps: Sequence[Step]) -> Callable[..., Awaitable[str]]:
    """`render`, with the steps after its text; the same signature."""
    if not steps:
        return render

    @functools.wraps(render)
    async def rendered(*args: object, **kwargs: object) -> str:
        return f"{await render(*args, **kwargs)}\n\n{told(steps)}"

    return rendered
