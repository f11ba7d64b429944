"""The seam between the tools and the files: the Backend protocol, and the adapter for a folder of this machine."""

import json
import os
import stat
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from anyio import to_thread

from deskhand.documents.decode import decode
from deskhand.documents.span import parse_span
from deskhand.errors import DeskhandError, InvalidInput
from deskhand.toolsets.files.answers import FileText, Found, Managed, Written
from deskhand.toolsets.files.manage import Organizer
from deskhand.toolsets.files.read import Reader
from deskhand.toolsets.files.search import Query, Report, Searcher
from deskhand.toolsets.files.watch import Changed, Watcher
from deskhand.toolsets.files.write import Change, Writer
from deskhand.workspace.address import Parts, from_path, parse, shown, uri_of
from deskhand.workspace.confine import Confinement
from deskhand.workspace.glob import Glob
from deskhand.workspace.kind import is_textual, mime_of
from deskhand.workspace.leftovers import trash_leftovers
from deskhand.workspace.load import Loader, modified_of
from deskhand.workspace.walk import Entry, Tree
from deskhand.workspace.workspace import Workspace

Action = Literal["move", "copy", "mkdir", "trash", "restore"]
LISTED = 2_000
"""Most files in the resource listing; more are found with file_find and completion."""
_COMPLETED = 100
_BYTES = "application/octet-stream"
_REMEDY = "The operator can raise files.max_file_bytes; file_find still finds the file by name."


@dataclass(frozen=True, slots=True)
class Limits:
    """What the backend allows. Sizes in bytes; `ignore` are name patterns left out of listings and searches."""

    max_bytes: int = 32 * 1024 * 1024
    read_only: bool = False
    hard_links: bool = False
    ignore: tuple[str, ...] = ()
    trash_days: int = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the resource listing shows it."""

    uri: str
    name: str
    mime_type: str
    size: int
    modified: datetime


class Backend(Protocol):
    """Files somewhere. `uri` is a `file:///` URI or a plain relative path; all errors are DeskhandErrors."""

    @property
    def description(self) -> str:
        """What it is, for `health`; no path, which is nobody's business."""
        ...

    async def prepare(self) -> None:
        """Make the place ready and throw out of the trash what is too old."""
        ...

    async def tidy(self) -> int:
        """Put what a crash left behind into the trash; says how much."""
        ...

    async def find(self, query: Query, cursor: str, report: Report) -> Found:
        """One page of files by name, kind and text."""
        ...

    async def read(self, uri: str, span: str, *, max_tokens: int) -> FileText:
        """A part of a file's text."""
        ...

    async def content(self, path: str) -> tuple[str | bytes, str]:
        """A whole file, or a folder's listing as JSON, with its MIME type; `path` is already decoded."""
        ...

    async def version(self, uri: str) -> str:
        """The version of the file that is there; empty when there is none that can be read."""
        ...

    async def write(self, uri: str, change: Change) -> Written:
        """Create or change a file."""
        ...

    async def manage(self, action: Action, uri: str, to: str) -> Managed:
        """Move, copy, make a folder, trash, restore."""
        ...

    async def listed(self) -> tuple[list[Listed], bool]:
        """The first `LISTED` files, sorted, and whether there are more."""
        ...

    async def completed(self, value: str) -> list[str]:
        """Paths that begin with `value`."""
        ...

    def changes(self) -> AsyncGenerator[Changed]:
        """What changes, as it changes."""
        ...

    def trouble(self) -> str:
        """What keeps the place from being used, in a sentence; empty when nothing does."""
        ...


class LocalFiles:
    """A folder of this machine, reached only beneath its own descriptor."""

    def __init__(
        self, path: Path, limits: Limits, now: Callable[[], datetime], *, confinement: Confinement | None = None
    ) -> None:
        self._workspace = Workspace(
            path,
            max_bytes=limits.max_bytes,
            hard_links=limits.hard_links,
            read_only=limits.read_only,
            now=now,
            confinement=confinement,
        )
        self.root = self._workspace.root
        self._limits = limits
        self._now = now
        self._tree = Tree(self.root, limits.ignore)
        self._loader = Loader(self.root, max_bytes=limits.max_bytes, remedy=_REMEDY)
        self._reader = Reader(self._loader)
        self._searcher = Searcher(self._tree, self._loader, self._reader)
        self._trash = self._workspace.trash
        self._writer = Writer(self._loader, self._workspace.placer, max_bytes=limits.max_bytes)
        self._organizer = Organizer(self.root, self._trash)

    @property
    def description(self) -> str:
        """How it is confined and whether it can be written."""
        return f"confined by {self.root.confinement.name}{', read-only' if self._limits.read_only else ''}"

    async def prepare(self) -> None:
        """Make the folder if it is missing, and purge its trash."""
        await to_thread.run_sync(self._prepare)

    def _prepare(self) -> None:
        self.root.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._limits.trash_days and not self._limits.read_only:
            self._trash.purge(days=self._limits.trash_days)

    async def tidy(self) -> int:
        """Put what a crash left behind, in the whole folder, into the trash; nothing where it is read-only."""
        return 0 if self._limits.read_only else await to_thread.run_sync(self._tidy)

    def _tidy(self) -> int:
        return trash_leftovers(self.root, self._trash, self._now)

    async def find(self, query: Query, cursor: str, report: Report) -> Found:
        """One page of files by name, kind and text."""
        return await self._searcher.find(query, cursor, report)

    async def read(self, uri: str, span: str, *, max_tokens: int) -> FileText:
        """A part of a file's text."""
        return await self._reader.text(self._workspace.parts(uri), parse_span(span), max_tokens=max_tokens)

    async def content(self, path: str) -> tuple[str | bytes, str]:
        """A whole file, or a folder's listing as JSON, with its MIME type."""
        return await to_thread.run_sync(self._content, from_path(path))

    def _content(self, parts: Parts) -> tuple[str | bytes, str]:
        with self.root.explained(parts):
            is_folder = stat.S_ISDIR(self.root.status(parts).st_mode)
            if is_folder:
                return self._listing(parts), "application/json"
        loaded, mime = self._loader.load(parts), mime_of(parts[-1])
        if not is_textual(mime):
            return loaded.data, mime
        decoded = decode(loaded.data)
        return (decoded.text, mime) if decoded else (loaded.data, _BYTES)

    def _listing(self, parts: Parts) -> str:
        rows = [
            {
                "uri": uri_of(entry.parts),
                "kind": entry.kind,
                "size": entry.status.st_size,
                "modified": modified_of(entry.status).isoformat(),
            }
            for entry in self._tree.entries(parts)
        ]
        return json.dumps({"uri": uri_of(parts), "untrusted": True, "entries": rows}, indent=1)

    async def version(self, uri: str) -> str:
        """The version of the file that is there; empty when there is none that can be read."""
        try:
            return (await to_thread.run_sync(self._loader.load, parse(uri))).version
        except DeskhandError:
            return ""

    async def write(self, uri: str, change: Change) -> Written:
        """Create or change a file."""
        parts = self._workspace.parts(uri)
        self._workspace.check_writable()
        return await to_thread.run_sync(self._writer.write, parts, change)

    async def manage(self, action: Action, uri: str, to: str) -> Managed:
        """Move, copy, make a folder, trash, restore."""
        parts, target = self._workspace.parts(uri), self._workspace.parts(to) if to else ()
        self._workspace.check_writable()
        if not target and action in ("move", "copy"):
            raise InvalidInput(
                f"action={action} needs `to`: the new address, such as file:///archive/{shown(parts[-1:])}."
            )
        return await to_thread.run_sync(self._manage, action, parts, target)

    def _manage(self, action: Action, parts: Parts, to: Parts) -> Managed:
        organizer = self._organizer
        match action:
            case "move":
                return organizer.move(parts, to)
            case "copy":
                return organizer.copy(parts, to)
            case "mkdir":
                return organizer.make_folder(parts)
            case "trash":
                return organizer.trash(parts)
            case "restore":
                return organizer.restore(parts, to or None)

    async def listed(self) -> tuple[list[Listed], bool]:
        """The first `LISTED` files, sorted, and whether there are more."""
        return await to_thread.run_sync(self._listed)

    def _listed(self) -> tuple[list[Listed], bool]:
        regular = (entry for entry, _ in self._tree.walk(Glob("**")) if stat.S_ISREG(entry.status.st_mode))
        first = [_listed(entry) for entry in islice(regular, LISTED)]
        return first, next(regular, None) is not None

    async def completed(self, value: str) -> list[str]:
        """Paths that begin with `value`; a folder ends with a slash, to go on from."""
        return await to_thread.run_sync(self._completed, value)

    def _completed(self, value: str) -> list[str]:
        folder, _, begun = value.lstrip("/").rpartition("/")
        try:
            entries = self._tree.entries(parse(folder or "."))
        except (OSError, DeskhandError):
            return []
        names = [entry for entry in entries if entry.parts[-1].casefold().startswith(begun.casefold())]
        paths = ["/".join(entry.parts) + ("/" if entry.kind == "directory" else "") for entry in names]
        return [path for path in paths if path.isprintable()][:_COMPLETED]

    def changes(self) -> AsyncGenerator[Changed]:
        """What changes, as it changes."""
        return Watcher(self.root, self._tree).changes()

    def trouble(self) -> str:
        """What keeps the folder from being used; empty when nothing does."""
        if not self.root.path.is_dir():
            return "The workspace folder does not exist."
        rights = os.R_OK | os.X_OK | (0 if self._limits.read_only else os.W_OK)
        return "" if os.access(self.root.path, rights) else "Deskhand's user has no rights on the workspace folder."


def _listed(entry: Entry) -> Listed:
    return Listed(
        uri=uri_of(entry.parts),
        name=shown(entry.parts),
        mime_type=mime_of(entry.parts[-1]),
        size=entry.status.st_size,
        modified=modified_of(entry.status),
    )
