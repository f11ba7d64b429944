"""The fault suite: every scenario, played one after another, and what came of it."""

import time
import traceback
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import anyio
from pydantic import BaseModel, ConfigDict

from deskhand.errors import NotFound
from deskhand.faults import calls, models, people, servers
from deskhand.faults.expectation import Unmet
from deskhand.faults.scenario import Scenario
from deskhand.faults.stage import Stage

SCENARIOS: tuple[Scenario, ...] = (*calls.SCENARIOS, *people.SCENARIOS, *models.SCENARIOS, *servers.SCENARIOS)

SCENARIO_SECONDS = 90.0
"""A scenario that takes longer has failed."""


class Verdict(BaseModel):
    """What came of a scenario."""

    model_config = ConfigDict(frozen=True)

    name: str
    injects: str
    must: str
    passed: bool
    detail: str
    """What happened instead; empty when it passed."""
    milliseconds: int


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios with these names, in the suite's order; all without names.

    Raises:
        NotFound: there is none of that name.
    """
    known = {each.name for each in SCENARIOS}
    for name in names:
        if name not in known:
            raise NotFound(f"There is no scenario {name!r}. There are: {', '.join(sorted(known))}.")
    return [each for each in SCENARIOS if not names or each.name in names]


async def play(scenarios: Sequence[Scenario]) -> AsyncGenerator[Verdict]:
    """Play them, and tell of each when it is over."""
    with TemporaryDirectory(prefix="deskhand-faults-") as folder:
        async with Stage(Path(folder)) as stage:
            for each in scenarios:
                yield await judged(each, stage)


async def judged(scenario: Scenario, stage: Stage) -> Verdict:
    """Play one. Whatever it raises is its verdict; it does not stop the others."""
    began = time.perf_counter()
    detail = ""
    try:
        with anyio.fail_after(SCENARIO_SECONDS):
            await scenario.play(stage)
    except TimeoutError:
        detail = f"It was not over after {SCENARIO_SECONDS:g} s."
    except Exception as error:
        detail = "; ".join(_reasons(error))
    milliseconds = round((time.perf_counter() - began) * 1_000)
    return Verdict(
        name=scenario.name,
        injects=scenario.injects,
        must=scenario.must,
        passed=not detail,
        detail=detail,
        milliseconds=milliseconds,
    )


def _reasons(error: Exception) -> list[str]:
    if isinstance(error, ExceptionGroup):
        inner = cast("ExceptionGroup[Exception]", error).exceptions
        return [reason for each in inner for reason in _reasons(each)]
    if isinstance(error, Unmet):
        return [str(error)]
    return [traceback.format_exception_only(error)[-1].strip()]
