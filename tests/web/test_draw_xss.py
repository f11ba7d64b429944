"""No text becomes more than text, in any place: held against an allow list of elements, attributes and addresses."""

import re
from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tests.web.places import PLACES
from tests.web.xss import PAYLOADS

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        """
        html head body p h3 h4 h5 h6 ul ol li blockquote hr br em strong s code pre del a table thead tbody tr th td
        article section div span footer h2 details summary dl dt dd figure img button progress meter time wbr
        """,
    )
)
ID = re.compile(r"turn-t1(-\d+|-said|-end|-text|-edit)*|meter|f7")
WORDS = re.compile(r"[a-z_ -]+")
NUMBER = re.compile(r"\d+(\.\d+)?")
HOLDER = re.compile(rf"{ID.pattern}|turns|meters")
LEADS = re.compile(
    r"https?://[^\s/?#][^\s\"<>]*|mailto:[^\s\"<>]+"
    r"|/console/[A-Za-z0-9%._~-]*/resource\?uri=[A-Za-z0-9%._~-]*"
    r"|/memory|/servers|/chat/c1/receipts/1|/chat/c1/output/[A-Za-z0-9%._~/-]*|/inspector/7"
)
ATTRIBUTES = {
    "id": ID,
    "class": WORDS,
    "data-into": HOLDER,
    "data-copy": ID,
    "data-gone": re.compile(""),
    "href": LEADS,
    "title": re.compile(r"(https?://|mailto:)[^\n]*|[\d:T+-]+", re.IGNORECASE),
    "rel": re.compile("noopener noreferrer nofollow"),
    "target": re.compile("_blank"),
    "src": re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+"),
    "alt": re.compile(r"Picture from (tool|this message) \([A-Z]+, [\d,]+ bytes\)"),
    "role": re.compile("img|region|group|alert"),
    "aria-label": re.compile("Table|More rows|Tool call|Progress|Context|This message|This answer|done|to do|1 call"),
    "tabindex": re.compile("0"),
    "scope": re.compile("col"),
    "type": re.compile("button"),
    "start": NUMBER,
    "hx-get": re.compile("/chat/c1/turns/t1/edit|/inspector/7"),
    "hx-post": re.compile("/chat/c1/turns/t1/(retry|branch)"),
    "hx-target": re.compile("#turn-t1-said-edit|#detail"),
    "hx-swap": re.compile("none|innerHTML"),
    "datetime": re.compile(r"[\d:T+-]+"),
    "data-kind": re.compile("request"),
    **dict.fromkeys(("data-pair", "value", "max", "min", "low", "high", "optimum"), NUMBER),
}


def breaches(html: str) -> Iterator[str]:
    """What is there that must not be."""
    for node in LexborHTMLParser(html).css("*"):
        if node.tag not in ELEMENTS:
            yield f"<{node.tag}>"
        yield from _bad_attributes(node)


def _bad_attributes(node: LexborNode) -> Iterator[str]:
    for name, value in node.attributes.items():
        known = ATTRIBUTES.get(name)
        if known is None or not known.fullmatch(value or ""):
            yield f"<{node.tag} {name}={value!r}>"


def parsed_twice(html: str) -> str:
    """As the page does it: the script parses what comes, and htmx what the script gives it."""
    body = LexborHTMLParser(html).body
    assert body is not None
    return body.html or ""


@pytest.mark.parametrize("place", PLACES)
def test_a_text_stays_text_in(place: str) -> None:
    for name, payload in PAYLOADS.items():
        try:
            html = PLACES[place](payload)
        except ValidationError:  # an event cannot hold it: text that is not Unicode
            assert name == "surrogate"
            continue
        for each in (html, parsed_twice(html)):
            assert list(breaches(each)) == [], (name, html)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]", html), (name, html)


@pytest.mark.parametrize("place", sorted(set(PLACES) - {"resource-mark"}))
def test_each_place_shows_the_text(place: str) -> None:
    html = PLACES[place]("marker-of-the-test")
    assert "marker-of-the-test" in html


def test_templates_in_a_text_are_not_run() -> None:
    assert "{{7*7}}" in PLACES["said"](PAYLOADS["jinja"])
    assert "49" not in PLACES["answer"](PAYLOADS["jinja"])


def test_the_check_finds_what_it_is_for() -> None:
    assert list(breaches('<p onclick="x">a</p>')) == ["<p onclick='x'>"]
    assert list(breaches("<script>x</script>")) == ["<script>"]
    assert list(breaches('<a href="javascript:x">a</a>')) == ["<a href='javascript:x'>"]
    assert list(breaches('<b data-hx-get="/chat" id="composer">a</b>')) == [
        "<b>",
        "<b data-hx-get='/chat'>",
        "<b id='composer'>",
    ]
    assert list(breaches('<button hx-post="/chat/c1/stop">a</button>')) == ["<button hx-post='/chat/c1/stop'>"]


def test_there_are_enough_payloads_and_each_is_another() -> None:
    assert len(PAYLOADS) >= 80
    assert len(set(PAYLOADS.values())) == len(PAYLOADS)
