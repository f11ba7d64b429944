"""Spreadsheets of the workspace: files by their addresses in, answers for people and models out. No MCP here."""

import os
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import cast

from anyio import to_thread

from deskhand.errors import Denied, InvalidInput, Unavailable
from deskhand.kept import SCHEME, Kept
from deskhand.toolsets.sheets import profile as profiles
from deskhand.toolsets.sheets.answers import Value
from deskhand.toolsets.sheets.chart_kind import ChartKind
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.opened import Progress
from deskhand.toolsets.sheets.results import Chart, Profile, Rows, Written
from deskhand.toolsets.sheets.writing import Writing
from deskhand.visible import visible, visible_line
from deskhand.workspace.address import uri_of
from deskhand.workspace.glob import Glob
from deskhand.workspace.load import version_of_steps
from deskhand.workspace.place import Placed
from deskhand.workspace.steps import read_in_steps
from deskhand.workspace.walk import Entry, Tree
from deskhand.workspace.workspace import Opened, Workspace

SUFFIXES = ("xlsx", "xls", "xlsb", "ods", "csv", "tsv", "parquet", "jsonl", "ndjson")
LIBRARIES = {"duckdb": "duckdb", "python_calamine": "python-calamine", "matplotlib": "matplotlib"}
LIBRARIES["xlsxwriter"] = "xlsxwriter"
INSTALL = 'pip install "deskhand[sheets]"'
_ANSWERED_ROWS = 200
_ASKED_TOKENS = 8_000
_WRITING_SECONDS = 180
_IGNORED = (".git", "node_modules", "__pycache__", ".venv")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart that was asked for; empty names are chosen from the columns."""

    kind: ChartKind
    sql: str
    files: Sequence[str]
    title: str = ""
    x: str = ""
    y: Sequence[str] = ()
    group: str = ""


def missing_libraries() -> list[str]:
    """The libraries of the `sheets` extra that are not installed."""
    return [package for module, package in LIBRARIES.items() if find_spec(module) is None]


class LocalSheets:
    """The spreadsheets of a workspace, read by the engine's worker; large outputs go to `kept`."""

    def __init__(self, workspace: Workspace, engine: Sheets, kept: Kept, *, max_bytes: int, read_only: bool) -> None:
        self._workspace = workspace
        self._engine = engine
        self._kept = kept
        self._max_bytes = max_bytes
        self._read_only = read_only

    async def inspect(self, file: str, sheet: str, tokens: int, subject: str, progress: Progress | None) -> Profile:
        """What is in a file, in at most so many tokens.

        Raises:
            NotFound: no such file or sheet. InvalidInput: it is no spreadsheet. LimitExceeded: it is too large.
        """
        async with self._opened([file], subject) as (opened,):
            found = await self._engine.of(subject).inspect(opened, sheet, progress=progress)
            version = await to_thread.run_sync(_version, opened.descriptor)
        return profiles.profile(found, visible_line(file), version, tokens)

    async def query(
        self, sql: str, files: Sequence[str], max_rows: int | None, subject: str, progress: Progress | None
    ) -> Rows:
        """The first rows that `sql` selects; without `max_rows` as many as fit a short answer. All rows are kept.

        Raises:
            InvalidInput: the SQL is wrong. Denied: it reaches for more than its tables. NotFound: no such file.
            LimitExceeded: time, memory or size.
        """
        async with self._opened(files, subject) as opened:
            answer, rows, problem = await self._engine.of(subject).query_and_keep(
                opened, sql, max_rows or _ANSWERED_ROWS, progress
            )
        shown = profiles.rows(answer, profiles.CONCISE if max_rows is None else _ASKED_TOKENS)
        if len(shown.rows) == answer.total and not shown.note and not answer.cut_cells:
            return shown
        if problem or not rows:
            return shown.model_copy(update={"note": f"{shown.note} {problem}".strip()})
        kept = await self._kept.keep(rows, subject, mime_type="text/csv")
        return shown.with_link(kept.uri, kept.size)

    async def chart(self, drawing: Drawing, subject: str, progress: Progress | None) -> Chart:
        """The chart, with its picture and its data kept.

        Raises:
            InvalidInput: the SQL is wrong, or its columns do not make such a chart.
        """
        asked: dict[str, object] = {
            "kind": drawing.kind, "sql": drawing.sql, "title": drawing.title, "x": drawing.x, "y": list(drawing.y),
            "group": drawing.group,
        }  # fmt: skip
        async with self._opened(drawing.files, subject) as opened:
            reply = await self._engine.of(subject).run("chart", opened, asked, progress=progress)
        cut = int(str(reply.data["png"]))
        picture = await self._kept.keep(reply.blob[:cut], subject, mime_type="image/png")
        data = await self._kept.keep(reply.blob[cut:], subject, mime_type="text/csv")
        chart = Chart(
            kind=drawing.kind,
            alt=visible(str(reply.data["alt"])),
            picture=picture.uri,
            data=data.uri,
            rows=int(str(reply.data["rows"])),
            warnings=_texts(reply.data["warnings"]),
        )
        return chart.with_picture(reply.blob[:cut], data.size)

    async def version(self, file: str) -> str:
        """The version of what is at the address now; empty when nothing is."""
        return await to_thread.run_sync(self._workspace.version, file)

    async def write(self, writing: Writing, expected: str, subject: str, progress: Progress | None) -> Written:
        """Make the file; a dry run says what would be in it.

        Raises:
            Conflict: something is there and `expected` is not its version. Denied: writing is switched off.
            InvalidInput, LimitExceeded: the rows do not fit such a file.
        """
        if self._read_only:
            raise Denied("Spreadsheets are only read here. The operator can set toolsets.sheets.read_only = false.")
        address = uri_of(self._workspace.parts(writing.file))
        async with self._opened(writing.files, subject) as opened:
            with tempfile.TemporaryFile() as output:
                made = Opened(output.fileno(), os.fstat(output.fileno()), address, "output")
                reply = await self._engine.of(subject).run(
                    "write", [*opened, made], writing.arguments(), seconds=_WRITING_SECONDS, progress=progress
                )
                size = os.fstat(output.fileno()).st_size
                placed = await self._placed(writing, output.fileno(), expected)
        exists = bool(placed) or bool(await self.version(writing.file))
        head = cast("list[list[Value]]", reply.data["head"])
        return Written(
            uri=placed.uri if placed else address,
            outcome=placed.outcome if placed else "would replace" if exists else "would create",
            version=placed.version if placed else "",
            rows=int(str(reply.data["rows"])),
            columns=_texts(reply.data["columns"]),
            size=size,
            head=tuple(tuple(profiles.cut(cell, 60) for cell in row[:12]) for row in head) if writing.dry_run else (),
            trashed=placed.trashed if placed else "",
            warnings=_texts(reply.data["warnings"]),
        )

    async def _placed(self, writing: Writing, descriptor: int, expected: str) -> Placed | None:
        if writing.dry_run:
            return None
        return await to_thread.run_sync(self._workspace.place_from, writing.file, descriptor, expected)

    async def listed(self, most: int) -> list[Entry]:
        """The first spreadsheet files of the workspace."""
        glob = Glob(f"**/*.{{{','.join(SUFFIXES)}}}")

        def walk() -> list[Entry]:
            tree = Tree(self._workspace.root, _IGNORED).of_utf8_names()
            matching = (entry for entry, matches in tree.walk(glob) if matches and entry.kind != "directory")
            return list(islice(matching, most))

        return await to_thread.run_sync(walk)

    @asynccontextmanager
    async def _opened(self, files: Sequence[str], subject: str) -> AsyncGenerator[list[Opened]]:
        """The files open for the worker: of the workspace, or results that were kept for this subject."""
        missing = missing_libraries()
        if missing:
            raise Unavailable(f"Spreadsheets need {', '.join(missing)}, not installed here. Install: {INSTALL}")
        with ExitStack() as stack:
            results = {file: await self._kept.load(file, subject) for file in files if file.startswith(SCHEME)}

            def enter() -> list[Opened]:
                return [
                    _of_result(stack, file, results[file].data, results[file].suffix)
                    if file in results
                    else stack.enter_context(self._workspace.opened(file, max_bytes=self._max_bytes))
                    for file in dict.fromkeys(files)
                ]

            yield await to_thread.run_sync(enter)


def _of_result(stack: ExitStack, uri: str, data: bytes, suffix: str) -> Opened:
    if suffix not in SUFFIXES:
        raise InvalidInput(f"{uri} is no table but {suffix}. Results that are CSV, XLSX or Parquet can be asked.")
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
    file.write(data)
    file.flush()
    return Opened(file.fileno(), os.fstat(file.fileno()), uri, f"result.{suffix}")


def _version(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return version_of_steps(read_in_steps(file))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(visible_line(str(value)) for value in cast("list[object]", values))
