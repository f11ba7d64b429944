"""SQL that reaches for more than its tables: nothing gets out, every refusal is clear, the server goes on."""

import os
from pathlib import Path

import pytest

from deskhand.errors import DeskhandError
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import OpenFile

pytestmark = pytest.mark.anyio

CANARY = "canary-8f3a1c"
ON_FILES = {
    "a path as a table": "FROM '{file}'",
    "a path in double quotes": 'FROM "{file}"',
    "a glob as a table": "FROM '{folder}/*.csv'",
    "a CSV reader": "FROM read_csv('{file}')",
    "a CSV reader by its other name": "FROM read_csv_auto('{file}')",
    "a text reader": "SELECT content FROM read_text('{file}')",
    "a blob reader": "SELECT content FROM read_blob('{file}')",
    "a JSON reader": "FROM read_json_auto('{file}')",
    "a JSON object reader": "FROM read_json_objects('{file}')",
    "a lines reader": "FROM read_ndjson('{file}')",
    "a Parquet reader": "FROM read_parquet('{file}')",
    "a Parquet scan": "FROM parquet_scan('{file}')",
    "Parquet metadata": "FROM parquet_metadata('{file}')",
    "a Parquet schema": "FROM parquet_schema('{file}')",
    "a sniffer": "FROM sniff_csv('{file}')",
    "a directory": "FROM glob('{folder}/*')",
    "a reader of database files": "FROM read_duckdb('{file}')",
    "the cache of files": "FROM duckdb_external_file_cache()",
    "a reader in a subquery": "SELECT (SELECT content FROM read_text('{file}')) FROM sales",
    "a reader in a WITH": "WITH a AS (FROM read_text('{file}')) SELECT * FROM a",
    "a reader in an EXISTS": "SELECT 1 FROM sales WHERE EXISTS (FROM read_text('{file}'))",
    "a reader in a lateral join": "FROM sales, LATERAL (SELECT * FROM read_text('{file}'))",
    "a reader in a set operation": "SELECT region FROM sales UNION ALL SELECT content FROM read_text('{file}')",
    "a reader under PIVOT": "PIVOT (FROM read_text('{file}')) ON filename USING count(*)",
    "a reader beside PIVOT": "WITH p AS (PIVOT sales ON region USING sum(quantity)) FROM p, read_text('{file}')",
    "a reader under SUMMARIZE": "SUMMARIZE SELECT * FROM read_text('{file}')",
    "a reader under DESCRIBE": "DESCRIBE SELECT * FROM read_csv('{file}')",
    "a reader under EXPLAIN": "EXPLAIN ANALYZE SELECT * FROM read_text('{file}')",
    "a reader with a schema": "FROM system.main.read_text('{file}')",
    "a quoted reader": "FROM \"read_text\"('{file}')",
    "a reader behind a comment": "FROM /* x */ read_text /* y */ ('{file}')",
    "the descriptor of a file": "FROM read_text('/proc/self/environ')",
    "another descriptor": "FROM read_csv('/proc/self/fd/3')",
    "a reader in a query string": "FROM query('FROM read_text(''{file}'')')",
    "a table by a computed name": "FROM query_table('{file}')",
    "SQL as JSON": "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{file}'')'))",
    "a copy to a file": "COPY sales TO '{folder}/stolen.csv'",
    "a copy of a query": "COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "a copy from a file": "COPY sales FROM '{file}'",
    "an export": "EXPORT DATABASE '{folder}/stolen'",
    "an import": "IMPORT DATABASE '{folder}'",
    "an attached database": "ATTACH '{folder}/stolen.db'",
    "a copy after EXPLAIN": "EXPLAIN ANALYZE COPY sales TO '{folder}/stolen.csv'",
    "network": "FROM read_csv('http://127.0.0.1:1/x.csv')",
    "network as a table": "FROM 'https://127.0.0.1:1/x.parquet'",
}
ON_THE_SERVER = {
    "an environment variable": "SELECT getenv('DESKHAND_CANARY')",
    "an environment variable in a lambda": "SELECT list_transform([1], lambda x: getenv('DESKHAND_CANARY'))",
    "a function with a schema": "SELECT system.main.current_setting('temp_directory')",
    "a setting": "SELECT current_setting('allowed_paths')",
    "all settings": "FROM duckdb_settings()",
    "secrets": "FROM duckdb_secrets()",
    "a secret by its path": "FROM which_secret('s3://x', 's3')",
    "views and their SQL": "SELECT sql FROM duckdb_views()",
    "views by their old name": "SELECT sql FROM sqlite_master",
    "views by the standard's name": "SELECT view_definition FROM information_schema.views",
    "views by their PostgreSQL name": "SELECT definition FROM pg_catalog.pg_views",
    "views as a plain name": "SELECT * FROM pg_views",
    "a system view under the name of a WITH": "WITH a AS (WITH duckdb_views AS (SELECT 1) FROM duckdb_views) "
    "SELECT sql FROM duckdb_views, a",
    "a view's definition": "SELECT pg_get_viewdef(1)",
    "databases": "SHOW DATABASES",
    "all tables of all databases": "SHOW ALL TABLES",
    "temporary files": "FROM duckdb_temporary_files()",
    "logs": "FROM duckdb_logs",
    "a variable": "SELECT getvariable('x')",
    "a log entry": "SELECT write_log('x')",
    "system tables in a PIVOT": "PIVOT duckdb_settings() ON name USING first(value)",
    "a setting in a PIVOT": "PIVOT sales ON region USING first(current_setting('allowed_paths'))",
}
OF_ANOTHER_KIND = {
    "a setting that is set": "SET memory_limit = '100GB'",
    "a lock that is lifted": "SET lock_configuration = false",
    "a setting that is reset": "RESET memory_limit",
    "an extension": "INSTALL httpfs",
    "an extension that is loaded": "LOAD httpfs",
    "a pragma": "PRAGMA database_list",
    "a call": "CALL pragma_version()",
    "a table": "CREATE TABLE t AS SELECT 1",
    "a view in place of a table": "CREATE OR REPLACE VIEW sales AS SELECT 1",
    "a macro": "CREATE MACRO f() AS 1",
    "a secret": "CREATE SECRET s (TYPE s3)",
    "rows": "INSERT INTO sales VALUES (1)",
    "rows inside WITH": "WITH a AS (INSERT INTO sales VALUES (1) RETURNING *) FROM a",
    "no rows": "DELETE FROM sales",
    "no table": "DROP VIEW sales",
    "a prepared statement": "PREPARE p AS SELECT 1",
    "its execution": "EXECUTE p",
    "a transaction": "BEGIN",
    "another database": "USE memory",
    "two statements": "SELECT 1; SELECT 2",
    "a second one behind a comment": "SELECT 1; /* */ DROP VIEW sales",
    "nothing": "-- nothing",
    "a parameter": "SELECT ?",
    "no SQL": "please sum the sales",
    "a NUL": "SELECT 'a\0b'",
}
OF_TOO_MUCH = {
    "an endless count": "SELECT sum(a.range * b.range) FROM range(1000000000000) a, range(1000) b",
    "a cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11",
    "an endless recursion": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "a text of gigabytes": "SELECT repeat('x', 3000000000)",
    "many long texts": "SELECT string_agg(repeat('y', 10000), '') FROM range(10000000)",
    "a list without end": "SELECT list(i) FROM range(2000000000) t(i)",
    "a long range as a list": "SELECT len(range(5000000000))",
    "a sort of much": "SELECT * FROM range(500000000) t(i) ORDER BY hash(i) LIMIT 1 OFFSET 499999999",
    "a sleep": "SELECT sleep_ms(60000)",
    "deep parentheses": "SELECT " + "(" * 6_000 + "1" + ")" * 6_000,
    "deep negation": "SELECT " + "NOT " * 4_500 + "true",
    "deep subqueries": "SELECT * FROM (" * 1_000 + "SELECT 1" + ")" * 1_000,
    "a long sum": "SELECT " + "1 + " * 4_900 + "1",
    "too long a text": "SELECT '" + "x" * 30_000 + "'",
    "a join of everything": "SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON a.range <> b.range",
}
AT_ONCE = {**ON_FILES, **ON_THE_SERVER, **OF_ANOTHER_KIND}


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file and a variable that no answer may have."""
    monkeypatch.setenv("DESKHAND_CANARY", CANARY)
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text(f"name,value\nkey,{CANARY}\n")
    return folder


@pytest.mark.parametrize("attack", AT_ONCE.values(), ids=AT_ONCE.keys())
async def test_an_attack_is_refused_and_tells_nothing(
    attack: str, secret: Path, sheets: Sheets, tables: list[OpenFile]
) -> None:
    sql = attack.replace("{file}", str(secret / "secret.csv")).replace("{folder}", str(secret))
    with pytest.raises(DeskhandError) as refused:
        await sheets.query(tables, sql, seconds=1)
    told = refused.value.message.replace(sql, "")
    assert CANARY not in told
    assert "/proc/" not in told.replace("/proc/self/environ", "").replace("/proc/self/fd/3", "")
    assert os.listdir(secret) == ["secret.csv"]


@pytest.mark.parametrize("attack", OF_TOO_MUCH.values(), ids=OF_TOO_MUCH.keys())
async def test_after_an_attack_on_time_or_memory_the_next_question_is_answered(
    attack: str, sheets: Sheets, tables: list[OpenFile]
) -> None:
    with pytest.raises(DeskhandError) as refused:
        await sheets.query(tables, attack, seconds=0.3)
    assert "/proc/" not in refused.value.message
    assert (await sheets.query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)


def test_there_are_enough_attacks() -> None:
    assert len(AT_ONCE) + len(OF_TOO_MUCH) >= 100
