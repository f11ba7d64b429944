"""The rules a toolset is held to: each finds what it is for, and a new toolset passes them all."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from click.testing import CliRunner
from pydantic import Field

from deskhand.cli.toolset import check, new_toolset
from deskhand.reference import tool_tokens
from deskhand.result import Result
from deskhand.rules import RULES, Finding, inspect_toolset
from deskhand.testing import check_toolset, subject
from deskhand.toolset import Toolset, completes, lists, load, prompt, resource, tool
from deskhand.toolsets import BUILTIN


class Answer(Result):
    """An answer."""

    answer: str


class Careless(Toolset):
    name = "careless"
    title = "Careless"
    summary = ""

    @tool(title="Get", read_only=True, open_world=False)
    async def getThing(self, thing: str) -> str:
        return thing

    @tool(title="Wipe", read_only=False, open_world=False, destructive=True)
    async def wipe(self, what: Annotated[str, Field(description="x" * 2000)]) -> Answer:
        """Wipe it."""
        return Answer(answer=what)

    @resource("careless://{name}", title="One")
    async def one(self, name: str) -> str:
        return name

    @lists("careless://all")
    async def all(self) -> list[str]:
        return []

    @completes("careless://{name}", "nom")
    async def complete(self, value: str) -> list[str]:
        return []

    @prompt(title="Do")
    async def do(self, what: str) -> str:
        """Do it."""
        return what


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("careless")
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").touch()
    (folder / "tests" / "test_it.py").write_text("def test_a():\n    assert call('wipe')\n")
    (folder / "backend.py").write_text("import anyio\nfrom mcp.server import Server\n")
    inspected = subject(Careless, folder)
    inspected.folder = folder
    found: dict[str, list[str]] = {}
    for finding in inspect_toolset(inspected):
        found.setdefault(finding.rule, []).append(finding.sentence)
    return found


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("names", "the folder is"),
        ("names", "'getThing' is not in snake_case"),
        ("docstrings", "The class has no docstring"),
        ("docstrings", "summary is empty"),
        ("docstrings", "getThing has no docstring"),
        ("docstrings", "careless://{name} has no docstring"),
        ("parameters", "getThing: argument thing has no description"),
        ("parameters", "do: argument what has no description"),
        ("output", "getThing returns <class 'str'>"),
        ("asking", "wipe is destructive but asks nobody"),
        ("tests", "tests/ has an __init__.py"),
        ("tests", "getThing has no test of its success"),
        ("tests", "wipe has no test of an error"),
        ("backends", "backend.py imports mcp.server"),
        ("links", "careless://all is listed or watched"),
        ("links", "Completion of 'nom'"),
        ("budget", "wipe costs"),
        ("readme", "There is no README.md"),
    ],
)
def test_each_rule_finds_what_it_is_for(findings: dict[str, list[str]], rule: str, part: str) -> None:
    assert any(part in sentence for sentence in findings[rule]), findings[rule]


def test_every_rule_is_shown_to_find_something(findings: dict[str, list[str]]) -> None:
    assert set(findings) == set(RULES)


def test_an_exemption_excuses_with_its_reason_and_an_idle_one_is_a_finding() -> None:
    class Excused(Careless):
        exempt: ClassVar[Mapping[str, str]] = {"budget": "its argument is a program", "nonsense": "?"}

    found = check_toolset(Excused)
    assert [finding.excuse for finding in found if finding.rule == "budget"] == ["its argument is a program"]
    assert any(finding.rule == "exempt" and "'nonsense'" in finding.sentence for finding in found)


@pytest.mark.parametrize("reference", BUILTIN)
def test_a_built_in_toolset_keeps_the_rules(reference: str) -> None:
    broken: list[Finding] = [finding for finding in check_toolset(load(reference)) if not finding.excuse]
    assert broken == []


def test_the_tools_of_all_toolsets_fit_their_budget(tmp_path: Path) -> None:
    tools = [bound for reference in BUILTIN for bound in subject(load(reference), tmp_path).tools]
    assert 0 < sum(map(tool_tokens, tools)) <= 6_700  # of the 8,000 that 42 tools may cost


def test_a_new_toolset_passes_the_check_its_tests_and_serves(tmp_path: Path) -> None:
    made = CliRunner().invoke(new_toolset, ["shelf", "--into", str(tmp_path)])
    assert made.exit_code == 0, made.output
    (tmp_path / "deskhand.toml").write_text('[toolsets]\nenabled = ["core", "weather", "shelf.toolset:Shelf"]\n')

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DESKHAND_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, env=environment, text=True, capture_output=True, check=False
        )

    shown = run("deskhand", "settings", "--trust", "--json")
    assert json.loads(shown.stdout)["toolsets.shelf.source"]["value"] == "nws"

    checked = run("deskhand", "check", "shelf")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "shelf: 10 rules hold" in checked.stdout

    tested = run("pytest", "--import-mode=importlib", "-q", "-p", "no:cacheprovider", "shelf")
    assert tested.returncode == 0, tested.stdout

    left = [path for path in (tmp_path / "shelf").rglob("*.py") if "deskhand.toolsets.weather" in path.read_text()]
    assert left == []


def test_a_new_toolset_elsewhere_comes_with_commands_that_work_from_here(tmp_path: Path) -> None:
    folder = tmp_path / "other place"
    made = CliRunner().invoke(new_toolset, ["plants", "--into", str(folder)])
    assert made.exit_code == 0, made.output
    assert f"cd '{folder}'\n" in made.output
    assert str(folder / "conftest.py") in made.output
    assert "to copy" not in (folder / "plants" / "toolset.py").read_text()
    checked = CliRunner().invoke(check, [str(folder / "plants")])
    assert checked.output == "plants: 10 rules hold, 2 tools.\n"


def test_a_folder_without_a_toolset_is_told(tmp_path: Path) -> None:
    checked = CliRunner().invoke(check, [str(tmp_path)])
    assert checked.exit_code == 1
    assert "it has no toolset.py" in checked.output


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "a word of Python's own"),
        ("none", "a word of Python's own"),
        ("json", "a module of Python's library"),
        ("files", "a built-in toolset"),
        ("click", "can be imported already"),
        ("alert", "clashes with Alert"),
    ],
)
def test_a_name_that_is_taken_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    result = CliRunner().invoke(new_toolset, [name, "--into", str(tmp_path)])
    assert result.exit_code == 2
    assert reason in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Shelf", "my-shelf", "my_shelf", "2shelf", ""])
def test_a_name_that_is_not_one_word_is_refused(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(new_toolset, [name, "--into", str(tmp_path)])
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    result = CliRunner().invoke(new_toolset, ["shelf", "--into", str(tmp_path)])
    assert result.exit_code == 1
    assert list((tmp_path / "shelf").iterdir()) == []
