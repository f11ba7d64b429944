"""`deskhand conversations export-all`: every conversation of a person with all it holds, to take along."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.cli.memory_options import user_option
from deskhand.cli.memory_wording import instead
from deskhand.cli.new_file import destination, hand_over
from deskhand.visible import visible_line

if TYPE_CHECKING:
    from deskhand.store.conversations import ConversationRow
    from deskhand.store.database import Database


@click.command("export-all")
@destination
@user_option
def export_all(file: Path | None, output: Path | None, user: str) -> None:
    """Write all conversations as JSON lines, to a new FILE or to standard output.

    All that is kept of them: each message, also those that moved out of the model's view, whole results of tools, what
    each compaction did, also those that were taken back, what each turn looked like, and which conversation was
    branched off from which.
    """
    import anyio

    from deskhand.cli.database import opened
    from deskhand.store.conversation_owners import owners

    with opened() as database:
        count, text = anyio.run(exported, database, user)
        others = {} if count else anyio.run(owners, database)
    hand_over(text, file, output, f"{count} {'conversation' if count == 1 else 'conversations'}")
    if not count:
        click.echo(visible_line(f"There are no conversations of {user}. {instead(others)}".rstrip()), err=True)


async def exported(database: "Database", owner: str) -> tuple[int, str]:
    """How many conversations the owner has, and all of them as JSON lines, those begun first first."""
    from deskhand.store.conversations import Conversations

    every = await Conversations(database).recent(owner, None, superseded=True)
    rows = sorted(every, key=lambda row: (row.created, row.id))
    lines = [line for row in rows for line in await _lines(database, row)]
    return len(rows), "".join(line + "\n" for line in lines)


async def _lines(database: "Database", row: "ConversationRow") -> list[str]:
    from deskhand.host.transcript import whole
    from deskhand.store.conversations import Conversations
    from deskhand.store.receipts import Receipts
    from deskhand.store.turn_records import TurnRecords

    store, owner = Conversations(database), row.owner
    receipts = await Receipts(database).all(owner, row.id, taken_back=True)  # first: they name messages, which stay
    turns = await TurnRecords(database).of(owner, row.id)
    messages, outputs = await store.messages(owner, row.id), await store.outputs(owner, row.id)
    return whole(row, messages, outputs, receipts, turns)
