"""`/memory` takes words for ids, and shows hits as people read them."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tests.terminal.test_memory import YES, room

from deskhand.terminal.memory_lines import hits_table
from deskhand.toolsets.memory.results import Found, Hit

pytestmark = pytest.mark.anyio


async def test_words_that_one_memory_has_name_it(tmp_path: Path) -> None:
    async with room(tmp_path, YES) as here:
        shoe = await here.saves("My shoes are size 43.")
        await here.saves("The boat is in Lund.")
        await here.saves("The red boat leaks.")
        assert f"[changed [{shoe}]" in await here.types("/memory pin shoe")
        several = await here.types("/memory end boat")
        assert "2 memories have 'boat'. Name one by its id:" in several
        assert "The red boat leaks." in several
        assert "ended 2099-05-07" in await here.types("/memory end leaks 2099-05-07")
        assert " · until 2099-05-07 · The red boat leaks." in await here.types("/memory")
        assert "valid_to must be a day" in await here.types("/memory end leaks someday")
        assert f"forgotten for good [{shoe}]" in await here.types("/memory forget my shoe")


async def test_a_hit_has_days_and_dots_between_its_marks() -> None:
    hit = Hit(
        id="mab", text="I eat nuts", when="2026-11-23T00:37+00:00", kind="fact", source="memory", score=1,
        conflicts_with=("mcd",),
    )  # fmt: skip
    out = StringIO()
    Console(file=out, width=110, color_system=None).print(hits_table(Found(hits=(hit,), more=1, search="words only")))
    assert "I eat nuts  2026-11-23 · fact · contradicts mcd" in out.getvalue()
    assert "1 weaker one is not shown" in out.getvalue()
