"""`deskhand memory erase` leaves nothing of a person and gives a receipt."""

import json
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from tests.cli.memory_commands import remember, run

from deskhand.cli.database import opened
from deskhand.context.message import user as said
from deskhand.host.conversation import Conversation
from deskhand.kept import Kept, folder_of
from deskhand.outbox.act import Act
from deskhand.outbox.outbox import Outbox
from deskhand.store.tokens import Tokens

WORDS = {"xylograph", "quodlibet", "zabaglione", "ylem", "widdershins", "mooncalf", "fletcherize"}
"""In a memory, a turn, a stored result, what was typed, the outbox, the local mailbox and the local calendars."""


def fill(data: Path, person: str) -> None:
    remember("A xylograph hangs in the hall", user=person)

    async def talk() -> None:
        with opened() as database:
            await Conversation(database, person).append(said("Explain quodlibet to me"))
            Tokens(database).create(person, scopes=["*"])
            await Outbox(database, lambda: datetime.now(UTC)).propose(person, Act("mail", "Mail", "Go widdershins"))
        await Kept(data / "results", hours=1).keep("zabaglione", person)

    anyio.run(talk)
    (data / "history").write_text("+ylem\n")
    for area, word in (("email/{}/mail/cur/1", "mooncalf"), ("calendar/{}/home/1.ics", "fletcherize")):
        file = data / area.format(folder_of(data, person).name)
        file.parent.mkdir(parents=True)
        file.write_text(word)
    run("search", "quodlibet", "--user", person)  # puts the turn into the index


def words_in(data: Path) -> set[str]:
    content = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    return {word for word in WORDS if word.encode() in content}


def test_no_file_holds_a_word_of_the_person_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DESKHAND_RETRIEVAL__EMBEDDINGS", "none")
    fill(tmp_path, "local")
    assert words_in(tmp_path) == WORDS
    run("erase", "local", "--yes")
    assert words_in(tmp_path) == set()


def test_the_receipt_counts_what_went_and_what_stays(both_folder: Path) -> None:
    fill(both_folder, "ann")
    fill(both_folder, "bob")
    receipt = json.loads(run("erase", "ann", "--yes", "--json").stdout)
    assert receipt["deleted"] == {
        "entry": 2, "memory_link": 0, "memory": 1, "receipt": 0, "output": 0, "message": 1, "conversation": 1,
        "pinned_tool": 0, "granted_tool": 0, "outbox": 1, "mail_answer": 0, "mail_rule": 0, "memory_owner": 1,
        "question": 0, "turn_record": 0, "visit": 0,
    }  # fmt: skip
    assert set(receipt["left"].values()) == {0}
    assert (receipt["files"], receipt["kept"]["token"], receipt["complete"]) == (3, 1, True)
    assert (both_folder / "history").exists(), "what was typed at this machine is not ann's"
    assert run("users").stdout.split() == ["1", "bob"]
    assert "xylograph" in run("search", "xylograph", "--user", "bob").stdout
    assert words_in(both_folder) >= {"zabaglione", "mooncalf", "fletcherize"}, "bob's files are there"
    text = run("erase", "bob", "--yes").stdout
    assert "Counted again after that: 0 in each table." in text
    assert "1 token stays" in text
    assert "deskhand token revoke" in text


def test_the_name_must_be_typed(both_folder: Path) -> None:
    fill(both_folder, "ann")
    ended = run("erase", "ann", answer="an\n", code=130)
    assert "Nothing was deleted." in ended.stderr
    assert "entry 2, memory 1, message 1, conversation 1, outbox 1, memory_owner 1, file 3" in ended.stderr
    assert "ann" in run("users").stdout
    run("erase", "ann", answer="ann\n")
    assert run("users").stdout == ""


def test_somebody_unknown_is_no_mistake(both_folder: Path) -> None:
    assert both_folder.is_dir()
    assert "There is nobody called nobody with memories" in run("erase", "nobody", "--yes").stdout
