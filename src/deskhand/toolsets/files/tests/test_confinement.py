"""The corpus of hostile cases: all a caller can do, at every address that could lead out, in both confinements."""

import os
import socket
import stat
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound
from deskhand.toolsets.files.address import Parts, uri_of
from deskhand.toolsets.files.answers import Edit
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.confine import (
    DIRECTORY,
    Confinement,
    WalkConfinement,
    strongest,
)
from deskhand.toolsets.files.rename import swap
from deskhand.toolsets.files.search import Query
from deskhand.toolsets.files.write import Change

pytestmark = pytest.mark.anyio

SECRET = "SECRET-7f3a"
AVAILABLE = {made.name: made for made in (strongest(), WalkConfinement())}
BOTH = pytest.mark.parametrize("confinement", AVAILABLE.values(), ids=AVAILABLE)


def _tree(folder: Path) -> Path:
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


HOSTILE = [
    # dot-dot, plain and encoded
    "..",
    "../outside/secret.txt",
    "docs/../../outside/secret.txt",
    "docs/../a.txt",
    "./../outside/secret.txt",
    "docs/..",
    "....//outside/secret.txt",
    "..\\outside\\secret.txt",
    "file:///../outside/secret.txt",
    "file:///docs/../../outside/secret.txt",
    "file:///%2e%2e/outside/secret.txt",
    "file:///%2E%2E/outside/secret.txt",
    "file:///%2e./outside/secret.txt",
    "file:///docs%2f..%2f..%2foutside%2fsecret.txt",
    "file:///..%2foutside%2fsecret.txt",
    "file:///%252e%252e/outside/secret.txt",
    "file:///%c0%ae%c0%ae/outside/secret.txt",
    "%2e%2e/outside/secret.txt",
    # absolute, other schemes and hosts
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "//outside/secret.txt",
    "file:///etc/passwd",
    "file:////etc/passwd",
    "file://etc/passwd",
    "file://localhost/../outside/secret.txt",
    "FILE:///../outside/secret.txt",
    "file:../outside/secret.txt",
    "file:/../outside/secret.txt",
    "http://127.0.0.1/secret.txt",
    "data://text/plain,x",
    "~/secret.txt",
    "~root/secret.txt",
    "$HOME/secret.txt",
    "C:\\outside\\secret.txt",
    "\\\\outside\\secret.txt",
    # links out
    "out",
    "out_abs",
    "dir/secret.txt",
    "dir/inner/secret.txt",
    "dir",
    "dir/",
    "dir/.",
    "dir_abs/secret.txt",
    "dir_abs",
    "up/outside/secret.txt",
    "up",
    "upup",
    "slash/etc/passwd",
    "slash",
    "chain1",
    "docs/back/secret.txt",
    "docs/back/inner",
    "docs/through",
    "dots",
    "slashes",
    "long0",
    "long55",
    "file:///dir/secret.txt",
    "file:///lookalike%EF%BC%8E%EF%BC%8E/secret.txt",
    # loops, nothing, absolute links inside
    "loop1",
    "loop1/secret.txt",
    "self",
    "nowhere",
    "nowhere_out",
    "nowhere_abs",
    "nowhere_out/x.txt",
    "abs_in",
    # the kernel's own
    "proc_root/etc/passwd",
    "proc_root",
    "proc_cwd",
    "proc_fd",
    "proc_environ",
    "dev/zero",
    "dev_zero",
    # not regular files
    "hard.txt",
    "fifo",
    "fifo/x",
    "socket",
    "device",
    # names that deceive
    "",
    " ",
    ".",
    "./.",
    "docs/a.txt\0.md",
    "file:///docs/a.txt%00.md",
    "docs/a.txt\n",
    "docs/\u202etxt.a",
    "docs/a.txt\u200b",
    "．．/outside/secret.txt",
    "․․/outside/secret.txt",
    "..／outside／secret.txt",
    "..∕outside",
    "docs/e\u0301.txt",
    "DOCS/A.TXT",
    "docs/a.txt.",
    "docs/a.txt ",
    "docs /a.txt",
    "docs/a.txt/",
    "docs/a.txt/x",
    ".deskhand-trash/../../outside/secret.txt",
    ".deskhand-trash",
    ".DESKHAND-TRASH/x",
    "\ud800",
    # overlong
    "a" * 256,
    "a" * 5_000,
    "/".join("a" * 101),
    "docs/" * 900 + "a.txt",
    "../" * 400 + "etc/passwd",
    "é" * 200,
]


async def _silent(done: float, total: float | None = None, message: str | None = None) -> None: ...


def _files(root: Path, confinement: Confinement) -> LocalFiles:
    return LocalFiles(root, Limits(), lambda: datetime(2026, 1, 31, tzinfo=UTC), confinement=confinement)


def _snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def _attempts(files: LocalFiles, address: str) -> list[Callable[[], Awaitable[object]]]:
    """Everything a caller can do with an address."""
    edit = Change(edits=(Edit(old=SECRET, new="x"),), expected="0" * 16)
    return [
        lambda: files.read(address, "", max_tokens=2_000),
        lambda: files.content(address),
        lambda: files.version(address),
        lambda: files.completed(address),
        lambda: files.find(Query(address, "", "any", False, 100), "", _silent),
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
        lambda: files.find(Query("**", SECRET, "any", False, 100), "", _silent),
    ]


@contextmanager
def _socket_at(path: Path) -> Generator[None]:
    here = os.open(path.parent, DIRECTORY)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{here}/{path.name}" if os.path.isdir("/proc/self/fd") else str(path))
        os.close(here)
        yield


@BOTH
@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: ascii(address)[1:41])
async def test_no_address_reaches_what_lies_outside(address: str, confinement: Confinement, tmp_path: Path) -> None:
    root = _tree(tmp_path)
    before = _snapshot(tmp_path / "outside")
    told: list[str] = []
    with _socket_at(root / "socket"):
        for attempt in _attempts(_files(root, confinement), address):
            try:
                told.append(repr(await attempt()))
            except DeskhandError as error:
                told.append(error.message)
    whole = "\n".join(told)
    assert SECRET not in whole
    assert "root:x:0" not in whole
    assert str(tmp_path) not in whole
    assert _snapshot(tmp_path / "outside") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "root"]


def test_the_corpus_is_large_and_has_no_case_twice() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) >= 60


class _Careless:
    """What confinement there would be without any: the path goes to the system as it is."""

    name = "careless"

    def open(self, root: int, parts: Parts, flags: int) -> int:
        return os.open("/".join(parts) or ".", flags, dir_fd=root)


async def test_the_corpus_catches_a_confinement_that_does_not_confine(tmp_path: Path) -> None:
    files = _files(_tree(tmp_path), _Careless())
    leaks: list[str] = []
    for address in HOSTILE:
        with suppress(DeskhandError):
            leaks += [address] * (SECRET in repr(await files.read(address, "", max_tokens=2_000)))
    assert {"out", "dir/secret.txt", "up/outside/secret.txt", "chain1", "docs/through", "dots"} <= set(leaks)


REFUSED: list[tuple[str, type[DeskhandError]]] = [
    ("out", Denied),
    ("out_abs", Denied),
    ("dir/secret.txt", Denied),
    ("abs_in", Denied),
    ("loop1", Denied),
    ("self", Denied),
    ("long0", Denied),
    ("proc_root/etc/passwd", Denied),
    ("proc_fd", Denied),
    ("hard.txt", Denied),
    ("fifo", Denied),
    ("socket", Denied),
    ("device", Denied),
    ("nowhere", NotFound),
    ("nowhere_out", Denied),
    ("docs", InvalidInput),
    ("", InvalidInput),
    ("..", InvalidInput),
    ("/etc/passwd", InvalidInput),
    ("docs/a.txt/x", InvalidInput),
    ("a" * 256, InvalidInput),
    ("DOCS/A.TXT", NotFound),
    ("．．/outside/secret.txt", NotFound),
]


@BOTH
@pytest.mark.parametrize(("address", "expected"), REFUSED)
async def test_both_confinements_refuse_alike(
    address: str, expected: type[DeskhandError], confinement: Confinement, tmp_path: Path
) -> None:
    root = _tree(tmp_path)
    with _socket_at(root / "socket"), pytest.raises(expected):
        await _files(root, confinement).read(address, "", max_tokens=2_000)


@BOTH
@pytest.mark.parametrize(
    ("link", "target", "address"),
    [
        ("short", "docs/a.txt", "short"),
        ("docs/up", "../docs/a.txt", "docs/up"),
        ("folder", "docs", "folder/a.txt"),
        ("docs/deep/top", "../..", "docs/deep/top/docs/a.txt"),
        ("one", "two", "one"),
        ("dotty", "./docs/./deep/../a.txt", "dotty"),
        ("root", ".", "root/root/root/docs/a.txt"),
    ],
)
async def test_a_link_that_stays_inside_is_followed(
    link: str, target: str, address: str, confinement: Confinement, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "a.txt").write_text("public")
    (tmp_path / "two").symlink_to("docs/a.txt")
    (tmp_path / link).symlink_to(target)
    assert (await _files(tmp_path, confinement).read(address, "", max_tokens=2_000)).content == "public"


@BOTH
async def test_hard_links_can_be_allowed(confinement: Confinement, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("twice")
    os.link(tmp_path / "a.txt", tmp_path / "b.txt")
    files = LocalFiles(tmp_path, Limits(hard_links=True), lambda: datetime.now(UTC), confinement=confinement)
    assert (await files.read("b.txt", "", max_tokens=2_000)).content == "twice"


class _Swapper:
    """A thread that exchanges a folder with a link to the outside, over and over."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.open(folder, DIRECTORY)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.swaps = 0

    def _run(self) -> None:
        while not self._stop.is_set():
            swap(self._folder, "docs", "trap")
            self.swaps += 1

    def __enter__(self) -> "_Swapper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._folder)


def _racing(folder: Path) -> Path:
    root, outside = folder / "root", folder / "outside"
    (root / "docs" / "deep").mkdir(parents=True)
    (outside / "deep").mkdir(parents=True)
    (root / "docs" / "deep" / "a.txt").write_text("public")
    (outside / "deep" / "a.txt").write_text(SECRET)
    (root / "trap").symlink_to("../outside")
    return root


@BOTH
def test_a_folder_swapped_for_a_link_while_walking_never_leads_out(confinement: Confinement, tmp_path: Path) -> None:
    root = _racing(tmp_path)
    base = os.open(root, DIRECTORY)
    read = refused = 0
    with _Swapper(root) as swapper:
        while swapper.swaps < 3_000 or not read or not refused:
            try:
                opened = confinement.open(base, ("docs", "deep", "a.txt"), os.O_RDONLY)
            except OSError:
                refused += 1
                continue
            with os.fdopen(opened) as file:
                assert file.read() == "public"
            read += 1
    os.close(base)
    assert read
    assert refused


@BOTH
async def test_changes_made_while_a_folder_is_swapped_stay_inside(confinement: Confinement, tmp_path: Path) -> None:
    root = _racing(tmp_path)
    before = _snapshot(tmp_path / "outside")
    files = _files(root, confinement)
    done = 0
    with _Swapper(root) as swapper:
        number = 0
        while number < 60 or swapper.swaps < 500 or not done:
            number += 1
            with suppress(DeskhandError):
                await files.write(f"docs/deep/{number}.txt", Change(content="new"))
                done += 1
            with suppress(DeskhandError):
                await files.manage("mkdir", f"docs/deep/made{number}", "")
            with suppress(DeskhandError):
                await files.manage("trash", "docs/deep/a.txt", "")
    assert done
    assert _snapshot(tmp_path / "outside") == before


@BOTH
async def test_no_descriptor_is_left_open(confinement: Confinement, tmp_path: Path) -> None:
    root = _tree(tmp_path)
    files = _files(root, confinement)
    before = len(os.listdir("/dev/fd"))
    for address in ("docs/a.txt", "out", "loop1", "docs/deep/b.txt", "fifo", "missing", "docs/a.txt/x"):
        with suppress(DeskhandError):
            await files.read(address, "", max_tokens=2_000)
        with suppress(DeskhandError):
            await files.write(address, Change(content="x"))
    assert len(os.listdir("/dev/fd")) == before


def test_without_the_system_call_the_walk_confines() -> None:
    assert strongest(number=100_000).name == "walk"


async def test_a_name_that_is_not_utf8_can_be_found_read_and_moved(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Latin name")
    files = _files(tmp_path, strongest())
    (found,) = (await files.find(Query("*", "", "any", False, 10), "", _silent)).files
    assert found.uri == "file:///caf%E9.txt"
    assert (await files.read(found.uri, "", max_tokens=2_000)).content == "Latin name"
    with pytest.raises(InvalidInput, match="invisible"):
        await files.manage("move", found.uri, uri_of((os.fsdecode(b"\xff"),)))


async def test_a_name_taken_by_a_link_is_not_written_through(tmp_path: Path) -> None:
    root = _tree(tmp_path)
    files = _files(root, strongest())
    with pytest.raises(InvalidInput, match="is a link"):
        await files.write("nowhere_out", Change(content="x"))
    with pytest.raises(Conflict, match="exists already"):
        await files.manage("copy", "docs/a.txt", "nowhere_out")
    assert not (tmp_path / "outside" / "new.txt").exists()
