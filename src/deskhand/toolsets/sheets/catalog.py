"""The tables in the files of a job: their names at once, their rows when a question names them."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets import delimited
from deskhand.toolsets.sheets.answers import Table
from deskhand.toolsets.sheets.cache import Cache, Entry, digest_of
from deskhand.toolsets.sheets.database import View, literal, quoted, scrubbed, shown
from deskhand.toolsets.sheets.formats import WORKBOOKS, Format, format_of, path_of
from deskhand.toolsets.sheets.given import Given
from deskhand.toolsets.sheets.json_lines import json_lines
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.sheet_data import SheetData, SheetName

if TYPE_CHECKING:
    from deskhand.toolsets.sheets.workbook import Workbook

_PLAIN = re.compile(r"\W+")
_Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Source:
    """A table that may be read. SQL may use each of its plain names; the first is the one that is told."""

    given: Given
    format: Format
    sheet: SheetName
    names: tuple[str, ...]
    number: int
    """The place of the sheet in its file."""
    warnings: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Ready:
    """A table that was read: what SQL needs of it, and what people are told."""

    view: View
    table: Table
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of a worker: what was read of workbooks, kept for all, and its own temporary files."""

    cache: Path
    scratch: Path


class Catalog:
    """All tables of some files.

    Raises:
        InvalidInput: a file cannot be read.
    """

    def __init__(self, files: Sequence[Given], places: Places, limits: Limits, progress: _Progress) -> None:
        self._cache = Cache(places.cache, limits.cache_bytes)
        self._folder = places.scratch
        self._progress = progress
        self._books: dict[int, Workbook] = {}
        self._entries: dict[int, Entry] = {}
        self._stack = ExitStack()
        self._patience = 0
        formats = [format_of(file.descriptor, file.name) for file in files]
        found = [source for file, kind in zip(files, formats, strict=True) for source in self._sources(file, kind)]
        self.shared: dict[str, list[str]] = {}
        """Names that several tables would have, in lower case, and what these are called instead."""
        self.sources = tuple(_named(found, self.shared))

    def close(self) -> None:
        """Close what was opened for it."""
        self._stack.close()

    def is_more_patient(self) -> bool:
        """Read text files more patiently from now on; false when there is no more patience."""
        self._patience += 1
        return self._patience <= delimited.LAST and any(source.format.kind == "csv" for source in self.sources)

    def _sources(self, given: Given, kind: Format) -> Iterator[Source]:
        sheets = self._sheets(given) if kind.kind in WORKBOOKS else (SheetName("", False),)
        if not sheets:
            raise InvalidInput(f"{given.name} has no sheet with cells. Choose another file.")
        for number, sheet in enumerate(sheets):
            yield Source(given, kind, sheet, (), number, [kind.warning] if kind.warning else [])

    def _sheets(self, given: Given) -> tuple[SheetName, ...]:
        entry = self._entries[given.descriptor] = self._cache.entry(digest_of(given.descriptor))
        saved = entry.load("book")
        if saved:
            return tuple(SheetName(sheet["name"], sheet["hidden"]) for sheet in saved["sheets"])
        sheets = self._book(given).sheets
        entry.save("book", {"sheets": [{"name": sheet.name, "hidden": sheet.hidden} for sheet in sheets]})
        return sheets

    def _book(self, given: Given) -> "Workbook":
        if given.descriptor not in self._books:
            # Here, because it brings numpy, which takes as long as all else that a question about text files needs.
            from deskhand.toolsets.sheets.workbook import Workbook

            self._progress(0, 0)
            self._books[given.descriptor] = Workbook(given.descriptor, given.name)
        return self._books[given.descriptor]

    def ready(self, source: Source) -> Ready:
        """The table, read.

        Raises:
            InvalidInput: the file is damaged.
        """
        if source.format.kind in WORKBOOKS:
            return self._of_sheet(source)
        if source.format.kind == "csv":
            return self._of_text(source)
        return self._bound(source, path_of(source.given.descriptor))

    def _of_sheet(self, source: Source) -> Ready:
        entry, base = self._entries[source.given.descriptor], f"sheet-{source.number}"
        saved = entry.load(base)
        if saved:
            data = SheetData.restored(saved)
        else:
            data = self._book(source.given).read(source.sheet.name, entry, base, self._progress)
            entry.save(base, data.saved())
            self._cache.trim(entry)
        if not data.parts or not data.names:
            return Ready(_empty(source.names), _table(source, 0, 0, data.header), tuple(source.warnings))
        try:
            selected = self._select(entry, data)
        except FileNotFoundError:  # another worker made room in the cache
            shutil.rmtree(entry.folder, ignore_errors=True)
            return self._of_sheet(source)
        view = View(source.names, *selected, columns=data.names)
        table = _table(source, data.rows, len(data.names), data.header)
        return Ready(view, table, (*source.warnings, *data.warnings))

    def _select(self, entry: Entry, data: SheetData) -> tuple[str, tuple[str, ...]]:
        paths: list[str] = []
        for part in data.parts:
            descriptor = os.open(entry.folder / part.file, os.O_RDONLY)
            self._stack.callback(os.close, descriptor)
            paths.append(path_of(descriptor))
        groups: dict[tuple[str, ...], list[str]] = {}
        for part, path in zip(data.parts, paths, strict=True):
            groups.setdefault(part.types, []).append(literal(path))
        selects = [
            f"SELECT {_columns(data, types)} FROM read_parquet([{', '.join(group)}])" for types, group in groups.items()
        ]
        return " UNION ALL ".join(selects), tuple(paths)

    def _of_text(self, source: Source) -> Ready:
        given = source.given
        dialect = delimited.dialect_of(given.descriptor)
        if self._patience >= delimited.RAGGED and dialect.encoding == "utf-8-sig":
            dialect = replace(dialect, encoding=_later_encoding(given))
        path = path_of(given.descriptor)
        if dialect.encoding != "utf-8-sig":
            copy = delimited.in_utf8(given.descriptor, dialect.encoding, self._folder, self._progress)
            path = path_of(self._stack.enter_context(copy).fileno())
        attempt = max(self._patience, delimited.RAGGED if dialect.is_ragged else 0)
        found = _patient_select(given, dialect, path, attempt)
        table = _table(source, None, len(found.names), dialect.header)
        view = View(source.names, found.select, (path,), found.names)
        return Ready(view, table, (*source.warnings, *dialect.warnings, *found.warnings))

    def _bound(self, source: Source, path: str) -> Ready:
        try:
            found = json_lines(path) if source.format.kind == "jsonl" else _parquet(path)
        except duckdb.Error as error:
            raise InvalidInput(f"{source.given.name} is damaged: {scrubbed(str(error))[:200]}") from None
        table = _table(source, None, len(found.names), "the file names its columns")
        view = View(source.names, found.select, (path,), found.names)
        return Ready(view, table, (*source.warnings, *found.warnings))


def _parquet(path: str) -> delimited.Selected:
    select = f"SELECT * FROM read_parquet({literal(path)})"
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB", "temp_directory": ""}) as database:
        found = database.execute(f"DESCRIBE {select}").fetchall()
    return delimited.Selected(select, tuple(str(name) for name, *_ in found))


def _patient_select(given: Given, dialect: delimited.Dialect, path: str, attempt: int) -> delimited.Selected:
    """The SELECT over a text file, in the first way from `attempt` on in which it can be read."""
    for patience in range(attempt, delimited.LAST + 1):
        with suppress(duckdb.Error):
            return delimited.select_of(dialect, path, patience)
    raise InvalidInput(
        f"{given.name} cannot be read as CSV: its lines are no rows of cells, or longer than 16 MiB. "
        "Open it in a spreadsheet program and save it as xlsx or CSV."
    )


def _empty(names: tuple[str, ...]) -> View:
    return View(names, "SELECT NULL AS column_1 WHERE false", (), ("column_1",))


def _later_encoding(given: Given) -> str:
    """UTF-8 that breaks off after the first bytes is what a Western program wrote."""
    with open(path_of(given.descriptor), "rb") as file:
        try:
            for line in file:
                line.decode()
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _columns(data: SheetData, types: Sequence[str]) -> str:
    shown_columns: list[str] = []
    for name, column in zip(data.names, data.types, strict=True):
        source, kind = column.split(" ", 1)
        is_same = types[int(source[1:])] == kind
        shown_columns.append(f"{source if is_same else f'CAST({source} AS {kind})'} AS {quoted(name)}")
    return ", ".join(shown_columns)


def _table(source: Source, rows: int | None, width: int, header: str) -> Table:
    return Table(
        name=shown(source.names[0]),
        file=source.given.name,
        sheet=source.sheet.name,
        hidden=source.sheet.hidden,
        rows=rows,
        width=width,
        header=header,
    )


def table_of(source: Source) -> Table:
    """What is known of a table before it is read."""
    return _table(source, None, 0, "")


def _plain(text: str) -> str:
    return _PLAIN.sub("_", text).strip("_") or "table"


def _named(sources: Sequence[Source], shared: dict[str, list[str]]) -> Iterator[Source]:
    """Names: the file's stem, with the sheet's name where there are several; the sheet's alone if no other has it."""
    taken: set[str] = set()
    files: dict[int, list[Source]] = {}
    for source in sources:
        files.setdefault(source.given.descriptor, []).append(source)
    for group in files.values():
        stem = _plain(group[0].given.name.rpartition(".")[0] or group[0].given.name)
        for source in group:
            name = stem if len(group) == 1 else f"{stem}_{_plain(source.sheet.name)}"
            source.names = (_free(name, taken),)
    wanted = {id(source): names for group in files.values() for source, names in _also(group)}
    holders: dict[str, list[str]] = {}
    for source in sources:
        for name in {name.casefold() for name in wanted[id(source)]} - taken:
            holders.setdefault(name, []).append(shown(source.names[0]))
    shared.update({name: names for name, names in holders.items() if len(names) > 1})
    for source in sources:
        extra = [name for name in wanted[id(source)] if name.casefold() not in taken and name.casefold() not in shared]
        source.names = (*source.names, *{name.casefold(): name for name in extra}.values())
        yield source


def _also(group: Sequence[Source]) -> Iterator[tuple[Source, list[str]]]:
    """What the tables of one file may be called besides: the file is its first sheet that is not hidden."""
    stem = _plain(group[0].given.name.rpartition(".")[0] or group[0].given.name)
    first = next((source for source in group if not source.sheet.hidden), group[0])
    for source in group:
        of_file = [stem, source.given.name] if source is first else []
        of_sheet = [source.sheet.name, _plain(source.sheet.name)] if source.sheet.name else []
        yield source, [*of_file, *of_sheet]


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free.casefold())
    return free


def by_sheet(sources: Sequence[Source], sheet: str) -> Source | None:
    """The source of a sheet, whatever the case of its name; None when there is none."""
    folded = sheet.casefold()
    matches = [source for source in sources if folded in {source.sheet.name.casefold(), source.names[0].casefold()}]
    return matches[0] if matches else None
