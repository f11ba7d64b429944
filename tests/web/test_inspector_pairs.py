"""Frames joined: responses with their requests, notifications with what they tell about, within bounded memory."""

from collections.abc import Iterable

import pytest
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from pydantic import JsonValue, TypeAdapter

from deskhand.host.wire_pairs import SEARCHED_CHARACTERS
from deskhand.host.wiretap import KEPT_FRAMES, Direction, Line, Wiretap

MESSAGE: TypeAdapter[JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError] = TypeAdapter(
    JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError
)
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def message(**fields: JsonValue) -> JSONRPCMessage:
    return MESSAGE.validate_python({"jsonrpc": "2.0", **fields})


def tapped(*said: tuple[str, Direction, JSONRPCMessage]) -> Wiretap:
    """A tap that saw these messages of these servers."""
    tap = Wiretap()
    lines = {server: Line(server, "http", (), tap.record) for server in {each[0] for each in said}}
    for server, direction, one in said:
        lines[server].saw(direction, one)
    return tap


def exchanges(tap: Wiretap) -> list[int]:
    return [record.exchange for record in tap.records]


CALL: dict[str, JsonValue] = {"method": "tools/call", "params": {"name": "x", "_meta": {"progressToken": "p"}}}
CASES: dict[str, tuple[Iterable[tuple[str, Direction, JSONRPCMessage]], list[int]]] = {
    "a response": ([("a", "sent", message(id=1, **CALL)), ("a", "received", message(id=1, result={}))], [1, 1]),
    "an error": (
        [("a", "sent", message(id=1, **CALL)), ("a", "received", message(id=1, error={"code": 1, "message": "x"}))],
        [1, 1],
    ),
    "the same id at two servers": (
        [
            ("a", "sent", message(id=1, **CALL)),
            ("b", "sent", message(id=1, **CALL)),
            ("b", "received", message(id=1, result={})),
            ("a", "received", message(id=1, result={})),
        ],
        [1, 2, 2, 1],
    ),
    "the same id of both sides": (
        [
            ("a", "sent", message(id=1, **CALL)),
            ("a", "received", message(id=1, method="elicitation/create")),
            ("a", "sent", message(id=1, result={})),
            ("a", "received", message(id=1, result={})),
        ],
        [1, 2, 2, 1],
    ),
    "an id used again by the next connection": (
        [
            ("a", "sent", message(id=1, method="initialize")),
            ("a", "sent", message(id=1, method="server/discover")),
            ("a", "received", message(id=1, result={})),
        ],
        [1, 2, 2],
    ),
    "progress": (
        [
            ("a", "sent", message(id=1, **CALL)),
            ("a", "received", message(method="notifications/progress", params={"progressToken": "p", "progress": 1})),
            ("a", "received", message(method="notifications/progress", params={"progressToken": "q", "progress": 1})),
        ],
        [1, 1, 3],
    ),
    "a cancellation": (
        [
            ("a", "sent", message(id=7, **CALL)),
            ("a", "sent", message(method="notifications/cancelled", params={"requestId": 7})),
        ],
        [1, 1],
    ),
    "what a subscription tells": (
        [
            ("a", "sent", message(id="listen-1", method="subscriptions/listen")),
            (
                "a",
                "received",
                message(method="notifications/resources/updated", params={"_meta": {SUBSCRIPTION: "listen-1"}}),
            ),
        ],
        [1, 1],
    ),
    "a response that nobody asked for": ([("a", "received", message(id=9, result={}))], [1]),
    "a notification with odd parameters": (
        [("a", "received", message(method="notifications/progress", params={"progressToken": {"a": []}}))],
        [1],
    ),
}


@pytest.mark.parametrize(("said", "expected"), CASES.values(), ids=CASES)
def test_a_message_belongs_to_its_request(
    said: list[tuple[str, Direction, JSONRPCMessage]], expected: list[int]
) -> None:
    assert exchanges(tapped(*said)) == expected


def test_a_request_knows_its_response() -> None:
    tap = tapped(("a", "sent", message(id=1, **CALL)), ("a", "received", message(id=1, result={})))
    asked, answered = tap.numbered(1), tap.numbered(2)
    assert asked is not None
    assert answered is not None
    assert (asked.response, answered.request) == (2, 1)


def test_numbers_are_never_given_twice_and_only_the_newest_frames_are_kept() -> None:
    tap = Wiretap()
    line = Line("a", "http", (), tap.record)
    for number in range(5_000):
        line.saw("sent", message(id=number, **CALL))
        line.saw("received", message(id=number, result={}))
    assert tap.count == 10_000
    assert [record.number for record in tap.records] == list(range(10_001 - KEPT_FRAMES, 10_001))
    assert tap.numbered(10_000 - KEPT_FRAMES) is tap.numbered(10_001) is tap.numbered(None) is None
    oldest = tap.numbered(10_001 - KEPT_FRAMES)
    assert oldest is tap.records[0]
    assert len(tap._pairs._known) <= KEPT_FRAMES  # pyright: ignore[reportPrivateUsage]


def test_after_clearing_numbers_go_on_and_old_requests_are_forgotten() -> None:
    tap = tapped(("a", "sent", message(id=1, **CALL)))
    tap.clear()
    Line("a", "http", (), tap.record).saw("received", message(id=1, result={}))
    assert [(record.number, record.request) for record in tap.records] == [(2, None)]


def test_the_text_to_search_is_only_the_beginning_of_a_large_message() -> None:
    rows: list[JsonValue] = ["Straße"] * 10_000
    tap = tapped(("a", "received", message(id=1, result={"rows": rows})))
    assert "strasse" in tap.records[0].text
    assert len(tap.records[0].text) < 2 * SEARCHED_CHARACTERS
