"""The corpus of hostile cases: all a caller can do, at every address that could lead out, in both confinements."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.workspace.addresses import HOSTILE

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.search import Query
from deskhand.toolsets.files.tests.hostile import BOTH, SECRET, attempts, files_in, silent, snapshot, socket_at, tree
from deskhand.toolsets.files.write import Change
from deskhand.workspace.address import Parts, uri_of
from deskhand.workspace.confine import Confinement, strongest

pytestmark = pytest.mark.anyio


@BOTH
@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: ascii(address)[1:41])
async def test_no_address_reaches_what_lies_outside(address: str, confinement: Confinement, tmp_path: Path) -> None:
    root = tree(tmp_path)
    before = snapshot(tmp_path / "outside")
    told: list[str] = []
    with socket_at(root / "socket"):
        for attempt in attempts(files_in(root, confinement), address):
            try:
                told.append(repr(await attempt()))
            except DeskhandError as error:
                told.append(error.message)
    whole = "\n".join(told)
    assert SECRET not in whole
    assert "root:x:0" not in whole
    assert str(tmp_path) not in whole
    assert snapshot(tmp_path / "outside") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "root"]


def test_the_corpus_is_large_and_has_no_case_twice() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) >= 60


class _Careless:
    """What confinement there would be without any: the path goes to the system as it is."""

    name = "careless"

    def open(self, root: int, parts: Parts, flags: int) -> int:
        return os.open("/".join(parts) or ".", flags, dir_fd=root)


async def test_the_corpus_catches_a_confinement_that_does_not_confine(tmp_path: Path) -> None:
    files = files_in(tree(tmp_path), _Careless())
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
    root = tree(tmp_path)
    with socket_at(root / "socket"), pytest.raises(expected):
        await files_in(root, confinement).read(address, "", max_tokens=2_000)


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
    assert (await files_in(tmp_path, confinement).read(address, "", max_tokens=2_000)).content == "public"


@BOTH
async def test_hard_links_can_be_allowed(confinement: Confinement, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("twice")
    os.link(tmp_path / "a.txt", tmp_path / "b.txt")
    files = LocalFiles(tmp_path, Limits(hard_links=True), lambda: datetime.now(UTC), confinement=confinement)
    assert (await files.read("b.txt", "", max_tokens=2_000)).content == "twice"


@BOTH
async def test_no_descriptor_is_left_open(confinement: Confinement, tmp_path: Path) -> None:
    root = tree(tmp_path)
    files = files_in(root, confinement)
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
    files = files_in(tmp_path, strongest())
    (found,) = (await files.find(Query("*", "", "any", False, 10), "", silent)).files
    assert found.uri == "file:///caf%E9.txt"
    assert (await files.read(found.uri, "", max_tokens=2_000)).content == "Latin name"
    with pytest.raises(InvalidInput, match="invisible"):
        await files.manage("move", found.uri, uri_of((os.fsdecode(b"\xff"),)))


async def test_a_name_taken_by_a_link_is_not_written_through(tmp_path: Path) -> None:
    root = tree(tmp_path)
    files = files_in(root, strongest())
    with pytest.raises(InvalidInput, match="is a link"):
        await files.write("nowhere_out", Change(content="x"))
    with pytest.raises(Conflict, match="exists already"):
        await files.manage("copy", "docs/a.txt", "nowhere_out")
    assert not (tmp_path / "outside" / "new.txt").exists()
