"""The examples of the docs, run as a reader runs them."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, pages
from tests.protocol.server_process import environment, running

EXAMPLES = ROOT / "docs_src"
SCRIPTED = {"DESKHAND_MODEL__PROVIDER": "scripted", "DESKHAND_MODEL__SCRIPT": str(EXAMPLES / "script.json")}


def output_of(*command: str | Path, folder: Path, **variables: str) -> str:
    """What a command of this Python prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment(folder, '["core", "files"]', **{**SCRIPTED, **variables}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ask_once_prints_the_answer(tmp_path: Path) -> None:
    assert "121932631112635269" in output_of(EXAMPLES / "ask_once.py", "Please multiply", folder=tmp_path)


def test_follow_events_shows_the_call_and_agrees_to_a_txt_file(tmp_path: Path) -> None:
    printed = output_of(EXAMPLES / "follow_events.py", "Please write", folder=tmp_path)
    assert "← ok in" in printed
    assert "done after 2 steps" in printed
    assert (tmp_path / "workspace" / "hello.txt").read_text() == "hello\n"


def test_ask_in_python_shows_the_question_and_the_call(tmp_path: Path) -> None:
    printed = output_of(EXAMPLES / "ask_in_python.py", folder=tmp_path)
    assert "May it save? It writes. Yes." in printed
    assert "[notes/save: ok]" in printed


def test_remember_knows_in_one_conversation_what_was_said_in_another(tmp_path: Path) -> None:
    memory = {"DESKHAND_TOOLSETS__ENABLED": '["memory"]', "DESKHAND_RETRIEVAL__EMBEDDINGS": "none"}
    script = str(EXAMPLES / "remember.json")
    printed = output_of(EXAMPLES / "remember.py", folder=tmp_path, DESKHAND_MODEL__SCRIPT=script, **memory)
    saved, found = printed.split("\n", 1)
    assert saved == "saved ['I am allergic to peanuts.']"
    assert "I am allergic to peanuts." in found


def test_a_chat_within_a_budget_answers_from_the_log_and_is_restored(tmp_path: Path) -> None:
    printed = output_of(EXAMPLES / "chat_within_budget.py", folder=tmp_path)
    assert "the window begins 94 cm above the floor" in printed.splitlines()[0]
    assert "messages moved out" in printed
    shown = next(page for page in pages() if page.path.endswith("how-short-term-memory-works.md"))
    records = [block.text for block in shown.blocks if block.text.startswith("[Earlier messages")]
    assert [record for record in records if record not in printed] == []
    assert len(records) == 2
    assert "0 compactions in force" in printed


def test_a_summary_of_ones_own_is_taken_only_if_it_loses_nothing(tmp_path: Path) -> None:
    careless, careful = output_of(EXAMPLES / "own_summary.py", folder=tmp_path).splitlines()
    assert careless.startswith("Careless → extract The summary leaves out")
    assert careful.strip() == "Careful → summary"


def test_a_chat_keeps_within_a_budget_over_mcp(tmp_path: Path) -> None:
    with running(tmp_path, enabled='["conversations"]') as server:
        printed = output_of(
            EXAMPLES / "keep_within_budget.py", f"{server.url}/mcp", folder=tmp_path, MCP_DESKHAND_TOKEN=server.token
        )
    _, height, _, number = printed.splitlines()
    assert "the window begins 94 cm above the floor" in height
    assert "HK-20771" in number


def test_every_example_is_run_by_a_test() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if path.name != "conftest.py" and path.name not in tested] == []


def test_call_over_http_lists_calls_and_reads(tmp_path: Path) -> None:
    with running(tmp_path, enabled='["core", "files"]') as server:
        (tmp_path / "workspace" / "note.txt").write_text("note")
        printed = output_of(
            EXAMPLES / "call_over_http.py", f"{server.url}/mcp", folder=tmp_path, MCP_DESKHAND_TOKEN=server.token
        )
    assert printed.splitlines()[0] == "2026-07-28"
    assert "multiply" in printed
    assert "246913578024691357802469135780" in printed
    assert "file:///note.txt" in printed


@pytest.mark.parametrize(("question", "answer"), [("multiply", "121932631112635269"), ("hello", "only a script")])
def test_the_script_of_the_how_to_answers(question: str, answer: str, tmp_path: Path) -> None:
    assert answer in output_of("-m", "deskhand", "ask", question, folder=tmp_path)


def test_the_example_toolset_keeps_the_rules(tmp_path: Path) -> None:
    printed = output_of("-m", "deskhand", "check", "books.toolset:Books", folder=tmp_path, PYTHONPATH=str(EXAMPLES))
    assert "books: 10 rules hold" in printed


def test_the_example_toolsets_own_tests_pass(tmp_path: Path) -> None:
    tests = ["-m", "pytest", "--import-mode=importlib", "-p", "no:cacheprovider", "-q", str(EXAMPLES / "books")]
    assert "passed" in output_of(*tests, folder=tmp_path, PYTHONPATH=str(EXAMPLES))


def test_a_toolset_beside_the_settings_file_is_served(tmp_path: Path) -> None:
    made = output_of("-m", "deskhand", "new-toolset", "shelf", folder=tmp_path)
    assert "deskhand check shelf" in made
    enabled = '[toolsets]\nenabled = ["core", "shelf.toolset:Shelf"]\n[toolsets.shelf]\nsource = "fake"\n'
    (tmp_path / "deskhand.toml").write_text(enabled)
    trusting = "from pathlib import Path; from deskhand.trusted_folders import trust; trust(Path())"
    output_of("-c", trusting, folder=tmp_path, HOME=str(tmp_path))
    printed = output_of(
        *("-c", "import sys; sys.path.remove(''); from deskhand.__main__ import main; main()"),
        *("trace", "--call", "get_shelf_alerts", "--arguments", '{"state": "KS"}'),
        *("--", sys.executable, "-P", "-m", "deskhand", "serve", "--stdio"),
        folder=tmp_path,
        HOME=str(tmp_path),
    )
    assert "Kansas (KS)" in printed


def test_call_over_http_says_how_it_is_used(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, EXAMPLES / "call_over_http.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Call a running Deskhand")
    assert "MCP_DESKHAND_TOKEN" in ended.stderr
