"""Ordinary mistakes and ordinary ends of a pipe are told in a sentence: never with a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import IO

import pytest
from click.testing import Result
from tests.e2e.chat_place import Place, place
from tests.e2e.in_process import deskhand_here

from deskhand.errors import SettingsError
from deskhand.toolset import load

ANSWERS = [{"on": "user", "match": "", "text": "› Fine.", "times": None}]
DESKHAND = [sys.executable, "-m", "deskhand"]
ASK = ("ask", "--no-servers")
"""A question that takes no tools, in a third of the time."""


@pytest.fixture
def here(tmp_path: Path) -> Generator[Place]:
    with place(tmp_path, ANSWERS) as made:
        yield made


def run(here: Place, *command: str) -> Result:
    """A command to its end in this process; what would be a traceback is raised."""
    return deskhand_here(here.environment, *command)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("x = 1\ndef broken(:\n", 2, "invalid syntax"),
        ("\n\nraise RuntimeError('not today')\n", 3, "RuntimeError: not today"),
        ("import no_such_module\n", 1, "No module named 'no_such_module'"),
        ("x = 1\nx.nothing\n", 2, "no attribute 'nothing'"),
    ],
)
def test_a_toolset_that_does_not_import_is_told_with_its_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, told: str
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    module = f"broken_{abs(hash(text))}"
    (tmp_path / f"{module}.py").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(f"{module}:Broken")
    assert f"{tmp_path / module}.py, line {line}: " in caught.value.message
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("folder", "command"),
    [("/dev/null", ["up", "--port", "0"]), ("/proc/deskhand", ["ask", "hello"]), ("/proc/deskhand", ["token", "list"])],
)
def test_a_data_folder_that_cannot_be_used_is_told(here: Place, folder: str, command: list[str]) -> None:
    here.environment["DESKHAND_DATA_DIR"] = folder
    ended = run(here, *command)
    assert ended.exit_code in (1, 2)
    assert folder in ended.stderr
    assert "data_dir" in ended.stderr


def test_a_mistake_ends_a_process_without_a_traceback(here: Place) -> None:
    here.environment["DESKHAND_DATA_DIR"] = "/proc/deskhand"
    ended = here.run("token", "list")
    assert ended.returncode in (1, 2)
    assert "data_dir" in ended.stderr
    assert "Traceback" not in ended.stderr


def writing_to(here: Place, stdout: int | IO[str], *command: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, which writes to this file."""
    return subprocess.run(
        [*DESKHAND, *command],
        env=here.environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_a_reader_that_leaves_ends_it_quietly(here: Place) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = writing_to(here, write, *ASK, "--json", "hello")
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize(
    "command",
    [("settings",), ("conversations", "export-all"), (*ASK, "hello")],
    ids=["through click", "past click", "among tasks"],
)
def test_a_full_disk_is_told_in_a_line(here: Place, command: tuple[str, ...]) -> None:
    run(here, *ASK, "hello")  # so that there is a conversation
    with open("/dev/full", "w") as full:
        ended = writing_to(here, full, *command)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "Error: Not all could be written: there is no room left for it."
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize(("argument", "given"), [(b"caf\xe9?", b"caf\xe9\n"), (b"what?", b"\x00\xff\xfe\x89PNG")])
def test_bytes_that_are_no_utf8_are_asked_about_all_the_same(here: Place, argument: bytes, given: bytes) -> None:
    ended = subprocess.run(
        [*DESKHAND, *ASK, argument], env=here.environment, input=given, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout.decode()) == (0, "› Fine.\n"), ended.stderr


def test_an_answer_that_the_locale_cannot_spell_is_printed_with_question_marks(here: Place) -> None:
    here.environment["PYTHONIOENCODING"] = "latin-1"
    ended = here.run(*ASK, "hello")
    assert (ended.returncode, ended.stdout) == (0, "? Fine.\n"), ended.stderr


def test_an_interrupt_while_the_commands_are_imported_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")  # a signal may be ignored where tests run
    ended = subprocess.run(
        DESKHAND,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGINT, "")


def test_trust_in_a_folder_without_settings_says_what_it_wants(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    ended = run(here, "settings", "--trust")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"There is no deskhand.toml in {tmp_path / 'empty'} to trust. Write it first" in ended.stderr
    (tmp_path / "empty" / "deskhand.toml").touch()
    assert run(here, "settings", "--trust").exit_code == 0


@pytest.fixture
def closed_door() -> Generator[str]:
    """The URL of a server that answers everything with 401."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/mcp"
        server.shutdown()
        thread.join()


def test_trace_says_whether_a_token_is_missing_or_refused(here: Place, closed_door: str) -> None:
    assert "it needs a token: --header" in run(here, "trace", closed_door).stderr
    refused = run(here, "trace", closed_door, "--header", "Authorization: Bearer wrong")
    assert "the token was refused" in refused.stderr


def test_trace_says_that_the_handshake_was_not_answered(here: Place) -> None:
    ended = run(here, "trace", "--timeout", "1", "--", "sleep", "30")
    assert ended.exit_code == 1
    assert "never answered the handshake" in ended.stderr


def test_a_word_that_is_no_server_is_told_which_there_are(here: Place) -> None:
    assert "nor a configured server: there are peer." in run(here, "trace", "per").stderr
    added = run(here, "servers", "add", "docs", "not-a-url")
    assert "'not-a-url' is neither a URL" in added.stderr
    assert "use up to 40 letters" in run(here, "servers", "add", "we ird", "https://example.com/mcp").stderr


def test_deskhand_itself_is_not_imported(here: Place) -> None:
    assert run(here, "install", "cursor", "--yes").exit_code == 0
    imported = run(here, "servers", "import", "cursor", "--yes")
    assert "It is Deskhand itself" in imported.stderr
    assert "Nothing to import" in imported.stdout
