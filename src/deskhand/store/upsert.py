"""Writing rows that may be there already."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows; one whose primary key is taken replaces what it finds, also when another process put it there now.

    All rows have the same columns, and at least one beside the key.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
    rest = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    in_order = sorted(rows, key=lambda row: [str(row[key]) for key in keys])  # two writers would lock each other out
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), in_order)
