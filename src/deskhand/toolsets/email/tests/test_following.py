"""One look at a mailbox serves all that follow it, and tells each person of their own mail only."""

from collections.abc import AsyncGenerator, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import anyio
import pytest

from deskhand.mail.account import Account, local_account
from deskhand.mail.address import Address
from deskhand.mail.mailbox import Changed
from deskhand.services import Changes
from deskhand.testing import services
from deskhand.toolsets.email.following import Following
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.tests.client import letter

pytestmark = pytest.mark.anyio
URI = "email://local/Inbox"


class Followers:
    """Who follows, and what they heard."""

    def __init__(self, *subjects: str) -> None:
        self.subjects = set(subjects)
        self.heard: list[tuple[str, str | None]] = []
        self.lists: list[str | None] = []
        self.news = anyio.Event()

    def followers(self, uri: str) -> Collection[str]:
        return self.subjects

    def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
        self.heard.append((uri, subject))
        self.news.set()

    def resource_list_changed(self, *, subject: str | None = None) -> None:
        self.lists.append(subject)


@pytest.fixture
async def mailboxes(tmp_path: Path) -> AsyncGenerator[Mailboxes]:
    accounts = services(tmp_path).accounts
    yield Mailboxes(accounts, 1_000_000)
    await accounts.aclose()


def in_inbox(changed: Changed) -> bool:
    return changed.folder == "Inbox"


async def arrive(mailboxes: Mailboxes, subject: str, until: anyio.Event) -> None:
    """Mails for one person until something was heard: a watcher needs a moment to begin."""
    box = mailboxes.box(local_account(subject))
    with anyio.fail_after(20):
        while not until.is_set():
            await box.append("Inbox", letter().encode(), frozenset(), datetime(2026, 11, 20, tzinfo=UTC))
            with anyio.move_on_after(0.4):
                await until.wait()


async def test_new_mail_of_one_person_is_told_to_that_person_alone(mailboxes: Mailboxes) -> None:
    changes = Followers("ann", "bob")
    async with anyio.create_task_group() as tasks:
        following = Following(mailboxes, changes)
        following.tasks = tasks
        tasks.start_soon(following.run, URI, "local", in_inbox)
        await arrive(mailboxes, "ann", changes.news)
        changes.news = anyio.Event()
        await arrive(mailboxes, "ann", changes.news)
        tasks.cancel_scope.cancel()
    assert set(changes.heard) == {(URI, "ann")}
    assert set(changes.lists) == {"ann"}


async def test_what_does_not_concern_a_resource_is_not_told(mailboxes: Mailboxes) -> None:
    changes, other = Followers("ann"), anyio.Event()

    def concerns(changed: Changed) -> bool:
        other.set()
        return changed.folder == "Archive"

    async with anyio.create_task_group() as tasks:
        following = Following(mailboxes, changes)
        following.tasks = tasks
        tasks.start_soon(following.run, URI, "local", concerns)
        await arrive(mailboxes, "ann", other)
        tasks.cancel_scope.cancel()
    assert changes.heard == []


async def test_a_mailbox_is_listened_to_once_and_as_long_as_somebody_follows(
    mailboxes: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.toolsets.email.following.LOOK_SECONDS", 0.01)
    changes = Followers("ann", "bob")
    following = Following(mailboxes, changes)

    async def until(followed: set[tuple[str, str]]) -> None:
        with anyio.fail_after(5):
            while following.followed != followed:
                await anyio.sleep(0.01)

    async with anyio.create_task_group() as tasks:
        following.tasks = tasks
        tasks.start_soon(following.run, URI, "local", in_inbox)
        tasks.start_soon(following.run, f"{URI}/1.deskhand", "local", in_inbox)
        await until({("ann", "local"), ("bob", "local")})
        changes.subjects = {"bob"}
        await until({("bob", "local")})
        tasks.cancel_scope.cancel()
    assert following.followed == set()


class Server:
    """An account at a server, which tells of the folder it is asked for."""

    async def readable(self, subject: str, name: str = "") -> tuple[Account, ...]:
        return (Account(name, subject, Address("ann@example.org")),)

    def box(self, account: Account) -> "Server":
        return self

    async def changes(self, folder: str = "", /) -> AsyncGenerator[Changed]:
        yield Changed(folder or "INBOX")


@pytest.mark.parametrize(("folder", "asked"), [("Projects", "Projects"), ("Inbox", "INBOX")])
async def test_a_server_is_asked_for_the_folder_that_is_followed(folder: str, asked: str) -> None:
    changes, heard = Followers("ann"), list[str]()

    def concerns(changed: Changed) -> bool:
        heard.append(changed.folder)
        return True

    async with anyio.create_task_group() as tasks:
        following = Following(cast("Mailboxes", Server()), cast("Changes", changes))
        following.tasks = tasks
        tasks.start_soon(following.run, URI, "work", concerns, folder)
        with anyio.fail_after(5):
            await changes.news.wait()
        tasks.cancel_scope.cancel()
    assert heard == [asked]
