"""What is said is kept and shown before anything is waited for; what cannot be sent as it is meant is not sent."""

from pathlib import Path

import anyio
import pytest
from tests.web.place import open_site
from tests.web.questions_place import Peer, asked, calls, site
from tests.web.test_chat import said
from tests.web.test_rooms import servers_that_come_when

from deskhand.models.script import Step
from deskhand.web.desk import CONVERSATIONS, Desk
from deskhand.web.pieces import End
from deskhand.web.room import Room

pytestmark = pytest.mark.anyio


def endings(room: Room) -> list[str]:
    """How its turns ended."""
    return [piece.outcome for turn in room.scene.turns for piece in turn.pieces if isinstance(piece, End)]


@pytest.mark.parametrize("act", ["stop", "delete"])
async def test_a_turn_that_waits_for_servers_shows_what_was_said_and_is_stopped_or_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        desk = await place.desk()
        come, position = servers_that_come_when(desk, monkeypatch), desk.feed.position
        answer = await place.browser.post("/chat", text="first")
        name = answer.headers["hx-redirect"].removeprefix("/chat/")
        room = await desk.room(name)
        await place.until(lambda: bool(room.title))
        live = [await anext(desk.feed.follow([topic], position)) for topic in (name, CONVERSATIONS)]
        assert all("first" in batch.html for batch in live)
        page = await place.browser.get(f"/chat/{name}")
        assert '-text">first</p>' in page
        assert f'<a href="/chat/{name}" aria-current="page">first</a>' in page
        assert (await place.browser.post(f"/chat/{name}/{act}")).status_code == 204
        await place.until(lambda: not room.busy)
        come.set()
        assert endings(room) == ["cancelled"]
        kept = await desk.conversations.recent("local")
        assert [row.title for row in kept] == (["first"] if act == "stop" else [])
        assert (name in desk.rooms.open) == (act == "stop")


async def test_a_turn_is_stopped_at_once_and_what_was_said_stays(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One."), Step(text="Two.")]) as place:
        room = await (await place.desk()).room(None)
        room.say("first")
        await room.stop()
        await place.until(lambda: not room.busy)
        assert [message.text for message in await room.conversation.messages()] == ["first"]
        assert endings(room) == ["cancelled"]
        await said(place, "second", f"/chat/{room.id}")
        assert [message.text for message in await room.conversation.messages()] == ["first", "second", "One."]


async def test_what_attaches_something_that_cannot_be_read_is_not_sent_and_begins_nothing(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        desk = await place.desk()
        (tmp_path / "workspace").mkdir(exist_ok=True)
        for address in ("/chat", f"/chat/{(await said(place, 'first')).id}/say"):
            answer = await place.browser.post(address, text="Sum up @file:///gone.txt please")
            assert answer.status_code == 422
            assert "was not sent" in answer.text
            assert "gone.txt" in answer.text
        (row,) = await desk.conversations.recent("local")
        assert len(await desk.conversations.messages("local", row.id)) == 2
        assert len(desk.rooms.open) == 1


async def test_an_address_waits_for_the_server_that_may_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        desk, asked_for = await place.desk(), list[float]()

        async def ready(seconds: float) -> None:
            asked_for.append(seconds)
            (tmp_path / "workspace" / "late.txt").write_text("It came late.", encoding="utf-8")

        monkeypatch.setattr(desk.connections, "ready", ready)
        room = await said(place, "Read @file:///late.txt")
        assert "It came late." in await place.browser.get(f"/chat/{room.id}")
        assert len(asked_for) == 2


async def test_what_surrounds_a_conversation_is_not_worth_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        desk = await place.desk()

        async def breaks() -> None:
            raise ValueError("a template that is broken")

        monkeypatch.setattr(desk, "list_changed", breaks)
        room = await said(place, "first")
        assert endings(room) == ["done"]
        assert "could not be drawn" in caplog.text


async def test_a_call_that_is_stopped_while_it_waits_for_approval_is_said_not_to_be_made(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [calls(("paint", {"colour": "red"}))]) as place:
        room, _ = await asked(place)
        await place.browser.post(f"/chat/{room.id}/stop")
        await place.until(lambda: not room.busy)
        for _ in ("as it was drawn", "reloaded"):
            page = await place.browser.get(f"/chat/{room.id}")
            assert "It was not called." in page
            assert "not known" not in page.partition('class="next"')[2].partition("</p>")[0]
            (await place.desk()).rooms.open.pop(room.id).leave()
        assert not peer.done


async def test_a_turn_that_goes_on_after_a_restart_is_stopped_while_it_waits_for_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, red = Peer(), calls(("paint", {"colour": "red"}))
    async with site(tmp_path, peer, [red]) as place:
        name = (await asked(place))[0].id

    async def never(_self: Desk, _seconds: float) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(Desk, "ready_servers", never)
    async with site(tmp_path, peer, [Step(text="Next.")]) as place:
        desk = await place.desk()
        room = await desk.room(name)
        assert room.busy
        with anyio.fail_after(10):
            await desk.rooms.stop(name)
            await place.until(lambda: not room.busy)
        assert endings(room) == ["cancelled"]
        assert "It was not called." in await place.browser.get(f"/chat/{name}")
        assert not desk.tray.waiting
        assert not room.conversation.waiting
        assert not peer.done
