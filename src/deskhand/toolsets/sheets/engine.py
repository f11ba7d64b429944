"""The public face of the engine: files and a question in, answers out; the work is done in a limited process."""

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import TypeAdapter

from deskhand.toolsets.sheets.answers import Answer, Inspection, Reply
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.opened import Opened, Progress
from deskhand.toolsets.sheets.pool import Job, Pool

_INSPECTION = TypeAdapter(Inspection)
_ANSWER = TypeAdapter(Answer)


class Sheets:
    """Spreadsheets, asked in SQL. Two worker processes, started by the jobs and closed with the context.

    Every method raises InvalidInput (the file or the SQL is wrong, told with what to do), NotFound (no such sheet),
    Denied (the SQL reaches for more than its tables), LimitExceeded (time, memory or size) or Unavailable.
    Cancelling a call ends the worker; the next call starts another.
    """

    def __init__(self, cache: Path, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._pool = Pool(cache, self._limits)
        self._subject = ""

    def of(self, subject: str) -> Self:
        """The same workers, asked by this person: each person has one job at a time, whoever else asks."""
        asked = copy(self)
        asked._subject = subject
        return asked

    async def __aenter__(self) -> Self:
        """Nothing is started before the first job."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker."""
        await self.aclose()

    async def aclose(self) -> None:
        """End the worker."""
        await self._pool.aclose()

    @property
    def process_id(self) -> int:
        """The worker's, for measuring; 0 while none runs."""
        return self._pool.process_id

    async def inspect(self, opened: Opened, sheet: str = "", progress: Progress | None = None) -> Inspection:
        """What is in a file: its tables, and the columns and first rows of `sheet` (default: the first with data)."""
        reply = await self.run("inspect", [opened], {"sheet": sheet}, progress=progress)
        return _INSPECTION.validate_python(reply.data)

    async def query(
        self,
        files: Sequence[Opened],
        sql: str,
        *,
        max_rows: int = 100,
        seconds: float = 0,
        progress: Progress | None = None,
    ) -> Answer:
        """The first `max_rows` of the rows that `sql` selects from the tables of `files`; `seconds` 0: the limit's."""
        reply = await self.run("query", files, {"sql": sql, "max_rows": max_rows}, seconds=seconds, progress=progress)
        return _ANSWER.validate_python(reply.data["answer"])

    async def query_and_keep(
        self, files: Sequence[Opened], sql: str, max_rows: int, progress: Progress | None = None
    ) -> tuple[Answer, bytes, str]:
        """The same, all its rows as CSV (cells as they are, to be asked again), or why that cannot be had."""
        arguments = {"sql": sql, "max_rows": max_rows, "keep": True}
        reply = await self.run("query", files, arguments, progress=progress)
        return _ANSWER.validate_python(reply.data["answer"]), reply.blob, str(reply.data["problem"])

    async def export(
        self,
        files: Sequence[Opened],
        sql: str,
        format: Literal["csv", "parquet"],
        *,
        seconds: float = 0,
        progress: Progress | None = None,
    ) -> bytes:
        """All rows that `sql` selects, as the bytes of a CSV (UTF-8, header) or Parquet file.

        Raises:
            LimitExceeded: it is larger than `Limits.export_bytes`.
        """
        arguments = {"sql": sql, "format": format}
        return (await self.run("export", files, arguments, seconds=seconds, progress=progress)).blob

    async def run(
        self,
        job: str,
        files: Sequence[Opened],
        arguments: Mapping[str, object],
        *,
        seconds: float = 0,
        progress: Progress | None = None,
    ) -> Reply:
        """Run a job of `jobs.JOBS` in the worker: `arguments` are values that JSON can carry.

        The job's function gets a `work.Work` and the arguments, and returns a `Reply`.
        """
        asked = Job(job, files, arguments, seconds or self._limits.seconds, self._subject)
        return await self._pool.run(asked, progress)
