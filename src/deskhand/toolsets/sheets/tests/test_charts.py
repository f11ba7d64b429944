"""Charts: what is drawn, said and warned of, for tidy data and for ugly data."""

import io
from pathlib import Path

import duckdb
import mcp_types as types
import numpy as np
import pytest
from matplotlib.image import imread
from mcp.client.client import ConnectMode

from deskhand.errors import InvalidInput
from deskhand.testing import call, text_of
from deskhand.toolsets.sheets.chart_kind import ChartKind
from deskhand.toolsets.sheets.chart_plan import Grid, Notes, Request, grid_of, roles_of
from deskhand.toolsets.sheets.chart_style import compact
from deskhand.toolsets.sheets.chart_table import Table, fetched
from deskhand.toolsets.sheets.charting import drawn
from deskhand.toolsets.sheets.tests.client import ERAS, sheets_client

pytestmark = pytest.mark.anyio
DAYS = "SELECT DATE '2025-01-01' + i::INT AS day, i AS n FROM range(10) r(i)"
CASES: list[tuple[str, ChartKind, str, str]] = [
    ("few categories", "bar", "SELECT * FROM (VALUES ('a', 3), ('b', 5)) t(name, n)", "Largest: b, 5; smallest: a, 3"),
    ("negative", "bar", "SELECT * FROM (VALUES ('a', -3), ('b', 5)) t(name, n)", "smallest: a, −3"),
    ("200 categories", "bar", "SELECT 'c' || i AS name, i AS n FROM range(200) r(i)", "29 largest of 200"),
    ("long labels", "bar", "SELECT repeat('word ', 60) || i AS name, i AS n FROM range(9) r(i)", "9 categories"),
    ("days as bars", "bar", "SELECT DATE '2020-01-01' + i::INT AS day, i AS n FROM range(400) r(i)", "400 categories"),
    ("one row", "bar", "SELECT 1.5 AS rent, 2 AS food", "Largest: food, 2; smallest: rent, 1.5"),
    ("stacked", "stacked_bar", "SELECT i, 'g' || j AS g, i AS n FROM range(5) r(i), range(3) q(j)", "3 series by g"),
    ("rising line", "line", DAYS, "n rises from 0 to 9; highest 9 at 2025-01-10"),
    ("one point", "line", "SELECT DATE '2025-01-01' AS day, 42 AS n", "n is 42 at 2025-01-01"),
    ("gaps", "line", "SELECT i AS x, CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n FROM range(50) r(i)", "50 points"),
    ("100,000 points", "line", "SELECT i AS x, sin(i / 1000) AS n FROM range(100000) r(i)", "100,000 points"),
    ("ten years", "line", "SELECT DATE '2015-01-01' + (i * 30)::INT AS d, i AS n FROM range(120) r(i)", "120 points"),
    ("hours", "line", "SELECT TIMESTAMP '2025-03-30' + INTERVAL (i) HOUR AS t, i FROM range(48) r(i)", "48 points"),
    ("words", "line", "SELECT 'step ' || i AS step, i AS n FROM range(30) r(i)", "30 points"),
    ("only nulls in a series", "line", "SELECT i AS x, i AS a, NULL::INT AS b FROM range(3) r(i)", "b has no values"),
    ("scatter", "scatter", "SELECT i AS a, 3 * i AS b FROM range(20) r(i)", "correlation with a 1.00"),
    ("dense scatter", "scatter", "SELECT i % 317 AS a, i % 211 AS b FROM range(30000) r(i)", "30,000 points"),
    ("histogram", "histogram", "SELECT i AS n FROM range(1001) r(i)", "n: median 500, the middle half 250 to 750"),
    ("histogram of one value", "histogram", "SELECT 7 AS n FROM range(5)", "median 7"),
    ("box", "box", "SELECT 'c' || i % 3 AS c, i AS n FROM range(99) r(i)", "c0: median 48"),
    ("many boxes", "box", "SELECT 'c' || i % 40 AS c, i AS n FROM range(400) r(i)", "19 more"),
    ("pie", "pie", "SELECT * FROM (VALUES ('a', 3), ('b', 1), ('none', 0)) t(name, n)", "a 75%, b 25%"),
    ("heatmap", "heatmap", "SELECT i, 'row ' || j AS y, i * j AS n FROM range(5) r(i), range(3) q(j)", "Highest: 8"),
    ("both ways", "heatmap", "SELECT i AS x, j AS y, i - j AS n FROM range(5) r(i), range(5) q(j)", "Lowest: −4"),
    ("lists as names", "bar", "SELECT [i, i] AS name, i AS n FROM range(3) r(i)", "Largest: [2, 2], 2"),
    ("decimals and huge numbers", "bar", "SELECT 'a' AS c, 1e300::DOUBLE AS n", "Largest: a"),
    ("infinite and NaN", "line", "SELECT i, ['1', 'nan', 'inf'][i+1]::DOUBLE AS n FROM range(3) r(i)", "3 points"),
    ("durations", "bar", "SELECT 'a' AS c, INTERVAL 90 MINUTE AS n", "Largest: a, 1.5"),
]  # fmt: skip


def _table(sql: str) -> Table:
    return fetched(duckdb.connect().execute(sql))


def _drawn(sql: str, kind: ChartKind, **wanted: object) -> tuple[bytes, str, list[str]]:
    notes = Notes()
    picture, alt = drawn(_table(sql), Request(kind, **wanted), sql, notes)  # type: ignore[arg-type]
    return picture, alt, notes.lines


def _grid(sql: str, kind: ChartKind = "bar") -> tuple[Grid, list[str]]:
    notes, table = Notes(), _table(sql)
    return grid_of(roles_of(table, Request(kind), sql), notes), notes.lines


@pytest.mark.parametrize(("kind", "sql", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_kind_is_drawn_and_said(kind: ChartKind, sql: str, said: str) -> None:
    picture, alt, _ = _drawn(sql, kind, title="A $title$ with_math^2")
    assert said in alt
    assert "A $title$ with_math^2" in alt
    pixels = imread(io.BytesIO(picture))
    assert pixels.shape[:2] == (900, 1_600)
    inked = (pixels[150:850, 150:1_450, :3] < 0.9).any(axis=2)
    assert inked.mean() > 0.0002


REFUSED: list[tuple[str, ChartKind, str, dict[str, object], str]] = [
    ("no rows", "bar", "SELECT 1 AS a, 2 AS b WHERE false", {}, "no rows"),
    ("no number", "bar", "SELECT 'a' AS a, 'b' AS b", {}, "needs a column of numbers"),
    ("no such column", "bar", "SELECT 'a' AS a, 1 AS b", {"x": "c"}, "no column c. It selects: a, b"),
    ("y is text", "line", "SELECT 'a' AS a, 1 AS b", {"y": ("a",)}, "y must be numbers"),
    ("negative shares", "pie", "SELECT 'a' AS a, -1 AS b", {}, "cannot show negative values"),
    ("no shares", "pie", "SELECT 'a' AS a, 0 AS b", {}, "All values are zero"),
    ("texts as x", "scatter", "SELECT 'a' AS a, 1 AS b", {"x": "a"}, "needs a number or a time as x"),
    ("nothing to spread", "histogram", "SELECT NULL::INT AS a", {}, "has no values"),
    ("one side", "heatmap", "SELECT 'a' AS a, 1 AS b", {}, "two columns for its sides"),
    ("no pair", "scatter", "SELECT 1 AS a, NULL::INT AS b", {}, "No row has a value for both"),
]


@pytest.mark.parametrize(
    ("kind", "sql", "wanted", "problem"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_drawn_is_told(kind: ChartKind, sql: str, wanted: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        _drawn(sql, kind, **wanted)


def test_too_many_categories_become_the_largest_and_the_rest() -> None:
    _, alt, notes = _drawn(
        "SELECT 'c' || i AS name, CASE WHEN i < 5 THEN 90 ELSE 1 END AS n FROM range(50) r(i)", "pie"
    )
    assert "the 7 largest of 50 categories and the rest" in alt
    assert "smallest" not in alt
    assert notes == ["50 categories: the 7 largest are shown, the other 43 added up as Other."]


def test_a_rest_that_would_dwarf_the_bars_is_told_and_not_drawn() -> None:
    _, alt, notes = _drawn("SELECT 'c' || i AS name, 10 AS n FROM range(200) r(i)", "bar")
    assert "the rest" not in alt
    assert alt.endswith("the 29 largest of 200 categories. Largest: c0, 10.")
    assert notes == ["200 categories: the 29 largest are shown; the other 171, 1,710 in all, are left out."]


@pytest.mark.parametrize("kind", ["line", "bar", "scatter", "histogram", "box", "pie"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (VALUES (DATE '0001-01-01', 1), (DATE '9999-12-31', 2), (DATE '2025-01-01', 3)) t(k, v)",
        "SELECT * FROM (VALUES (TIMESTAMP 'infinity', 1), (TIMESTAMP '2025-01-01', 2)) t(k, v)",
        "SELECT * FROM (VALUES (1, 1e308), (2, -1e308), (3, 1e308), (4, 5)) t(k, v)",
        "SELECT * FROM (VALUES (1, 1e300), (2, -1e300), (3, 1)) t(k, v)",
        "SELECT * FROM (VALUES (1, 1e-310), (2, 2e-310), (3, 0)) t(k, v)",
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_extreme_values_are_bounded_or_refused(kind: ChartKind, sql: str) -> None:
    try:
        _, alt, notes = _drawn(sql, kind)
    except InvalidInput as refused:
        assert "chart" in refused.message or "values" in refused.message  # noqa: PT017
    else:
        assert len(alt) < 400
        assert all(len(note) < 200 for note in notes)


def test_a_date_without_end_is_left_out_of_a_line() -> None:
    _, alt, notes = _drawn("SELECT * FROM (VALUES (DATE '2025-01-01', 3), (DATE '9999-12-31', 2)) t(k, v)", "line")
    assert "1 point" in alt
    assert notes[0] == "k: 1 times outside the years 1000 to 3000 are left out."


def test_a_bar_without_a_value_is_not_the_smallest() -> None:
    _, alt, notes = _drawn("SELECT * FROM (VALUES ('a', NULL), ('b', 5), ('c', 7)) t(k, v)", "bar")
    assert "Largest: c, 7; smallest: b, 5." in alt
    assert notes == ["Categories without a value, which have no bar: 1."]


def test_a_long_title_is_clipped_in_words() -> None:
    _, alt, _ = _drawn("SELECT 'a' AS k, 1 AS v", "bar", title="x" * 5_000)
    assert len(alt) < 300


def test_many_series_become_the_largest_and_the_rest() -> None:
    grid, notes = _grid("SELECT d, 'p' || i AS p, i AS n FROM range(20) r(i), (VALUES (1), (2)) t(d)")
    assert (len(grid.names), grid.names[-1]) == (10, "Other")
    assert grid.values[-1].tolist() == [sum(range(11))] * 2
    assert notes == ["20 series: the 9 largest are shown, the others added up as Other."]


def test_rows_of_one_place_are_added_up_and_that_is_told() -> None:
    grid, notes = _grid("SELECT * FROM (VALUES ('a', 1), ('b', 5), ('a', 2)) t(name, n)")
    assert (grid.categories, grid.values[0].tolist()) == (("a", "b"), [3.0, 5.0])
    assert "same name: their values were added up" in notes[0]


def test_times_are_in_order_and_rows_without_one_are_told() -> None:
    grid, notes = _grid(
        "SELECT * FROM (VALUES (DATE '2025-02-01', 1), (NULL, 2), (DATE '2025-01-01', 3)) t(d, n)", "line"
    )
    assert (grid.categories, grid.values[0].tolist()) == (("2025-01-01", "2025-02-01"), [3.0, 1.0])
    assert notes == ["Rows without d are left out."]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Mar", "Jan", "Feb"], ["Jan", "Feb", "Mar"]),
        (["Fri", "Mon"], ["Mon", "Fri"]),
        (["Q10", "Q2", "Q1"], ["Q1", "Q2", "Q10"]),
        (["x", "y", "z"], ["z", "y", "x"]),
    ],
)
def test_categories_stand_in_their_own_order_or_by_size(names: list[str], expected: list[str]) -> None:
    from deskhand.toolsets.sheets.chart_order import ordered

    grid = Grid(tuple(names), ("n",), (np.array([float(n) for n in range(len(names))]),))
    assert list(ordered(grid, is_ordered=False).categories) == expected
    assert list(ordered(grid, is_ordered=True).categories) == names


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"), (950, "950"), (9_999, "9,999"), (12_500, "12.5K"), (3_400_000, "3.4M"), (-20_000, "−20K"),
        (0.125, "0.125"), (120.5, "120.5"), (2.5e9, "2.5B"), (7.1e13, "71T"), (999_999, "1M"), (9_999.9, "10K"),
        (1e300, "1e300"), (-2.5e15, "−2.5e15"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, told: str) -> None:
    assert compact(value) == told


def test_characters_that_no_font_has_are_told() -> None:
    _, _, notes = _drawn("SELECT chr(983040) AS name, 1 AS n", "bar")
    assert "No font on this machine can draw 1 of the characters" in notes[0]


@ERAS
async def test_a_chart_comes_as_picture_words_and_links(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode) as (client, _, _):
        sql = "SELECT region, sum(quantity) AS items FROM sales GROUP BY 1"
        wanted = {"sql": sql, "files": "sales.csv", "kind": "bar", "title": "Items by region"}
        result = await client.call_tool("sheet_chart", wanted)
        assert not result.is_error, text_of(result)
        chart = result.structured_content
        assert chart
        assert chart["untrusted"] is True
        assert "Items by region" in chart["alt"]
        (picture,) = [block for block in result.content if isinstance(block, types.ImageContent)]
        assert picture.mime_type == "image/png"
        links = [block.uri for block in result.content if isinstance(block, types.ResourceLink)]
        assert links == [chart["picture"], chart["data"]]
        data = await call(client, "sheet_query", sql="SELECT sum(items) FROM result", files=chart["data"])
        assert data["rows"] == [[21]]
        (kept,) = (await client.read_resource(chart["picture"])).contents
        assert isinstance(kept, types.BlobResourceContents)
        assert kept.blob == picture.data


async def test_a_chart_that_cannot_be_drawn_is_an_error(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        wanted = {"sql": "SELECT region, note FROM sales", "files": "sales.csv", "kind": "pie"}
        result = await client.call_tool("sheet_chart", wanted)
        assert result.is_error
        assert "needs a column of numbers" in text_of(result)
