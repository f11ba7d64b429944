"""Large outputs, kept whole behind `result://{id}`: text, tables, pictures. Bound to their owner; they expire."""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from anyio import to_thread

from deskhand.errors import InvalidInput, NotFound

SCHEME = "result://"
PAGE_CHARACTERS = 60_000
"""Most characters one read of a text gives: about 15,000 tokens of English."""
QUOTA_BYTES = 256 * 1024 * 1024
"""How much of one subject's outputs is kept."""
SUFFIXES = {
    "text/plain": "txt",
    "text/csv": "csv",
    "application/json": "json",
    "image/png": "png",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/octet-stream": "bin",
}
"""The types that can be kept, and how the file that holds one ends."""
_TYPES = {suffix: mime_type for mime_type, suffix in SUFFIXES.items()}


def folder_of(root: Path, subject: str) -> Path:
    """Where what belongs to one subject lies beneath `root`; the name says nothing about whose it is."""
    return root / hashlib.sha256(subject.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Output:
    """What is kept under a key. `size` in bytes."""

    uri: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A whole output."""

    data: bytes
    mime_type: str

    @property
    def suffix(self) -> str:
        """How a file of it would end, without the dot."""
        return SUFFIXES[self.mime_type]


class Kept:
    """Keeps outputs as files, in a folder for each subject, under names that cannot be guessed."""

    def __init__(
        self, folder: Path, *, hours: float, quota: int = QUOTA_BYTES, now: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._seconds = hours * 3600
        self._quota = quota
        self._now = now

    async def keep(self, data: str | bytes, subject: str, *, mime_type: str = "text/plain") -> Output:
        """Keep `data` for `subject`, whose oldest make room beyond the quota.

        Raises:
            KeyError: the type is none of `SUFFIXES`.
            OSError: the disk does not take it.
        """
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        key = token_urlsafe(16)
        path = folder_of(self._folder, subject) / f"{key}.{SUFFIXES[mime_type]}"
        await to_thread.run_sync(self._write, path, raw)
        return Output(f"{SCHEME}{key}", mime_type, len(raw))

    async def load(self, uri: str, subject: str) -> Loaded:
        """The whole output behind `result://{id}`, or the id alone.

        Raises:
            NotFound: there is none, it expired, or it is somebody else's.
        """
        return await to_thread.run_sync(self._load, uri.removeprefix(SCHEME).partition("?")[0], subject)

    async def read(
        self, key: str, subject: str, *, offset: int = 0, length: int = PAGE_CHARACTERS
    ) -> tuple[str | bytes, str]:
        """A part of a text, `offset` and `length` in characters, or all of what is no text; and its MIME type.

        Raises:
            NotFound: as `load`.
            InvalidInput: the offset lies behind the end.
        """
        loaded = await self.load(key, subject)
        if not loaded.mime_type.startswith("text/") and loaded.mime_type != "application/json":
            return loaded.data, loaded.mime_type
        text = loaded.data.decode("utf-8", "surrogatepass")
        if not 0 <= offset <= len(text):
            raise InvalidInput(f"offset must be between 0 and {len(text):,}, got {offset:,}.")
        end = min(len(text), offset + min(length, PAGE_CHARACTERS))
        more = f"\n[{len(text) - end:,} more characters: {SCHEME}{key}?offset={end}]" if end < len(text) else ""
        return text[offset:end] + more, loaded.mime_type

    def _write(self, path: Path, data: bytes) -> None:
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room(path.parent, len(data))
        path.touch(mode=0o600)
        path.write_bytes(data)
        os.utime(path, (self._now(), self._now()))

    def _load(self, key: str, subject: str) -> Loaded:
        if not key or not key.replace("-", "").replace("_", "").isalnum():
            raise NotFound(f"There is no result {key!r}.")
        for path in folder_of(self._folder, subject).glob(f"{key}.*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime + self._seconds >= self._now():
                    return Loaded(path.read_bytes(), _TYPES[path.suffix[1:]])
        raise NotFound(f"There is no result {key!r}, or it expired. Call the tool again.")

    def _make_room(self, folder: Path, size: int) -> None:
        """Remove what expired, and the oldest until `size` more bytes fit the quota."""
        kept: list[tuple[float, int, Path]] = []
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # another process on this folder makes room too
                status = path.stat()
                kept.append((status.st_mtime, status.st_size, path))
        used = sum(bytes_ for _, bytes_, _ in kept)
        for modified, bytes_, path in sorted(kept):
            if modified + self._seconds >= self._now() and used + size <= self._quota:
                return
            path.unlink(missing_ok=True)
            used -= bytes_
