"""An office for whole-process tests: mailboxes at Dovecot, an SMTP server, calendars at Radicale, and Deskhand."""

import base64
import imaplib
import json
import smtplib
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from tests.calendar_server.radicale import CalendarUser, Radicale
from tests.mail_server.dovecot import Dovecot, MailUser
from tests.protocol.server_process import ROOT, ServerProcess, environment, running

ANN, BOB = "ann@example.org", "bob@example.org"
BERLIN = ZoneInfo("Europe/Berlin")
ENABLED = '["core", "files", "email", "calendar", "sheets"]'
_EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//tests//office//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART:{start}\r
DTEND:{end}\r
SUMMARY:{title}\r
END:VEVENT\r
END:VCALENDAR\r
"""


@dataclass(frozen=True)
class Colleague:
    """Somebody with a mailbox at Dovecot."""

    address: str
    user: MailUser
    port: int

    def mails(self, folder: str = "INBOX") -> list[EmailMessage]:
        """What is in a folder, oldest first, as another mail program sees it."""
        with imaplib.IMAP4("127.0.0.1", self.port) as imap:
            imap.authenticate("PLAIN", lambda _: f"\0{self.user.name}\0{self.user.password}".encode())
            imap.select(folder, readonly=True)
            numbers = imap.search(None, "ALL")[1][0].split()
            raws = [cast("tuple[bytes, bytes]", imap.fetch(number, "(BODY.PEEK[])")[1][0])[1] for number in numbers]
        return [message_from_bytes(raw, policy=policy.default) for raw in raws]


@dataclass(frozen=True)
class Office:
    """The running servers, and what a Deskhand needs to know of them. Its settings lie in `settings`, with secrets."""

    folder: Path
    ann: Colleague
    bob: Colleague
    calendars: CalendarUser
    smtp_port: int
    time_zone: str = "Europe/Berlin"

    @property
    def settings(self) -> Path:
        """The settings file, and the only place of secrets."""
        return self.folder / "settings" / "deskhand.toml"

    @property
    def deskhand(self) -> Path:
        """Where Deskhand keeps everything."""
        return self.folder / "deskhand"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of each Deskhand process, next to the usual."""
        return {"DESKHAND_CONFIG": str(self.settings), "DESKHAND_TIME_ZONE": self.time_zone}

    def configure(self, more: str = "") -> None:
        """Write the settings of Ann's account; `more` follows them."""
        self.settings.parent.mkdir()
        self.deskhand.mkdir()
        user = self.ann.user
        self.settings.write_text(
            f'[accounts.work]\naddress = "{ANN}"\nname = "Ann"\nuser = "{user.name}"\npassword = "{user.password}"\n'
            f'imap = "imap://127.0.0.1:{self.ann.port}"\nsmtp = "smtp://127.0.0.1:{self.smtp_port}"\n'
            f'caldav = "{self.calendars.server.url}"\nsecurity = "none"\n{more}'
        )

    @contextmanager
    def serving(self) -> Generator[ServerProcess]:
        """`deskhand serve`, as a process."""
        with running(self.deskhand, enabled=ENABLED, variables=self.variables) as server:
            yield server

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of Deskhand in a process of its own, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "deskhand", *arguments],
            env=environment(self.deskhand, ENABLED, **self.variables),
            cwd=self.deskhand, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def posted(self) -> list[Mapping[str, Any]]:
        """What the SMTP server took, in order: from, to and id."""
        log = self.folder / "posted.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def sent(self) -> list[str]:
        """Ann's mails that the SMTP server took: to whom."""
        return [recipient for mail in self.posted() if mail["from"] == ANN for recipient in mail["to"]]

    def post(self, mail: EmailMessage) -> None:
        """Bob sends a mail."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            smtp.ehlo()
            said = f"\0{self.bob.user.name}\0{self.bob.user.password}"  # smtplib's own login knows ASCII only
            assert smtp.docmd("AUTH", f"PLAIN {base64.b64encode(said.encode()).decode()}")[0] == 235
            smtp.send_message(mail)

    def put_event(self, uid: str, title: str, start: datetime, end: datetime) -> None:
        """Ann puts something into her calendar with another program."""
        text = _EVENT.format(uid=uid, title=title, start=_stamp(start), end=_stamp(end))
        assert self.calendars.request("PUT", f"/{self.calendars.name}/work/{uid}.ics", text) == 201

    def events(self) -> list[str]:
        """The calendar objects that Radicale keeps for Ann, unfolded, without those she put there herself."""
        kept = (self.calendars.server.folder / "collections/collection-root" / self.calendars.name).rglob("*.ics")
        raws = [path.read_bytes() for path in kept if ".Radicale.cache" not in path.parts]
        texts = [raw.decode().replace("\r\n ", "").replace("\r\n", "\n") for raw in raws]
        return [text for text in texts if "PRODID:-//tests//" not in text]


def meeting_day() -> date:
    """Tuesday of the next week."""
    today = datetime.now(BERLIN).date()
    return today + timedelta(days=8 - today.weekday())


def _stamp(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y%m%dT%H%M%SZ")


@contextmanager
def office(folder: Path, dovecot: Dovecot, radicale: Radicale) -> Generator[Office]:
    """The servers with two empty mailboxes and Ann's calendar `work`; the SMTP server is stopped at the end."""
    ann, bob = (Colleague(address, dovecot.user(), dovecot.plain_port) for address in (ANN, BOB))
    calendars = CalendarUser(radicale, ann.user.name)  # one account: the same name at both servers
    calendars.make_calendar("work", "Work")
    people = {each.address: (each.user.name, each.user.password) for each in (ann, bob)}
    script = [sys.executable, str(ROOT / "tests/e2e/office_smtp.py"), str(dovecot.plain_port)]
    with subprocess.Popen(
        [*script, json.dumps(people), str(folder / "posted.jsonl")], stdout=subprocess.PIPE, text=True
    ) as smtp:
        try:
            assert smtp.stdout is not None
            yield Office(folder, ann, bob, calendars, int(smtp.stdout.readline()))
        finally:
            smtp.kill()
