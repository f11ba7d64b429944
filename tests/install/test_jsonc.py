"""Edits of JSON with comments: what the person wrote stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from deskhand.host import jsonc

ENTRY: dict[str, JsonValue] = {"command": "deskhand", "args": ["serve"]}

names = st.text(min_size=1, max_size=5)
values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8), lambda inner: st.dictionaries(names, inner), max_leaves=12
)
sections = st.dictionaries(names, values, max_size=4)
documents = st.dictionaries(names, values, max_size=3)
gaps = st.sampled_from(["", " ", "\n", "\t", "\r\n", " // a, } note\n", '/* { " , */', "\n/* a\n b */\n"])


@st.composite
def written(draw: st.DrawFn, value: JsonValue) -> str:
    """The value as somebody may have written it: odd white space, comments, trailing commas."""
    if not isinstance(value, dict):
        return json.dumps(value)
    members = [
        f"{draw(gaps)}{json.dumps(name)}{draw(gaps)}:{draw(gaps)}{draw(written(item))}{draw(gaps)}"
        for name, item in value.items()
    ]
    trailing = "," + draw(gaps) if members and draw(st.booleans()) else draw(gaps)
    return "{" + ",".join(members) + trailing + "}"


@given(st.data(), documents, sections, names)
def test_setting_a_member_changes_that_member_only(
    data: st.DataObject, document: dict[str, JsonValue], section: dict[str, JsonValue], name: str
) -> None:
    document = {**document, "servers": section}
    text = data.draw(written(document))
    changed = jsonc.set_member(text, "servers", name, ENTRY)
    assert jsonc.parse(changed) == {**document, "servers": {**section, name: ENTRY}}


@given(st.data(), documents, sections, names)
def test_removing_a_member_removes_that_member_only(
    data: st.DataObject, document: dict[str, JsonValue], section: dict[str, JsonValue], name: str
) -> None:
    text = data.draw(written({**document, "servers": {**section, name: ENTRY}}))
    changed = jsonc.remove_member(text, "servers", name)
    left = {key: item for key, item in section.items() if key != name}
    assert jsonc.parse(changed) == {**document, "servers": left}


@given(documents, sections)
def test_what_was_added_to_a_tidy_file_is_removed_without_a_trace(
    document: dict[str, JsonValue], section: dict[str, JsonValue]
) -> None:
    section.pop("deskhand", None)
    text = json.dumps({**document, "servers": {"first": None, **section}}, indent=4) + "\n"
    added = jsonc.set_member(text, "servers", "deskhand", ENTRY)
    assert jsonc.remove_member(added, "servers", "deskhand") == text


def test_comments_and_layout_survive() -> None:
    text = '{\n\t// mine\n\t"servers": {\n\t\t"a": {"url": "http://h//x"}, // about a\n\t},\n\t"inputs": [],\n}\n'
    assert jsonc.set_member(text, "servers", "b", {"command": "c"}) == (
        '{\n\t// mine\n\t"servers": {\n\t\t"a": {"url": "http://h//x"}, // about a\n'
        '\t\t"b": {\n\t\t\t"command": "c"\n\t\t}\n\t},\n\t"inputs": [],\n}\n'
    )


def test_an_empty_file_becomes_a_tidy_one() -> None:
    changed = jsonc.set_member("", "servers", "a", 1)
    assert changed == '{\n  "servers": {\n    "a": 1\n  }\n}\n'


def test_a_file_of_comments_keeps_them() -> None:
    assert jsonc.set_member("// nothing yet\n", "servers", "a", 1).startswith("// nothing yet\n{\n")


def test_line_ends_of_windows_stay() -> None:
    changed = jsonc.set_member('{\r\n  "servers": {}\r\n}\r\n', "servers", "a", {"b": 1})
    assert changed.replace("\r\n", "").isprintable()
    assert changed.count("\r\n") == 7


def test_a_byte_order_mark_stays() -> None:
    changed = jsonc.set_member('\ufeff{"servers": {}}', "servers", "a", 1)
    assert changed.startswith("\ufeff{")
    assert jsonc.parse(changed) == {"servers": {"a": 1}}


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert jsonc.remove_member('{"servers": {"b": 1}}', "servers", "a") == '{"servers": {"b": 1}}'
    assert jsonc.remove_member("", "servers", "a") == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"servers": [}', "Expecting value"),
        ("[]", "no object"),
        ('{"servers": 1}', "not an object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 1} /* open', "Extra data"),
    ],
)
def test_a_file_that_cannot_be_edited_safely_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        jsonc.set_member(text, "servers", "a", 1)
