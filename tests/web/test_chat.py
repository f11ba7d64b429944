"""A conversation on the page: said, answered, stopped, drawn live, and drawn the same after a reload."""

from pathlib import Path

import pytest
from tests.web.place import Place, open_site

from deskhand.context.message import Message
from deskhand.models.model import Model
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.principal import LOCAL, Principal
from deskhand.web.filters import coded
from deskhand.web.room import Room

pytestmark = pytest.mark.anyio


async def said(place: Place, text: str, address: str = "/chat") -> Room:
    """Say something, and wait until it is answered; the conversation it went to."""
    answer = await place.browser.post(address if address == "/chat" else f"{address}/say", text=text)
    assert answer.status_code == 204, answer.text
    address = answer.headers.get("hx-redirect", address)
    room = await (await place.desk()).room(address.removeprefix("/chat/"))
    await place.until(lambda: not room.busy)
    return room


async def test_what_is_said_is_answered_and_stays_after_a_reload(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="It is **sunny**."), Step(text="Rain.")]) as place:
        room = await said(place, "How is the weather?")
        page = await place.browser.get(f"/chat/{room.id}")
        assert "How is the weather?" in page
        assert "<strong>sunny</strong>" in page
        await said(place, "And tomorrow?", f"/chat/{room.id}")
        page = await place.browser.get(f"/chat/{room.id}")
        assert page.index("sunny") < page.index("And tomorrow?") < page.index("Rain.")


async def test_nothing_to_say_is_told_and_begins_no_conversation(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        answer = await place.browser.post("/chat", text="  ")
        assert answer.status_code == 422
        assert "type a message first" in answer.text
        assert "No conversations yet" in await place.browser.get("/chat")


async def test_without_a_model_the_page_says_how_to_get_one_and_a_message_is_not_lost_in_silence(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path) as place:
        page = await place.browser.get("/")
        for way in ("ollama pull", "OPENAI_API_KEY", "DESKHAND_MODEL__BASE_URL"):
            assert way in page
        answer = await place.browser.post("/chat", text="hello")
        assert answer.status_code == 503
        assert "no model" in answer.text.lower()


async def test_conversations_are_listed_found_by_what_they_say_and_renamed(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="A walrus."), Step(text="A teapot.")]) as place:
        first = await said(place, "What lies on ice?")
        second = await said(place, "What holds tea?")
        page = await place.browser.get("/chat")
        assert page.index("What holds tea?") < page.index("What lies on ice?")
        found = await place.browser.get("/conversations?q=WALRUS")
        assert first.id in found
        assert second.id not in found
        feed = (await place.desk()).feed
        position = feed.position
        assert (await place.browser.post(f"/chat/{first.id}/rename", title="Animals <b>")).status_code == 204
        assert ">Animals &lt;b&gt;</h1>" in (await anext(feed.follow([first.id], position))).html
        assert "Animals &lt;b&gt;" in await place.browser.get("/chat")
        assert "<title>Animals &lt;b&gt;" in await place.browser.get(f"/chat/{first.id}")
        assert (await place.browser.post(f"/chat/{first.id}/rename", title=" ")).status_code == 422


async def test_a_conversation_is_exported_and_deleted(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="A walrus.")]) as place:
        began = (await place.desk()).feed.position
        room = await said(place, "What lies on ice?")
        text = await place.browser.client.get(f"/chat/{room.id}/export.md")
        assert text.headers["content-disposition"].startswith("attachment; filename*=utf-8''What-lies-on-ice")
        assert "A walrus." in text.text
        exported = await place.browser.client.get(f"/chat/{room.id}/export.json")
        assert exported.headers["content-type"] == "application/json"
        assert [Message.model_validate(one).text for one in exported.json()] == ["What lies on ice?", "A walrus."]
        assert (await place.browser.client.get(f"/chat/{room.id}/export.pdf")).status_code == 404
        feed = (await place.desk()).feed
        position = feed.position
        gone = await place.browser.post(f"/chat/{room.id}/delete")
        assert gone.headers["hx-redirect"] == "/chat"
        told = (await anext(feed.follow([room.id], position))).html
        assert "was deleted on another page" in told
        assert (await anext(feed.follow([room.id], began))).html == told, "nothing else of it is kept"
        for answer in (
            await place.browser.client.get(f"/chat/{room.id}"),
            await place.browser.post(f"/chat/{room.id}/say", text="Are you there?"),
        ):
            assert (answer.status_code, "it was deleted" in answer.text) == (404, True)
            assert "deskhand conversations" not in answer.text
        assert "No conversations yet" in await place.browser.get("/chat")


async def test_a_turn_is_edited_tried_again_and_branched_and_what_was_before_stays(tmp_path: Path) -> None:
    steps = [Step(text="One."), Step(text="Two."), Step(text="Three."), Step(text="Four.")]
    async with open_site(tmp_path, steps) as place:
        room = await said(place, "first")
        await said(place, "second", f"/chat/{room.id}")
        turn = room.scene.turns[1].turn
        form = await place.browser.get(f"/chat/{room.id}/turns/{turn}/edit")
        assert ">second</textarea>" in form
        edited = await place.browser.post(f"/chat/{room.id}/turns/{turn}/edit", text="other")
        newer = await (await place.desk()).room(edited.headers["hx-redirect"].removeprefix("/chat/"))
        await place.until(lambda: not newer.busy)
        page = await place.browser.get(f"/chat/{newer.id}")
        assert page.index("One.") < page.index("other") < page.index("Three.")
        assert "Two." not in page
        assert "Two." in await place.browser.get(f"/chat/{room.id}")
        again = await place.browser.post(f"/chat/{newer.id}/turns/{newer.scene.turns[0].turn}/retry")
        third = await (await place.desk()).room(again.headers["hx-redirect"].removeprefix("/chat/"))
        await place.until(lambda: not third.busy)
        page = await place.browser.get(f"/chat/{third.id}")
        assert "first" in page
        assert "Four." in page
        assert "other" not in page.partition('id="turns"')[2]
        versions = page.partition('aria-label="Earlier versions"')[2].partition("</nav>")[0]
        assert f"/chat/{newer.id}" in versions
        assert f"/chat/{room.id}" in versions
        listed = await place.browser.get("/conversations")
        assert third.id in listed
        assert room.id not in listed
        branch = await place.browser.post(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/branch")
        page = await place.browser.get(branch.headers["hx-redirect"])
        assert "One." in page
        assert "Two." not in page
        assert "first (branch)" in page


async def test_a_running_turn_is_not_edited(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One."), Step(text="slow", delay=5)]) as place:
        room = await said(place, "first")
        await place.browser.post(f"/chat/{room.id}/say", text="second")
        answer = await place.browser.post(f"/chat/{room.id}/say", text="third")
        assert answer.status_code == 409
        assert "still answering" in answer.text
        retry = await place.browser.post(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/retry")
        assert retry.status_code == 409
        assert (await place.browser.post(f"/chat/{room.id}/stop")).status_code == 204
        await place.until(lambda: not room.busy)


async def test_a_model_that_was_set_up_meanwhile_is_found(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        around = place.site.desks.around
        looks = iter([(None, "Nothing yet."), (ScriptedModel([Step(text="Here I am.")]), "")])

        async def find() -> tuple[Model | None, str]:
            return next(looks)

        around.find = find
        assert (await place.browser.post("/model/look")).status_code == 503
        assert (await place.browser.post("/model/look")).headers["hx-redirect"] == "/chat"
        room = await said(place, "hello")
        assert "Here I am." in await place.browser.get(f"/chat/{room.id}")


async def test_a_token_for_less_opens_no_conversation(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="Private.")]) as place:
        room = await said(place, "hello")
        await place.sign_in_as(Principal(LOCAL.subject, "page", frozenset({"files:read"})))
        for path in ("/chat", f"/chat/{room.id}", f"/chat/{room.id}/export.md", "/conversations?q=hello"):
            answer = await place.browser.client.get(path)
            assert answer.status_code == 403, path
            assert "conversations:read" in answer.text
        assert (await place.browser.client.get("/")).headers["location"] == "/console"
        assert (await place.browser.post(f"/chat/{room.id}/delete")).status_code == 403


async def test_another_persons_conversation_is_not_there(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        for path in ("/chat/0123456789abcdef", "/chat/x/export.md", "/chat/x/turns/y/edit", "/chat/x/receipts/1"):
            assert (await place.browser.client.get(path)).status_code == 404, path


async def test_an_address_that_is_not_there_leads_to_the_pages_that_are_and_writes_code_as_code(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        client = place.browser.client
        page = (await client.get("/nowhere", headers={"Accept": "text/html"})).text
        for address in ("/chat", "/console", "/inspector", "/servers", "/memory", "/activity"):
            assert f'href="{address}"' in page
        client.cookies.clear()
        assert 'href="/memory"' not in (await client.get("/enter?key=x", headers={"Accept": "text/html"})).text
    assert coded("Use `a <b>`, not ``.") == "Use <code>a &lt;b&gt;</code>, not ``."
