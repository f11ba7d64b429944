"""Scenarios with a person in them: asked for approval, asked by a server, shown what changed."""

from dataclasses import replace

from deskhand.faults.calls import asks
from deskhand.faults.expectation import expect, expect_equal, until
from deskhand.faults.process import child
from deskhand.faults.scenario import scenario
from deskhand.faults.stage import Stage
from deskhand.host.events import DefinitionChanged, ElicitationAnswered
from deskhand.host.human import Decision, FormAnswer
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import Era
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel

YES = Decision(allow=True)


@scenario
async def approve(stage: Stage) -> None:
    """The model calls a destructive tool, and the person agrees.

    They are asked once; the call is made.
    """
    human = ScriptedHuman([YES])
    model = ScriptedModel([asks("erase", name="approved"), Step(text="{last}")])
    async with stage.chat(model, await stage.shared(), human=human) as seat:
        played = await seat.say()
        seen = await seat.seen()
    expect_equal([[request.reason for request in card] for card in human.asked], [["destructive"]], "the questions")
    expect_equal(seen.count("erase approved"), 1, "how often the server was asked to erase")
    played.expect_answer("erased approved")


@scenario
async def deny(stage: Stage) -> None:
    """The model calls a destructive tool, and the person says no.

    Nothing is sent; the model is told so, and answers without.
    """
    human = ScriptedHuman([Decision(allow=False, reason="not today.")])
    model = ScriptedModel([asks("erase", name="denied"), Step(on="tool", match="not today", text="I did not.")])
    async with stage.chat(model, await stage.shared(), human=human) as seat:
        played = await seat.say()
        seen = await seat.seen()
    expect_equal(played.outcomes, ["denied"], "the outcomes")
    expect("erase denied" not in seen, "the denied call reached the server")
    played.expect_answer("I did not.")


async def _elicited(stage: Stage, era: Era, version: str) -> None:
    human = ScriptedHuman([YES], [FormAnswer("accept", {"colour": "green"})])
    model = ScriptedModel([asks("paint"), Step(text="It is {last}.")])
    async with stage.chat(model, replace(await stage.shared(), era=era), human=human) as seat:
        played = await seat.say()
        (state,) = seat.connections.states()
    expect_equal(state.protocol_version, version, "the protocol version")
    expect_equal([form.message for form in human.forms], ["Which colour?"], "what the person was asked")
    expect_equal([event.action for event in played.of(ElicitationAnswered)], ["accept"], "the answers")
    played.expect_answer("painted green")


@scenario
async def elicitation(stage: Stage) -> None:
    """A tool needs to ask the person, by the multi-round-trip pattern (MCP 2026-07-28).

    The form is shown, the call goes out again with the answer, and gives its result.
    """
    await _elicited(stage, "modern", "2026-07-28")


@scenario
async def elicitation_legacy(stage: Stage) -> None:
    """A tool needs to ask the person, by a request from the server (MCP 2025-11-25).

    The form is shown and answered while the call waits.
    """
    await _elicited(stage, "legacy", "2025-11-25")


@scenario
async def definition_changed(stage: Stage) -> None:
    """A server changes what a tool is said to do, in the middle of a chat.

    The tool is quarantined, the person sees the difference and says no, and the model cannot call it.
    """
    human = ScriptedHuman([YES, Decision(allow=False)])
    model = ScriptedModel(
        [
            asks("redefine"),
            Step(on="tool", match="redefined", text="Done."),
            asks("look"),
            Step(on="tool", match="definition changed", text="I leave it alone."),
        ]
    )
    async with stage.chat(model, child(), human=human) as seat:
        await seat.say("Redefine.")
        await until(
            lambda: any("passwords" in (tool.tool.description or "") for tool in seat.connections.tools()),
            "news of the changed tool",
        )
        played = await seat.say("Look.")
        seen = await seat.seen()
    (changed,) = played.of(DefinitionChanged)
    expect("+" in changed.diff and "passwords" in changed.diff, "the difference does not show what was added")
    expect_equal(played.outcomes, ["ok", "unknown_tool"], "the outcomes")
    expect("look" not in seen, "the changed tool was called")
    played.expect_answer("I leave it alone.")


SCENARIOS = (approve, deny, elicitation, elicitation_legacy, definition_changed)
