"""Erasing a person: everything the database holds of them goes, and a receipt counts it before and after.

`GOES` and `STAYS` name every table there is, so that a new one cannot be forgotten here; a test says so.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from anyio import to_thread

from deskhand.errors import Unavailable
from deskhand.store.database import Database
from deskhand.store.personal import Own, People, PersonalRows, Statement, own, own_part
from deskhand.store.tables import (
    audit,
    conversation,
    entry,
    granted_tool,
    mail_answer,
    mail_rule,
    memory,
    memory_link,
    memory_owner,
    message,
    outbox,
    output,
    pinned_tool,
    question,
    receipt,
    token,
    turn_record,
    visit,
)

logger = logging.getLogger(__name__)


Mine = Callable[[Statement], Own]
"""Makes a statement about a table one about the person's rows."""


def _by(column: sa.Column[str]) -> Mine:
    return lambda statement: own(statement, column)


def _of_talks(column: sa.Column[str]) -> Mine:
    return lambda statement: own_part(statement, column, conversation.c.id, conversation.c.owner)


GOES: Mapping[sa.Table, Mine] = {
    entry: _by(entry.c.subject),
    memory_link: _by(memory_link.c.subject),
    memory: _by(memory.c.subject),
    question: _by(question.c.owner),
    turn_record: _of_talks(turn_record.c.conversation),
    receipt: _of_talks(receipt.c.conversation),
    output: _of_talks(output.c.conversation),
    message: _of_talks(message.c.conversation),
    conversation: _by(conversation.c.owner),
    pinned_tool: _by(pinned_tool.c.owner),
    granted_tool: _by(granted_tool.c.owner),
    visit: _by(visit.c.subject),
    outbox: _by(outbox.c.subject),
    mail_answer: _by(mail_answer.c.subject),
    mail_rule: _by(mail_rule.c.subject),
    memory_owner: _by(memory_owner.c.subject),
}
"""What is deleted, in this order, and which rows are the person's."""
STAYS: Mapping[sa.Table, Mine] = {
    token: _by(token.c.subject),
    audit: _by(audit.c.subject),
}
"""What is only counted: tokens, which are revoked one by one, and the audit, which holds hashes and no content."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A receipt: rows of the person by table."""

    subject: str
    deleted: Mapping[str, int]
    left: Mapping[str, int]
    """Counted again after the delete; anything but 0 was written meanwhile by a program that still runs for them."""
    kept: Mapping[str, int]
    """What an erasure leaves."""
    overwritten: bool
    """Whether the bytes are gone from the database's files; False while another program reads from before."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return self.overwritten and not any(self.left.values())


async def erase(database: Database, subject: str) -> Erased:
    """Delete everything of a person, for good, and see that it is gone.

    Raises:
        Denied: nobody is named.
        Unavailable: the database cannot be written.
    """
    person = People(database).person(subject)
    before = await person.read(lambda rows: _count(rows, GOES))
    deleted = await person.write(_delete)
    if not before[memory_owner.name]:  # the write itself made that row
        deleted[memory_owner.name] = 0
    overwritten = await to_thread.run_sync(_overwrite, database)
    left, kept = await person.read(lambda rows: (_count(rows, GOES), _count(rows, STAYS)))
    return Erased(subject, deleted, left, kept, overwritten)


async def counted(database: Database, subject: str) -> dict[str, int]:
    """How many rows of a person an erasure would delete, by table.

    Raises:
        Denied: nobody is named.
    """
    return await People(database).person(subject).read(lambda rows: _count(rows, GOES))


def _overwrite(database: Database) -> bool:
    try:
        return database.overwrite_deleted([table.name for table in GOES])
    except Unavailable as error:  # a full disk: the rows are gone all the same, and the receipt must say so
        logger.warning("What was deleted may still be in the files: %s", error.message)
        return False


def _delete(rows: PersonalRows) -> dict[str, int]:
    return {table.name: rows.run(_DELETE[table]).rowcount for table in GOES}


def _count(rows: PersonalRows, tables: Iterable[sa.Table]) -> dict[str, int]:
    return {table.name: rows.run(_COUNT[table]).scalar_one() for table in tables}


_DELETE = {table: mine(sa.delete(table)) for table, mine in GOES.items()}
_COUNT = {table: mine(sa.select(sa.func.count()).select_from(table)) for table, mine in {**GOES, **STAYS}.items()}
