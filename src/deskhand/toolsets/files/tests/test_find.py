"""Finding by name, kind and text, and paging."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.files.answers import Found
from deskhand.toolsets.files.backend import LISTED, Limits, LocalFiles
from deskhand.toolsets.files.search import Query
from deskhand.workspace.glob import Glob
from deskhand.workspace.kind import Wanted
from deskhand.workspace.walk import Tree

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
Make = Callable[[str, str | bytes], Path]


async def _silent(done: float, total: float | None = None, message: str | None = None) -> None: ...


def _query(
    glob: str = "**", text: str = "", *, kind: Wanted = "any", match_case: bool = False, limit: int = 50
) -> Query:
    return Query(glob, text, kind, match_case, limit)


async def _find(files: LocalFiles, query: Query, cursor: str = "") -> Found:
    return await files.find(query, cursor, _silent)


def _uris(found: Found) -> list[str]:
    return [file.uri.removeprefix("file:///") for file in found.files]


def _matches(pattern: str, path: str) -> bool:
    glob = Glob(pattern)
    states = glob.start
    for name in path.split("/"):
        states = glob.step(states, name)
    return glob.accepts(states)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.md", "a.md", True),
        ("*.md", "docs/deep/a.md", True),
        ("./*.md", "docs/a.md", True),
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/deep/a.md", False),
        ("docs/**/*.md", "docs/a.md", True),
        ("docs/**/*.md", "docs/deep/er/a.md", True),
        ("docs/**", "docs/deep/a.md", True),
        ("docs/**", "docs", False),
        ("**", "a", True),
        ("**/deep/**", "docs/deep/a.md", True),
        ("**/deep/**", "docs/deep", False),
        ("*.{md,txt}", "a.txt", True),
        ("{docs,notes}/*.{md,txt}", "notes/a.md", True),
        ("*.{md,txt}", "a.rst", False),
        ("README*", "readme.MD", True),
        ("a?c", "abc", True),
        ("[ab].txt", "b.txt", True),
        ("[!ab].txt", "b.txt", False),
        ("file:///docs/*", "docs/a", True),
        ("/docs/*", "docs/a", True),
        ("*", "a/b", True),
        ("docs/*", "xdocs/a", False),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    assert _matches(pattern, path) is matches


@pytest.mark.parametrize("pattern", ["", "a" * 501, "../*", "docs/../*", "{a,b}" * 7, "/"])
def test_a_glob_that_cannot_be_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="glob"):
        Glob(pattern)


def test_no_glob_is_slow() -> None:
    assert not _matches("*a" * 100 + "b", "a" * 255)
    assert not _matches("**/" * 100 + "b", "/".join("a" * 100))


async def test_everything_is_listed_in_order_of_names(files: LocalFiles, make: Make) -> None:
    for path in ("b.txt", "a/z.txt", "a/b/c.txt", "a-b.txt", ".git/config", ".deskhand-trash/x/y"):
        make(path, "x")
    found = await _find(files, _query())
    assert _uris(found) == ["a", "a/b", "a/b/c.txt", "a/z.txt", "a-b.txt", "b.txt"]
    assert (found.total, found.exact, found.next_cursor, found.untrusted) == (6, True, "", True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("directory", ["docs"]),
        ("text", ["docs/a.md"]),
        ("image", ["b.png"]),
        ("pdf", ["c.pdf"]),
        ("document", ["d.docx"]),
        ("file", ["b.png", "c.pdf", "d.docx", "docs/a.md", "e.zip"]),
        ("any", ["b.png", "c.pdf", "d.docx", "docs", "docs/a.md", "e.zip", "link"]),
    ],
)
async def test_kinds(kind: Wanted, expected: list[str], files: LocalFiles, make: Make) -> None:
    for path in ("docs/a.md", "b.png", "c.pdf", "d.docx", "e.zip"):
        make(path, "x")
    (files.root.path / "link").symlink_to("docs/a.md")
    assert _uris(await _find(files, _query(kind=kind))) == expected


async def test_text_is_found_with_its_lines(files: LocalFiles, make: Make) -> None:
    make("a.txt", "one\nTwo (2)\nthree\ntwo (2) again\n")
    make("b.txt", "nothing")
    make("c.bin", b"\0two (2)")
    found = await _find(files, _query(text="two (2)"))
    assert _uris(found) == ["a.txt"]
    assert [(hit.at, hit.line) for hit in found.files[0].hits] == [(2, "Two (2)"), (4, "two (2) again")]
    exact = await _find(files, _query(text="two (2)", match_case=True))
    assert [hit.at for hit in exact.files[0].hits] == [4]


async def test_a_hit_is_cut_around_the_match_and_shows_hidden_characters(files: LocalFiles, make: Make) -> None:
    make("a.txt", "x" * 500 + " needle\u202e " + "y" * 500)
    (hit,) = (await _find(files, _query(text="needle"))).files[0].hits
    assert len(hit.line) < 150
    assert "needle\\u202e" in hit.line
    assert hit.line.startswith("…")
    assert hit.line.endswith("…")


async def test_text_in_other_encodings_is_found(files: LocalFiles, make: Make) -> None:
    make("a.txt", "größe".encode("utf-16"))
    make("b.txt", "größe".encode("latin-1"))
    assert _uris(await _find(files, _query(text="GRÖSSE"[:3]))) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("text", ["", "needle"])
async def test_pages_follow_one_another_without_gap_or_repeat(text: str, files: LocalFiles, make: Make) -> None:
    for number in range(25):
        make(f"folder{number % 5}/file{number:02}.txt", "a needle" if text else "hay")
    everything = _uris(await _find(files, _query("*.txt", text)))
    assert len(everything) == 25
    pages: list[str] = []
    cursor = ""
    while True:
        found = await _find(files, _query("*.txt", text, limit=7), cursor)
        pages += _uris(found)
        assert found.total >= len(pages)
        cursor = found.next_cursor
        if not cursor:
            break
        assert len(found.files) == 7
        assert found.exact is (not text)
    assert pages == everything
    assert (found.total, found.exact) == (25, True)


async def test_a_cursor_belongs_to_its_search(files: LocalFiles, make: Make) -> None:
    for name in "abc":
        make(f"{name}.txt", "x")
    cursor = (await _find(files, _query(limit=1))).next_cursor
    assert _uris(await _find(files, _query(limit=2), cursor)) == ["b.txt", "c.txt"]
    for wrong in ("nonsense", "", cursor[:-3], "e30"):
        if wrong:
            with pytest.raises(InvalidInput, match="without a cursor"):
                await _find(files, _query(limit=1), wrong)
    with pytest.raises(InvalidInput, match="without a cursor"):
        await _find(files, _query("*.md"), cursor)


async def test_a_search_out_of_time_goes_on_where_it_stopped(files: LocalFiles, make: Make) -> None:
    for name in "abc":
        make(f"{name}.txt", "x")
    found: list[str] = []
    cursor = ""
    for _ in range(4):
        page = await files.find(Query("**", "", "any", False, 50, seconds=0), cursor, _silent)
        found += _uris(page)
        cursor = page.next_cursor
        if not cursor:
            break
        assert "go on with next_cursor" in page.note
        assert not page.exact
    assert found == ["a.txt", "b.txt", "c.txt"]
    assert not cursor


async def test_progress_is_reported_and_what_was_passed_over_is_told(files: LocalFiles, make: Make) -> None:
    make("a.pdf", "not a PDF")
    make("b.txt", "needle")
    reports: list[str | None] = []

    async def report(done: float, total: float | None = None, message: str | None = None) -> None:
        reports.append(message)

    found = await files.find(_query(text="needle"), "", report)
    assert reports[0] == "1 file looked at, 0 found"
    assert _uris(found) == ["b.txt"]
    assert found.note == "1 file not readable was not searched: a.pdf."


async def test_a_large_log_is_searched_to_its_end(files: LocalFiles, make: Make) -> None:
    line = "2026-01-31 all is quiet, größe 12\n"
    lines = 20 * 1024 * 1024 // len(line)
    make("big.log", line * lines + "the Needle\r\nand a needle without an end")
    make("latin.log", (line * lines + "gr\u00f6\u00dfe: needle").encode("latin-1"))
    found = await _find(files, _query(text="needle"))
    assert [[(hit.at, hit.line) for hit in file.hits] for file in found.files] == [
        [(lines + 1, "the Needle"), (lines + 2, "and a needle without an end")],
        [(lines + 1, "größe: needle")],
    ]
    assert not found.note


async def test_what_is_too_large_to_search_is_named_with_the_limit_and_the_setting(workspace: Path, make: Make) -> None:
    for number in range(5):
        make(f"{number}.log", "needle" * 100)
    files = LocalFiles(workspace, Limits(max_bytes=500), lambda: NOW)
    found = await _find(files, _query(text="needle"))
    assert found.note == (
        "5 files larger than files.max_file_bytes (500) were not searched: 0.log, 1.log, 2.log and 2 more."
    )


async def test_small_files_come_with_their_version(files: LocalFiles, make: Make) -> None:
    make("a.txt", "x")
    (found,) = (await _find(files, _query())).files
    assert found.version == (await files.read("a.txt", "", max_tokens=2_000)).version


def test_folders_that_cannot_match_are_not_entered(files: LocalFiles, make: Make) -> None:
    for number in range(20):
        make(f"other/{number}.txt", "x")
    make("docs/a.txt", "x")
    looked = [(entry.parts, matches) for entry, matches in Tree(files.root).walk(Glob("docs/*.txt"))]
    assert looked == [(("docs",), False), (("docs", "a.txt"), True), (("other",), False)]


async def test_a_search_can_be_cancelled(files: LocalFiles, make: Make) -> None:
    for number in range(50):
        make(f"{number}.pdf", "x")  # each takes a worker process, so there is time to cancel
    reports = 0

    with anyio.CancelScope() as scope:

        async def report(done: float, total: float | None = None, message: str | None = None) -> None:
            nonlocal reports
            reports += 1
            scope.cancel()

        await files.find(_query(text="x"), "", report)
    assert scope.cancelled_caught
    assert reports == 1


async def test_a_listing_that_is_cut_says_so(workspace: Path, files: LocalFiles) -> None:
    for number in range(LISTED):
        (workspace / f"{number:05}.txt").touch()
    first, more = await files.listed()
    assert (len(first), more) == (LISTED, False)
    (workspace / "last.txt").touch()
    first, more = await files.listed()
    assert (len(first), first[-1].name, more) == (LISTED, f"{LISTED - 1:05}.txt", True)
