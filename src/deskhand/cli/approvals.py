"""`deskhand approvals`: what was agreed to for good in the chat, and taking it back."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import click

from deskhand.cli.exit_codes import explained
from deskhand.errors import DeskhandError, NotFound

if TYPE_CHECKING:
    from deskhand.host.consent import Consent


@click.group()
def approvals() -> None:
    """Show and take back approvals that last: given in the chat with t (this tool) or v (this server)."""


@approvals.command("list")
def list_() -> None:
    """List them: the tool, and where it is."""
    with _consent() as consent:
        granted = consent.grants()
    for grant in granted:
        click.echo(f"{grant.tool or '(all its tools)'}  {grant.endpoint}")
    if not granted:
        click.echo("There are none: whatever writes is asked about each time.", err=True)


@approvals.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Take back all of them.")
def revoke(names: tuple[str, ...], everything: bool) -> None:
    """Take back the approvals of NAMES: tools, or the address of a server for all of its."""
    if bool(names) == everything:
        raise click.UsageError("Name tools or servers as `deskhand approvals list` shows them, or say --all.")
    with _consent() as consent:
        granted = consent.grants()
        for name in names:
            if not any(name in (grant.tool, grant.endpoint) for grant in granted):
                raise NotFound(f"There is no approval for {name}. `deskhand approvals list` shows them.")
        chosen = [grant for grant in granted if everything or {grant.tool, grant.endpoint} & set(names)]
        anyio.run(consent.revoke, chosen)
    click.echo(f"Took back {len(chosen)}.")


@contextmanager
def _consent() -> Generator["Consent"]:
    from deskhand.cli.database import database_of
    from deskhand.host.consent import Consent
    from deskhand.principal import LOCAL
    from deskhand.settings import load

    try:
        with database_of(load().settings) as database:
            yield Consent(database, LOCAL.subject)
    except DeskhandError as error:
        raise explained(error) from error
