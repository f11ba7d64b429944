"""`deskhand memory`: what is remembered, to look at, to forget, to take along and to erase."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import CANCELLED
from deskhand.cli.memory_erase import erase
from deskhand.cli.memory_options import LOCAL_USER, json_option, user_option
from deskhand.cli.memory_transfer import export, import_
from deskhand.cli.memory_wording import bare, found_lines, left_lines, memories_counted, nothing_of, row_line, whole
from deskhand.visible import visible, visible_line

if TYPE_CHECKING:
    from deskhand.cli.memory_access import Access
    from deskhand.cli.memory_wording import Reader
    from deskhand.store.memories import MemoryRow
    from deskhand.toolsets.memory.results import Found, Item, MemoryStatus, Other


@click.group()
def memory() -> None:
    """Look at, search, forget, export, import and erase what is remembered.

    These commands are for whoever runs this machine. They are about the person at this machine, or about --user: the
    subject of a token, as `deskhand memory users` lists them.
    """


memory.add_command(export)
memory.add_command(import_)
memory.add_command(erase)


@memory.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, the last changed first."
)
@user_option
@json_option
def list_memories(limit: int, user: str, *, as_json: bool) -> None:
    """List memories, those saved or changed last first."""
    from deskhand.cli.memory_access import with_memory

    async def work(access: "Access") -> "tuple[list[MemoryRow], Reader, str]":
        rows = await access.backend.recent(access.caller, limit)
        return rows, access.reader(), "" if rows else nothing_of(user, await access.others())

    rows, reader, nothing = with_memory(user, work)
    for row in rows:
        click.echo(_as_json(row) if as_json else visible_line(row_line(row, reader)))
    if nothing:
        click.echo(visible_line(nothing), err=True)


@memory.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 50), default=8, show_default=True, help="How many.")
@click.option("--history", is_flag=True, help="Also what no longer holds.")
@user_option
@json_option
def search(query: str, limit: int, user: str, *, history: bool, as_json: bool) -> None:
    """Find what is remembered about QUERY, best first, as search_memory does."""
    from deskhand.cli.memory_access import with_memory
    from deskhand.toolsets.memory.finding import Request

    request = Request(limit=limit, max_tokens=20_000, include_history=history)

    async def work(access: "Access") -> "tuple[Found, str, str]":
        found = await access.backend.search(access.caller, query, request)
        status = await access.backend.status(access.caller)
        nothing = "" if status.memories or found.hits else nothing_of(user, await access.others())
        return found, status.embeddings.why, nothing

    found, why, nothing = with_memory(user, work)
    click.echo(found.model_dump_json(indent=2) if as_json else visible("\n".join(found_lines(found, why))))
    if nothing:
        click.echo(visible_line(nothing), err=True)


@memory.command()
@click.argument("memory_id", metavar="ID")
@user_option
@json_option
def show(memory_id: str, user: str, *, as_json: bool) -> None:
    """Show one memory with its history and what it relates to."""
    from deskhand.cli.memory_access import with_memory

    async def work(access: "Access") -> "tuple[Item, Reader]":
        return await access.backend.item(access.caller, bare(memory_id)), access.reader()

    item, reader = with_memory(user, work)
    click.echo(item.model_dump_json(indent=2) if as_json else visible(whole(item, reader)))


@memory.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--query", help="Forget what a search finds, instead of ids.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@user_option
@json_option
def forget(ids: tuple[str, ...], query: str | None, *, yes: bool, user: str, as_json: bool) -> None:
    """Delete memories for good, with all former versions, and print a receipt."""
    from deskhand.cli.memory_access import with_memory

    if bool(ids) == bool(query):
        raise click.UsageError("Name memories by their ids, or say --query, not both.")
    seen = with_memory(user, lambda access: access.backend.to_forget(access.caller, [*map(bare, ids)], query))
    if not seen:
        click.echo(visible_line(f"Nothing matches {query!r}. Nothing was deleted."), err=True)
        return
    left = with_memory(user, lambda access: access.backend.left(access.caller, seen, query))
    _agree(seen, left_lines(left), yes=yes)
    receipt = with_memory(user, lambda access: access.backend.forget(access.caller, seen))
    if as_json:
        click.echo(receipt.model_copy(update={"left": left}).model_dump_json(indent=2))
    else:
        click.echo(visible("\n".join([receipt.text(), *left_lines(left)])))


@memory.command()
@user_option
@json_option
def status(user: str, *, as_json: bool) -> None:
    """Say how much is remembered, and whether search is by meaning or by words only."""
    from deskhand.cli.memory_access import with_memory

    async def work(access: "Access") -> "tuple[MemoryStatus, str]":
        found = await access.backend.status(access.caller)
        return found, "" if found.memories else nothing_of(user, await access.others())

    found, nothing = with_memory(user, work)
    if nothing:
        click.echo(visible_line(nothing), err=True)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    vectors = found.embeddings
    versions = "1 version" if found.versions == 1 else f"{found.versions:,} versions"
    entries = "1 index entry" if found.index_entries == 1 else f"{found.index_entries:,} index entries"
    click.echo(f"{memories_counted(found.memories)} in {versions}, {entries}")
    click.echo(f"Database: {found.database}; time zone: {found.zone}\nSearch: {found.search}\n{vectors.why}")
    if vectors.model:
        click.echo(f"Vectors: {vectors.embedded} made, {vectors.waiting} waiting")


@memory.command()
@json_option
def users(*, as_json: bool) -> None:
    """List who has memories, and how many."""
    import json

    from deskhand.cli.memory_access import with_memory

    found = with_memory(LOCAL_USER, lambda access: access.counts())
    for subject, (memories, versions) in found.items():
        fields = {"user": subject, "memories": memories, "versions": versions}
        click.echo(json.dumps(fields) if as_json else f"{memories:>8,}  {visible_line(subject)}")
    if not found:
        click.echo("Nobody has memories yet.", err=True)


def _agree(seen: "Sequence[Other]", left: "Sequence[str]", *, yes: bool) -> None:
    """Show what goes, and end here unless the person agrees."""
    for one in seen:
        click.echo(visible_line(f"[{one.id}] {one.text}"), err=True)
    for line in left:
        click.echo(line, err=True)
    if not yes and not click.confirm(
        f"Delete {memories_counted(len(seen))} for good, with all former versions?", err=True
    ):
        click.echo("Nothing was deleted.", err=True)
        raise click.exceptions.Exit(CANCELLED)


def _as_json(row: "MemoryRow") -> str:
    import json
    from dataclasses import asdict

    return json.dumps(asdict(row), ensure_ascii=False)
