"""What holds of a dialogue in plain Python, with what comes back: shown on five hundred made up from seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from tests.context.generated import NOW, budget_for, conversation, meter_for
from tests.context.wellformed import in_order, request_of, whole, why_refused

from deskhand.context.dialogue import Dialogue
from deskhand.context.message import Message
from deskhand.context.receipt import Receipt
from deskhand.context.tokens import TokenMeter
from deskhand.errors import LimitExceeded

pytestmark = pytest.mark.anyio
CASES = 500
STARTS = ("user m", "assistant m", "tool m")


@dataclass(frozen=True)
class Look:
    """What a model was shown when there were so many messages, by the receipts then in force."""

    messages: int
    shown: list[Message]
    receipts: Sequence[Receipt]
    whole: bool
    """Nothing had moved out, and there was no need to."""


@dataclass(frozen=True)
class Case:
    seed: int
    dialogue: Dialogue
    meter: TokenMeter
    looks: list[Look] = field(default_factory=list[Look])

    @property
    def by_id(self) -> dict[str, Message]:
        return {message.id: message for message in self.dialogue.every}


async def talked(seed: int) -> Case:
    """A dialogue that is shown before each answer, sometimes with a question."""
    chance = Random(f"talking {seed}")
    every = conversation(seed)
    dialogue = Dialogue(budget_for(seed, every), meter=meter_for(seed), now=lambda: NOW)
    case = Case(seed, dialogue, meter_for(seed))
    for count, message in enumerate(every, 1):
        dialogue.add(message)
        if chance.random() < 0.3:
            await look(case, count, chance.choice(("", "", "Where does Anna Weber move?", "zebra 1,940", "会議")))
    return case


async def look(case: Case, count: int, query: str) -> None:
    dialogue = case.dialogue
    small = case.meter.total(dialogue.every) <= 0.8 * dialogue.budget and not dialogue.receipts
    try:
        shown = await dialogue.messages(query)
    except LimitExceeded:
        return
    case.looks.append(Look(count, shown, dialogue.receipts, small))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def cases() -> list[Case]:
    return [await talked(seed) for seed in range(CASES)]


def looks(cases: Sequence[Case]) -> list[tuple[Case, Look]]:
    return [(case, look) for case in cases for look in case.looks]


def recalled(look: Look) -> list[int]:
    return [at for at, message in enumerate(look.shown) if message.id.startswith("recalled-")]


async def test_much_comes_back_and_much_needs_no_compaction(cases: list[Case]) -> None:
    assert sum(bool(recalled(look)) for _, look in looks(cases)) > 0.5 * CASES
    assert sum(look.whole for _, look in looks(cases)) > 0.5 * CASES


async def test_what_is_shown_with_what_comes_back_is_never_over_budget(cases: list[Case]) -> None:
    for case, look in looks(cases):
        assert case.meter.total(look.shown) <= case.dialogue.budget, case.seed


async def test_no_call_is_shown_without_its_result(cases: list[Case]) -> None:
    for case, look in looks(cases):
        assert why_refused(look.shown) == "", case.seed


async def test_what_comes_back_stands_right_before_the_last_request(cases: list[Case]) -> None:
    for case, look in looks(cases):
        for at in recalled(look):
            request = request_of([message for message in look.shown if message.id in case.by_id])
            assert look.shown[at + 1] == request[0], case.seed
            assert not any(message.id.startswith("digest-") for message in look.shown[at:]), case.seed
            assert request_of(case.dialogue.every[: look.messages])[-1] in request, case.seed
        assert len(recalled(look)) <= 1


async def test_what_comes_back_is_not_in_view_already_unless_in_short(cases: list[Case]) -> None:
    for case, look in looks(cases):
        in_view = set(whole(look.shown))
        for at in recalled(look):
            lines = look.shown[at].text.splitlines()
            names = {line.split()[1].rstrip(":") for line in lines if line.startswith(STARTS)}
            assert names, case.seed
            assert not names & in_view, case.seed


async def test_below_the_trigger_the_conversation_is_left_alone(cases: list[Case]) -> None:
    for case, look in looks(cases):
        if look.whole:
            assert look.shown == case.dialogue.every[: look.messages], case.seed
            assert look.receipts == (), case.seed


async def test_system_messages_pinned_ones_and_the_last_request_are_always_shown(cases: list[Case]) -> None:
    for case, look in looks(cases):
        every = case.dialogue.every[: look.messages]
        last = request_of(every)[-1:]
        must = [one for one in every if one.role == "system" or one.metadata.priority == "pinned" or one in last]
        assert in_order(must, look.shown), case.seed


async def test_undoing_everything_shows_all_again_and_the_same_look_gives_the_same(cases: list[Case]) -> None:
    for case in cases[: CASES // 5]:
        again = await talked(case.seed)
        assert [look.shown for look in again.looks] == [look.shown for look in case.looks], case.seed
        if again.dialogue.receipts:
            again.dialogue.undo(1)
        assert again.dialogue.receipts == ()
        again.dialogue.budget = 10**9
        assert await again.dialogue.messages() == case.dialogue.every, case.seed
