"""SQL that people ask: every statement that reads is answered, with the right rows."""

import pytest

from deskhand.toolsets.sheets.database import shown
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import OpenFile

pytestmark = pytest.mark.anyio

ASKED: dict[str, tuple[str, object]] = {
    "a sum": ("SELECT sum(quantity * price) FROM sales", [(70.5,)]),
    "a group": (
        "SELECT region, sum(quantity) AS n FROM sales GROUP BY region ORDER BY n DESC, region",
        [("north", 11), ("east", 5), ("south", 5)],
    ),
    "GROUP BY ALL, ORDER BY ALL": (
        "SELECT product, count(*) FROM sales GROUP BY ALL ORDER BY ALL",
        [("cake", 2), ("coffee", 2), ("tea", 2)],
    ),
    "FROM first": ("FROM sales SELECT max(price)", [(4.0,)]),
    "FROM alone": ("FROM people LIMIT 1", [("north", "ann", "00123")]),
    "VALUES": ("VALUES (1, 'a'), (2, 'b')", [(1, "a"), (2, "b")]),
    "no table": ("SELECT 6 * 7", [(42,)]),
    "TABLE": ("TABLE people ORDER BY code LIMIT 1", [("north", "ann", "00123")]),
    "a semicolon and comments": ("/* how many */ SELECT count(*) -- rows\nFROM sales;", [(6,)]),
    "capitals": ("SELECT COUNT(*) FROM SALES WHERE REGION = 'north'", [(3,)]),
    "quotes": ('SELECT "region" FROM "sales" WHERE "quantity" = 5', [("east",)]),
    "the file's name as a table": ('SELECT count(*) FROM "sales.csv"', [(6,)]),
    "a schema": ("SELECT count(*) FROM main.sales", [(6,)]),
    "a join": (
        "SELECT manager, sum(quantity) FROM sales JOIN people USING (region) GROUP BY 1 ORDER BY 1",
        [("ann", 11), ("bob", 5), ("eve", 5)],
    ),
    "a left join": (
        "SELECT count(*) FROM people p LEFT JOIN sales s ON p.region = s.region AND s.quantity > 4",
        [(3,)],
    ),
    "an anti join": ("SELECT count(*) FROM people ANTI JOIN sales USING (region)", [(0,)]),
    "a semi join": ("SELECT count(*) FROM people SEMI JOIN sales USING (region)", [(3,)]),
    "an asof join": (
        "SELECT s.quantity FROM (VALUES (DATE '2025-01-15')) d(due) ASOF JOIN sales s ON d.due >= s.day",
        [(2,)],
    ),
    "a lateral join": (
        "SELECT p.region, x.n FROM people p, LATERAL (SELECT count(*) AS n FROM sales s WHERE s.region = p.region) x "
        "ORDER BY 1",
        [("east", 1), ("north", 3), ("south", 2)],
    ),
    "a WITH": ("WITH big AS (SELECT * FROM sales WHERE quantity > 3) SELECT count(*) FROM big", [(3,)]),
    "a WITH that hides a table": ("WITH sales AS (SELECT 1 AS one) SELECT * FROM sales", [(1,)]),
    "a recursive WITH": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
        [(15,)],
    ),
    "a materialized WITH": ("WITH a AS MATERIALIZED (FROM sales) SELECT count(*) FROM a", [(6,)]),
    "a subquery": (
        "SELECT region FROM sales WHERE price = (SELECT max(price) FROM sales) ORDER BY 1",
        [("east",), ("north",)],
    ),
    "a correlated subquery": (
        "SELECT DISTINCT region FROM sales s WHERE quantity = (SELECT max(quantity) FROM sales t WHERE "
        "t.region = s.region) ORDER BY 1",
        [("east",), ("north",), ("south",)],
    ),
    "EXISTS": (
        "SELECT count(*) FROM people p WHERE EXISTS (FROM sales s WHERE s.region = p.region AND NOT paid)",
        [(1,)],
    ),
    "IN": ("SELECT count(*) FROM sales WHERE product IN ('tea', 'cake')", [(4,)]),
    "UNION": (
        "SELECT region FROM sales UNION SELECT region FROM people ORDER BY 1",
        [("east",), ("north",), ("south",)],
    ),
    "UNION BY NAME": ("SELECT count(*) FROM (FROM sales UNION ALL BY NAME FROM people)", [(9,)]),
    "EXCEPT": ("SELECT region FROM people EXCEPT SELECT region FROM sales WHERE paid", [("south",)]),
    "INTERSECT": ("SELECT count(*) FROM (SELECT region FROM people INTERSECT SELECT region FROM sales)", [(3,)]),
    "a window": (
        "SELECT day, sum(quantity) OVER (ORDER BY day) FROM sales ORDER BY day LIMIT 2",
        [("2025-01-01", 3), ("2025-01-02", 4)],
    ),
    "a window with a frame": (
        "SELECT avg(quantity) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sales "
        "ORDER BY day LIMIT 2",
        [(3.0,), (2.0,)],
    ),
    "QUALIFY": (
        "SELECT region, day FROM sales QUALIFY row_number() OVER (PARTITION BY region ORDER BY day) = 1 ORDER BY 1",
        [("east", "2025-02-01"), ("north", "2025-01-01"), ("south", "2025-01-02")],
    ),
    "lag": ("SELECT quantity - lag(quantity) OVER (ORDER BY day) FROM sales ORDER BY day LIMIT 2", [(None,), (-2,)]),
    "rank": ("SELECT rank() OVER (ORDER BY quantity DESC) FROM sales ORDER BY 1 LIMIT 2", [(1,), (2,)]),
    "a named window": ("SELECT first_value(product) OVER w FROM sales WINDOW w AS (ORDER BY day) LIMIT 1", [("tea",)]),
    "PIVOT": (
        "PIVOT sales ON region USING sum(quantity) GROUP BY product ORDER BY product",
        [("cake", None, 6, 4), ("coffee", 5, 2, None), ("tea", None, 3, 1)],
    ),
    "PIVOT with values": (
        "PIVOT sales ON region IN ('north', 'south') USING sum(quantity) GROUP BY product ORDER BY product",
        [("cake", 6, 4), ("coffee", 2, None), ("tea", 3, 1)],
    ),
    "PIVOT in FROM": (
        "SELECT north FROM (PIVOT sales ON region USING sum(quantity) GROUP BY product) ORDER BY product",
        [(6,), (2,), (3,)],
    ),
    "PIVOT in WITH": (
        "WITH p AS (PIVOT sales ON product USING count(*) GROUP BY region) SELECT tea FROM p ORDER BY region",
        [(0,), (1,), (1,)],
    ),
    "PIVOT of a query": (
        "PIVOT (SELECT region, month(day) AS m, quantity FROM sales) ON m USING sum(quantity) ORDER BY region",
        [("east", None, 5), ("north", 5, 6), ("south", 1, 4)],
    ),
    "the standard's PIVOT": (
        "SELECT * FROM (SELECT product, region, quantity FROM sales) PIVOT (sum(quantity) FOR region IN ('north')) "
        "ORDER BY product",
        [("cake", 6), ("coffee", 2), ("tea", 3)],
    ),
    "UNPIVOT": (
        "SELECT name, value FROM (UNPIVOT (SELECT sum(quantity) AS q, count(*) AS n FROM sales) ON q, n) ORDER BY name",
        [("n", 6), ("q", 21)],
    ),
    "SUMMARIZE": (
        "SELECT column_name, max FROM (SUMMARIZE people) WHERE column_name = 'manager'",
        [("manager", "eve")],
    ),
    "SUMMARIZE alone": ("SUMMARIZE sales", 7),
    "DESCRIBE": ("SELECT column_name, column_type FROM (DESCRIBE people) LIMIT 1", [("region", "VARCHAR")]),
    "DESCRIBE of a query": ("DESCRIBE SELECT day, quantity FROM sales", 2),
    "SHOW TABLES": ("SHOW TABLES", None),
    "EXPLAIN": ("EXPLAIN SELECT count(*) FROM sales", 1),
    "EXPLAIN ANALYZE": ("EXPLAIN ANALYZE SELECT count(*) FROM sales", 1),
    "SAMPLE": ("SELECT count(*) FROM (SELECT * FROM sales USING SAMPLE 3 ROWS)", [(3,)]),
    "LIMIT and OFFSET": ("SELECT day FROM sales ORDER BY day LIMIT 1 OFFSET 2", [("2025-01-03",)]),
    "EXCLUDE": ("SELECT * EXCLUDE (region, code) FROM people ORDER BY 1", [("ann",), ("bob",), ("eve",)]),
    "REPLACE": ("SELECT * REPLACE (upper(manager) AS manager) FROM people LIMIT 1", [("north", "ANN", "00123")]),
    "COLUMNS": ("SELECT max(COLUMNS('quantity|price')) FROM sales", [(6, 4.0)]),
    "FILTER": ("SELECT count(*) FILTER (WHERE paid) FROM sales", [(4,)]),
    "CASE": ("SELECT sum(CASE WHEN paid THEN quantity ELSE 0 END) FROM sales", [(16,)]),
    "ROLLUP": (
        "SELECT region, sum(quantity) FROM sales GROUP BY ROLLUP (region) ORDER BY 2 DESC LIMIT 1",
        [(None, 21)],
    ),
    "GROUPING SETS": ("SELECT count(*) FROM (SELECT region FROM sales GROUP BY GROUPING SETS ((region), ()))", [(4,)]),
    "HAVING": ("SELECT region FROM sales GROUP BY region HAVING count(*) > 2", [("north",)]),
    "a list": ("SELECT list(product ORDER BY day) FROM sales WHERE region = 'south'", [('["tea", "cake"]',)]),
    "list functions": ("SELECT list_sum(list_transform([1, 2, 3], lambda x: x * 2))", [(12,)]),
    "a list comprehension": ("SELECT [x * 2 for x in [1, 2, 3] if x > 1]", [("[4, 6]",)]),
    "a struct": ("SELECT {'a': 1, 'b': 'x'}.b", [("x",)]),
    "a map": ("SELECT map {'k': 7}['k']", [(7,)]),
    "unnest": ("SELECT unnest([1, 2]) AS n ORDER BY n", [(1,), (2,)]),
    "range": ("SELECT sum(range) FROM range(5)", [(10,)]),
    "generate_series of dates": (
        "SELECT count(*) FROM generate_series(DATE '2025-01-01', DATE '2025-01-31', INTERVAL 1 DAY)",
        [(31,)],
    ),
    "date_trunc": (
        "SELECT date_trunc('month', day) AS m, sum(quantity) FROM sales GROUP BY m ORDER BY m",
        [("2025-01-01T00:00:00", 6), ("2025-02-01T00:00:00", 15)],
    ),
    "date arithmetic": (
        "SELECT max(day) - min(day), min(day) + INTERVAL 1 MONTH FROM sales",
        [(33, "2025-02-01T00:00:00")],
    ),
    "strftime": ("SELECT strftime(min(day), '%d.%m.%Y') FROM sales", [("01.01.2025",)]),
    "strptime": ("SELECT strptime('31/12/2024', '%d/%m/%Y')::DATE", [("2024-12-31",)]),
    "dayname": ("SELECT dayname(DATE '2025-01-01')", [("Wednesday",)]),
    "ILIKE": ("SELECT count(*) FROM sales WHERE product ILIKE 'C%'", [(4,)]),
    "a regular expression": (
        "SELECT regexp_extract(code, '0+(\\d+)', 1) FROM people ORDER BY code LIMIT 1",
        [("123",)],
    ),
    "SIMILAR TO": ("SELECT count(*) FROM people WHERE manager SIMILAR TO '(ann|eve)'", [(2,)]),
    "string functions": ("SELECT string_agg(upper(manager), ', ' ORDER BY manager) FROM people", [("ANN, BOB, EVE",)]),
    "format": ("SELECT printf('%.1f', 2.25), format('{:,}', 1234567)", [("2.2", "1,234,567")]),
    "TRY_CAST": ("SELECT TRY_CAST('x' AS INTEGER), TRY_CAST('7' AS INTEGER)", [(None, 7)]),
    "leading zeros": ("SELECT code FROM people WHERE code = '00456'", [("00456",)]),
    "percentiles": ("SELECT median(quantity), quantile_cont(price, 0.5) FROM sales", [(3.5, 3.25)]),
    "statistics": (
        "SELECT round(corr(quantity, price), 6), mode(region) FROM sales WHERE region = 'north'",
        [(-0.240192, "north")],
    ),
    "arg_max": ("SELECT arg_max(product, quantity) FROM sales", [("cake",)]),
    "approximate counts": ("SELECT approx_count_distinct(region) FROM sales", [(3,)]),
    "histogram": ("SELECT histogram(product)['tea'] FROM sales", [(2,)]),
    "JSON": ("SELECT json_extract_string('{\"a\": [1, \"x\"]}', '$.a[1]')", [("x",)]),
    "json_each": ("SELECT sum(value::INTEGER) FROM json_each('[1, 2, 3]')", [(6,)]),
    "decimals": ("SELECT 0.1::DECIMAL(5, 2) + 0.2::DECIMAL(5, 2)", [("0.30",)]),
    "integers of many digits": (
        "SELECT 12345678901234567890::HUGEINT, 9007199254740993",
        [("12345678901234567890", "9007199254740993")],
    ),
    "NaN and infinity": ("SELECT 'nan'::DOUBLE, 'inf'::DOUBLE, '-inf'::DOUBLE", [("NaN", "Infinity", "-Infinity")]),
    "bytes": ("SELECT '\\xAB\\x01'::BLOB", [("ab01",)]),
    "times": ("SELECT TIME '12:30:00', INTERVAL 90 MINUTE", [("12:30:00", "1:30:00")]),
    "a time with a zone": ("SELECT TIMESTAMPTZ '2025-07-01 12:00:00+02'", [("2025-07-01T10:00:00+00:00",)]),
    "a UUID": ("SELECT '00000000-0000-0000-0000-000000000001'::UUID", [("00000000-0000-0000-0000-000000000001",)]),
    "a column that is called query": ("SELECT query FROM (SELECT 1 AS query)", [(1,)]),
    "words of other statements as names": ('SELECT "insert", "set" FROM (SELECT 1 AS "insert", 2 AS "set")', [(1, 2)]),
    "words of other statements as text": ("SELECT 'DROP TABLE x; COPY y TO z'", [("DROP TABLE x; COPY y TO z",)]),
    "replace and insert as functions": ("SELECT replace('abc', 'b', 'x')", [("axc",)]),
    "POSITIONAL JOIN": ("SELECT count(*) FROM sales POSITIONAL JOIN people", [(6,)]),
    "other letters": ("SELECT 'Überschuß', '合計' AS \"合計\"", [("Überschuß", "合計")]),
}


@pytest.mark.parametrize(("sql", "expected"), ASKED.values(), ids=ASKED.keys())
async def test_a_question_is_answered(sql: str, expected: object, sheets: Sheets, tables: list[OpenFile]) -> None:
    answer = await sheets.query(tables, sql)
    if isinstance(expected, list):
        assert [tuple(row) for row in answer.rows] == expected
    elif isinstance(expected, int):
        assert answer.total == expected
    else:
        assert answer.columns[0] == ("name", "VARCHAR")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("region", "region"),
        ("Order", '"Order"'),
        ("with", '"with"'),
        ("orders", "orders"),
        ("two words", '"two words"'),
    ],
)
def test_a_name_is_quoted_only_where_it_needs_it(name: str, written: str) -> None:
    assert shown(name) == written


def test_there_are_enough_questions() -> None:
    assert len(ASKED) >= 90
