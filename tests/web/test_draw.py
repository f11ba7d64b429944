"""What holds for every template: text is escaped, what is hidden is shown, and no name is forgotten."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from tests.web.stories import NOON

from deskhand.web.draw import Draw
from deskhand.web.filters import FILTERS, diff_lines, figure, iso, number, plural, seconds, size

DRAW = Draw()
TEMPLATES = Path(__file__).parents[2] / "src/deskhand/web/templates"


def drawn(message: object) -> str:
    """The text in a template that is as simple as can be."""
    return DRAW.fragment("toast.html", message=message, status=400)


def test_text_is_escaped() -> None:
    assert "&lt;b&gt;&#34;&#39;&amp;" in drawn("<b>\"'&")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("a\x00b", "a\\x00b"),
        ("a\rb", "a\\x0db"),
        ("a\r\nb", "a\nb"),
        ("a\ud800b", "a\\ud800b"),
    ],
)
def test_what_is_hidden_in_a_text_is_shown_wherever_it_stands(text: str, shown: str) -> None:
    assert shown in drawn(text)


def test_what_a_form_holds_is_not_changed() -> None:
    assert drawn(FILTERS["verbatim"]("a\u200b<b>")).count("a\u200b&lt;b&gt;") == 1


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        DRAW.fragment("pieces/block.html")


def test_no_template_switches_the_escaping_off_or_runs_something_of_its_own() -> None:
    forbidden = ("| safe", "|safe", "autoescape", "<script>", "hx-on", "js:", "style=", " onclick", " onload")
    found = [
        f"{path.relative_to(TEMPLATES)}: {words}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for words in forbidden
        if words in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_values_are_written_as_a_person_reads_them() -> None:
    assert (seconds(240), seconds(1_540)) == ("240 ms", "1.5 s")
    assert (number(12_000), figure(2.50), figure(3.0)) == ("12,000", "2.5", "3")
    assert (plural(1, "step"), plural(2_000, "step"), plural(2, "reply", "replies")) == (
        "1 step",
        "2,000 steps",
        "2 replies",
    )
    assert (size(900), size(1_234), size(3_400_000)) == ("900 B", "1.2 KB", "3.4 MB")
    assert iso(NOON) == "2026-05-07T12:00:00+00:00"
    assert diff_lines("@@ 1\n-a\n+b\n c") == [("at", "@@ 1"), ("del", "-a"), ("add", "+b"), ("", " c")]
