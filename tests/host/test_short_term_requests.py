"""What stands in the requests: a beginning that stays, so that a provider's cache is warm, and parts that add up."""

from collections.abc import Sequence

import pytest
from desk import Desk, asks_for, giving, last, only
from small_window import recalled, small, talk, talk_until_compacted, turn

from deskhand.context.message import Message
from deskhand.context.receipt import is_digest
from deskhand.host import events
from deskhand.host.events import Event
from deskhand.models.model import Request

pytestmark = pytest.mark.anyio


def with_servers() -> Desk:
    """The model uses a tool now and then, and later only talks."""
    desk = small(*[asks_for("get")] * 6, window=6_000)
    desk.servers.add("zoo/get", giving("result " * 40), description="Gets.")
    desk.servers.add("attic/look", giving("nothing"), description="Looks.")
    return desk


def is_recalled(message: Message) -> bool:
    return message.id.startswith("recalled-")


def beginning(request: Request) -> list[Message]:
    """What stands before the block that came back, or before the last request."""
    messages = list(request.messages[1:])
    asked = [at for at, one in enumerate(messages) if one.role == "user"]
    return messages[: next((at for at, one in enumerate(messages) if is_recalled(one)), asked[-1])]


def written(messages: Sequence[Message]) -> list[str]:
    return [message.model_dump_json() for message in messages]


async def test_between_compactions_the_beginning_of_a_request_stays_byte_for_byte() -> None:
    desk = with_servers()
    compared = came_back = 0
    async with desk.chat() as chat:
        await turn(chat, "The vault code of Zanzibar is 8841-K.")
        await talk_until_compacted(chat)
        for number in range(24):
            before = desk.model.requests[-1]
            happened = await talk(chat, [f"topic {number} vault code of Zanzibar"])
            now = desk.model.requests[-1]
            came_back += bool(recalled(now))
            if only(events.ContextCompacted, happened):
                continue
            same = beginning(before)
            assert now.messages[0].text == before.messages[0].text
            assert [one.model_dump_json() for one in now.messages[1 : len(same) + 1]] == written(same)
            assert all(one is other for one, other in zip(now.messages[1:], same, strict=False))
            assert list(now.tools) == list(before.tools)
            assert len(beginning(now)) > len(same)
            compared += 1
    assert compared > 10
    assert came_back > 10


async def test_what_came_back_stands_right_before_the_request_and_after_the_digest() -> None:
    desk = small()
    async with desk.chat() as chat:
        await turn(chat, "The vault code of Zanzibar is 8841-K.")
        await talk(chat, [f"topic {number}" for number in range(16)])
        await turn(chat, "What is the vault code of Zanzibar?")
    messages = list(desk.model.requests[-1].messages)
    assert is_digest(messages[1])
    assert is_recalled(messages[-2])
    assert messages[-1].text == "What is the vault code of Zanzibar?"


async def measured_talk(desk: Desk) -> list[Event]:
    async with desk.chat() as chat:
        happened = await turn(chat, "The vault code of Zanzibar is 8841-K.")
        happened += await talk(chat, [f"topic {number}" for number in range(20)])
        return happened + await turn(chat, "What is the vault code of Zanzibar?")


async def test_the_parts_of_each_request_add_up_to_the_window() -> None:
    measured = only(events.ContextMeasured, await measured_talk(with_servers()))
    for one in measured:
        parts = one.system + one.memory + one.digest + one.recalled + one.history + one.reserved + one.free
        assert parts + sum(one.tools.values()) == one.window == 6_000
        assert set(one.tools) == {"host", "zoo", "attic"}
        assert min(one.tools.values()) > 0
        assert one.free >= 0
        assert one.reserved >= 100
    assert measured[0].digest == measured[0].recalled == 0
    assert measured[-1].digest > 0
    assert measured[-1].recalled > 0


async def test_each_request_is_measured_right_before_it_is_made() -> None:
    happened = await measured_talk(with_servers())
    kinds = [event.type for event in happened]
    starts = [at for at, kind in enumerate(kinds) if kind == "model_started"]
    assert len(starts) == kinds.count("context_measured") == 28
    assert all(kinds[at - 1] == "context_measured" for at in starts)


async def test_what_is_measured_is_about_what_is_sent() -> None:
    desk = with_servers()
    measured = last(events.ContextMeasured, await measured_talk(desk))
    request = desk.model.requests[-1]
    digest = sum(len(one.text) for one in request.messages if is_digest(one))
    history = sum(len(one.model_dump_json(include={"content"})) for one in request.messages[1:]) - digest
    assert measured.digest * 2 < digest < measured.digest * 7
    assert measured.recalled * 2 < len(recalled(request)) < measured.recalled * 7
    assert (measured.history + measured.recalled) * 2 < history < (measured.history + measured.recalled) * 9
