"""A story of office work: what Bob writes, what Ann asks of her assistant, and what its scripted model does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import cast

from pydantic import JsonValue
from tests.e2e.office import ANN, BERLIN, BOB, Office, meeting_day

from deskhand.cli.demo_results import Structure, earlier, rows, structure
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.mail.sample_workbook import FIGURES, workbook
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import StepSource

TITLE = "Figures of the third quarter"
WISH = "<wish@example.org>"
WORKBOOK = "figures.xlsx"
QUESTIONS = (
    "What does Bob want?",
    "Save his figures and draw the revenue by month.",
    "Find half an hour for it on that afternoon, and invite him.",
    "Tell him in the thread that I look forward to it.",
)
AGAIN = "Is all of that done?"
"""What Ann says, one turn each."""
REPLY = "I look forward to it."


def free_hour() -> datetime:
    """When Ann has time on the afternoon that Bob proposes: from two to three, as `fill_calendar` leaves it."""
    return datetime.combine(meeting_day(), time(14), BERLIN)


def fill_calendar(office: Office) -> None:
    """Ann is busy all afternoon but for an hour."""
    free = free_hour()
    office.put_event("lunch", "Lunch", free - timedelta(hours=2), free)
    office.put_event("review", "Review", free + timedelta(hours=1), free + timedelta(hours=4))


def wish() -> EmailMessage:
    """Bob's mail, which answers one of Ann's that is long gone."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Bob <{BOB}>", f"Ann <{ANN}>", f"Re: {TITLE}"
    mail["Message-ID"], mail["In-Reply-To"], mail["References"] = WISH, "<first@example.org>", "<first@example.org>"
    mail["Date"] = datetime.now(BERLIN)
    mail.set_content(f"Hello Ann,\n\ncan we meet on {meeting_day()} in the afternoon, for half an hour?\n\nBob\n")
    mail.add_attachment(
        workbook(FIGURES),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename=WORKBOOK,
    )
    return mail


def newsletter(number: int) -> EmailMessage:
    """A mail that has nothing to do with it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "News <news@example.org>", ANN, f"News {number}"
    mail["Message-ID"] = f"<news-{number}@example.org>"
    mail.set_content("Nothing new.\n")
    return mail


def acceptance(invitation: str) -> EmailMessage:
    """Bob's answer to an invitation, as calendar programs mail it (RFC 5546 §3.2.3, RFC 6047)."""
    kept = ("UID:", "SEQUENCE:", "DTSTART", "DTEND", "ORGANIZER")
    lines = [line for line in invitation.replace("\r\n ", "").split("\r\n") if line.startswith(kept)]
    reply = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//bob//EN", "METHOD:REPLY", "BEGIN:VEVENT",
        *[line for line in lines if not line.startswith("DTSTART:1")],
        f"DTSTAMP:{datetime.now(BERLIN):%Y%m%d}T235959Z", f"ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:{BOB}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Bob <{BOB}>", ANN, f"Accepted: {TITLE}"
    mail["Message-ID"] = "<accepted@example.org>"
    mail["Date"] = datetime.now(BERLIN)
    mail.set_content("Bob has accepted.\n")
    mail.add_alternative("\r\n".join(reply), subtype="calendar", params={"method": "REPLY"})
    return mail


@dataclass
class Person:
    """Ann in front of the screen: agrees to what her assistant is about to do; `answers` forms, or leaves them be."""

    answers: bool
    approved: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Yes to every call."""
        self.approved += [request.call.name for request in requests]
        return [Decision(allow=True)] * len(requests)

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Yes to every question, or nothing."""
        if not self.answers:
            return FormAnswer("cancel")
        self.asked.append(form.message)
        properties = (form.schema or {})["properties"]
        assert isinstance(properties, dict)
        return FormAnswer("accept", dict.fromkeys(properties, True))


def steps() -> list[StepSource]:
    """What the model does, step by step."""
    mail = (_search, _read, _tell)
    figures = (_save, _inspect, _chart, _drawn)
    acts = (_find_times, _schedule, _state("schedule_meeting"), _answer, _state("email_send"))
    return [*mail, *figures, *acts, _again, _state("schedule_meeting", "email_send")]


def _search(_request: Request) -> Step:
    return _calling("email_search", query="is:unread from:bob")


def _read(request: Request) -> Step:
    (thread,) = rows(request, "email_search", "threads")
    return _calling("email_read", id=thread["id"])


def _tell(request: Request) -> Step:
    return Step(text=str(structure(request, "email_read")["content"]))


def _save(request: Request) -> Step:
    mail = earlier(request, "email_read")["id"]
    return _calling("email_organize", ids=[mail], action="save_files", folder="reports")


def _inspect(request: Request) -> Step:
    return _calling("sheet_inspect", file=rows(request, "email_organize", "files")[0]["file"])


def _chart(request: Request) -> Step:
    file = structure(request, "sheet_inspect")["file"]
    sql = "SELECT Month, sum(Revenue) AS Revenue FROM figures GROUP BY Month"
    return _calling("sheet_chart", sql=sql, files=[file], kind="bar")


def _drawn(request: Request) -> Step:
    return Step(text=str(structure(request, "sheet_chart")["alt"]))


def _find_times(_request: Request) -> Step:
    day = meeting_day()
    return _calling("calendar_find_times", attendees=BOB, duration=30, start=f"{day}T12:00", end=f"{day}T18:00")


def _meeting(request: Request) -> ScriptedCall:
    start = cast("Sequence[Structure]", earlier(request, "calendar_find_times")["times"])[0]["start"]
    return ScriptedCall(
        name="schedule_meeting", arguments={"title": TITLE, "start": start, "duration": 30, "attendees": BOB}
    )


def _reply(request: Request) -> ScriptedCall:
    mail = earlier(request, "email_read")["id"]
    return ScriptedCall(name="email_send", arguments={"reply_to": mail, "text": REPLY})


def _schedule(request: Request) -> Step:
    return Step(calls=(_meeting(request),))


def _answer(request: Request) -> Step:
    return Step(calls=(_reply(request),))


def _again(request: Request) -> Step:
    """The same calls once more: they tell what became of it, and do nothing twice."""
    return Step(calls=(_meeting(request), _reply(request)))


def _state(*tools: str) -> StepSource:
    def say(request: Request) -> Step:
        return Step(text=", ".join(str(structure(request, tool)["state"]) for tool in tools))

    return say


def _calling(name: str, **arguments: JsonValue) -> Step:
    return Step(calls=(ScriptedCall(name=name, arguments=arguments),))
