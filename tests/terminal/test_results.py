"""What a person reads of a tool's result: the first lines of its text in the card, and all of it with `/result`."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from tests.terminal.provider_room import Closing, Room, room
from tests.terminal.showing import call, finished, over, requested, started, text_of

from deskhand.host.results import excerpt, readable
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, Step
from deskhand.terminal.result_text import first_rows, text_lines
from deskhand.terminal.shown_calls import ShownCalls
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
    ("a text and what is structured beside it", 'It is 42.\n{"product": "42"}', ["It is 42.", "product: 42"]),
    ("lines of JSON", '{"a": 1}\n{"b": 2}', ['{"a": 1}', '{"b": 2}']),
    ("short values on one line", '{"a": 1, "b": "two"}', ["a: 1 · b: two"]),
    ("values that say little", '{"a": 0, "c": null, "d": [], "e": ""}', ['a: 0 · c: null · d: [] · e: ""']),
    ("a list of them", '[{}, {"a": false}, [], "", null]', ["- {}", "- a: false", "- []", '- ""', "- null"]),
    ("a mark for models", '{"a": 1, "untrusted": true}', ["a: 1 · untrusted: true"]),
    ("a long name", f'{{"{"n" * 90}": 1}}', [f"{'n' * 90}: 1"]),
    ("a name that occurs twice", '{"a": 1, "a": 2}', ['{"a": 1, "a": 2}']),
    ("what is nested deeply", "[" * 22 + "1" + "]" * 22, ["[" * 22 + "1" + "]" * 22]),
    ("what is nested very deeply", "[" * 900 + "1" + "]" * 900, ["[" * 900 + "1" + "]" * 900]),
    ("what is nested too deeply to be read", "[" * 5_000, ["[" * 5_000]),
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
    assert list(text_lines(text)) == lines


IN_A_CARD: list[tuple[str, str, list[str]]] = [
    ("a text that says what its twin does", 'It is 42.\n{"product": "42", "n": null}', ["It is 42."]),
    ("a text that says less", 'Two mails.\n{"from": ["ann", "bob"]}', ["Two mails.", "from:", "  - ann", "  - bob"]),
    ("a text beside a no", 'Tried.\n{"sent": false}', ["Tried.", "sent: false"]),
    ("a log that ends in JSON", 'one\n{"level":"error","msg":"END"}', ["one", "level: error · msg: END"]),
    ("values that say nothing beside others", '{"a": 1, "b": null, "c": [], "d": false, "e": ""}', ["a: 1"]),
    ("only a no", '{"sent": false}', ["sent: false"]),
    (
        "only values that say nothing",
        '{"ok": false, "error": null, "items": []}',
        ["ok: false · error: null · items: []"],
    ),
    ("a no and a yes", '[{"a": false}, {"a": true}]', ["- a: false", "- a: true"]),
    ("nothing but the mark", '{"untrusted": true}', ["untrusted: true"]),
]


@pytest.mark.parametrize(("text", "lines"), [case[1:] for case in IN_A_CARD], ids=[case[0] for case in IN_A_CARD])
def test_a_card_leaves_out_what_says_nothing_more(text: str, lines: list[str]) -> None:
    assert list(text_lines(text, brief=True)) == lines


def card(text: str, width: int = 60) -> str:
    tool_call = call("1", "email_read")
    return text_of(
        [*started(), *requested(tool_call), over(tool_call, text), *finished()], width=width, calls=ShownCalls()
    )


def test_the_first_lines_of_a_mail_are_in_its_card() -> None:
    shown = card(json.dumps(MAIL), width=100)
    assert "sender: Bob <bob@example.org> · subject: Ferry · unread: true" in shown
    assert "│ Hello," in shown
    assert "│ the ferry to Ven leaves at noon." in shown
    assert "3 bicycles" in shown
    assert "4 bicycles" not in shown
    assert "… 39 more lines · /result 1 shows all" in shown
    assert "─ done · 12 ms · /result 1 ─╯" in shown
    assert "untrusted" not in shown, "that is said to models"


def test_the_beginning_of_a_result_that_the_model_sees_in_part_is_read_too() -> None:
    text = readable(excerpt(json.dumps(MAIL | {"content": "The ferry is late.\n" * 900}), 500, "output-1"))
    lines = list(text_lines(text, brief=True))
    assert lines[1:3] == ["The ferry is late.", "The ferry is late."]
    assert lines[-2].endswith("characters are not shown here]")
    assert lines[-1].endswith('"untrusted": true}')
    assert list(text_lines("For people.\n" + text, brief=True)) == ["For people.", *lines]


def test_long_lines_go_on_in_the_next_row_of_the_card_whatever_its_width() -> None:
    text = "The ferry to Ven leaves from the northern quay. " * 12
    for width in (40, 80, 120):
        shown = card(json.dumps({"content": text}), width)
        rows = [row.strip("│ ") for row in shown.splitlines() if row.startswith("│")]
        assert text.startswith(" ".join(rows[:8]))
        assert len(rows[0]) > min(width, 100) - 20
        assert rows[8:] == (["… 1 more line · /result 1 shows all"] if width == 40 else [])


def test_rows_keep_their_indentation_and_what_is_not_whole_is_counted() -> None:
    assert first_rows(["  one two three", "", "four"], 9, 3) == (["  one two", "  three", "four"], 0)
    assert first_rows(["  one two three", "", "four"], 9, 2) == (["  one two", "  three"], 1)
    assert first_rows(["one two three", "four"], 3, 2) == (["one", "two"], 2)
    assert first_rows(["x" * 31, "four"], 10, 3) == (["x" * 10] * 3, 2), "one character more than fits"
    assert first_rows(["x" * 30], 10, 3) == (["x" * 10] * 3, 0)
    assert first_rows(["a" + " " * 2_000 + "b", "four"], 10, 3) == (["a"], 2), "the rest of a long line is not shown"
    assert first_rows(["船" * 11], 10, 3) == (["船" * 5, "船" * 5, "船"], 0), "a wide character takes two columns"


HOSTILE = "\x1b]0;title\x07\x1b[2J \x9b31m \u202egnp.exe"
DEEP = "[" * 900 + json.dumps(HOSTILE, ensure_ascii=False) + "]" * 900


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({HOSTILE: {HOSTILE: f"{HOSTILE}\n{HOSTILE}"}, "short": HOSTILE}),
        json.dumps([[[HOSTILE]]]),
        f"{HOSTILE}\n{json.dumps({HOSTILE: [HOSTILE]})}",
        DEEP[890:-890],
        DEEP,
        f"{HOSTILE}\n{DEEP}",
    ],
    ids=["names and values", "a list", "beside a text", "nested", "nested deeply", "nested deeply beside a text"],
)
def test_structured_text_cannot_send_control_sequences(text: str) -> None:
    shown = card(text)
    assert not set(shown + "".join(text_lines(text))) & set("\x1b\x07\x9b\u202e")
    assert "\\u202e" in "".join(text_lines(text))


def test_many_lines_are_not_laid_out_to_be_counted() -> None:
    assert "… over 1,992 more lines" in card(json.dumps(list(range(9_000))))


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
        older = await resumed(here, "/result 1")
        assert "file_read · deskhand/file_read" in older
        assert "short and old" in older
        assert "new line" not in older


@pytest.mark.anyio
@pytest.mark.parametrize("typed", ["/result 3", "/result file_write", f"/result {'9' * 5_000}"])
async def test_a_result_that_is_not_there_is_told(tmp_path: Path, typed: str) -> None:
    async with reading_room(tmp_path) as here:
        said = await here.types("read", typed)
    assert "There is no such result" in said
    assert "There are results of file_read." in said


@pytest.mark.anyio
async def test_before_any_call_there_is_no_result(tmp_path: Path) -> None:
    async with reading_room(tmp_path) as here:
        assert "no tool was called" in await here.types("/result")


@asynccontextmanager
async def asking_room(folder: Path, answer: str) -> AsyncGenerator[Room]:
    """A chat that asks a server of others, whose only tool gives this answer."""
    server = MCPServer("others")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def look() -> str:
        return answer

    asker = Closing([Step(on="user", calls=(ScriptedCall(name=look.__name__),)), Step(text="Done.", times=None)])
    async with room(folder, asker, servers=[ServerSpec("others", in_process=server, trusted=True)]) as here:
        yield here


@pytest.mark.anyio
async def test_of_a_very_long_result_the_beginning_is_shown_with_where_the_rest_is(tmp_path: Path) -> None:
    async with asking_room(tmp_path, "many words " * 30_000 + "THE END") as here:
        await here.types("look")
        shown = await resumed(here, "/result")
        assert "THE END" not in shown
        assert "The first 200,000 characters are shown; the others are not." in shown
        assert "export-all FILE` writes all" in shown
        assert shown.count("many words") == 200_000 // 11


@pytest.mark.anyio
async def test_a_result_that_is_nested_very_deeply_is_shown_as_it_came(tmp_path: Path) -> None:
    async with asking_room(tmp_path, DEEP) as here:
        assert "✓ look · others" in await here.types("look")
        shown = await resumed(here, "/result")
        assert shown.count("[[") == DEEP.count("[[")
        assert "\\u202egnp.exe" in shown


async def resumed(here: Room, typed: str) -> str:
    """What a command shows in the conversation that was written to last."""
    shown = await here.types("/resume latest", typed)
    return shown.rpartition("Done.")[2] or shown
