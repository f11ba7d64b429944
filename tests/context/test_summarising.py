from datetime import UTC, datetime, timedelta

import anyio
import pytest

from deskhand.context.compaction import Compaction, compact
from deskhand.context.digest import HEADER, cited
from deskhand.context.message import Message, Metadata, Role, Text, ToolResult
from deskhand.context.picking import Task
from deskhand.context.receipt import digest_message
from deskhand.context.summarising import try_summary
from deskhand.context.summary import SummaryItem, SummaryRequest
from deskhand.context.tokens import TokenMeter
from deskhand.errors import Unavailable

pytestmark = pytest.mark.anyio
START = datetime(2026, 3, 12, 14, 30, tzinfo=UTC)


def said(number: int, role: Role, text: str) -> Message:
    when = START + timedelta(minutes=number)
    return Message(role=role, content=(Text(text=text),), id=f"{number:032x}"[::-1], metadata=Metadata(timestamp=when))


def compacted(meter: TokenMeter, budget: int = 900) -> Compaction:
    """Sixty messages about orders that differ, of which a digest can quote a few."""
    messages: list[Message] = []
    for number in range(0, 60, 2):
        order = f"My order AB{1000 + number} from Porto costs €{number + 217}, so please note that for later."
        messages += [said(number, "user", order), said(number + 1, "assistant", "Noted, it is on your list now.")]
    messages.append(said(60, "user", "And what now?"))
    return compact(messages, Task(budget, START + timedelta(days=1), _where), meter)


def _where(_message: Message, _result: ToolResult) -> str:
    return "elsewhere"


def faithful(item: SummaryItem) -> str:
    return f"{item.text.removesuffix(', so please note that for later.')} [{item.id}]"


class Writer:
    """A summarizer that writes a line for each message; `spoil` changes what it wrote."""

    def __init__(self, spoil: tuple[str, str] = ("", "")) -> None:
        self.spoil = spoil
        self.asked: list[SummaryRequest] = []

    async def summarize(self, request: SummaryRequest) -> str:
        self.asked.append(request)
        return "\n".join(map(faithful, request.items)).replace(*self.spoil, 1) + "\n"


class Broken:
    """A summarizer that fails."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def summarize(self, request: SummaryRequest) -> str:
        raise self.error


async def test_a_summary_that_keeps_everything_takes_the_digests_place() -> None:
    meter, writer = TokenMeter(), Writer()
    before = compacted(meter)
    after = await try_summary(writer, before, meter)
    summary = "\n".join(map(faithful, writer.asked[0].items))
    assert after.receipt.digest == f"{HEADER}\n{summary}"
    assert (after.receipt.by, after.receipt.note) == ("summary", before.receipt.note)
    old, new = digest_message(before.receipt), digest_message(after.receipt)
    assert old is not None
    assert after.messages == [new if message.id == old.id else message for message in before.messages]
    assert after.receipt.tokens_after == meter.total(after.messages) <= before.receipt.tokens_after


async def test_the_summarizer_gets_what_the_digest_quotes_with_its_facts_and_its_room() -> None:
    meter, writer = TokenMeter(), Writer()
    before = compacted(meter)
    await try_summary(writer, before, meter)
    request = writer.asked[0]
    assert len(request.items) > 2
    assert [item.id for item in request.items] == [cited(identifier) for identifier in before.receipt.digested]
    assert [item.when for item in request.items] == [item.message.metadata.timestamp for item in before.items]
    for item in request.items:
        code = next(word for word in item.text.split() if word.startswith("AB"))
        assert item.role == "user"
        assert code in request.must_keep
    assert request.must_keep.count("Porto") == 1
    assert request.max_tokens == meter.text(before.receipt.digest) - meter.text(HEADER)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (("€", "about €1"), 'The summary leaves out "€'),
        (("AB", "XY"), 'The summary leaves out "AB'),
        ((" [", " [1111, "), 'The summary cites messages that it was not given: "1111".'),
        ((" [", " It went on. " * 200 + "["), "The summary takes "),
        (("\n", "\nAll is well.\n"), "The summary does not say which message this is from: "),
    ],
)
async def test_a_summary_that_cannot_be_used_leaves_the_digest_and_says_why(spoil: tuple[str, str], why: str) -> None:
    meter = TokenMeter()
    before = compacted(meter)
    after = await try_summary(Writer(spoil), before, meter)
    assert after.receipt.note.removeprefix(before.receipt.note).lstrip().startswith(why)
    assert after.receipt.note.endswith("The digest quotes instead.")
    assert after.messages == before.messages
    assert after.receipt.model_copy(update={"note": before.receipt.note}) == before.receipt


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Unavailable("The model is busy."), "The summary failed: The model is busy."),
        (ZeroDivisionError("at 0x7f"), "The summary failed: ZeroDivisionError"),
    ],
)
async def test_a_summarizer_that_fails_leaves_the_digest(error: Exception, why: str) -> None:
    meter = TokenMeter()
    before = compacted(meter)
    after = await try_summary(Broken(error), before, meter)
    assert why in after.receipt.note
    assert "0x7f" not in after.receipt.note
    assert (after.messages, after.receipt.by) == (before.messages, "extract")


async def test_cancelling_is_no_failure() -> None:
    meter = TokenMeter()
    before = compacted(meter)
    with pytest.raises(anyio.get_cancelled_exc_class()):
        await try_summary(Broken(anyio.get_cancelled_exc_class()()), before, meter)


async def test_without_a_digest_nothing_is_asked() -> None:
    meter, writer = TokenMeter(), Writer()
    before = compacted(meter, budget=100_000)
    assert await try_summary(writer, before, meter) is before
    assert writer.asked == []
