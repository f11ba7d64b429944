"""What a person reads of a tool's result: the first lines of its text in the card, and all of it with `/result`."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.terminal.provider_room import Closing, Room, room
from tests.terminal.showing import call, finished, over, requested, started, text_of

from deskhand.host.results import excerpt, readable
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, Step
from deskhand.terminal.result_text import first_rows, text_lines
from deskhand.testing import serving
from deskhand.toolsets.files.toolset import Files

MAIL = {
    "id": "local/Inbox/1795443342.M556123R1cc15306fe6f2807.deskhand",
    "sender": "Bob <bob@example.org>",
    "cc": "",
    "subject": "Ferry",
    "unread": True,
    "content": "Hello,\n\nthe ferry to Ven leaves at noon.\n" + "\n".join(f"{day} bicycles" for day in range(40)),
    "attachments": [{"number": 1, "name": "a.csv"}, {"number": 2, "name": "b.csv"}],
    "untrusted": True,
}
LAID_OUT: list[tuple[str, str, list[str]]] = [
    ("a text", "one\n  two\n", ["one", "  two"]),
    ("a text for people beside its twin", 'It is 42.\n{"product": "42"}', ["It is 42."]),
    ("short values on one line", '{"a": 1, "b": "two", "c": null, "d": [], "e": false}', ["a: 1 · b: two"]),
    ("one text", '{"uri": "file:///x", "content": "one\\ntwo"}', ["uri: file:///x", "one", "two"]),
    ("two texts", '{"old": "1\\n2", "new": "3\\n4"}', ["old:", "  1", "  2", "new:", "  3", "  4"]),
    ("a list", '[{"a": 1, "b": "x\\ny"}, "z"]', ["- a: 1", "  x", "  y", "- z"]),
    ("what is nested", '{"n": {"a": 1}, "k": 2}', ["k: 2", "n:", "  a: 1"]),
    ("long values last", json.dumps({"id": "i" * 41, "name": "n"}), [f"name: n · id: {'i' * 41}"]),
    (
        "hidden characters",
        readable('{"text": "so\u00adft\u200b\\nand \U000e0041"}'),
        ["so\\xadft\\u200b", "and \\U000e0041"],
    ),
    ("an escaped backslash", '{"path": "C:\\\\x41 is\\na path"}', ["C:\\x41 is", "a path"]),
    ("braces that are no JSON", "{not json}", ["{not json}"]),
    ("nothing in it", "{}", ["{}"]),
]


@pytest.mark.parametrize(("text", "lines"), [case[1:] for case in LAID_OUT], ids=[case[0] for case in LAID_OUT])
def test_a_result_is_laid_out_for_people(text: str, lines: list[str]) -> None:
    assert text_lines(text) == lines


def card(text: str, width: int = 60) -> str:
    tool_call = call("1", "email_read")
    return text_of([*started(), *requested(tool_call), over(tool_call, text), *finished()], width=width)


def test_the_first_lines_of_a_mail_are_in_its_card() -> None:
    shown = card(json.dumps(MAIL), width=100)
    assert "sender: Bob <bob@example.org> · subject: Ferry · unread: true" in shown
    assert "│ Hello," in shown
    assert "│ the ferry to Ven leaves at noon." in shown
    assert "3 bicycles" in shown
    assert "4 bicycles" not in shown
    assert "… 39 more lines · /result email_read shows all" in shown
    assert "untrusted" not in shown, "that is said to models"


def test_the_beginning_of_a_result_that_the_model_sees_in_part_is_read_too() -> None:
    text = readable(excerpt(json.dumps(MAIL | {"content": "The ferry is late.\n" * 900}), 500, "output-1"))
    assert text_lines(text)[1:3] == ["The ferry is late.", "The ferry is late."]
    assert text_lines(text)[-1].endswith("characters are not shown here]")
    assert text_lines("For people.\n" + text) == ["For people."]


def test_long_lines_go_on_in_the_next_row_of_the_card_whatever_its_width() -> None:
    text = "The ferry to Ven leaves from the northern quay. " * 12
    for width in (40, 80, 120):
        shown = card(json.dumps({"content": text}), width)
        rows = [row.strip("│ ") for row in shown.splitlines() if row.startswith("│")]
        assert text.startswith(" ".join(rows[:8]))
        assert len(rows[0]) > min(width, 100) - 20
        assert rows[8:] == (["… 1 more line · /result email_read", "shows all"] if width == 40 else [])


def test_rows_keep_their_indentation_and_what_is_not_whole_is_counted() -> None:
    assert first_rows(["  one two three", "", "four"], 9, 3) == (["  one two", "  three", "four"], 0)
    assert first_rows(["  one two three", "", "four"], 9, 2) == (["  one two", "  three"], 1)
    assert first_rows(["one two three", "four"], 3, 2) == (["one", "two"], 2)
    assert first_rows(["x" * 31, "four"], 10, 3) == (["x" * 10] * 3, 2), "one character more than fits"
    assert first_rows(["x" * 30], 10, 3) == (["x" * 10] * 3, 0)


def test_structured_text_cannot_send_control_sequences() -> None:
    hostile = "\x1b]0;title\x07\x1b[2J \x9b31m \u202egnp.exe"
    shown = card(json.dumps({hostile: {hostile: f"{hostile}\n{hostile}"}, "short": hostile}))
    assert not set(shown) & set("\x1b\x07\x9b\u202e")
    assert "\\u202e" in shown


def reading(name: str) -> Step:
    return Step(on="user", calls=(ScriptedCall(name="file_read", arguments={"uri": f"file:///{name}"}),))


@asynccontextmanager
async def reading_room(folder: Path) -> AsyncGenerator[Room]:
    """A chat that reads `old.txt` and then `new.txt`, whose model sees little of long results."""
    (folder / "workspace").mkdir()
    (folder / "workspace" / "old.txt").write_text("short and old")
    (folder / "workspace" / "new.txt").write_text("\n".join(f"new line {number} of many" for number in range(300)))
    reader = Closing([reading("old.txt"), reading("new.txt"), Step(text="Done.", times=None)], name="acme/reader")
    async with serving(Files, folder=folder) as server:
        spec = ServerSpec("deskhand", in_process=server.sdk, trusted=True)
        async with room(folder, reader, servers=[spec], host={"output_tokens": 300}) as here:
            yield here


@pytest.mark.anyio
async def test_the_whole_of_a_result_is_shown_on_request(tmp_path: Path) -> None:
    async with reading_room(tmp_path) as here:
        said = await here.types("read", "read")
        assert "new line 200" not in said
        assert "more lines" in said
        assert "new line 200 of many new line 201 of many" in await resumed(here, "/result")
        assert "new line 299 of many" in await resumed(here, "/result file_read")
        older = await resumed(here, "/result 2")
        assert "file_read · deskhand/file_read" in older
        assert "short and old" in older
        assert "new line" not in older


@pytest.mark.anyio
@pytest.mark.parametrize("typed", ["/result 3", "/result file_write"])
async def test_a_result_that_is_not_there_is_told(tmp_path: Path, typed: str) -> None:
    async with reading_room(tmp_path) as here:
        assert "There is no such result" in (await here.types("read", typed))


async def resumed(here: Room, typed: str) -> str:
    """What a command shows in the conversation that was written to last."""
    shown = await here.types("/resume latest", typed)
    return shown.rpartition("Done.")[2] or shown
