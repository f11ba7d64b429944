"""Scenarios of servers that flood, die, fall silent, or go on when nobody waits any more."""

import json
from dataclasses import replace

import anyio

from deskhand.faults.calls import asks
from deskhand.faults.expectation import expect, expect_equal, until
from deskhand.faults.people import YES
from deskhand.faults.process import child, http_server
from deskhand.faults.scenario import scenario
from deskhand.faults.server import MEGABYTE
from deskhand.faults.stage import Seat, Stage
from deskhand.host.events import ConnectionChanged, ToolFinished, ToolStarted
from deskhand.host.outputs import PAGE
from deskhand.host.scripted import ScriptedHuman
from deskhand.models.model import Request
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel

SHOWN_CHARACTERS = 60_000
"""Most that the model may be shown of one output at once: 8,000 tokens by default, and a text has up to 8 characters
per token."""


async def _big_output(stage: Stage, megabytes: int) -> None:
    seat: Seat

    def read_the_end(_request: Request) -> Step:
        handle = seat.played.of(ToolFinished)[-1].result.handle or ""
        return asks("read_output", handle=handle, offset=megabytes * MEGABYTE - PAGE // 2)

    model = ScriptedModel([asks("big", megabytes=megabytes), read_the_end, Step(text="{last}")])
    async with stage.chat(model, await stage.shared()) as seat:
        played = await seat.say()
        kept = await seat.chat.conversation.output(played.of(ToolFinished)[0].result.handle or "")
    expect_equal(played.outcomes, ["ok", "ok"], "the outcomes")
    shown = len(played.results[0])
    expect(shown < SHOWN_CHARACTERS, f"the model was shown {shown:,} characters at once")
    expect(kept is not None and len(kept.text) == megabytes * MEGABYTE, "the output was not kept whole")
    played.expect_answer("THE END")


@scenario
async def output_of_5_mb(stage: Stage) -> None:
    """A tool gives 5 MB of text.

    The model sees its beginning, its end and a handle, by which it reads the rest.
    """
    await _big_output(stage, 5)


@scenario
async def output_of_50_mb(stage: Stage) -> None:
    """A tool gives 50 MB of text.

    It is kept whole, the model sees its beginning, its end and a handle, and the chat goes on as if it were small.
    """
    await _big_output(stage, 50)


@scenario
async def server_killed_while_reading(stage: Stage) -> None:
    """An HTTP server is killed in the middle of a call that only reads, and started again.

    The connection heals by itself, the call is made again, and the model sees only its result.
    """
    marker = str(stage.folder / "killed-while-reading")
    model = ScriptedModel([asks("die_once_reading", marker=marker), Step(text="{last}")])
    async with http_server("faulty") as server, stage.chat(model, server.spec) as seat:
        async with anyio.create_task_group() as group:
            group.start_soon(seat.say)
            await server.ended()
            await server.start()
        played = seat.played
    expect_equal(played.outcomes, ["ok"], "the outcomes")
    expect("healing" in [event.state for event in played.of(ConnectionChanged)], "no healing was reported")
    played.expect_answer("answered by another process")


@scenario
async def server_killed_while_writing(stage: Stage) -> None:
    """A stdio server dies in the middle of a call that writes.

    The call is not repeated: the model is told that the outcome is unknown; the server is started again, and the next
    call works.
    """
    marker = str(stage.folder / "killed-while-writing")
    again = Step(on="tool", match="unknown", calls=asks("look").calls)
    model = ScriptedModel([asks("die_once", marker=marker), again, Step(text="{last}")])
    async with stage.chat(model, child(), human=ScriptedHuman([YES])) as seat:
        played = await seat.say()
    expect_equal(played.outcomes, ["error", "ok"], "the outcomes")
    played.expect_answer("this is faulty")


@scenario
async def silent_server(stage: Stage) -> None:
    """A server takes a call and says nothing any more.

    After the server's `timeoutSeconds` the call is given up and cancelled at the server; the turn goes on.
    """
    model = ScriptedModel([asks("silent"), Step(on="tool", match="said nothing", text="It does not answer.")])
    async with stage.chat(model, replace(await stage.shared(), timeout_seconds=0.7)) as seat:
        played = await seat.say()
        await _cancelled_at_server(seat, "silent")
    expect_equal(played.outcomes, ["error"], "the outcomes")
    expect(played.seconds_in_tools < 3, f"giving up took {played.seconds_in_tools:.1f} s")
    played.expect_answer("It does not answer.")


@scenario
async def cancel_mid_tool(stage: Stage) -> None:
    """The person cancels a turn while a tool runs.

    The turn ends, the call is cancelled at the server, and the conversation can go on.
    """
    model = ScriptedModel([asks("hang"), Step(match="on with it", text="I am back.")])
    async with stage.chat(model, await stage.shared(), human=ScriptedHuman([YES])) as seat:
        async with anyio.create_task_group() as group:
            group.start_soon(seat.say)
            await until(lambda: seat.played.of(ToolStarted), "the start of the call")
            await _seen(seat, "hang began")
            await seat.chat.cancel()
        await _cancelled_at_server(seat, "hang")
        expect_equal(seat.played.outcomes, ["cancelled"], "the outcomes")
        seat.played.expect_answer("", outcome="cancelled")
        played = await seat.say("Go on with it.")
    played.expect_answer("I am back.")


async def _cancelled_at_server(seat: Seat, what: str) -> None:
    await _seen(seat, f"{what} cancelled")


async def _seen(seat: Seat, line: str) -> None:
    with anyio.move_on_after(20):
        while line not in await seat.seen():
            await anyio.sleep(0.01)
        return
    expect(False, f"the server never saw: {json.dumps(line)}")


SCENARIOS = (
    output_of_5_mb,
    output_of_50_mb,
    server_killed_while_reading,
    server_killed_while_writing,
    silent_server,
    cancel_mid_tool,
)
