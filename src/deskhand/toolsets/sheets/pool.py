"""The worker process as the server sees it: started lazily, one job at a time, ended when it does not obey."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.opened import Opened, Progress


class Pool:
    """One worker process."""

    def __init__(self, cache: Path, limits: Limits) -> None:
        self._cache = cache
        self._limits = limits

    async def aclose(self) -> None:
        """End the worker."""

    async def run(
        self,
        job: str,
        files: Sequence[Opened],
        arguments: Mapping[str, object],
        *,
        seconds: float,
        progress: Progress | None,
    ) -> Reply:
        """Run one job."""
        raise NotImplementedError
