"""The office part of the demo's script: a mail, its spreadsheet, a meeting, an answer. Nothing leaves the machine."""

import re

from pydantic import JsonValue

from deskhand.cli.demo_results import Structure, earlier, rows, structure
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, Step

QUESTIONS = (
    "Which mail of Bob needs an answer from me?",
    "Save the figures that came with it, and draw the revenue by month.",
    "Find half an hour for that meeting and invite Bob.",
    "Tell him so, in the same thread.",
)
"""What the person says, one turn each."""
TITLE = "Figures of the third quarter"
BOB = "bob@example.org"
WORKBOOK = "figures-q3.xlsx"
FOLDER = "from-bob"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def search(_request: Request) -> Step:
    """Look for what is unread."""
    return _calling("email_search", query=f"in:inbox is:unread from:{BOB}")


def read(request: Request) -> Step:
    """Read the newest."""
    return _calling("email_read", id=rows(request, "email_search", "threads")[0]["id"])


def told(request: Request) -> Step:
    """Say what it asks for."""
    mail = structure(request, "email_read")
    names = [f"`{each['name']}`" for each in rows(request, "email_read", "attachments")]
    return Step(
        text=f"**{mail['subject']}** from Bob: he would like to meet on {_wished(mail)} in the afternoon, for half an "
        f"hour, and sends {' and '.join(names)}."
    )


def save(request: Request) -> Step:
    """Put the attached files into the workspace."""
    mail = earlier(request, "email_read")
    return _calling("email_organize", ids=[mail["id"]], action="save_files", folder=FOLDER)


def inspect(request: Request) -> Step:
    """Look into the workbook."""
    (file,) = (each["file"] for each in rows(request, "email_organize", "files") if WORKBOOK in str(each["file"]))
    return _calling("sheet_inspect", file=file)


def chart(request: Request) -> Step:
    """Draw it."""
    found = structure(request, "sheet_inspect")
    table = found["table"]
    assert isinstance(table, dict)
    sql = f'SELECT Month, Region, Revenue FROM "{table["name"]}"'
    chosen: Structure = {"x": "Month", "y": ["Revenue"], "group": "Region", "title": "Revenue by month and region"}
    return _calling("sheet_chart", sql=sql, files=[found["file"]], kind="bar", **chosen)


def drawn(request: Request) -> Step:
    """Say what it shows, in the chart's own words."""
    found = structure(request, "sheet_chart")
    return Step(text=f"{found['alt']}\n\nThe picture is kept as `{found['picture']}`.")


def find_times(request: Request) -> Step:
    """When is everybody free?"""
    day = _wished(earlier(request, "email_read"))
    return _calling("calendar_find_times", attendees=BOB, duration=30, start=f"{day}T13:00", end=f"{day}T17:00")


def schedule(request: Request) -> Step:
    """Put the best time into the calendar, and invite."""
    best = rows(request, "calendar_find_times", "times")[0]
    return Step(
        text="The first of these suits best.",
        calls=(
            ScriptedCall(
                name="schedule_meeting",
                arguments={
                    "title": TITLE,
                    "start": best["start"],
                    "duration": 30,
                    "attendees": BOB,
                },
            ),
        ),
    )


def scheduled(request: Request) -> Step:
    """Say so."""
    meeting = structure(request, "schedule_meeting")
    return Step(text=f"It is in your calendar at {meeting['start']}, and Bob is invited. {_where(meeting)}")


def answer(request: Request) -> Step:
    """Write the reply."""
    mail, meeting = earlier(request, "email_read"), earlier(request, "schedule_meeting")
    text = f"Hello Bob,\n\n{meeting['start']} suits me; the invitation is on its way."
    return _calling("email_send", reply_to=mail["id"], text=text)


def answered(request: Request) -> Step:
    """Say where it is."""
    return Step(text=f"The answer is in the thread. {_where(structure(request, 'email_send'))}")


def _wished(mail: Structure) -> str:
    """The day that the mail proposes."""
    return _DAY.findall(str(mail["content"]))[0]


def _where(done: Structure) -> str:
    return "Local only: no account is connected, so nothing left this machine." if done.get("local_only") else ""


def _calling(name: str, **arguments: JsonValue) -> Step:
    return Step(calls=(ScriptedCall(name=name, arguments=arguments),))
