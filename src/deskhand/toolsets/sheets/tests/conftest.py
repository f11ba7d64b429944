"""Files and a running engine for the tests of the spreadsheet toolset."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.limits import Limits

SALES = """region,day,product,quantity,price,paid,note
north,2025-01-01,tea,3,2.50,true,
south,2025-01-02,tea,1,2.50,false,late
north,2025-01-03,coffee,2,4.00,true,
east,2025-02-01,coffee,5,4.00,true,gift
south,2025-02-02,cake,4,3.25,false,
north,2025-02-03,cake,6,3.25,true,late
"""
PEOPLE = "region,manager,code\nnorth,ann,00123\nsouth,bob,00456\neast,eve,00789\n"


@dataclass(frozen=True)
class OpenFile:
    """An open file as the workspace gives it."""

    descriptor: int
    name: str
    status: os.stat_result


Opening = Callable[[Path], OpenFile]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def sheets(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sheets]:
    """One engine for a file of tests: what a test does to it, the next one meets."""
    async with Sheets(tmp_path_factory.mktemp("cache"), Limits(memory=1024**3, seconds=15, read_seconds=20)) as engine:
        yield engine


@pytest.fixture
def opened() -> Iterator[Opening]:
    """Opens files, and closes them after the test."""
    descriptors: list[int] = []

    def opening(path: Path) -> OpenFile:
        descriptor = os.open(path, os.O_RDONLY)
        descriptors.append(descriptor)
        return OpenFile(descriptor, path.name, os.fstat(descriptor))

    yield opening
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.fixture
def tables(tmp_path: Path, opened: Opening) -> list[OpenFile]:
    """`sales` and `people`."""
    (tmp_path / "sales.csv").write_text(SALES)
    (tmp_path / "people.csv").write_text(PEOPLE)
    return [opened(tmp_path / "sales.csv"), opened(tmp_path / "people.csv")]
