"""Resources, templates and prompts in the console: read by their kind, watched, downloaded, completed, previewed."""

from pathlib import Path

import pytest
from tests.web.odd_server import Odd
from tests.web.place import open_site
from tests.web.test_console import over, part

from deskhand.host.connection_watch import speaks_of
from deskhand.models.script import Step
from deskhand.web.console_watch import topic_of

pytestmark = pytest.mark.anyio

NOTES = "file:///notes.md"
RESOURCE = "/console/deskhand/resource?uri=file%3A%2F%2F%2Fnotes.md"


async def test_a_file_is_written_read_watched_and_changes_on_the_page_when_it_changes_on_disk(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        written = {"a.uri": NOTES, "a.content": "# Hello\r\n\r\nfrom **here**"}
        await place.browser.post("/console/deskhand/tools/file_write", **written)
        assert (await over(place, "deskhand", "file_write")).state == "done"
        page = await place.browser.get(RESOURCE)
        assert "<strong>here</strong>" in page
        assert ">Watch</button>" in page
        assert topic_of("deskhand", NOTES) in page
        desk = await place.desk()
        position = desk.feed.position
        answer = await place.browser.post("/console/deskhand/watch?uri=file%3A%2F%2F%2Fnotes.md")
        assert "Stop watching" in answer.text
        (place.settings.workspace / "notes.md").write_text("# Anew")
        async for batch in desk.feed.follow({topic_of("deskhand", NOTES)}, position):
            if "changed" in batch.html:
                assert 'hx-trigger="load"' in batch.html
                break
        assert "Anew" in await part(place, "/console/deskhand/content?uri=file%3A%2F%2F%2Fnotes.md")
        stopped = await place.browser.post("/console/deskhand/unwatch?uri=file%3A%2F%2F%2Fnotes.md")
        assert ">Watch</button>" in stopped.text
        assert desk.watched.of("deskhand", NOTES) is None


@pytest.mark.parametrize(
    ("uri", "watched", "speaks"),
    [
        pytest.param(NOTES, NOTES, True, id="itself"),
        pytest.param("file:///notes/a.md", "file:///notes", True, id="a part"),
        pytest.param("file:///notes/a.md", "file:///notes/", True, id="a part of what ends with a slash"),
        pytest.param("file:///notes.md.bak", NOTES, False, id="one whose name only begins so"),
        pytest.param("file:///notes", NOTES, False, id="one that is shorter"),
    ],
)
def test_news_of_a_part_are_news_of_the_whole_and_of_nothing_else(uri: str, watched: str, speaks: bool) -> None:
    assert speaks_of(uri, watched) is speaks


@pytest.mark.parametrize(
    ("uri", "shows"),
    [
        ("odd://data", '<dl class="kv">'),
        ("odd://blob", "This cannot be shown as text"),
        ("odd://picture", '<img src="data:image/png;base64,'),
        ("odd://long", "50,000 more characters are not shown"),
        ("odd://by/ann", "by ann"),
        ("odd://none", 'role="alert"'),
    ],
)
async def test_a_resource_is_shown_by_its_kind(tmp_path: Path, uri: str, shows: str) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get(f"/console/odd/resource?uri={uri}")
    assert shows in page


async def test_a_resource_is_downloaded_as_a_file_and_never_as_a_page(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        answer = await place.browser.client.get("/console/odd/download?uri=odd://blob")
        named = await place.browser.client.get("/console/odd/download?uri=odd://by/..%2F%22a%0d.html")
    assert answer.content == b"\x00\x01<script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''blob"
    assert named.headers.get("content-disposition", "attachment").startswith("attachment")


async def test_a_template_is_filled_in_with_what_the_server_proposes(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get("/console/odd/template?uri=odd://by/%7Bwho%7D")
        assert 'name="argument-who"' in page
        asked = "/console/odd/values?template=odd://by/%7Bwho%7D&argument=who&argument-who=an"
        proposed = await part(place, asked)
        assert ('value="ann"' in proposed, 'value="anton"' in proposed) == (True, True)
        assert "&lt;b&gt;" in await part(place, asked.removesuffix("an") + "%3C")
        filled = "/console/odd/expand?uri=odd://by/%7Bwho%7D&argument-who=a+b"
        answer = await place.browser.client.get(filled)
        assert answer.headers["location"] == "/console/odd/resource?uri=odd%3A%2F%2Fby%2Fa%2520b"
        assert "by a b" in await place.browser.get(filled)


@pytest.mark.parametrize(
    "address", ["/console/odd/values?prompt=greet&argument=room", "/prompt/values?name=greet&argument=room"]
)
async def test_what_is_proposed_for_an_argument_hangs_on_what_stands_in_the_others(
    tmp_path: Path, address: str
) -> None:
    async with open_site(tmp_path, [Step(text="yes")], servers=[Odd().spec]) as place:
        assert "<option" not in await part(place, f"{address}&argument-room=&argument-who=")
        proposed = await part(place, f"{address}&argument-room=&argument-who=anton")
        assert 'value="anton&#39;s room"' in proposed


async def test_a_prompt_is_previewed_and_led_to_the_chat(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="yes")], servers=[Odd().spec]) as place:
        page = await place.browser.get("/console/odd/prompts/greet")
        assert 'hx-post="/chat/prompt"' in page
        assert 'name="name" value="greet"' in page
        said = await place.browser.post("/chat/prompt", name="greet", **{"argument-who": "ann"})
        assert said.headers["hx-redirect"].startswith("/chat/")
        preview = await place.browser.post(
            "/console/odd/prompts/greet", **{"argument-who": "ann", "argument-other": "x"}
        )
        assert "Greet ann kindly &lt;img" in preview.text
        assert "Said as you" in preview.text
        missing = await place.browser.post("/console/odd/prompts/greet")
        assert missing.status_code == 422
        assert "needs who" in missing.text


async def test_without_a_model_a_prompt_is_previewed_only(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get("/console/odd/prompts/greet")
    assert "Use in a new chat" not in page
