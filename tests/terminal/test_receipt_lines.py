"""Receipts on the screen stay short, however long the conversation was."""

from datetime import UTC, datetime

from tests.terminal.scripted_keyboard import Paper

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, user
from deskhand.context.receipt import Kept, Receipt, Repeat
from deskhand.terminal.receipt_lines import MOST_LINES, MOST_MESSAGES, MOST_RECEIPTS, receipt_card, receipts_list

MADE = Receipt(
    number=1,
    at=datetime(2026, 5, 7, 12, tzinfo=UTC),
    budget=9_000,
    trigger="overflow",
    tokens_before=8_000,
    tokens_after=4_000,
    kept=(Kept(id="a" * 32, why="pinned"), Kept(id="b" * 32, why="recent")),
)


def card_of(receipt: Receipt, *messages: Message, whole: bool = False) -> str:
    paper = Paper()
    paper.show(receipt_card(receipt, {message.id: message for message in messages}, whole=whole))
    return paper.text


def test_only_the_last_compactions_are_listed_unless_all_are_wanted() -> None:
    made = [MADE.model_copy(update={"number": number}) for number in range(1, MOST_RECEIPTS + 6)]
    short, whole = Paper(), Paper()
    short.show(receipts_list(made))
    whole.show(receipts_list(made, whole=True))
    assert short.text.startswith("… 5 before these: deskhand conversations receipts\n6 ")
    assert short.text.count("the model refused") == MOST_RECEIPTS
    assert whole.text.count("the model refused") == len(made)
    assert "before these" not in whole.text


def test_a_long_compaction_is_bounded_unless_all_of_it_is_wanted() -> None:
    moved = tuple(f"{number:032d}" for number in range(MOST_MESSAGES + 2))
    digest = "\n".join(f"line {number}" for number in range(MOST_LINES + 3))
    receipt = MADE.model_copy(update={"moved_out": moved, "digest": digest, "by": "summary"})
    short, whole = card_of(receipt), card_of(receipt, whole=True)
    assert "summed up by the model" in short
    assert "… 3 more lines" in short
    assert "… 2 before these" in short
    assert f"line {MOST_LINES + 2}\n" not in short.replace(" ", "")
    assert f"line {MOST_LINES + 2}" in whole
    assert "…" not in whole
    assert f"Moved to the log: {len(moved)} messages" in short


def test_each_message_has_its_beginning_and_why() -> None:
    call = ToolCall(id="1", name="look", arguments={"place": "garden"})
    result = ToolResult(call_id="1", name="look", content=(Text(text="All is\nfine."),))
    messages = [
        user("Never call before nine.").model_copy(update={"id": "a" * 32}),
        Message(role="assistant", content=(call,), id="b" * 32),
        Message(role="tool", content=(result,), id="c" * 32),
        Message(role="user", content=(Image(data="", mime_type="image/png"),), id="d" * 32),
    ]
    receipt = MADE.model_copy(
        update={
            "shortened": ("b" * 32,),
            "moved_out": ("c" * 32, "d" * 32, "e" * 32),
            "repeats": (Repeat(id="d" * 32, of="a" * 32),),
            "digested": ("c" * 32,),
            "note": "It is tight.",
        }
    )
    lines = [" ".join(line.split()) for line in card_of(receipt, *messages).splitlines()]
    for line in (
        "It is tight.",
        "aaaaaaaa you Never call before nine. pinned",
        "bbbbbbbb assistant look(place=garden) recent, in short",
        "cccccccc tool look → All is fine. in the digest",
        "dddddddd you [picture] says what aaaaaaaa says",
        "eeeeeeee no longer there",
    ):
        assert line in lines
