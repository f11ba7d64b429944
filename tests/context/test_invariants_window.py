"""What holds of a conversation that grows and is compacted again and again: shown on a thousand made up from seeds."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from tests.context.generated import NOW, budget_for, conversation, meter_for, where
from tests.context.wellformed import in_order, originals, request_of, why_refused

from deskhand.context.message import Message
from deskhand.context.receipt import Receipt, moved_out
from deskhand.context.tokens import TokenMeter
from deskhand.context.window import Window
from deskhand.errors import LimitExceeded

pytestmark = pytest.mark.long

CASES = 1_000
FEW = 100
"""Conversations that are compacted in another process, too."""


@dataclass(frozen=True)
class Step:
    """One compaction: what was there, and what the model saw before and after."""

    messages: int
    receipt: Receipt
    before: list[Message]
    shown: list[Message]


@dataclass(frozen=True)
class Case:
    """A conversation that has grown message by message."""

    seed: int
    every: list[Message]
    budget: int
    window: Window
    meter: TokenMeter
    steps: list[Step] = field(default_factory=list[Step])

    @property
    def by_id(self) -> dict[str, Message]:
        return {message.id: message for message in self.every}


def grown(seed: int) -> Case:
    """One that is compacted when that is due, and now and then without need, also between a call and its result."""
    chance = Random(f"growing {seed}")
    every = conversation(seed)
    window = Window((), (), where, meter=meter_for(seed))
    case = Case(seed, every, budget_for(seed, every), window, meter_for(seed))
    for count, message in enumerate(every, 1):
        window.messages.append(message)
        if window.is_due(case.budget) or chance.random() < 0.1:
            compact(case, count)
    return case


def compact(case: Case, count: int) -> None:
    before, receipt = case.window.shown(), case.window.receipt
    digested = [case.by_id[one] for one in receipt.digested] if receipt else []
    try:
        done = case.window.compact(case.budget, number=len(case.steps) + 1, now=NOW, digested=digested)
    except LimitExceeded:
        assert case.window.shown() == before, case.seed
        return
    if done.helps:
        assert done.messages == case.window.shown(), case.seed
        case.steps.append(Step(count, done.receipt, before, done.messages))
    else:
        assert case.window.shown() == before, case.seed


@cache
def cases() -> list[Case]:
    return [grown(seed) for seed in range(CASES)]


def steps() -> list[tuple[Case, Step]]:
    return [(case, step) for case in cases() for step in case.steps]


def test_the_conversations_are_compacted_again_and_again() -> None:
    assert len(steps()) > 3 * CASES
    assert sum(bool(step.receipt.base and step.receipt.digested) for _, step in steps()) > 0.5 * CASES
    assert sum(bool(step.receipt.moved_out) for _, step in steps()) > 0.5 * CASES


def test_what_is_shown_is_never_over_budget_and_never_longer_than_before() -> None:
    for case, step in steps():
        after = case.meter.total(step.shown)
        assert after <= case.budget, case.seed
        assert after <= case.meter.total(step.before), case.seed
        assert (step.receipt.tokens_before, step.receipt.tokens_after) == (case.meter.total(step.before), after)


def test_no_call_is_shown_without_its_result_even_when_that_comes_after_a_compaction() -> None:
    for case, step in steps():
        assert why_refused(step.before) == "", case.seed
        assert why_refused(step.shown) == "", case.seed


def test_system_messages_pinned_ones_and_the_last_request_survive_every_compaction() -> None:
    for case, step in steps():
        every = case.every[: step.messages]
        last = request_of(every)[-1:]
        must = [one for one in every if one.role == "system" or one.metadata.priority == "pinned" or one in last]
        assert in_order(must, step.shown), case.seed


def test_what_is_in_view_and_what_moved_out_are_together_everything_after_every_compaction() -> None:
    for case in cases():
        for number, step in enumerate(case.steps, 1):
            ids = [message.id for message in case.every[: step.messages]]
            gone = moved_out([one.receipt for one in case.steps[:number]])
            assert originals(step.shown, case.by_id) == [one for one in ids if one not in gone], case.seed
            assert set(step.receipt.digested) <= gone <= set(ids), case.seed


def test_the_digest_tells_in_the_order_in_which_it_was_said() -> None:
    for case, step in steps():
        at = [case.by_id[one].metadata.timestamp for one in step.receipt.digested]
        assert at == sorted(at), case.seed
        days = [line for line in step.receipt.digest.splitlines() if line.startswith("2026-") and len(line) == 10]
        assert days == sorted(set(days)), case.seed


def test_taking_a_compaction_back_shows_what_was_shown_before_it_and_what_came_since() -> None:
    for case in cases():
        for number, step in enumerate(case.steps, 1):
            undone = case.window.before(number, case.every)
            assert undone.shown() == [*step.before, *case.every[step.messages :]], case.seed
            assert undone.receipts == [one.receipt for one in case.steps[: number - 1]], case.seed


def test_taking_all_back_shows_the_conversation_as_it_is() -> None:
    for case in cases():
        assert case.window.before(1, case.every).shown() == case.every, case.seed


def digest_of(case: Case) -> str:
    shown = [message.model_dump_json() for message in case.window.shown()]
    return sha256("\n".join([*shown, *(step.receipt.model_dump_json() for step in case.steps)]).encode()).hexdigest()


def few() -> list[str]:
    return [digest_of(grown(seed)) for seed in range(FEW)]


def test_the_same_conversation_is_compacted_in_the_same_way_in_this_process() -> None:
    assert few() == [digest_of(case) for case in cases()[:FEW]]


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_the_same_conversation_is_compacted_in_the_same_way_in_another_process(seed: str) -> None:
    """Sets of strings come in another order there."""
    command = f"import {__name__} as this; print(*this.few(), sep=chr(10))"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(["src", "."])}
    ran = subprocess.run(
        [sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [digest_of(case) for case in cases()[:FEW]]
