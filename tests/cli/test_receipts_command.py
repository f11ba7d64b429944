"""`deskhand conversations receipts` shows what compactions did, also those that were taken back."""

import json
import re
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from deskhand.cli import cli
from deskhand.context.receipt import Receipt
from deskhand.host.chat import Chat, ChatOptions
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings
from deskhand.settings_sections import ModelSettings
from deskhand.store.database import Database

pytestmark = pytest.mark.usefixtures("talked")


@pytest.fixture
def talked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long talk in a small window, whose last compaction was taken back."""
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    settings = Settings(model=ModelSettings(max_output_tokens=100))
    model = ScriptedModel([Step(text="Noted.", times=None)], context_window=2_600)

    async def talk() -> None:
        async with Chat(model, settings=settings, options=ChatOptions(database=database)) as chat:
            for day in range(24):
                await chat.answer(f"Day {day}: {day} bicycles.\x1b[2J " + "It rained. " * 40)
            await chat.memory.undo()

    with Database.in_folder(tmp_path) as database:
        anyio.run(talk)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["conversations", "receipts", *arguments], env={"COLUMNS": "120"})


def test_compactions_are_listed_with_those_taken_back() -> None:
    lines = run().output.splitlines()
    heads, counts = lines[::2], lines[1::2]
    assert [head.split()[0] for head in heads] == [str(number) for number in range(1, len(heads) + 1)]
    assert re.search(r" · window nearly full · [\d,]+ → \d+ tokens$", heads[0].rstrip())
    assert re.search(r"\d+ to the log, \d+ in the digest; stayed: .*1 last request", counts[0])
    assert [" taken back " in head for head in heads] == [False] * (len(heads) - 1) + [True]


def test_the_list_of_conversations_says_how_much_moved_out() -> None:
    def listed(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["conversations", "list", *arguments]).output

    known = json.loads(listed("--json"))
    assert 0 < known["moved_out"] < known["messages"] == 48
    assert listed().endswith(f"  ({known['moved_out']} moved to the log)\n")


def test_one_is_shown_whole() -> None:
    output = run("latest", "1").output
    (found,) = run("latest", "1", "--json").output.splitlines()
    known = json.loads(found)
    assert known.pop("taken_back") is False
    receipt = Receipt.model_validate(known)
    assert output.startswith("Compaction 1 ")
    for name in (*(one.id for one in receipt.kept), *receipt.moved_out):
        assert name[:8] in output
    assert "Day 0: 0 bicycles.\\x1b[2J" in output
    assert "\x1b" not in output


def test_all_can_be_json() -> None:
    found = [json.loads(line) for line in run("--json").output.splitlines()]
    assert [one["number"] for one in found] == list(range(1, len(found) + 1))
    assert [one["taken_back"] for one in found] == [False] * (len(found) - 1) + [True]


def test_a_compaction_that_never_was_is_said() -> None:
    result = run("latest", "99")
    assert result.exit_code == 1
    assert "There is no compaction 99. `deskhand conversations receipts latest` lists them." in result.output


def test_a_conversation_that_was_never_compacted_says_so(tmp_path: Path) -> None:
    async def talk() -> None:
        options = ChatOptions(database=database)
        async with Chat(ScriptedModel([Step(text="Hello.")]), options=options) as chat:
            await chat.answer("Hello?")

    with Database.in_folder(tmp_path) as database:
        anyio.run(talk)
    assert run().output == "Nothing of this conversation was compacted: the model sees all of it.\n"
