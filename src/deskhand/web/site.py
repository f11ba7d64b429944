"""The page as an ASGI application: every layer a request passes, and where each address is answered."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from deskhand.errors import DeskhandError
from deskhand.server.names import AllowedNames, CheckNames, TrimHeaders
from deskhand.settings_sections import ServerSettings
from deskhand.web import chat, live
from deskhand.web.access import Access, CheckVisit
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.guard import SafeHeaders
from deskhand.web.page import Pages, refused

STATIC = Path(__file__).parent / "static"


class Site:
    """The application and what it needs while it runs."""

    def __init__(self, desks: Desks, access: Access, settings: ServerSettings, draw: Draw) -> None:
        self.desks = desks
        self.access = access
        self.app = Starlette(
            routes=self._routes(),
            middleware=[
                Middleware(TrimHeaders),
                Middleware(SafeHeaders),
                Middleware(CheckNames, AllowedNames(settings)),
                Middleware(CheckVisit, access),
            ],
            exception_handlers={DeskhandError: refused},
        )
        self.app.state.pages = Pages(desks, draw)
        self.app.state.access = access

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep what pages need until left."""
        async with self.desks.running():
            yield

    def _routes(self) -> list[BaseRoute]:
        return [
            Mount("/static", StaticFiles(directory=STATIC)),
            *self.access.routes(),
            *live.routes(),
            *chat.routes(),
        ]
