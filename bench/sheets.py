"""What a question about a spreadsheet costs: beside openpyxl and bare DuckDB, in memory, and to other calls meanwhile.

    python -m bench.sheets

Processor time is that of the whole worker process or of the other library's process; everything runs in one run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.server import Row
from bench.sheets_data import write_csv, write_workbook

from deskhand.testing import client_of, serving
from deskhand.toolsets.core.toolset import Core
from deskhand.toolsets.sheets.engine import Sheets

ROWS = 100_000
LARGE_ROWS = 1_000_000
CSV_ROWS = 2_000_000
SECOND = 10
BY_REGION = "SELECT region, sum(amount) FROM {} GROUP BY region"
OF_CSV = "SELECT region, sum(quantity * price), count(*) FROM {} WHERE day >= '2024-06-01' GROUP BY region"
_TICKS = os.sysconf("SC_CLK_TCK")
_OPENPYXL = """
import json, sys, time, openpyxl
started = time.process_time()
book = openpyxl.load_workbook(sys.argv[1], read_only=sys.argv[2] == "read-only", data_only=True)
sums = {}
for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True)):
    if number:
        sums[row[2]] = sums.get(row[2], 0) + row[7]
print(json.dumps(time.process_time() - started))
"""
_DUCKDB = """
import json, sys, time, duckdb
best = 1e9
for _ in range(3):
    started = time.process_time()
    with duckdb.connect(config={"threads": 2}) as database:
        database.execute(sys.argv[2].format(f"'{sys.argv[1]}'")).fetchall()
    best = min(best, time.process_time() - started)
print(json.dumps(best))
"""


@dataclass(frozen=True)
class OpenFile:
    """An open file as the workspace gives it."""

    descriptor: int
    name: str
    status: os.stat_result


def opened(path: Path) -> OpenFile:
    descriptor = os.open(path, os.O_RDONLY)
    return OpenFile(descriptor, path.name, os.fstat(descriptor))


def spent(process: int) -> float:
    """Seconds of processor time that a process has used, all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak(process: int) -> int:
    """The most memory that a process has had, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = [line for line in lines if line.startswith("VmHWM")]  # a process that has ended has none
    return int(found[0].split()[1]) // 1024 if found else 0


def of_script(script: str, *arguments: str) -> float:
    done = subprocess.run([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, check=True)
    return float(json.loads(done.stdout))


async def of_questions(folder: Path, file: OpenFile, sql: str, times: int) -> list[float]:
    """Processor time of the worker for each of so many questions; one before them, of another file, starts it."""
    (folder / "warm.csv").write_text("a\n1\n")
    taken: list[float] = []
    async with Sheets(folder / "cache") as sheets:
        await sheets.query([opened(folder / "warm.csv")], "FROM warm")
        for _ in range(times):
            before = spent(sheets.process_id)
            await sheets.query([file], sql)
            taken.append(spent(sheets.process_id) - before)
    return taken


async def of_large(folder: Path, file: OpenFile) -> tuple[float, int, float, int]:
    """Seconds and peak MiB of a question about many rows; the p95 in ms of calls to `multiply` meanwhile, how many."""
    waits: list[float] = []
    (folder / "server").mkdir()
    async with (
        Sheets(folder / "cache") as sheets,
        serving(Core, folder=folder / "server") as server,
        client_of(server) as client,
    ):
        await client.call_tool("multiply", {"a": "6", "b": "7"})

        async def call() -> None:
            while True:
                started = time.perf_counter()
                await client.call_tool("multiply", {"a": "6", "b": "7"})
                waits.append(time.perf_counter() - started)
                await anyio.sleep(0.02)

        memory = 0

        async def watch() -> None:
            nonlocal memory
            while True:
                if process := sheets.process_id:
                    memory = max(memory, peak(process))
                await anyio.sleep(0.05)

        started = time.perf_counter()
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            group.start_soon(watch)
            await sheets.query([file], BY_REGION.format("large"))
            group.cancel_scope.cancel()
        seconds = time.perf_counter() - started
    return seconds, memory, sorted(waits)[int(len(waits) * 0.95)] * 1_000, len(waits)


def of_workbook(folder: Path) -> list[Row]:
    path = folder / "sales.xlsx"
    write_workbook(path, ROWS)
    first, *others = anyio.run(of_questions, folder, opened(path), BY_REGION.format("sales"), 1 + SECOND)
    second = max(sum(others) / len(others), 1e-3)
    whole, streamed = of_script(_OPENPYXL, str(path), "whole"), of_script(_OPENPYXL, str(path), "read-only")
    return [
        Row(
            f"xlsx of {ROWS:,} rows to answer: CPU of the first question",
            f"{first:.2f} s",
            f"openpyxl {whole:.1f} s = {whole / first:.1f} x (goal 10); read-only {streamed:.1f} s = "
            f"{streamed / first:.1f} x",
        ),
        Row(
            f"xlsx of {ROWS:,} rows: CPU of the next questions",
            f"{second * 1_000:.0f} ms",
            f"openpyxl read-only is {streamed / second:.0f} x (goal 30)",
        ),
    ]


def of_text(folder: Path) -> Row:
    path = folder / "rows.csv"
    write_csv(path, CSV_ROWS)
    ours = min(anyio.run(of_questions, folder, opened(path), OF_CSV.format("rows"), 3))
    bare = of_script(_DUCKDB, str(path), OF_CSV)
    return Row(
        f"CSV of {CSV_ROWS:,} rows: CPU of a question", f"{ours:.2f} s", f"{ours / bare:.2f} x bare DuckDB (goal 1.3)"
    )


def of_memory(folder: Path) -> Row:
    path = folder / "large.xlsx"
    write_workbook(path, LARGE_ROWS)
    seconds, memory, wait, count = anyio.run(of_large, folder, opened(path))
    return Row(
        f"xlsx of {LARGE_ROWS:,} rows: peak memory of the worker",
        f"{memory} MiB",
        f"goal 1,024 MiB; {seconds:.0f} s; p95 of {count} calls meanwhile {wait:.0f} ms (goal 200)",
    )


def rows() -> Iterator[Row]:
    """All of it."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        yield from of_workbook(place)
        yield of_text(place)
        yield of_memory(place)


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what}: {row.value} ({row.goal})", flush=True)
