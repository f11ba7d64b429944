"""Scenarios of tool calls: in parallel, in error, malformed, ambiguous, many."""

from pydantic import JsonValue

from deskhand.context.message import Message
from deskhand.faults.expectation import expect, expect_equal
from deskhand.faults.process import child
from deskhand.faults.scenario import scenario
from deskhand.faults.stage import Stage
from deskhand.host.conversation import result_text
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings_sections import HostSettings

CHAIN = 25


def asks(name: str, /, **arguments: JsonValue) -> Step:
    """The model calls one tool."""
    return Step(calls=(ScriptedCall(name=name, arguments=arguments),))


@scenario
async def parallel_calls(stage: Stage) -> None:
    """The model calls two tools at once, each of which takes 0.5 s.

    Both are done in less than 0.9 s.
    """
    half = ScriptedCall(name="wait", arguments={"seconds": 0.5})
    model = ScriptedModel([Step(calls=(half, half)), Step(text="Both: {last}")])
    async with stage.chat(model, await stage.shared()) as seat:
        played = await seat.say()
    expect_equal(played.results, ["waited 0.5 s"] * 2, "the results")
    expect(played.seconds_in_tools < 0.9, f"the calls took {played.seconds_in_tools:.2f} s")
    played.expect_answer("waited 0.5 s")


@scenario
async def tool_error_then_recovery(stage: Stage) -> None:
    """A tool answers with an error.

    The model reads the tool's own words, calls it again with other arguments, and answers.
    """
    model = ScriptedModel(
        [
            asks("divide", a=6, b=0),
            Step(on="tool", match="b is zero", calls=(ScriptedCall(name="divide", arguments={"a": 6, "b": 2}),)),
            Step(text="It is {last}."),
        ]
    )
    async with stage.chat(model, await stage.shared()) as seat:
        played = await seat.say()
    expect_equal(played.outcomes, ["error", "ok"], "the outcomes")
    played.expect_answer("3")


@scenario
async def broken_json_arguments(stage: Stage) -> None:
    """The model writes arguments that are no JSON.

    Nothing is sent; the model is told where the JSON breaks, and corrects itself.
    """
    broken = Step(calls=(ScriptedCall(name="divide", raw='{"a": 77, "b": '),))
    corrected = Step(on="tool", match="not JSON", calls=(ScriptedCall(name="divide", arguments={"a": 8, "b": 2}),))
    async with stage.chat(ScriptedModel([broken, corrected, Step(text="{last}")]), await stage.shared()) as seat:
        played = await seat.say()
        seen = await seat.seen()
    expect_equal(played.outcomes, ["bad_arguments", "ok"], "the outcomes")
    expect(not any("divide 77" in line for line in seen), "the broken call reached the server")
    played.expect_answer("4")


@scenario
async def wrong_type_of_argument(stage: Stage) -> None:
    """The model gives a text where the schema wants a number.

    Nothing is sent; the model is told which argument is wrong, and the schema, and corrects itself.
    """
    wrong = asks("divide", a="seventy-seven", b=2)
    corrected = Step(
        on="tool", match="is not of type 'number'", calls=(ScriptedCall(name="divide", arguments={"a": 9, "b": 3}),)
    )
    async with stage.chat(ScriptedModel([wrong, corrected, Step(text="{last}")]), await stage.shared()) as seat:
        played = await seat.say()
        seen = await seat.seen()
    expect_equal(played.outcomes, ["bad_arguments", "ok"], "the outcomes")
    expect(not any("seventy" in line for line in seen), "the wrong call reached the server")
    expect("$.a" in played.results[0], f"the place is not named: {played.results[0][:200]}")
    played.expect_answer("3")


@scenario
async def unknown_tool(stage: Stage) -> None:
    """The model calls a tool that does not exist.

    It is told the nearest names, calls the right one, and answers.
    """
    right = Step(
        on="tool", match="nearest are .*divide", calls=(ScriptedCall(name="divide", arguments={"a": 1, "b": 4}),)
    )
    async with stage.chat(
        ScriptedModel([asks("divider", a=1, b=4), right, Step(text="{last}")]), await stage.shared()
    ) as seat:
        played = await seat.say()
    expect_equal(played.outcomes, ["unknown_tool", "ok"], "the outcomes")
    played.expect_answer("0.25")


@scenario
async def duplicate_names(stage: Stage) -> None:
    """Two servers offer tools of the same names.

    The model sees `server__tool` for each, and each call reaches its own server.
    """
    both = Step(calls=(ScriptedCall(name="north__look"), ScriptedCall(name="south__look")))
    model = ScriptedModel([both, Step(text="Seen.")])
    async with stage.chat(model, child("north"), child("south")) as seat:
        played = await seat.say()
        names = [tool.name for tool in seat.connections.tools()]
    expect_equal(sorted(played.results), ["this is north", "this is south"], "the results")
    expect("look" not in names, "the bare name is still offered")
    expect(len(names) == len(set(names)), "a name is offered twice")


def _next_number(request: Request) -> Step:
    return asks("count", number=int(_last_line(request.messages[-1])))


def _last_line(message: Message) -> str:
    (block,) = message.content
    assert block.type == "tool_result"
    return result_text(block).splitlines()[-1]


@scenario
async def long_chain(stage: Stage) -> None:
    """The model calls 25 tools one after another, each with what the one before gave.

    25 calls arrive in order, and the turn ends with the last result.
    """
    steps = [asks("count", number=0), *[_next_number] * (CHAIN - 1), Step(text="At {last}.")]
    async with stage.chat(ScriptedModel(steps), await stage.shared(), host=HostSettings(max_steps=CHAIN + 1)) as seat:
        played = await seat.say()
        seen = await seat.seen()
    expect_equal(played.outcomes, ["ok"] * CHAIN, "the outcomes")
    counted = [line for line in seen if line.startswith("count ")]
    expect_equal(counted, [f"count {number}" for number in range(CHAIN)], "what the server saw")
    played.expect_answer(f"{CHAIN}")


SCENARIOS = (
    parallel_calls,
    tool_error_then_recovery,
    broken_json_arguments,
    wrong_type_of_argument,
    unknown_tool,
    duplicate_names,
    long_chain,
)
