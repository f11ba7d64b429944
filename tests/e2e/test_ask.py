"""`deskhand ask` as a script meets it: what goes where, and how it ends."""

import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests.e2e.chat_place import CORE_AND_FILES, PATIENCE, Place, place
from tests.e2e.in_process import deskhand_here

from deskhand.host.events import EVENT, Frame, ToolFinished, TurnFinished


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


STEPS: list[dict[str, Any]] = [
    {"on": "user", "match": "hello", "text": "Hello **there**.", "times": None},
    {"on": "user", "match": "multiply", "calls": [call("multiply", a="6", b="7")], "times": None},
    {
        "on": "user",
        "match": "write",
        "calls": [call("file_write", uri="file:///note.md", content="x")],
        "times": None,
    },
    {"on": "user", "match": "wait", "text": "I wait.", "calls": [call("wait_for_ever")], "times": None},
    {"on": "user", "match": "fail", "error": {"kind": "failed", "message": "no such model"}, "times": None},
    {"on": "user", "match": "(?s)apples.*which fruit", "text": "Apples, as attached.", "times": None},
    {"on": "user", "match": "which fruit", "text": "No fruit was attached.", "times": None},
    {"on": "tool", "match": '"42"', "text": "It is 42.", "times": None},
    {"on": "tool", "text": "That is done.", "times": None},
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Place]:
    """Without an MCP server beside ours, for most tests use none."""
    monkeypatch.chdir(tmp_path)
    with place(tmp_path, STEPS, peer_script=None, enabled=CORE_AND_FILES) as made:
        yield made


@pytest.fixture
def beside_a_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Place]:
    monkeypatch.chdir(tmp_path)
    with place(tmp_path, STEPS, enabled=CORE_AND_FILES) as made:
        yield made


def ask(here: Place, *arguments: str, given: str = "") -> Result:
    """`deskhand ask` in this process."""
    return deskhand_here(here.environment, "ask", *arguments, given=given)


def test_the_answer_is_all_there_is_on_standard_output(beside_a_peer: Place) -> None:
    asked = beside_a_peer.run("ask", "multiply")
    assert (asked.returncode, asked.stdout) == (0, "It is 42.\n")
    assert "→ multiply · deskhand: a=6, b=7" in asked.stderr
    assert "✓ multiply · deskhand" in asked.stderr


def test_the_question_can_be_piped_in(here: Place) -> None:
    assert ask(here, given="hello\n").stdout == "Hello **there**.\n"


def test_what_is_piped_in_is_shown_along_with_a_question(here: Place) -> None:
    assert ask(here, "which fruit?", given="apples").stdout == "Apples, as attached.\n"
    assert ask(here, "which fruit?").stdout == "No fruit was attached.\n"


def test_a_question_of_a_server_that_nobody_answers_is_said(here: Place) -> None:
    here.workspace.mkdir(parents=True, exist_ok=True)
    (here.workspace / "note.md").write_text("precious")
    asked = ask(here, "write", "--approve", "file_write")
    assert asked.exit_code == 3
    assert "deskhand asked, and nobody was there to answer: file:///note.md exists" in asked.stderr
    assert "The person" not in asked.output
    assert (here.workspace / "note.md").read_text() == "precious"


def test_files_and_resources_can_be_attached(here: Place) -> None:
    (here.folder / "basket.txt").write_text("apples")
    assert ask(here, "which fruit?", "--attach", "basket.txt").stdout == "Apples, as attached.\n"
    here.workspace.mkdir(parents=True, exist_ok=True)
    (here.workspace / "basket.md").write_text("apples")
    assert ask(here, "which fruit?", "--attach", "file:///basket.md").stdout == "Apples, as attached.\n"


@pytest.mark.parametrize("attached", ["missing.txt", "file:///missing.md", "nobody://has/this"])
def test_what_cannot_be_attached_is_a_usage_error(here: Place, attached: str) -> None:
    asked = ask(here, "which fruit?", "--attach", attached)
    assert asked.exit_code == 2
    assert attached.rpartition("/")[2] in asked.stderr
    assert asked.stdout == ""


def test_json_gives_every_event_as_a_line(here: Place) -> None:
    asked = ask(here, "multiply", "--json")
    events = [EVENT.validate_json(line) for line in asked.stdout.splitlines()]
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert finished.outcome == "ok"
    assert [event.text for event in events if isinstance(event, TurnFinished)] == ["It is 42."]
    assert not any(isinstance(event, Frame) for event in events)
    assert asked.exit_code == 0


def test_without_a_rule_nothing_is_written_and_the_exit_code_says_so(here: Place) -> None:
    asked = ask(here, "write it")
    assert asked.exit_code == 3
    assert "⊘ file_write" in asked.stderr
    assert not (here.workspace / "note.md").exists()


@pytest.mark.parametrize("rule", ["file_write", "file_*", "server:deskhand"])
def test_a_rule_given_beforehand_lets_it_write(here: Place, rule: str) -> None:
    asked = ask(here, "write it", "--approve", rule)
    assert (asked.exit_code, asked.stdout) == (0, "That is done.\n"), asked.stderr
    assert (here.workspace / "note.md").read_text() == "x"


def test_the_rules_of_the_command_line_come_on_top_of_those_in_the_settings(here: Place) -> None:
    (here.folder / "deskhand.toml").write_text('[host]\napprove = ["file_write"]\n')
    assert ask(here, "write it", "--approve", "nothing").exit_code == 0


def test_the_trace_goes_to_standard_error(here: Place) -> None:
    asked = ask(here, "multiply", "--trace")
    assert "→ deskhand in-process request tools/call" in asked.stderr
    assert asked.stdout == "It is 42.\n"


def test_a_conversation_goes_on(here: Place) -> None:
    assert ask(here, "hello").exit_code == 0
    assert ask(here, "multiply", "--conversation", "latest").exit_code == 0
    listed = deskhand_here(here.environment, "conversations", "list").stdout
    assert listed.count("hello") == 1
    assert "multiply" not in listed


def test_only_the_servers_that_were_named_are_used(beside_a_peer: Place) -> None:
    here = beside_a_peer
    assert ask(here, "multiply", "--server", "deskhand").stdout == "It is 42.\n"
    assert "multiply: there is no such tool" in ask(here, "multiply", "--server", "peer").stderr
    assert ask(here, "hello", "--server", "nobody").exit_code == 2
    assert ask(here, "hello", "--no-servers").stdout == "Hello **there**.\n"


def test_a_model_that_fails_is_exit_code_1(here: Place) -> None:
    asked = ask(here, "fail")
    assert asked.exit_code == 1
    assert "no such model" in asked.stderr
    assert asked.stdout == ""


def test_without_a_model_the_three_ways_to_get_one_are_said(here: Place) -> None:
    del here.environment["DESKHAND_MODEL__BASE_URL"], here.environment["DESKHAND_MODEL__NAME"]
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY"):
        here.environment.pop(name, None)
    for command in (("ask", "hello"), ("chat",)):
        asked = deskhand_here(here.environment, *command)
        assert asked.exit_code == 4
        assert "three ways" in asked.stderr
        assert "deskhand demo" in asked.stderr
        assert asked.stdout == ""


@pytest.mark.parametrize("arguments", [(), ("x", "--no-such"), ("x", "--conversation", "nobody")])
def test_wrong_usage_is_exit_code_2(here: Place, arguments: tuple[str, ...]) -> None:
    assert ask(here, *arguments).exit_code == 2


def test_a_wrong_setting_is_exit_code_2_and_names_the_key(here: Place) -> None:
    (here.folder / "deskhand.toml").write_text("[host]\nmax_stepz = 3\n")
    asked = ask(here, "hello")
    assert asked.exit_code == 2
    assert "max_stepz" in asked.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_call_at_the_server_and_exits_130(beside_a_peer: Place, number: signal.Signals) -> None:
    here = beside_a_peer
    command = [sys.executable, "-m", "deskhand", "ask", "wait"]
    with subprocess.Popen(
        command,
        env=here.environment,
        cwd=here.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        here.peer_logs("waiting")
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    here.peer_logs("cancelled")
    assert "Traceback" not in errors
