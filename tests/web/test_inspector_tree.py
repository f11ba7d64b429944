"""JSON as a tree: all of it there, escaped, coloured by class, bounded where it is large or deep."""

import html
import re

import pytest
from pydantic import JsonValue

from deskhand.web.inspector_tree import DEEPEST, LONGEST_TEXT, MOST_CHARACTERS, MOST_LINES, lines_in, tree


def nested(value: JsonValue) -> JsonValue:
    """The value in many lists."""
    for _ in range(150):
        value = [value]
    return value


def test_each_kind_of_value_has_its_class() -> None:
    shown = str(tree({"a": "x", "b": 1.5, "c": True, "d": None, "e": [], "f": {}}))
    for part in (
        '<span class="nt">&#34;a&#34;</span>: <span class="s2">&#34;x&#34;</span>',
        '<span class="mi">1.5</span>',
        '<span class="kc">true</span>',
        '<span class="kc">null</span>',
        '<span class="p">[]</span>',
        '<span class="p">{}</span>',
    ):
        assert part in shown


HOSTILE: dict[str, JsonValue] = {
    "an element as a key": {"<img src=x onerror=alert(1)>": 1},
    "an element as a value": ["</ul><script>alert(1)</script>"],
    "an element far down": [[[[{"x": '"><svg onload=alert(1)>'}]]]],
    "a value alone": "<b>",
    "what looks like a format": {"{0.__class__}": "{} %s {name}"},
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_a_message_holds_stays_text(value: JsonValue) -> None:
    shown = str(tree(value))
    allowed = re.compile(r'</?(?:li|ul|details|summary)(?: open)?>|<span class="[a-z0-9 ]+">|</span>')
    assert "<" not in allowed.sub("", shown)


def test_braces_of_a_message_are_shown_as_they_are() -> None:
    assert '"{} %s {0.__class__}"' in html.unescape(str(tree("{} %s {0.__class__}")))


def test_a_large_value_is_folded_and_a_small_one_is_open() -> None:
    shown = str(tree({"meta": {"large": list(range(100)), "small": [1, 2]}}))
    assert shown.count("<details open>") == 3
    assert shown.count("<details>") == 1
    assert "100 items" in shown


def test_a_huge_value_is_cut_and_says_how_much_is_left_out() -> None:
    shown = str(tree({"rows": [{"a": number} for number in range(100_000)]}))
    assert shown.count("<li") < MOST_LINES + 5
    drawn = shown.count("<li><details") - 2
    assert f"… {100_000 - drawn:,} more" in shown


LARGE: dict[str, JsonValue] = {
    "a text": "x" * 10_000_000,
    "many texts": [*(["x" * 9_000] * 500)],
    "a key": {"x" * 10_000_000: 1},
    "far down": nested("x" * 10_000_000),
}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_what_is_long_is_drawn_in_part(value: JsonValue) -> None:
    assert len(tree(value)) < 2 * MOST_CHARACTERS


def test_a_long_text_says_how_much_is_left_out() -> None:
    shown = str(tree("x" * 10_000_000))
    assert f"… {10_000_002 - LONGEST_TEXT:,} more characters" in shown


def test_a_value_nested_without_end_is_a_line_of_text_below_the_deepest_level() -> None:
    shown = str(tree(nested("bottom")))
    assert shown.count("<details") == DEEPEST
    assert "bottom" in shown


def test_lines_are_counted_only_as_far_as_needed() -> None:
    assert lines_in({"a": [1, 2], "b": {}}, 100) == 5
    assert lines_in(list(range(10_000)), 40) == 40
