"""Typing a message: resources and prompts are proposed, prompts have forms, files go to the workspace."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.web.place import ADDRESS, Place, open_site
from tests.web.stories import PNG
from tests.web.test_chat import said

from deskhand.host.mention_words import readable_mentions
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


async def test_a_picture_that_is_attached_is_drawn_with_the_message_and_stays_after_a_reload(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="A dot.")]) as place:
        (tmp_path / "workspace" / "dot.png").write_bytes(b64decode(PNG))
        (tmp_path / "workspace" / "odd.png").write_bytes(b"<svg onload=alert(1)>")
        desk = await place.desk()
        position = desk.feed.position
        room = await said(place, "What is on @file:///dot.png and @file:///odd.png ?")
        live = (await anext(desk.feed.follow([room.id], position))).html
        page = await place.browser.get(f"/chat/{room.id}")
        room.leave()
        await place.until(lambda: room.id not in desk.rooms.open)
        reloaded = await place.browser.get(f"/chat/{room.id}")
        for html in (live, page, reloaded):
            message = LexborHTMLParser(html).css(".said")[0]  # it is drawn again when its turn is over
            assert [image.attributes for image in message.css("figure.picture > img")] == [
                {"src": f"data:image/png;base64,{PNG}", "alt": "Picture from this message (PNG, 70 bytes)"}
            ]
            assert [told.text() for told in message.css("p.muted")] == [
                "a picture, image/png, that cannot be shown: it is not PNG, JPEG, GIF or WebP below 3.7 MB"
            ]


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
        files={"file": (name, BytesIO(data))},  # which is sent piece by piece
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


@pytest.mark.parametrize("more", [1, 5 * 1024 * 1024])
async def test_too_large_a_file_is_refused_by_its_name(tmp_path: Path, more: int) -> None:
    async with open_site(tmp_path, []) as place:
        status, text = await upload(place, "big.bin", b"x" * (32 * 1024 * 1024 + more))
        assert status == 400
        assert "big.bin is larger than 32 MB, which toolsets.files.max_file_bytes allows. Put it into the" in text
        assert not list((tmp_path / "workspace").rglob("big.bin"))


async def test_what_is_typed_is_bounded_and_the_bound_is_said(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        answer = await place.browser.post("/chat", text="x" * (4 * 1024 * 1024))
        assert (answer.status_code, "larger than 4 MB" in answer.text) == (413, True)


async def test_an_address_is_read_by_people_as_it_is_named_and_copied_as_it_is_meant(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="I see it.")]) as place:
        (tmp_path / "workspace" / "Größe & plan.md").write_text("TREASURE here")
        meant = "@file:///Gr%C3%B6%C3%9Fe%20%26%20plan.md"
        room = await said(place, f"read {meant} please")
        assert room.title == "read @file:///Größe & plan.md please"
        page = await place.browser.get(f"/chat/{room.id}")
        assert "TREASURE" in page
        assert '-text">read @file:///Größe &amp; plan.md please</p>' in page
        assert '<span class="mono">file:///Größe &amp; plan.md</span>' in page
        assert f'-meant" hidden>read {meant} please</span>' in page
        edit = await place.browser.get(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/edit")
        assert f">read {meant} please</textarea>" in edit


@pytest.mark.parametrize("address", ["file:///a%0Ab", "file:///a%E4", "file:///plain.txt"])
def test_an_address_that_is_no_line_of_words_is_read_as_it_stands(address: str) -> None:
    assert readable_mentions(f"see @{address}") == f"see @{address}"
