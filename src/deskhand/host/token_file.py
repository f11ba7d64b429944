"""Where sign-ins are kept: a file only the user can read, or the system's keyring. Several processes share them."""

import json
import os
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import anyio
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

_POLL_SECONDS = 0.05
_SERVICE = "deskhand"


class Credentials(BaseModel):
    """One sign-in. The parts from the authorization server stay in the form it gave them."""

    model_config = ConfigDict(frozen=True)

    server: str
    """URL of the MCP server."""
    issuer: str = ""
    """The authorization server's identifier (RFC 8414); tokens are never sent to another."""
    resource: str = ""
    """What the tokens are for (RFC 8707)."""
    client: dict[str, JsonValue] | None = None
    """The client registration (RFC 7591)."""
    token: dict[str, JsonValue] | None = None
    """The token response (RFC 6749, 5.1)."""
    expires_at: float | None = None
    """When the access token ends, in seconds since the epoch."""
    authorization_server: dict[str, JsonValue] | None = None
    """Its metadata (RFC 8414): a refresh after a restart needs the endpoints."""
    protected_resource: dict[str, JsonValue] | None = None
    """The resource's metadata (RFC 9728)."""
    saved_at: float = Field(default_factory=time.time)

    @property
    def key(self) -> str:
        """Issuer, client and resource: what a token belongs to."""
        client_id = str((self.client or {}).get("client_id", ""))
        return " ".join((self.issuer or "-", client_id or "-", self.resource or self.server))


class TokenStore(Protocol):
    """Keeps credentials."""

    def read(self, server: str) -> Credentials | None:
        """The newest sign-in at a server."""
        ...

    async def write(self, credentials: Credentials) -> None:
        """Keep a sign-in, replacing the one of the same key."""
        ...

    async def forget(self, server: str) -> None:
        """Drop every sign-in at a server."""
        ...

    def refreshing(self, server: str) -> AbstractAsyncContextManager[None]:
        """Held by the one process that refreshes: a refresh token used twice is taken for stolen (RFC 9700, 4.14)."""
        ...


class TokenFile:
    """A JSON file with mode 0600, written atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, server: str) -> Credentials | None:
        """The newest sign-in at a server."""
        found = [entry for entry in self._entries().values() if entry.server == server]
        return max(found, key=lambda entry: entry.saved_at, default=None)

    async def write(self, credentials: Credentials) -> None:
        """Keep a sign-in, replacing the one of the same key."""
        async with _locked(self._path.with_suffix(".lock")):
            self._save({**self._entries(), credentials.key: credentials})

    async def forget(self, server: str) -> None:
        """Drop every sign-in at a server."""
        async with _locked(self._path.with_suffix(".lock")):
            self._save({key: entry for key, entry in self._entries().items() if entry.server != server})

    def refreshing(self, server: str) -> AbstractAsyncContextManager[None]:
        """Held by the one process that refreshes."""
        return _locked(self._path.with_suffix(f".{_short(server)}.lock"))

    def _entries(self) -> dict[str, Credentials]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return {key: Credentials.model_validate(entry) for key, entry in document["credentials"].items()}
        except (OSError, ValueError, KeyError, AttributeError, TypeError, ValidationError):
            return {}  # none yet, or unreadable: signing in again makes it good

    def _save(self, entries: dict[str, Credentials]) -> None:
        document = {"credentials": {key: entry.model_dump(mode="json") for key, entry in entries.items()}}
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="utf-8") as draft:
            json.dump(document, draft, indent=1)  # made with mode 0600
            draft.flush()
            os.fsync(draft.fileno())
        os.replace(draft.name, self._path)


class Keyring(Protocol):
    """The two functions of the `keyring` package that are used."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """A secret, if there is one."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Keep a secret."""
        ...


class KeyringTokens:
    """The system's keyring, one secret for each server; `folder` holds the locks."""

    def __init__(self, keyring: Keyring, folder: Path) -> None:
        self._keyring = keyring
        self._folder = folder

    def read(self, server: str) -> Credentials | None:
        """The sign-in at a server."""
        text = self._keyring.get_password(_SERVICE, server)
        try:
            return Credentials.model_validate_json(text) if text else None
        except ValidationError:
            return None

    async def write(self, credentials: Credentials) -> None:
        """Keep a sign-in."""
        self._keyring.set_password(_SERVICE, credentials.server, credentials.model_dump_json())

    async def forget(self, server: str) -> None:
        """Drop the sign-in at a server."""
        self._keyring.set_password(_SERVICE, server, "")

    def refreshing(self, server: str) -> AbstractAsyncContextManager[None]:
        """Held by the one process that refreshes."""
        return _locked(self._folder / f"tokens.{_short(server)}.lock")


def _short(server: str) -> str:
    return sha256(server.encode()).hexdigest()[:12]


@asynccontextmanager
async def _locked(path: Path) -> AsyncGenerator[None]:
    """A lock between processes. Waiting for it can be cancelled, which a thread that blocks could not be."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(path, thread_local=False, is_singleton=False)
    while not lock.is_locked:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            await anyio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()
