"""Files that come by the page obey the rules of the toolset whose workspace they go to."""

from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.web.place import open_site
from tests.web.test_composer import upload

from deskhand.settings import Settings

pytestmark = pytest.mark.anyio


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


async def test_where_files_can_be_written_the_page_offers_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        assert "Attach a file" in await place.browser.get("/chat")
