"""What was read lately of a conversation is not read again, and no more is kept than fits."""

from collections.abc import Sequence

import pytest

from deskhand.host.conversation_bodies import Bodies
from deskhand.store.conversations import StoredMessage

pytestmark = pytest.mark.anyio


class Shelf:
    """A conversation of nine messages, and which of them were asked for."""

    def __init__(self, body: str = "0123456789") -> None:
        self.body = body
        self.asked: list[list[int]] = []

    async def read(self, positions: Sequence[int]) -> list[StoredMessage]:
        self.asked.append(list(positions))
        return [self.message(position) for position in sorted(set(positions)) if 1 <= position <= 9]

    def message(self, position: int) -> StoredMessage:
        return StoredMessage(f"m{position}", self.body, moved_out=True, position=position)


async def test_only_what_is_not_at_hand_is_read_and_all_comes_in_order() -> None:
    shelf, bodies = Shelf(), Bodies()
    bodies.keep([shelf.message(4), shelf.message(2)])
    found = await bodies.at([7, 4, 1, 4, 99], shelf.read)
    assert [message.position for message in dict.fromkeys(found)] == [1, 4, 7]
    assert await bodies.at([1, 2, 7], shelf.read) == [shelf.message(position) for position in (1, 2, 7)]
    assert shelf.asked == [[7, 1, 99]]


async def test_what_was_wanted_longest_ago_goes_first() -> None:
    shelf, bodies = Shelf(), Bodies(most=30)
    await bodies.at([1, 2, 3], shelf.read)
    await bodies.at([1], shelf.read)
    await bodies.at([4], shelf.read)
    await bodies.at([1, 2, 3, 4], shelf.read)
    assert shelf.asked == [[1, 2, 3], [4], [2]]


async def test_a_message_that_is_kept_again_counts_once_and_one_that_is_too_long_is_not_kept() -> None:
    shelf, bodies = Shelf(), Bodies(most=20)
    for _ in range(5):
        bodies.keep([shelf.message(1), shelf.message(2)])
    assert [message.position for message in await bodies.at([1, 2], shelf.read)] == [1, 2]
    assert shelf.asked == []
    long = Shelf("long " * 10)
    bodies.keep([long.message(3)])
    assert await bodies.at([3], long.read) == [long.message(3)]
    assert long.asked == [[3]]


async def test_what_is_forgotten_is_read_as_it_is_now() -> None:
    before, after, bodies = Shelf("before"), Shelf("after"), Bodies()
    await bodies.at([1], before.read)
    bodies.forget()
    assert await bodies.at([1], after.read) == [after.message(1)]
