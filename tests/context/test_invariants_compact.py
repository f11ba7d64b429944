"""What holds of one compaction, whatever the conversation: shown on fifteen hundred made up from seeds."""

from dataclasses import dataclass
from functools import cache

from tests.context.generated import NOW, budget_for, conversation, meter_for, where
from tests.context.wellformed import Unit, answered, asked, in_order, originals, request_of, units_of, why_refused

from deskhand.context.compaction import Compaction, compact
from deskhand.context.instructions import standing_instructions
from deskhand.context.message import Message, ToolResult
from deskhand.context.open_asks import open_asks
from deskhand.context.picking import Task
from deskhand.context.receipt import Why
from deskhand.context.shorten import calls_of, is_short, original_id, shortened
from deskhand.context.tokens import TokenMeter
from deskhand.errors import LimitExceeded

CASES = 1_500
MUST: tuple[Why, ...] = ("system", "pinned", "request")


@dataclass(frozen=True)
class Case:
    """A conversation, and what became of it; `done` is None when the budget was too small for what must stay."""

    seed: int
    messages: list[Message]
    task: Task
    meter: TokenMeter
    done: Compaction | None

    def size(self, unit: Unit, *, short: bool = False) -> int:
        """Tokens of some messages, with their tool results whole or in short."""
        calls = calls_of(self.messages)
        return self.meter.total([shortened(message, calls, where) for message in unit] if short else unit)


@cache
def cases() -> list[Case]:
    found: list[Case] = []
    for seed in range(CASES):
        messages = conversation(seed)
        task = Task(budget_for(seed, messages), NOW, where)
        try:
            done = compact(messages, task, meter_for(seed))
        except LimitExceeded:
            done = None
        found.append(Case(seed, messages, task, meter_for(seed), done))
    return found


def compacted() -> list[tuple[Case, Compaction]]:
    return [(case, case.done) for case in cases() if case.done is not None]


def why_kept(done: Compaction) -> dict[str, Why]:
    return {one.id: one.why for one in done.receipt.kept}


def repeated(done: Compaction) -> set[str]:
    return {repeat.id for repeat in done.receipt.repeats}


def must_stay(case: Case) -> list[Unit]:
    """System messages, what is pinned, and the last message of the user, each with what belongs to it."""
    last = request_of(case.messages)[-1:]
    return [
        unit
        for unit in units_of(case.messages)
        if unit[0].role == "system" or "pinned" in {one.metadata.priority for one in unit} or unit[0] in last
    ]


def waiting(case: Case) -> list[Unit]:
    """The calls at the end that wait for results, and results that have come: they may stand in short."""
    last = units_of(case.messages)[-1]
    return [last] if set(asked(last)) - set(answered(last)) and last not in must_stay(case) else []


def waiting_for_an_answer(case: Case) -> list[Message]:
    """The messages that are open and not already part of the request."""
    request = request_of(case.messages)
    return [one for index in sorted(open_asks(case.messages)) if (one := case.messages[index]) not in request]


def flat(units: list[Unit]) -> list[Message]:
    return [message for unit in units for message in unit]


def test_the_made_up_conversations_hold_everything_that_makes_compacting_hard() -> None:
    """The other tests of this file would show nothing if they did not."""
    receipts = [done.receipt for _, done in compacted()]
    assert 0.1 * CASES < len(cases()) - len(receipts) < 0.4 * CASES
    assert sum(bool(receipt.digested) for receipt in receipts) > 0.15 * CASES
    assert sum(bool(receipt.shortened) for receipt in receipts) > 0.1 * CASES
    assert sum(bool(receipt.repeats) for receipt in receipts) > 0.05 * CASES
    for why in ("system", "pinned", "instruction", "request", "open", "recent", "priority"):
        assert sum(why in why_kept(done).values() for _, done in compacted()) > 0.02 * CASES, why


def test_what_is_shown_is_never_over_budget() -> None:
    for case, done in compacted():
        assert case.meter.total(done.messages) <= case.task.budget, case.seed


def test_it_is_refused_only_when_what_must_stay_alone_exceeds_the_budget() -> None:
    for case in cases():
        calls = [shortened(message, calls_of(case.messages), where) for message in flat(waiting(case))]
        alone = case.meter.total([*flat(must_stay(case)), *calls])
        assert (alone > case.task.budget) == (case.done is None), case.seed


def test_no_call_is_shown_without_its_result_and_no_result_without_its_call() -> None:
    for case, done in compacted():
        assert why_refused(case.messages) == ""
        assert why_refused(done.messages) == "", case.seed


def test_what_must_stay_is_shown_word_for_word_and_in_order() -> None:
    for case, done in compacted():
        assert in_order(flat(must_stay(case)), done.messages), case.seed
        assert in_order([unit[0] for unit in waiting(case)], done.messages), case.seed


def test_of_several_requests_in_a_row_all_stay_unless_they_leave_no_room_for_the_next_turn() -> None:
    for case, done in compacted():
        request = request_of(case.messages)
        every = {message.id: message for message in flat([*must_stay(case), request, *waiting(case)])}
        if case.meter.total(every.values()) <= case.task.ceiling:
            assert in_order(request, done.messages), case.seed
        elif {message.id for message in request} & set(done.receipt.moved_out) - repeated(done):
            assert "Of several requests in a row, not all had room." in done.receipt.note, case.seed


def test_standing_instructions_stay_word_for_word_unless_they_have_no_room() -> None:
    shape = Task(1, NOW, where).shape
    for case, done in compacted():
        shown = {message.id for message in done.messages}
        rules = [message for message in case.messages if standing_instructions(message)]
        shown |= {message.id for message in [*request_of(case.messages), *waiting_for_an_answer(case)]}
        missing = [rule for rule in rules if rule.id not in shown | repeated(done)]
        kept = why_kept(done)
        assert ("Not all standing instructions" in done.receipt.note) == bool(missing), case.seed
        for rule in missing:
            newer = [one for one in rules[rules.index(rule) + 1 :] if kept.get(one.id) == "instruction"]
            share = case.size([*newer, rule]) > case.task.target * shape.instructions - len(newer) - 1
            beside = case.size([one for one in done.messages if one.id in kept or is_short(one)])
            assert share or beside + case.size([rule]) > case.task.budget - len(kept), case.seed


def test_what_is_open_stays_word_for_word_unless_it_has_no_room() -> None:
    for case, done in compacted():
        kept = why_kept(done)
        units = [unit for unit in units_of(case.messages) if unit[0] in waiting_for_an_answer(case)]
        missing = [unit for unit in units if unit[0].id not in kept]
        assert (
            not {unit[0].id for unit in missing} - repeated(done)
            or "Not everything that is open had room." in done.receipt.note
        ), case.seed
        assert in_order([unit[0] for unit in units if unit not in missing], done.messages), case.seed
        for unit in missing:
            newer = [one for one in units[units.index(unit) + 1 :] if one not in missing]
            before = [one for one in units_of(case.messages) if kept.get(one[0].id) in MUST or one in newer]
            size = sum(case.size(one, short=kept.get(one[0].id) not in MUST) for one in before)
            assert size + case.size(unit, short=True) > case.task.ceiling - len(kept), case.seed


def test_what_is_in_view_and_what_moved_out_are_together_everything_in_order() -> None:
    for case, done in compacted():
        ids = [message.id for message in case.messages]
        gone, in_view = set(done.receipt.moved_out), originals(done.messages, dict.fromkeys(ids, case.messages[0]))
        assert in_view == [one.id for one in done.receipt.kept] == [one for one in ids if one not in gone], case.seed
        assert list(done.receipt.moved_out) == [one for one in ids if one in gone], case.seed
        assert set(done.receipt.digested) <= gone, case.seed
        assert {repeat.id for repeat in done.receipt.repeats} <= gone, case.seed


def test_a_repeat_is_named_with_a_later_message_that_says_the_same() -> None:
    for case, done in compacted():
        at = {message.id: index for index, message in enumerate(case.messages)}
        for repeat in done.receipt.repeats:
            one, other = case.messages[at[repeat.id]], case.messages[at[repeat.of]]
            assert at[repeat.id] < at[repeat.of], case.seed
            assert (one.role, one.text) == (other.role, other.text), case.seed


def test_shortened_results_name_where_the_whole_is_and_are_the_ones_in_the_receipt() -> None:
    for case, done in compacted():
        by_id = {message.id: message for message in case.messages}
        short = [message for message in done.messages if is_short(message)]
        assert [original_id(message) for message in short] == list(done.receipt.shortened), case.seed
        for message in short:
            original = by_id[original_id(message)]
            for block, old in zip(message.content, original.content, strict=True):
                assert isinstance(block, ToolResult)
                assert isinstance(old, ToolResult)
                assert block == old or where(original, old) in str(block.content), case.seed
                assert block.call_id == old.call_id


def test_a_fifth_of_the_target_are_last_turns_unless_the_next_one_does_not_fit() -> None:
    """It does not fit when, with what must stay and what is open, it would bring on the next compaction at once."""
    for case, done in compacted():
        kept = why_kept(done)
        units = units_of(case.messages)
        tail = next((n for n, unit in enumerate(reversed(units)) if unit[0].id not in kept), len(units))
        shown = {original_id(message): message for message in done.messages}
        used = case.size([shown[message.id] for unit in units[len(units) - tail :] for message in unit])
        if tail < len(units) and used < round(case.task.target * case.task.shape.recent) - tail:
            last = {unit[0].id for unit in units[len(units) - tail :]}
            first = [unit for unit in units if unit[0].id in last or kept.get(unit[0].id) in (*MUST, "open")]
            beside = case.size([shown[message.id] for unit in first for message in unit])
            size = case.size(units[-tail - 1], short=True)
            assert beside + size > case.task.ceiling - len(kept), case.seed


def test_compacting_never_makes_a_view_longer_and_the_receipt_counts_right() -> None:
    for case, done in compacted():
        receipt = done.receipt
        assert receipt.tokens_before == case.meter.total(case.messages), case.seed
        assert receipt.tokens_after == case.meter.total(done.messages), case.seed
        assert receipt.tokens_after <= receipt.tokens_before, case.seed
