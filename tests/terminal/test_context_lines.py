"""What the screen says when the model's view of a conversation changes."""

import pytest
from tests.terminal.showing import text_of

from deskhand.host.events import (
    ContextCompacted,
    ContextMeasured,
    ContextRecalled,
    ContextRestored,
    Event,
    MessagePinned,
)
from deskhand.terminal.plain import PlainRenderer

COMPACTED = ContextCompacted(
    receipt=1,
    trigger="budget",
    budget=15_000,
    tokens_before=12_400,
    tokens_after=6_100,
    shortened=3,
    digested=12,
    moved_out=38,
)
MEASURED = ContextMeasured(
    window=100, system=50, memory=0, tools={"s": 9}, digest=0, recalled=0, history=20, reserved=10, free=11
)


def plain_text_of(event: Event) -> str:
    """What a pipe gets."""
    written: list[str] = []
    PlainRenderer(written.append, frames=written.append, answers=True).show(event)
    return "".join(written)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "12,400 → 6,100 tokens; 38 messages moved to the log, the digest tells of 12, 3 results in short",
        ),
        ({"digested": 0, "shortened": 1, "moved_out": 0}, "Compacted: 12,400 → 6,100 tokens; 1 result in short"),
        (
            {"shortened": 0, "moved_out": 1, "by": "summary", "note": "It was short."},
            "tokens; 1 message moved to the log, a summary tells of 12 (It was short.)",
        ),
        ({"trigger": "overflow"}, "The model refused the conversation as too long. Compacted: 12,400"),
    ],
)
def test_a_compaction_is_one_line_that_says_what_became_of_the_messages(changes: dict[str, object], words: str) -> None:
    event = COMPACTED.model_copy(update=changes)
    hint = " · /context shows it, /undo-compaction takes it back"
    (line,) = text_of([event], width=250).strip().splitlines()
    assert words in line
    assert line.endswith(hint)
    assert plain_text_of(event) == f"[{line.removesuffix(hint)}]\n"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ContextRestored(receipts=(2,), tokens=900), "Compaction 2 is taken back: the model sees again what it saw"),
        (ContextRestored(receipts=(2, 3), tokens=12_300), "Compactions 2, 3 are taken back"),
        (ContextRecalled(messages=("a",), tokens=90), "1 earlier message came back (90 tokens)"),
        (ContextRecalled(messages=("a", "b"), tokens=1_200), "2 earlier messages came back (1,200 tokens)"),
        (MessagePinned(message="a", text="Rule\none"), "Pinned: “Rule one” stays in view, word for word."),
    ],
)
def test_what_else_happens_to_the_view_is_one_line_each(event: Event, words: str) -> None:
    (line,) = text_of([event], width=120).strip().splitlines()
    assert line.startswith(words)
    assert plain_text_of(event) == f"[{line}]\n"


def test_measuring_is_quiet() -> None:
    assert text_of([MEASURED]) == plain_text_of(MEASURED) == ""
