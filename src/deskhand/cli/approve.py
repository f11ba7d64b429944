"""`deskhand approve`: what waits for the person's yes, when the client that proposed it could not ask."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from deskhand.cli.exit_codes import CANCELLED, FAILED, explained
from deskhand.cli.memory_options import json_option, user_option
from deskhand.cli.options import as_one
from deskhand.errors import DeskhandError, InvalidInput
from deskhand.visible import visible, visible_line

if TYPE_CHECKING:
    from deskhand.outbox.act import Entry, State
    from deskhand.outbox.deciding import Choice
    from deskhand.server.build import DeskhandServer

T = TypeVar("T")
LOOKED_THROUGH = 1000
"""Among how many of a person's newest acts is looked for those that wait."""


@dataclass(frozen=True)
class Decision:
    """The options of `deskhand approve`."""

    key: str | None
    deny: bool
    because: str
    happened: bool
    again: bool
    yes: bool
    user: str
    as_json: bool

    @property
    def choice(self) -> "Choice":
        """What the options say."""
        return "deny" if self.deny else "happened" if self.happened else "again" if self.again else "approve"


@click.command()
@click.argument("key", required=False)
@click.option("--deny", is_flag=True, help="Say no: it will not be done.")
@click.option("--because", default="", metavar="TEXT", help="Why not, for the assistant; with --deny.")
@click.option("--happened", is_flag=True, help="Of an unknown outcome: it was done; note it so.")
@click.option("--again", is_flag=True, help="Of an unknown outcome: it was not done; do it now.")
@click.option("-y", "--yes", is_flag=True, help="Do not show it and ask.")
@user_option
@json_option
@as_one(Decision)
def approve(decision: Decision) -> None:
    """List what waits for you; with KEY, show one, ask, and do it.

    A mail, a meeting or a rule waits here when the assistant's program could not put the question to you. What has an
    unknown outcome is listed too: the connection broke after the last word, and only you can find out.

    Exit codes: 0 done, denied or listed, 1 it could not be done or its outcome is unknown, 2 there is nothing to decide
    under this key, 130 you said no to the question here, so it goes on waiting.
    """
    if decision.deny + decision.happened + decision.again > 1:
        raise click.UsageError("--deny, --happened and --again exclude one another.")
    try:
        if decision.key is None:
            _list(decision.user, as_json=decision.as_json)
            return
        entry = _decide(decision.key, decision)
    except DeskhandError as error:
        raise explained(error) from error
    click.echo(json.dumps(_fields(entry), ensure_ascii=False) if decision.as_json else _told(entry))
    if entry.state not in ("done", "denied"):
        raise click.exceptions.Exit(FAILED)


def _list(user: str, *, as_json: bool) -> None:
    from deskhand.outbox.deciding import UNDECIDED

    async def work(server: "DeskhandServer") -> "list[Entry]":
        return await server.outbox.newest(user, states=UNDECIDED, limit=LOOKED_THROUGH)

    found = _with_server(work)
    for entry in found:
        if as_json:
            click.echo(json.dumps(_fields(entry), ensure_ascii=False))
        else:
            click.echo(f"{entry.key}  {entry.state}  {entry.changed:%Y-%m-%d %H:%M}Z  {visible_line(entry.title)}")
    if not found and not as_json:
        click.echo("Nothing waits for you.", err=True)
    elif not as_json:
        click.echo("Look and decide: deskhand approve KEY", err=True)


def _decide(key: str, decision: Decision) -> "Entry":
    from deskhand.outbox.deciding import decide

    async def work(server: "DeskhandServer") -> "Entry":
        entry = await server.outbox.find(decision.user, key)
        _check_state(entry, decision)
        if not decision.yes:
            _ask(entry, decision)
        return await decide(server.outbox, server.performers(), entry, decision.choice, decision.because)

    return _with_server(work)


def _ask(entry: "Entry", decision: Decision) -> None:
    """Show it as it would leave, and end here unless the person says yes."""
    click.echo(visible(f"{entry.title}\n\n{entry.preview}\n"), err=decision.as_json)
    if not click.confirm(_QUESTIONS[(decision.deny, decision.happened)], err=decision.as_json):
        click.echo("Nothing was decided.", err=True)
        raise click.exceptions.Exit(CANCELLED)


_QUESTIONS = {
    (False, False): "Do this now?",
    (True, False): "Refuse this?",
    (False, True): "Note that this was done?",
}


def _check_state(entry: "Entry", decision: Decision) -> None:
    from deskhand.outbox.deciding import is_open

    if not is_open(entry, decision.choice):
        raise InvalidInput(f"{entry.title}: this is {entry.state}. {_NEXT.get(entry.state, '')}".rstrip())


_NEXT: "dict[State, str]" = {
    "done": "There is nothing left to decide.",
    "denied": "Let the assistant propose it again, if you think otherwise now.",
    "expired": "Let the assistant propose it again.",
    "claimed": "It is being done right now.",
    "crossing": "It is being done right now.",
    "unknown": "Say --happened or --again, when you know.",
    "waiting": "Approve it, or --deny it.",
}


def _told(entry: "Entry") -> str:
    title = visible_line(entry.title)
    match entry.state:
        case "done":
            notes = entry.result.get("note", "")
            return f"Done: {title}" + (f"\n{visible(str(notes))}" if notes else "")
        case "denied":
            return f"Refused: {title}"
        case "unknown":
            return (
                f"Unknown: {title}\nThe connection broke before the answer came, and no trace of it is found. "
                "Find out, for instance from the recipient, then say --happened or --again."
            )
        case state:
            return f"{state.capitalize()}: {title}\n{visible(entry.error)}".rstrip()


def _fields(entry: "Entry") -> dict[str, object]:
    return {
        "key": entry.key,
        "kind": entry.kind,
        "state": entry.state,
        "title": entry.title,
        "preview": entry.preview,
        "account": entry.account,
        "created": entry.created.isoformat(),
        "changed": entry.changed.isoformat(),
        "error": entry.error,
        "result": dict(entry.result),
    }


def _with_server(work: "Callable[[DeskhandServer], Awaitable[T]]") -> T:
    import anyio

    from deskhand.cli.assembly import assembled
    from deskhand.settings import load

    async def run() -> T:
        with assembled(load().settings, anonymous=None) as (server, _):
            try:
                return await work(server)
            finally:
                await server.accounts.aclose()

    return anyio.run(run)
