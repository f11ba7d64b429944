"""A conversation on the page: said, answered, drawn live, and drawn the same after a reload."""

from pathlib import Path

import pytest
from tests.web.place import open_site

from deskhand.models.script import Step

pytestmark = pytest.mark.anyio


async def test_what_is_said_is_answered_and_stays_after_a_reload(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="It is **sunny**.")]) as place:
        answer = await place.browser.post("/chat", text="How is the weather?")
        address = answer.headers["hx-redirect"]
        room = await (await place.desk()).room(address.removeprefix("/chat/"))
        await place.until(lambda: not room.busy)
        page = await place.browser.get(address)
        assert "How is the weather?" in page
        assert "<strong>sunny</strong>" in page
