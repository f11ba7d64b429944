"""The benchmark of the page still measures it: what it loads, what it draws, and what it leaves to be asked for."""

from pathlib import Path

import pytest
from tests.web.place import open_site

from bench import page

pytestmark = pytest.mark.anyio


async def test_the_first_page_and_its_files_are_within_the_budget(tmp_path: Path) -> None:
    async with open_site(tmp_path, [page.answer(1)]) as place:
        assert 30_000 < await page.first_page(place) < page.BUDGET_BYTES


async def test_a_turn_is_drawn_for_each_open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "TIMES", 1)
    async with open_site(tmp_path, [page.answer(40)]) as place:
        desk = await place.desk()
        alone = await page.alone(desk)
        (unseen, nothing), (seen, streamed) = await page.shown(desk, 0), await page.shown(desk, 2)
    assert nothing == 0
    assert streamed > 40 * page.PIECE_CHARACTERS
    for drawn in (unseen, seen):
        assert 0 < drawn < 20 * alone


async def test_a_long_conversation_is_drawn_in_part(tmp_path: Path) -> None:
    async with page.long_conversation(tmp_path, 400) as (place, name):  # a hundred turns
        opened, again, size = await page.first_and_again(place, name)
        whole, bytes_of_all = await page.all_at_once(place, name)
    assert 0 < again < opened < 20 * whole
    assert 0.3 < size / bytes_of_all < 0.7
