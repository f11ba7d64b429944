"""What a toolset is: a class whose marked methods are the tools, resources and prompts.

The class declares, the server consumes. A toolset never sees the server; it gets its settings and `Services`.
A method's docstring and its parameters' `Field(description=…)` are the text the model reads.
"""

import importlib
import inspect
import traceback
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar, cast

from mcp.server.mcpserver import Context, Resolve
from pydantic import BaseModel, ConfigDict

from deskhand.errors import SettingsError
from deskhand.marks import CompletesMark, ListsMark, Mark, PromptMark, ResourceMark, Step, ToolMark, WatchesMark
from deskhand.outbox.act import Performer
from deskhand.result import Health
from deskhand.services import Services

F = TypeVar("F", bound=Callable[..., object])
_MARKS = "__deskhand_marks__"


class ToolsetSettings(BaseModel):
    """Base of a toolset's nested settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Content:
    """What reading a resource gives: text or bytes, with its own MIME type when it differs from the mark's."""

    data: str | bytes
    mime_type: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceEntry:
    """One line of a resource listing. `size` is in bytes."""

    uri: str
    name: str
    title: str | None = None
    description: str | None = None
    mime_type: str | None = None
    size: int | None = None
    modified: datetime | None = None


class ProgressReporter:
    """Reports how far a slow call is. Annotate a parameter with `Progress` to receive one."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the client that `done` of `total` units are done; costs nothing when the client did not ask."""
        await self._ctx.report_progress(done, total, message)


async def _inject_progress(ctx: Context) -> ProgressReporter:
    return ProgressReporter(ctx)


Progress = Annotated[ProgressReporter, Resolve(_inject_progress)]


def can_ask(ctx: Context) -> bool:
    """Whether the client can put a form before the person (form elicitation, MCP "elicitation" capability)."""
    capabilities = ctx.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return False
    asked = capabilities.elicitation
    return asked.form is not None or asked.url is None


M = TypeVar("M", bound=Mark)


def _marking(mark: Mark) -> Callable[[F], F]:
    def mark_method(method: F) -> F:
        setattr(method, _MARKS, (*cast("tuple[Mark, ...]", getattr(method, _MARKS, ())), mark))
        return method

    return mark_method


def tool(
    *,
    title: str,
    read_only: bool,
    open_world: bool,
    destructive: bool = False,
    idempotent: bool = False,
    timeout: float | None = None,
) -> Callable[[F], F]:
    """Mark a method as a tool.

    `read_only`: changes nothing. `open_world`: talks to something beyond this machine. `destructive`: what it does
    cannot be taken back, so it asks. `idempotent`: calling twice does no more than once. `timeout` in seconds
    replaces the server's default. The scope is `<toolset>:read` when read-only, else `<toolset>:write`.
    """
    if read_only and destructive:
        raise ValueError("A tool cannot be both read_only and destructive.")
    return _marking(ToolMark(title, read_only, open_world, destructive, idempotent or read_only, timeout))


def bounded(method: F) -> F:
    """Say, above `@tool`, that the arguments bound the result: the server never shortens it, however long it is.

    For what is wrong when a part is missing.
    """
    marks = cast("tuple[Mark, ...]", getattr(method, _MARKS, ()))
    told = tuple(replace(mark, bounded=True) if isinstance(mark, ToolMark) else mark for mark in marks)
    setattr(method, _MARKS, told)
    return method


def resource(
    uri: str,
    *,
    title: str,
    mime_type: str = "application/json",
    watched: bool = False,
    ttl_seconds: float = 0,
    public: bool = False,
) -> Callable[[F], F]:
    """Mark a method as a resource, or as a template when `uri` holds `{variables}` (RFC 6570) it takes as parameters.

    `ttl_seconds` is how long a client may keep the answer, `public` whether a cache may share it between users.
    """
    return _marking(ResourceMark(uri, title, mime_type, watched, ttl_seconds, public))


def prompt(*, title: str, name: str = "", steps: tuple[Step, ...] = ()) -> Callable[[F], F]:
    """Mark a method as a prompt: string parameters in, the text of a user message out.

    With `steps` it is a workflow: they are numbered and added to the text. A step's tool must exist, and one whose tool
    is destructive needs a gate; both are checked when the server is built. `name` replaces the method's.
    """
    return _marking(PromptMark(title, name, steps))


def lists(uri: str) -> Callable[[F], F]:
    """Mark `async def (self, caller) -> list[ResourceEntry]` as the listing of the template `uri`."""
    return _marking(ListsMark(uri))


def completes(target: str, argument: str) -> Callable[[F], F]:
    """Mark `async def (self, value: str, caller) -> list[str]` as completion of an argument.

    `target` is a resource template or a prompt's name.
    """
    return _marking(CompletesMark(target, argument))


def watches(uri: str) -> Callable[[F], F]:
    """Mark `async def (self, <template variables>)` as the watcher behind subscriptions to `uri`.

    It runs from the first subscriber to the last, announces through `services.changes`, and is cancelled.
    """
    return _marking(WatchesMark(uri))


class Toolset:
    """A named group of tools, resources and prompts with its settings. Subclass it; see `toolsets/weather`."""

    name: ClassVar[str]
    """The settings key, the scope prefix and the folder's name."""
    title: ClassVar[str]
    summary: ClassVar[str]
    """One sentence for the server's instructions: what the model can do with it."""
    Settings: ClassVar[type[ToolsetSettings]] = ToolsetSettings
    exempt: ClassVar[Mapping[str, str]] = {}
    """Rules of `deskhand check` that do not hold for this toolset, each with its reason."""

    def __init__(self, settings: ToolsetSettings, services: Services) -> None:
        self.settings = settings
        self.services = services

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Open what the toolset needs while the server runs; close it after."""
        yield

    def performers(self) -> Mapping[str, Performer]:
        """Who performs the acts this toolset puts into the outbox, by their kind; mails need none: see `Post`."""
        return {}

    async def health(self) -> Health:
        """How the backend is doing; quick, never raises."""
        return Health("ok", backend="built in")


def declared(cls: type[Toolset], kind: type[M]) -> list[tuple[str, M]]:
    """The `(method name, mark)` pairs of one kind, in the order of the class body."""
    names = [name for base in reversed(cls.__mro__) for name in vars(base)]
    found: list[tuple[str, M]] = []
    for name in dict.fromkeys(names):
        marks = cast("tuple[Mark, ...]", getattr(inspect.getattr_static(cls, name), _MARKS, ()))
        found.extend((name, mark) for mark in marks if isinstance(mark, kind))
    return found


def scope_of(cls: type[Toolset], mark: Mark) -> str:
    """The scope a caller needs: reading unless the mark is a tool that changes something."""
    writes = isinstance(mark, ToolMark) and not mark.read_only
    return f"{cls.name}:{'write' if writes else 'read'}"


def load(reference: str) -> type[Toolset]:
    """Import the toolset class named by `package.module:Class`.

    Raises:
        SettingsError: the reference cannot be imported or is not a toolset.
    """
    module_name, _, class_name = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:  # the module runs here, and may raise whatever it likes
        raise SettingsError(
            f"Toolset {reference!r} cannot be loaded: {_told(error)}. "
            "Expected 'package.module:Class', importable from here."
        ) from error
    if not (inspect.isclass(found) and issubclass(found, Toolset)):
        raise SettingsError(f"{reference!r} is not a toolset: expected a subclass of deskhand.toolset.Toolset.")
    return found


def _told(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.filename != importlib.__file__ and not frame.filename.startswith("<")]
    place = f"{own[-1].filename}, line {own[-1].lineno}: " if own else ""
    return f"{place}{type(error).__name__}: {error}"
