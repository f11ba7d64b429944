"""`deskhand memory`: what is remembered, to look at, to forget, to take along and to erase."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import CANCELLED
from deskhand.cli.memory_erase import erase
from deskhand.cli.memory_options import LOCAL_USER, json_option, user_option
from deskhand.cli.memory_transfer import export, import_
from deskhand.visible import visible, visible_line

if TYPE_CHECKING:
    from deskhand.cli.memory_access import Access
    from deskhand.store.memories import MemoryRow
    from deskhand.toolsets.memory.results import Item, Other


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

    rows = with_memory(user, lambda access: access.backend.recent(access.caller, limit))
    for row in rows:
        click.echo(_as_json(row) if as_json else visible_line(_line(row)))
    if not rows:
        click.echo(f"Nothing is remembered of {user}.", err=True)


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
    found = with_memory(user, lambda access: access.backend.search(access.caller, query, request))
    click.echo(found.model_dump_json(indent=2) if as_json else visible(found.text()))


@memory.command()
@click.argument("memory_id", metavar="ID")
@user_option
@json_option
def show(memory_id: str, user: str, *, as_json: bool) -> None:
    """Show one memory with its history and what it relates to."""
    from deskhand.cli.memory_access import with_memory

    item = with_memory(user, lambda access: access.backend.item(access.caller, memory_id))
    click.echo(item.model_dump_json(indent=2) if as_json else visible(_whole(item)))


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
    seen = with_memory(user, lambda access: access.backend.to_forget(access.caller, ids, query))
    left = with_memory(user, lambda access: access.backend.left(access.caller, seen, query))
    _agree(seen, left.lines(), yes=yes)
    receipt = with_memory(user, lambda access: access.backend.forget(access.caller, seen))
    receipt = receipt.model_copy(update={"left": left})
    click.echo(receipt.model_dump_json(indent=2) if as_json else receipt.text())


@memory.command()
@user_option
@json_option
def status(user: str, *, as_json: bool) -> None:
    """Say how much is remembered, and whether search is by meaning or by words only."""
    from deskhand.cli.memory_access import with_memory

    found = with_memory(user, lambda access: access.backend.status(access.caller))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    vectors = found.embeddings
    click.echo(f"{found.memories} memories in {found.versions} versions, {found.index_entries} index entries")
    click.echo(f"Database: {found.database}; time zone: {found.zone}\nSearch: {found.search}\n{vectors.why}")
    if vectors.model:
        click.echo(f"Vectors: {vectors.embedded} made, {vectors.waiting} waiting")


@memory.command()
@json_option
def users(*, as_json: bool) -> None:
    """List who has memories, and how many."""
    import json

    from deskhand.cli.memory_access import with_memory

    async def counts(access: "Access") -> dict[str, tuple[int, int]]:
        from deskhand.store.memories import MemoryTable

        people = access.backend.people
        return {
            subject: await people.person(subject).read(lambda rows: MemoryTable(rows).count())
            for subject in sorted(await people.subjects())
        }

    found = with_memory(LOCAL_USER, counts)
    for subject, (memories, versions) in found.items():
        fields = {"user": subject, "memories": memories, "versions": versions}
        click.echo(json.dumps(fields) if as_json else f"{memories:>8,}  {visible_line(subject)}")
    if not found:
        click.echo("Nobody has memories yet.", err=True)


def _agree(seen: "Sequence[Other]", left: "Sequence[str]", *, yes: bool) -> None:
    """Show what goes, and end here unless the person agrees."""
    for one in seen:
        click.echo(visible_line(f"[{one.id}] {one.text}"), err=True)
    if not seen:
        raise click.exceptions.Exit(0)
    for line in left:
        click.echo(line, err=True)
    if not yes and not click.confirm(f"Delete {_counted(len(seen))} for good, with all former versions?", err=True):
        click.echo("Nothing was deleted.", err=True)
        raise click.exceptions.Exit(CANCELLED)


def _line(row: "MemoryRow") -> str:
    marks = ", ".join(
        [row.kind, *(["pinned"] if row.pinned else []), *([f"until {row.valid_to}"] if row.valid_to else [])]
    )
    about = f"{row.about}: " if row.about else ""
    return f"{row.id}  {row.recorded_at[:10]}  {marks}  {about}{row.text}"


def _as_json(row: "MemoryRow") -> str:
    import json
    from dataclasses import asdict

    return json.dumps(asdict(row), ensure_ascii=False)


def _whole(item: "Item") -> str:
    """A memory for people: its wordings, the newest first, and how it relates."""
    lines = [f"{item.id}, made {item.created_at[:16]}Z"]
    for version in item.history:
        held = " ".join(
            f"{word} {value}"
            for word, value in (("from", version.valid_from), ("to", version.valid_to), ("expires", version.expires_at))
            if value
        )
        marks = [version.kind, version.change, *(["pinned"] if version.pinned else []), *([held] if held else [])]
        about = f"{version.about}: " if version.about else ""
        lines.append(f"{version.version:>3}. {version.recorded_at[:16]}Z  {', '.join(marks)}, by {version.client}")
        lines.append(f"     {about}{version.text}")
    relations = (
        ("replaces", item.supersedes),
        ("replaced by", item.superseded_by),
        ("contradicts", item.conflicts_with),
    )
    lines += [f"{name}: [{other.id}] {other.text}" for name, others in relations for other in others]
    return "\n".join(lines)


def _counted(memories: int) -> str:
    return "1 memory" if memories == 1 else f"{memories} memories"
