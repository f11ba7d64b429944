"""What `deskhand ask` reads from standard input, and what it does not wait for."""

import io
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from tests.e2e.chat_place import PATIENCE, Place, place

from deskhand.cli.standard_input import NOTHING_CAME, piped, whole

STEPS = [
    {"on": "user", "match": "(?s)apples.*which fruit", "text": "Apples.", "times": None},
    {"on": "user", "match": "which fruit", "text": "None.", "times": None},
]
ASK = [sys.executable, "-m", "deskhand", "ask", "--no-servers"]


@pytest.fixture
def here(tmp_path: Path) -> Generator[Place]:
    with place(tmp_path, STEPS) as made:
        yield made


@contextmanager
def pipe() -> Generator[tuple[TextIO, int]]:
    """The end that is read, and the descriptor of the one that is written; a test may close that."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as stream:
        yield stream, writing


def test_a_pipe_that_stays_open_without_data_is_not_waited_for() -> None:
    with pipe() as (stream, writing):
        assert piped(stream, 0.01) is None
        os.close(writing)


def test_a_pipe_that_was_closed_without_data_gives_nothing_at_once() -> None:
    with pipe() as (stream, writing):
        os.close(writing)
        assert piped(stream, 60) == ""


def test_a_pipe_with_data_is_read_to_its_end() -> None:
    with pipe() as (stream, writing):
        os.write(writing, b"caf\xe9 \xe2\x82\xac")
        os.close(writing)
        assert piped(stream, 60) == "caf\N{REPLACEMENT CHARACTER} €"


def test_a_pipe_that_does_not_block_is_read_to_its_end_all_the_same() -> None:
    with pipe() as (stream, writing):
        os.set_blocking(stream.fileno(), False)
        with subprocess.Popen(["sh", "-c", "echo apples; sleep 0.2; echo pears"], stdout=writing):
            os.close(writing)
            assert piped(stream, 60) == "apples\npears\n"


def test_a_file_is_read_whole_and_a_closed_input_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "basket").write_text("apples")
    with (tmp_path / "basket").open(encoding="utf-8") as stream:
        assert piped(stream, 0) == "apples"
    assert (piped(None), whole(None)) == ("", "")
    assert piped(io.TextIOWrapper(io.BytesIO(b"apples"))) == "apples", "one in memory, as tests have it"


def test_a_terminal_is_read_only_when_that_is_said() -> None:
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as stream:
        assert piped(stream, 60) == ""
        os.write(master, b"apples\n\x04")
        assert whole(stream) == "apples\n"
    os.close(master)


def test_a_question_is_answered_though_its_pipe_stays_open(here: Place) -> None:
    with pipe() as (stream, writing):
        ended = subprocess.run(
            [*ASK, "which fruit?"],
            env=here.environment,
            stdin=stream,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        os.close(writing)
    assert (ended.returncode, ended.stdout) == (0, "None.\n"), ended.stderr
    assert NOTHING_CAME in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "answer"),
    [
        (["which fruit?", "-"], "apples", "Apples."),
        (["-"], "apples: which fruit?", "Apples."),
    ],
)
def test_a_dash_stands_for_all_of_standard_input(here: Place, arguments: list[str], given: str, answer: str) -> None:
    ended = here.run("ask", "--no-servers", *arguments, given=given)
    assert (ended.returncode, ended.stdout) == (0, f"{answer}\n"), ended.stderr
    assert NOTHING_CAME not in ended.stderr


def test_without_standard_input_and_without_a_question_the_usage_is_told(here: Place) -> None:
    command = " ".join([*ASK, "<&-"])
    ended = subprocess.run(["sh", "-c", command], env=here.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Ask something" in ended.stderr
    assert "Traceback" not in ended.stderr
