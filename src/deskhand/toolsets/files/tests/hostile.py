"""A workspace full of traps, and everything a caller can try in it."""

import os
import socket
import stat
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.toolsets.files.answers import Edit
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.search import Query
from deskhand.toolsets.files.write import Change
from deskhand.workspace.confine import DIRECTORY, Confinement, WalkConfinement, strongest

SECRET = "SECRET-7f3a"
AVAILABLE = {made.name: made for made in (strongest(), WalkConfinement())}
BOTH = pytest.mark.parametrize("confinement", AVAILABLE.values(), ids=AVAILABLE)


def tree(folder: Path) -> Path:
    """A workspace full of traps beside a folder nobody may reach."""
    root, outside = folder / "root", folder / "outside"
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "docs" / "a.txt").write_text("public")
    (root / "docs" / "deep" / "b.txt").write_text("public too")
    (outside / "inner").mkdir(parents=True)
    for name in ("secret.txt", "inner/secret.txt", "a.txt", "linked.txt"):
        (outside / name).write_text(SECRET)
    links = {
        "out": "../outside/secret.txt",
        "out_abs": str(outside / "secret.txt"),
        "dir": "../outside",
        "dir_abs": str(outside),
        "up": "..",
        "upup": "../..",
        "slash": "/",
        "chain1": "chain2",
        "chain2": "chain3",
        "chain3": "../outside/secret.txt",
        "docs/back": "../../outside",
        "docs/through": "../up/outside/secret.txt",
        "dots": "docs/../../outside/secret.txt",
        "slashes": "docs//.//..//..//outside/secret.txt",
        "loop1": "loop2",
        "loop2": "loop1",
        "self": "self",
        "nowhere": "missing.txt",
        "nowhere_out": "../outside/new.txt",
        "nowhere_abs": str(outside / "new2.txt"),
        "abs_in": str(root / "docs" / "a.txt"),
        "proc_root": "/proc/self/root",
        "proc_cwd": "/proc/self/cwd",
        "proc_fd": "/proc/self/fd/0",
        "proc_environ": "/proc/self/environ",
        "dev_zero": "/dev/zero",
        "dev": "/dev",
        "lookalike．．": "../outside",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    for number in range(60):
        (root / f"long{number}").symlink_to(f"long{number + 1}")
    (root / "long60").symlink_to("../outside/secret.txt")
    os.link(outside / "linked.txt", root / "hard.txt")  # its own file, or the others were refused for their names
    os.mkfifo(root / "fifo")
    _device(root / "device")
    (root / "zip-slip-..").write_text("public")
    return root


def _device(path: Path) -> None:
    """/dev/zero's twin; where the system lets nobody make one, a FIFO that would hang a careless reader as well."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        os.mkfifo(path)


async def silent(done: float, total: float | None = None, message: str | None = None) -> None: ...


def files_in(root: Path, confinement: Confinement) -> LocalFiles:
    return LocalFiles(root, Limits(), lambda: datetime(2026, 1, 31, tzinfo=UTC), confinement=confinement)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def attempts(files: LocalFiles, address: str) -> list[Callable[[], Awaitable[object]]]:
    """Everything a caller can do with an address."""
    edit = Change(edits=(Edit(old=SECRET, new="x"),), expected="0" * 16)
    return [
        lambda: files.read(address, "", max_tokens=2_000),
        lambda: files.content(address),
        lambda: files.version(address),
        lambda: files.completed(address),
        lambda: files.find(Query(address, "", "any", False, 100), "", silent),
        lambda: files.write(address, Change(content="overwritten", dry_run=True)),
        lambda: files.write(address, Change(content="overwritten")),
        lambda: files.write(address, edit),
        lambda: files.write(f"{address}/created.txt", Change(content="created")),
        lambda: files.manage("mkdir", f"{address}/made", ""),
        lambda: files.manage("copy", address, "copied"),
        lambda: files.manage("copy", "docs/a.txt", address),
        lambda: files.manage("copy", "docs", f"{address}/docs"),
        lambda: files.manage("move", "docs/deep/b.txt", address),
        lambda: files.manage("move", "docs/deep", f"{address}/deep"),
        lambda: files.manage("restore", address, ""),
        lambda: files.manage("restore", f".deskhand-trash/x/{address}", ""),
        lambda: files.manage("move", address, "moved"),
        lambda: files.manage("trash", address, ""),
        lambda: files.read("copied", "", max_tokens=2_000),
        lambda: files.read("copied/secret.txt", "", max_tokens=2_000),
        lambda: files.read("moved", "", max_tokens=2_000),
        lambda: files.read("moved/secret.txt", "", max_tokens=2_000),
        lambda: files.find(Query("**", SECRET, "any", False, 100), "", silent),
    ]


@contextmanager
def socket_at(path: Path) -> Generator[None]:
    here = os.open(path.parent, DIRECTORY)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{here}/{path.name}" if os.path.isdir("/proc/self/fd") else str(path))
        os.close(here)
        yield
