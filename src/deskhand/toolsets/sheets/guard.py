"""Which SQL may run: one statement that reads, over the named tables, with functions that only compute.

DuckDB's own parser decides what the text is: the statement's tree, as JSON, is walked. What cannot be shown as a tree
(a PIVOT over values that are not listed) is judged by DuckDB's own tokens. Behind this stands the locked database,
which has no access to files, settings or extensions whatever the SQL says.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

import duckdb

from deskhand.errors import Denied, InvalidInput
from deskhand.toolsets.sheets.nearest import nearest
from deskhand.toolsets.sheets.sql_tokens import explained, tokens, without_end

MOST_CHARACTERS = 20_000
_TABLE_FUNCTIONS = frozenset(
    [
        "range",
        "generate_series",
        "unnest",
        "repeat",
        "repeat_row",
        "json_each",
        "json_tree",
        "histogram",
        "histogram_values",
        "summary",
    ]
)
_DENIED_FUNCTIONS = frozenset(
    [
        "getenv",
        "current_setting",
        "getvariable",
        "nextval",
        "currval",
        "setval",
        "write_log",
        "sleep_ms",
        "pg_sleep",
        "json_execute_serialized_sql",
        "json_serialize_plan",
        "json_deserialize_sql",
        "parse_duckdb_log_message",
        "pg_get_viewdef",
        "pg_get_constraintdef",
        "pg_get_expr",
        "which_secret",
        "inet_client_addr",
        "inet_client_port",
        "inet_server_addr",
        "inet_server_port",
        "current_query",
        "current_user",
        "user",
        "session_user",
        "pg_conf_load_time",
        "pg_postmaster_start_time",
    ]
)
_RESERVED = ("duckdb_", "pg_", "sqlite_", "information_schema", "pragma_")
_NODES = frozenset(("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE", "STATEMENT_NODE"))
_WRITING = frozenset(
    [
        "insert",
        "update",
        "delete",
        "merge",
        "copy",
        "attach",
        "detach",
        "install",
        "load",
        "set",
        "reset",
        "call",
        "export",
        "import",
        "create",
        "drop",
        "alter",
        "vacuum",
        "checkpoint",
        "execute",
        "prepare",
        "deallocate",
        "begin",
        "commit",
        "rollback",
        "use",
        "pragma",
        "truncate",
    ]
)
_READS = "Ask with one SELECT (or WITH, FROM, VALUES, PIVOT, UNPIVOT, DESCRIBE, SUMMARIZE, SHOW TABLES, EXPLAIN)."


class Guard:
    """Judges SQL over tables of these names; people are told those that are `shown`.

    `shared` has the names that several tables would have, in lower case, and what these are called.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        tables: Sequence[str],
        shown: Sequence[str],
        shared: Mapping[str, Sequence[str]],
    ) -> None:
        self._database = database
        self._tables = {name.casefold() for name in tables}
        self._shown = shown
        self._shared = shared
        self._system, self._functions = _built_in()

    def check(self, sql: str) -> str:
        """The statement to run.

        Raises:
            InvalidInput: it is no SQL, or not one statement.
            Denied: it does more than read the tables.
        """
        if len(sql) > MOST_CHARACTERS or "\0" in sql:
            raise InvalidInput(f"The SQL is longer than {MOST_CHARACTERS:,} characters or not text. Make it shorter.")
        statements = duckdb.extract_statements(sql)
        if len(statements) != 1:
            raise InvalidInput(f"There are {len(statements)} statements; one is run at a time. {_READS}")
        text, kind = without_end(statements[0].query), statements[0].type
        if kind == duckdb.StatementType.EXPLAIN:
            prefix, inner = explained(text)
            return prefix + self.check(inner)
        if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI):
            raise Denied(f"{kind.name} is not allowed: spreadsheets are only read here. {_READS}")
        self._check_tree(text)
        return text

    def _check_tree(self, text: str) -> None:
        row = self._database.execute(
            "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", [text]
        ).fetchone()
        try:
            tree = json.loads(str(row[0])) if row else {"error": True}
        except RecursionError:
            raise InvalidInput("The SQL is nested too deeply. Use WITH to name its parts.") from None
        if tree.get("error"):
            self._check_tokens(text)
            return
        nodes = list(_nodes(tree))
        named = {str(entry["key"]).casefold() for node in nodes for entry in _cte_entries(node)}
        for node in nodes:
            self._check_node(node, self._tables | (named - self._system))

    def _check_node(self, node: dict[str, Any], known: set[str]) -> None:
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in _NODES:
            raise Denied(f"Only reading is allowed, also inside WITH. {_READS}")
        if kind == "BASE_TABLE":
            self._check_table(node, known)
        elif kind == "SHOW_REF":
            self._check_shown(node, known)
        elif kind == "TABLE_FUNCTION":
            self._check_table_function(node)
        elif node.get("class") == "FUNCTION" or "function_name" in node:
            _check_function(node)
        elif node.get("class") == "PARAMETER":
            raise InvalidInput("Parameters such as ? and $1 have no values here. Write the values into the SQL.")

    def _check_table(self, node: dict[str, Any], known: set[str]) -> None:
        name = str(node.get("table_name", ""))
        where = {str(node.get("schema_name", "")).casefold(), str(node.get("catalog_name", "")).casefold()}
        if not where <= {"", "main", "memory"}:
            raise Denied(f"{name} is not one of the tables. Tables: {self._listed()}.")
        folded = name.casefold()
        if folded in known:
            return
        if folded in self._system or folded.startswith(_RESERVED):
            raise Denied(f"{name} belongs to the database, not to the files. Tables: {self._listed()}.")
        if folded in self._shared:
            raise InvalidInput(
                f"{name} stands for several tables. Write which is meant: {', '.join(self._shared[folded])}."
            )
        raise InvalidInput(unknown_table(name, self._shown))

    def _check_shown(self, node: dict[str, Any], known: set[str]) -> None:
        name = str(node.get("table_name") or "").strip('"').casefold()
        if node.get("query") is None and name not in known | {"tables", ""}:
            raise Denied(f"SHOW {name} is not allowed. SHOW TABLES and DESCRIBE of a table are.")

    def _check_table_function(self, node: dict[str, Any]) -> None:
        function = cast(dict[str, Any], node.get("function") or {})
        name = str(function.get("function_name", "")).casefold()
        if name not in _TABLE_FUNCTIONS:
            raise Denied(_no_function(name, self._listed()))

    def _check_tokens(self, text: str) -> None:
        """What the parser reads but cannot show: only statements with PIVOT, judged word by word."""
        found = list(tokens(text))
        words = [word for word, kind in found if kind != duckdb.token_type.string_const]
        if not any(word.startswith("pivot") for word in words):
            raise InvalidInput(f"This cannot be checked. Write it as a plain SELECT. {_READS}")
        for index, (word, kind) in enumerate(found):
            is_call = index + 1 < len(found) and found[index + 1][0] == "("
            if kind == duckdb.token_type.keyword and word in _WRITING and not is_call:
                raise Denied(f"{word.upper()} is not allowed: spreadsheets are only read here. {_READS}")
            if kind == duckdb.token_type.string_const or word in self._tables:
                continue
            if is_call and (word in self._functions or word in _DENIED_FUNCTIONS):
                raise Denied(_no_function(word, self._listed()))
            if word in self._system or word.startswith(_RESERVED):
                raise Denied(f"{word} belongs to the database, not to the files. Tables: {self._listed()}.")

    def _listed(self) -> str:
        return ", ".join(self._shown)


@cache
def _built_in() -> tuple[frozenset[str], frozenset[str]]:
    """The views and table functions of every DuckDB of this version; asked once: it takes longer than a question."""
    kinds = "function_type IN ('table', 'table_macro', 'pragma')"
    with duckdb.connect() as database:
        views, functions = (
            frozenset(str(name).casefold() for (name,) in database.execute(sql).fetchall()) - _TABLE_FUNCTIONS
            for sql in (
                "SELECT view_name FROM duckdb_views() WHERE internal",
                f"SELECT function_name FROM duckdb_functions() WHERE {kinds}",
            )
        )
    return views, functions


def unknown_table(name: str, tables: Sequence[str]) -> str:
    """What is said about a table that is not there."""
    near = nearest(name, tables)
    guess = f" Did you mean {near}?" if near else ""
    return f"There is no table {name}.{guess} Tables: {', '.join(tables) or 'none'}."


def _no_function(name: str, tables: str) -> str:
    return f"The function {name}() is not allowed: SQL reads only the named tables. Tables: {tables}."


def _check_function(node: dict[str, Any]) -> None:
    name = str(node.get("function_name", "")).casefold()
    places = {str(node.get("schema", "")).casefold(), str(node.get("catalog", "")).casefold()}
    if name in _DENIED_FUNCTIONS or name.startswith("__internal") or not places <= {"", "main", "system"}:
        raise Denied(f"The function {name}() is not allowed: SQL may compute, not look at the server.")


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Every object of the tree, without recursion."""
    waiting: list[object] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            node = cast(dict[str, Any], item)
            yield node
            waiting.extend(node.values())
        elif isinstance(item, list):
            waiting.extend(cast(list[object], item))


def _cte_entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = node.get("cte_map")
    if not isinstance(found, dict):
        return []
    return cast(dict[str, list[dict[str, Any]]], found).get("map", [])
