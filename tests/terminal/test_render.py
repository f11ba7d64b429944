"""What a person sees of the events of a turn."""

import re

import pytest
from tests.terminal.showing import NOON, call, deltas, finished, live_output, over, requested, started, text_of

from deskhand.context.message import Image, ToolResult
from deskhand.host.events import (
    EVENT,
    ApprovalAsked,
    ConnectionChanged,
    DefinitionChanged,
    Event,
    Frame,
    MessagePinned,
    Notice,
    PartialDiscarded,
    Retrying,
    ToolProgress,
)

ANSWER = """\
# Two things

First *this*,
and [that](https://example.org/page).

1. one

2. two
   - nested

| a | b |
|---|---|
| 1 | 2 |

```python
def f(x):

    return x
```

> quoted

Done."""


def test_a_turn_with_a_tool_reads_from_top_to_bottom() -> None:
    tool_call = call(a="6", b="7")
    events = [*started("What is 6 x 7?"), *deltas("I multiply.", 4), *requested(tool_call), over(tool_call, "42")]
    assert (
        text_of([*events, *deltas("It is **42**.", 3), *finished()], echo=True)
        == """\
› What is 6 x 7?

I multiply.

╭─ ✓ multiply · deskhand ──────────────────────────────────╮
│ a=6, b=7                                                 │
│ 42                                                       │
╰─────────────────────────────────────────── done · 12 ms ─╯

It is 42.

tokens: 1,200 in, 30 out · 1 step · 2.5 s

"""
    )


@pytest.mark.parametrize("size", [1, 2, 7, 50, 10_000])
def test_the_text_is_the_same_however_it_was_cut_into_pieces(size: int) -> None:
    whole = text_of([*started(), *deltas(ANSWER, 10_000), *finished()])
    assert text_of([*started(), *deltas(ANSWER, size), *finished()]) == whole
    assert "Two things" in whole
    assert "that (https://example.org/page)" in whole, "a link's target is shown"


def test_events_from_a_store_give_the_same_text() -> None:
    tool_call = call(a="6", b="7")
    events = [*started(), *deltas(ANSWER, 5), *requested(tool_call), over(tool_call, "42"), *finished()]
    stored = [EVENT.validate_json(event.model_dump_json()) for event in events]
    assert text_of(stored) == text_of(events)


def test_what_was_streamed_ends_as_the_replay_does() -> None:
    events = [*started(), *deltas(ANSWER, 5), *finished()]
    assert screen_after(live_output(events)) == text_of(events).rstrip("\n")


def test_an_answer_taller_than_the_terminal_is_drawn_within_it() -> None:
    code = "```\n" + "\n".join(f"line {number}" for number in range(40)) + "\n```\n"
    output = live_output([*started(), *deltas(code, 9), *finished()], height=12)
    ups = [int(number or 1) for number in re.findall(r"\x1b\[(\d*)A", output)]
    runs = max(len(match[0]) // len("\x1b[1A\x1b[2K") for match in re.finditer(r"(?:\x1b\[1A\x1b\[2K)+", output))
    assert set(ups) == {1}
    assert runs < 12, "a line that scrolled away cannot be drawn again"
    assert screen_after(output, height=12).count("line 39") == 1


def test_parallel_calls_stay_together_in_the_order_of_the_request() -> None:
    first, second = call("1", "look", place="garden"), call("2", "look", place="cellar")
    events = [*started(), *requested(first), *requested(second), over(second, "dark"), over(first, "green")]
    text = text_of([*events, *finished()])
    assert text.index("garden") < text.index("green") < text.index("cellar") < text.index("dark")


def test_a_call_that_runs_shows_its_progress() -> None:
    tool_call = call(a="6", b="7")
    progress = ToolProgress(at=NOON, call_id="1", done=1, total=4, message="page 1")
    output = live_output([*started(), *requested(tool_call), progress])
    assert "25%" in output
    assert "page 1" in output


def test_a_call_that_waits_for_the_person_says_so() -> None:
    tool_call = call(a="6", b="7")
    asked = ApprovalAsked(at=NOON, calls=(tool_call,), reasons=("writes",))
    assert "waiting for your answer" in live_output([*started(), requested(tool_call)[0], asked])


def test_a_call_that_was_not_over_when_the_turn_was_cancelled_is_marked() -> None:
    text = text_of([*started(), *requested(call()), *finished(outcome="cancelled")])
    assert "⊘ multiply" in text
    assert "⊘ Cancelled." in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("error", "the tool reports an error"),
        ("denied", "not allowed"),
        ("unknown_tool", "there is no such tool"),
        ("bad_arguments", "the arguments were not valid"),
    ],
)
def test_each_outcome_has_its_words(outcome: str, words: str) -> None:
    tool_call = call()
    assert words in text_of([*started(), *requested(tool_call), over(tool_call, "why", outcome=outcome), *finished()])


def test_a_long_result_is_cut_and_says_how_much_is_missing() -> None:
    tool_call = call()
    result = "\n".join(f"row {number}" for number in range(1_008))
    text = text_of([*started(), *requested(tool_call), over(tool_call, result), *finished()])
    assert "row 7" in text
    assert "row 8" not in text
    assert "… 1,000 more lines" in text


def test_structured_content_that_repeats_the_text_is_not_shown_twice() -> None:
    tool_call = call()
    text = text_of([*started(), *requested(tool_call), over(tool_call, '42\n{"product": "42"}'), *finished()])
    assert "42" in text
    assert "product" not in text
    only = text_of([*started(), *requested(tool_call), over(tool_call, '{"product": "42"}'), *finished()])
    assert "product" in only


def test_a_picture_is_named() -> None:
    tool_call = call()
    picture = ToolResult(call_id="1", name="multiply", content=(Image(data="AAAA", mime_type="image/png"),))
    text = text_of([*started(), *requested(tool_call), over(tool_call, "", result=picture), *finished()])
    assert "[picture, image/png, 3 bytes]" in text


def test_a_cut_answer_is_discarded_and_begins_again() -> None:
    events = [*started(), *deltas("The answer is fo", 4), PartialDiscarded(at=NOON, reason="the stream was cut")]
    text = text_of([*events, *deltas("It is 42.", 4), *finished()], width=100)
    assert "↺ The answer was cut off (the stream was cut). It begins again." in text
    assert text.index("begins again") < text.index("It is 42.")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Retrying(reason="busy", delay=1.5, attempt=2), "↺ busy: trying again in 1.5 s (attempt 2)"),
        (ConnectionChanged(server="weather", state="needs_sign_in", detail="Sign in."), "weather: needs sign in"),
        (Notice(level="warning", text="Mind the gap."), "Mind the gap."),
        (DefinitionChanged(server="s", tool="t", diff="-old\n+new"), "+new"),
    ],
)
def test_what_happens_around_a_turn_has_a_line(event: Event, words: str) -> None:
    assert words in text_of([event], width=100)


def test_a_failed_turn_says_why() -> None:
    assert "The key is wrong." in text_of([*started(), *finished(outcome="failed", error="The key is wrong.")])


def test_the_trace_is_shown_only_when_it_is_on() -> None:
    frame = Frame(
        at=NOON,
        server="deskhand",
        transport="http",
        direction="received",
        kind="response",
        method="tools/call",
        rpc_id="3",
        size=1_234,
        milliseconds=5.25,
    )
    shown = text_of([frame], trace=True, width=120)
    assert "← deskhand http response tools/call #3 1,234 B 5.2 ms" in shown
    assert text_of([frame]) == ""


HOSTILE = "\x1b]0;title\x07\x1b[2J\x1b[1;1Hfake\r\x1b]52;c;ZXZpbA==\x07 \x9b31m \u202egnp.exe \x08\x08"


def test_nothing_from_outside_can_send_control_sequences() -> None:
    tool_call = call("1", f"evil{HOSTILE}", path=HOSTILE)
    events = [
        *started(HOSTILE),
        *deltas(HOSTILE + "\n\n" + HOSTILE, 3),
        *requested(tool_call, server=HOSTILE),
        ToolProgress(call_id="1", done=1, total=2, message=HOSTILE),
        over(tool_call, HOSTILE),
        Notice(level="error", text=HOSTILE),
        ConnectionChanged(server=HOSTILE, state="failed", detail=HOSTILE),
        DefinitionChanged(server=HOSTILE, tool=HOSTILE, diff=HOSTILE),
        MessagePinned(message="m", text=HOSTILE),
        Retrying(reason=HOSTILE, delay=1, attempt=1),
        PartialDiscarded(reason=HOSTILE),
        *finished(outcome="failed", error=HOSTILE),
    ]
    assert not set(text_of(events, echo=True, width=200)) & set("\x1b\x07\r\x08\x9b\u202e")
    drawn = re.sub(r"\x1b\[(?:1A|2K|\?25[lh]|[\d;]*m)|\r", "", live_output(events))
    assert not set(drawn) & set("\x1b\x07\r\x08\x9b\u202e"), "only the renderer's own sequences"


def screen_after(output: str, *, height: int = 30) -> str:
    """What a terminal shows in the end: our renderer only moves up, erases lines and prints."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[\s\S]", output):
        if token == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif token == "\r":
            column = 0
        elif token == "\x1b[1A":
            row -= 1
            assert len(lines) - row <= height + 1, "moved above the terminal"
        elif token == "\x1b[2K":
            lines[row] = ""
        elif not token.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + 1 :]
            column += 1
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")
