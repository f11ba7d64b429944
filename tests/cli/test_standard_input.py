"""What `deskhand ask` reads from standard input, and what it does not wait for."""

import io
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

import click
import pytest
from tests.e2e.chat_place import PATIENCE, Place, place

from deskhand.cli.chat import ask
from deskhand.cli.standard_input import WAITING, piped, whole

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


def never() -> None:
    raise AssertionError("It waits.")


def test_a_pipe_that_stays_open_without_data_is_waited_for_aloud_and_not_for_ever() -> None:
    told: list[str] = []
    with pipe() as (stream, writing):
        assert piped(stream, lambda: told.append("waits"), 0.01, 0.02) is None
        os.close(writing)
    assert told == ["waits"]


def test_what_comes_late_is_not_lost() -> None:
    with pipe() as (stream, writing):

        def write() -> None:
            os.write(writing, b"apples")
            os.close(writing)

        assert piped(stream, write, 0.01, 60) == "apples"


def test_a_pipe_that_was_closed_without_data_gives_nothing_at_once() -> None:
    with pipe() as (stream, writing):
        os.close(writing)
        assert piped(stream, never, 60) == ""


def test_a_pipe_with_data_is_read_to_its_end() -> None:
    with pipe() as (stream, writing):
        os.write(writing, b"caf\xe9 \xe2\x82\xac")
        os.close(writing)
        assert piped(stream, never, 60) == "caf\N{REPLACEMENT CHARACTER} €"


def test_a_pipe_that_does_not_block_is_read_to_its_end_all_the_same() -> None:
    with pipe() as (stream, writing):
        os.set_blocking(stream.fileno(), False)
        with subprocess.Popen(["sh", "-c", "echo apples; sleep 0.2; echo pears"], stdout=writing):
            os.close(writing)
            assert piped(stream, never, 60) == "apples\npears\n"


def test_a_file_is_read_whole_and_a_closed_input_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "basket").write_text("apples")
    with (tmp_path / "basket").open(encoding="utf-8") as stream:
        assert piped(stream, never, 0) == "apples"
    assert (piped(None, never), whole(None)) == ("", "")
    assert piped(io.TextIOWrapper(io.BytesIO(b"apples")), never) == "apples", "one in memory, as tests have it"


def test_a_terminal_is_read_only_when_that_is_said() -> None:
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as stream:
        assert piped(stream, never, 60) == ""
        os.write(master, b"apples\n\x04")
        assert whole(stream) == "apples\n"
    os.close(master)


def test_a_question_is_not_asked_without_what_its_pipe_still_owes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.cli.chat.piped", partial(piped, soon=0.01, seconds=0.02))
    with pipe() as (stream, writing):
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(click.UsageError, match="Add - after the question"):
            ask.main(["which fruit?"], standalone_mode=False)
        os.close(writing)


def test_a_question_waits_for_a_pipe_that_is_slow_to_begin(here: Place) -> None:
    command = [*ASK, "which fruit?"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=here.environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == WAITING
        said, complaint = process.communicate("apples", timeout=PATIENCE)
    assert (process.returncode, said) == (0, "Apples.\n"), complaint


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
    assert WAITING not in ended.stderr


def test_a_question_without_quotes_is_told_what_is_missing() -> None:
    with pytest.raises(click.UsageError, match="put it in quotes"):
        ask.main(["what", "is", "this"], standalone_mode=False)


def test_closed_streams_are_like_empty_ones(here: Place) -> None:
    for closed in ("<&-", ">&- <&-"):
        command = " ".join([*ASK, "'which fruit?'", closed])
        ended = subprocess.run(["sh", "-c", command], env=here.environment, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout) == (0, "" if ">" in closed else "None.\n"), ended.stderr


def test_without_standard_input_and_without_a_question_the_usage_is_told(here: Place) -> None:
    command = " ".join([*ASK, "<&-"])
    ended = subprocess.run(["sh", "-c", command], env=here.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Ask something" in ended.stderr
    assert "Traceback" not in ended.stderr
