"""The examples of the docs, run as a reader runs them."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, pages
from tests.e2e.in_process import deskhand_in, logging_kept
from tests.protocol.server_process import ServerProcess, environment, running

from deskhand.trusted_folders import trust

EXAMPLES = ROOT / "docs_src"
ENABLED = '["core", "files"]'
SCRIPTED = {"DESKHAND_MODEL__PROVIDER": "scripted", "DESKHAND_MODEL__SCRIPT": str(EXAMPLES / "script.json")}

Printed = Callable[..., str]


def output_of(*command: str | Path, folder: Path, **variables: str) -> str:
    """What a command of this Python prints, as a process; it must succeed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment(folder, ENABLED, **{**SCRIPTED, **variables}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def printed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """`printed_by("ask_once.py", "Please multiply")`: what an example prints when it is run as the program.

    In this process, for in one of its own an example does little but import.
    """

    def run(example: str, *arguments: str, **variables: str) -> str:
        for name in [name for name in os.environ if name.startswith("DESKHAND_")]:
            monkeypatch.delenv(name)
        for name, value in environment(tmp_path, ENABLED, **{**SCRIPTED, **variables}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        program = str(EXAMPLES / example)
        monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        with logging_kept():
            runpy.run_path(program, run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    """For the examples that speak to one."""
    with running(tmp_path_factory.mktemp("served"), enabled='["core", "files", "conversations"]') as process:
        yield process


def test_ask_once_prints_the_answer(tmp_path: Path) -> None:
    assert "121932631112635269" in output_of(EXAMPLES / "ask_once.py", "Please multiply", folder=tmp_path)


def test_follow_events_shows_the_call_and_agrees_to_a_txt_file(printed_by: Printed, tmp_path: Path) -> None:
    printed = printed_by("follow_events.py", "Please write")
    assert "← ok in" in printed
    assert "done after 2 steps" in printed
    assert (tmp_path / "workspace" / "hello.txt").read_text() == "hello\n"


def test_ask_in_python_shows_the_question_and_the_call(printed_by: Printed) -> None:
    printed = printed_by("ask_in_python.py")
    assert "May it save? It writes. Yes." in printed
    assert "[notes/save: ok]" in printed


def test_remember_knows_in_one_conversation_what_was_said_in_another(printed_by: Printed) -> None:
    memory = {"DESKHAND_TOOLSETS__ENABLED": '["memory"]', "DESKHAND_RETRIEVAL__EMBEDDINGS": "none"}
    script = str(EXAMPLES / "remember.json")
    printed = printed_by("remember.py", DESKHAND_MODEL__SCRIPT=script, **memory)
    saved, found = printed.split("\n", 1)
    assert saved == "saved ['I am allergic to peanuts.']"
    assert "I am allergic to peanuts." in found


def test_a_chat_within_a_budget_answers_from_the_log_and_is_restored(printed_by: Printed) -> None:
    printed = printed_by("chat_within_budget.py")
    assert "the window begins 94 cm above the floor" in printed.splitlines()[0]
    assert "messages moved out" in printed
    shown = next(page for page in pages() if page.path.endswith("how-short-term-memory-works.md"))
    records = [block.text for block in shown.blocks if block.text.startswith("[Earlier messages")]
    assert [record for record in records if record not in printed] == []
    assert len(records) == 2
    assert "0 compactions in force" in printed


def test_a_summary_of_ones_own_is_taken_only_if_it_loses_nothing(printed_by: Printed) -> None:
    careless, careful = printed_by("own_summary.py").splitlines()
    assert careless.startswith("Careless → extract The summary leaves out")
    assert careful.strip() == "Careful → summary"


def test_a_chat_keeps_within_a_budget_over_mcp(printed_by: Printed, server: ServerProcess) -> None:
    printed = printed_by("keep_within_budget.py", f"{server.url}/mcp", MCP_DESKHAND_TOKEN=server.token)
    _, height, _, number = printed.splitlines()
    assert "the window begins 94 cm above the floor" in height
    assert "HK-20771" in number


def test_every_example_is_run_by_a_test() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if path.name != "conftest.py" and path.name not in tested] == []


def test_call_over_http_lists_calls_and_reads(printed_by: Printed, server: ServerProcess) -> None:
    (server.folder / "workspace" / "note.txt").write_text("note")
    printed = printed_by("call_over_http.py", f"{server.url}/mcp", MCP_DESKHAND_TOKEN=server.token)
    assert printed.splitlines()[0] == "2026-07-28"
    assert "multiply" in printed
    assert "246913578024691357802469135780" in printed
    assert "file:///note.txt" in printed


def test_call_over_http_says_how_it_is_used(printed_by: Printed) -> None:
    with pytest.raises(SystemExit) as ended:
        printed_by("call_over_http.py")
    said = str(ended.value.code)  # which Python prints, and ends with 1
    assert said.startswith("Call a running Deskhand")
    assert "MCP_DESKHAND_TOKEN" in said


@pytest.mark.parametrize(("question", "answer"), [("multiply", "121932631112635269"), ("hello", "only a script")])
def test_the_script_of_the_how_to_answers(question: str, answer: str, tmp_path: Path) -> None:
    only = {"DESKHAND_TOOLSETS__ENABLED": ENABLED}
    assert answer in deskhand_in(tmp_path, "ask", question, **SCRIPTED, **only).stdout


def test_the_example_toolset_keeps_the_rules(tmp_path: Path) -> None:
    printed = output_of("-m", "deskhand", "check", "books.toolset:Books", folder=tmp_path, PYTHONPATH=str(EXAMPLES))
    assert "books: 10 rules hold" in printed


def test_the_example_toolsets_own_tests_pass(tmp_path: Path) -> None:
    tests = ["-m", "pytest", "--import-mode=importlib", "-p", "no:cacheprovider", "-q", str(EXAMPLES / "books")]
    assert "passed" in output_of(*tests, folder=tmp_path, PYTHONPATH=str(EXAMPLES))


def test_a_toolset_beside_the_settings_file_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "deskhand check shelf" in deskhand_in(tmp_path, "new-toolset", "shelf").stdout
    enabled = '[toolsets]\nenabled = ["core", "shelf.toolset:Shelf"]\n[toolsets.shelf]\nsource = "fake"\n'
    (tmp_path / "deskhand.toml").write_text(enabled)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    trust(tmp_path)
    call = ("--call", "get_shelf_alerts", "--arguments", '{"state": "KS"}')
    printed = deskhand_in(tmp_path, "trace", *call, "--", sys.executable, "-P", "-m", "deskhand", "serve", "--stdio")
    assert "Kansas (KS)" in printed.stdout
