"""The page as an ASGI application: every layer a request passes, and where each address is answered."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from deskhand.errors import DeskhandError
from deskhand.server.names import TrimHeaders
from deskhand.server.streams import EndStreams, OpenStreams
from deskhand.settings_sections import ServerSettings
from deskhand.web import (
    activity,
    chat,
    composer,
    console,
    conversations,
    files,
    inspector,
    live,
    memory,
    questions,
    servers,
    servers_add,
    servers_import,
    turns,
)
from deskhand.web.access import Access, CheckVisit
from deskhand.web.areas import RequireScope
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.entrance import Entrance
from deskhand.web.guard import LimitBody, OwnPagesOnly, SafeHeaders
from deskhand.web.page import Pages, refused
from deskhand.web.refusal import refusal

STATIC = Path(__file__).parent / "static"


class Site:
    """The application and what it needs while it runs."""

    def __init__(
        self,
        desks: Desks,
        access: Access,
        settings: ServerSettings,
        draw: Draw,
        streams: OpenStreams | None = None,
    ) -> None:
        """`streams` are those that a shutdown ends."""
        self.desks = desks
        self.access = access
        self._draw = draw
        self.app = Starlette(
            routes=self._routes(),
            middleware=[
                Middleware(TrimHeaders),
                Middleware(SafeHeaders),
                Middleware(OwnPagesOnly, settings, draw),
                Middleware(EndStreams, OpenStreams() if streams is None else streams),
                Middleware(CheckVisit, access, draw),
                Middleware(RequireScope, draw),
                Middleware(LimitBody, settings),
            ],
            exception_handlers={DeskhandError: refused, HTTPException: self._missing},
        )
        self.app.state.pages = Pages(desks, draw)
        self.app.state.access = access

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep what pages need until left."""
        async with self.desks.running(self.access.is_in):
            yield

    async def close(self) -> None:
        """Before the server stops, while pages still see it: end the turns, the conversations and the connections."""
        await self.desks.close()

    def _routes(self) -> list[BaseRoute]:
        return [
            Mount("/static", StaticFiles(directory=STATIC)),
            *Entrance(self.access, self._draw).routes(),
            *live.routes(),
            *chat.routes(),
            *conversations.routes(),
            *turns.routes(),
            *composer.routes(),
            *console.routes(),
            *files.routes(),
            *inspector.routes(),
            *memory.routes(),
            *activity.routes(),
            *questions.routes(),
            *servers_add.routes(),
            *servers_import.routes(),
            *servers.routes(),
        ]

    async def _missing(self, request: Request, error: Exception) -> Response:
        """What Starlette refuses by itself: an address that is not there, a body that is too large."""
        assert isinstance(error, HTTPException)
        message = "There is no such page." if error.status_code == 404 else error.detail
        return refusal(self._draw, request.scope, error.status_code, message, error.headers)
