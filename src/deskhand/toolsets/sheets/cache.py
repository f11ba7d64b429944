"""What was read of workbooks, kept as Parquet under the hash of the content: a file that is asked again is not read."""

import hashlib
import json
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from deskhand.toolsets.sheets.formats import path_of

VERSION = 1
"""Of the reader: what it made of a file before is not used after it has changed."""
_CHUNK = 1024**2


def digest_of(descriptor: int) -> str:
    """SHA-256 of a whole file."""
    with open(path_of(descriptor), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Entry:
    """The kept parts of one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> dict[str, Any] | None:
        """A description that was saved; None when there is none."""
        with suppress(OSError, ValueError):
            loaded: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_bytes())
            return loaded
        return None

    def save(self, name: str, described: dict[str, object]) -> None:
        """Save a description; the Parquet files it names are there before."""
        with self.placed(f"{name}.json") as path:
            path.write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8", errors="surrogatepass")

    @contextmanager
    def placed(self, name: str) -> Generator[Path]:
        """A path to write to, which gets `name` once it is whole."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f".{uuid4().hex}"
        try:
            yield path
            path.replace(self.folder / name)
        finally:
            path.unlink(missing_ok=True)


class Cache:
    """A folder of entries, together at most `most` bytes."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most

    def entry(self, digest: str) -> Entry:
        """The entry of a content, marked as used now."""
        folder = self._folder / f"{digest}-{VERSION}"
        with suppress(OSError):
            os.utime(folder)
        return Entry(folder)

    def trim(self, keep: Entry) -> None:
        """Remove the entries that were used longest ago until the rest fits; `keep` stays, whatever its size."""
        entries = sorted(self._entries(), reverse=True)
        left = self._most
        for _, size, folder in entries:
            left -= size
            if left < 0 and folder != keep.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        with suppress(OSError):
            for folder in self._folder.iterdir():
                with suppress(OSError):
                    sizes = [file.stat().st_size for file in folder.iterdir()]
                    yield folder.stat().st_mtime, sum(sizes), folder
