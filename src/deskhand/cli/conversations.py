"""`deskhand conversations`: what was said, to look at, to keep and to delete."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from deskhand.cli.new_file import write_new
from deskhand.errors import DeskhandError

if TYPE_CHECKING:
    from deskhand.context.message import Message
    from deskhand.store.conversations import ConversationRow, Conversations

T = TypeVar("T")
OWNER = "local"
"""The person at this machine: `deskhand.principal.LOCAL.subject`, without importing the SDK for it."""

ID_CHARACTERS = 8


@click.group()
def conversations() -> None:
    """List, show, export and delete conversations.

    A conversation is named by its id, the beginning of its id, or `latest`.
    """


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
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file; default: print.")
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
    from deskhand.cli.database import database_of
    from deskhand.settings import load
    from deskhand.store.conversations import Conversations

    try:
        with database_of(load().settings) as database:
            yield Conversations(database)
    except DeskhandError as error:
        raise click.ClickException(error.message) from error


def _run(work: Callable[[], Awaitable[T]]) -> T:
    import anyio

    return anyio.run(work)


async def _whole(store: "Conversations", reference: str) -> "tuple[ConversationRow, list[Message]]":
    from deskhand.context.message import Message

    row = await store.find(OWNER, reference)
    return row, [Message.model_validate_json(stored.body) for stored in await store.messages(OWNER, row.id)]


def _counted(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"


def _line(row: "ConversationRow") -> str:
    updated = row.updated.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{row.id[:ID_CHARACTERS]}  {updated}  {_counted(row.messages):>13}  {row.title}"


def _as_json(row: "ConversationRow") -> str:
    import json

    fields = {"id": row.id, "title": row.title, "messages": row.messages}
    times = {"created": row.created.isoformat(), "updated": row.updated.isoformat()}
    return json.dumps({**fields, **times}, ensure_ascii=False)
