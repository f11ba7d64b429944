import pytest

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, user
from deskhand.context.shorten import calls_of, gist, is_short, original_id, shortened, text_of

LONG = "Minutes of 3 May\n" + "Nobody said anything of note.\n" * 30
CALL = ToolCall(id="c1", name="read_file", arguments={"path": "minutes.txt"})
ASKED = {"c1": CALL}
PICTURE = Image(data="aGk=", mime_type="image/png")


def result(*parts: Text | Image, call_id: str = "c1", name: str = "read_file") -> ToolResult:
    return ToolResult(call_id=call_id, name=name, content=parts)


def tool(*results: ToolResult) -> Message:
    return Message(role="tool", content=results, id="m7")


def where(message: Message, block: ToolResult) -> str:
    return f"conversation://x/{message.id}#{block.call_id}"


def texts(message: Message) -> list[str]:
    return [text_of(block) for block in message.content if isinstance(block, ToolResult)]


def test_a_shortened_result_says_what_was_called_how_it_begins_and_where_the_whole_is() -> None:
    short = shortened(tool(result(Text(text=LONG))), ASKED, where)
    assert texts(short) == [
        'read_file({"path": "minutes.txt"}): Minutes of 3 May\n[Shortened. The whole: conversation://x/m7#c1]'
    ]


def test_a_shortened_message_is_another_message_that_knows_its_original() -> None:
    original = tool(result(Text(text=LONG)))
    short = shortened(original, ASKED, where)
    assert (is_short(short), is_short(original)) == (True, False)
    assert original_id(short) == original_id(original) == original.id
    assert shortened(short, ASKED, where) is short


def test_a_result_that_would_not_get_shorter_stays_as_it_is() -> None:
    message = tool(result(Text(text="Done.")))
    assert shortened(message, ASKED, where) is message


def test_of_several_results_only_the_long_ones_are_shortened() -> None:
    calls = {"c1": CALL, "c2": CALL.model_copy(update={"id": "c2"})}
    short = shortened(tool(result(Text(text="Done.")), result(Text(text=LONG), call_id="c2")), calls, where)
    assert texts(short)[0] == "Done."
    assert texts(short)[1].endswith("#c2]")


def test_a_picture_makes_way_for_a_note() -> None:
    short = shortened(tool(result(PICTURE)), ASKED, where)
    assert texts(short) == [
        'read_file({"path": "minutes.txt"}): [a picture]\n[Shortened. The whole: conversation://x/m7#c1]'
    ]


def test_only_tool_messages_are_shortened() -> None:
    message = user(LONG)
    assert shortened(message, ASKED, where) is message


@pytest.mark.parametrize(
    ("block", "call", "expected"),
    [
        (result(), CALL, 'read_file({"path": "minutes.txt"}): (empty)'),
        (result(Text(text="\n\n  Hello  \nBye")), CALL, 'read_file({"path": "minutes.txt"}): Hello'),
        (result(Text(text="Hello")), None, "read_file(…): Hello"),
        (result(Text(text="Hello"), name=""), CALL, 'read_file({"path": "minutes.txt"}): Hello'),
        (result(Text(text="Hello"), name=""), None, "tool(…): Hello"),
        (result(Text(text="Hi")), CALL.model_copy(update={"arguments": None, "raw": "{path"}), "read_file({path): Hi"),
    ],
)
def test_the_gist_of_a_result(block: ToolResult, call: ToolCall | None, expected: str) -> None:
    assert gist(block, call) == expected


def test_long_arguments_and_long_first_lines_are_cut() -> None:
    call = ToolCall(id="c1", name="read_file", arguments={"path": "x" * 500})
    text = gist(result(Text(text="y" * 500)), call)
    assert len(text) == len("read_file(): ") + 160 + 240
    assert text.count("…") == 2


def test_calls_are_found_by_their_ids() -> None:
    message = Message(role="assistant", content=(Text(text="Let me look"), CALL))
    assert calls_of([user("Hello"), message]) == ASKED
