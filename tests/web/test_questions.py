"""Calls that wait for approval on the page: what their card says, and what each answer leads to."""

import json
from pathlib import Path

import pytest
from tests.web.questions_place import Peer, asked, calls, card_in, over, site

from deskhand.models.script import Step

pytestmark = pytest.mark.anyio
PAINT = calls(("paint", {"colour": "red"}))
DONE = Step(text="Done.")


async def test_an_allowed_call_is_made_and_its_card_leaves_every_page(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get(f"/chat/{room.id}"), question)
        for said in ("Paint a wall", "paint", "peer", "It changes something.", "colour", "red"):
            assert said in card
        elsewhere = card_in(await place.browser.get("/chat"), question)
        assert f'href="/chat/{room.id}"' in elsewhere
        position = (await place.desk()).feed.position
        answer = await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        assert (answer.status_code, answer.headers["hx-reswap"]) == (200, "delete")
        assert await over(place, room) == ["painted north red"]
        assert peer.done == ["north red"]
        assert not card_in(await place.browser.get("/chat"), question)
        async for batch in (await place.desk()).feed.follow({"tray"}, position):
            assert f'id="question-{question.id}"' in batch.html
            assert "data-gone" in batch.html
            break


async def test_the_first_answer_counts_and_the_second_is_told_so(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        await place.browser.post(f"/questions/{question.id}/calls", answer="deny", reason="It is fine as it is.")
        late = await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        assert (late.status_code, late.headers["hx-reswap"]) == (409, "delete")
        assert "answered already" in late.text
        (result,) = await over(place, room)
        assert "It is fine as it is." in result
        assert peer.done == []


async def test_a_card_is_on_pages_with_forms_of_their_own_too(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        _, question = await asked(place)
        for address in ("/console/peer/tools/paint", "/inspector", "/servers", "/memory", "/activity"):
            assert "red" in card_in(await place.browser.get(address), question), address


async def test_a_stopped_turn_takes_its_card_away(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        await place.browser.post(f"/chat/{room.id}/stop")
        late = await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        assert "not asked any more" in late.text
        assert not card_in(await place.browser.get("/chat"), question)
        assert peer.done == []


async def test_edited_arguments_are_what_the_tool_gets(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        field = await place.browser.get(f"/questions/{question.id}/calls/0/edit")
        assert 'name="arguments-0"' in field
        assert "&#34;colour&#34;: &#34;red&#34;" in field
        edited = json.dumps({"colour": "blue", "wall": "south"})
        await place.browser.post(f"/questions/{question.id}/calls", **{"answer": "once", "arguments-0": edited})
        (result,) = await over(place, room)
        assert "painted south blue" in result
        assert "The person edited the arguments" in result


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        pytest.param('{"colour": ', "This is not JSON", id="cut"),
        pytest.param('["red"]', "must be a JSON object", id="list"),
        pytest.param('{"colour": NaN}', "must be a JSON object", id="not a number"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        pytest.param('{"colour": "\\ud83d"}', "half a character", id="half a character"),
        pytest.param('{"wall": "north"}', "&#39;colour&#39; is a required property", id="incomplete"),
        pytest.param('{"colour": 7}', "colour: 7 is not of type", id="wrong type"),
    ],
)
async def test_arguments_that_do_not_fit_are_asked_for_again_as_they_were_typed(
    tmp_path: Path, typed: str, complaint: str
) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        answer = await place.browser.post(f"/questions/{question.id}/calls", **{"answer": "once", "arguments-0": typed})
        assert answer.status_code == 422
        assert complaint in answer.text
        assert typed.replace('"', "&#34;") in answer.text
        assert question.id in (await place.desk()).tray.waiting
        assert peer.done == []
        await place.browser.post(f"/questions/{question.id}/calls", answer="deny")
        await over(place, room)


@pytest.mark.parametrize("span", ["session", "tool", "server"])
async def test_a_lasting_yes_is_not_asked_again(tmp_path: Path, span: str) -> None:
    peer = Peer()
    again = calls(("paint", {"colour": "blue"}))
    async with site(tmp_path, peer, [PAINT, again, DONE]) as place:
        room, question = await asked(place)
        await place.browser.post(f"/questions/{question.id}/calls", answer=span)
        assert await over(place, room) == ["painted north red", "painted north blue"]


async def test_what_destroys_cannot_be_allowed_for_the_whole_server(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [calls(("tear", {"wall": "north"})), DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get("/chat"), question)
        assert 'value="tool"' in card
        assert 'value="server"' not in card
        refused = await place.browser.post(f"/questions/{question.id}/calls", answer="server")
        assert refused.status_code == 422
        assert peer.done == []
        await place.browser.post(f"/questions/{question.id}/calls", answer="tool")
        assert await over(place, room) == ["tore north"]


async def test_calls_made_at_once_share_a_card_and_can_be_decided_one_by_one(tmp_path: Path) -> None:
    peer = Peer()
    three = calls(("paint", {"colour": "red"}), ("tear", {"wall": "west"}), ("paint", {"colour": "blue"}))
    async with site(tmp_path, peer, [three, DONE]) as place:
        room, question = await asked(place)
        chosen = {"answer": "each", "decision-0": "session", "decision-1": "deny", "reason-1": "It bears the roof."}
        unanswered = await place.browser.post(f"/questions/{question.id}/calls", **chosen)
        assert unanswered.status_code == 422
        assert unanswered.text.count("Say what to do with this call") == 1
        assert "It bears the roof." in unanswered.text
        assert 'value="session" selected' in unanswered.text
        await place.browser.post(f"/questions/{question.id}/calls", **chosen, **{"decision-2": "once"})
        results = await over(place, room)
        assert any("It bears the roof." in result for result in results)
        assert sorted(peer.done) == ["north blue", "north red"]


@pytest.mark.parametrize(("answer", "made"), [("once", 50), ("deny", 0)])
async def test_fifty_calls_are_answered_at_once(tmp_path: Path, answer: str, made: int) -> None:
    peer = Peer()
    fifty = calls(*[("paint", {"colour": f"shade {number}"}) for number in range(50)])
    async with site(tmp_path, peer, [fifty, DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get("/chat"), question)
        assert card.count("<fieldset") == 50
        await place.browser.post(f"/questions/{question.id}/calls", answer=answer)
        assert len(await over(place, room)) == 50
        assert len(peer.done) == made


async def test_markup_in_arguments_stays_text_and_hidden_characters_are_seen(tmp_path: Path) -> None:
    peer = Peer()
    evil = calls(("paint", {"colour": "</pre><script>alert(1)</script>\u202etxt.exe\n{{ 7 * 7 }}"}))
    async with site(tmp_path, peer, [evil, DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get("/chat"), question)
        assert "<script>alert" not in card
        assert "&lt;script&gt;alert(1)" in card
        assert "\\u202etxt.exe" in card
        assert "{{ 7 * 7 }}" in card
        await place.browser.post(f"/questions/{question.id}/calls", answer="deny")
        await over(place, room)


async def test_a_megabyte_of_arguments_is_shown_in_part_says_so_and_can_be_read_whole(tmp_path: Path) -> None:
    peer = Peer()
    long = calls(("paint", {"colour": "x" * 1_000_000 + "the end"}))
    async with site(tmp_path, peer, [long, DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get("/chat"), question)
        assert len(card) < 20_000
        assert "996,007 more characters are not shown" in card
        whole = await place.browser.get(f"/questions/{question.id}/calls/0/arguments")
        assert "xthe end</pre>" in whole
        assert "not shown" not in whole
        await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        await over(place, room)
        assert peer.done[0].endswith("xthe end")
