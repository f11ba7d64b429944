"""A database of its own for one job: it knows the tables it was given and nothing else of the machine."""

import re
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from deskhand.errors import Denied, DeskhandError, InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.guard import Guard, unknown_table
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.nearest import nearest

_SETTINGS = (
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET python_enable_replacements = false",
    "SET max_expression_depth = 250",
    "SET TimeZone = 'UTC'",
)
_MISSING_COLUMN = re.compile(r'[Cc]olumn "?([^"\n]+?)"? (?:not found|does not exist|cannot be referenced)')
_MISSING_TABLE = re.compile(r"Table with name (.+?) does not exist")
_MACHINE = re.compile(r"""(?:/proc/self/fd/|/dev/fd/|/)[^\s'"`,;:)(]*(?:fd/\d+|\.duckdb[^\s'"]*|\.parquet)""")
_MOST_LISTED = 25
_KEYWORD = re.compile(
    r"all|and|any|as|asc|between|by|case|cast|check|collate|column|constraint|create|cross|default|desc|describe"
    r"|distinct|do|else|end|except|exists|false|fetch|for|foreign|from|full|glob|grant|group|having|in|inner"
    r"|intersect|into|is|join|lateral|left|like|limit|natural|not|null|offset|on|only|or|order|outer|pivot|primary"
    r"|qualify|references|right|select|show|some|summarize|table|then|to|trailing|true|union|unique|unpivot|user"
    r"|using|values|when|where|window|with",
    re.IGNORECASE,
)
"""What means something else in SQL when it is not quoted."""


@dataclass(frozen=True, slots=True)
class View:
    """A table of the database: names in SQL, what it selects, the paths that this reads, its columns."""

    names: tuple[str, ...]
    select: str
    paths: tuple[str, ...]
    columns: tuple[str, ...]


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string for SQL."""
    return "'" + text.replace("'", "''") + "'"


class OutOfRoom(LimitExceeded):
    """The database's memory is used up."""


class Database:
    """Views over files, locked; SQL of strangers runs here."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connection = duckdb.connect(
            config={
                "threads": limits.threads,
                "memory_limit": f"{limits.database_memory // 1024**2}MB",
                "temp_directory": "",
            }
        )
        for setting in _SETTINGS:
            self._connection.execute(setting)
        self._views: tuple[View, ...] = ()
        self._listed: tuple[str, ...] = ()

    def close(self) -> None:
        """Give back what it holds."""
        self._connection.close()

    def lock(
        self,
        views: Sequence[View],
        listed: Sequence[str],
        also: Sequence[str] = (),
        shared: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Make the views and lock everything else away for good.

        `listed` are the names told to people, `shared` those that several tables would have (see `Guard`), `also` are
        paths that may be reached besides.
        """
        self._views, self._listed = tuple(views), tuple(listed)
        for view in views:
            for name in view.names:
                self._connection.execute(f"CREATE VIEW {quoted(name)} AS {view.select}")
        allowed = ", ".join(literal(path) for path in (*(path for view in views for path in view.paths), *also))
        names = [name for view in views for name in view.names]
        self._guard = Guard(self._connection, names, listed, shared or {})
        self._connection.execute(f"SET allowed_paths = [{allowed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def checked(self, sql: str) -> str:
        """The statement to run, when it may.

        Raises:
            InvalidInput: it is wrong. Denied: it does more than read the tables.
        """
        with self.told():
            return self._guard.check(sql)

    @contextmanager
    def running(self, sql: str, seconds: float, told: float = 0) -> Generator[duckdb.DuckDBPyConnection]:
        """The connection with the result of a checked statement; interrupted after `seconds`, which are said as `told`.

        Raises:
            InvalidInput, Denied, LimitExceeded: as `told`.
        """
        started = time.monotonic()
        timer = threading.Timer(seconds, self._connection.interrupt)
        try:
            timer.start()
        except RuntimeError:  # no memory for another thread
            raise MemoryError from None
        try:
            with self.told(told or seconds):
                yield self._connection.execute(sql)
        finally:
            timer.cancel()
            self.elapsed = time.monotonic() - started

    @contextmanager
    def told(self, seconds: float = 0) -> Generator[None]:
        """Errors of the database as errors for people, with no path of this machine in them.

        Raises:
            InvalidInput: the SQL is wrong: told with the nearest names.
            Denied: it reaches out. LimitExceeded: memory or `seconds` are used up.
        """
        try:
            yield
        except DeskhandError:
            raise
        except duckdb.InterruptException:
            raise LimitExceeded(
                f"The query took longer than {seconds:g} s and was stopped. Filter or aggregate earlier, "
                "join on equal keys, or ask about fewer rows."
            ) from None
        except duckdb.OutOfMemoryException:
            raise OutOfRoom(
                f"The query needs more than the {self._limits.database_memory // 1024**2} MiB of memory it may use. "
                "Select fewer columns, aggregate earlier, or add a WHERE."
            ) from None
        except duckdb.PermissionException:
            raise Denied(
                f"SQL reads only the named tables, no other file and no setting. Tables: {', '.join(self._listed)}."
            ) from None
        except (duckdb.Error, RuntimeError) as error:
            raise InvalidInput(self._explained(error)) from None

    def _explained(self, error: Exception) -> str:
        message = str(error)
        table, column = _MISSING_TABLE.search(message), _MISSING_COLUMN.search(message)
        if table:
            return unknown_table(table[1], self._listed)
        if column and isinstance(error, duckdb.BinderException):
            return self._unknown_column(column[1])
        hint = " TRY_CAST gives NULL where a text is no number or date." if "onver" in type(error).__name__ else ""
        return f"The SQL is wrong: {scrubbed(message)}{hint}"

    def _unknown_column(self, name: str) -> str:
        columns = list(dict.fromkeys(column for view in self._views for column in view.columns))
        near = nearest(name.rpartition(".")[2], columns)
        guess = f" Did you mean {shown(near)}?" if near else ""
        rest = f" and {len(columns) - _MOST_LISTED} more" if len(columns) > _MOST_LISTED else ""
        return f"There is no column {name}.{guess} Columns: {', '.join(map(shown, columns[:_MOST_LISTED]))}{rest}."


def shown(name: str) -> str:
    """An identifier as it is written in SQL: quoted only where that is needed."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and not _KEYWORD.fullmatch(name)
    return name if plain else quoted(name)


def scrubbed(message: str) -> str:
    """An error's text without paths of this machine, and bounded."""
    first = re.sub(r"^\w+(?: \w+)? Error: ", "", message.strip())
    return _MACHINE.sub("(file)", first)[:900]


def path_free(value: Any, cache: Path) -> Any:
    """A value of EXPLAIN without paths."""
    return _MACHINE.sub("(file)", value.replace(str(cache), "(cache)")) if isinstance(value, str) else value
