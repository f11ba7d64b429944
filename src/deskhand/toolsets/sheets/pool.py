"""The worker processes as the server sees them: started lazily, a job at a time each, ended when they do not obey."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from deskhand import errors
from deskhand.errors import DeskhandError, InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.opened import Opened, Progress
from deskhand.toolsets.sheets.scratch import Scratch
from deskhand.toolsets.sheets.turns import Turns
from deskhand.toolsets.sheets.wire import NO_MEMORY, AsyncWire, Frame, WireClosed

MOST_FILES = 16
"""Files that one job may be given."""
WORKERS = 2
"""Jobs at once; each person has one of them at a time."""
_GRACE = 5
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_ERRORS: dict[str, type[DeskhandError]] = {
    kind.code: kind
    for kind in (errors.InvalidInput, errors.NotFound, errors.Denied, errors.LimitExceeded, errors.Unavailable)
}
_REFUSALS = frozenset(kind.code for kind in (errors.InvalidInput, errors.NotFound, errors.Denied))
"""The errors that leave a worker as it was: the question was wrong, and the next is often the same one, mended."""


class _Worker:
    """A running process and the wire to it."""

    def __init__(self, cache: Path, limits: Limits) -> None:
        self._scratch = Scratch(cache.with_name(f"{cache.name}-temporary"))
        ours, theirs = socket.socketpair()
        with theirs:
            settings = json.dumps({"cache": str(cache), "scratch": str(self._scratch.path), "limits": asdict(limits)})
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-m", "deskhand.toolsets.sheets.worker", str(theirs.fileno()), settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**_ENVIRONMENT, "MPLCONFIGDIR": str(cache.with_name("fonts"))},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.wire = AsyncWire(ours)

    async def end(self) -> None:
        """Kill it and wait until it is gone, whatever is cancelled meanwhile."""
        self.wire.close()
        self.process.kill()
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(self.process.wait)
            await to_thread.run_sync(self._scratch.close)


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to do, and for whom: reading may take the limit's time, and what follows `seconds`."""

    name: str
    files: Sequence[Opened]
    arguments: Mapping[str, object]
    seconds: float
    subject: str

    def message(self) -> dict[str, object]:
        """The job as it is sent."""
        files = [{"name": file.name, "size": file.status.st_size} for file in self.files]
        return {"job": self.name, "files": files, "arguments": self.arguments, "seconds": self.seconds}


class Pool:
    """A few worker processes. A job that is cancelled or does not end well ends its worker; the next starts another.

    So does one that leaves much memory behind: allocators keep what a large job has freed, and the limit counts it.
    What runs out of memory in a worker that did other jobs before is tried again in a new one, for the same reason.
    """

    def __init__(self, cache: Path, limits: Limits) -> None:
        self._cache = cache
        self._limits = limits
        self._turns = Turns(WORKERS, limits.wait_seconds)
        self._idle: list[_Worker] = []
        self._working: list[_Worker] = []

    @property
    def process_id(self) -> int:
        """Of the worker that was used last, for measuring; 0 when none runs."""
        workers = self._working or self._idle
        return workers[-1].process.pid if workers else 0

    async def aclose(self) -> None:
        """End the workers."""
        while self._idle or self._working:
            await (self._idle or self._working).pop().end()

    async def run(self, job: Job, progress: Progress | None) -> Reply:
        """Run one job when its turn comes; the time it waits is not the job's.

        Raises:
            InvalidInput: more files than one job may have; else as the job says.
            LimitExceeded: its turn did not come, it took too long, or the worker did not survive it.
        """
        if len(job.files) > MOST_FILES:
            raise InvalidInput(f"{len(job.files)} files are more than the {MOST_FILES} that one question may read.")

        async def waiting() -> None:
            if progress:
                await progress(0, 0, "waiting for another question")

        async with self._turns.turn(job.subject, waiting):
            worker, is_new = await self._started()
            reply = await self._done(worker, job, progress)
            if reply is None and not is_new:
                reply = await self._done(await self._new(), job, progress)
            if reply is None:
                raise self._too_large()
            return _result(reply)

    async def _done(self, worker: _Worker, job: Job, progress: Progress | None) -> Frame | None:
        """The reply; None when there was not enough memory."""
        self._working.append(worker)
        ended = False
        try:
            await worker.wire.send(job.message(), [file.descriptor for file in job.files])
            reply = await self._reply(worker, job.seconds, progress)
            ended = _ended_well(reply) and reply.held < self._limits.memory // 2
            return None if reply.kind == "E" and reply.data["code"] == NO_MEMORY else reply
        except WireClosed:
            return None
        finally:
            if worker in self._working:
                self._working.remove(worker)
            if ended:
                self._idle.append(worker)
            else:
                await worker.end()

    async def _started(self) -> tuple[_Worker, bool]:
        """A worker, and whether it is new."""
        while self._idle:
            worker = self._idle.pop()
            if worker.process.poll() is None:
                return worker, False
            await worker.end()
        return await self._new(), True

    async def _new(self) -> _Worker:
        return await to_thread.run_sync(_Worker, self._cache, self._limits)

    async def _reply(self, worker: _Worker, seconds: float, progress: Progress | None) -> Frame:
        with anyio.move_on_after(self._limits.read_seconds) as time:
            while True:
                frame = await worker.wire.receive()
                match frame.kind:
                    case "P" if progress:
                        await progress(frame.data["done"], frame.data["total"], "rows read")
                    case "P":
                        continue
                    case "Q":
                        time.deadline = anyio.current_time() + seconds + _GRACE
                    case _:
                        return frame
        raise LimitExceeded(
            f"It took longer than the {self._limits.read_seconds:g} s for reading and {seconds:g} s for the question. "
            "Ask about fewer rows, or a smaller file; CSV and Parquet are read faster than workbooks."
        )

    def _too_large(self) -> LimitExceeded:
        return LimitExceeded(
            f"This needs more than the {self._limits.memory // 1024**2} MiB of memory that spreadsheets may use. "
            "Ask about one sheet or fewer columns, or save the file as CSV or Parquet, which need far less."
        )


def _ended_well(frame: Frame) -> bool:
    return frame.kind == "R" or frame.data["code"] in _REFUSALS


def _result(frame: Frame) -> Reply:
    if frame.kind == "R":
        return Reply(frame.data, frame.blob)
    kind = _ERRORS.get(frame.data["code"])
    if kind:
        raise kind(frame.data["message"])
    raise RuntimeError(frame.data["message"])
