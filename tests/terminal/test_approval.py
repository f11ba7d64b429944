"""Approvals at the terminal: only a clear yes is one."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.terminal.scripted_keyboard import Paper, ScriptedKeyboard

from deskhand.context.message import ToolCall
from deskhand.host.human import ApprovalRequest, Decision, Span
from deskhand.terminal.approval import SHOWN_LINES, Approval

pytestmark = pytest.mark.anyio


def request(name: str = "file_write", reason: str = "writes", diff: str = "", **arguments: str) -> ApprovalRequest:
    call = ToolCall(id=name, name=name, arguments=dict(arguments))
    return ApprovalRequest(call, "deskhand", name, reason, diff, ("once", "session", "tool", "server"))


async def decide(
    requests: Sequence[ApprovalRequest], *answers: str, edited: str = ""
) -> tuple[list[Decision], str, ScriptedKeyboard]:
    keyboard, paper = ScriptedKeyboard(*answers), Paper()

    async def edit(_text: str) -> str:
        return edited

    decisions = await Approval(keyboard, paper.show, edit).decide(requests)
    assert not keyboard.left
    return decisions, paper.text, keyboard


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        ("y", Decision(allow=True)),
        ("YES", Decision(allow=True)),
        ("s", Decision(allow=True, span="session")),
        ("t", Decision(allow=True, span="tool")),
        ("v", Decision(allow=True, span="server")),
        ("n", Decision(allow=False)),
        ("n, it is the wrong folder", Decision(allow=False, reason="it is the wrong folder")),
    ],
)
async def test_a_letter_decides(typed: str, decision: Decision) -> None:
    decisions, shown, _ = await decide([request(uri="file:///a.md")], typed)
    assert decisions == [decision]
    assert "uri: file:///a.md" in shown
    assert "writes" in shown


@pytest.mark.parametrize(
    ("spans", "offered", "not_offered"),
    [
        (("once", "session", "tool"), ("s", "t"), ("v",)),
        (("once", "session"), ("s",), ("t", "v", "server")),
        (("once",), (), ("s", "t", "v")),
    ],
)
async def test_a_yes_that_would_not_hold_is_neither_offered_nor_taken(
    spans: tuple[Span, ...], offered: tuple[str, ...], not_offered: tuple[str, ...]
) -> None:
    narrow = replace(request(), spans=spans)
    decisions, shown, keyboard = await decide([narrow], *not_offered, "n")
    assert decisions == [Decision(allow=False)]
    assert shown.count("one of the letters") == len(not_offered)
    question = keyboard.questions[0][0]
    assert [letter for letter in "stv" if f"[{letter}]" in question] == list(offered)
    for letter in offered:
        (decision,), _, _ = await decide([narrow], letter)
        assert decision.allow


@pytest.mark.parametrize("unclear", ["", "ok then", "yes please do", "yn", "1"])
async def test_what_is_not_clear_is_asked_again(unclear: str) -> None:
    decisions, shown, _ = await decide([request()], unclear, "n")
    assert decisions == [Decision(allow=False)]
    assert "one of the letters" in shown


async def test_parallel_calls_are_one_card() -> None:
    decisions, shown, keyboard = await decide([request("a", path="x"), request("b", path="y")], "y")
    assert decisions == [Decision(allow=True)] * 2
    assert len(keyboard.questions) == 1
    assert "2 calls need your approval" in shown
    assert shown.index("1. a") < shown.index("2. b")


async def test_parallel_calls_can_be_decided_one_by_one() -> None:
    decisions, _, _ = await decide([request("a"), request("b")], "o", "y", "n not b")
    assert decisions == [Decision(allow=True), Decision(allow=False, reason="not b")]


async def test_the_arguments_can_be_edited_and_are_shown_again_before_the_yes() -> None:
    after = json.dumps({"uri": "file:///b.md"})
    decisions, shown, _ = await decide([request(uri="file:///a.md")], "e", "y", edited=after)
    assert decisions == [Decision(allow=True, arguments={"uri": "file:///b.md"})]
    assert "as you edited it" in shown
    assert "file:///b.md" in shown


@pytest.mark.parametrize("broken", ["{", "[1]", '"text"'])
async def test_arguments_that_are_no_json_object_stay_as_they_were(broken: str) -> None:
    decisions, shown, _ = await decide([request(uri="file:///a.md")], "e", "y", edited=broken)
    assert decisions[0].arguments == {"uri": "file:///a.md"}
    assert "as before" in shown


async def test_what_is_too_long_for_the_card_can_be_read_whole_before_deciding() -> None:
    long = "\n".join(f"line {number}" for number in range(SHOWN_LINES + 20))
    _, shown, _ = await decide([request(content=long)], "n")
    assert "more lines, not shown: type w" in shown
    assert f"line {SHOWN_LINES + 19}" not in shown
    _, shown, _ = await decide([request(content=long)], "w", "n")
    assert f"line {SHOWN_LINES + 19}" in shown


async def test_a_changed_definition_is_shown_as_a_diff() -> None:
    _, shown, _ = await decide([request(reason="definition changed", diff="-old text\n+new text")], "n")
    assert "-old text" in shown
    assert "+new text" in shown


async def test_arguments_cannot_send_control_sequences_or_draw_a_card_of_their_own() -> None:
    _, shown, _ = await decide([request(path="\x1b[2J\x1b]0;x\x07\u202eevil", reason="\x1b[1m")], "n")
    assert not set(shown) & set("\x1b\x07\u202e")
