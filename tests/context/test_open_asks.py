from time import process_time

import pytest

from deskhand.context.message import Message, Role, Text, ToolCall, ToolResult
from deskhand.context.open_asks import MOST_OPEN, open_asks


def said(role: Role, text: str) -> Message:
    return Message(role=role, content=(Text(text=text),))


def talk(*texts: str) -> list[Message]:
    """User and assistant by turns; the user begins."""
    return [said("assistant" if index % 2 else "user", text) for index, text in enumerate(texts)]


ASKS = [
    "The draft is ready. Shall I send it?",
    "Do you want me to delete the old folder?",
    "Please confirm the booking for two.",
    "I found two flights. Which of the two do you prefer?",
    "It costs €40. Is that okay with you?",
    "Should I go ahead with the transfer?",
    "Let me know which one you'd like.",
    "I need your approval for this payment.",
    "Soll ich die Mail abschicken?",
    "¿Quieres que envíe el correo?",
    "Dois-je envoyer le message ?",
    "Vuoi che cancelli il file?",
    "Quer que eu envie a mensagem?",
    "Хотите, чтобы я отправил письмо?",
    "メールを送りましょうか。",
]


@pytest.mark.parametrize("ask", ASKS)
def test_an_ask_that_nobody_has_answered_yet_is_open(ask: str) -> None:
    assert open_asks(talk("Write to Kim.", ask)) == {1}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    "reply",
    [
        "First, another thing: what is the weather like?",
        "Hold on.",
        "Let me think about it.",
        "What time is it in Lisbon?",
        "I'm not sure yet.",
        "Okay, but first show me the calendar.",
        "Ask me later",
        "No idea, I have to ask Bob.",
    ],
)
def test_an_ask_stays_open_when_the_user_turns_to_something_else(ask: str, reply: str) -> None:
    assert open_asks(talk("Write to Kim.", ask, reply, "All right.")) == {1}


@pytest.mark.parametrize(
    "reply",
    [
        "Yes, send it.",
        "no",
        "The second one",
        "Go ahead",
        "Sure, thanks!",
        "Both.",
        "I'd prefer the early one.",
        "Never mind.",
        "Ja, bitte.",
        "Sí.",
        "Non, merci.",
        "Да",
        "はい、お願いします",
        "Tuesday",
        "With Bob in copy, and change the title.",
        "Yes, but wait until noon.",
    ],
)
@pytest.mark.parametrize("ask", ASKS)
def test_an_answer_closes_an_ask(ask: str, reply: str) -> None:
    assert open_asks(talk("Write to Kim.", ask, reply)) == set()


def test_a_later_yes_closes_what_was_put_off() -> None:
    turns = talk("Write to Kim.", "Shall I send it?", "What time is it?", "It is noon.", "Yes, send it now.")
    assert open_asks(turns[:-1]) == {1}
    assert open_asks(turns) == set()


def test_a_yes_answers_the_newest_ask_and_leaves_the_older_one() -> None:
    turns = talk("Hi", "Shall I send the letter?", "Hold on.", "Should I book a table instead?", "Yes.")
    assert open_asks(turns) == {1}


def test_an_answer_that_names_the_older_ask_closes_that_one() -> None:
    turns = talk("Hi", "Shall I send the letter?", "Hold on.", "Should I book a table?", "Yes, send the letter.")
    assert open_asks(turns) == {3}


@pytest.mark.parametrize("done", ["Sent.", "Done.", "I've sent it.", "The letter has been sent."])
def test_what_was_done_is_no_longer_asked(done: str) -> None:
    assert open_asks(talk("Hi", "Shall I send the letter?", "Wait.", done)) == set()


def test_asking_again_replaces_the_first_ask() -> None:
    turns = talk("Hi", "Shall I send the letter to Kim?", "Wait.", "Shall I send the letter to Kim now?")
    assert open_asks(turns) == {3}


@pytest.mark.parametrize(
    "text",
    [
        "Here it is. Is there anything else I can do?",
        "How can I help you?",
        "What a day! I went for a walk.",
        "I wonder whether he should call.",
        "Would you like to hear more about it?",
    ],
)
def test_courtesy_and_talk_ask_for_nothing(text: str) -> None:
    assert open_asks(talk("Hi", text)) == set()


def test_a_question_that_was_put_off_waits_until_it_is_answered() -> None:
    turns = talk(
        "How high is the tax on books in Norway?",
        "I'll look into it and get back to you.",
        "Thanks. And tell me a joke.",
        "A horse walks into a bar.",
        "Good one.",
        "By the way: the tax on books in Norway is zero.",
    )
    assert open_asks(turns[:2]) == {0}
    assert open_asks(turns[:5]) == {0}
    assert open_asks(turns) == set()


def test_what_is_checked_at_once_is_not_put_off() -> None:
    call = ToolCall(id="c1", name="get_tax", arguments={})
    look = Message(role="assistant", content=(Text(text="I'll look into it."), call))
    result = Message(role="tool", content=(ToolResult(call_id="c1", name="get_tax", content=(Text(text="0"),)),))
    start = said("user", "How high is the tax on books?")
    assert open_asks([start, look]) == {1}
    assert open_asks([start, look, result]) == set()


def test_a_call_among_several_without_a_result_is_open() -> None:
    calls = tuple(ToolCall(id=f"c{number}", name="add", arguments={}) for number in range(2))
    result = Message(role="tool", content=(ToolResult(call_id="c0", name="add", content=()),))
    assert open_asks([Message(role="assistant", content=calls), result]) == {0}


def test_only_the_newest_stay_open() -> None:
    things = ["letter", "parcel", "invoice", "picture", "folder", "ticket", "recipe", "report"]
    turns = talk("Hi", *[text for thing in things for text in (f"Shall I print the {thing}?", "Hold on.")])
    assert open_asks(turns) == {7, 9, 11, 13, 15}
    assert len(open_asks(turns)) == MOST_OPEN


def test_nothing_is_open_in_an_empty_conversation() -> None:
    assert open_asks([]) == set()


def test_a_long_conversation_is_read_fast() -> None:
    turns = talk(
        *["Shall I tell you what we did? We went out and I met Bob, who has sent me a letter about the house."] * 1_000
    )
    started = process_time()
    open_asks(turns)
    assert process_time() - started < 0.3
