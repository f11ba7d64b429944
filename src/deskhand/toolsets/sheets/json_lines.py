"""JSON lines: read where they lie; integers that no type of numbers holds whole become text."""

from typing import Any

import duckdb

from deskhand.toolsets.sheets.database import literal, quoted, shown
from deskhand.toolsets.sheets.delimited import Selected

_OPTIONS = "format = 'auto', maximum_object_size = 16777216"
_LONG = r"-?\d{16,}"
"""A whole number that DOUBLE, the type of a column with one beyond 64 bits, may not hold."""


def json_lines(path: str) -> Selected:
    """The file at `path`.

    Raises:
        duckdb.Error: it is no JSON.
    """
    select = f"SELECT * FROM read_json({literal(path)}, {_OPTIONS})"
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB", "temp_directory": ""}) as database:
        kinds = {str(name): str(kind) for name, kind, *_ in database.execute(f"DESCRIBE {select}").fetchall()}
        long = _long(database, path, [name for name, kind in kinds.items() if kind == "DOUBLE"])
    if not long:
        return Selected(select, tuple(kinds))
    named = ", ".join(map(shown, long[:4]))
    types = {name: "VARCHAR" if name in long else kind for name, kind in kinds.items()}
    return Selected(
        f"SELECT * FROM read_json({literal(path)}, {_OPTIONS}, columns = {_struct(types)})",
        tuple(kinds),
        (f"Columns read as text, as a number would lose digits (use TRY_CAST): {named}.",),
    )


def _long(database: duckdb.DuckDBPyConnection, path: str, names: list[str]) -> list[str]:
    """Those of the columns that have such an integer."""
    if not names:
        return []
    source = f"read_json({literal(path)}, {_OPTIONS}, columns = {_struct(dict.fromkeys(names, 'JSON'))})"
    checks = ", ".join(
        f"bool_or(regexp_full_match(CAST({quoted(name)} AS VARCHAR), {literal(_LONG)}))" for name in names
    )
    found: Any = database.execute(f"SELECT {checks} FROM {source}").fetchone()
    return [name for name, is_long in zip(names, found, strict=True) if is_long]


def _struct(types: dict[str, str]) -> str:
    return "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items()) + "}"
