"""The mails a new local mailbox begins with, so that each tool has something real to show."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from anyio import to_thread

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.mailbox import Flag, Mailbox, Role
from deskhand.mail.sample_workbook import FIGURES, workbook

_BOB = Address("bob@example.org", "Bob")
_NEWS = Address("news@example.org", "Example Weekly")
_NOTE = "\n\nThis is a sample mail of Deskhand."
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SEEN: frozenset[Flag] = frozenset({"seen"})
_ANSWERED: frozenset[Flag] = frozenset({"seen", "answered"})
_NEW: frozenset[Flag] = frozenset()


async def plant_sample(box: Mailbox, marker: Path, person: Address, now: datetime) -> bool:
    """Put the sample mails into a mailbox, once: never again, even after the person deleted them.

    Args:
        box: the local mailbox.
        marker: a file that remembers that it was done; its folder is made.
        person: whose mailbox it is; the mails are to them.
        now: aware, in the person's zone; the mails came in the days before it.

    Returns:
        Whether they were put there now.
    """
    if not await to_thread.run_sync(_marked_first, marker):
        return False
    folders: dict[Role, str] = {role: await box.folder_for(role, create=True) for role in ("inbox", "sent")}
    for role, outgoing, flags, message_id, at in _mails(person, now):
        raw = build(outgoing, message_id=message_id, date=at)
        await box.append(folders[role], raw, flags, at)
    return True


def _marked_first(marker: Path) -> bool:
    """Whether nobody did it before; of two processes one is first."""
    marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


_Planted = tuple[Role, Outgoing, frozenset[Flag], str, datetime]


def _mails(person: Address, now: datetime) -> list[_Planted]:
    """A thread that ends with the wish to meet, and a newsletter."""
    ids = [f"<sample-{number}-{int(now.timestamp())}@example.org>" for number in range(1, 5)]
    subject = "Figures of the third quarter"
    first = Outgoing(_BOB, (person,), subject=subject, text=f"{_FIRST}{_NOTE}")
    answer = Outgoing(
        person, (_BOB,), subject=f"Re: {subject}", text=f"{_ANSWER}{_NOTE}", in_reply_to=ids[0], references=(ids[0],)
    )
    wish = Outgoing(
        _BOB,
        (person,),
        subject=f"Re: {subject}",
        text=f"{_WISH.format(day=_meeting_day(now))}{_NOTE}",
        attachments=(
            OutgoingAttachment("figures-q3.xlsx", _XLSX, workbook(FIGURES)),
            OutgoingAttachment("figures-q3.csv", "text/csv", _csv()),
        ),
        in_reply_to=ids[1],
        references=(ids[0], ids[1]),
    )
    marks = (
        ("List-Id", "Example Weekly <weekly.example.org>"),
        ("List-Unsubscribe", "<mailto:unsubscribe@example.org>"),
        ("Precedence", "list"),
        ("Auto-Submitted", "auto-generated"),
    )
    news = Outgoing(_NEWS, (person,), subject="Example Weekly: five ideas", text=f"{_IDEAS}{_NOTE}", headers=marks)
    return [
        ("inbox", first, _ANSWERED, ids[0], now - timedelta(days=2, hours=3)),
        ("sent", answer, _SEEN, ids[1], now - timedelta(days=1, hours=5)),
        ("inbox", news, _NEW, ids[3], now - timedelta(hours=20)),
        ("inbox", wish, _NEW, ids[2], now - timedelta(hours=2)),
    ]


def _meeting_day(now: datetime) -> str:
    """Tuesday of the next week, in words that no language of the machine changes."""
    day = (now + timedelta(days=8 - now.weekday())).date()
    return f"Tuesday ({day.isoformat()})"


def _csv() -> bytes:
    return "".join(f"{','.join(map(str, row))}\r\n" for row in FIGURES).encode()


_FIRST = """Hello,

the figures of the third quarter are nearly complete. Would you rather have them by region or by month?

Bob"""
_ANSWER = """Hello Bob,

both, please, in one table. Thank you!"""
_WISH = """Hello,

here they are, by month and region. August in the north looks low to me.

Could we meet next week to go through them, half an hour, perhaps on {day} in the afternoon? If that does not suit
you, propose another time.

Bob"""
_IDEAS = """Five ideas for shorter meetings:

1. Send the figures before.
2. Begin on time.
3. Write down what was decided.
4. Invite only who is needed.
5. End early."""
