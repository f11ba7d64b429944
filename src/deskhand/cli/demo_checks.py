"""Did the demo really do what it showed? Looked up where it happened: on disk, on the wire, in the results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx2

from deskhand.cli.demo_script import AS_REMEMBERED, COUNTERS, FILES, report
from deskhand.host.conversation import result_text
from deskhand.host.events import ElicitationAnswered, Event, Frame, ToolFinished, ToolStarted, TurnFinished

CALLS = 8
"""Tool calls that the script makes."""


@dataclass(frozen=True)
class Check:
    """Something that must be true in the end."""

    sentence: str
    held: bool


@dataclass
class Record:
    """What happened in the demo."""

    events: list[Event] = field(default_factory=list[Event])
    approvals: int = 0

    def results(self, tool: str, outcome: str = "ok") -> list[str]:
        """The texts that a tool gave."""
        finished = [event for event in self.events if isinstance(event, ToolFinished)]
        return [result_text(each.result) for each in finished if each.result.name == tool and each.outcome == outcome]


def checks(record: Record, workspace: Path, frames: Iterable[Frame], turns: int) -> list[Check]:
    """Everything that was shown, checked."""
    made = sum(isinstance(event, ToolStarted) for event in record.events)
    sent = [each for each in frames if each.kind == "request" and each.method == "tools/call"]
    product = str(int(COUNTERS[0]) * int(COUNTERS[1]))
    return [
        Check(f"{turns} turns came to their end", _done(record.events) == turns),
        Check(
            f"{made} tool calls went over HTTP",
            made == CALLS <= len(sent) and {each.transport for each in sent} == {"http"},
        ),
        Check("two tools ran at the same time", _overlapped(record.events)),
        Check("the weather is labelled as sample data", any("SAMPLE" in text for text in record.results("get_alerts"))),
        Check(
            "a wrong file name came back as an error, and was corrected", len(record.results("file_read", "error")) == 1
        ),
        Check(
            "the product of two 30-digit numbers is exact", any(product in text for text in record.results("multiply"))
        ),
        Check(
            "what was to be remembered came with the next request",
            any(AS_REMEMBERED in t for t in _answers(record.events)),
        ),
        Check("writing asked for approval, and replacing a file asked once more", _asked_twice(record)),
        Check("report.md on disk holds the right totals", _text(workspace / "report.md") == report(FILES["sales.csv"])),
    ]


async def refused_without_token(url: str) -> Check:
    """The server's door, tried without a key."""
    async with httpx2.AsyncClient() as client:
        answer = await client.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    return Check("without the token the server answers 401", answer.status_code == 401)


def _done(events: Sequence[Event]) -> int:
    return sum(isinstance(event, TurnFinished) and event.outcome == "done" for event in events)


def _answers(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TurnFinished)]


def _overlapped(events: Sequence[Event]) -> bool:
    """Whether a call began while another one ran."""
    kinds = [event.type for event in events if event.type in ("tool_started", "tool_finished")]
    return any(pair == ("tool_started", "tool_started") for pair in pairwise(kinds))


def _asked_twice(record: Record) -> bool:
    forms = [event for event in record.events if isinstance(event, ElicitationAnswered)]
    return record.approvals == 1 and [form.action for form in forms] == ["accept"]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
