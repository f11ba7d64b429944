"""A long text that grows costs a page little: it is drawn whole each time, and so not with every word."""

import pytest
from tests.web.stories import answered, deltas, started

from deskhand.host import events
from deskhand.web.draw import Draw
from deskhand.web.feed import PAUSE_SECONDS
from deskhand.web.pace import Pace
from deskhand.web.pieces import Piece
from deskhand.web.scene import Scene

DRAW = Draw()
WORDS = "All work and no play. " * 546
LONG = {
    "a paragraph": [events.TextDelta(text=WORDS[at : at + 34]) for at in range(0, len(WORDS), 34)],
    "code": deltas("```python\n" + "print('all', 1)\n" * 750, 34),
    "a thought": [events.ReasoningDelta(text=WORDS[at : at + 34]) for at in range(0, len(WORDS), 34)],
}


class Watched:
    """A scene that is drawn 25 times a second, on a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.scene = Scene(Pace(lambda: self.now))
        self.bytes = 0
        self.times: list[float] = []
        self.last: list[Piece] = []

    def draw(self) -> None:
        """What a room does each time."""
        self.now += PAUSE_SECONDS
        changed = self.scene.changed()
        if changed:
            self.times.append(self.now)
            self.last = changed
        self.bytes += sum(len(DRAW.piece(piece).encode()) for piece in changed)


def watched(happened: list[events.Event]) -> Watched:
    """Events as they come, one for each drawing."""
    watch = Watched()
    for event in happened:
        watch.scene.take(event)
        watch.draw()
    return watch


@pytest.mark.parametrize("name", LONG)
def test_twelve_thousand_characters_cost_less_than_four_hundred_kilobytes(name: str) -> None:
    watch = watched([*started(), *LONG[name]])
    assert watch.bytes < 400_000
    pauses = [later - time for time, later in zip(watch.times, watch.times[1:], strict=False)]
    assert max(pauses) < 0.9, "and a person sees it grow"


@pytest.mark.parametrize("name", LONG)
def test_what_came_last_is_drawn_though_nothing_follows(name: str) -> None:
    watch = watched([*started(), *LONG[name]])
    drawn = len(watch.times)
    while watch.scene.has_more:
        watch.draw()
    assert len(watch.times) == drawn + 1
    assert DRAW.piece(watch.last[-1]) in DRAW.piece(watch.scene.turns[0])
    assert watch.now - watch.times[drawn - 1] < 0.9


def test_a_text_that_is_over_is_drawn_at_once() -> None:
    watch = watched([*started(), *LONG["a paragraph"]])
    for event in answered(" End."):
        watch.scene.take(event)
    assert ["End." in DRAW.piece(piece) for piece in watch.scene.changed()] == [True]
    assert not watch.scene.has_more


def test_a_short_text_is_drawn_with_every_word() -> None:
    words = [events.TextDelta(text="word ") for _ in range(300)]
    assert len(watched([*started(), *words]).times) == 302
