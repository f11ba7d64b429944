"""The server of the demo: the real one, in a process of its own, on a free port of this machine."""

import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process
from anyio.streams.text import TextReceiveStream

from deskhand.errors import Unavailable

START_SECONDS = 60
"""A machine that is very busy still gets there."""
_LISTENING = re.compile(r"listening on (http://\S+)")


@dataclass(frozen=True)
class RunningServer:
    """Where it is, and the token it made on its first start."""

    url: str
    token: str


@asynccontextmanager
async def demo_server(folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[RunningServer]:
    """`deskhand serve` on the files in `folder/workspace`, with sample weather; stopped at the end.

    Nothing of the user's settings, data or environment for Deskhand has a part in it.

    Raises:
        Unavailable: it did not start; says what it said.
    """
    settings = folder / "demo.toml"
    settings.write_text("", encoding="utf-8")
    given = {
        "DESKHAND_CONFIG": str(settings),
        "DESKHAND_DATA_DIR": str(folder / "data"),
        "DESKHAND_WORKSPACE": str(folder / "workspace"),
        "DESKHAND_TOOLSETS__WEATHER__SOURCE": "fake",
        "DESKHAND_RETRIEVAL__EMBEDDINGS": "none",  # words are enough here, and loading a model takes time
    }
    clean = {name: value for name, value in environment.items() if not name.startswith("DESKHAND_")}
    command = [sys.executable, "-m", "deskhand", "serve", "--port", "0"]
    async with await anyio.open_process(command, env=clean | given, stdin=None, stdout=None) as process:
        try:
            url = await _address(process)
            token = (folder / "data" / "token").read_text(encoding="utf-8").strip()
            async with anyio.create_task_group() as group:
                group.start_soon(_drain, process)  # a full pipe would stop the server
                yield RunningServer(url, token)
                group.cancel_scope.cancel()
        finally:
            process.terminate()


async def _address(process: Process) -> str:
    said: list[str] = []
    with anyio.move_on_after(START_SECONDS):
        async for text in TextReceiveStream(_log(process)):
            said.append(text)
            found = _LISTENING.search("".join(said))
            if found:
                return found[1].rstrip('",}')
    raise Unavailable(f"The server did not start. It said: {''.join(said)[-2000:] or 'nothing'}")


def _log(process: Process) -> ByteReceiveStream:
    assert process.stderr is not None, "opened with a pipe"
    return process.stderr


async def _drain(process: Process) -> None:
    async for _ in _log(process):
        pass
