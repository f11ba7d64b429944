"""What all desks of a process share: settings, database, model, and who has which conversation open."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from deskhand.host.connections import SignInFor
from deskhand.models.model import Model
from deskhand.retrieval.embedder import Embedder
from deskhand.server.build import DeskhandServer
from deskhand.settings import Settings
from deskhand.store.database import Database

FindModel = Callable[[], Awaitable[tuple[Model | None, str]]]
"""Looks for a model: it, or why there is none."""


@dataclass
class Surroundings:
    """What all desks of a process share."""

    settings: Settings
    database: Database
    model: Model | None
    problem: str = ""
    """Why there is no model, and what to do about it."""
    embedder: Embedder | None = None
    sign_in: SignInFor | None = None
    servers_file: Path | None = None
    """The `mcp.json` of the local owner."""
    server: DeskhandServer | None = None
    """Our own server: its outbox and its audit log."""
    find: FindModel | None = None
    looking: anyio.Lock = field(default_factory=anyio.Lock)
    held: dict[tuple[str, str], object] = field(default_factory=dict[tuple[str, str], object])
    """By subject and conversation, the `Rooms` it is open in: the desks of one person have each open once."""
    uploading: Counter[str] = field(default_factory=Counter[str])
    """By subject, the files that are on their way."""

    async def look_again(self) -> bool:
        """Look for a model once more, as when the person has just set one up; whether there is one now."""
        async with self.looking:
            if self.model is None and self.find is not None:
                self.model, self.problem = await self.find()
        return self.model is not None

    async def close(self) -> None:
        """Close the model."""
        if self.model is not None:
            await self.model.aclose()
