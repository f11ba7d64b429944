"""The real server in a process of its own, for tests that speak to it over a wire."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
"""Two on a machine that does nothing else. It is a guard against waiting for ever, and promises nothing."""
END_SECONDS = 60
"""The same for its end."""


@dataclass
class ServerProcess:
    """A running `deskhand serve`. `url` is its base, without a path."""

    process: subprocess.Popen[bytes]
    folder: Path
    url: str = ""
    lines: list[str] = field(default_factory=list[str])

    @property
    def token(self) -> str:
        """The personal token."""
        return (self.folder / "token").read_text().strip()

    @property
    def headers(self) -> dict[str, str]:
        """What a client with the personal token sends."""
        return {"Authorization": f"Bearer {self.token}"}

    def log(self) -> str:
        """What the process wrote to standard error so far."""
        return "\n".join(self.lines)

    def clock(self) -> float:
        """Seconds, for a difference of two, that stand still while the process wants a core and others have them all.

        What a promise of seconds is measured by: sleeping, waiting for a peer or a disk and computing all count, and
        a machine with too much to do does not. The kernel notes for how long the main thread stood in the queue for a
        core (second number of /proc/PID/schedstat, in ns; Documentation/scheduler/sched-stats.rst); where it does not,
        this is the clock on the wall.
        """
        now, noted = time.monotonic(), Path(f"/proc/{self.process.pid}/schedstat")
        return now - int(noted.read_text().split()[1]) / 1e9 if noted.exists() else now

    def seconds_to_end(self, began: float) -> float:
        """Wait for the end of the process; how much its clock showed more than `began` by then."""
        deadline = time.monotonic() + END_SECONDS
        # It is left for Popen.wait() to reap: until then the kernel keeps the note.
        while os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.log()}"
            time.sleep(0.01)
        return self.clock() - began


def environment(folder: Path, enabled: str = '["core"]', **more: str) -> dict[str, str]:
    """The environment of a Deskhand that keeps everything in `folder` and does not know this machine's settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    return inherited | {
        "DESKHAND_DATA_DIR": str(folder),
        "DESKHAND_TOOLSETS__ENABLED": enabled,
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        **more,
    }


@contextmanager
def running(
    folder: Path, *arguments: str, enabled: str = '["core"]', variables: Mapping[str, str] | None = None
) -> Generator[ServerProcess]:
    """`deskhand serve` on a free port, until the block ends; what it logs is in `.lines`."""
    command = [sys.executable, "-m", "deskhand", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, env=environment(folder, enabled, **(variables or {})), stderr=subprocess.PIPE, cwd=folder
    )
    server = ServerProcess(process, folder)
    up = threading.Event()
    reader = threading.Thread(target=_read, args=(server, up), daemon=True)
    reader.start()
    try:
        if not up.wait(START_SECONDS) or not server.url:
            raise AssertionError(f"the server did not start:\n{server.log()}")
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        reader.join(10)
        assert process.stderr is not None
        process.stderr.close()


def _read(server: ServerProcess, up: threading.Event) -> None:
    assert server.process.stderr is not None
    for raw in server.process.stderr:
        line = raw.decode()
        server.lines.append(line.rstrip())
        if "listening on " in line:
            server.url = line.partition("listening on ")[2].partition("/mcp")[0]
            up.set()
    up.set()
