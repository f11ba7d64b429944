"""Every place of a conversation where a text from outside is drawn, by name."""

from collections.abc import Callable, Mapping

import mcp_types
from pydantic import JsonValue
from tests.web.stories import (
    NOON,
    PNG,
    answered,
    deltas,
    finished,
    over,
    progress,
    requested,
    running,
    scene_of,
    started,
)

from deskhand.context.message import Image, Text, ToolCall
from deskhand.host import events
from deskhand.host.attachments import as_data
from deskhand.host.events import RememberedText
from deskhand.host.wire_pairs import Recorded
from deskhand.web.draw import Draw
from deskhand.web.inspector_rows import Row
from deskhand.web.results import readable_answer

DRAW = Draw()
Place = Callable[[str], str]


def _turn(*happened: events.Event) -> str:
    return "".join(DRAW.piece(turn) for turn in scene_of([*started(), *happened]).turns)


def _card(*happened: events.Event, name: str = "tool", server: str = "server", title: str = "Title") -> str:
    call = ToolCall(id="1", name=name, arguments={})
    asked = events.ToolRequested(at=NOON, call=call, server=server, title=title)
    return _turn(asked, *happened)


def _arguments(arguments: dict[str, JsonValue] | None, raw: str = "") -> str:
    call = ToolCall(id="1", name="tool", arguments=arguments, raw=raw)
    return _turn(*requested(call))


_CALL = ToolCall(id="1", name="tool", arguments={})


def _content(*blocks: mcp_types.ContentBlock, structured: JsonValue = None) -> str:
    result = mcp_types.CallToolResult(content=[*blocks], structured_content=structured)
    return DRAW.fragment("pieces/result.html", result=readable_answer(result, "server", "tool"))


def _json(text: str) -> JsonValue:
    """The text as each kind of value and as names."""
    return {
        text: text,
        "uri": text,
        "list": [text, text],
        "rows": [{"a": text, text: 1}, {"a": 2}],
        "deep": {"er": [[{text: [text, {}]}]]},
    }


def _memory(text: str) -> str:
    one = RememberedText(id=text, text=text)
    named = RememberedText(id=text, text="")
    changed = events.MemoryChanged(
        at=NOON,
        call_id="1",
        server=text,
        change="updated",
        memories=(one, named),
        others=(one,),
        before=text,
        until=text,
    )
    return _turn(changed)


def _frame(text: str) -> str:
    frame = events.Frame(
        at=NOON,
        server=text,
        transport=text,
        direction="sent",
        kind="request",
        method=text,
        rpc_id=text,
        size=1,
        message={text: text},
    )
    line = DRAW.fragment("inspector/row.html", row=Row(Recorded(7, frame), "+0:01.000"), query="", exchange=None)
    return f"<table><tbody>{line}</tbody></table>"


def _meter(text: str) -> str:
    measured = events.ContextMeasured(
        window=10, system=1, memory=1, tools={text: 1}, digest=1, recalled=1, history=1, reserved=1, free=1
    )
    meter = scene_of([measured]).meter
    assert meter is not None
    return DRAW.piece(meter)


def _compacted(text: str) -> str:
    return _turn(
        events.ContextCompacted(
            receipt=1,
            trigger="asked",
            budget=1,
            tokens_before=1,
            tokens_after=1,
            shortened=1,
            digested=1,
            moved_out=1,
            note=text,
        )
    )


def _approval(text: str) -> str:
    given = events.ApprovalGiven(call_id="1", decision="deny", by="person", reason=text)
    return _card(given, over(_CALL, text, outcome="denied"))


def _attached_picture(text: str) -> str:
    """One that is none of its kind, one that is no picture, and one of which there are only words."""
    pictures = Image(data=PNG, mime_type=text), Image(data=text, mime_type=text)
    return DRAW.piece(scene_of(started(), *pictures, Text(text=f"[a picture, {text}, not shown]")).turns[0])


def _link(text: str) -> str:
    link = mcp_types.ResourceLink(uri=text, name=text, title=text, mime_type=text)
    return _content(link)


def _embedded(text: str) -> str:
    inner = mcp_types.TextResourceContents(uri=text, mime_type=text, text=text)
    blob = mcp_types.BlobResourceContents(uri=text, mime_type="image/" + text, blob=text)
    return _content(*(mcp_types.EmbeddedResource(resource=each) for each in (inner, blob)))


PLACES: Mapping[str, Place] = {
    "said": lambda text: "".join(DRAW.piece(turn) for turn in scene_of([*started(text), finished()]).turns),
    "attached": lambda text: DRAW.piece(scene_of(started(attached=[as_data(f"s file:{text}", text)])).turns[0]),
    "attached-picture": _attached_picture,
    "answer": lambda text: _turn(*answered(text), finished()),
    "answer-growing": lambda text: _turn(*deltas(text)),
    "answer-in-a-list": lambda text: _turn(*answered("- a\n- [ ] " + text)),
    "answer-in-a-fence": lambda text: _turn(*answered(f"```html\n{text}\n```")),
    "answer-after-a-fence": lambda text: _turn(*answered(f"```{text}\nx\n```")),
    "answer-in-a-link": lambda text: _turn(*answered(f"[x](https://example.org/{text}) [x]({text}) ![x]({text})")),
    "answer-as-a-title": lambda text: _turn(*answered(f'[x](https://example.org "{text}") <{text}>')),
    "discarded": lambda text: _turn(*deltas(text), events.PartialDiscarded(reason=text)),
    "reasoning": lambda text: _turn(events.ReasoningDelta(text=text)),
    "model": lambda text: _turn(events.ModelStarted(step=1, model=text)),
    "tool-name": lambda text: _card(name=text),
    "server-name": lambda text: _card(server=text),
    "title": lambda text: _card(title=text),
    "arguments": lambda text: _arguments({text: text, "nested": _json(text)}),
    "arguments-raw": lambda text: _arguments(None, text),
    "progress": lambda text: _card(running(_CALL), progress(_CALL, 1, 2, text)),
    "approval": _approval,
    "result": lambda text: _card(over(_CALL, text, text, handle=text)),
    "result-error": lambda text: _card(over(_CALL, text, outcome="error")),
    "result-of-a-server": lambda text: _card(over(_CALL, f"[resource x:{text} ({text})]"), server=text),
    "result-mime": lambda text: _card(over(_CALL, Image(data=PNG, mime_type=text), Image(data=text, mime_type=text))),
    "answer-text": lambda text: _content(mcp_types.TextContent(text=text)),
    "answer-structured": lambda text: _content(structured=_json(text)),
    "answer-link": _link,
    "answer-embedded": _embedded,
    "answer-sound": lambda text: _content(mcp_types.AudioContent(data="", mime_type=text)),
    "notice": lambda text: _turn(events.Notice(level="error", text=text)),
    "failed": lambda text: _turn(finished(outcome="failed", error=text)),
    "retrying": lambda text: _turn(events.Retrying(reason=text, delay=1, attempt=1)),
    "connection": lambda text: _turn(events.ConnectionChanged(server=text, state="failed", detail=text)),
    "definition": lambda text: _turn(
        events.DefinitionChanged(server=text, tool=text, diff=f"-{text}\n+{text}\n{text}")
    ),
    "question": lambda text: _turn(events.ElicitationAsked(server=text, message=text, fields=None, url=text)),
    "answered-question": lambda text: _turn(events.ElicitationAnswered(server=text, action="accept")),
    "memory": _memory,
    "pinned": lambda text: _turn(events.MessagePinned(message=text, text=text)),
    "compacted": _compacted,
    "meter": _meter,
    "frame": _frame,
}
"""Draws a fragment with the text in it."""
