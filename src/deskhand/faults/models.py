"""Scenarios of a model that fails, over real HTTP."""

from deskhand.faults.endpoint import faulty_model
from deskhand.faults.expectation import expect, expect_equal
from deskhand.faults.scenario import scenario
from deskhand.faults.stage import Stage
from deskhand.host.events import ContextCompacted, ModelStarted, PartialDiscarded, Retrying, TextDelta
from deskhand.models.script import ScriptedCall, ScriptedError, Step

ANSWER = Step(text="All is well.")


@scenario
async def model_500(stage: Stage) -> None:
    """The model's provider answers 500, twice.

    The request is made again after a growing wait, and answered.
    """
    error = Step(error=ScriptedError(kind="overloaded", status=500), times=2)
    async with faulty_model(error, ANSWER) as (model, _), stage.chat(model) as seat:
        played = await seat.say()
    expect_equal([event.attempt for event in played.of(Retrying)], [1, 2], "the attempts that failed")
    played.expect_answer("All is well.")


@scenario
async def model_429(stage: Stage) -> None:
    """The model's provider answers 429 with `Retry-After: 1`.

    The request is made again after that second.
    """
    error = Step(error=ScriptedError(kind="overloaded", retry_after=1))
    async with faulty_model(error, ANSWER) as (model, _), stage.chat(model) as seat:
        played = await seat.say()
    expect_equal([event.delay for event in played.of(Retrying)], [1.0], "the delays")
    first, second = played.times_of(ModelStarted)
    expect(second - first >= 0.99, f"the second request came after {second - first:.2f} s")
    played.expect_answer("All is well.")


@scenario
async def model_stream_cut(stage: Stage) -> None:
    """The model's stream is cut in the middle of a word.

    What was shown is marked as discarded, the request is made again, and only the whole answer is kept.
    """
    cut = Step(text="All is w", error=ScriptedError(kind="cut"))
    async with faulty_model(cut, ANSWER) as (model, _), stage.chat(model) as seat:
        played = await seat.say()
        kept = [message.text for message in await seat.chat.conversation.messages()]
    expect_equal(len(played.of(PartialDiscarded)), 1, "how often something was discarded")
    shown = "".join(event.text for event in played.of(TextDelta))
    expect_equal(shown, "All is wAll is well.", "what was streamed")
    expect_equal(kept, ["Go.", "All is well."], "what is kept")


@scenario
async def model_context_overflow(stage: Stage) -> None:
    """The model's provider answers 400, twice: the conversation is too long.

    First tool results are shortened, then old messages move out; each time it is announced, and the answer comes.
    Nothing is lost: the store keeps every message whole.
    """
    read = Step(calls=(ScriptedCall(name="big", arguments={"megabytes": 1}),))
    too_long, still_too_long = (
        Step(error=ScriptedError(kind="overflow"), match=question) for question in ("summary", "title")
    )
    answers = (
        Step(on="tool", text="Read."),
        too_long,
        Step(match="summary", text="Another line of it. " * 300),
        still_too_long,
        ANSWER,
    )
    async with (
        faulty_model(read, *answers) as (model, endpoint),
        stage.chat(model, await stage.shared()) as seat,
    ):
        for said in ("Read it.", "Write a summary.", "And a title."):
            played = await seat.say(said)
        kept = await seat.chat.conversation.messages()
    done = [(event.shortened, event.moved_out) for event in played.of(ContextCompacted)]
    expect_equal(done[0], (1, 0), "what was shortened and moved out first")
    expect(len(done) == 2 and done[1][1] > 0, f"nothing moved out the second time: {done}")
    sizes = endpoint.lengths
    expect(sizes[3] < sizes[2] and sizes[-1] < sizes[-2], f"a refused request did not get shorter: {sizes}")
    expect_equal(kept[0].text, "Read it.", "the first message in the store")
    played.expect_answer("All is well.")


SCENARIOS = (model_500, model_429, model_stream_cut, model_context_overflow)
