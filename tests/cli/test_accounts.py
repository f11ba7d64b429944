"""`deskhand accounts`: connect, test, list and remove, at real servers."""

import json
import tomllib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from anyio import to_thread
from click.testing import Result
from tests.calendar_server.radicale import CalendarUser, Radicale
from tests.cli.account_commands import Person, memory_keyring
from tests.mail.smtp_server import Rules, SmtpServer, running
from tests.mail_server.dovecot import Dovecot, MailUser

from deskhand.cli.assembly import assembled
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.post import Post
from deskhand.settings import load
from deskhand.zone import zone_of

pytestmark = pytest.mark.anyio
ME = "ann@example.org"


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Person:
    return Person(tmp_path, monkeypatch, caplog)


class Mail:
    """A mailbox at Dovecot, and a server that takes mails from its owner."""

    def __init__(self, person: Person, user: MailUser, dovecot: Dovecot, smtp: SmtpServer) -> None:
        self.person = person
        self.user = user
        self.smtp = smtp
        self.urls = (f"imap://127.0.0.1:{dovecot.plain_port}", f"smtp://127.0.0.1:{smtp.port}")

    @property
    def options(self) -> tuple[str, ...]:
        """How scripts say it, but for the password."""
        imap, smtp = self.urls
        return ("--address", ME, "--user", self.user.name, "--imap", imap, "--smtp", smtp, "--unencrypted")

    async def accounts(self, *arguments: str, answer: str = "", code: int = 0) -> Result:
        """Run the command in a thread, for the server runs in this loop."""
        return await to_thread.run_sync(partial(self.person.accounts, *arguments, answer=answer, code=code))

    async def approve(self, *arguments: str, answer: str = "", code: int = 0) -> Result:
        """Run `deskhand approve …` in a thread."""
        return await to_thread.run_sync(partial(self.person.run, "approve", *arguments, answer=answer, code=code))


@asynccontextmanager
async def at_servers(person: Person, dovecot: Dovecot) -> AsyncGenerator[Mail]:
    user = dovecot.user()
    async with running(Rules(users={user.name: user.password})) as smtp:
        yield Mail(person, user, dovecot, smtp)


async def test_an_account_is_connected_by_answering_questions(person: Person, dovecot: Dovecot) -> None:
    async with at_servers(person, dovecot) as mail:
        answers = ["no address", ME, *mail.urls, "", "work", mail.user.password]
        options = ("--unencrypted", "--user", mail.user.name)
        ended = await mail.accounts("add", *options, answer="\n".join(answers) + "\n")
    assert "That cannot be right" in ended.stderr
    assert "mail in    works: IMAP at 127.0.0.1" in ended.stdout
    assert "INBOX" in ended.stdout
    assert "Gesendet (sent)" in ended.stdout
    assert "mail out   works: " in ended.stdout
    assert f"Connected work in {person.settings}" in ended.stdout
    password = person.folder / "passwords" / "work"
    assert tomllib.loads(person.settings.read_text()) == {
        "accounts": {
            "work": {
                "address": ME,
                "user": mail.user.name,
                "imap": mail.urls[0],
                "smtp": mail.urls[1],
                "security": "none",
                "password_file": str(password),
            }
        }
    }
    assert password.read_text() == f"{mail.user.password}\n"
    assert password.stat().st_mode & 0o777 == 0o600
    assert password.parent.stat().st_mode & 0o777 == 0o700
    assert (password.parent / ".gitignore").read_text() == "*\n"
    assert mail.smtp.mails == []


async def test_a_script_connects_tests_and_lists_without_a_question(person: Person, dovecot: Dovecot) -> None:
    async with at_servers(person, dovecot) as mail:
        more = (
            "--password-stdin",
            "--display-name",
            "Ann",
            "--owner",
            "ann",
            "--allow",
            "*@Example.org",
            "--hourly",
            "3",
        )
        await mail.accounts("add", "work", *mail.options, *more, answer=f"{mail.user.password}\n")
        tested = await mail.accounts("test")
    assert tested.stdout.startswith("work (ann@example.org)\n  mail in    works: ")
    listed = json.loads(person.accounts("list", "--json").stdout)
    assert listed == {
        "name": "work", "address": ME, "owner": "ann", "imap": mail.urls[0], "smtp": mail.urls[1], "caldav": "",
        "password": str(person.folder / "passwords" / "work"), "source": str(person.settings),
    }  # fmt: skip
    shown = person.accounts("list").stdout
    assert shown.startswith("work  ann@example.org  of ann  mail in, mail out  password: ")
    section = tomllib.loads(person.settings.read_text())["accounts"]["work"]
    assert (section["name"], section["allow"], section["hourly"]) == ("Ann", ["*@Example.org"], 3)


async def test_nothing_is_written_when_a_server_says_no(person: Person, dovecot: Dovecot) -> None:
    async with at_servers(person, dovecot) as mail:
        options = ("add", "work", *mail.options, "--password-stdin")
        ended = await mail.accounts(*options, answer="planted-wrong\n", code=1)
        assert "mail in    fails: 127.0.0.1 refused the user or password" in ended.stdout
        assert "mail out   fails: " in ended.stdout
        assert "Nothing was written." in ended.stderr
        assert (person.settings.read_text(), (person.folder / "passwords").exists()) == ("", False)
        await mail.accounts(*options, "--no-test", answer="planted-wrong\n")
        assert "fails" in (await mail.accounts("test", "work", code=1)).stdout
    assert "planted-wrong" not in person.said


async def test_who_mistyped_the_password_types_it_again(person: Person, dovecot: Dovecot) -> None:
    async with at_servers(person, dovecot) as mail:
        answers = f"planted-wrong\ny\n{mail.user.password}\n"
        ended = await mail.accounts("add", "work", *mail.options, answer=answers)
        assert "Try another password? [y/N]" in ended.stderr
        assert "mail in    fails" in ended.stdout
        assert "mail in    works" in ended.stdout
        given_up = await mail.accounts("add", "home", *mail.options, answer="planted-wrong\nn\n", code=1)
    assert "Nothing was written." in given_up.stderr
    assert list(tomllib.loads(person.settings.read_text())["accounts"]) == ["work"]
    assert "planted-wrong" not in person.said


async def test_a_mail_that_waits_leaves_through_the_account(person: Person, dovecot: Dovecot) -> None:
    """Proposed as a server would, approved as a person does: one mail, and its copy among those sent."""
    async with at_servers(person, dovecot) as mail:
        await mail.accounts("add", "work", *mail.options, "--password-stdin", answer=f"{mail.user.password}\n")
        key = await propose("The figures are in.")
        ended = await mail.approve(key, answer="y\n")
        assert "The figures are in." in ended.stdout
        assert "Done: " in ended.stdout
        assert [taken.recipients for taken in mail.smtp.mails] == [("bob@example.org",)]
        await mail.approve(key, "--yes", code=2)
        assert len(mail.smtp.mails) == 1
        assert "Gesendet (sent)" in (await mail.accounts("test")).stdout


async def propose(text: str) -> str:
    """A mail to bob that waits; its key."""
    with assembled(load().settings, anonymous=None) as (server, _):
        (account,) = server.accounts.for_mail("local")
        outgoing = Outgoing(sender=account.address, to=(Address("bob@example.org"),), subject="Figures", text=text)
        post = Post(server.accounts, server.outbox, lambda: datetime.now(UTC), zone_of(""))
        entry = await post.propose("local", account, outgoing)
        assert (entry.state, await post.passes(entry)) == ("waiting", False)
        return entry.key


def test_calendars_are_connected_and_tested(person: Person, radicale: Radicale) -> None:
    user: CalendarUser = radicale.user()
    user.make_calendar("home", "At home")
    options = ("--address", ME, "--user", user.name, "--caldav", radicale.url, "--unencrypted", "--password-stdin")
    added = person.accounts("add", "cal", *options, answer=f"{user.password}\n")
    assert "calendars  works: 1 calendar: At home." in added.stdout
    (person.folder / "passwords" / "cal").write_text("planted-wrong\n")
    assert "calendars  fails: " in person.accounts("test", code=1).stdout
    assert "planted-wrong" not in person.said


def test_the_password_stays_in_a_file_of_the_persons_own(person: Person) -> None:
    mine = person.folder / "mine"
    mine.write_text("planted-own\n")
    options = ("--address", ME, "--imap", "imaps://imap.example.org", "--password-file", str(mine), "--no-test")
    person.accounts("add", "work", *options)
    assert f'password_file = "{mine}"' in person.settings.read_text()
    assert "Removed work" in person.accounts("remove", "work", "--yes").stdout
    assert mine.read_text() == "planted-own\n"
    assert not (person.folder / "passwords").exists()


def test_the_keyring_holds_the_password_until_the_account_goes(person: Person) -> None:
    options = ("--address", "ann@gmail.com", "--keyring", "--password-stdin", "--no-test")
    with memory_keyring() as keyring:
        added = person.accounts("add", *options, answer="abcd efgh ijkl mnop\n")
        assert "2-Step Verification" in added.stderr
        assert keyring.kept == {("deskhand account", "gmail"): "abcdefghijklmnop"}, "as Google shows it, without spaces"
        assert "password: the keyring" in person.accounts("list").stdout
        removed = person.accounts("remove", "gmail", answer="y\n")
        assert (keyring.kept, tomllib.loads(person.settings.read_text())) == ({}, {})
    assert "Its password in the keyring is deleted." in removed.stdout
    assert "abcdefgh" not in person.said


def test_removing_takes_the_password_file_along(person: Person) -> None:
    person.settings.write_text("# mine\n[server]\nport = 1 # one\n")
    options = ("--address", "ann@fastmail.com", "--no-test", "--password-stdin")
    person.accounts("add", *options, answer="planted\n")
    assert "Nothing was changed." in person.accounts("remove", "fastmail", answer="n\n", code=130).stderr
    assert (person.folder / "passwords" / "fastmail").exists()
    person.accounts("remove", "fastmail", answer="y\n")
    assert not (person.folder / "passwords" / "fastmail").exists()
    assert person.settings.read_text().rstrip() == "# mine\n[server]\nport = 1 # one"
    assert "no account 'fastmail'" in person.accounts("remove", "fastmail", "--yes", code=2).stderr


def test_without_accounts_it_says_how_to_connect_one(person: Person) -> None:
    for command in (["list"], ["test"]):
        assert "Connect one: deskhand accounts add" in person.accounts(*command).stderr
    assert person.accounts("list", "--json").output == ""
    assert "There is no account 'work'. There are: none." in person.accounts("test", "work", code=2).stderr


def test_one_wrong_account_does_not_hide_the_others(person: Person, radicale: Radicale) -> None:
    user = radicale.user()
    person.settings.write_text(
        '[accounts.bad]\naddress = "nobody"\nimap = "imaps://imap.example.org"\n'
        f'[accounts.cal]\naddress = "{ME}"\nuser = "{user.name}"\npassword = "{user.password}"\n'
        f'caldav = "{radicale.url}"\nsecurity = "none"\n'
    )
    told = person.accounts("test", code=1).stdout
    assert "settings   fails: accounts.bad.address: " in told
    assert "cal (ann@example.org)\n  calendars  works: no calendar yet." in told
    assert f"password: in the clear: {person.settings}" in person.accounts("list").stdout
