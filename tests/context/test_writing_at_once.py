"""Many who write to one conversation at once, on both engines: everybody gets through."""

from datetime import UTC, datetime

import anyio
import pytest

from deskhand.principal import Principal
from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.toolsets.conversations.backend import ConversationsBackend
from deskhand.toolsets.conversations.tests.client import lockers, said

pytestmark = pytest.mark.anyio
ANN = Principal("ann")


def replicas(database: Database) -> list[ConversationsBackend]:
    """Two servers of one database; they know nothing of each other."""
    return [ConversationsBackend(database, Index(None), lambda: datetime.now(UTC)) for _ in range(2)]


async def nobody(done: float, total: float) -> None:
    """Reports to nobody."""


async def test_thirty_messages_at_once_all_arrive_each_under_its_own_id(database: Database) -> None:
    both = replicas(database)
    name = (await both[0].append(ANN, None, [said("user", "Start")])).conversation
    ids: dict[str, str] = {}

    async def send(number: int) -> None:
        (id,) = (await both[number % 2].append(ANN, name, [said("user", f"Part {number}")])).message_ids
        ids[id] = f"Part {number}"

    async with anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(send, number)
    assert sorted(ids) == sorted(f"m{number}" for number in range(2, 32))
    every = await both[0].archive(ANN).all(name)
    assert {read.message.id: read.message.text for read in every[1:]} == ids


async def test_of_compactions_at_once_the_losers_answer_from_what_the_first_kept(database: Database) -> None:
    both = replicas(database)
    name = (await both[0].append(ANN, None, lockers(60))).conversation
    answers: list[tuple[bool, int]] = []

    async def compact(number: int) -> None:
        answer = await both[number % 2].compact(ANN, name, 1_000, "", nobody)
        answers.append((answer.is_new, answer.result.receipt.number))

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(compact, number)
    assert sorted(answers) == [(False, 1)] * 7 + [(True, 1)]


async def test_compactions_at_once_for_different_budgets_all_succeed(database: Database) -> None:
    both = replicas(database)
    name = (await both[0].append(ANN, None, lockers(60))).conversation
    numbers: list[int] = []

    async def compact(number: int) -> None:
        answer = await both[number % 2].compact(ANN, name, 1_000 + number, "", nobody)
        numbers.append(answer.result.receipt.number)

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(compact, number)
    assert sorted(numbers) == list(range(1, 9))
    overview = await both[0].documents.overview(ANN, name)
    assert [line.taken_back for line in overview.receipts] == [True] * 7 + [False]
