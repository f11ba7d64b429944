"""The model reads on in what is no longer shown: by the digits that a digest cites, and by words."""

import re

import pytest
from desk import Desk, asks_for, giving, last, outcome_of
from small_window import ids, small, talk, turn

from deskhand.context.message import Message, Text
from deskhand.errors import InvalidInput
from deskhand.host import events
from deskhand.host.chat import Chat
from deskhand.host.conversation import result_text
from deskhand.models.script import Step
from deskhand.settings_sections import HostSettings

pytestmark = pytest.mark.anyio

SECRET = "The vault code of Zanzibar is 8841-K."


async def digests(chat: Chat) -> str:
    """All that digests ever said in this conversation."""
    found = [await chat.memory.whole_receipt(receipt.number) for receipt in chat.memory.receipts]
    return "\n".join(receipt.digest for receipt in found if receipt)


async def answered(desk: Desk, call: Step) -> tuple[str, str]:
    """How a call of the model ends, in the same conversation with a new script, and what it is given."""
    again = small(call)
    again.database, again.conversation, again.servers = desk.database, "latest", desk.servers
    async with again.chat() as chat:
        return outcome_of(await turn(chat, "look it up"))


@pytest.mark.parametrize("tokens", [100, 100_000], ids=["kept whole behind a handle", "shown whole"])
async def test_the_digits_that_a_digest_cites_give_a_whole_tool_result(tokens: int) -> None:
    output = "Sums of SK-88213-C\n" + "".join(f"{number} euros\n" for number in range(100)) + "THE END"
    desk = small(asks_for("get"), Step(text="done"))
    desk.host = HostSettings(output_tokens=tokens)
    desk.servers.add("shop/get", giving(output))
    async with desk.chat() as chat:
        await chat.answer("fetch it")
        await talk(chat, [f"topic {number}" for number in range(12)])
        (result,) = [one for one in await chat.conversation.messages() if one.role == "tool"]
        assert result.id not in ids(chat.conversation.view)
        digits = re.findall(r"^tool (\w+): ", await digests(chat), re.MULTILINE)[0]
        assert digits == result.id[:8]
        kept = await chat.conversation.output(digits)
        assert kept is not None
        assert (kept.source, kept.text) == ("shop/get", output)
    outcome, text = await answered(desk, asks_for("read_output", handle=digits))
    assert outcome == "ok"
    assert output in text


async def test_the_digits_of_what_somebody_said_give_it_word_for_word() -> None:
    desk = small()
    async with desk.chat() as chat:
        for number in range(6):
            await turn(chat, f"The vault code of city{number} is 88{number}1-K. " + f"Filler number {number}. " * 40)
        await talk(chat, [f"topic {number}" for number in range(6)])
        cited = re.findall(r"^user (\w+): The vault code of city(\d)", await digests(chat), re.MULTILINE)
    assert cited
    for digits, number in cited:
        outcome, text = await answered(desk, asks_for("read_output", handle=digits))
        assert outcome == "ok"
        assert f"The vault code of city{number} is 88{number}1-K. " + f"Filler number {number}. " * 39 in text


async def test_digits_that_several_messages_begin_with_are_refused_and_too_few_find_nothing() -> None:
    desk = small()
    twins = [Message(role="user", id=f"abcdef{end}" + "0" * 25, content=(Text(text=f"twin {end}"),)) for end in "12"]
    async with desk.chat() as chat:
        _ = [event async for event in chat.send(twins)]
        with pytest.raises(InvalidInput, match="Several messages start with 'abcdef'"):
            await chat.conversation.output("abcdef")
        for nothing in ("abcde", "", "abcdef%", "abcdef3"):
            assert await chat.conversation.output(nothing) is None
    outcome, text = await answered(desk, asks_for("read_output", handle="abcdef"))
    assert (outcome, text) == (
        "error",
        "Several messages start with 'abcdef': it is ambiguous. Give more of the id.",
    )
    outcome, text = await answered(desk, asks_for("read_output", handle="abc"))
    assert outcome == "error"
    assert text.startswith("There is no output 'abc' in this conversation.")
    outcome, text = await answered(desk, asks_for("read_output", handle="abcdef2"))
    assert outcome == "ok"
    assert text.endswith("\ntwin 2")


async def test_what_moved_out_is_found_by_a_search_with_its_id_and_day() -> None:
    desk = small(Step(text="Noted."))
    async with desk.chat() as chat:
        await turn(chat, SECRET)
        await talk(chat, [f"topic {number}" for number in range(14)])
        first = (await chat.conversation.messages())[0]
        assert first.id not in ids(chat.conversation.view)
    outcome, text = await answered(desk, asks_for("search_conversation", query="Zanzibar vault"))
    assert outcome == "ok"
    assert f"user {first.id[:8]}: {SECRET}" in text
    assert first.metadata.timestamp.date().isoformat() in text.splitlines()


async def test_a_search_for_what_nobody_said_says_so() -> None:
    desk = small(asks_for("search_conversation", query="wombat"))
    async with desk.chat() as chat:
        happened = await turn(chat, "look for it")
    assert "Try other words." in result_text(last(events.ToolFinished, happened).result)
