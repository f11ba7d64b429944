"""Erasing a person leaves nothing of them in any table, nor in the files."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from deskhand.outbox.act import Act
from deskhand.outbox.outbox import Outbox
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage, StoredOutput
from deskhand.store.database import Database, everyone
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.erasure import GOES, STAYS, erase
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import People, PersonalRows
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.store.tables import (
    METADATA,
    granted_tool,
    mail_answer,
    mail_rule,
    pinned_tool,
    question,
    turn_record,
    visit,
)
from deskhand.store.tokens import Tokens

pytestmark = pytest.mark.anyio

WORDS = ("xylograph", "zabaglione", "quodlibet", "ylem")
"""In a memory, a conversation, the output of a tool, and the index."""
AT = "2026-03-01T12:00:00.000000+00:00"


def memory_of(number: int) -> MemoryRow:
    return MemoryRow(
        f"m{number}", 1, f"{WORDS[0]} {number} " * 20, "fact", None, None, None, None, False, AT, AT, None, "saved", "t"
    )


def remember(rows: PersonalRows) -> None:
    many = range(200)
    MemoryTable(rows).add(*map(memory_of, many))
    MemoryTable(rows).link(LinkRow("m1", "m0", "supersedes"))
    EntryTable(rows).put(
        *(EntryRow(f"m{number}", "fact", "", 0, 0, None, WORDS[3].encode() * 40, b"\0\1", "m") for number in many)
    )


async def fill(database: Database, subject: str) -> None:
    await People(database).person(subject).write(remember)
    now = datetime.now(UTC)
    talks = Conversations(database)
    for number in range(20):
        row = ConversationRow(f"{subject}{number}", subject, "A talk", now, now)
        said = StoredMessage(f"{subject}{number}", f'"{WORDS[1]}"' * 400)
        await talks.append(row, said, [StoredOutput(f"out_{number}", "tool", WORDS[2] * 3_000)])
        receipt = StoredReceipt(1, f'"{WORDS[1]}"' * 400)
        await Receipts(database).add(subject, row.id, receipt, [said.id], after=0)
    outbox = Outbox(database, lambda: now)
    await outbox.propose(subject, Act("mail", WORDS[0], WORDS[1] * 400, content=WORDS[2].encode() * 4_000))
    rule = {"subject": subject, "id": "r", "enabled": True, "body": WORDS[0] * 400, "created": AT, "changed": AT}
    answer = dict.fromkeys(("rule", "mail", "thread", "recipient", "at", "outcome", "detail"), WORDS[0] * 100)
    consent = {"owner": subject, "endpoint": "https://example.org", "tool": "t", "fingerprint": "f"}

    turn = {"conversation": f"{subject}0", "turn": f"{subject}0", "body": WORDS[1] * 400}
    waiting = {"id": subject, "owner": subject, "conversation": f"{subject}0", "body": WORDS[2] * 400, "created": 1}
    signed_in = dict.fromkeys(("digest", "subject", "client", "scopes", "csrf"), subject) | {"created": 1, "expires": 2}

    def more(connection: sa.Connection) -> None:
        connection.execute(sa.insert(turn_record), [turn])
        connection.execute(sa.insert(question), [waiting])
        connection.execute(sa.insert(visit), [signed_in])
        connection.execute(sa.insert(mail_rule), [rule])
        connection.execute(sa.insert(mail_answer), [{**answer, "subject": subject}])

    database.write(more, subject=subject)
    database.write(lambda connection: connection.execute(sa.insert(pinned_tool), [{**consent, "definition": "{}"}]))
    database.write(lambda connection: connection.execute(sa.insert(granted_tool), [consent]))


def rows_of(database: Database) -> dict[str, str]:
    """All rows of all tables, as text."""

    def read(connection: sa.Connection) -> dict[str, str]:
        everyone(connection)
        return {table.name: repr(connection.execute(sa.select(table)).all()) for table in METADATA.sorted_tables}

    return database.read(read)


def test_every_table_is_known_to_go_or_to_stay() -> None:
    assert {*GOES, *STAYS} == set(METADATA.sorted_tables)


async def test_nothing_is_left_in_any_table(database: Database) -> None:
    await fill(database, "ann")
    await fill(database, "bob")
    Tokens(database).create("ann", scopes=["*"])
    before = rows_of(database)
    receipt = await erase(database, "ann")
    after = rows_of(database)
    held = {name for name, rows in before.items() if "ann" in rows}
    assert held == {table.name for table in GOES} | {"token"}
    assert {name for name, rows in after.items() if "ann" in rows} == {"token"}
    assert all("bob" in rows for name, rows in after.items() if name in {table.name for table in GOES})
    assert receipt.deleted == {
        "entry": 200, "memory_link": 1, "memory": 200, "receipt": 20, "output": 20, "message": 20, "conversation": 20,
        "pinned_tool": 1, "granted_tool": 1, "turn_record": 1, "question": 1, "visit": 1,
        "outbox": 1, "mail_answer": 1, "mail_rule": 1, "memory_owner": 1,
    }  # fmt: skip
    assert set(receipt.left.values()) == {0}
    assert receipt.kept == {"token": 1, "audit": 0}
    assert receipt.complete


async def test_somebody_who_has_nothing_is_erased_all_the_same(database: Database) -> None:
    receipt = await erase(database, "nobody")
    assert set(receipt.deleted.values()) == {0}
    assert receipt.complete
    assert "nobody" not in rows_of(database)["memory_owner"]


def found_in_files(folder: Path) -> set[str]:
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    return {word for word in WORDS if word.encode() in data}


async def test_the_bytes_are_gone_from_the_files(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        await fill(database, "ann")
        await fill(database, "bob")
        assert found_in_files(tmp_path) == set(WORDS)
        await erase(database, "ann")
        assert found_in_files(tmp_path) == set(WORDS), "those of the other person stay"
        assert (await erase(database, "bob")).overwritten
        assert found_in_files(tmp_path) == set()


async def test_rows_that_were_moved_from_page_to_page_leave_no_copy(tmp_path: Path) -> None:
    chance = Random(8)  # a mixture after which secure_delete alone leaves copies

    def change(rows: PersonalRows) -> None:
        name = f"m{chance.getrandbits(32):08x}"
        word = WORDS[0] if rows.subject == "ann" else "other"
        row = replace(memory_of(0), id=name, text=word * chance.randint(1, chance.choice([5, 50, 400])))
        MemoryTable(rows).add(row)
        if chance.random() < 0.3:
            MemoryTable(rows).replace(row, replace(row, version=2, text=word * chance.randint(1, 100)))
        if chance.random() < 0.2:
            MemoryTable(rows).delete([name])

    with Database.in_folder(tmp_path) as database:
        for _ in range(300):
            await People(database).person(chance.choice(["ann", "bob"])).write(change)
        await erase(database, "ann")
        assert found_in_files(tmp_path) == set()


async def test_a_reader_from_before_keeps_the_bytes_and_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.store.engines.BUSY_SECONDS", 0.1)
    with Database.in_folder(tmp_path) as database, Database.in_folder(tmp_path) as other:
        await fill(database, "ann")
        with other._reader.connect() as reading:  # pyright: ignore[reportPrivateUsage]
            reading.exec_driver_sql("SELECT count(*) FROM memory").all()
            receipt = await erase(database, "ann")
            assert not receipt.overwritten
            assert not receipt.complete
        assert (await erase(database, "ann")).complete
        assert found_in_files(tmp_path) == set()
