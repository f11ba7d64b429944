"""Elicitations at the terminal."""

import pytest
from pydantic import JsonValue
from tests.terminal.scripted_keyboard import Paper, ScriptedKeyboard

from deskhand.host.human import FormAnswer, FormRequest
from deskhand.terminal.form import Form

pytestmark = pytest.mark.anyio

BOOKING: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "room": {"type": "string", "enum": ["north", "south"], "title": "Room"},
        "guests": {"type": "integer", "minimum": 1, "maximum": 4},
        "note": {"type": "string"},
    },
    "required": ["room", "guests"],
}


async def fill(
    *answers: str, schema: dict[str, JsonValue] | None = None, url: str | None = None
) -> tuple[FormAnswer, str, ScriptedKeyboard, list[str]]:
    keyboard, paper, opened = ScriptedKeyboard(*answers), Paper(), list[str]()
    request = FormRequest("hotel", "Please book.", None if url else (schema or BOOKING), url)
    answer = await Form(keyboard, paper.show, opened.append).fill(request)
    assert not keyboard.left
    return answer, paper.text, keyboard, opened


async def test_each_field_is_asked_and_the_answers_are_shown_before_they_go() -> None:
    answer, shown, _, _ = await fill("2", "3", "", "y")
    assert answer == FormAnswer("accept", {"room": "south", "guests": 3})
    assert "hotel asks you" in shown
    assert "1. north" in shown
    assert "Your answers" in shown


async def test_a_wrong_answer_is_explained_and_asked_again() -> None:
    answer, shown, keyboard, _ = await fill("2", "9", "4", "", "y")
    assert answer.content == {"room": "south", "guests": 4}
    assert "guests takes a whole number from 1 to 4." in shown
    assert keyboard.questions[2] == ("guests: ", "9"), "what was typed is there to be corrected"


async def test_the_answers_can_be_edited_before_they_go() -> None:
    answer, _, keyboard, _ = await fill("north", "1", "", "e", "<enter>", "2", "late", "y")
    assert answer.content == {"room": "north", "guests": 2, "note": "late"}
    assert ("Room: ", "north") in keyboard.questions


@pytest.mark.parametrize(
    ("answers", "action"),
    [
        (("/decline",), "decline"),
        (("/cancel",), "cancel"),
        (("north", "/cancel"), "cancel"),
        (("north", "1", "", "d"), "decline"),
        (("north", "1", "", "c"), "cancel"),
    ],
)
async def test_declining_and_cancelling_are_two_things_and_send_nothing(answers: tuple[str, ...], action: str) -> None:
    answer, _, _, _ = await fill(*answers)
    assert answer == FormAnswer(action)  # type: ignore[arg-type]


async def test_a_single_question_needs_no_second_look() -> None:
    schema: dict[str, JsonValue] = {"properties": {"sure": {"type": "boolean", "title": "Sure"}}, "required": ["sure"]}
    answer, _, _, _ = await fill("n", schema=schema)
    assert answer == FormAnswer("accept", {"sure": False})


async def test_a_form_that_cannot_be_shown_is_cancelled_with_a_reason() -> None:
    answer, shown, _, _ = await fill(schema={"properties": {"deep": {"type": "object"}}})
    assert answer == FormAnswer("cancel")
    assert "forms cannot have" in shown


async def test_a_page_is_opened_only_after_a_yes() -> None:
    answer, shown, _, opened = await fill("what", "y", url="https://pay.example.org/x?y=1")
    assert answer == FormAnswer("accept")
    assert opened == ["https://pay.example.org/x?y=1"]
    assert "https://pay.example.org/x?y=1" in shown
    answer, _, _, opened = await fill("d", url="https://pay.example.org/x")
    assert (answer.action, opened) == ("decline", [])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://pay.example.org/", "javascript:alert(1)"])
async def test_a_page_that_is_not_https_is_not_opened(url: str) -> None:
    answer, shown, keyboard, opened = await fill(url=url)
    assert (answer.action, opened, keyboard.questions) == ("cancel", [], [])
    assert "not https" in shown
