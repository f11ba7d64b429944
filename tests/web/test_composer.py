"""Typing a message: resources and prompts are proposed, prompts have forms, files go to the workspace."""

from pathlib import Path

import pytest
from tests.web.place import ADDRESS, Place, open_site
from tests.web.test_chat import said

from deskhand.models.script import Step

pytestmark = pytest.mark.anyio


async def test_a_resource_is_proposed_attached_and_shown(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="I see it.")]) as place:
        (tmp_path / "workspace" / "map.md").write_text("TREASURE here")
        options = await place.browser.get("/complete?text=read%20@ma")
        assert 'data-insert="@file:///map.md"' in options
        room = await said(place, "read @file:///map.md and @gone:///x")
        page = await place.browser.get(f"/chat/{room.id}")
        assert "TREASURE" in page
        assert "No server has gone:///x" in page


async def test_prompts_are_proposed_and_filled_in(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="Watching.")]) as place:
        options = await place.browser.get("/complete?text=/weather")
        assert 'data-form="weather_watch"' in options
        form = await place.browser.get("/prompt?name=weather_watch")
        assert 'name="argument-state"' in form
        values = await place.browser.get("/prompt/values?name=weather_watch&argument=state&argument-state=Cal")
        assert "CA" in values or "California" in values
        missing = await place.browser.post("/chat/prompt", name="weather_watch")
        assert missing.status_code == 422
        assert "needs" in missing.text
        answer = await place.browser.post("/chat/prompt", **{"name": "weather_watch", "argument-state": "CA"})
        room = await (await place.desk()).room(answer.headers["hx-redirect"].removeprefix("/chat/"))
        await place.until(lambda: not room.busy)
        assert "CA" in await place.browser.get(f"/chat/{room.id}")
        assert (await place.browser.client.get("/prompt?name=none")).status_code == 404


async def test_nothing_is_proposed_for_ordinary_words(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        assert "<li" not in await place.browser.get("/complete?text=ann@example.org%20and/or")


async def upload(place: Place, name: str, data: bytes) -> tuple[int, str]:
    await place.browser.get("/chat")
    answer = await place.browser.client.post(
        "/files",
        files={"file": (name, data)},
        headers={"X-CSRF-Token": place.browser.csrf, "Origin": ADDRESS, "HX-Request": "true"},
    )
    return answer.status_code, answer.text


async def test_a_file_goes_to_the_workspace_and_another_of_its_name_beside_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        uploads = tmp_path / "workspace" / "uploads"
        status, text = await upload(place, "a b.txt", b"one")
        assert (status, "@file:///uploads/a%20b.txt" in text) == (200, True)
        assert (uploads / "a b.txt").read_bytes() == b"one"
        status, text = await upload(place, "a b.txt", b"two")
        assert "a%20b-2.txt" in text
        assert (uploads / "a b-2.txt").read_bytes() == b"two"
        assert (uploads / "a b.txt").read_bytes() == b"one"


@pytest.mark.parametrize("name", ["../../secret", "..\\x", "/etc/passwd", "a/../../b", "\x00a"])
async def test_no_file_leaves_the_uploads(tmp_path: Path, name: str) -> None:
    async with open_site(tmp_path, []) as place:
        await upload(place, name, b"x")
        files = {path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"x"}
        assert all(path.parent == tmp_path / "workspace" / "uploads" for path in files)


async def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        status, text = await upload(place, "big", b"x" * (25 * 1024 * 1024 + 1))
        assert status in (400, 413)
        assert "25 MB" in text or "large" in text
        assert not list((tmp_path / "workspace").rglob("big"))
