"""Conversations that are open: found, held, left, stopped, deleted and replaced, whatever comes between."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from tests.web.place import Place, open_site
from tests.web.questions_place import Peer, asked, calls, over, site
from tests.web.test_chat import said

from deskhand.errors import Conflict, Unavailable
from deskhand.host.events import ConnectionChanged, ElicitationAsked
from deskhand.models.script import Step
from deskhand.principal import LOCAL, Principal
from deskhand.web import rooms
from deskhand.web.desk import Desk
from deskhand.web.pieces import Note
from deskhand.web.room import Room

pytestmark = pytest.mark.anyio
RED = calls(("paint", {"colour": "red"}))


def servers_that_come_when(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> anyio.Event:
    """Servers that are being connected to until the event is set."""
    come = anyio.Event()

    async def ready(_seconds: float) -> None:
        await come.wait()

    monkeypatch.setattr(desk.connections, "ready", ready)
    return come


def notes(room: Room) -> list[str]:
    """The kinds of the lines between what is said and answered."""
    pieces = [piece for turn in room.scene.turns for piece in turn.pieces]
    return [type(piece.event).__name__ for piece in pieces if isinstance(piece, Note)]


async def test_without_a_model_what_was_said_can_be_read_and_taken_along(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="A walrus.")]) as place:
        name = (await said(place, "What lies on ice?")).id
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        turn = (await desk.room(name)).scene.turns[0].turn
        desk.hear(ConnectionChanged(server="peer", state="failed"))  # news are for turns that run: none can
        assert "A walrus." in await place.browser.get(f"/chat/{name}")
        assert await place.browser.get(f"/chat/{name}/earlier?before={turn}") is not None
        assert "A walrus." in await place.browser.get(f"/chat/{name}/export.md")
        assert "There is no compaction 1" in (await place.browser.client.get(f"/chat/{name}/receipts/1")).text
        assert (await place.browser.client.get(f"/chat/{name}/output/x")).status_code == 404
        for act in ("say", f"turns/{turn}/edit", f"turns/{turn}/retry"):
            answer = await place.browser.post(f"/chat/{name}/{act}", text="And now?")
            assert answer.status_code == 503, act
            for way in ("Ollama", "OPENAI_API_KEY", "DESKHAND_MODEL__BASE_URL"):
                assert way in answer.text
        assert (await place.browser.post(f"/chat/{name}/stop")).status_code == 204


async def test_what_was_read_without_a_model_is_answered_when_there_is_one(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        name = (await said(place, "first")).id
        model = place.site.desks.around.model
    async with open_site(tmp_path) as place:
        await place.browser.get(f"/chat/{name}")
        place.site.desks.around.model = model
        room = await said(place, "second", f"/chat/{name}")
        assert len(room.scene.turns) == 2


async def test_other_conversations_do_not_wait_for_servers_that_one_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [RED]) as place:
        first, _ = await asked(place)
    async with site(tmp_path, peer, [Step(text="Done."), Step(text="Elsewhere.")]) as place:
        desk = await place.desk()
        await place.until(lambda: bool(desk.tray.waiting))
        await desk.room(first.id)
        desk.rooms.open.pop(first.id).leave()
        come = servers_that_come_when(desk, monkeypatch)
        with anyio.fail_after(5):
            again = await desk.room(first.id)
            assert again.busy
            await desk.room(None)
        come.set()
        await place.until(lambda: bool(desk.tray.waiting))


async def test_the_room_that_was_asked_for_is_never_left_even_when_all_others_are_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_ROOMS", 1)
    async with site(tmp_path, Peer(), [RED, Step(text="Here.")]) as place:
        busy, _ = await asked(place)
        room = await said(place, "one too many")
        assert [message.text for message in await room.conversation.messages()] == ["one too many", "Here."]
        assert busy.id in (await place.desk()).rooms.open


async def test_rooms_that_nobody_asked_for_for_longest_are_left_and_open_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_ROOMS", 2)
    async with open_site(tmp_path, [Step(text=f"{number}.") for number in range(5)]) as place:
        desk = await place.desk()
        first, second = await said(place, "first"), await said(place, "second")
        await desk.room(first.id)
        third = await said(place, "third")
        assert list(desk.rooms.open) == [first.id, third.id]
        with pytest.raises(Conflict, match="put away"):
            second.say("lost?")
        again = await said(place, "more", f"/chat/{second.id}")
        assert again is not second
        assert len(again.scene.turns) == 2


async def test_a_conversation_is_opened_once_however_it_is_named_and_asked_for(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        name = (await said(place, "first")).id
    async with open_site(tmp_path, [Step(text="Two.")]) as place:
        desk = await place.desk()
        found: list[Room] = []

        async def ask(reference: str) -> None:
            found.append(await desk.room(reference))

        async with anyio.create_task_group() as tasks:
            for reference in (name, name, name[:8], "latest"):
                tasks.start_soon(ask, reference)
        assert len(found) == 4
        assert len(set(map(id, found))) == 1


async def test_an_ended_desk_opens_nothing(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        desk = await place.desk()
        room = await said(place, "first")
        desk.close()
        for reference in (None, room.id):
            with pytest.raises(Unavailable, match="stopping"):
                await desk.room(reference)


async def test_a_running_turn_is_no_place_to_branch_at_but_those_before_it_are(tmp_path: Path) -> None:
    async with site(tmp_path, Peer(), [Step(text="One."), RED]) as place:
        room = await said(place, "first")
        await place.browser.post(f"/chat/{room.id}/say", text="second")
        await place.until(lambda: len(room.scene.turns) == 2)
        first, second = (f"/chat/{room.id}/turns/{turn.turn}/branch" for turn in room.scene.turns)
        assert (await place.browser.post(second)).status_code == 409
        assert (await place.browser.post(first)).status_code == 204


async def test_what_was_replaced_takes_nothing_more_and_says_where_it_goes_on(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text=f"{number}.") for number in range(4)]) as place:
        room = await said(place, "first")
        desk, turn, position = await place.desk(), room.scene.turns[0].turn, (await place.desk()).feed.position
        answer = await place.browser.post(f"/chat/{room.id}/turns/{turn}/retry")
        newer = answer.headers["hx-redirect"]
        live = await anext(desk.feed.follow([room.id], position))
        assert f'href="{newer}"' in live.html
        for _ in ("while it is open", "opened again"):
            for act in ("say", f"turns/{turn}/edit", f"turns/{turn}/retry"):
                refused = await place.browser.post(f"/chat/{room.id}/{act}", text="from another tab")
                assert (refused.status_code, newer in refused.text) == (409, True), act
            assert f'href="{newer}">Open the newer version' in await place.browser.get(f"/chat/{room.id}")
            desk.rooms.open.pop(room.id).leave()
        assert len(await desk.conversations.recent("local", superseded=True)) == 2


async def test_a_question_of_a_server_is_told_where_it_is_asked_and_news_of_servers_where_turns_run(
    tmp_path: Path,
) -> None:
    async with site(tmp_path, Peer(), [Step(text="One."), RED, calls(("book", {}))]) as place:
        desk = await place.desk()
        idle = await said(place, "first")
        paints, _ = await asked(place)
        answer = await place.browser.post("/chat", text="book")
        books = await desk.room(answer.headers["hx-redirect"].removeprefix("/chat/"))
        await place.until(lambda: ElicitationAsked.__name__ in notes(books))
        desk.hear(ConnectionChanged(server="peer", state="failed", detail="It is gone."))
        await place.until(lambda: all(ConnectionChanged.__name__ in notes(room) for room in (paints, books)))
        assert notes(paints) == [ConnectionChanged.__name__]
        assert notes(idle) == []


async def test_what_no_server_has_is_told_live_and_after_a_reload(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        room = await said(place, "Read @deskhand://nothing/at-all please")
        told = "No server has deskhand://nothing/at-all"
        assert told in await place.browser.get(f"/chat/{room.id}")
        (await place.desk()).rooms.open.pop(room.id).leave()
        assert told in await place.browser.get(f"/chat/{room.id}")


async def less(place: Place) -> Desk:
    """The desk of a token for less."""
    return await place.desk(Principal(LOCAL.subject, "page", frozenset({"conversations:*"})))


async def test_a_token_for_less_takes_no_conversation_that_is_at_work_and_no_question(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [RED]) as place:
        room, question = await asked(place)
        other = await less(place)
        with pytest.raises(Conflict, match="at work for another sign-in"):
            await other.room(room.id)
        assert question.id in (await place.desk()).tray.waiting
    async with site(tmp_path, peer, None) as place:
        with pytest.raises(Conflict, match="question waits"):
            await (await less(place)).room(room.id)


async def test_an_idle_conversation_goes_to_the_desk_that_asks_for_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One."), Step(text="Two.")]) as place:
        room = await said(place, "first")
        elsewhere = await (await less(place)).room(room.id)
        with pytest.raises(Conflict, match="put away"):
            room.say("here")
        elsewhere.say("there")
        await over(place, elsewhere)
        assert len((await (await place.desk()).room(room.id)).scene.turns) == 2


async def test_all_scopes_are_one_desk_whatever_else_they_say(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        assert await place.desk(Principal(LOCAL.subject, "page", frozenset({"*", "files:read"}))) is await place.desk()


async def test_questions_that_waited_are_asked_when_a_model_is_found(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [RED]) as place:
        await asked(place)
        model = place.site.desks.around.model
    async with site(tmp_path, peer, None) as place:
        around, desk = place.site.desks.around, await place.desk()

        async def find() -> tuple[object, str]:
            return model, ""

        around.find = find  # pyright: ignore[reportAttributeAccessIssue]
        assert (await place.browser.post("/model/look")).status_code == 204
        await place.until(lambda: bool(desk.tray.waiting))


async def test_a_desk_that_breaks_is_waited_for_by_nobody_and_the_next_look_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(tmp_path, [Step(text="One.")]) as place:
        run = Desk.run

        async def breaks(self: Desk) -> None:
            self.rooms.run = None  # pyright: ignore[reportAttributeAccessIssue]
            await run(self)

        monkeypatch.setattr(Desk, "run", breaks)
        desks: Callable[[], Awaitable[Desk]] = lambda: less(place)  # noqa: E731
        with anyio.fail_after(5), pytest.raises(Unavailable, match="Load the page again"):
            await desks()
        monkeypatch.undo()
        assert (await (await less(place)).room(None)).id
