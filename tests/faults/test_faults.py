"""`deskhand faults`: every scenario holds, and one that does not is told of."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from deskhand.cli.faults import faults
from deskhand.faults.expectation import Unmet
from deskhand.faults.report import markdown_table, show_json, show_markdown, show_table
from deskhand.faults.scenario import Scenario, scenario
from deskhand.faults.stage import Stage
from deskhand.faults.suite import SCENARIOS, Verdict, judged
from deskhand.reference import BEGIN, END

pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "faults.md"


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The whole suite, as a person runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "deskhand", "faults", "--json"], capture_output=True, text=True, timeout=180
    )
    found = [Verdict.model_validate_json(line) for line in done.stdout.splitlines()]
    assert done.returncode == (0 if all(verdict.passed for verdict in found) else 1), done.stderr
    return {verdict.name: verdict for verdict in found}


@pytest.mark.parametrize("name", [each.name for each in SCENARIOS])
def test_the_host_takes_the_fault_as_it_must(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].detail == ""
    assert verdicts[name].passed


def test_the_docs_show_these_results(verdicts: dict[str, Verdict]) -> None:
    """When this fails: put the output of `deskhand faults --markdown` between the markers."""
    shown = DOCS.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == markdown_table(list(verdicts.values()))


def test_every_scenario_has_a_name_of_its_own_and_says_what_it_is_about() -> None:
    assert len({each.name for each in SCENARIOS}) == len(SCENARIOS)
    for each in SCENARIOS:
        assert each.injects.endswith(".")
        assert each.must.endswith(".")


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    result = CliRunner().invoke(faults, ["deny", "nonsense"])
    assert result.exit_code == 2
    assert "'nonsense'" in result.stderr
    assert "cancel-mid-tool" in result.stderr


@scenario
async def breaks(stage: Stage) -> None:
    """Something | happens.

    Something else must.
    """
    raise ExceptionGroup("wrapped", [Unmet("it should be 1, and is 2"), ValueError("a surprise")])


@scenario
async def holds(stage: Stage) -> None:
    """Nothing happens.

    That is well.
    """


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Stage]:
    async with Stage(tmp_path) as stage:
        yield stage


@pytest.mark.anyio
async def test_a_verdict_says_what_happened_instead(stage: Stage) -> None:
    verdict = await judged(breaks, stage)
    assert not verdict.passed
    assert verdict.detail == "it should be 1, and is 2; ValueError: a surprise"
    assert (await judged(holds, stage)).passed


@pytest.mark.anyio
async def test_one_failure_fails_every_form_of_report() -> None:
    both: list[Scenario] = [breaks, holds]
    written: list[str] = []
    assert not await show_json(both, written.append)
    assert [json.loads(line)["passed"] for line in written] == [False, True]
    written.clear()
    assert not await show_markdown(both, written.append)
    assert "| `breaks` | Something &#124; happens. | Something else must. | no: it should be 1" in written[0]
    console = Console(record=True, width=100)
    assert not await show_table(both, console)
    assert "1 of 2 scenarios passed" in console.export_text()
    assert await show_json([holds], written.append)
