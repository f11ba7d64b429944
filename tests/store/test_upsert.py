"""A row is written whether it was there or not, also when several write it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from deskhand.store.database import Database
from deskhand.store.tables import granted_tool
from deskhand.store.upsert import upsert


def granting(fingerprint: str, *tools: str) -> Callable[[sa.Connection], None]:
    rows = [{"owner": "ann", "endpoint": "e", "tool": tool, "fingerprint": fingerprint} for tool in tools]
    return lambda connection: upsert(connection, granted_tool, rows)


def granted(connection: sa.Connection) -> dict[str, str]:
    return {row.tool: row.fingerprint for row in connection.execute(sa.select(granted_tool))}


def test_a_row_that_is_there_is_replaced(database: Database) -> None:
    database.write(granting("old", "add", "drop"))
    database.write(granting("new", "drop", "send"))
    assert database.read(granted) == {"add": "old", "drop": "new", "send": "new"}


def test_nothing_to_write_is_no_error(database: Database) -> None:
    database.write(granting("new"))
    assert database.read(granted) == {}


def test_several_write_the_same_rows_at_once(database: Database) -> None:
    tools = [f"tool{number}" for number in range(10)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(database.write, [granting("x", *tools[::step]) for step in (1, -1) * 10]))
    assert database.read(granted) == dict.fromkeys(tools, "x")
