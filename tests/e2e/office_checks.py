"""What must be true after the story of office work: looked up at the servers and on disk, not in what was said."""

import json
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import cast

import anyio
from icalendar import Calendar
from mcp.client.subscriptions import ResourceUpdated
from tests.e2e.office import ANN, BERLIN, BOB, Office
from tests.e2e.office_story import REPLY, TITLE, WISH, WORKBOOK, acceptance, free_hour, newsletter
from tests.protocol.connected_person import Person

from deskhand.mail.sample_workbook import FIGURES, workbook

INBOX = "email://work/INBOX"


def check_questions(asked: list[str]) -> None:
    """The person was asked twice, each time with all that will happen before their eyes."""
    meeting, reply = asked
    assert TITLE in meeting
    assert BOB in meeting
    assert REPLY in reply


def decide(here: Office) -> None:
    """Nothing has happened yet; Ann looks at what waits, and agrees to the meeting, then to the reply."""
    assert (here.sent(), here.events()) == ([], [])
    listed = here.command("approve")
    waiting = {line.split()[0]: line for line in listed.stdout.splitlines()}
    assert [" waiting " in line for line in waiting.values()] == [True, True], listed.stdout + listed.stderr
    for key in sorted(waiting, key=lambda each: "Mail to" in waiting[each]):
        decided = here.command("approve", key, given="y\n")
        assert decided.returncode == 0, decided.stdout + decided.stderr
        assert "Done: " in decided.stdout
        assert "Do this now?" in decided.stdout
    again = here.command("approve", next(iter(waiting)), "--yes")
    assert again.returncode != 0
    assert "nothing left to decide" in again.stderr


def check_workspace(here: Office) -> None:
    """The workbook is saved as it was attached, and there is one chart."""
    saved = here.deskhand / "workspace/reports" / WORKBOOK
    assert saved.read_bytes() == workbook(FIGURES)
    (picture,) = here.deskhand.glob("results/*/*.png")
    png = picture.read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(png[start : start + 4]) for start in (16, 20))
    assert width > 600
    assert height > 300


def check_bobs_inbox(here: Office) -> str:
    """One invitation to the right time and one reply in the right thread; gives the invitation's calendar text."""
    assert here.sent() == [BOB, BOB]
    invitation, reply = here.bob.mails()
    (part,) = [part for part in invitation.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    text = cast("bytes", part.get_payload(decode=True)).decode()
    calendar = Calendar.from_ical(text)
    assert calendar["METHOD"] == "REQUEST"
    (event,) = calendar.events
    start, end = cast("datetime", event.DTSTART), cast("datetime", event.DTEND)
    assert free_hour() <= start.astimezone(BERLIN) <= free_hour() + timedelta(minutes=30)
    assert end - start == timedelta(minutes=30)
    assert (str(event["ORGANIZER"]), str(event["SUMMARY"])) == (f"mailto:{ANN}", TITLE)
    check_reply(reply)
    return text


def check_reply(reply: EmailMessage) -> None:
    """It answers Bob's mail, in its thread."""
    assert reply["Subject"] == f"Re: {TITLE}"
    assert (reply["In-Reply-To"], reply["References"].split()) == (WISH, ["<first@example.org>", WISH])
    body = reply.get_body(("plain",))
    assert body is not None
    assert REPLY in body.get_content()


def check_copies(here: Office) -> None:
    """Ann has a copy of each mail that Bob has, in the folder her server names for that, and his is marked."""
    assert [mail["Message-ID"] for mail in here.ann.mails("Gesendet")] == [
        mail["Message-ID"] for mail in here.bob.mails()
    ]


def check_calendar(here: Office, invitation: str) -> None:
    """Ann's calendar at the server holds the meeting once, with Bob, who has not answered."""
    (event,) = here.events()
    uid = next(line for line in invitation.replace("\r\n ", "").split("\r\n") if line.startswith("UID:"))
    assert uid in event
    assert "PARTSTAT=NEEDS-ACTION" in _attendee(event)


async def check_outbox(here: Office, client: Person) -> None:
    """It tells of the meeting, the invitation and the reply, all done, and of nothing else."""
    listed = [each.uri for each in (await client.client.list_resources()).resources]
    rows = [json.loads(await client.read(uri)) for uri in listed if uri.startswith("outbox://")]
    assert sorted(row["kind"] for row in rows) == ["mail", "mail", "meeting"]
    assert {row["state"] for row in rows} == {"done"}
    left = here.command("approve")
    assert (left.returncode, left.stdout) == (0, "")
    assert "Nothing waits for you." in left.stderr


async def hears_of_new_mail(here: Office, client: Person, *, modern: bool) -> None:
    """A client that follows the inbox hears of a mail that comes."""
    heard = anyio.Event()

    async def listen() -> None:
        async with client.client.listen(resource_subscriptions=[INBOX]) as events:
            assert await anext(aiter(events)) == ResourceUpdated(INBOX)
            heard.set()

    async def hear() -> None:
        await client.client.subscribe_resource(INBOX)  # pyright: ignore[reportDeprecated]
        while not client.has_heard_of(INBOX):
            await anyio.sleep(0.05)
        heard.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen if modern else hear)
        with anyio.fail_after(60):
            for number in range(60):  # the watcher needs a moment to begin
                here.post(newsletter(number))
                with anyio.move_on_after(1):
                    await heard.wait()
                    return


async def bob_accepts(here: Office, client: Person, invitation: str) -> None:
    """He answers by mail, and Ann's calendar says so, here and at the server."""
    here.post(acceptance(invitation))
    day = free_hour().date().isoformat()
    with anyio.fail_after(60):
        while not any("accepted" in each for each in await _attendees(client, day)):
            await anyio.sleep(0.2)
    assert "PARTSTAT=ACCEPTED" in _attendee(here.events()[0])


async def _attendees(client: Person, day: str) -> list[str]:
    found = await client.call("calendar_events", start=day, end=day)
    (event,) = [each for each in found["events"] if each["title"] == TITLE]
    return event["attendees"]


def _attendee(event: str) -> str:
    (line,) = [line for line in event.split("\n") if line.startswith("ATTENDEE") and BOB in line]
    return line
