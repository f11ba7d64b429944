"""`deskhand conversations export-all` writes all that is kept of a person's conversations, and of nobody else's."""

import json
import resource
import stat
from pathlib import Path
from typing import Any

import anyio
import click
import pytest
from click.testing import CliRunner, Result
from tests.cli.memory_commands import run as run_memory

from deskhand.cli import cli
from deskhand.cli.database import opened
from deskhand.cli.new_file import write_new
from deskhand.context.message import Message
from deskhand.context.receipt import Receipt
from deskhand.host.chat import Chat, ChatOptions
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings
from deskhand.settings_sections import ModelSettings
from deskhand.store.conversations import StoredOutput

Line = dict[str, Any]


def talk(person: str, word: str, days: int = 24) -> list[Message]:
    """A long talk in a small window, whose last compaction was taken back; all that was said."""
    settings = Settings(model=ModelSettings(max_output_tokens=100))
    model = ScriptedModel([Step(text="Noted.", times=None)], context_window=2_600)

    async def say() -> list[Message]:
        with opened() as database:
            async with Chat(model, settings=settings, options=ChatOptions(database=database, owner=person)) as chat:
                for day in range(days):
                    await chat.answer(f"Day {day}: {word} {day} 🎈. " + "It rained. " * 40)
                await chat.conversation.append(Message(role="user", content=()), [StoredOutput("out", "s/t", word)])
                await chat.memory.undo()
                return await chat.conversation.messages()

    return anyio.run(say)


def export(*arguments: str, code: int = 0) -> Result:
    ended = CliRunner().invoke(cli, ["conversations", "export-all", *arguments])
    assert ended.exit_code == code, ended.output
    return ended


def lines(text: str, which: str) -> list[Line]:
    """The lines of one kind."""
    return [line for line in map(json.loads, text.splitlines()) if which in line]


def test_all_that_is_kept_of_the_conversations_of_a_person_is_in_the_export(both_folder: Path) -> None:
    first, second = talk("ann", "xylograph"), talk("ann", "zabaglione")
    text = export("--user", "ann").stdout
    assert {line["deskhand_conversation"] for line in map(json.loads, text.splitlines())} == {1}
    assert [line["about"]["title"][:17] for line in lines(text, "about")] == ["Day 0: xylograph ", "Day 0: zabaglione"]
    said = lines(text, "message")
    assert [Message.model_validate(line["message"]) for line in said] == [*first, *second]
    assert [line["position"] for line in said] == [*range(1, 50), *range(1, 50)]
    receipts = lines(text, "receipt")
    made = [Receipt.model_validate(line["receipt"]) for line in receipts]
    assert [(one.number, line["taken_back"]) for one, line in zip(made, receipts, strict=True)][-1][1] is True
    moved = {name for one, line in zip(made, receipts, strict=True) if not line["taken_back"] for name in one.moved_out}
    assert moved == {line["message"]["id"] for line in said if line["moved_out"]} != set()
    assert [line["output"] for line in lines(text, "output")] == [
        {"handle": "out", "source": "s/t", "text": word} for word in ("xylograph", "zabaglione")
    ]


def test_another_person_is_never_in_it(both_folder: Path) -> None:
    talk("ann", "xylograph", days=12)
    talk("bob", "zabaglione", days=12)
    text = export("--user", "ann").stdout
    assert "xylograph" in text
    assert "zabaglione" not in text
    nobody = export()
    assert nobody.stdout == "", "nothing of the person at this machine"
    assert nobody.stderr == "There are no conversations of local. ann has 1, bob has 1: --user SUBJECT.\n"


def test_the_file_is_new_and_only_for_its_owner(both_folder: Path, tmp_path: Path) -> None:
    talk("local", "xylograph", days=12)
    target = tmp_path / "talks.jsonl"
    assert export(str(target)).stderr == f"Wrote 1 conversation to {target}\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_text("utf-8") == export().stdout
    assert "Name a new file" in export(str(target), code=1).stderr
    assert export("-o", str(tmp_path / "other")).stderr == f"Wrote 1 conversation to {tmp_path / 'other'}\n"
    assert (tmp_path / "other").read_bytes() == target.read_bytes()


def test_a_file_that_cannot_be_written_whole_is_not_left(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(click.ClickException, match="File too large"):
            write_new(tmp_path / "talks", "xylograph\n" * 9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_where_nobody_has_conversations_only_that_is_said(both_folder: Path) -> None:
    assert export().stderr == "There are no conversations of local.\n"


@pytest.mark.parametrize("person", ["ann", "local"])
def test_after_an_erasure_nothing_is_exported_and_the_receipts_are_counted(person: str, both_folder: Path) -> None:
    talk(person, "xylograph")
    talk("bob", "zabaglione", days=12)
    receipts = len(lines(export("--user", person).stdout, "receipt"))
    erased = json.loads(run_memory("erase", person, "--yes", "--json").stdout)
    assert erased["deleted"]["receipt"] == receipts > 1
    assert (erased["left"]["receipt"], erased["deleted"]["conversation"]) == (0, 1)
    assert export("--user", person).stdout == ""
    assert lines(export("--user", "bob").stdout, "receipt")
