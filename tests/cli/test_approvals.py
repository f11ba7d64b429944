"""Lasting approvals can be seen, and taken back."""

from pathlib import Path

import anyio
import mcp_types
import pytest
from click.testing import CliRunner, Result

from deskhand.cli.approvals import approvals
from deskhand.host.consent import Consent
from deskhand.host.human import Span
from deskhand.host.tools import OfferedTool, fingerprint
from deskhand.principal import LOCAL
from deskhand.store.database import Database


def offered(name: str) -> OfferedTool:
    tool = mcp_types.Tool(name=name, input_schema={"type": "object"})
    return OfferedTool(name, "notes", "https://notes.example/mcp", True, tool, fingerprint(tool))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    given: list[tuple[str, Span]] = [("add", "tool"), ("drop", "tool"), ("any", "server")]
    with Database.in_folder(tmp_path) as database:
        consent = Consent(database, LOCAL.subject)
        for name, span in given:
            anyio.run(consent.grant, offered(name), span)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(approvals, list(arguments))


def test_they_are_listed_with_their_endpoint(folder: Path) -> None:
    assert run("list").stdout.splitlines() == [
        "(all its tools)  https://notes.example/mcp",
        "add  https://notes.example/mcp",
        "drop  https://notes.example/mcp",
    ]


def test_one_taken_back_is_asked_about_again(folder: Path) -> None:
    assert run("revoke", "drop").stdout == "Took back 1.\n"
    with Database.in_folder(folder) as database:
        consent = Consent(database, LOCAL.subject)
        assert consent.granted(offered("add")) == "tool"
        assert consent.granted(offered("drop")) == "server"


@pytest.mark.parametrize("arguments", [["--all"], ["https://notes.example/mcp"]])
def test_all_of_a_server_or_of_all_can_be_taken_back(folder: Path, arguments: list[str]) -> None:
    assert run("revoke", *arguments).stdout == "Took back 3.\n"
    with Database.in_folder(folder) as database:
        assert Consent(database, LOCAL.subject).granted(offered("add")) is None
    assert "There are none" in run("list").stderr


@pytest.mark.parametrize("arguments", [[], ["add", "--all"], ["nothing"]])
def test_what_is_not_clear_takes_nothing_back(folder: Path, arguments: list[str]) -> None:
    assert run("revoke", *arguments).exit_code == 2
    assert len(run("list").stdout.splitlines()) == 3
