"""`deskhand memory export` and `import`: memories as files, to take along and to bring in."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import FAILED
from deskhand.cli.memory_options import json_option, user_option
from deskhand.cli.memory_wording import memories_counted, nothing_of
from deskhand.cli.new_file import destination, hand_over
from deskhand.errors import InvalidInput
from deskhand.visible import visible_line

if TYPE_CHECKING:
    from deskhand.cli.memory_access import Access
    from deskhand.toolsets.memory.arrival import Fault
    from deskhand.toolsets.memory.import_formats import Contents, Format
    from deskhand.toolsets.memory.importing import Imported

_SHOWN = 20
"""Faults told one by one; with --json all are."""
_LONG = 500
"""From so many memories on, a bar shows how far it is."""


@click.command()
@destination
@user_option
def export(file: Path | None, output: Path | None, user: str) -> None:
    """Write all memories with their histories as JSON lines, to a new FILE or to standard output."""
    from deskhand.cli.memory_access import with_memory
    from deskhand.toolsets.memory.portable import exported

    async def work(access: "Access") -> tuple[int, str, str]:
        items = await access.backend.items(access.caller)
        return len(items), exported(items), "" if items else nothing_of(user, await access.others())

    count, text, nothing = with_memory(user, work)
    hand_over(text, file, output, memories_counted(count))
    if nothing:
        click.echo(visible_line(nothing), err=True)


@click.command("import")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["auto", "deskhand", "reference", "mem0"]), default="auto", show_default=True,
    help="What wrote it: deskhand memory export, the reference memory server of MCP, or mem0.",
)  # fmt: skip
@click.option("--of", "person", metavar="USER_ID", help="Of an export of mem0: only the memories of this user.")
@click.option("--skip-bad-lines", is_flag=True, help="Leave out what cannot be read, instead of importing nothing.")
@user_option
@json_option
def import_(file: Path, form: str, person: str | None, *, skip_bad_lines: bool, user: str, as_json: bool) -> None:
    """Bring in memories from FILE, or from standard input.

    Nothing that is there is overwritten: what is known already is left as it is, and where another memory has the same
    id the one from the file gets a new id. Others can save meanwhile; an import that is broken off is completed by the
    same command. What seems to hold a secret is left out and told, and the command ends with 1.
    """
    from deskhand.cli.memory_access import with_memory

    text = _text(file)
    wanted: Format | None = None if form == "auto" else form  # pyright: ignore[reportAssignmentType] (click checked it)

    async def work(access: "Access") -> "tuple[Contents, Imported]":
        found = _read(text, wanted, person, access)
        if not skip_bad_lines:
            _refuse_bad(found.faults)
        return found, await _keep(found, access)

    found, imported = with_memory(user, work)
    _tell(found, imported, as_json=as_json)
    if any(fault.secret for fault in found.faults):
        raise click.exceptions.Exit(FAILED)


def _text(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 text: see byte {error.start + 1}.") from error
    except OSError as error:
        raise click.ClickException(f"Cannot read {file}: {error.strerror}.") from error


def _read(text: str, wanted: "Format | None", person: str | None, access: "Access") -> "Contents":
    from datetime import UTC, datetime

    from deskhand.toolsets.memory.import_formats import Reading, contents

    with _bar("Reading") as progress:
        return contents(text, wanted, Reading(datetime.now(UTC), access.zone, person), progress)


async def _keep(found: "Contents", access: "Access") -> "Imported":
    from deskhand.toolsets.memory.importing import bring_in

    backend, total = access.backend, len(found.arrivals)
    person = backend.people.person(access.caller.subject)
    with _bar("Writing") as progress:
        imported = await bring_in(person, found.arrivals, access.zone, lambda done: progress(done, total))
    if not imported.memories or backend.index.embedder is None:
        return imported
    with _bar("Making vectors") as progress:
        done = await backend.background.embed_all(person, progress)
    if not done:
        click.echo(f"Not all have vectors yet, a running server makes them: {backend.index.trouble}", err=True)
    return imported


def _refuse_bad(faults: "Sequence[Fault]") -> None:
    bad = [fault for fault in faults if not fault.secret]
    if bad:
        _show(bad)
        raise InvalidInput(
            f"Nothing was imported, because {_counted(len(bad))} cannot be read. Correct them, or leave them out with "
            "--skip-bad-lines."
        )


def _tell(found: "Contents", imported: "Imported", *, as_json: bool) -> None:
    if as_json:
        faults = [asdict(fault) for fault in found.faults]
        click.echo(json.dumps({"format": found.format, **imported.model_dump(), "left_out": faults}, indent=2))
        return
    click.echo(imported.text())
    if found.faults:
        click.echo(f"{_counted(len(found.faults))} left out:", err=True)
        _show(found.faults)


def _show(faults: "Sequence[Fault]") -> None:
    for fault in faults[:_SHOWN]:
        click.echo(visible_line(f"  {fault}"), err=True)
    if len(faults) > _SHOWN:
        click.echo(f"  and {len(faults) - _SHOWN} more", err=True)


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"


@contextmanager
def _bar(label: str) -> Generator[Callable[[int, int], None]]:
    """A bar on standard error, once there is much to do and somebody sees it."""
    bar = click.progressbar(length=1, label=label, file=sys.stderr)

    def show(done: int, total: int) -> None:
        if total >= _LONG and sys.stderr.isatty():
            bar.length = total
            bar.update(done - bar.pos)

    try:
        yield show
    finally:
        if bar.pos:
            bar.render_finish()
