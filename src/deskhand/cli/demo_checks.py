"""Did the demo really do what it showed? Looked up where it happened: on disk, on the wire, in the results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx2

from deskhand.cli.demo_office import BOB, FOLDER, TITLE, WORKBOOK
from deskhand.cli.demo_script import AS_REMEMBERED, TOTALS, report
from deskhand.host.conversation import result_text
from deskhand.host.events import ElicitationAnswered, Event, Frame, ToolFinished, ToolStarted, TurnFinished

CALLS = 13
"""Tool calls that the script makes."""
APPROVALS = 4
"""Of them, those that a person is asked about: saving files, the meeting, the mail, the report."""
_PNG = b"\x89PNG\r\n\x1a\n"


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


def checks(record: Record, folder: Path, frames: Iterable[Frame], turns: int) -> list[Check]:
    """Everything that was shown, checked; `folder` holds the server's `data` and `workspace`."""
    made = sum(isinstance(event, ToolStarted) for event in record.events)
    sent = [each for each in frames if each.kind == "request" and each.method == "tools/call"]
    return [
        Check(f"{turns} turns came to their end", _done(record.events) == turns),
        Check(
            f"{made} tool calls went over HTTP",
            made == CALLS <= len(sent) and {each.transport for each in sent} == {"http"},
        ),
        Check("two tools ran at the same time", _overlapped(record.events)),
        Check("the weather is labelled as sample data", any("SAMPLE" in text for text in record.results("get_alerts"))),
        Check("each approval was asked for, and replacing a file once more", _asked(record)),
        *_office(record, folder),
        Check(
            "what was to be remembered came with the next request",
            any(AS_REMEMBERED in t for t in _answers(record.events)),
        ),
        Check(
            "report.md on disk holds the right totals", _read(folder / "workspace/report.md") == report(TOTALS).encode()
        ),
    ]


def _office(record: Record, folder: Path) -> list[Check]:
    """What the mail, the spreadsheet, the meeting and the answer left on disk."""
    data, mails = folder / "data", [*folder.glob("data/email/**/cur/*")]
    workbook = _read(folder / "workspace" / FOLDER / WORKBOOK)
    pictures = [*data.rglob("*.png")]
    written = [_unfolded(path) for path in data.rglob("*.ics")]
    meetings = [
        text for text in written if f"SUMMARY:{TITLE}\r\n".encode() in text and f"mailto:{BOB}".encode() in text
    ]
    replies = [path for path in mails if b"\nIn-Reply-To: <sample-3-" in _read(path)]
    invitations = [path for path in mails if b"method=request" in _read(path).lower().replace(b'"', b"")]
    acts = [*record.results("schedule_meeting"), *record.results("email_send")]
    return [
        Check("the attached workbook is in the workspace", workbook.startswith(b"PK")),
        Check("the chart is a PNG on disk", len(pictures) == 1 and _read(pictures[0]).startswith(_PNG)),
        Check("the meeting is in a calendar file, with Bob", len(meetings) == 1),
        Check("the invitation and the answer are in the mailbox, once each", len(invitations) == len(replies) == 1),
        Check("nothing left this machine, and both said so", [_is_local(act) for act in acts] == [True, True]),
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


def _asked(record: Record) -> bool:
    forms = [event for event in record.events if isinstance(event, ElicitationAnswered)]
    return record.approvals == APPROVALS and [form.action for form in forms] == ["accept"]


def _is_local(text: str) -> bool:
    return "local only" in text


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _unfolded(calendar: Path) -> bytes:
    """Its text without the line breaks inside of lines (RFC 5545 §3.1)."""
    return _read(calendar).replace(b"\r\n ", b"")
