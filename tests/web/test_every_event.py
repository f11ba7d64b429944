"""Every kind of event has its place: a template on the page, and a drawing in the terminal."""

from importlib.resources import files
from io import StringIO
from typing import Annotated, get_args, get_origin

import pytest
from rich.console import Console
from tests.web.fragments import EVENTS
from tests.web.stories import call, complete, finished, flat, requested, scene_of, started

from deskhand.host.event import HostEvent
from deskhand.host.events import Event, Frame, ResourceChanged
from deskhand.terminal.render import Renderer
from deskhand.terminal.screen import StillScreen
from deskhand.web.pieces import TEMPLATES

KINDS: tuple[type[HostEvent], ...] = get_args(get_args(Event)[0])

BESIDE = {Frame: "inspector/row.html", ResourceChanged: "console/watch.html"}
"""Shown by other pages than a conversation's."""


class Unheard(HostEvent):
    """A kind that no screen knows."""


def test_the_union_is_read_as_it_is() -> None:
    assert get_origin(Event) is Annotated
    assert {kind.model_fields["type"].default for kind in KINDS} == set(EVENTS), "the tests have one of each kind"


def test_every_kind_has_a_template_that_is_there() -> None:
    assert set(TEMPLATES) == set(KINDS)
    folder = files("deskhand.web") / "templates"
    assert [name for name in TEMPLATES.values() if not (folder / name).is_file()] == []


def test_every_template_of_a_fragment_belongs_to_a_kind_or_holds_others() -> None:
    folder = files("deskhand.web") / "templates"
    lines = {f"events/{path.name}" for path in (folder / "events").iterdir()}
    assert lines == {name for name in TEMPLATES.values() if name.startswith("events/")}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_an_event_changes_is_drawn_by_its_template(kind: type[Event]) -> None:
    event = next(event for event in EVENTS.values() if type(event) is kind)
    if kind in BESIDE:
        assert TEMPLATES[kind] == BESIDE[kind]
        assert scene_of([event]).changed() == []
        return
    before: list[Event] = {
        "pieces/turn.html": [],
        "pieces/answer.html": [*started(), EVENTS["text_delta"]],
        "pieces/card.html": [*started(), complete(), *requested(call("1")), EVENTS["approval_asked"]],
    }.get(TEMPLATES[kind], started())
    scene = scene_of(before)
    scene.changed()
    scene.take(event)
    changed = scene.changed()
    assert changed, "it is drawn again"
    assert TEMPLATES[kind] in {piece.template for piece in flat([*changed, *scene.turns])}


def test_the_terminal_has_a_drawing_of_its_own_for_every_kind() -> None:
    drawings = vars(Renderer)["_take"].dispatcher.registry
    assert set(drawings) - {object} == set(KINDS)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_terminal_takes_every_kind(name: str) -> None:
    out = StringIO()
    renderer = Renderer(StillScreen(Console(file=out, width=100)), echo=True)
    for event in (*started(), EVENTS[name], finished()):
        renderer.show(event)
    assert "1 step" in out.getvalue(), "it goes on to the end of the turn"


def test_a_kind_that_is_not_known_is_refused_by_both() -> None:
    unheard: Event = Unheard()  # pyright: ignore[reportAssignmentType]
    with pytest.raises(TypeError, match="No place for Unheard"):
        scene_of(started()).take(unheard)
    with pytest.raises(TypeError, match="No place for Unheard"):
        Renderer(StillScreen(Console(file=StringIO()))).show(unheard)
