"""The stream of a page, as text: what an `EventSource` reads."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.web.place import Place, open_site

from deskhand.web.feed import Batch, Feed
from deskhand.web.live import events, written

pytestmark = pytest.mark.anyio


async def test_a_stream_says_first_when_to_come_back_and_then_what_is_new_with_its_id() -> None:
    feed = Feed()
    start = feed.position
    feed.put("talk", "a", "<p id=a>one\ntwo</p>")
    stream = events(feed, frozenset({"talk"}), start)
    assert await anext(stream) == f"retry: 1000\nid: {start}\nevent: beat\ndata:\n\n"
    assert await anext(stream) == f"id: {feed.position}\nevent: put\ndata: <p id=a>one\ndata: two</p>\n\n"
    await stream.aclose()


async def stop(place: Place) -> None:
    await place.site.close()


async def sign_out(place: Place) -> None:
    assert (await place.browser.post("/logout")).status_code == 204


@pytest.mark.parametrize(("ends", "told"), [(stop, ""), (sign_out, "event: stale\ndata:\n\n")])
async def test_a_page_loads_again_when_its_visit_ended_and_waits_when_deskhand_stops(
    ends: Callable[[Place], Awaitable[None]], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.web.desks.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("deskhand.web.access.REMEMBER_SECONDS", 0.0)
    async with open_site(tmp_path) as place:
        feed = (await place.desk()).feed
        await ends(place)
        parts = [part async for part in events(feed, frozenset({"no news"}), feed.position)]
    assert "".join(parts[1:]) == told


async def test_a_stream_from_nowhere_tells_the_page_to_load_again_and_ends() -> None:
    assert [part async for part in events(Feed(), frozenset({"talk"}), "gone.3")] == [
        "retry: 1000\n\n",
        "event: stale\ndata:\n\n",
    ]


def test_a_silent_stream_beats_and_moves_the_id() -> None:
    assert written(Batch("e.5")) == "id: e.5\nevent: beat\ndata:\n\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_line_end_in_a_text_begins_a_field_of_its_own(end: str) -> None:
    text = written(Batch("e.1", f"a{end}event: stale{end}{end}id: e.9"))
    assert "\r" not in text
    assert text.split("\n")[2:] == ["data: a", "data: event: stale", "data: ", "data: id: e.9", "", ""]
