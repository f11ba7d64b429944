"""What depends on the server: how it is reached, what it can, and that it may go away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

import pytest
from anyio import create_task_group, fail_after
from tests.mail.imap_accounts import account_of
from tests.mail.mailbox_laws import NONE, NOW, mail, put, subjects
from tests.mail_server.dovecot import Dovecot, MailUser, dovecot_with

from deskhand.errors import NotFound, Unavailable
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap import Imap
from deskhand.mail.imap_idle import watch_inbox
from deskhand.mail.imap_sign_in import connect, say_goodbye
from deskhand.mail.mailbox import LISTENING, MailRef

pytestmark = pytest.mark.anyio


@pytest.fixture
async def box(dovecot: Dovecot) -> AsyncIterator[Imap]:
    mailbox = Imap(account_of(dovecot, dovecot.user()))
    yield mailbox
    await mailbox.aclose()


@pytest.fixture(scope="module")
def without_move() -> Iterator[Dovecot]:
    yield from dovecot_with(capability="IMAP4rev1 UIDPLUS NAMESPACE")


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_a_server_is_reached_as_the_account_says(
    dovecot: Dovecot, security: Literal["tls", "starttls", "none"]
) -> None:
    box = Imap(account_of(dovecot, dovecot.user(), security))
    await put(box, mail(1))
    assert await subjects(box) == ["Mail 1"]
    assert (await box.capabilities()).push
    await box.aclose()


async def test_a_certificate_nobody_vouches_for_is_refused_and_ca_file_named(dovecot: Dovecot) -> None:
    for security in ("tls", "starttls"):
        box = Imap(replace(account_of(dovecot, dovecot.user(), security), ca_file=None))
        with pytest.raises(Unavailable, match=r"not trusted .*`ca_file`"):
            await box.folders()


async def test_a_certificate_for_another_name_is_refused(dovecot: Dovecot) -> None:
    account = account_of(dovecot, dovecot.user())
    box = Imap(replace(account, endpoint=Endpoint("127.1", dovecot.tls_port)))
    with pytest.raises(Unavailable, match="for another name"):
        await box.folders()


async def test_a_wrong_password_is_told(dovecot: Dovecot) -> None:
    box = Imap(account_of(dovecot, MailUser(dovecot.user().name, "wrong horse")))
    with pytest.raises(Unavailable, match="refused the user or password") as caught:
        await box.folders()
    assert "wrong horse" not in str(caught.value)


async def test_folders_are_found_by_attribute_whatever_they_are_called(box: Imap) -> None:
    assert await box.folder_for("sent") == "Gesendet"
    assert next(folder.role for folder in await box.folders()) == "inbox"


async def test_calls_at_once_take_turns(box: Imap) -> None:
    found: list[list[str]] = []

    async def look(number: int) -> None:
        await put(box, mail(number))
        found.append(await subjects(box, f"message-id:{number}@example.org"))

    async with create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(look, number)
    assert sorted(found) == [[f"Mail {number}"] for number in range(5)]


async def test_without_move_a_mail_is_copied_and_only_it_is_deleted(without_move: Dovecot) -> None:
    await _moves_one_and_keeps_what_others_marked(without_move)


async def test_without_uidplus_nothing_is_expunged(plain_dovecot: Dovecot) -> None:
    await _moves_one_and_keeps_what_others_marked(plain_dovecot)


async def _moves_one_and_keeps_what_others_marked(server: Dovecot) -> None:
    """Another program has marked a mail as deleted: that is its own affair."""
    account = account_of(server, server.user())
    box = Imap(account)
    marked, moved = await put(box, mail(1)), await put(box, mail(2))
    other = connect(account, server.user().password)
    other.select_folder("INBOX")
    other.add_flags([int(marked.uid.partition(".")[0])], ["\\Deleted"])
    (there,) = await box.move([moved], await box.folder_for("archive", create=True))
    assert there is not None
    assert b"<2@example.org>" in await box.raw(there, max_bytes=10_000)
    await box.remove(there)
    assert await box.by_message_id("<2@example.org>") == []
    other.noop()
    other.remove_flags([int(marked.uid.partition(".")[0])], ["\\Deleted"])
    assert [one.ref for one in await box.envelopes([marked])] == [marked]
    say_goodbye(other)
    await box.aclose()


async def test_a_mail_that_was_appended_elsewhere_is_told_once_the_connection_is_back() -> None:
    for server in dovecot_with():
        account = account_of(server, server.user())
        box = Imap(account)
        await put(box, mail(1))
        with fail_after(30):
            async with aclosing(watch_inbox(account, first_pause=0.05)) as changes:
                assert await anext(changes) == LISTENING
                assert await _told_after(changes, box, 2)
                server.stop()
                server.start()
                assert await _told_after(changes, box, 5_000)
        assert await subjects(box, "message-id:5000@example.org") == ["Mail 5000"]
        await box.aclose()


async def _told_after(changes: AsyncIterator[object], box: Imap, number: int) -> bool:
    """Whether a change is told while mails keep coming."""
    told: list[object] = []
    async with create_task_group() as tasks:

        async def feed() -> None:
            at = number
            while not told:
                await put(box, mail(at))
                at += 1

        tasks.start_soon(feed)
        async for change in changes:
            told.append(change)
            break
    return bool(told)


async def test_idle_is_begun_anew_before_the_server_ends_it(dovecot: Dovecot) -> None:
    account = account_of(dovecot, dovecot.user())
    box = Imap(account)
    with fail_after(20):
        async with aclosing(watch_inbox(account, idle_seconds=0.01)) as changes:
            assert await anext(changes) == LISTENING
            assert await _told_after(changes, box, 1)
    await box.aclose()


async def test_a_mail_of_a_folder_that_was_made_anew_is_not_taken_for_another(box: Imap) -> None:
    ref = await box.append("Work", mail(1), NONE, NOW)
    stale = MailRef(ref.account, ref.folder, ref.uid.partition(".")[0] + ".1")
    with pytest.raises(NotFound, match="new numbers"):
        await box.raw(stale, max_bytes=10_000)
    assert await box.envelopes([stale]) == []
