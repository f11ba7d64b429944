"""The page in process: a real server, a scripted model, and a browser without a screen that keeps its cookie."""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import anyio
import httpx2
from anyio import fail_after

from deskhand.cli.assembly import assembled, toolset_classes
from deskhand.host.connections import SignInFor
from deskhand.host.server_file import read_servers
from deskhand.host.servers import ServerSpec
from deskhand.models.scripted import ScriptedModel, StepSource
from deskhand.principal import LOCAL, Principal
from deskhand.server.build import DeskhandServer, build
from deskhand.server.tokens import BearerTokens
from deskhand.settings import Settings, environment
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens
from deskhand.store.visits import Visits
from deskhand.web.access import Access
from deskhand.web.cookie import Cookie
from deskhand.web.desk import Desk
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.keys import Keys
from deskhand.web.site import Site
from deskhand.web.surroundings import Surroundings

ADDRESS = "http://127.0.0.1:8642"
_CSRF = re.compile(r'"X-CSRF-Token": "([^"]+)"')


@dataclass
class Browser:
    """One signed-in browser; `post` sends what the page's forms would."""

    client: httpx2.AsyncClient
    csrf: str = ""

    async def enter(self, keys: Keys) -> None:
        """Come in by a one-time link."""
        answer = await self.client.get(f"/enter?key={keys.make(timedelta(minutes=1))}")
        assert answer.headers["refresh"] == "0; url=/"
        await self.get("/")

    async def get(self, path: str) -> str:
        """The text of a page that is there."""
        answer = await self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        found = _CSRF.search(answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer.text

    async def post(self, path: str, **form: str) -> httpx2.Response:
        """Send a form as htmx does."""
        headers = {"X-CSRF-Token": self.csrf, "HX-Request": "true", "Origin": ADDRESS}
        return await self.client.post(path, data=form, headers=headers)


@dataclass
class Place:
    """The site and who looks at it."""

    site: Site
    browser: Browser
    settings: Settings
    server: DeskhandServer

    async def desk(self, principal: Principal = LOCAL) -> Desk:
        """The desk of a principal, of whom a browser is signed in."""
        if principal != LOCAL:
            visits = Visits(self.site.desks.around.database)
            visits.begin(principal.subject, client=principal.client, scopes=principal.scopes, token=None)
        return await self.site.desks.of(principal)

    async def sign_in_as(self, principal: Principal) -> None:
        """Come in with an access token of somebody else."""
        token = Tokens(self.site.desks.around.database).create(principal.subject, scopes=principal.scopes)[0]
        await self.browser.client.post("/login", data={"token": token}, headers={"Origin": ADDRESS})
        await self.browser.get("/servers")

    async def until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something holds."""
        with fail_after(seconds):
            while not holds():
                await anyio.sleep(0.01)


@asynccontextmanager
async def open_site(
    folder: Path,
    steps: Iterable[StepSource] | None = None,
    *,
    servers: Sequence[ServerSpec] = (),
    settings: Settings | None = None,
    sign_in: SignInFor | None = None,
) -> AsyncGenerator[Place]:
    """The page of a local owner, who is in. Without `steps` there is no model. `servers` come beside our own."""
    settings = settings or Settings(data_dir=folder / "data", workspace=folder / "workspace")
    model = None if steps is None else ScriptedModel(steps)
    with assembled(settings, anonymous=LOCAL) as (server, database):
        ours = _Ours(settings, database, server)
        file = folder / "mcp.json"
        problem = "" if model else "No model is connected."
        around = Surroundings(settings, database, model, problem, sign_in=sign_in, servers_file=file, server=server)
        draw = Draw()
        desks = Desks(around, lambda principal: nullcontext([ours.spec(principal), *servers, *_enabled(file)]), draw)
        keys = Keys(settings.data_dir / "links")
        access = Access(Visits(database), Cookie.of(settings.server, 8642), tokens=_tokens(database), keys=keys)
        site = Site(desks, access, settings.server, draw)
        transport = httpx2.ASGITransport(app=site.app)
        async with site.running(), httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            browser = Browser(client)
            await browser.enter(keys)
            await (await site.desks.of(LOCAL)).connections.ready(10)
            yield Place(site, browser, settings, server)


class _Ours:
    """Our server in process: one for each principal, as an in-process transport knows only one caller."""

    def __init__(self, settings: Settings, database: Database, server: DeskhandServer) -> None:
        self._settings = settings
        self._database = database
        self._first = server

    def spec(self, principal: Principal) -> ServerSpec:
        """As the page connects to it for this principal."""
        is_owner = (principal.subject, principal.scopes) == (LOCAL.subject, LOCAL.scopes)
        server = self._first if is_owner else self._another(principal)
        return ServerSpec("deskhand", in_process=server.sdk, trusted=True)

    def _another(self, principal: Principal) -> DeskhandServer:
        classes = toolset_classes(self._settings)
        return build(classes, self._settings, database=self._database, anonymous=principal)


def _tokens(database: Database) -> BearerTokens:
    return BearerTokens(Tokens(database), subject=LOCAL.subject)


def _enabled(file: Path) -> list[ServerSpec]:
    return [spec for spec in read_servers(file, environment()) if spec.enabled]
