"""The workspace as toolsets use it: files by the addresses callers write, loaded, opened and placed."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deskhand.errors import Denied, DeskhandError, InvalidInput, NotFound
from deskhand.workspace.address import Parts, parse, quoted, typed, uri_of
from deskhand.workspace.confine import Confinement
from deskhand.workspace.content import Content, held, spooled
from deskhand.workspace.load import Loaded, Loader, version_of_steps
from deskhand.workspace.place import Placed, Placer
from deskhand.workspace.root import Root
from deskhand.workspace.steps import read_in_steps
from deskhand.workspace.trash import Trash


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """A regular file open for reading, for a worker process to inherit; the descriptor is the workspace's to close."""

    descriptor: int
    status: os.stat_result
    uri: str
    name: str
    """Its last name, which says its type."""


class Workspace:
    """The folder that people and tools share. All methods block; an address is `file:///docs/a.txt` or `docs/a.txt`.

    `max_bytes` bounds what `load` reads into memory; `hard_links` as for `Root`; `now` dates what goes to the trash.
    Every method raises `InvalidInput` for an address that is none, and `Denied` for what leads out of the folder.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int,
        hard_links: bool = False,
        read_only: bool = False,
        now: Callable[[], datetime] = _clock,
        confinement: Confinement | None = None,
    ) -> None:
        self.root = Root(path, confinement, hard_links=hard_links)
        self.trash = Trash(self.root, now)
        self.placer = Placer(self.root, self.trash)
        self._max_bytes = max_bytes
        self._read_only = read_only

    def load(self, address: str, *, max_bytes: int | None = None) -> Loaded:
        """The whole file.

        Raises:
            NotFound: there is none; the message names what is called alike.
            LimitExceeded: it is larger than `max_bytes`.
        """
        limit = self._max_bytes if max_bytes is None else max_bytes
        return Loader(self.root, max_bytes=limit).load(self.parts(address))

    @contextmanager
    def opened(self, address: str, *, max_bytes: int | None = None) -> Generator[Opened]:
        """The file as an open descriptor, of any size unless `max_bytes` says otherwise.

        Raises:
            NotFound, LimitExceeded: as `load`.
        """
        parts = self.parts(address)
        limit = sys.maxsize if max_bytes is None else max_bytes
        with Loader(self.root, max_bytes=limit).opened(parts) as (descriptor, status):
            yield Opened(descriptor, status, uri_of(parts), parts[-1])

    def version(self, address: str) -> str:
        """The version of what is there now, whatever its size; empty when nothing is."""
        try:
            with self.opened(address) as file, os.fdopen(os.dup(file.descriptor), "rb") as reading:
                return version_of_steps(read_in_steps(reading))
        except NotFound:
            return ""

    def place(self, address: str, data: bytes, expected: str = "") -> Placed:
        """Make `data` the content of the file, in one step; missing folders are made.

        What it replaces goes to the trash. Placing what is there already changes nothing.

        Raises:
            Conflict: something is there and `expected` is not its version, or it changed just now.
            Denied: the workspace is read-only, or the name is Deskhand's own.
        """
        return self._place(address, held(data), expected)

    def place_from(self, address: str, descriptor: int, expected: str = "") -> Placed:
        """`place` what the open, seekable `descriptor` holds from its beginning, of any size; the caller closes it."""
        return self._place(address, spooled(descriptor), expected)

    def find_near(self, address: str) -> DeskhandError:
        """What to raise for an address where nothing is: how far it leads, and what is named alike there."""
        return self.root.missing(self.parts(address))

    def parts(self, address: str) -> Parts:
        """The names of `address`; one that counts from the root of the disk is told how it counts from here.

        Raises:
            InvalidInput: as `parse`.
        """
        is_plain = address.startswith("/")
        parts = parse(f".{address}" if is_plain else address)
        path = Path("/", *parts)
        inside = (is_plain or address[:5].lower() == "file:") and path.is_relative_to(self.root.path)
        relative = path.relative_to(self.root.path).parts if inside else parts
        if relative != parts:
            raise InvalidInput(f"{quoted(address)} is absolute. Paths count from the workspace: {typed(relative)}.")
        return parse(address)

    def check_writable(self) -> None:
        """Refuse a change where none is allowed.

        Raises:
            Denied: the workspace is read-only.
        """
        if self._read_only:
            raise Denied("The workspace is read-only here (toolsets.files.read_only).")

    def _place(self, address: str, content: Content, expected: str) -> Placed:
        self.check_writable()
        return self.placer.place(self.parts(address), content, expected)
