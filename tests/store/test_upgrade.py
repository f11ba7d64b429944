"""Tables come to the newest step: from nothing, from what was there before Alembic, once, and all or nothing."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from deskhand.audit import Audit
from deskhand.errors import Conflict, Unavailable
from deskhand.host.consent import Consent
from deskhand.store import migrations
from deskhand.store.conversations import Conversations
from deskhand.store.database import Database
from deskhand.store.migrations import HEAD
from deskhand.store.tables import METADATA
from deskhand.store.tokens import Tokens

OLD = Path(__file__).parent / "data" / "before_alembic.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "deskhand.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text())
    connection.close()
    return path


def names(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def differences(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    found = list(compare_metadata(context, METADATA))
    return [difference for difference in found if difference[0] != "add_table_comment"]  # those are for readers of code


def test_the_steps_make_the_tables_that_the_code_knows(database: Database) -> None:
    assert database.read(differences) == []
    assert database.version() == HEAD


def test_the_newest_step_is_the_one_written_down() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_database_from_before_alembic_keeps_its_rows(old: Path) -> None:
    with Database(old) as database:
        assert database.version() == HEAD
        (token,) = Tokens(database).every()
        assert (token.id, token.subject, token.state(token.created)) == ("1a2b3c4d", "ann", "active")
        conversations = Conversations(database)
        (found,) = anyio.run(conversations.recent, "ann")
        assert (found.id, found.messages) == ("c1", 2)
        assert [said.moved_out for said in anyio.run(conversations.messages, "ann", "c1")] == [True, False]
        (row,) = anyio.run(Audit(database).query)
        assert row.name == "echo"
        assert Consent(database, "ann").grants() == []


def test_a_database_from_before_alembic_gets_what_it_had_not(old: Path) -> None:
    with Database(old) as database:
        found = database.read(lambda connection: (names(connection), sa.inspect(connection).get_indexes("audit")))
    assert found[0] == set(METADATA.tables) | {"alembic_version"}
    assert {index["name"] for index in found[1]} == {"audit_by_subject", "audit_by_time"}


def test_an_upgrade_that_fails_changes_nothing(old: Path) -> None:
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE memory (mine TEXT)")  # stands in the way of the last step
    connection.commit()
    before = list(connection.iterdump())
    with pytest.raises(Unavailable, match="memory already exists"):
        Database(old)
    assert list(connection.iterdump()) == before
    connection.close()


def test_processes_that_upgrade_at_once_do_it_once(old: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from deskhand.store.database import Database\n"
        "print(Database(Path(sys.argv[1])).version())"
    )
    command = [sys.executable, "-c", script, str(old)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[0] for process in running] == [f"{HEAD}\n"] * 3


def test_tables_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    with Database.in_folder(tmp_path) as database:
        database.write(lambda connection: connection.execute(newer))
    with pytest.raises(Conflict, match=f"version 9999, but this Deskhand knows up to {HEAD}"):
        Database.in_folder(tmp_path)
