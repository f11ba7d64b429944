"""What tools answer, as a person reads it."""

import json

import mcp_types
import pytest
from pydantic import JsonValue
from tests.web.stories import PNG, call, result

from deskhand.context.message import Image
from deskhand.web.draw import Draw
from deskhand.web.results import LARGEST_PICTURE, Data, Link, Part, Picture, Remark, readable, readable_answer
from deskhand.web.values import (
    FOLDED_LINES,
    LONGEST_TEXT,
    MOST_NODES,
    MOST_ROWS,
    SHOWN_ROWS,
    Facts,
    Items,
    Leaf,
    Node,
    Passage,
    Table,
    passage,
    tree,
)

DRAW = Draw()


def parts(*content: str | Image) -> tuple[Part, ...]:
    """The parts of a result of the server `deskhand`."""
    return readable(result(call(), *content), "deskhand").parts


def answer(*blocks: mcp_types.ContentBlock, structured: JsonValue = None) -> tuple[Part, ...]:
    """The parts of an answer that no model asked for."""
    sent = mcp_types.CallToolResult(content=[*blocks], structured_content=structured)
    return readable_answer(sent, "deskhand", "tool").parts


def test_text_is_shown_as_it_is() -> None:
    (part,) = parts("# not a heading\n  indented")
    assert isinstance(part, Passage)
    assert (part.head, part.rest, part.cut) == ("# not a heading\n  indented", "", 0)


def test_long_text_is_folded_and_says_how_long_it_is() -> None:
    text = passage("\n".join(map(str, range(100))))
    assert text.head.split("\n") == [str(number) for number in range(FOLDED_LINES)]
    assert (text.rest[:2], text.lines, text.size) == (str(FOLDED_LINES), 100, 289)


def test_text_without_an_end_is_cut_and_counted() -> None:
    text = passage("ä" * (LONGEST_TEXT + 5))
    assert (len(text.head), text.cut, text.size) == (LONGEST_TEXT, 5, 2 * (LONGEST_TEXT + 5))


def test_structured_content_is_shown_in_place_of_its_text() -> None:
    (part,) = parts('{"place": "Berlin"}')
    assert part == Data(Facts((("place", Leaf("Berlin")),), 0))


def test_structured_content_after_a_text_for_people_is_folded() -> None:
    text, data = parts('Sunny.\n{"sky": "clear"}')
    assert isinstance(text, Passage)
    assert text.head == "Sunny."
    assert isinstance(data, Data)
    assert data.folded


@pytest.mark.parametrize(
    "text", ["{not json}", "[a]\n[b]", "42", '"text"', "{" * 5_000 + "}" * 5_000, "[" * 9_000 + "]" * 9_000]
)
def test_what_is_no_structure_stays_text(text: str) -> None:
    assert all(isinstance(part, Passage) for part in parts(text))


def test_what_others_wrote_is_marked() -> None:
    shown = readable(result(call(), '{"untrusted": true, "title": "x"}'), "deskhand")
    assert shown.untrusted
    assert shown.parts == (Data(Facts((("title", Leaf("x")),), 0)),)
    assert not readable(result(call(), '{"untrusted": "yes"}'), "deskhand").untrusted


def test_a_list_of_flat_objects_is_a_table() -> None:
    table = tree([{"day": "Mon", "high": 21.5, "wet": False}, {"day": "Tue", "tags": ["a", "b"], "note": None}])
    assert table == Table(
        ("day", "high", "wet", "tags", "note"),
        (
            (Leaf("Mon"), Leaf("21.5", "number"), Leaf("no", "truth"), Leaf(""), Leaf("")),
            (Leaf("Tue"), Leaf(""), Leaf(""), Leaf("a, b"), Leaf("none", "nothing")),
        ),
        (),
        0,
    )


def test_a_long_table_is_folded_and_bounded() -> None:
    table = tree([{"n": number} for number in range(1_000)])
    assert isinstance(table, Table)
    assert (len(table.shown), len(table.folded), table.more) == (SHOWN_ROWS, MOST_ROWS - SHOWN_ROWS, 1_000 - MOST_ROWS)


def test_other_lists_and_objects_are_a_tree() -> None:
    value: JsonValue = {"steps": [{"parts": [{"a": [1]}, 2]}, 3], "empty": [], "words": ["a", "b"]}
    steps = Items(
        (Facts((("parts", Items((Facts((("a", Leaf("1")),), 0), Leaf("2", "number")), 0)),), 0), Leaf("3", "number")), 0
    )
    assert tree(value) == Facts((("steps", steps), ("empty", Leaf("none", "nothing")), ("words", Leaf("a, b"))), 0)


def test_a_long_value_is_a_text_of_its_own() -> None:
    mail = tree({"text": "Dear Ann,\n\nsee you."})
    assert isinstance(mail, Facts)
    assert isinstance(mail.items[0][1], Passage)


def test_a_cell_that_is_too_long_says_so() -> None:
    table = tree([{"text": "a" * 1_000}])
    assert isinstance(table, Table)
    assert table.shown[0][0].text.endswith("a… (1,000 characters)")


def counted(node: Node) -> int:
    """How many values there are."""
    match node:
        case Facts():
            return 1 + sum(counted(inner) for _, inner in node.items)
        case Items():
            return 1 + sum(map(counted, node.items))
        case Table():
            return (len(node.shown) + len(node.folded)) * len(node.columns)
        case _:
            return 1


def test_no_value_makes_a_page_too_large() -> None:
    wide: JsonValue = {f"k{number}": [{"a": [{}], "b": number}] for number in range(5_000)}
    assert counted(tree(wide)) <= MOST_NODES + 1
    assert isinstance(tree(wide), Facts)
    deep: JsonValue = {}
    for _ in range(100):
        deep = {"deeper": deep, "too": [[deep]]} if len(json.dumps(deep)) < 10_000 else {"deeper": deep}
    assert len(DRAW.fragment("pieces/result.html", result=readable_answer_of(deep))) < 100_000


def readable_answer_of(value: JsonValue) -> object:
    """A result with this structure."""
    return readable_answer(mcp_types.CallToolResult(content=[], structured_content=value), "deskhand", "tool")


def test_addresses_lead_where_it_is_safe() -> None:
    (data,) = answer(
        structured={"uri": "file:///a b.txt", "url": "https://b.example/c", "other": "javascript:x", "x": "file:///y"}
    )
    assert isinstance(data, Data)
    assert isinstance(data.node, Facts)
    assert [(name, leaf.href) for name, leaf in data.node.items if isinstance(leaf, Leaf)] == [
        ("uri", "/console/deskhand/resource?uri=file%3A%2F%2F%2Fa%20b.txt"),
        ("url", "https://b.example/c"),
        ("other", ""),
        ("x", ""),
    ]


def test_a_resource_is_a_link_into_the_console() -> None:
    before, link, after = parts("Saved.\n[resource file:///a.csv (report, text/csv, 12 bytes)]\nBye.")
    address = "/console/deskhand/resource?uri=file%3A%2F%2F%2Fa.csv"
    assert link == Link("file:///a.csv", "file:///a.csv", "report, text/csv, 12 bytes", address)
    assert isinstance(before, Passage)
    assert isinstance(after, Passage)
    sent = mcp_types.ResourceLink(uri="file:///a.csv", name="a", title="Report", mime_type="text/csv", size=1_200)
    assert answer(sent) == (Link("Report", "file:///a.csv", "text/csv, 1,200 bytes", address),)


def test_an_embedded_resource_is_shown_under_its_address() -> None:
    text = mcp_types.TextResourceContents(uri="file:///a.json", mime_type="application/json", text='{"a": 1}')
    link, data = answer(mcp_types.EmbeddedResource(resource=text))
    assert isinstance(link, Link)
    assert data == Data(Facts((("a", Leaf("1", "number")),), 0))
    blob = mcp_types.BlobResourceContents(uri="file:///a.bin", blob="AAAA")
    _, remark = answer(mcp_types.EmbeddedResource(resource=blob))
    assert remark == Remark("Binary data, 3 bytes, not shown here.")
    drawn = mcp_types.BlobResourceContents(uri="file:///a.png", mime_type="image/png", blob=PNG)
    assert isinstance(answer(mcp_types.EmbeddedResource(resource=drawn))[1], Picture)


def test_a_picture_is_drawn_by_what_its_bytes_say() -> None:
    (picture,) = parts(Image(data=PNG, mime_type="text/html"))
    assert picture == Picture(f"data:image/png;base64,{PNG}", "Picture from multiply (PNG, 70 bytes)")


@pytest.mark.parametrize(
    ("data", "kind"),
    [("PHN2Zz4=", "image/svg+xml"), ("not base64", "image/png"), ("", "image/png"), (PNG[:-4] + '">', "image/png")],
)
def test_what_is_no_picture_is_told_in_words(data: str, kind: str) -> None:
    (part,) = parts(Image(data=data, mime_type=kind))
    assert isinstance(part, Remark)
    assert "cannot be shown" in part.text


def test_a_large_picture_is_not_put_into_the_page() -> None:
    (part,) = parts(Image(data=PNG[:-4] + "A" * LARGEST_PICTURE, mime_type="image/png"))
    assert part == Remark("A picture (PNG, 1,500,069 bytes), which is too large to show here.")


def test_a_sound_is_named() -> None:
    assert answer(mcp_types.AudioContent(data="", mime_type="audio/wav")) == (
        Remark("A sound (audio/wav), which is not played here."),
    )


def test_text_that_repeats_the_structure_is_left_out() -> None:
    text = mcp_types.TextContent(text='{"a": 1}')
    assert answer(text, structured={"a": 1}) == (Data(Facts((("a", Leaf("1", "number")),), 0)),)
    said, data = answer(mcp_types.TextContent(text="One."), structured={"a": 1})
    assert isinstance(said, Passage)
    assert isinstance(data, Data)
    assert data.folded
