"""Whatever bytes and addresses a server sends, they are read or refused; whatever words are sent to it stay words."""

from hypothesis import example, given
from hypothesis import strategies as st

from deskhand.errors import Unavailable
from deskhand.toolsets.calendar.caldav_queries import by_uid
from deskhand.toolsets.calendar.dav_answer import joined, origin_of, resources, same_place
from deskhand.toolsets.calendar.dav_http import trusted
from deskhand.toolsets.calendar.dav_xml import Node, document, element, parse_xml, text

HOME = "https://dav.example.org/cal/"
NAMES = st.sampled_from(
    ["D:response", "D:href", "D:propstat", "D:prop", "D:status", "D:getetag", "D:sync-token", "C:calendar-data"]
)
WORDS = st.sampled_from(
    ["", "/cal/x.ics", "x y", "http://[", "//", "%zz", "\\", "HTTP/1.1 200 OK", "HTTP/9 x", "HTTP/1.1 999", "é"]
).map(text)


def nested(name: str, parts: list[str]) -> str:
    return element(name, *parts)


TREES = st.recursive(WORDS, lambda inside: st.builds(nested, NAMES, st.lists(inside, max_size=4)))


def read(data: bytes) -> Node | None:
    try:
        return parse_xml(data, "the server")
    except Unavailable:
        return None


@given(st.binary(max_size=200))
@example(b"\xff\xfe<\0a\0/\0>\0")
@example(b"<a xmlns:x=''><x:b/></a>")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    root = read(data)
    assert root is None or root.name


@given(st.lists(TREES, max_size=5))
def test_any_answer_is_read(parts: list[str]) -> None:
    responses = [element("D:response", part, element("D:href", "/cal/x.ics")) for part in parts]
    found = resources(parse_xml(document("D:multistatus", *responses), "the server"), HOME)
    assert len(found) >= len(parts)
    assert all(100 <= each.status <= 999 for each in found)
    assert f"{HOME}x.ics" in [each.url for each in found] or not parts


@given(st.text())
@example("\ud800 & \ufffe]]>\r\n</D:href>\x0c")
def test_words_stay_words(words: str) -> None:
    root = parse_xml(document("D:prop", element("D:href", text(words))), "the server")
    assert [node.name for node in root.every()] == ["D:prop", "D:href"]
    kept = "".join(root.children[0].content)
    assert set(kept) <= set(words) | {"\n"}
    assert words.isprintable() is False or kept == words


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_address_can_be_judged(base: str, said: str) -> None:
    for url in (said, f"https://{said}", joined(HOME, said), joined(f"https://{base}", said)):
        same_place(url)
        if origin_of(url) == "":
            assert not trusted(HOME, url)


@given(st.text())
def test_any_uid_can_be_asked_for(uid: str) -> None:
    assert parse_xml(by_uid(uid), "the server").name == "C:calendar-query"
