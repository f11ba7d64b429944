"""Every fragment that events make, by name: the snapshots show how each is drawn."""

from collections.abc import Mapping

from tests.web.stories import (
    NOON,
    PNG,
    USAGE,
    answered,
    call,
    deltas,
    finished,
    flat,
    over,
    progress,
    requested,
    running,
    scene_of,
    started,
)

from deskhand.context.message import Image
from deskhand.host import events
from deskhand.host.attachments import as_data
from deskhand.host.events import RememberedText
from deskhand.host.pictures import picture
from deskhand.web.pieces import MOST_DRAWN, Piece
from deskhand.web.scene import Scene

ONE = call("1", "get_forecast", place="Berlin", days=3, options={"units": "metric"})
TWO = call("2", "send_email", to=["ann@example.org"], text="Dear Ann,\n\nsee you.")
ROWS = '{"untrusted": true, "place": "Berlin", "days": [{"day": "Mon", "high": 21.5}, {"day": "Tue", "high": null}]}'

FRAME = events.Frame(
    at=NOON,
    server="deskhand",
    transport="http",
    direction="received",
    kind="response",
    method="tools/call",
    rpc_id="3",
    size=1_234,
    milliseconds=5.25,
)
"""What the inspector has a line for."""
EVENTS: Mapping[str, events.Event] = {
    event.type: event
    for event in (
        *started(),
        *deltas("It is **42**."),
        events.ReasoningDelta(at=NOON, text="Let me see."),
        events.PartialDiscarded(at=NOON, reason="the stream was cut"),
        events.Retrying(at=NOON, reason="the provider is busy", delay=1.5, attempt=2),
        events.ModelFinished(at=NOON, step=1, usage=USAGE, reason="stop"),
        *requested(ONE),
        events.ApprovalAsked(at=NOON, calls=(ONE,), reasons=("writes",)),
        events.ApprovalGiven(at=NOON, call_id="1", decision="allow", by="person", reason="for this session"),
        running(ONE),
        progress(ONE, 1, 4, "page 1 of 4"),
        events.ElicitationAsked(at=NOON, server="weather", message="Which place?", fields={}, url=None),
        events.ElicitationAnswered(at=NOON, server="weather", action="accept"),
        over(ONE, ROWS),
        events.ContextMeasured(
            at=NOON,
            window=128_000,
            system=900,
            memory=300,
            tools={"deskhand": 5_200},
            digest=0,
            recalled=0,
            history=2_000,
            reserved=4_000,
            free=115_600,
        ),
        events.ContextCompacted(
            at=NOON,
            receipt=3,
            trigger="budget",
            budget=20_000,
            tokens_before=24_000,
            tokens_after=9_000,
            shortened=2,
            digested=30,
            moved_out=38,
        ),
        events.ContextRestored(at=NOON, receipts=(3,), tokens=24_000),
        events.ContextRecalled(at=NOON, messages=("m1", "m2"), tokens=420),
        events.MessagePinned(at=NOON, message="m1", text="Never call before ten."),
        events.ConnectionChanged(at=NOON, server="weather", state="failed", detail="connection refused"),
        events.DefinitionChanged(at=NOON, server="weather", tool="get_forecast", diff="@@ -1 +1 @@\n-old\n+new\n same"),
        events.ResourceChanged(at=NOON, server="deskhand", uri="file:///notes.txt"),
        events.MemoryChanged(
            at=NOON,
            call_id="1",
            server="deskhand",
            change="supersedes",
            memories=(RememberedText(id="m7", text="Ann lives in Berlin."),),
            others=(RememberedText(id="m2", text="Ann lives in Bonn."),),
            pinned=True,
        ),
        FRAME,
        events.Notice(at=NOON, level="warning", text="The answer is cut off."),
        finished(),
    )
}
"""One of each kind."""

_CALLED = [*started(), *answered("I look."), *requested(ONE)]
_PICTURES = (Image(data=PNG, mime_type="image/png"), picture("AAABAAEA", "image/x-icon"))
_ENDLESS = "x" * (MOST_DRAWN + 1_234)
_LONG = "\n".join(f"line {number}" for number in range(1, 41))


def _states() -> dict[str, list[events.Event]]:
    """The story of each piece in each state, and what its last piece of interest begins with."""
    approval = events.ApprovalAsked(at=NOON, calls=(ONE,), reasons=("writes",))
    denied = events.ApprovalGiven(at=NOON, call_id="1", decision="deny", by="person", reason="not now")
    return {
        "said": started(),
        "said-attached": started("Sum it up.", attached=[as_data("deskhand file:///a.txt", "data")]),
        "said-over": [*started(), finished()],
        "waiting": started(),
        "block-open": [*started(), *deltas("It is **4")],
        "block-code": [*started(), *answered("```python\ndef f(x):\n    return 'a'  # b\n```")],
        "block-discarded": [*started(), *deltas("It is fo"), EVENTS["partial_discarded"]],
        "rest-open": [*started(), *deltas(_ENDLESS)],
        "rest": [*started(), *answered(_ENDLESS)],
        "thought-open": [*started(), EVENTS["reasoning_delta"]],
        "thought-over": [*started(), EVENTS["reasoning_delta"], *answered("42")],
        "calls": [*_CALLED, *requested(TWO)],
        "card-waiting": _CALLED,
        "card-asking": [*_CALLED, approval],
        "card-running": [*_CALLED, running(ONE)],
        "card-progress": [*_CALLED, running(ONE), progress(ONE, 1, 4, "page 1 of 4")],
        "card-count": [*_CALLED, running(ONE), progress(ONE, 2.5, None)],
        "card-ok": [*_CALLED, EVENTS["approval_given"], over(ONE, ROWS)],
        "card-long": [*_CALLED, over(ONE, _LONG, handle="m1")],
        "card-twin": [*_CALLED, over(ONE, 'Sunny.\n{"sky": "clear"}')],
        "card-picture": [*_CALLED, over(ONE, "A chart.", Image(data=PNG, mime_type="image/png"))],
        "card-link": [*_CALLED, over(ONE, "[resource file:///a.csv (report, text/csv, 12 bytes)]")],
        "card-empty": [*_CALLED, over(ONE)],
        "card-error": [*_CALLED, over(ONE, "There is no such place.", outcome="error")],
        "card-denied": [*_CALLED, approval, denied, over(ONE, "not now", outcome="denied")],
        "card-cancelled": [*_CALLED, running(ONE), finished(outcome="cancelled")],
        "card-not-called": [
            *_CALLED,
            approval,
            over(ONE, "Not made.", outcome="cancelled"),
            finished(outcome="cancelled"),
        ],
        "card-unknown-tool": [*_CALLED, over(ONE, "No such tool.", outcome="unknown_tool")],
        "card-bad-arguments": [*_CALLED, over(ONE, "days: must be a number", outcome="bad_arguments")],
        "end-done": [*started(), finished()],
        "end-cancelled": [*started(), finished(outcome="cancelled")],
        "end-failed": [*started(), finished(outcome="failed", error="The key is wrong.")],
        "end-step-limit": [*started(), finished(outcome="step_limit")],
    }


def _last(scene: Scene, kind: str) -> Piece:
    found = [piece for piece in flat(scene.turns) if type(piece).__name__.lower() == kind]
    return next((piece for piece in found if getattr(piece, "discarded", False)), found[-1])


def _notes() -> dict[str, Piece]:
    """The lines of events that are lines."""
    notes: dict[str, Piece] = {}
    for name, event in EVENTS.items():
        scene = scene_of([*started(), event])
        found = [piece for piece in flat(scene.turns) if type(piece).__name__ == "Note"]
        notes |= {name: found[-1]} if found else {}
    meter = scene_of([EVENTS["context_measured"]]).meter
    assert meter is not None
    return {**notes, "context_measured": meter}


def _cut() -> Scene:
    scene = Scene()
    scene.replay([*_CALLED, running(ONE)])
    return scene


def _whole() -> Piece:
    """A turn with everything in it."""
    events_of_turn = [*_CALLED, running(ONE), over(ONE, ROWS), *answered("It is **sunny**."), finished()]
    return scene_of(events_of_turn).turns[0]


FRAGMENTS: Mapping[str, Piece] = {
    **_notes(),
    **{name: _last(scene_of(story), name.partition("-")[0]) for name, story in _states().items()},
    "said-picture": _last(scene_of(started("What is on them?"), *_PICTURES), "said"),
    "end-cut": _last(_cut(), "end"),
    "turn": _whole(),
}
"""Pieces in each of their states, and each kind of line."""
