"""Putting the assistant together from the settings: a model, the server in process, the servers of mcp.json."""

import sys
import webbrowser
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from deskhand.cli.assembly import assembled
from deskhand.cli.database import database_of
from deskhand.cli.servers import servers_file
from deskhand.cli.sign_ins import sign_ins
from deskhand.errors import Denied, DeskhandError, NotFound
from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.server_file import read_servers
from deskhand.host.servers import OURS, ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.discover import find_model, other_model
from deskhand.principal import LOCAL
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.find import find_embedder
from deskhand.settings import Settings, environment
from deskhand.terminal.desk import Furniture


class NoModel(DeskhandError):
    """No language model was found."""

    code = "no_model"


@dataclass(frozen=True)
class Wanted:
    """Which servers to use: all, those named, or none."""

    names: Sequence[str] = ()
    none: bool = False


@asynccontextmanager
async def furnished(settings: Settings, wanted: Wanted, tap: Wiretap | None) -> AsyncGenerator[Furniture]:
    """Everything an assistant needs. Whoever takes the model closes it, which `Desk` does.

    Raises:
        NoModel: there is no model; says how to get one.
        NotFound: a server that was named is not there.
        DeskhandError: a setting is wrong, or the database cannot be opened.
    """
    async with AsyncExitStack() as stack:
        if _ours_is_wanted(wanted):
            server, database = stack.enter_context(assembled(settings, anonymous=LOCAL))
            ours = [ServerSpec(OURS, in_process=server.sdk, trusted=True)]
        else:
            database = stack.enter_context(database_of(settings))
            ours = []
        specs = [] if wanted.none else _named([*ours, *others()], wanted.names)
        try:
            model = await find_model(settings.model, environment())
        except DeskhandError as error:
            raise NoModel(error.message) from error
        yield Furniture(
            settings=settings,
            model=model,
            servers=specs,
            database=database,
            owner=LOCAL.subject,
            tap=tap,
            another=partial(other_model, settings.model, environment()),
            embedder=_embedder(settings, stack),
            sign_in=sign_in_with(sign_ins(settings, _open_browser)),
        )


def _embedder(settings: Settings, stack: AsyncExitStack) -> Embedder | None:
    """What finds by meaning in a conversation. It is loaded when something moved out of one, not before."""
    embedder = find_embedder(settings).embedder
    if embedder is not None:
        stack.push_async_callback(embedder.aclose)
    return embedder


def _ours_is_wanted(wanted: Wanted) -> bool:
    return not wanted.none and (not wanted.names or OURS in wanted.names)


def others() -> list[ServerSpec]:
    """Those of the file that are switched on. An entry for ourselves is the server that runs here already."""
    found = read_servers(servers_file(), environment())
    return [spec for spec in found if spec.name != OURS and spec.enabled]


def _named(specs: Sequence[ServerSpec], names: Sequence[str]) -> list[ServerSpec]:
    known = [spec.name for spec in specs]
    for name in names:
        if name not in known:
            raise NotFound(f"There is no server named {name}. There are: {', '.join([OURS, *known])}.")
    return [spec for spec in specs if not names or spec.name in names]


def _open_browser(url: str) -> None:
    """Only where somebody sits who sees it."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Denied("This server needs you to sign in. Start `deskhand chat` once to do it.")
    webbrowser.open(url)
