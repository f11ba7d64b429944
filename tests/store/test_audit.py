"""The audit when the disk does not take it: calls go on, rows wait, and the log says so."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import anyio
import pytest
import sqlalchemy as sa

from deskhand import audit as audit_module
from deskhand.audit import NAME_CHARACTERS, Audit, AuditEntry
from deskhand.errors import Unavailable
from deskhand.store.database import Database

T = TypeVar("T")
pytestmark = pytest.mark.anyio


def entry(name: str, *, days_ago: float = 0) -> AuditEntry:
    return AuditEntry(
        at=datetime.now(UTC) - timedelta(days=days_ago),
        subject="ann",
        client="c",
        kind="tool",
        name=name,
        outcome="ok",
        milliseconds=1,
        arguments_hash="0",
    )


class Disk(Database):
    """A database on a disk that can be full."""

    full = False

    def write(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        if self.full:
            raise Unavailable("Cannot use the database: disk is full.")
        return super().write(work, subject=subject)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    with anyio.fail_after(5):
        while not await condition():
            await anyio.sleep(0.01)


async def test_rows_wait_while_the_disk_takes_none_and_are_written_after(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "RETRY_SECONDS", 0.01)
    with Disk(None) as database:
        audit = Audit(database)
        async with audit.running():
            database.full = True
            audit.append(entry("first"))

            async def complained() -> bool:
                return "1 audit rows cannot be written yet" in caplog.text

            await until(complained)
            audit.append(entry("second"))
            database.full = False

            async def written() -> bool:
                return [row.name for row in await audit.query()] == ["second", "first"]

            await until(written)


async def test_rows_that_can_never_be_written_are_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with Disk(None) as database, caplog.at_level(logging.ERROR):
        audit = Audit(database)
        async with audit.running():
            database.full = True
            audit.append(entry("lost"))
        database.full = False
        assert await audit.query() == []
    assert "1 audit rows are lost" in caplog.text


async def test_a_caller_cannot_fill_the_audit_with_one_long_name(database: Database) -> None:
    audit = Audit(database)
    audit.append(entry("file:///" + "a" * 100_000))
    await audit.flush()
    assert [len(row.name) for row in await audit.query()] == [NAME_CHARACTERS]


async def test_a_caller_cannot_keep_rows_out_by_what_a_name_is_made_of(database: Database) -> None:
    audit = Audit(database)
    audit.append(entry("file:///\0"))
    audit.append(entry("after"))
    await audit.flush()
    assert (await audit.query())[0].name == "after"


async def test_rows_are_found_by_whose_they_are(database: Database) -> None:
    audit = Audit(database)
    audit.append(entry("hers"))
    audit.append(entry("his").model_copy(update={"subject": "bob"}))
    await audit.flush()
    assert [row.name for row in await audit.query("ann")] == ["hers"]


async def test_old_rows_go_with_the_first_batch_of_an_hour(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def names(*added: AuditEntry) -> list[str]:
        for row in added:
            audit.append(row)
        await audit.flush()
        return [row.name for row in await audit.query()]

    with Database(None) as database:
        audit = Audit(database, days=90)
        assert await names(entry("old", days_ago=90.1), entry("young", days_ago=89.9)) == ["young"]
        assert await names(entry("late", days_ago=91)) == ["late", "young"]  # the hour is not over
        monkeypatch.setattr(audit_module, "PRUNE_SECONDS", 0)
        audit = Audit(database, days=90)
        assert await names(entry("now")) == ["now", "young"]
        assert await names(entry("late", days_ago=91)) == ["now", "young"]


async def test_a_full_disk_does_not_count_as_having_deleted() -> None:
    with Disk(None) as database:
        audit = Audit(database, days=1)
        audit.append(entry("old", days_ago=2))
        database.full = True
        with pytest.raises(Unavailable):
            await audit.flush()
        database.full = False
        await audit.flush()
        assert await audit.query() == []
