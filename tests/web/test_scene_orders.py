"""The scene holds, whatever comes in whatever order, and however a text is cut into deltas."""

import re
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tests.web.fragments import EVENTS
from tests.web.stories import answered, asked, call, cards, finished, flat, over, requested, running, started

from deskhand.host import events
from deskhand.web.draw import Draw
from deskhand.web.feed import Feed
from deskhand.web.pieces import Piece
from deskhand.web.scene import TURNS, Scene

pytestmark = pytest.mark.anyio
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
DRAWN, SKIPPED = (True, False), (False, False)
GROUP_OVER_A_CARD = [
    *((event, *DRAWN) for event in (*started(), *requested(call("1")), running(call("1")))),
    (over(call("1"), "42"), *SKIPPED),
    (*requested(call("2")), *DRAWN),
]
"""A page that lags must not find the card that runs, which was drawn before the group that has it over."""
TURN_OVER_ITS_WAITING = [
    *((event, *DRAWN) for event in started()),
    (finished(), *SKIPPED),
    (started()[0], *DRAWN),
]
"""Nor that the model is at work, in a turn that was drawn anew without it."""
TURN_OVER_ITS_END = [
    *((event, *DRAWN) for event in (*started(), finished(), started()[0])),
    (events.Notice(level="info", text="It goes on."), *DRAWN),
    (finished(), *DRAWN),
]
"""Nor the end of a turn that went on, before what came since."""


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


@settings(max_examples=120, deadline=None)
@example(GROUP_OVER_A_CARD)
@example(TURN_OVER_ITS_WAITING)
@example(TURN_OVER_ITS_END[:4])
@example(TURN_OVER_ITS_END)
@given(
    st.lists(st.tuples(st.sampled_from(HAPPENED), st.booleans(), st.sampled_from([False, False, True])), max_size=25)
)
async def test_what_a_page_reads_bit_by_bit_is_what_a_reload_draws(
    happened: list[tuple[events.Event, bool, bool]],
) -> None:
    scene, feed, page = Scene(), Feed(), Page()
    page.position = feed.position
    for event, is_drawn, is_read in [*happened, (EVENTS["notice"], True, True)]:
        scene.take(event)
        for piece in scene.changed() if is_drawn else ():
            feed.put("talk", piece.id, DRAW.piece(piece), piece.within())
        if is_read:
            await page.read(feed)
    ids = [piece.id for piece in flat(scene.turns)]
    assert len(ids) == len(set(ids)), "an id is one element"
    assert page.shown() == without_gaps(f'<main id="{TURNS}">{picture(scene.turns)}</main>')


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(HAPPENED), max_size=25))
def test_after_a_replay_nothing_is_left_open(happened: list[events.Event]) -> None:
    scene = Scene()
    scene.replay(happened)
    assert all(card.state == "over" for card in cards(scene))
    assert not any(getattr(piece, "open", False) for piece in flat(scene.turns))
    assert "is working" not in picture(scene.turns)


def without_gaps(html: str) -> str:
    """Without the space between elements."""
    body = LexborHTMLParser(html).body
    assert body is not None
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", body.html or "")


class Page:
    """What the page's script makes of fragments, by their ids: replaced where they are, else added at the end."""

    def __init__(self) -> None:
        self.position = ""
        self._tree = LexborHTMLParser(f'<main id="{TURNS}"></main>')

    async def read(self, feed: Feed) -> None:
        """Take what came since."""
        if self.position == feed.position:
            return
        async with aclosing(feed.follow({"talk"}, self.position)) as batches:
            batch = await anext(batches)
        assert not batch.stale
        self.position = batch.position
        for element in LexborHTMLParser(batch.html).css("body > *"):
            self._put(element)

    def shown(self) -> str:
        """Its HTML."""
        return without_gaps(self._tree.html or "")

    def _put(self, element: LexborNode) -> None:
        known = self._find(element.attributes["id"])
        holder = self._find(element.attributes["data-into"])
        if "data-gone" in element.attributes:
            if known is not None:
                known.decompose()
        elif known is not None:
            known.replace_with(element)
        elif holder is not None:
            holder.insert_child(element)

    def _find(self, name: str | None) -> LexborNode | None:
        return self._tree.css_first(f'[id="{name}"]')
