"""How each fragment is drawn: compared with the file of its name in `snapshots/`, and with words a person needs.

After a change that is meant, `python -m tests.web.test_snapshots` writes the files anew: look at the difference.
"""

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.web.fragments import FRAGMENTS, FRAME

from deskhand.host.wire_pairs import Recorded
from deskhand.web.draw import Draw
from deskhand.web.inspector_rows import Row

SNAPSHOTS = Path(__file__).parent / "snapshots"
DRAW = Draw()
LINE = Row(Recorded(7, FRAME, request=6), "+0:02.125")


def drawn(name: str) -> str:
    """A fragment by its name."""
    if name == "frame":
        return DRAW.fragment("inspector/row.html", row=LINE, query="", exchange=7) + "\n"
    return DRAW.piece(FRAGMENTS[name]) + "\n"


NAMES = [*FRAGMENTS, "frame"]

WORDS = {
    "block-code": ["python", "def", "return"],
    "block-discarded": ["It is fo"],
    "block-open": ["It is **4"],
    "calls": ["2 calls", "get_forecast", "send_email", "Dear Ann,"],
    "card-asking": ["waits for your answer"],
    "card-bad-arguments": ["wrong arguments", "days: must be a number", "can correct them"],
    "card-cancelled": ["cancelled", "check before it is repeated"],
    "card-count": ["running", "2.5"],
    "card-denied": ["not allowed", "denied by you (not now)", "to be asked again"],
    "card-empty": ["Result", "nothing"],
    "card-error": ["error", "There is no such place.", "try another way"],
    "card-link": ["file:///a.csv", "report, text/csv, 12 bytes"],
    "card-long": ["line 12", "Show all (40 lines, 310 B)", "line 40", "The whole output"],
    "card-not-called": ["cancelled", "It was not called."],
    "card-ok": ["done", "12 ms", "allowed by you (for this session)", "untrusted content", "Berlin", "21.5"],
    "card-picture": ["A chart."],
    "card-progress": ["25 %", "page 1 of 4"],
    "card-running": ["running", "get_forecast", "deskhand", "Berlin"],
    "card-twin": ["Sunny.", "As data", "clear"],
    "card-unknown-tool": ["no such tool", "Servers"],
    "card-waiting": ["waiting", "Arguments", "metric"],
    "connection_changed": ["weather", "failed", "connection refused", "Servers"],
    "context_compacted": ["24,000 → 9,000", "38 messages moved to the log", "30", "2 results", "Receipt 3"],
    "context_measured": ["12,400 of 128,000 tokens", "Tools of deskhand", "5,200"],
    "context_recalled": ["2 earlier messages came back (420 tokens)"],
    "context_restored": ["Compaction 3 taken back", "24,000 tokens"],
    "definition_changed": ["get_forecast", "weather", "not used until", "-old", "+new"],
    "elicitation_answered": ["weather", "answered"],
    "elicitation_asked": ["weather asks: Which place?"],
    "end-cancelled": ["Stopped.", "Retry, or say how to go on."],
    "end-cut": ["cut off before it was finished", "Retry"],
    "end-done": ["1,200 tokens in, 30 out · 1 step · 2.5 s", "Retry", "Branch"],
    "end-failed": ["The key is wrong.", "Retry"],
    "end-step-limit": ["Stopped at the limit of steps.", "go on"],
    "frame": ["deskhand", "http", "response", "tools/", "answers #6", "+0:02.125", "1.2 KB", "5 ms"],
    "memory_changed": [
        "Remembered, in place of",
        "Ann lives in Berlin.",
        "Before: Ann lives in Bonn.",
        "pinned",
        "Undo",
    ],
    "message_pinned": ["Never call before ten."],
    "notice": ["The answer is cut off."],
    "partial_discarded": ["The answer was cut off (the stream was cut). It begins again."],
    "rest": ["1,234 more characters not shown.", "The whole as text"],
    "rest-open": ["what follows is not shown here"],
    "retrying": ["the provider is busy: trying again in 1.5 s (attempt 2)."],
    "said": ["What is 6 x 7?"],
    "said-attached": ["file:///a.txt", "deskhand", "data", "Sum it up."],
    "said-picture": ["What is on them?", "a picture, image/x-icon, that cannot be shown"],
    "said-over": ["Copy", "Edit"],
    "thought-open": ["Thinking…", "Let me see."],
    "thought-over": ["Thought", "Let me see."],
    "turn": ["What is 6 x 7?", "I look.", "get_forecast", "sunny", "2.5 s", "Copy"],
    "waiting": ["scripted is working"],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_fragment_is_drawn_as_its_snapshot_shows(name: str) -> None:
    assert drawn(name) == (SNAPSHOTS / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_fragment_says_what_matters(name: str) -> None:
    text = " ".join(LexborHTMLParser(drawn(name)).text(separator=" ").split())
    close = text.replace(" .", ".").replace(" ,", ",")
    missing = [words for words in WORDS[name] if words not in text and words not in close]
    assert missing == [], text


def test_no_snapshot_is_left_over() -> None:
    assert sorted(path.stem for path in SNAPSHOTS.glob("*.html")) == sorted(NAMES)


def test_the_buttons_are_there_only_when_the_turn_is_over() -> None:
    assert "<button" not in drawn("said")
    assert "/chat/c1/turns/t1/edit" in drawn("said-over")
    assert "/chat/c1/turns/t1/retry" in drawn("end-done")
    assert "/chat/c1/turns/t1/branch" in drawn("end-done")


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    for old in SNAPSHOTS.glob("*.html"):
        old.unlink()
    for each in NAMES:
        (SNAPSHOTS / f"{each}.html").write_text(drawn(each), encoding="utf-8")
