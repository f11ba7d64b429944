"""Files that come by the page obey the rules of the toolset whose workspace they go to."""

import tracemalloc
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.web.place import open_site
from tests.web.test_composer import upload

from deskhand.settings import Settings
from deskhand.web import files
from deskhand.web.guard import UPLOAD_BYTES, in_words

pytestmark = pytest.mark.anyio
LARGE = 32 * 1024 * 1024
"""Bytes of a file, much more than one step in which it is read."""


@pytest.mark.parametrize(
    ("toolsets", "said"),
    [
        ({"enabled": ["files"], "files": {"read_only": True}}, "toolsets.files.read_only"),
        ({"enabled": ["core"]}, "toolsets.enabled"),
    ],
)
async def test_what_the_toolset_must_not_write_the_page_does_not_and_does_not_offer_to(
    toolsets: dict[str, JsonValue], said: str, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "workspace": workspace, "toolsets": toolsets})
    async with open_site(tmp_path, [], settings=settings) as place:
        status, text = await upload(place, "plan.txt", b"a plan")
        assert (status, said in text) == (403, True)
        assert not list(workspace.rglob("*.txt"))
        assert "Attach a file" not in await place.browser.get("/chat")


async def test_a_file_is_as_large_as_the_toolset_may_write_and_as_the_page_holds_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolsets = {"files": {"max_file_bytes": 2_560}}
    settings = Settings.model_validate(
        {"data_dir": tmp_path / "data", "workspace": tmp_path / "workspace", "toolsets": toolsets}
    )
    async with open_site(tmp_path, [], settings=settings) as place:
        assert (await upload(place, "plan.txt", b"x" * 2_560))[0] == 200
        status, text = await upload(place, "large.txt", b"x" * 2_561)
        assert (status, "large.txt is larger than 2.5 KB, which toolsets.files.max_file_bytes" in text) == (400, True)
        monkeypatch.setattr(files, "MOST_BYTES", 1_000)
        status, text = await upload(place, "larger.txt", b"x" * 1_001)
        assert (status, "larger.txt is larger than 1000 bytes. Put it" in text) == (400, True)
        assert [file.name for file in (tmp_path / "workspace").rglob("*.txt")] == ["plan.txt"]


async def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        data = bytes(LARGE)
        assert (await upload(place, "first.bin", b"x"))[0] == 200
        tracemalloc.start()
        try:
            assert (await upload(place, "large.bin", data))[0] == 200
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < LARGE / 2
        assert (tmp_path / "workspace" / "uploads" / "large.bin").read_bytes() == data


def test_what_a_file_may_have_fits_into_what_a_body_may_have() -> None:
    assert files.MOST_BYTES < UPLOAD_BYTES


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (1, "1 byte"),
        (500, "500 bytes"),
        (1_023, "1023 bytes"),
        (1_536, "1.5 KB"),
        (1_023 * 1024, "1,023 KB"),
        (1024**2 - 1, "1 MB"),
        (4 * 1024**2, "4 MB"),
        (33_000_000, "31.5 MB"),
        (1024**3, "1,024 MB"),
    ],
)
def test_a_limit_is_said_in_words(limit: int, words: str) -> None:
    assert in_words(limit) == words


async def test_where_files_can_be_written_the_page_offers_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        assert "Attach a file" in await place.browser.get("/chat")
