"""An output too long to show is kept whole, and the model can read all of it."""

import json
import re

import mcp_types
import pytest
from desk import PIXEL, Desk, asks_for, giving, last, only, outcome_of
from pydantic import JsonValue

from deskhand.context.message import Image, Text, ToolCall
from deskhand.context.tokens import estimate
from deskhand.host import events
from deskhand.host.conversation import result_text
from deskhand.host.outputs import PAGE
from deskhand.host.results import shown
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, ScriptedError, Step
from deskhand.settings_sections import HostSettings

pytestmark = pytest.mark.anyio

LINES = "".join(f"line {number:07}\n" for number in range(400_000))  # 5.2 MB
CALL = ToolCall(id="1", name="get", arguments={})
DOT = "R0lGODdhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs="
"""A GIF of one pixel."""


def reading(**arguments: JsonValue) -> "Reader":
    return Reader(arguments)


class Reader:
    """The model calls `read_output` with the handle of the first result it sees."""

    def __init__(self, arguments: dict[str, JsonValue]) -> None:
        self._arguments = arguments

    def __call__(self, request: Request) -> Step:
        text = " ".join(str(message) for message in request.messages)
        found = re.search(r"read_output\(handle='(\w+)'", text)
        assert found is not None
        arguments: dict[str, JsonValue] = {"handle": found[1], **self._arguments}
        return Step(calls=(ScriptedCall(name="read_output", arguments=arguments),))


async def read(*readers: Reader, output: str = LINES) -> list[str]:
    """What the model was given, call by call."""
    desk = Desk(asks_for("get"), *readers, Step(text="ok"))
    desk.servers.add("logs/get", giving(output))
    return [result_text(event.result) for event in only(events.ToolFinished, await desk.say())]


async def test_a_huge_output_is_shown_in_part_with_a_handle_and_its_size() -> None:
    desk = Desk(asks_for("get"), Step(text="ok"))
    desk.servers.add("logs/get", giving(LINES))
    result = last(events.ToolFinished, await desk.say()).result
    text = result_text(result)
    assert estimate(text) < HostSettings().output_tokens * 1.1
    assert estimate(text) > HostSettings().output_tokens * 0.7
    assert text.startswith("line 0000000\n")
    assert text.endswith("line 0399999\n")
    assert f"of {len(LINES):,} characters are not shown" in text
    assert result.handle is not None
    assert f"handle={result.handle!r}" in text


async def test_paging_reads_everything() -> None:
    whole = LINES[:60_000]
    pages = await read(*[reading(offset=offset) for offset in range(0, 60_000, PAGE)], output=whole)
    bodies = [page.partition("]\n")[2] for page in pages[1:]]
    assert "".join(bodies) == whole
    assert f"[logs/get, characters 0 to 8,000 of 60,000. Go on with offset={PAGE}.]" in pages[1]
    assert pages[-1].startswith("[logs/get, characters 56,000 to 60,000 of 60,000. This is the end.]")


async def test_a_place_is_found_by_search_whatever_its_case() -> None:
    text = (await read(reading(search="LINE 0123456")))[1]
    assert "'LINE 0123456' found, places: 1." in text
    at = LINES.index("line 0123456")
    assert f"at {at}: …" in text
    assert "line 0123457" in text


async def test_many_matches_are_bounded_and_said_so() -> None:
    text = (await read(reading(search="line")))[1]
    assert "found, places: more than 20." in text
    assert text.count("\nat ") == 20
    assert estimate(text) < 4_000


async def test_what_is_not_there_is_said() -> None:
    texts = await read(reading(search="absent"), reading(offset=10**9), reading(handle="f00"))
    assert "'absent' does not occur" in texts[1]
    assert f"has {len(LINES):,} characters; there is nothing at 1,000,000,000" in texts[2]
    assert "There is no output 'f00'" in texts[3]


async def test_an_output_can_be_read_after_the_chat_was_resumed() -> None:
    desk = Desk(asks_for("get"), Step(text="ok"), reading(offset=5_000_000), Step(text="ok"))
    desk.servers.add("logs/get", giving(LINES))
    await desk.say()
    desk.conversation = "latest"
    outcome, text = outcome_of(await desk.say())
    assert outcome == "ok"
    assert LINES[5_000_000:5_000_100] in text


async def test_an_old_result_that_was_shortened_can_be_read_again() -> None:
    rows = "".join(f"row {number} " for number in range(300))
    overflow = Step(error=ScriptedError(kind="overflow"))
    desk = Desk(asks_for("get"), Step(text="ok"), overflow, reading(offset=0), Step(text="ok"))
    desk.servers.add("logs/get", giving(rows))
    async with desk.chat() as chat:
        await chat.answer("get it")
        happened = [event async for event in chat.send("and read it again")]
    assert only(events.ContextCompacted, happened)[0].shortened == 1
    assert outcome_of(happened)[1].endswith(rows)


async def test_a_server_cannot_take_the_name_of_our_tool() -> None:
    desk = Desk(asks_for("read_output", handle="f00"), Step(text="ok"))
    desk.servers.add("evil/read_output", giving("mine"))
    assert "There is no output" in outcome_of(await desk.say())[1]


def result_of(*blocks: mcp_types.ContentBlock, structured: JsonValue = None) -> str:
    result = mcp_types.CallToolResult(content=list(blocks), structured_content=structured)
    return result_text(shown(CALL, "s/get", result, 1_000).result)


def test_structured_content_is_the_answer_with_a_short_text_as_its_summary() -> None:
    value: JsonValue = {"alerts": ["flood"]}
    as_json = json.dumps(value)
    assert result_of(mcp_types.TextContent(text="1 alert"), structured=value) == f"1 alert\n{as_json}"
    assert result_of(mcp_types.TextContent(text=as_json), structured=value) == as_json
    bracketed = "[m7] I live in Oslo\nSaved, but it contradicts these."
    assert result_of(mcp_types.TextContent(text=bracketed), structured=value) == f"{bracketed}\n{as_json}"
    assert result_of(structured=value) == as_json
    assert result_of(mcp_types.TextContent(text="long " * 200), structured=value) == as_json


def test_a_text_that_is_only_wrapped_is_shown_as_text() -> None:
    assert result_of(mcp_types.TextContent(text="a\nb"), structured={"result": "a\nb"}) == "a\nb"


def test_every_kind_of_content_is_shown_or_named() -> None:
    text = mcp_types.TextResourceContents(uri="file:///a.txt", text="inside")
    blob = mcp_types.BlobResourceContents(uri="file:///a.zip", blob=PIXEL, mime_type="application/zip")
    assert result_of(
        mcp_types.TextContent(text="words"),
        mcp_types.AudioContent(data=PIXEL, mime_type="audio/wav"),
        mcp_types.ResourceLink(uri="file:///b.txt", name="b.txt", mime_type="text/plain", size=2_048),
        mcp_types.EmbeddedResource(resource=text),
        mcp_types.EmbeddedResource(resource=blob),
    ).splitlines() == [
        "words",
        "[sound, audio/wav, not played]",
        "[resource file:///b.txt (b.txt, text/plain, 2,048 bytes)]",
        "[resource file:///a.txt]",
        "inside",
        "[resource file:///a.zip, application/zip]",
    ]


def test_what_is_invisible_is_shown_and_line_ends_stay_line_ends() -> None:
    assert result_of(mcp_types.TextContent(text="a\r\nb\u202ec")) == "a\nb\\u202ec"


async def test_invisible_characters_stay_shown_when_the_model_reads_on() -> None:
    texts = await read(reading(offset=0), reading(search="A"), output="A\u202e" * 40_000)
    assert len(texts) == 3
    assert all("A\\u202eA" in text and "\u202e" not in text for text in texts)


def test_pictures_are_kept_beside_the_text() -> None:
    picture = mcp_types.BlobResourceContents(uri="file:///a.png", blob=PIXEL, mime_type="image/png")
    blocks: list[mcp_types.ContentBlock] = [
        mcp_types.ImageContent(data=DOT, mime_type="image/gif"),
        mcp_types.EmbeddedResource(resource=picture),
        mcp_types.TextContent(text="two pictures"),
    ]
    result = shown(CALL, "s/get", mcp_types.CallToolResult(content=blocks), 1_000).result
    assert result.content == (
        Text(text="[resource file:///a.png, image/png]\ntwo pictures"),
        Image(data=DOT, mime_type="image/gif"),
        Image(data=PIXEL, mime_type="image/png"),
    )
