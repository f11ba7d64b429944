"""Tools that take their time, for tests of progress, cancellation and shutdown. They write what became of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from pydantic import Field

from deskhand.errors import Unavailable
from deskhand.result import Result
from deskhand.toolset import Progress, Toolset, tool


class Done(Result):
    """That a slow tool came to its end."""

    after: float

    def text(self) -> str:
        return "done"


class Slow(Toolset):
    """One that takes so long, and one that takes until it is let go."""

    name = "slow"
    title = "Slow"
    summary = "takes its time."

    @tool(title="Wait", read_only=True, open_world=False)
    async def wait(
        self,
        seconds: Annotated[float, Field(description="How long.")],
        progress: Progress,
        steps: Annotated[int, Field(description="How many reports.")] = 0,
    ) -> Done:
        """Wait; report progress on the way."""
        await (anyio.Path(self.services.data_dir) / "began").touch()
        try:
            for step in range(steps):
                await progress(step + 1, steps, f"step {step + 1}")
            await anyio.sleep(seconds)
        except anyio.get_cancelled_exc_class():
            (self.services.data_dir / "cancelled").touch()
            raise
        return Done(after=seconds)

    @tool(title="Hold", read_only=True, open_world=False)
    async def hold(self) -> Done:
        """Wait until a file `go` is in this toolset's folder: for as long as a test takes, however slow it is."""
        folder = anyio.Path(self.services.data_dir)
        await (folder / "began").touch()
        while not await (folder / "go").exists():
            await anyio.sleep(0.01)
        return Done(after=0)


class Shut(Toolset):
    """Cannot open."""

    name = "shut"
    title = "Shut"
    summary = "cannot open."

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        raise Unavailable("The far end does not answer. Start it.")
        yield
