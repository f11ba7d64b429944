"""The job that says what is in a file: its tables, and of one of them the columns, the first rows and what is odd."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from deskhand.errors import NotFound
from deskhand.toolsets.sheets.answers import Column, Inspection, Reply, Value
from deskhand.toolsets.sheets.catalog import Ready, Source, by_sheet
from deskhand.toolsets.sheets.database import Database, quoted
from deskhand.toolsets.sheets.formats import WORKBOOKS
from deskhand.toolsets.sheets.oddities import oddities_of
from deskhand.toolsets.sheets.values import plain
from deskhand.toolsets.sheets.work import Work

_ROWS = 5
_EXACT_ROWS = 100_000
_PER_QUERY = 25
_MOST_COLUMNS = 400
_SHOWN_CHARACTERS = 80
_NESTED = ("STRUCT", "MAP", "UNION", "JSON", "VARIANT")


def inspect(work: Work, arguments: Mapping[str, object]) -> Reply:
    """An `Inspection` of the only file; of its `sheet`, or of the first one with rows that is not hidden.

    Raises:
        NotFound: there is no such sheet.
    """
    return work.patiently(lambda: Reply(asdict(_inspected(work, str(arguments.get("sheet") or "")))))


def _inspected(work: Work, sheet: str) -> Inspection:
    sources = work.catalog.sources
    chosen = by_sheet(sources, sheet) if sheet else None
    if sheet and not chosen:
        names = ", ".join(source.sheet.name or source.names[0] for source in sources)
        raise NotFound(f"{sources[0].given.name} has no sheet {sheet}. Sheets: {names}.")
    ready = [work.catalog.ready(source) for source in sources]
    index = sources.index(chosen) if chosen else _first_with_rows(sources, ready)
    database = work.locked([ready[index]])
    with database.told():
        return _described(work, database, sources[index], ready, index)


def _first_with_rows(sources: Sequence[Source], ready: Sequence[Ready]) -> int:
    shown = [index for index, source in enumerate(sources) if not source.sheet.hidden and ready[index].table.width]
    return shown[0] if shown else 0


def _described(work: Work, database: Database, source: Source, ready: Sequence[Ready], index: int) -> Inspection:
    chosen = ready[index]
    name = quoted(source.names[0])
    with database.running(f"FROM {name} LIMIT {_ROWS}", work.seconds) as connection:
        head = [(str(column[0]), str(column[1])) for column in connection.description or []]
        rows = connection.fetchall()
    columns, total = _columns(work, database, name, head[:_MOST_COLUMNS])
    table = replace(chosen.table, rows=total)
    warnings = [*chosen.warnings, *_of_columns(columns, head), *_hidden(ready)]
    if source.format.kind in WORKBOOKS:
        warnings += oddities_of(source.given, source.format.kind, source.sheet.name)
    kind = "tsv" if source.format.kind == "csv" and source.given.name.casefold().endswith((".tsv", ".tab")) else ""
    return Inspection(
        file=source.given.name,
        format=kind or source.format.kind,
        tables=tuple(table if at == index else other.table for at, other in enumerate(ready)),
        shown=table,
        columns=tuple(column for column, _ in columns),
        rows=tuple(tuple(_short(plain(value)) for value in row[:_MOST_COLUMNS]) for row in rows),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _short(value: Value) -> Value:
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        return value[:_SHOWN_CHARACTERS] + "…"
    return value


_Found = tuple[Column, bool]


def _columns(work: Work, database: Database, name: str, head: Sequence[tuple[str, str]]) -> tuple[list[_Found], int]:
    """Each column's facts, and whether texts in it have spaces around them; and how many rows there are."""
    with database.running(f"SELECT count(*) FROM {name}", work.seconds) as counted:
        row: Any = counted.fetchone()
    total, found = int(row[0]), list[_Found]()
    for start in range(0, len(head), _PER_QUERY):
        some = head[start : start + _PER_QUERY]
        facts = ", ".join(_facts(column, kind, is_exact=total <= _EXACT_ROWS) for column, kind in some)
        with database.running(f"SELECT {facts} FROM {name}", work.seconds) as connection:
            values: Any = connection.fetchone()
        for at, (column, kind) in enumerate(some):
            found.append(_column(column, kind, values[6 * at : 6 * at + 6], total))
        work.progress(start, len(head))
    return found, total


def _facts(column: str, kind: str, *, is_exact: bool) -> str:
    """Six expressions: nulls, distinct, least, greatest, samples, texts with spaces around them."""
    name = quoted(column)
    if kind.startswith(_NESTED) or kind.endswith("]"):
        return f"count(*) - count({name}), 0, NULL, NULL, NULL, 0"
    distinct = f"count(DISTINCT {name})" if is_exact else f"approx_count_distinct({name})"
    spaces = f"count_if({name} <> trim({name}))" if kind == "VARCHAR" else "0"
    return f"count(*) - count({name}), {distinct}, min({name}), max({name}), approx_top_k({name}, 5), {spaces}"


def _column(name: str, kind: str, values: Sequence[Any], total: int) -> _Found:
    nulls, distinct, least, greatest, samples, spaces = values
    return (
        Column(
            name=name,
            type=kind,
            nulls=int(nulls),
            distinct=int(distinct),
            distinct_exact=total <= _EXACT_ROWS,
            minimum=_text(least),
            maximum=_text(greatest),
            samples=tuple(_text(sample) for sample in samples or () if sample is not None),
        ),
        bool(spaces),
    )


def _text(value: Any) -> str:
    shown = plain(value)
    if isinstance(shown, bool):
        return str(shown).lower()
    return "" if shown is None else str(_short(str(shown)))


def _of_columns(columns: Sequence[_Found], head: Sequence[tuple[str, str]]) -> list[str]:
    warnings: list[str] = []
    spaced = [column.name for column, has_spaces in columns if has_spaces]
    if spaced:
        warnings.append(f"Texts with spaces around them (use trim): {', '.join(spaced[:6])}.")
    if len(head) > _MOST_COLUMNS:
        warnings.append(f"Only the first {_MOST_COLUMNS} of {len(head):,} columns are described.")
    return warnings


def _hidden(ready: Sequence[Ready]) -> list[str]:
    hidden = [table.table.sheet for table in ready if table.table.hidden]
    return [f"Hidden sheets: {', '.join(hidden[:6])}."] if hidden else []
