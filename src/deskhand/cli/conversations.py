"""`deskhand conversations`: what was said, to look at, to keep and to delete."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from deskhand.cli.conversations_export import export_all
from deskhand.cli.new_file import output_option, write_new
from deskhand.errors import DeskhandError

if TYPE_CHECKING:
    from deskhand.context.message import Message
    from deskhand.store.conversations import ConversationRow, Conversations
    from deskhand.store.database import Database
    from deskhand.store.receipts import StoredReceipt

T = TypeVar("T")
OWNER = "local"
"""The person at this machine: `deskhand.principal.LOCAL.subject`, without importing the SDK for it."""

ID_CHARACTERS = 8


@click.group()
def conversations() -> None:
    """List, show, export and delete conversations, and see what compactions did to them.

    A conversation is named by its id, the beginning of its id, or `latest`.
    """


conversations.add_command(export_all)


@conversations.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def list_conversations(limit: int, *, as_json: bool) -> None:
    """List the conversations, newest first."""
    with _store() as store:
        found = _run(lambda: store.recent(OWNER, limit))
    if not found and not as_json:
        click.echo("There are no conversations yet. Begin one: deskhand chat")
    for row in found:
        click.echo(_as_json(row) if as_json else _line(row))


@conversations.command()
@click.argument("reference", metavar="ID", default="latest")
def show(reference: str) -> None:
    """Show a conversation as Markdown; without ID the latest."""
    from deskhand.host.transcript import markdown
    from deskhand.visible import visible

    with _store() as store:
        row, messages = _run(lambda: _whole(store, reference))
    click.echo(visible(markdown(row.title, messages)))


@conversations.command()
@click.argument("reference", metavar="ID")
@click.option("--format", "form", type=click.Choice(["jsonl", "markdown"]), default="jsonl", show_default=True)
@output_option
def export(reference: str, form: str, output: Path | None) -> None:
    """Write all messages, as JSON lines or as Markdown."""
    from deskhand.host.transcript import json_lines, markdown

    with _store() as store:
        row, messages = _run(lambda: _whole(store, reference))
    text = json_lines(messages) if form == "jsonl" else markdown(row.title, messages)
    if output is None:
        click.echo(text, nl=False)
        return
    write_new(output, text)
    click.echo(f"Wrote {_counted(len(messages))} to {output}", err=True)


@conversations.command()
@click.argument("reference", metavar="[ID]", default="latest")
@click.argument("number", metavar="[N]", type=click.IntRange(1), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, with the ids of all messages.")
def receipts(reference: str, number: int | None, *, as_json: bool) -> None:
    """List the compactions of a conversation, or show number N whole.

    A receipt says what stayed in the model's view and why, what moved to the log, and what the digest tells of it.
    Those of compactions that were taken back are listed too. Without ID, of the latest conversation.
    """
    with _database() as database:
        made, messages = _run(lambda: _receipts(database, reference, number))
    if as_json:
        for one in made:
            click.echo(_receipt_as_json(one))
    elif not made:
        click.echo("Nothing of this conversation was compacted: the model sees all of it.")
    else:
        _show_receipts(made, messages, whole=number is not None)


@conversations.command()
@click.argument("references", metavar="ID...", nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete(references: tuple[str, ...], *, yes: bool) -> None:
    """Delete conversations for good, with all they hold."""
    with _store() as store:
        rows = [_run(lambda reference=reference: store.find(OWNER, reference)) for reference in references]
        for row in rows:
            if yes or click.confirm(f"Delete {_line(row)}?"):
                _run(lambda row=row: store.delete(OWNER, row.id))
                click.echo(f"Deleted {row.id[:ID_CHARACTERS]} {row.title}")


@contextmanager
def _store() -> "Generator[Conversations]":
    from deskhand.store.conversations import Conversations

    with _database() as database:
        yield Conversations(database)


@contextmanager
def _database() -> "Generator[Database]":
    from deskhand.cli.database import database_of
    from deskhand.settings import load

    try:
        with database_of(load().settings) as database:
            yield database
    except DeskhandError as error:
        raise click.ClickException(error.message) from error


def _run(work: Callable[[], Awaitable[T]]) -> T:
    import anyio

    return anyio.run(work)


async def _whole(store: "Conversations", reference: str) -> "tuple[ConversationRow, list[Message]]":
    from deskhand.context.message import Message

    row = await store.find(OWNER, reference)
    return row, [Message.model_validate_json(stored.body) for stored in await store.messages(OWNER, row.id)]


async def _receipts(
    database: "Database", reference: str, number: int | None
) -> "tuple[list[StoredReceipt], list[Message]]":
    """The receipts, or the one of this number, with the messages of the conversation."""
    from deskhand.errors import NotFound
    from deskhand.store.conversations import Conversations
    from deskhand.store.receipts import Receipts

    row, messages = await _whole(Conversations(database), reference)
    made = await Receipts(database).all(OWNER, row.id, taken_back=True)
    found = [one for one in made if number in (None, one.number)]
    if number is not None and not found:
        raise NotFound(f"There is no compaction {number}. `deskhand conversations receipts {reference}` lists them.")
    return found, messages


def _show_receipts(made: "Sequence[StoredReceipt]", messages: "Sequence[Message]", *, whole: bool) -> None:
    from rich.console import Console

    from deskhand.context.receipt import Receipt
    from deskhand.terminal.receipt_lines import receipt_card, receipts_list

    found = [Receipt.model_validate_json(one.body) for one in made]
    console = Console(highlight=False, emoji=False, markup=False)
    if whole:
        console.print(receipt_card(found[0], {message.id: message for message in messages}, whole=True))
    else:
        console.print(receipts_list(found, [one.number for one in made if one.taken_back], whole=True))


def _receipt_as_json(made: "StoredReceipt") -> str:
    import json

    return json.dumps({**json.loads(made.body), "taken_back": made.taken_back}, ensure_ascii=False)


def _counted(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"


def _line(row: "ConversationRow") -> str:
    updated = row.updated.astimezone().strftime("%Y-%m-%d %H:%M")
    in_log = f"  ({row.moved_out} moved to the log)" if row.moved_out else ""
    return f"{row.id[:ID_CHARACTERS]}  {updated}  {_counted(row.messages):>13}  {row.title}{in_log}"


def _as_json(row: "ConversationRow") -> str:
    import json

    fields = {"id": row.id, "title": row.title, "messages": row.messages, "moved_out": row.moved_out}
    times = {"created": row.created.isoformat(), "updated": row.updated.isoformat()}
    return json.dumps({**fields, **times}, ensure_ascii=False)
