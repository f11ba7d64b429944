"""PostgreSQL as operators meet it: not upgraded yet, upgraded twice, restarted under load, wrongly addressed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.postgres_server import PASSWORD, PostgresServer

from deskhand.errors import Conflict, SettingsError, Unavailable
from deskhand.store.database import Database
from deskhand.store.migrations import HEAD
from deskhand.store.tables import granted_tool


@pytest.fixture
def empty_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database("template0") as url:
        yield url


def add(tool: str) -> Callable[[sa.Connection], object]:
    row = sa.insert(granted_tool).values(owner="ann", endpoint="e", tool=tool, fingerprint="f")
    return lambda connection: connection.execute(row)


def tools(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(sa.select(granted_tool.c.tool).order_by(granted_tool.c.tool)))


def test_it_is_not_used_before_the_operator_upgraded_it(empty_url: str) -> None:
    with pytest.raises(Conflict, match="deskhand db upgrade"):
        Database(empty_url)
    with Database(empty_url, as_it_is=True) as database:
        assert database.upgrade() is None
        assert database.upgrade() == HEAD
    Database(empty_url).close()


def test_replicas_that_upgrade_at_once_do_it_once(empty_url: str) -> None:
    def upgrade(_: int) -> str | None:
        with Database(empty_url, as_it_is=True) as database:
            database.upgrade()
            return database.version()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, range(4))) == [HEAD] * 4


def test_an_upgrade_that_fails_changes_nothing(empty_url: str) -> None:
    def names(connection: sa.Connection) -> list[str]:
        return sa.inspect(connection).get_table_names()

    with Database(empty_url, as_it_is=True) as database:
        database.write(lambda connection: connection.execute(sa.text("CREATE TABLE memory (mine TEXT)")))
        with pytest.raises(Unavailable, match='relation "memory" already exists'):
            database.upgrade()
        assert database.read(names) == ["memory"]


def test_tables_of_a_newer_version_are_refused(postgres_url: str) -> None:
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    with Database(postgres_url) as database:
        database.write(lambda connection: connection.execute(newer))
    with pytest.raises(Conflict, match="version 9999"):
        Database(postgres_url)


def test_a_cut_connection_heals_and_nothing_acknowledged_is_lost(postgres: PostgresServer, postgres_url: str) -> None:
    def add_then_be_cut(connection: sa.Connection) -> None:
        add("half")(connection)
        postgres.restart()
        add("whole")(connection)

    with Database(postgres_url) as database:
        database.write(add("before"))
        with pytest.raises(Unavailable, match="PostgreSQL"):
            database.write(add_then_be_cut)
        database.write(add("after"))
        assert database.read(tools) == ["after", "before"]


def test_a_server_that_is_down_is_unavailable_and_used_again_when_it_is_up(
    postgres: PostgresServer, postgres_url: str
) -> None:
    with Database(postgres_url) as database:
        database.write(add("kept"))
        postgres.stop()
        try:
            with pytest.raises(Unavailable):
                database.read(tools)
            with pytest.raises(Unavailable):
                database.write(add("refused"))
        finally:
            postgres.start()
        assert database.read(tools) == ["kept"]


def test_a_wrong_password_is_told_without_showing_it(postgres: PostgresServer, postgres_url: str) -> None:
    with pytest.raises(Unavailable, match="password authentication failed") as caught:
        Database(postgres_url.replace(PASSWORD, "battery-staple"))
    assert "battery-staple" not in caught.value.message
    assert "database.url" in caught.value.message


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:battery-staple@h/d", "starts with 'mysql'"),
        ("u:battery-staple@h", "is not a URL"),
        ("postgresql://u:battery-staple@h:port/d", "is not a URL"),
        ("sqlite:///x.db", "leave database.url out"),
    ],
)
def test_an_address_that_is_none_is_explained_without_showing_the_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        Database(url)
    assert "battery-staple" not in caught.value.message


def test_a_database_is_named_without_user_and_password(postgres_url: str) -> None:
    with Database(postgres_url) as database:
        assert database.name.startswith("PostgreSQL /")
        assert "deskhand:" not in database.name
        assert PASSWORD not in database.name


def test_a_server_that_hangs_does_not_keep_others_waiting_for_ever(postgres_url: str) -> None:
    def shown(connection: sa.Connection) -> list[str]:
        names = ("lock_timeout", "idle_in_transaction_session_timeout", "application_name")
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]

    with Database(postgres_url) as database:
        assert database.read(shown) == ["30s", "1min", "deskhand"]
        assert database.write(shown) == ["30s", "1min", "deskhand"]
    with Database(f"{postgres_url}&application_name=mine") as database:
        assert database.read(shown)[2] == "mine"
