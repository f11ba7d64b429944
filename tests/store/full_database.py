"""A database with rows in every table, of every kind that engines could treat differently."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from deskhand.store.database import Database, everyone
from deskhand.store.tables import METADATA, memory_owner

ROWS = 250
"""Of each table: more than are copied at once."""

_VALUES: dict[type[object], list[object]] = {
    sa.Text: ["plain", "", "Grüße, 日本 \U0001f600", 'it\'s "quoted"\n\ttext\r\n', "%s :x \\"],
    sa.LargeBinary: [b"", b"\0\xff", bytes(range(256))],
    sa.Integer: [0, -1, 2**31 - 1],
    sa.BigInteger: [0, -(2**63), 2**63 - 1],
    sa.Double: [0.0, -0.0, 0.1, 1e300, -1.5],
    sa.Boolean: [True, False],
}


def fill(database: Database, rows: int = ROWS) -> None:
    """Put rows into every table."""

    def work(connection: sa.Connection) -> None:
        everyone(connection)
        for table in METADATA.sorted_tables:
            connection.execute(sa.insert(table), [_row(table, number) for number in range(rows)])

    database.write(work)


def content(database: Database) -> dict[str, list[str]]:
    """All rows, as text that can be compared."""

    def work(connection: sa.Connection) -> dict[str, list[str]]:
        everyone(connection)
        return {
            table.name: sorted(repr(tuple(row)).replace("-0.0", "0.0") for row in connection.execute(sa.select(table)))
            for table in METADATA.sorted_tables
        }

    return database.read(work)


def change(file: Path, *statements: str) -> None:
    """Do to a file what no Deskhand does."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def _row(table: sa.Table, number: int) -> dict[str, object]:
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: sa.Table, column: sa.Column[object], number: int) -> object:
    if column.foreign_keys:
        return f"text{number}"
    if column.primary_key or column.unique or (table.name, column.name) == ("message", "id"):
        return number + 1 if isinstance(column.type, sa.Integer) else _unique(column.type, number)
    if column is memory_owner.c.revision:
        return number  # a count, and a restore goes on from it
    if column.nullable and number % 3 == 0:
        return None
    kinds = _VALUES[type(column.type)]
    return kinds[number % len(kinds)]


def _unique(kind: object, number: int) -> object:
    return f"bytes{number}".encode() if isinstance(kind, sa.LargeBinary) else f"text{number}"
