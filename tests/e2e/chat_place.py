"""A place to chat in for tests of whole commands: a scripted LLM endpoint, an MCP server, settings, a real terminal."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from scripted_endpoint import EndpointStep, serving

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds for something to come on the screen of a busy machine. A guard against waiting for ever, no promise.

Linux shares the cores among sessions first (sched(7), autogroup), and each browser is one, as is each server on
standard input and output: what takes 4 s alone took 60 s beside six busy processes, though it computed no longer.
"""


@dataclass(frozen=True)
class Place:
    """A folder with everything in it, and the environment that points there."""

    folder: Path
    environment: dict[str, str]

    @property
    def workspace(self) -> Path:
        return self.folder / "data" / "workspace"

    @property
    def peers(self) -> list[str]:
        """The MCP servers beside ours."""
        return list(json.loads((self.folder / "mcp.json").read_text())["mcpServers"])

    def peer_log(self) -> str:
        """What happened to the MCP server."""
        log = self.folder / "peer.log"
        return log.read_text() if log.exists() else ""

    def peer_logs(self, line: str) -> None:
        """Wait until the MCP server has noted it."""
        deadline = time.monotonic() + PATIENCE
        while line not in self.peer_log().split("\n"):
            assert time.monotonic() < deadline, self.peer_log()
            time.sleep(0.05)

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of Deskhand without a terminal, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "deskhand", *arguments],
            env=self.environment,
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


PEER = "tests/e2e/terminal_peer.py"
CORE_AND_FILES = '["core", "files"]'
"""For tests that call nothing else: the other toolsets are half of what a command takes to start."""


@contextmanager
def place(
    folder: Path, steps: Sequence[dict[str, Any]], peer_script: str | None = PEER, enabled: str | None = None
) -> Generator[Place]:
    """A place whose model follows `steps`, over HTTP, with an MCP server beside ours, or without.

    The endpoint of the model is a thread of this process, and the MCP server a process of its own, which costs each
    command that connects to it a second.
    """
    there = place_without_model(folder, peer_script)
    script = [EndpointStep.model_validate(step) for step in steps]
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving(script)) as endpoint:
        model = {"DESKHAND_MODEL__BASE_URL": f"{endpoint.url}/v1", "DESKHAND_MODEL__NAME": "scripted"}
        toolsets = {} if enabled is None else {"DESKHAND_TOOLSETS__ENABLED": enabled}
        yield Place(folder, there.environment | model | toolsets)


def place_without_model(folder: Path, peer_script: str | None = PEER) -> Place:
    """The same without a model: none is named, and no provider's key is there."""
    (folder / "deskhand.toml").write_text("")
    servers: dict[str, Any] = {}
    if peer_script is not None:
        args = [str(ROOT / peer_script), str(folder / "peer.log")]
        servers["peer"] = {"command": sys.executable, "args": args, "trusted": True}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    return Place(folder, _environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    theirs = ("DESKHAND_", "XDG_", "EDITOR", "OPENAI_", "ANTHROPIC_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return clean | {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "DESKHAND_CONFIG": str(folder / "deskhand.toml"),
        "DESKHAND_DATA_DIR": str(folder / "data"),
    }


class Terminal:
    """A tmux session that runs one command."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ["tmux", "-u", "-S", str(socket), "-f", os.devnull]

    def start(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        """Run it in a terminal of 100 columns and 40 lines."""
        variables = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        size = ["-x", "100", "-y", "40", "-c", str(folder)]
        # The shell stays, because tmux now and then misses the end of what it runs.
        told = ["sh", "-c", 'trap : INT; "$@"; echo "[exit code $?]"; exec cat', "sh", *command]
        subprocess.run([*self._tmux, "new-session", "-d", *size, *variables, *told], check=True, env=environment)

    def type(self, text: str, *keys: str) -> None:
        """Type a text, then press keys by their tmux names."""
        if text:
            subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)
        for key in keys:
            subprocess.run([*self._tmux, "send-keys", key], check=True)

    def say(self, text: str) -> None:
        """Type a line."""
        self.type(text, "Enter")

    def screen(self, *, all: bool = True) -> str:
        """What is to be read, with what scrolled away."""
        history = ["-S", "-500"] if all else []
        return subprocess.run(
            [*self._tmux, "capture-pane", "-p", *history], check=True, capture_output=True, text=True
        ).stdout

    def until(self, *texts: str, where: Callable[[str], bool] = lambda _screen: True) -> str:
        """Wait until the screen holds all of these; gives the screen."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            screen = self.screen()
            if all(text in screen for text in texts) and where(screen):
                return screen
            time.sleep(0.05)
        pytest.fail(f"{texts} did not come on the screen:\n{self.screen()}")

    def prompted(self) -> None:
        """Wait until a message can be typed: the line of the prompt is at the bottom."""
        self.until(where=lambda screen: screen.rstrip().endswith("/help"))

    def ends(self) -> int:
        """Wait for the command's end; gives its exit code."""
        return int(self.until("[exit code ").rpartition("[exit code ")[2].partition("]")[0])

    def kill(self) -> None:
        """End it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


@contextmanager
def chatting(place: Place, *arguments: str) -> Generator[Terminal]:
    """`deskhand chat` in a terminal, at its first prompt."""
    if shutil.which("tmux") is None:
        pytest.fail("tmux is needed for these tests: scripts/test installs it (apt-get install tmux).")
    with TemporaryDirectory(prefix="dh-") as short:  # a socket's path has at most 107 bytes
        terminal = Terminal(Path(short) / "tmux")
        terminal.start([sys.executable, "-m", "deskhand", "chat", *arguments], place.environment, place.folder)
        try:
            terminal.until(f"of {', '.join(['deskhand', *place.peers])}", "›")
            yield terminal
        finally:
            terminal.kill()
