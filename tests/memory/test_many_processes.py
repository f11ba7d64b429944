"""Many processes on one database: nothing that was acknowledged is lost, killed or not."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random

import anyio
from tests.memory.remembering import ANN, real_time, remembering, sentence, stored
from tests.memory.writer import CONTEXT, process, received, save_sentences, search_until

from deskhand.store.database import Database
from deskhand.toolsets.memory.finding import Request

ACKNOWLEDGED = 1_000
AT_ONCE = range(4)


def found_again(database: Database, numbers: dict[int, str]) -> None:
    """Each sentence is found under its id by a process that saved none of them."""

    async def work() -> None:
        backend = remembering(database, clock=real_time)
        for number, memory_id in numbers.items():
            found = await backend.search(ANN, sentence(number), Request(limit=1))
            assert [hit.id for hit in found.hits] == [memory_id], sentence(number)

    anyio.run(work)


def test_no_acknowledged_save_is_lost_when_the_writer_is_killed(target: Path | str) -> None:
    random = Random(7)
    acknowledged: dict[int, str] = {}
    begun = 0
    with Database(target):  # makes the tables, so that a kill does not hit the upgrade each time
        pass
    while len(acknowledged) < ACKNOWLEDGED:
        with process(save_sentences, target, "ann", range(begun, begun + 200)) as (writer, sent):
            lives = random.randint(1, 80)
            for number, status, memory_id in received(sent):
                if status == "saved":
                    acknowledged[number] = memory_id
                lives -= 1
                if lives == 0:
                    writer.kill()
        begun += 200
    with Database(target) as database:
        memories, entries = stored(database)
        assert {("ann", memory_id) for memory_id in acknowledged.values()} <= memories
        assert memories == entries
        found_again(database, dict(list(acknowledged.items())[::10]))


def test_four_processes_write_at_once_while_others_read(target: Path | str) -> None:
    each = 60
    together, stop = CONTEXT.Barrier(4), CONTEXT.Event()
    with Database(target) as database, ExitStack() as stack:
        reading = [stack.enter_context(process(search_until, target, who, stop))[1] for who in ("ann", "bob")]
        writing = [
            stack.enter_context(process(save_sentences, target, who, range(n * each, (n + 1) * each), together))[1]
            for n, who in enumerate(("ann", "ann", "ann", "bob"))
        ]
        acknowledged = {("ann" if n < 3 * each else "bob", found) for sent in writing for n, _, found in received(sent)}
        stop.set()
        assert all(next(received(sent))[0] > 0 for sent in reading)
        memories, entries = stored(database)
        assert len(acknowledged) == 4 * each
        assert memories == acknowledged
        assert entries == acknowledged


def test_of_processes_that_save_the_same_at_once_one_saves_it(target: Path | str) -> None:
    together = CONTEXT.Barrier(len(AT_ONCE))
    with Database(target) as database, ExitStack() as stack:
        writing = [stack.enter_context(process(save_sentences, target, "ann", range(20), together))[1] for _ in AT_ONCE]
        told = [answer for sent in writing for answer in received(sent)]
        by_text = {number: Counter(status for n, status, _ in told if n == number) for number in range(20)}
        assert all(count == {"saved": 1, "duplicate_of": len(AT_ONCE) - 1} for count in by_text.values()), by_text
        assert len({(number, memory_id) for number, _, memory_id in told}) == 20
        assert len(stored(database)[0]) == 20
