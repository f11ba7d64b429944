"""The scene holds, whatever comes in whatever order, and however a text is cut into deltas."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.fragments import EVENTS
from tests.web.stories import answered, asked, call, cards, finished, flat, over, requested, started

from deskhand.host import events
from deskhand.web.draw import Draw
from deskhand.web.pieces import Piece
from deskhand.web.scene import TURNS, Scene

DRAW = Draw()
LINES = (
    "One.",
    "",
    "",
    "- a",
    "- b",
    "```",
    "x = 1",
    "# Head",
    "| a |",
    "|---|",
    "| 1 |",
    "    code",
    "[a]: /b",
    "1. c",
    "> d",
)
MARKDOWN = st.lists(st.sampled_from(LINES), max_size=14).map("\n".join)
HAPPENED = [
    *EVENTS.values(),
    *started(turn="t2"),
    *requested(call("1"), call("2")),
    over(call("2"), "42"),
    over(call("unknown"), "42"),
    *answered("One.\n\nTwo."),
    asked(2),
    finished(turn="t2"),
]


def picture(pieces: Sequence[Piece]) -> str:
    """Everything that a scene shows."""
    return "\n".join(DRAW.piece(piece) for piece in pieces)


@settings(max_examples=60, deadline=None)
@given(MARKDOWN, st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_a_text_makes_the_same_scene_however_it_is_cut(text: str, sizes: list[int]) -> None:
    pieces: list[str] = []
    rest = text
    while rest:
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(rest[:size])
        rest = rest[size:]
    whole, cut = Scene(), Scene()
    whole.replay([*started(), *answered(text)])
    cut.replay([*started(), *(events.TextDelta(text=piece) for piece in pieces), *answered("")])
    assert picture(cut.turns) == picture(whole.turns)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(HAPPENED), max_size=25), st.integers(1, 5))
def test_what_is_drawn_bit_by_bit_is_what_a_reload_draws(happened: list[events.Event], every: int) -> None:
    scene, shown = Scene(), Page()
    for index, event in enumerate(happened):
        scene.take(event)
        if index % every == 0:
            shown.put(scene.changed())
    shown.put(scene.changed())
    ids = [piece.id for piece in flat(scene.turns)]
    assert len(ids) == len(set(ids)), "an id is one element"
    assert shown.ids() == ids


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(HAPPENED), max_size=25))
def test_after_a_replay_nothing_is_left_open(happened: list[events.Event]) -> None:
    scene = Scene()
    scene.replay(happened)
    assert all(card.state == "over" for card in cards(scene))
    assert not any(getattr(piece, "open", False) for piece in flat(scene.turns))
    assert "is working" not in picture(scene.turns)


class Page:
    """What the page's script makes of the pieces, by their ids: replaced where they are, else added at the end."""

    def __init__(self) -> None:
        self._inner: dict[str, list[str]] = {TURNS: []}

    def put(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            known = any(piece.id in inner for inner in self._inner.values())
            if getattr(piece, "gone", False):
                for inner in self._inner.values():
                    inner[:] = [each for each in inner if each != piece.id]
            elif known or piece.into in self._inner:
                if not known:
                    self._inner[piece.into].append(piece.id)
                self._draw(piece)

    def ids(self) -> list[str]:
        return self._within(TURNS)

    def _draw(self, piece: Piece) -> None:
        held: list[Piece] = getattr(piece, "pieces", [])
        self._inner[piece.id] = [each.id for each in held]
        for each in held:
            self._draw(each)

    def _within(self, holder: str) -> list[str]:
        return [found for each in self._inner.get(holder, ()) for found in (each, *self._within(each))]
