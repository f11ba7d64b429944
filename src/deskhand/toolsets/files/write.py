"""Writing: atomic, never over something unseen, and what was there goes to the trash."""

import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from secrets import token_hex

from deskhand.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.files import edit
from deskhand.toolsets.files.address import Parts, shown, uri_of
from deskhand.toolsets.files.answers import Edit, Written
from deskhand.toolsets.files.decode import Text, decode
from deskhand.toolsets.files.kind import kind_of, mime_of
from deskhand.toolsets.files.names import check_new_name
from deskhand.toolsets.files.read import Loaded, Reader, version_of
from deskhand.toolsets.files.rename import rename_new, swap
from deskhand.toolsets.files.root import RESERVED, Root
from deskhand.toolsets.files.steps import cut_in_steps, write_in_steps
from deskhand.toolsets.files.trash import Trash
from deskhand.toolsets.files.turn import turn

_ASIDE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_NEW_MODE = 0o666  # less the umask, as every program does


@dataclass(frozen=True, slots=True)
class Change:
    """What to write: a whole `content`, or `edits` of what is there; `expected` is the version that may be replaced."""

    content: str | None = None
    edits: Sequence[Edit] = ()
    expected: str = ""
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.content is None and not self.edits:
            raise InvalidInput(
                "Nothing to write: content and edits are both missing. Give content (the whole file; '' for an empty "
                "one) or edits (a list of {old, new})."
            )
        if self.content is not None and self.edits:
            raise InvalidInput("Give either content (the whole file) or edits (a list of {old, new}), not both.")


class Writer:
    """Writes text files beneath a root. Deskhand's own writers take turns; what other programs change is noticed."""

    def __init__(self, root: Root, reader: Reader, trash: Trash, *, max_bytes: int) -> None:
        self._root = root
        self._reader = reader
        self._trash = trash
        self._max_bytes = max_bytes

    def write(self, parts: Parts, change: Change) -> Written:
        """Make the change; blocks.

        Raises:
            Conflict: the file exists and `expected` is missing or not its version, or it changed just now.
            InvalidInput: an edit does not apply, or the name cannot be written.
        """
        check_new_name(parts)
        with self._root.explained(parts), turn(self._root):
            current = self._current(parts)
            data, diff = self._content(parts, current, change)
            if current is not None and data == current.data:
                return _answer(parts, data, outcome="unchanged")
            if change.dry_run:
                outcome = "would replace" if current else "would create"
                return _answer(parts, data, outcome=outcome, diff=diff)
            _check_expected(parts, current, change.expected)
            if current is None:
                self._create(parts, data)
                return _answer(parts, data, outcome="created")
            trashed = self._replace(parts, data, current)
        answer = _answer(parts, data, outcome="replaced", diff=diff if change.edits else "")
        return answer.model_copy(update={"trashed": uri_of(trashed)})

    def _current(self, parts: Parts) -> Loaded | None:
        status = self._root.own_status(parts) if self._folder_exists(parts[:-1]) else None
        if status is None:
            return None
        if stat.S_ISLNK(status.st_mode):
            raise InvalidInput(f"{shown(parts)} is a link. Write the file it points to instead.")
        return self._reader.load(parts)

    def _folder_exists(self, parts: Parts) -> bool:
        try:
            return stat.S_ISDIR(self._root.status(parts).st_mode)
        except FileNotFoundError:
            return False

    def _content(self, parts: Parts, current: Loaded | None, change: Change) -> tuple[bytes, str]:
        """The new bytes, and the difference to what is there."""
        if kind_of(parts[-1], stat.S_IFREG) in ("image", "pdf", "document"):
            raise InvalidInput(
                f"file_write writes text, but {shown(parts)} would be {mime_of(parts[-1])}. Use .md or .txt."
            )
        before = decode(current.data) if current else Text("", "utf-8")
        if change.content is not None:
            data = change.content.encode(errors="surrogatepass")
            after = change.content
        else:
            data, after = self._edited(parts, current, before, change.edits)
        if len(data) > self._max_bytes:
            raise LimitExceeded(
                f"The content has {len(data):,} bytes; files.max_file_bytes allows {self._max_bytes:,}."
            )
        return data, edit.diff(before.text, after, shown(parts)) if before else "(the file is binary)"

    def _edited(
        self, parts: Parts, current: Loaded | None, before: Text | None, edits: Sequence[Edit]
    ) -> tuple[bytes, str]:
        if current is None:
            raise NotFound(f"There is no {shown(parts)} to edit. Give content to create it, or look with file_find.")
        if before is None:
            raise InvalidInput(f"{shown(parts)} is binary; edits need text.")
        after = edit.apply(before.text, edits)
        return before.encoded(after), after

    def _create(self, parts: Parts, data: bytes) -> None:
        with self._trash.folders(parts[:-1]), self._root.parent(parts) as (directory, name):
            temporary = _write_aside(directory, data, _NEW_MODE)
            with _unlinked_on_failure(directory, temporary):
                rename_new(directory, temporary, directory, name)
            os.fsync(directory)

    def _replace(self, parts: Parts, data: bytes, current: Loaded) -> Parts:
        """Exchange old and new, look at what came out, and only then let it go to the trash."""
        with self._root.parent(parts) as (directory, name):
            temporary = _write_aside(directory, data, 0o600, like=current.status)
            with _unlinked_on_failure(directory, temporary):
                swap(directory, temporary, name)
            # From here the passing name holds what was there before: it is moved, never unlinked unseen.
            try:
                if _version_at(directory, temporary, self._max_bytes) != current.version:
                    raise Conflict(f"{shown(parts)} was changed by somebody else just now. Read it again.")
                trashed = self._trash.put(directory, temporary, parts)
            except BaseException:
                swap(directory, temporary, name)
                if _version_at(directory, temporary, self._max_bytes) == version_of(data):
                    os.unlink(temporary, dir_fd=directory)
                raise
            os.fsync(directory)
        return trashed


def _check_expected(parts: Parts, current: Loaded | None, expected: str) -> None:
    if current is None:
        if expected:
            raise Conflict(f"{shown(parts)} does not exist (any more). Leave out expected_version to create it.")
    elif not expected:
        raise Conflict(
            f"{shown(parts)} exists. Read it first with file_read and pass its version as expected_version, "
            "or choose another name."
        )
    elif expected != current.version:
        raise Conflict(
            f"{shown(parts)} is at version {current.version}, not {expected}: it changed since you read it. "
            "Read it again, then repeat the change with the new version."
        )


def _write_aside(directory: int, data: bytes, mode: int, *, like: os.stat_result | None = None) -> str:
    """A file with `data`, safely on disk, under a passing name, with owner and mode `like` another's if given."""
    name = f"{RESERVED}{token_hex(8)}"
    opened = os.open(name, _ASIDE, mode, dir_fd=directory)
    with _unlinked_on_failure(directory, name, BaseException), os.fdopen(opened, "wb") as file:
        write_in_steps(file, cut_in_steps(data))
        if like is not None:
            _take_after(file.fileno(), like)
        os.fsync(file.fileno())
    return name


@contextmanager
def _unlinked_on_failure(directory: int, name: str, failure: type[BaseException] = OSError) -> Generator[None]:
    try:
        yield
    except failure:
        os.unlink(name, dir_fd=directory)
        raise


def _take_after(descriptor: int, like: os.stat_result) -> None:
    """An owner that may not be given away stays ours; set-user-id bits go, as they do when a program writes."""
    with suppress(PermissionError):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode) & 0o777)


def _version_at(directory: int, name: str, most: int) -> str | None:
    """The version of a regular file just swapped out; None when it is something else."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(descriptor, "rb") as file:
        return version_of(file.read(most + 1)) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _answer(parts: Parts, data: bytes, *, outcome: str, diff: str = "") -> Written:
    return Written.model_validate(
        {"uri": uri_of(parts), "outcome": outcome, "version": version_of(data), "size": len(data), "diff": diff}
    )
