"""`deskhand memory erase`: everything of a person goes, and a receipt says so."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import CANCELLED, FAILED, explained
from deskhand.cli.memory_options import LOCAL_USER, json_option
from deskhand.errors import DeskhandError
from deskhand.visible import visible_line

if TYPE_CHECKING:
    from deskhand.settings import Settings
    from deskhand.store.erasure import Erased

AREAS = ("results", "email", "calendar")
"""Folders of `data_dir` in which each person has one: stored results, the local mailbox, the local calendars."""


@click.command()
@click.argument("user")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(user: str, *, yes: bool, as_json: bool) -> None:
    """Erase everything of USER for good, and give a receipt.

    That is: memories, conversations, stored results, approvals, rules for mail, all that waits in the outbox or left
    it, and the mailbox and calendars on this machine. What is at a mail or calendar server stays there, and so does
    the account in the settings: see `deskhand accounts remove`.

    Their tokens stay, and the audit, which holds no content: the receipt says how many. Stop what runs for this person
    first, such as a chat; servers may go on. Exit code 1: something is left, and the receipt says what.
    """
    try:
        holdings = _holdings(user)
        if not yes and any(holdings.values()):
            _agree(user, holdings)
        receipt, files = _erase(user)
    except DeskhandError as error:
        raise explained(error) from error
    if as_json:
        click.echo(json.dumps({**asdict(receipt), "files": files, "complete": receipt.complete}, indent=2))
    else:
        nobody = f"There is nobody called {user} with memories, conversations, results, approvals, mail or calendars."
        first = f"Erased {user}." if any(holdings.values()) else nobody
        click.echo(visible_line(first) + "\n" + "\n".join(_lines(receipt, files)))
    if not receipt.complete:
        raise click.exceptions.Exit(FAILED)


def _holdings(user: str) -> dict[str, int]:
    """What there is of a person: rows by table, and files."""
    import anyio

    from deskhand.cli.database import database_of
    from deskhand.settings import load
    from deskhand.store.erasure import counted

    settings = load().settings
    with database_of(settings) as database:
        rows = anyio.run(counted, database, user)
    return {**rows, "file": sum(map(_files_in, _places(settings, user)))}


def _agree(user: str, holdings: Mapping[str, int]) -> None:
    there = ", ".join(f"{name} {count:,}" for name, count in holdings.items() if count)
    shown = visible_line(user)
    click.echo(
        f"Memories, conversations, results, approvals, outbox, rules, local mail and calendars of {shown} are "
        "deleted for good.",
        err=True,
    )
    click.echo(f"There are, by table: {there}.", err=True)
    if click.prompt("Type the name to agree", default="", show_default=False, err=True) != user:
        click.echo("That is another name. Nothing was deleted.", err=True)
        raise click.exceptions.Exit(CANCELLED)


def _erase(user: str) -> "tuple[Erased, int]":
    import anyio

    from deskhand.cli.database import database_of
    from deskhand.settings import load
    from deskhand.store.erasure import erase

    settings = load().settings
    with database_of(settings) as database:
        files = _delete_files(_places(settings, user))  # first: when that fails, the command can be given again
        return anyio.run(erase, database, user), files


def _places(settings: "Settings", user: str) -> list[Path]:
    """What lies beside the database: the person's folders and, of the one at this machine, what they typed."""
    from deskhand.kept import folder_of

    places = [folder_of(settings.data_dir / area, user) for area in AREAS]
    return [*places, settings.data_dir / "history", settings.data_dir / "chat.log"] if user == LOCAL_USER else places


def _delete_files(places: Sequence[Path]) -> int:
    """How many files went."""
    gone = 0
    for place in places:
        gone += _files_in(place)
        try:
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        except OSError as error:
            raise click.ClickException(f"Cannot delete {place}: {error.strerror}. Delete it yourself.") from error
    return gone


def _files_in(place: Path) -> int:
    return sum(path.is_file() for path in place.rglob("*")) if place.is_dir() else int(place.is_file())


def _lines(receipt: "Erased", files: int) -> list[str]:
    lines = [f"  {rows:>8,}  {table}" for table, rows in receipt.deleted.items()]
    lines.append(f"  {files:>8,}  files of results, mail, calendars and input")
    left = {table: rows for table, rows in receipt.left.items() if rows}
    if left:
        lines.append(f"Written again meanwhile: {left}. Stop what runs for this person, then erase again.")
    else:
        lines.append("Counted again after that: 0 in each table.")
    if not receipt.overwritten:
        lines.append("The bytes are still in the files, because another program reads them. Erase again when it ended.")
    if tokens := receipt.kept["token"]:
        stay = "1 token stays" if tokens == 1 else f"{tokens} tokens stay"
        lines.append(f"{stay}: see `deskhand token list`, and end it with `deskhand token revoke ID`.")
    if audited := receipt.kept["audit"]:
        rows = "1 row of the audit is kept" if audited == 1 else f"{audited} rows of the audit are kept"
        lines.append(f"{rows}: which tool was called when, with a hash of the arguments.")
    lines.append("Backups, and files that tools wrote into the workspace, are not touched.")
    return lines
