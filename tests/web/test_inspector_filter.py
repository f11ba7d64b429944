"""Which frames a filter leaves, how its address reads, and lines as people read them."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from tests.web.inspector_frames import frame

from deskhand.errors import InvalidInput
from deskhand.host.wiretap import Wiretap
from deskhand.web.inspector_filter import Filter
from deskhand.web.inspector_rows import window


def read(query: str) -> Filter:
    return Filter.read(dict(parse_qsl(query, keep_blank_values=True)))


FRAMES = (
    frame(server="a", rpc_id="1", message={"params": {"name": "Straße"}}),
    frame(server="b", rpc_id="1", method="tools/list"),
    frame(server="a", rpc_id="1", kind="response", direction="received", message={"result": {"x": "needle"}}),
    frame(server="b", rpc_id="1", method="tools/list", kind="error", direction="received"),
    frame(server="a", method="notifications/progress", kind="notification", direction="received"),
)
FILTERS = {
    "": [1, 2, 3, 4, 5],
    "server=a": [1, 3, 5],
    "direction=sent": [1, 2],
    "kind=error": [4],
    "kind=notification": [5],
    "method=tools/": [1, 2, 3, 4],
    "method=tools/list": [2, 4],
    "text=NEEDLE": [3],
    "text=strasse": [1],
    "server=a&direction=received&kind=response": [3],
    "server=nobody": [],
    "server=&direction=&kind=&method=&text=&until=": [1, 2, 3, 4, 5],
    "until=3": [1, 2, 3],
    "text=%3Cscript%3E": [],
}


@pytest.mark.parametrize(("query", "expected"), FILTERS.items(), ids=[query or "none" for query in FILTERS])
def test_a_filter_leaves_the_frames_that_are_so(query: str, expected: list[int]) -> None:
    tap = Wiretap()
    for each in FRAMES:
        tap.record(each)
    assert [row.record.number for row in window(tap, read(query)).rows] == expected


@pytest.mark.parametrize("query", [query for query in FILTERS if "until" not in query])
def test_the_address_of_a_filter_says_the_same(query: str) -> None:
    assert read(read(query).query().removeprefix("?")) == read(query)
    assert read(read(query).query(7).removeprefix("?")).until == 7


@pytest.mark.parametrize("query", ["kind=odd", "direction=up", "until=x", "until=-1", "until=٣", "until=" + "9" * 99])
def test_a_filter_that_makes_no_sense_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput):
        read(query)


def test_a_line_says_when_it_was_and_what_it_is_about() -> None:
    tap = Wiretap()
    first = frame(rpc_id="1", message={"params": {"name": "multiply"}})
    later = first.at + timedelta(seconds=62.0034)
    tap.record(first)
    tap.record(frame(kind="response", direction="received", rpc_id="1", at=later, message={"result": {}}))
    tap.record(frame(kind="notification", message={"params": {"progress": 3, "total": 10}}))
    tap.record(frame(kind="error", message={"error": {"message": "no such tool"}}))
    tap.record(frame(kind="response", message={"result": {"resultType": "input_required"}}))
    rows = window(tap, Filter()).rows
    assert [row.subject for row in rows] == ["multiply", "multiply", "3 of 10", "no such tool", "input required"]
    assert [row.clock for row in rows[:2]] == ["+0:00.000", "+1:02.003"]
