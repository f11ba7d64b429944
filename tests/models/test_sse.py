"""Server-sent events: the cases of the WHATWG standard's section on interpreting a stream."""

import pytest

from deskhand.models.sse import EventParser, EventTooLarge, ServerSentEvent

STREAM = (
    "event: a\r\ndata: one\r\ndata: two\r\n\r\n: a comment\r\ndata:é\r\rdata: [DONE]\n\nid: 7\nretry: 9\n\ndata\n\n"
)
EVENTS = [
    ServerSentEvent("one\ntwo", "a"),
    ServerSentEvent("é"),
    ServerSentEvent("[DONE]"),
    ServerSentEvent(""),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_events_are_the_same_however_the_stream_is_cut(size: int) -> None:
    raw = STREAM.encode()
    parser = EventParser()
    events = [event for at in range(0, len(raw), size) for event in parser.feed(raw[at : at + size])]
    assert events == EVENTS


def test_a_byte_order_mark_at_the_start_is_dropped() -> None:
    assert EventParser().feed(b"\xef\xbb\xbfdata: x\n\n") == [ServerSentEvent("x")]


def test_only_the_first_space_after_the_colon_is_dropped() -> None:
    assert EventParser().feed(b"data:  x:y\n\n") == [ServerSentEvent(" x:y")]


def test_an_event_that_is_not_ended_is_not_given() -> None:
    assert EventParser().feed(b"data: half\n") == []


def test_an_event_without_end_is_refused() -> None:
    parser = EventParser(max_event_bytes=100)
    parser.feed(b"data: " + b"x" * 60 + b"\n")
    with pytest.raises(EventTooLarge):
        parser.feed(b"data: " + b"x" * 60)


def test_complete_lines_count_towards_the_largest_event() -> None:
    parser = EventParser(max_event_bytes=100)
    for _ in range(4):
        parser.feed(b"data: " + b"x" * 20 + b"\n")
    with pytest.raises(EventTooLarge):
        parser.feed(b"data: " + b"x" * 20)
