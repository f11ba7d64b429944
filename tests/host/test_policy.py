"""Which calls run, which ask and which are denied."""

import mcp_types
import pytest
from desk import Desk, asks_for, giving, last, only, outcome_of

from deskhand.host import events
from deskhand.host.human import Decision, Nobody, Span
from deskhand.host.scripted import READS, WRITES, ScriptedHuman
from deskhand.models.script import ScriptedCall, Step
from deskhand.settings_sections import HostSettings

pytestmark = pytest.mark.anyio

SENDS = mcp_types.ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
DELETES = mcp_types.ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)
SILENT = mcp_types.ToolAnnotations()
YES, NO = Decision(allow=True), Decision(allow=False, reason="not today")


def desk_for(hints: mcp_types.ToolAnnotations | None, *decisions: Decision, times: int = 1) -> Desk:
    """A desk whose model calls `files/act` once per turn."""
    desk = Desk(*[Step(on="user", calls=(ScriptedCall(name="act"),))] * times, Step(text="ok", times=None))
    desk.servers.add("files/act", giving("acted"), hints=hints)
    desk.human = ScriptedHuman(decisions)
    return desk


def approvals(happened: list[events.Event]) -> list[tuple[str, str]]:
    return [(event.decision, event.by) for event in only(events.ApprovalGiven, happened)]


async def test_reading_from_a_trusted_server_runs_unasked() -> None:
    happened = await desk_for(READS).say()
    assert approvals(happened) == [("allow", "policy")]
    assert only(events.ApprovalAsked, happened) == []
    assert outcome_of(happened) == ("ok", "acted")


@pytest.mark.parametrize(
    ("hints", "reason"),
    [
        (WRITES, "writes"),
        (SENDS, "writes to the outside world"),
        (DELETES, "destructive"),
        (SILENT, "destructive"),
        (None, "destructive"),
    ],
)
async def test_whatever_changes_something_asks_and_says_why(
    hints: mcp_types.ToolAnnotations | None, reason: str
) -> None:
    happened = await desk_for(hints, YES).say()
    assert last(events.ApprovalAsked, happened).reasons == (reason,)
    assert approvals(happened) == [("allow", "person")]
    assert outcome_of(happened) == ("ok", "acted")


async def test_reading_from_an_untrusted_server_asks() -> None:
    desk = desk_for(READS, YES)
    desk.servers.distrust("act")
    assert last(events.ApprovalAsked, await desk.say()).reasons == ("untrusted server",)


async def test_a_no_is_told_to_the_model_with_its_reason() -> None:
    desk = desk_for(WRITES, NO)
    outcome, text = outcome_of(await desk.say())
    assert outcome == "denied"
    assert text.startswith("act was not called: not today. Do not")
    assert desk.servers.calls == []


async def test_with_nobody_there_everything_that_would_ask_is_denied() -> None:
    desk = desk_for(WRITES)
    desk.human = Nobody()
    happened = await desk.say()
    assert outcome_of(happened)[0] == "denied"
    assert "--approve" in last(events.ApprovalGiven, happened).reason
    assert desk.servers.calls == []


async def test_a_person_who_answers_too_little_denies_the_rest() -> None:
    class Distracted(Nobody):
        async def approve(self, requests: object) -> list[Decision]:
            return [YES]

    desk = Desk(asks_for("one", "two"), Step(text="ok"))
    desk.servers.add("one", giving("1"), hints=WRITES)
    desk.servers.add("two", giving("2"), hints=WRITES)
    desk.human = Distracted()
    assert approvals(await desk.say()) == [("allow", "person"), ("deny", "person")]
    assert [name for name, _ in desk.servers.calls] == ["one"]


async def test_calls_made_together_are_asked_about_on_one_card() -> None:
    desk = Desk(asks_for("read", "write", "send"), Step(text="ok"))
    desk.servers.add("read", giving("1"), hints=READS)
    desk.servers.add("write", giving("2"), hints=WRITES)
    desk.servers.add("send", giving("3"), hints=SENDS)
    person = desk.human = ScriptedHuman([YES, NO])
    happened = await desk.say()
    (card,) = person.asked
    assert [(request.call.name, request.reason) for request in card] == [
        ("write", "writes"),
        ("send", "writes to the outside world"),
    ]
    assert {event.result.name: event.outcome for event in only(events.ToolFinished, happened)} == {
        "read": "ok",
        "write": "ok",
        "send": "denied",
    }


async def test_arguments_can_be_edited_before_approval() -> None:
    desk = desk_for(WRITES, Decision(allow=True, arguments={"path": "safe.txt"}))
    happened = await desk.say()
    assert desk.servers.calls == [("act", {"path": "safe.txt"})]
    assert last(events.ToolStarted, happened).arguments == {"path": "safe.txt"}
    assert outcome_of(happened)[1] == 'acted\n[The person edited the arguments to {"path": "safe.txt"}]'


async def test_edited_arguments_are_held_to_the_schema_too() -> None:
    desk = Desk(asks_for("act", path="a"), Step(text="ok"))
    desk.servers.add("act", giving(""), hints=WRITES, schema={"type": "object", "required": ["path"]})
    desk.human = ScriptedHuman([Decision(allow=True, arguments={})])
    outcome, text = outcome_of(await desk.say())
    assert outcome == "bad_arguments"
    assert "The person edited the arguments" in text
    assert desk.servers.calls == []


@pytest.mark.parametrize(
    ("span", "in_this_chat", "in_the_next"),
    [("once", 2, 3), ("session", 1, 2), ("tool", 1, 1), ("server", 1, 1)],
)
async def test_a_yes_reaches_as_far_as_its_span(span: Span, in_this_chat: int, in_the_next: int) -> None:
    desk = desk_for(WRITES, *[Decision(allow=True, span=span)] * 3, times=3)
    person = desk.human
    assert isinstance(person, ScriptedHuman)
    async with desk.chat() as chat:
        await chat.answer("one")
        await chat.answer("two")
    assert len(person.asked) == in_this_chat
    await desk.say("three")
    assert len(person.asked) == in_the_next
    assert len(desk.servers.calls) == 3


async def test_a_yes_for_the_server_covers_its_other_tools_but_not_what_destroys_or_leaves() -> None:
    desk = Desk(asks_for("write"), asks_for("other", "delete", "send", "elsewhere"), Step(text="ok"))
    for name, hints in (("files/write", WRITES), ("files/other", WRITES), ("files/delete", DELETES)):
        desk.servers.add(name, giving(""), hints=hints)
    desk.servers.add("files/send", giving(""), hints=SENDS)
    desk.servers.add("mail/elsewhere", giving(""), hints=WRITES)
    person = desk.human = ScriptedHuman([Decision(allow=True, span="server")])
    await desk.say()
    assert [request.call.name for request in person.asked[1]] == ["delete", "send", "elsewhere"]


async def test_a_yes_to_a_destructive_tool_by_name_covers_it() -> None:
    desk = desk_for(DELETES, Decision(allow=True, span="session"), times=2)
    async with desk.chat() as chat:
        await chat.answer("one")
        await chat.answer("two")
    assert len(desk.servers.calls) == 2


async def test_a_yes_is_for_one_definition_only() -> None:
    desk = desk_for(WRITES, Decision(allow=True, span="tool"), YES, NO, times=2)
    person = desk.human
    assert isinstance(person, ScriptedHuman)
    async with desk.chat() as chat:
        await chat.answer("one")
        desk.servers.add("files/act", giving("acted"), hints=WRITES, description="Now it does more.")
        await chat.answer("two")
    reasons = [request.reason for card in person.asked for request in card]
    assert reasons == ["writes", "definition changed", "writes"]
    assert len(desk.servers.calls) == 1


@pytest.mark.parametrize(
    ("rule", "hints", "allowed"),
    [
        ("act", WRITES, True),
        ("act", DELETES, True),
        ("files__act", DELETES, True),
        ("files__*", WRITES, True),
        ("files__*", DELETES, False),
        ("files__*", SENDS, False),
        ("*", WRITES, True),
        ("*", None, False),
        ("server:files", WRITES, True),
        ("server:files", SENDS, False),
        ("server:mail", WRITES, False),
        ("read-only", WRITES, False),
        ("ac", WRITES, False),
        ("mail__*", WRITES, False),
    ],
)
async def test_rules_given_beforehand(rule: str, hints: mcp_types.ToolAnnotations | None, allowed: bool) -> None:
    desk = desk_for(hints)
    desk.host = HostSettings(approve=(rule,))
    happened = await desk.say()
    assert approvals(happened) == ([("allow", "rule")] if allowed else [("deny", "person")])
    assert bool(desk.servers.calls) == allowed


async def test_the_rule_read_only_covers_reading_from_untrusted_servers() -> None:
    desk = desk_for(READS)
    desk.servers.distrust("act")
    desk.host = HostSettings(approve=("read-only",))
    assert approvals(await desk.say()) == [("allow", "rule")]


@pytest.mark.parametrize(("rule", "allowed"), [("act", False), ("a*", False), ("files__act", True), ("files__*", True)])
async def test_a_bare_name_agrees_to_trusted_servers_only(rule: str, allowed: bool) -> None:
    desk = desk_for(WRITES)
    desk.servers.distrust("act")
    desk.human = Nobody()
    desk.host = HostSettings(approve=(rule,))
    happened = await desk.say()
    assert outcome_of(happened)[0] == ("ok" if allowed else "denied")
