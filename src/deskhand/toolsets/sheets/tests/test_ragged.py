"""CSV whose rows are not all alike: nothing is refused or lost in silence; dates that read two ways are told."""

from pathlib import Path

import pytest

from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import Opening

pytestmark = pytest.mark.anyio
MANY = "".join(f"x{number},{number},a\n" for number in range(30_000))
RAGGED: dict[str, tuple[str, str, tuple[object, ...], str]] = {
    "a long row": (
        "name,amount,note\nx,1,a\ny,2,b,c\nz,3,d\n",
        "SELECT sum(amount), count(note), max(column_4) FROM t",
        (6, 3, "c"),
        "Most rows have 3 cells, but some do not: 1 longer",
    ),
    "a short row": ("a,b\n1,2\n3\n4,5\n", "SELECT sum(a), sum(b), count(*) FROM t", (8, 7, 3), "1 shorter"),
    "a long row that comes late": (
        f"name,amount,note\n{MANY}y,2,b,c\n{MANY}",
        "SELECT count(*), sum(amount) - 899970000, count(note) FROM t",
        (60_001, 2, 60_001),
        "1 longer",
    ),
    "a short row that comes late": (
        f"name,amount,note\n{MANY}y\n",
        "SELECT count(*), count(amount) FROM t",
        (30_001, 30_000),
        "1 shorter",
    ),
    "both, and identifiers": (
        "id,v\n007,1.5\n008\n009,2,x,y\n",
        "SELECT max(id), sum(v), typeof(min(v)) FROM t",
        ("009", 3.5, "DOUBLE"),
        "1 shorter (filled with NULL), 1 longer (in further columns)",
    ),
    "empty cells, which are no short rows": (
        "a,b,c\n1,,\n2,,3\n,,4\n5\n",
        "SELECT sum(a), count(b), sum(c) FROM t",
        (8, 0, 7),
        "1 shorter",
    ),
    "dates": (
        "d,v\n2025-03-04,1\n2025-03-05,2,x\n",
        "SELECT max(d), typeof(min(d)) FROM t",
        ("2025-03-05", "DATE"),
        "1 longer",
    ),
    "a line break in quotes": ('a,b\n1,"x\ny"\n2,z,3\n', "SELECT count(*), min(b) FROM t", (2, "x\ny"), "1 longer"),
}
DATES = {
    "both ways": ("d,v\n03/04/2025,1\n05/06/2025,2\n", "d: read as day/month"),
    "both ways with a time": ("d,v\n03/04/2025 10:00:00,1\n05/06/2025 11:00:00,2\n", "d: read as day/month"),
    "day first": ("d,v\n03/04/2025,1\n25/06/2025,2\n", ""),
    "month first": ("d,v\n03/04/2025,1\n05/26/2025,2\n", ""),
    "as ISO has them": ("d,v\n2025-03-04,1\n", ""),
}


@pytest.mark.parametrize(("text", "sql", "expected", "told"), RAGGED.values(), ids=RAGGED.keys())
async def test_rows_of_other_lengths_are_read_and_counted(
    text: str, sql: str, expected: tuple[object, ...], told: str, sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(text)
    answer = await sheets.query([opened(tmp_path / "t.csv")], sql)
    assert answer.rows == (expected,)
    assert told in " ".join(answer.warnings)


@pytest.mark.parametrize(("text", "told"), DATES.values(), ids=DATES.keys())
async def test_dates_that_read_two_ways_are_told(
    text: str, told: str, sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(text)
    file = opened(tmp_path / "t.csv")
    for warnings in ((await sheets.query([file], "FROM t")).warnings, (await sheets.inspect(file)).warnings):
        assert told in " ".join(warnings)
        assert bool(warnings) == bool(told)


async def test_integers_that_no_number_holds_keep_their_digits(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    lines = ['{"a": 1, "b": "007", "c": 1.5}', '{"a": 12345678901234567890123, "b": "x", "c": 2}', ""]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    answer = await sheets.query([opened(tmp_path / "t.jsonl")], "SELECT a, c FROM t")
    assert answer.rows == (("1", 1.5), ("12345678901234567890123", 2.0))
    assert "lose digits (use TRY_CAST): a." in answer.warnings[0]


async def test_the_other_way_to_read_a_date_is_told_as_sql(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("d,v\n03/04/2025,1\n")
    file = opened(tmp_path / "t.csv")
    (warning,) = (await sheets.query([file], "FROM t")).warnings
    turned = warning.partition("use ")[2].rstrip(".")
    answer = await sheets.query([file], f"SELECT d, CAST({turned} AS DATE) FROM t")
    assert answer.rows == (("2025-04-03", "2025-03-04"),)
