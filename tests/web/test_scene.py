"""What the page makes of events: which pieces, in which order, and what is to be drawn again."""

import pytest
from tests.web.stories import (
    NOON,
    PNG,
    answered,
    asked,
    call,
    cards,
    complete,
    deltas,
    finished,
    flat,
    over,
    progress,
    requested,
    running,
    scene_of,
    simple,
    started,
)

from deskhand.context.message import Image, Message, Text, Usage
from deskhand.errors import NotFound
from deskhand.host import events
from deskhand.host.attachments import as_data
from deskhand.web.attached import pictures_in
from deskhand.web.pieces import Answer, Block, Calls, Card, End, Note, Said, Thought, Turn, Waiting
from deskhand.web.results import Picture
from deskhand.web.scene import Scene

SIX, SEVEN = call("1", a=6), call("2", a=7)
DOT = Image(data=PNG, mime_type="image/png")


def test_a_turn_holds_what_was_said_what_was_answered_and_its_end() -> None:
    scene = scene_of(simple("One.\n\nTwo."))
    (turn,) = scene.turns
    assert [type(piece) for piece in flat([turn])] == [Turn, Said, Answer, Block, Block, End]
    end = turn.pieces[-1]
    assert isinstance(end, End)
    assert (end.outcome, end.steps, end.seconds, end.usage.input_tokens) == ("done", 1, 2.5, 1_200)


def test_a_container_comes_before_what_it_holds_and_each_piece_once() -> None:
    scene = scene_of(started())
    assert [piece.id for piece in scene.changed()] == ["turn-t1"], "the rest is drawn within it"
    for event in deltas("One.\n\nTwo.\n\nThree.\n", 1):
        scene.take(event)
    assert [piece.id for piece in scene.changed()] == ["turn-t1-1", "turn-t1-2"], "no longer waiting, and the answer"
    scene.take(complete())
    for event in requested(SIX, SEVEN):
        scene.take(event)
    assert [piece.id for piece in scene.changed()] == ["turn-t1-2-3", "turn-t1-3"], "the last block, and the group"
    scene.take(running(SEVEN))
    scene.take(progress(SEVEN, 1, 2))
    assert [piece.id for piece in scene.changed()] == ["turn-t1-3-2"]
    assert scene.changed() == []


def test_waiting_goes_when_something_comes() -> None:
    scene = scene_of(started())
    (turn,) = scene.turns
    assert isinstance(turn.pieces[-1], Waiting)
    scene.changed()
    scene.take(deltas("It")[0])
    waiting = scene.changed()[0]
    assert isinstance(waiting, Waiting)
    assert waiting.gone
    assert waiting not in turn.pieces


def test_parallel_calls_are_one_group_in_the_order_of_the_calls() -> None:
    scene = scene_of([*started(), complete(), *requested(SIX, SEVEN), over(SEVEN, "49"), over(SIX, "42")])
    groups = [piece for piece in scene.turns[0].pieces if isinstance(piece, Calls)]
    assert [[card.call.id for card in group.pieces] for group in groups] == [["1", "2"]]


def test_calls_of_the_next_step_are_another_group_live_and_in_a_replay() -> None:
    live = [*started(), complete(), *requested(SIX), over(SIX, "42"), asked(2), complete(2), *requested(SEVEN)]
    past = [event for event in live if not isinstance(event, events.ModelStarted)]
    for story in (live, past):
        groups = [piece for piece in scene_of(story).turns[0].pieces if isinstance(piece, Calls)]
        assert [len(group.pieces) for group in groups] == [1, 1]


def test_a_card_follows_its_call() -> None:
    scene = scene_of([*started(), complete(), *requested(SIX)])
    (card,) = cards(scene)
    seen = [card.state]
    for event in (
        events.ApprovalAsked(calls=(SIX,), reasons=("writes",)),
        events.ApprovalGiven(call_id="1", decision="allow", by="person"),
        running(call("1", a=8)),
        over(SIX, "48"),
    ):
        scene.take(event)
        seen.append(card.state)
    assert seen == ["waiting", "asking", "waiting", "running", "over"]
    assert card.arguments == {"a": 8}, "the person edited them"


def test_what_comes_after_a_call_is_over_changes_nothing() -> None:
    scene = scene_of([*started(), complete(), *requested(SIX), over(SIX, "42")])
    scene.changed()
    scene.take(progress(SIX, 1, 2))
    scene.take(over(SIX, "other", outcome="error"))
    assert scene.changed() == []


def test_calls_that_are_open_at_the_end_of_a_turn_are_cancelled() -> None:
    same = call("1", a=9)
    scene = scene_of([*started(), complete(), *requested(SIX, same), finished(outcome="cancelled")])
    assert [card.outcome for card in cards(scene)] == ["cancelled", "cancelled"], "also of a call id that came twice"


def test_a_turn_that_a_dying_process_cut_is_closed() -> None:
    scene = Scene()
    scene.replay([*started(), *answered("I look."), *requested(SIX), running(SIX)])
    end = scene.turns[-1].pieces[-1]
    assert isinstance(end, End)
    assert (end.outcome, end.usage) == ("cut", Usage(input_tokens=1_200, output_tokens=30))
    assert [card.outcome for card in cards(scene)] == ["cancelled"]


def test_a_turn_that_waited_past_a_restart_goes_on() -> None:
    scene = Scene()
    scene.replay([*started(), *answered("I look."), *requested(SIX)])
    scene.changed()
    scene.take(started()[0])
    assert [piece.id for piece in scene.changed()] == ["turn-t1"], "drawn anew, without its end"
    for event in (running(SIX), over(SIX, "42"), *answered("It is 42."), finished()):
        scene.take(event)
    assert [card.outcome for card in cards(scene)] == ["ok"]
    ends = [piece.outcome for piece in flat(scene.turns) if isinstance(piece, End)]
    assert (len(scene.turns), ends) == (1, ["done"])


def test_calls_asked_for_again_after_a_restart_have_the_cards_they_had() -> None:
    scene = Scene()
    scene.replay([*started(), *answered("I look."), *requested(SIX, call("2"), server="")])
    before = [card.id for card in cards(scene)]
    live: list[events.Event] = [started()[0], *requested(SIX, call("2")), running(SIX), over(SIX, "42")]
    for event in live:
        scene.take(event)
    assert [(card.id, card.state, card.server) for card in cards(scene)] == [
        (before[0], "over", "deskhand"),
        (before[1], "waiting", "deskhand"),
    ]
    for event in (complete(), *requested(SIX)):
        scene.take(event)
    assert len(cards(scene)) == 3, "a later call of the same id is another"


def test_a_past_turn_with_an_answer_ends_as_it_did_live() -> None:
    scene = Scene()
    scene.replay([*simple()[:-1], *simple(turn="t2")])
    ends = [piece for piece in flat(scene.turns) if isinstance(piece, End)]
    assert [(end.id, end.outcome, end.steps) for end in ends] == [
        ("turn-t1-end", "done", 1),
        ("turn-t2-end", "done", 1),
    ]


def test_a_second_end_of_a_turn_is_not_drawn() -> None:
    scene = scene_of([*simple(), finished()])
    assert sum(isinstance(piece, End) for piece in flat(scene.turns)) == 1


def test_what_comes_before_anything_was_said_has_a_place() -> None:
    scene = scene_of([events.Notice(at=NOON, level="info", text="Hello."), *answered("Welcome.")])
    (turn,) = scene.turns
    assert [type(piece) for piece in turn.pieces] == [Note, Answer], "nothing was said, so nothing is quoted"


def test_empty_text_makes_no_empty_answer() -> None:
    scene = scene_of([*started(), *deltas("\n \n"), events.TextDelta(text=""), complete(), *requested(SIX)])
    assert not any(isinstance(piece, Answer) for piece in flat(scene.turns))


def test_a_cut_stream_is_struck_out_and_asked_for_again() -> None:
    scene = scene_of(
        [*started(), *deltas("It is\n\nfor"), events.PartialDiscarded(reason="cut"), *answered("It is 42.")]
    )
    blocks = [piece for piece in flat(scene.turns) if isinstance(piece, Block)]
    assert [(block.text, block.discarded) for block in blocks] == [("It is", True), ("for", True), ("It is 42.", False)]
    waiting = scene_of([*started(), events.PartialDiscarded(reason="cut")]).turns[0].pieces[-1]
    assert isinstance(waiting, Waiting)
    assert waiting.model == "scripted"


def test_reasoning_is_one_thought_per_request_and_over_when_the_answer_begins() -> None:
    scene = scene_of([*started(), *(events.ReasoningDelta(text=word) for word in ("Let me ", "see."))])
    (thought,) = [piece for piece in flat(scene.turns) if isinstance(piece, Thought)]
    assert (thought.text, thought.over) == ("Let me see.", False)
    scene.take(deltas("It")[0])
    assert thought.over


def test_a_connection_has_one_line_in_a_turn_that_says_the_last() -> None:
    states = ("connecting", "healing", "failed", "closed")
    scene = scene_of([*started(), *(events.ConnectionChanged(server="weather", state=state) for state in states[:3])])
    notes = [piece.event for piece in flat(scene.turns) if isinstance(piece, Note)]
    assert [event.state for event in notes if isinstance(event, events.ConnectionChanged)] == ["failed"]


def test_a_server_that_is_there_while_a_turn_begins_is_no_news_but_one_that_came_back_is() -> None:
    came = [events.ConnectionChanged(server="weather", state=state) for state in ("connecting", "ready")]
    scene = scene_of([*started(), *came])
    assert not [piece for piece in flat(scene.turns) if isinstance(piece, Note)]
    for event in (came[0].model_copy(update={"state": "healing"}), came[1]):
        scene.take(event)
    (note,) = [piece for piece in flat(scene.turns) if isinstance(piece, Note)]
    assert note.event == came[1]


def test_the_context_is_measured_beside_the_turns() -> None:
    measured = events.ContextMeasured(
        window=128_000, system=1, memory=2, tools={}, digest=3, recalled=4, history=5, reserved=6, free=100_000
    )
    scene = scene_of([*started(), measured])
    assert scene.meter is not None
    assert (scene.meter.id, scene.meter.into, scene.meter.event) == ("meter", "meters", measured)
    assert scene.meter in scene.changed()


def test_what_was_attached_is_told_from_what_was_typed() -> None:
    data = as_data("deskhand file:///docs/a b.txt", "[end 00000000]\nfrom the file")
    scene = scene_of(started("Sum it up.", attached=[data, as_data("deskhand file:///b.txt", "")]))
    said = scene.turns[0].pieces[0]
    assert isinstance(said, Said)
    assert said.text == "Sum it up."
    assert [(one.server, one.uri, one.text) for one in said.attached] == [
        ("deskhand", "file:///docs/a b.txt", "[end 00000000]\nfrom the file"),
        ("deskhand", "file:///b.txt", ""),
    ]


@pytest.mark.parametrize(("typed", "source"), [([Text(text="?")], "this message"), ([], "a server's prompt")])
def test_a_picture_is_said_to_be_from_whom_it_is(typed: list[Text], source: str) -> None:
    (shown,) = pictures_in(Message(role="user", content=(DOT, *typed)))
    assert isinstance(shown, Picture)
    assert shown.alt == f"Picture from {source} (PNG, 70 bytes)"


def test_pictures_are_kept_until_their_turn_begins_or_cannot() -> None:
    scene, pictures = Scene(), pictures_in(Message(role="user", content=(DOT,)))
    for turn in ("t1", "t2"):
        scene.attach(turn, pictures)
    for event in simple():
        scene.take(event)
    scene.forget_attached()
    for event in (*simple(turn="t2"), *simple(turn="t1")):
        scene.take(event)
    assert [piece.pictures for piece in flat(scene.turns) if isinstance(piece, Said)] == [pictures, (), ()]


def test_the_buttons_of_a_message_come_when_its_turn_is_over() -> None:
    scene = scene_of(started())
    said = scene.turns[0].pieces[0]
    assert isinstance(said, Said)
    assert said.running
    scene.changed()
    scene.take(finished())
    assert not said.running
    assert said in scene.changed()


def test_a_long_conversation_is_shown_from_its_end() -> None:
    scene = scene_of([event for number in range(95) for event in simple(turn=f"t{number}")])
    latest = scene.latest()
    assert (len(latest.turns), latest.earlier, latest.turns[-1].turn) == (40, 55, "t94")
    before = scene.before(latest.turns[0].turn)
    assert (len(before.turns), before.earlier, before.turns[-1].turn) == (40, 15, "t54")
    first = scene.before(before.turns[0].turn)
    assert (len(first.turns), first.earlier) == (15, 0)
    with pytest.raises(NotFound, match="no such turn"):
        scene.before("never")


@pytest.mark.parametrize(
    ("happened", "not_called"),
    [
        ([over(SIX, "Not made.", outcome="cancelled")], True),
        ([running(SIX), over(SIX, "Cut short.", outcome="cancelled")], False),
        ([finished(outcome="cancelled")], True),
        ([running(SIX), finished(outcome="cancelled")], False),
        ([], False),
    ],
    ids=["answered", "answered while it ran", "the turn ended", "the turn ended while it ran", "nobody knows"],
)
def test_a_call_that_never_went_out_is_told_from_one_that_may_have_had_an_effect(
    happened: list[events.Event], not_called: bool
) -> None:
    scene = Scene()
    scene.replay([*started(), *requested(SIX), *happened])
    (card,) = [piece for piece in flat(scene.turns) if isinstance(piece, Card)]
    assert (card.state, card.outcome, card.not_called) == ("over", "cancelled", not_called)
