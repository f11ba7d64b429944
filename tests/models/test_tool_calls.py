"""Tool calls put together from what servers really send."""

import json
from typing import Any

import pytest

from deskhand.context.message import ToolCall
from deskhand.models.model import ToolSpec
from deskhand.models.tool_calls import ToolCallDrafts, own_names, parse_arguments, wire_name

A: dict[str, Any] = {"name": "a", "arguments": '{"x":1}'}
B: dict[str, Any] = {"name": "b", "arguments": '{"y":2}'}


def assembled(*pieces: dict[str, Any]) -> list[ToolCall]:
    drafts = ToolCallDrafts({})
    for piece in pieces:
        drafts.add(piece)
    return drafts.calls()


def shown(calls: list[ToolCall]) -> list[tuple[str, Any]]:
    return [(call.name, call.arguments) for call in calls]


BOTH = [("a", {"x": 1}), ("b", {"y": 2})]


@pytest.mark.parametrize(
    "pieces",
    [
        [{"index": 0, "id": "1", "function": A}, {"index": 1, "id": "2", "function": B}],
        [{"index": 0, "id": "1", "function": A}, {"index": 0, "id": "2", "function": B}],  # Ollama
        [{"id": "1", "function": A}, {"id": "2", "function": B}],
        [{"index": 0, "function": A}, {"index": 1, "function": B}],
        [{"index": 0, "function": A}, {"index": 0, "function": B}],
        [{"function": A}, {"function": B}],
        [{"function": {"name": "a", "arguments": {"x": 1}}}, {"function": {"name": "b", "arguments": {"y": 2}}}],
        [
            {"index": 0, "id": "1", "function": {"name": "a", "arguments": '{"x'}},
            {"index": 1, "id": "2", "function": {"name": "b"}},
            {"index": 0, "function": {"arguments": '":1}'}},
            {"index": 1, "function": {"arguments": '{"y":2}'}},
        ],
        [  # a new id in each piece
            {"index": 0, "id": "1", "function": {"name": "a", "arguments": '{"x":'}},
            {"index": 0, "id": "9", "function": {"arguments": "1}"}},
            {"index": 1, "id": "2", "function": B},
        ],
        [  # pieces without index or id continue the last call
            {"id": "1", "function": {"name": "a", "arguments": '{"x'}},
            {"function": {"arguments": '":1}'}},
            {"id": "2", "function": {"name": "b", "arguments": ""}},
            {"id": "2", "function": {"arguments": '{"y":2}'}},
        ],
    ],
)
def test_two_calls_come_out_whole_whatever_the_server_leaves_out(pieces: list[dict[str, Any]]) -> None:
    calls = assembled(*pieces)
    assert shown(calls) == BOTH
    assert len({call.id for call in calls} - {""}) == 2


def test_the_name_repeated_in_every_piece_is_one_call() -> None:
    pieces = [{"index": 0, "id": "1", "function": {"name": "a", "arguments": part}} for part in ('{"x"', ":1", "}")]
    assert shown(assembled(*pieces)) == BOTH[:1]


def test_one_id_for_two_calls_is_replaced_so_that_results_find_their_call() -> None:
    calls = assembled({"index": 0, "id": "same", "function": A}, {"index": 1, "id": "same", "function": B})
    assert len({call.id for call in calls}) == 2


@pytest.mark.parametrize("raw", ["", "  ", "null", "{}"])
def test_nothing_means_no_arguments(raw: str) -> None:
    assert parse_arguments(raw) == {}


@pytest.mark.parametrize("raw", ["{", "[1]", '"x"', "1", '{"x": NaN}', '{"x": Infinity}', '{"a":' * 100_000])
def test_what_is_no_json_object_is_broken(raw: str) -> None:
    assert parse_arguments(raw) is None


def test_broken_arguments_keep_what_the_model_wrote() -> None:
    (call,) = assembled({"index": 0, "id": "1", "function": {"name": "a", "arguments": '{"x": '}})
    assert (call.arguments, call.raw) == (None, '{"x": ')


def test_thirty_digit_integers_arrive_exactly() -> None:
    number = 123456789012345678901234567890
    assert parse_arguments(json.dumps({"a": number})) == {"a": number}


def test_names_that_providers_refuse_are_changed_there_and_back() -> None:
    names = ["files.read", "files_read", "x" * 200, "x" * 201, "日本", "ok-1"]
    wired = [wire_name(name) for name in names]
    assert len(set(wired)) == len(names)
    assert all(len(name) <= 64 and name.replace("-", "_").isidentifier() and name.isascii() for name in wired)
    back = own_names(ToolSpec(name, "", {}) for name in names)
    assert [back[name] for name in wired] == names
    assert wire_name("ok-1") == "ok-1"
