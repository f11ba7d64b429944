"""`deskhand conversations` finds, shows, exports and deletes what was said."""

import json
import stat
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from deskhand.cli import cli
from deskhand.context.message import Message, Text, user
from deskhand.host.conversation import Conversation
from deskhand.store.database import Database


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two conversations in the data folder of the commands."""
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    made: list[str] = []

    async def talk() -> None:
        for topic in ("weather", "trains"):
            conversation = Conversation(database, "local")
            await conversation.append(user(f"Tell me about {topic}"))
            await conversation.append(Message(role="assistant", content=(Text(text=f"All about {topic}.\x1b[2J"),)))
            made.append(conversation.id)

    with Database.in_folder(tmp_path) as database:
        anyio.run(talk)
    return made


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["conversations", *arguments], input=answer)


def test_the_list_has_the_newest_first(ids: list[str]) -> None:
    lines = run("list").output.splitlines()
    assert [line[:8] for line in lines] == [ids[1][:8], ids[0][:8]]
    assert lines[0].endswith("   2 messages  Tell me about trains")


def test_the_list_can_be_json_and_limited(ids: list[str]) -> None:
    (line,) = run("list", "--json", "--limit", "1").output.splitlines()
    parsed = json.loads(line)
    assert (parsed["id"], parsed["title"], parsed["messages"]) == (ids[1], "Tell me about trains", 2)


def test_an_empty_list_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    assert "deskhand chat" in run("list").output


def test_the_latest_is_shown_as_markdown(ids: list[str]) -> None:
    assert len(ids) == 2
    output = run("show").output
    assert output.startswith("# Tell me about trains\n")
    assert "All about trains.\\x1b[2J" in output
    assert "\x1b" not in output


def test_an_export_can_be_read_back(ids: list[str], tmp_path: Path) -> None:
    output = run("export", ids[0][:10]).output
    assert [Message.model_validate_json(line).text for line in output.splitlines()] == [
        "Tell me about weather",
        "All about weather.\x1b[2J",
    ]
    target = tmp_path / "weather.md"
    assert run("export", ids[0], "--format", "markdown", "-o", str(target)).exit_code == 0
    assert target.read_text().startswith("# Tell me about weather\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_export_overwrites_nothing(ids: list[str], tmp_path: Path) -> None:
    target = tmp_path / "precious.jsonl"
    target.write_text("precious")
    result = run("export", ids[0], "-o", str(target))
    assert result.exit_code == 1
    assert "Name a new file" in result.output
    assert target.read_text() == "precious"


def test_deleting_asks_first(ids: list[str]) -> None:
    assert run("delete", ids[0][:8], answer="n\n").exit_code == 0
    assert len(run("list").output.splitlines()) == 2
    assert f"Deleted {ids[0][:8]}" in run("delete", ids[0][:8], answer="y\n").output
    assert "Deleted" in run("delete", "latest", "--yes").output
    assert "no conversations" in run("list").output


def test_what_is_not_there_is_said(ids: list[str]) -> None:
    assert len(ids) == 2
    for arguments in (("show", "zzz"), ("export", "zzz"), ("delete", "zzz")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "No conversation matches 'zzz'" in result.output
