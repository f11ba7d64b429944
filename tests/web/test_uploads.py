"""Files on their way: so many at once for each person, and no picture that is none."""

from base64 import b64decode
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest
from tests.web.place import ADDRESS, Place, open_site
from tests.web.stories import PNG
from tests.web.test_composer import upload

from deskhand.principal import Principal
from deskhand.web.files import MOST_AT_ONCE

pytestmark = pytest.mark.anyio
_BEGIN = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\nslow\r\n'
_END = b"--cut--\r\n"


async def slow(place: Place, go_on: anyio.Event, answers: list[int]) -> None:
    """Send a file whose end comes later."""

    async def body() -> AsyncGenerator[bytes]:
        yield _BEGIN
        await go_on.wait()
        yield _END

    headers = {
        "X-CSRF-Token": place.browser.csrf,
        "Origin": ADDRESS,
        "Content-Type": "multipart/form-data; boundary=cut",
    }
    answers.append((await place.browser.client.post("/files", content=body(), headers=headers)).status_code)


async def test_so_many_files_of_a_person_are_on_their_way_and_the_next_is_told_to_wait(tmp_path: Path) -> None:
    go_on, answers = anyio.Event(), list[int]()
    async with open_site(tmp_path, []) as place:
        uploading = place.site.desks.around.uploading
        await place.browser.get("/chat")
        async with anyio.create_task_group() as tasks:
            for _ in range(MOST_AT_ONCE):
                tasks.start_soon(slow, place, go_on, answers)
            await place.until(lambda: uploading["local"] == MOST_AT_ONCE)
            status, text = await upload(place, "plan.txt", b"a plan")
            assert (status, "4 files of yours are on their way already. Wait until one" in text) == (400, True)
            go_on.set()
        assert answers == [200] * MOST_AT_ONCE
        assert not uploading
        assert (await upload(place, "plan.txt", b"a plan"))[0] == 200


async def test_a_file_that_is_cut_off_or_refused_leaves_its_place_to_others(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        uploading = place.site.desks.around.uploading
        await place.browser.get("/chat")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(slow, place, anyio.Event(), list[int]())
            await place.until(lambda: uploading["local"] == 1)
            tasks.cancel_scope.cancel()
        assert not uploading
        assert (await upload(place, "empty.png", b""))[0] == 422
        assert not uploading


async def test_what_one_person_sends_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        place.site.desks.around.uploading["local"] = MOST_AT_ONCE
        await place.sign_in_as(Principal("bob", "token", frozenset({"*"})))
        assert (await upload(place, "plan.txt", b"a plan"))[0] == 200


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.png", b"", "empty.png is empty, so it was not attached."),
        ("odd.png", b"<svg onload=alert(1)>", "odd.png holds no picture"),
        ("cut.JPG", b"\xff\xd8\xff\xe0", "cut.JPG holds no picture"),
        ("page.webp", b"<!doctype html>", "page.webp holds no picture"),
    ],
)
async def test_what_is_called_a_picture_and_is_none_is_refused_when_it_is_picked(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    async with open_site(tmp_path, []) as place:
        status, text = await upload(place, name, data)
        assert (status, said in text) == (422, True)
        assert not list((tmp_path / "workspace").rglob(name))


@pytest.mark.parametrize(
    ("name", "data"), [("dot.png", b64decode(PNG)), ("dot.gif", b64decode(PNG)), ("empty.txt", b"")]
)
async def test_a_picture_and_what_does_not_claim_to_be_one_are_kept_as_they_are(
    name: str, data: bytes, tmp_path: Path
) -> None:
    async with open_site(tmp_path, []) as place:
        assert (await upload(place, name, data))[0] == 200
        assert (tmp_path / "workspace" / "uploads" / name).read_bytes() == data
