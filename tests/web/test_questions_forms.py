"""What servers ask the person on the page: forms of every kind of field, and addresses to open."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue
from tests.web.place import Place
from tests.web.questions_place import Peer, asked, calls, card_in, over, site

from deskhand.host.human import FormAnswer, FormRequest
from deskhand.models.script import Step
from deskhand.principal import Principal
from deskhand.web.question_forms import FormCard
from deskhand.web.tray import Question

pytestmark = pytest.mark.anyio
BOOK = calls(("book", {}))
DONE = Step(text="Done.")
FILLED = {"room": "south", "guests": "2", "price": "12.5", "name": "Ann", "extras": "bath"}


def sent(question: Question, values: dict[str, str]) -> dict[str, str]:
    """What the form sends."""
    return {f"{question.id}.{name}": value for name, value in values.items()} | {"action": "accept"}


async def test_a_form_is_filled_in_and_sent_with_the_types_the_server_asked_for(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [BOOK, DONE]) as place:
        room, question = await asked(place)
        card = card_in(await place.browser.get("/chat"), question)
        for said in ("peer", "Please complete the booking.", "Room", "Guests", 'value="40.5"', "passwords"):
            assert said in card
        assert f'href="/chat/{room.id}"' in card
        answer = await place.browser.post(f"/questions/{question.id}/form", **sent(question, FILLED))
        assert (answer.status_code, answer.headers["hx-reswap"]) == (200, "delete")
        assert await over(place, room) == ["booked"]
        assert peer.done == [
            'booked {"room":"south","guests":2,"price":12.5,"name":"Ann","breakfast":false,"extras":["bath"]}'
        ]


async def test_what_does_not_fit_is_said_at_its_field_and_the_rest_is_kept(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [BOOK, DONE]) as place:
        room, question = await asked(place)
        wrong = FILLED | {"guests": "9", "name": "<b>"}
        del wrong["room"]
        answer = await place.browser.post(f"/questions/{question.id}/form", **sent(question, wrong))
        assert answer.status_code == 422
        assert answer.text.count('class="error"') == 2
        assert 'value="&lt;b&gt;"' in answer.text
        assert question.id in (await place.desk()).tray.waiting
        await place.browser.post(f"/questions/{question.id}/form", action="cancel")
        await over(place, room)
        assert peer.done == []


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_form_can_be_declined_or_left(tmp_path: Path, action: str) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [BOOK, DONE]) as place:
        room, question = await asked(place)
        await place.browser.post(f"/questions/{question.id}/form", action=action)
        (result,) = await over(place, room)
        assert action in result
        assert peer.done == []


async def test_a_stopped_turn_cancels_its_form(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [BOOK, DONE]) as place:
        room, question = await asked(place)
        await place.browser.post(f"/chat/{room.id}/stop")
        await place.until(lambda: not room.busy)
        assert not card_in(await place.browser.get("/chat"), question)


@asynccontextmanager
async def asking(place: Place, form: FormRequest) -> AsyncGenerator[tuple[Question, list[FormAnswer]]]:
    """A server that is of no conversation asks; the answers it gets."""
    answers: list[FormAnswer] = []
    tray = (await place.desk()).tray

    async def ask() -> None:
        answers.append(await tray.human(lambda _server: "").fill(form))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await place.until(lambda: bool(tray.waiting))
        yield next(iter(tray.waiting.values())), answers
        tasks.cancel_scope.cancel()


async def test_a_page_to_visit_is_opened_by_the_person_only_and_its_host_stands_out(tmp_path: Path) -> None:
    request = FormRequest("peer", "Sign in.", None, "https://bank.example.org@evil.example/pay?to=1#x")
    async with site(tmp_path, Peer()) as place, asking(place, request) as (question, answers):
        card = card_in(await place.browser.get("/chat"), question)
        assert "https://bank.example.org@<strong>evil.example</strong>/pay?to=1#x" in card
        assert 'target="_blank" rel="noopener noreferrer"' in card
        await place.browser.post(f"/questions/{question.id}/form", action="accept")
        await place.until(lambda: bool(answers))
        assert answers == [FormAnswer("accept")]


UNSAFE = {
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "plain http elsewhere": "http://bank.example.org/",
    "a backslash, after which browsers and Python differ": "https://evil.example\\@bank.example.org/",
    "a line break that parsers drop": "https://bank.example.org\n.evil.example/",
    "a tab": "https://bank\t.example.org/",
    "no host": "https:///pay",
    "no address": "https://[",
    "data": "data:text/html,hello",
    "nothing": "",
}


@pytest.mark.parametrize("url", UNSAFE.values(), ids=UNSAFE)
def test_an_address_that_is_not_safe_is_shown_but_not_to_be_opened(url: str) -> None:
    card = FormCard(FormRequest("peer", "Go.", None, url))
    assert not card.opens
    assert card.address.host == ""


async def test_a_page_that_may_not_be_opened_has_no_link_and_cannot_be_said_to_be_visited(tmp_path: Path) -> None:
    request = FormRequest("peer", "Go.", None, "javascript:alert(1)")
    async with site(tmp_path, Peer()) as place, asking(place, request) as (question, answers):
        card = card_in(await place.browser.get("/chat"), question)
        assert "href=" not in card
        assert 'value="accept"' not in card
        refused = await place.browser.post(f"/questions/{question.id}/form", action="accept")
        assert refused.status_code == 422
        assert answers == []


HOSTS = {
    "user before the host": ("https://bank.example@evil.example/", "https://bank.example@", "evil.example"),
    "host again in the path": ("https://a.example/a.example", "https://", "a.example"),
    "at sign in the path": ("https://a.example/x@b.example", "https://", "a.example"),
    "host as user": ("https://a.example@a.example/", "https://a.example@", "a.example"),
    "port": ("https://a.example:8443/", "https://", "a.example:8443"),
    "this machine": ("http://127.0.0.1:8000/cb", "http://", "127.0.0.1:8000"),
    "upper case": ("HTTPS://A.example", "HTTPS://", "A.example"),
    "scheme as host": ("https://https/", "https://", "https"),
}


@pytest.mark.parametrize(("url", "before", "host"), HOSTS.values(), ids=HOSTS)
def test_the_host_of_an_address_is_found_where_it_is(url: str, before: str, host: str) -> None:
    card = FormCard(FormRequest("peer", "Go.", None, url))
    assert card.opens
    assert (card.address.before, card.address.host) == (before, host)
    assert card.address.before + card.address.host + card.address.after == url


def test_a_host_in_other_letters_is_shown_as_it_is_looked_up() -> None:
    card = FormCard(FormRequest("peer", "Go.", None, "https://b\u0430nk.example/"))
    assert card.address.real_host == "xn--bnk-6cd.example"


async def test_what_a_server_says_stays_text_with_its_hidden_characters_seen(tmp_path: Path) -> None:
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"<img src=x>": {"type": "string", "title": "<i>\u202e"}},
    }
    request = FormRequest("peer", "<script>alert(1)</script>\x1b[31m\u200b", schema)
    async with site(tmp_path, Peer()) as place, asking(place, request) as (question, _):
        card = card_in(await place.browser.get("/chat"), question)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m\\u200b" in card
        for raw in ("<script", "<img", "<i>", "\u202e"):
            assert raw not in card


async def test_another_person_does_not_see_the_question_nor_answers_it(tmp_path: Path) -> None:
    request = FormRequest("peer", "Who are you?", {"type": "object", "properties": {}})
    async with site(tmp_path, Peer()) as place, asking(place, request) as (question, answers):
        other = await place.desk(Principal("bob"))
        assert question.id not in other.tray.waiting
        assert answers == []
