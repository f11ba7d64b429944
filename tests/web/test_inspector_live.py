"""The inspector's list: filtered, live, paused, and bounded however much comes."""

import re
from pathlib import Path

import pytest
from tests.web.inspector_frames import frame, quiet_tap
from tests.web.place import Place, open_site

from deskhand.host.wiretap import KEPT_FRAMES
from deskhand.web.inspector_rows import SHOWN

pytestmark = pytest.mark.anyio
_ROW = re.compile(r'<tr id="f(\d+)"')
MOST_BYTES = 300_000


def shown(page: str) -> list[int]:
    """The numbers of the rows of a page."""
    return [int(number) for number in _ROW.findall(page)]


async def poll(place: Place, page: str, selected: int = 0) -> tuple[int, str]:
    """What the page asks each second, as its address says."""
    found = re.search(r'hx-get="(/inspector/rows[^"]*)"', page)
    assert found is not None
    answer = await place.browser.client.get(f"{found[1].replace('&amp;', '&')}&selected={selected}")
    return answer.status_code, answer.text


async def test_the_page_is_told_of_new_frames_only_when_there_are_some(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        page = await place.browser.get("/inspector")
        assert (await poll(place, page))[0] == 204
        tap.record(frame())
        status, news = await poll(place, page)
        assert (status, shown(news)) == (200, [tap.count])
        assert 'hx-swap-oob="outerMorph"' in news
        assert (await poll(place, news))[0] == 204


async def test_a_filtered_page_hears_only_of_frames_that_match(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        page = await place.browser.get("/inspector?method=resources/")
        tap.record(frame())
        status, news = await poll(place, page)
        assert (status, "<table" in news) == (200, False)
        assert (await poll(place, news))[0] == 204
        tap.record(frame("resources/read"))
        assert shown((await poll(place, news))[1]) == [tap.count]


async def test_a_page_of_requests_hears_when_one_was_answered(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        tap.record(frame(rpc_id="1"))
        page = await place.browser.get("/inspector?kind=request")
        tap.record(frame(rpc_id="1", kind="response", direction="received"))
        assert f"answered by #{tap.count}" in (await poll(place, page))[1]


async def test_picking_a_frame_marks_it_and_its_other_half(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        tap.record(frame(rpc_id="1"))
        tap.record(frame("tools/list", rpc_id="2"))
        tap.record(frame(kind="response", rpc_id="1", direction="received"))
        page = await place.browser.get("/inspector")
        status, news = await poll(place, page, selected=tap.count - 2)
        assert (status, news.count('aria-current="true"')) == (200, 2)
        assert (await poll(place, news, selected=tap.count - 2))[0] == 204


async def test_a_paused_page_stays_and_says_how_many_came(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        tap.record(frame())
        page = await place.browser.get("/inspector?kind=request")
        paused = re.search(r'id="pause" href="([^"]+)"', page)
        assert paused is not None
        page = await place.browser.get(paused[1].replace("&amp;", "&"))
        for _ in range(3):
            tap.record(frame())
        tap.record(frame(kind="notification"))
        _, news = await poll(place, page)
        assert "3 frames came after it" in news
        assert shown(page) == [tap.count - 4]
        assert "<table" not in news
        assert 'id="go-on" href="/inspector?kind=request"' in news


async def test_a_paused_page_keeps_its_rows_when_their_frames_are_no_longer_kept(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        tap.record(frame())
        page = await place.browser.get(f"/inspector?until={tap.count}")
        (number,) = shown(page)
        _, marked = await poll(place, page, selected=number)
        assert shown(marked) == [number]
        assert 'aria-current="true"' in marked
        for _ in range(KEPT_FRAMES):
            tap.record(frame())
        assert tap.numbered(number) is None
        status, news = await poll(place, page, selected=number)
        assert (status, "<table" in news) == (200, False)
        assert f"{KEPT_FRAMES:,} frames came after it" in news
        assert (await poll(place, news, selected=number))[0] == 204


async def test_a_page_drawn_before_a_restart_is_drawn_anew(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        answer = await place.browser.client.get("/inspector/rows?seen=999999&drawn=0")
        assert "<table" in answer.text


async def test_ten_thousand_frames_are_a_bounded_list_with_more_behind_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        long = {"params": {"name": "n" * 5_000, "text": ["x" * 500] * 20}}
        for number in range(5_000):
            tap.record(frame("m" * 300, rpc_id=str(number), message=long))
            tap.record(frame("m" * 300, "response", rpc_id=str(number), direction="received", milliseconds=3.0))
        kept = [record.number for record in tap.records]
        assert len(kept) == KEPT_FRAMES
        page = await place.browser.get("/inspector")
        assert len(page.encode()) < MOST_BYTES
        assert shown(page) == kept[-SHOWN:]
        seen: list[int] = []
        while page is not None:
            seen += shown(page)
            more = re.search(r'href="([^"]+)">Show earlier', page)
            page = await place.browser.get(more[1].replace("&amp;", "&")) if more else None
        assert sorted(seen) == kept


async def test_a_huge_frame_makes_a_bounded_panel(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        rows = [{"a": number, "b": "x" * 50} for number in range(50_000)]
        tap.record(frame(message={"params": {"rows": rows}}, size=5_000_000))
        panel = await place.browser.get(f"/inspector/{tap.count}")
        assert len(panel.encode()) < MOST_BYTES
        assert "Copy as JSON" not in panel
        assert "Open as JSON" in panel
