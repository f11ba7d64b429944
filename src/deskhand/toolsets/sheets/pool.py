"""The worker process as the server sees it: started lazily, one job at a time, ended when it does not obey."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import anyio
from anyio import to_thread

from deskhand import errors
from deskhand.errors import DeskhandError, InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.opened import Opened, Progress
from deskhand.toolsets.sheets.wire import AsyncWire, Frame, WireClosed

MOST_FILES = 16
"""Files that one job may be given."""
_GRACE = 5
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_ERRORS: dict[str, type[DeskhandError]] = {
    kind.code: kind
    for kind in (errors.InvalidInput, errors.NotFound, errors.Denied, errors.LimitExceeded, errors.Unavailable)
}


class _Worker:
    """A running process and the wire to it."""

    def __init__(self, cache: Path, limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            settings = json.dumps({"cache": str(cache), "limits": asdict(limits)})
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


class Pool:
    """One worker process, ended by a job that is cancelled or does not end well; the next job starts another.

    So does one that leaves much memory behind: allocators keep what a large job has freed, and the limit counts it.
    """

    def __init__(self, cache: Path, limits: Limits) -> None:
        self._cache = cache
        self._limits = limits
        self._turn = anyio.Lock()
        self._worker: _Worker | None = None

    @property
    def process_id(self) -> int:
        """The worker's, for measuring; 0 when none runs."""
        return self._worker.process.pid if self._worker else 0

    async def aclose(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker:
            await worker.end()

    async def run(
        self,
        job: str,
        files: Sequence[Opened],
        arguments: Mapping[str, object],
        *,
        seconds: float,
        progress: Progress | None,
    ) -> Reply:
        """Run one job when its turn comes: reading may take the limit's time, and what follows `seconds`.

        Raises:
            InvalidInput: more files than one job may have; else as the job says.
            LimitExceeded: it took too long, or the worker did not survive it.
        """
        if len(files) > MOST_FILES:
            raise InvalidInput(f"{len(files)} files are more than the {MOST_FILES} that one question may read.")
        given = [{"name": file.name, "size": file.status.st_size} for file in files]
        message: dict[str, object] = {"job": job, "files": given, "arguments": arguments, "seconds": seconds}
        async with self._turn:
            ended = False
            try:
                worker = await self._started()
                await worker.wire.send(message, [file.descriptor for file in files])
                reply = await self._reply(worker, seconds, progress)
                ended = reply.kind == "R" and reply.held < self._limits.memory // 3
            except WireClosed:
                raise self._died() from None
            finally:
                if not ended:
                    await self.aclose()
        return _result(reply)

    async def _started(self) -> _Worker:
        if self._worker and self._worker.process.poll() is not None:
            await self.aclose()
        if not self._worker:
            self._worker = await to_thread.run_sync(_Worker, self._cache, self._limits)
        return self._worker

    async def _reply(self, worker: _Worker, seconds: float, progress: Progress | None) -> Frame:
        with anyio.move_on_after(self._limits.read_seconds) as time:
            while True:
                frame = await worker.wire.receive()
                match frame.kind:
                    case "P" if progress:
                        await progress(frame.data["done"], frame.data["total"])
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

    def _died(self) -> LimitExceeded:
        return LimitExceeded(
            f"This needs more than the {self._limits.memory // 1024**2} MiB of memory that spreadsheets may use. "
            "Ask about one sheet or fewer columns, or save the file as CSV or Parquet, which need far less."
        )


def _result(frame: Frame) -> Reply:
    if frame.kind == "R":
        return Reply(frame.data, frame.blob)
    kind = _ERRORS.get(frame.data["code"])
    if kind:
        raise kind(frame.data["message"])
    raise RuntimeError(frame.data["message"])
