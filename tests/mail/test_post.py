"""Sending through the outbox: what leaves, what is kept, what makes two mails the same, and who may send unasked."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.mail.sending import ANN, BOB, Desk, Office, desk_in
from tests.mail.smtp_server import Rules

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.letter import Origin
from deskhand.mail.mailbox import MailRef
from deskhand.mail.smtp_outcome import NotSent
from deskhand.outbox.act import Act

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_in(tmp_path) as found:
        yield found


async def test_a_mail_leaves_once_and_is_kept_in_sent(desk: Desk) -> None:
    entry = await desk.send(desk.office.outgoing())
    again = await desk.send(desk.office.outgoing())
    assert (entry.state, again) == ("done", entry)
    assert [(mail.sender, mail.recipients) for mail in desk.server.mails] == [("ann@example.org", ("bob@example.org",))]
    assert await desk.raw(entry) == desk.server.mails[0].raw
    assert entry.result["answer"] == "250 2.0.0 taken as 1"
    assert entry.result["warnings"] == []
    assert (entry.title, entry.content) == ("Mail to bob@example.org: Figures", None)


async def test_secret_recipients_are_told_in_sent_alone(desk: Desk) -> None:
    entry = await desk.send(desk.office.outgoing(bcc=(Address("eve@example.org"),)))
    (mail,) = desk.server.mails
    assert mail.recipients == ("bob@example.org", "eve@example.org")
    assert b"eve@" not in mail.raw
    assert await desk.raw(entry) == b"Bcc: eve@example.org\r\n" + mail.raw


async def test_the_date_is_when_it_left_not_when_it_began_to_wait(desk: Desk) -> None:
    entry = await desk.office.post.propose(ANN, desk.office.work, desk.office.outgoing("Date: yesterday"))
    desk.clock.forward(days=3)
    await desk.office.post.send(ANN, entry.key)
    assert b"\r\nDate: Thu, 26 Nov 2026 09:00:00 +0000\r\n" in desk.server.mails[0].raw
    assert b"\r\nSubject: Date: yesterday\r\n" in desk.server.mails[0].raw


async def test_the_message_id_comes_from_the_key(desk: Desk) -> None:
    entry = await desk.send(desk.office.outgoing(), key="k")
    other = await desk.send(desk.office.outgoing(), key="other")
    found = [str(each.result["message_id"]) for each in (entry, other)]
    assert len(set(found)) == 2
    assert all(f"Message-ID: {id}".encode() in mail.raw for id, mail in zip(found, desk.server.mails, strict=True))


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nDTSTAMP:{stamp}\r\nSUMMARY:{summary}\r\nEND:VCALENDAR\r\n"


def invites(stamp: str = "20261123T090000Z", summary: str = "Talk") -> Mapping[str, object]:
    return {"calendar": CALENDAR.format(stamp=stamp, summary=summary), "method": "REQUEST"}


SAME: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "nothing": ({}, {}),
    "when a calendar was written": (invites(), invites(stamp="20261123T\r\n 100000Z")),
}
OTHER: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "the text": ({}, {"text": "Other.\n"}),
    "a recipient": ({}, {"cc": (Address("eve@example.org"),)}),
    "who is in secret": ({"cc": (Address("eve@example.org"),)}, {"bcc": (Address("eve@example.org"),)}),
    "a file": ({}, {"attachments": (OutgoingAttachment("a.txt", "text/plain", b"a"),)}),
    "what is answered": ({}, {"in_reply_to": "<1@example.org>"}),
    "what the calendar says": (invites(), invites(summary="Another")),
}


@pytest.mark.parametrize("case", SAME)
async def test_what_makes_no_other_mail(desk: Desk, case: str) -> None:
    one, two = (desk.office.outgoing("Talk", **fields) for fields in SAME[case])
    assert (await desk.send(one, key="k")).key == (await desk.send(two, key="k")).key
    assert len(desk.server.mails) == 1


@pytest.mark.parametrize("case", OTHER)
async def test_another_mail_under_the_same_key_is_a_conflict(desk: Desk, case: str) -> None:
    one, two = (desk.office.outgoing("Talk", **fields) for fields in OTHER[case])
    await desk.send(one, key="k")
    with pytest.raises(Conflict, match="was used for something else: Mail to bob@example"):
        await desk.send(two, key="k")


async def test_what_it_answers_is_marked_and_its_draft_goes(desk: Desk) -> None:
    ref, draft = await desk.keep("Inbox", "<1@example.org>"), await desk.keep("Drafts", "<d@example.org>")
    await desk.send(desk.office.outgoing(in_reply_to="<1@example.org>", references=("<1@example.org>",)), draft=draft)
    (original,) = await desk.provider.envelopes([ref])
    assert original.flags == {"answered"}
    assert await desk.provider.envelopes([draft]) == []


async def test_what_it_passes_on_is_marked_as_forwarded(desk: Desk) -> None:
    ref = await desk.keep("Inbox", "<2@example.org>")
    await desk.send(desk.office.outgoing(references=("<1@example.org>", "<2@example.org>")))
    (original,) = await desk.provider.envelopes([ref])
    assert original.flags == {"forwarded"}


@pytest.mark.parametrize(
    ("recipients", "passes"),
    [
        (["bob@example.org"], True),
        (["bob@example.org", "x@example.com"], True),
        (["bob@example.org", "eve@example.org"], False),
        ([], False),
    ],
)
async def test_who_is_on_the_list_passes(desk: Desk, recipients: Sequence[str], passes: bool) -> None:
    assert await desk.office.post.may_pass(ANN, desk.office.work, recipients) is passes


async def test_secret_recipients_count_for_the_list(desk: Desk) -> None:
    post, work = desk.office.post, desk.office.work
    assert await post.passes(await post.propose(ANN, work, desk.office.outgoing()))
    hidden = desk.office.outgoing(bcc=(Address("eve@example.org"),))
    assert not await post.passes(await post.propose(ANN, work, hidden))


async def test_only_so_many_pass_in_an_hour(desk: Desk) -> None:
    post, work = desk.office.post, desk.office.work
    for number in range(2):
        assert await post.may_pass(ANN, work, ["bob@example.org"])
        await desk.send(desk.office.outgoing(f"{number}"))
    assert not await post.may_pass(ANN, work, ["bob@example.org"])
    assert await post.may_pass(ANN, desk.office.accounts.named(ANN, "local"), ["anybody@example.net"])
    desk.clock.forward(minutes=61)
    assert await post.may_pass(ANN, work, ["bob@example.org"])


async def test_what_cannot_be_sent_is_refused_before_it_waits(desk: Desk) -> None:
    office = desk.office
    mail = office.outgoing()
    wrong: list[tuple[str, Outgoing, type[DeskhandError], str]] = [
        (ANN, replace(mail, sender=Address("eve@example.org")), InvalidInput, "sends as ann@example.org, not as eve@"),
        (ANN, replace(mail, to=()), InvalidInput, "goes to nobody"),
        (ANN, replace(mail, subject="a\nBcc: eve@example.org"), InvalidInput, "one line"),
        ("bob", mail, Denied, "belongs to somebody else"),
    ]
    for subject, outgoing, kind, told in wrong:
        with pytest.raises(kind, match=told):
            await office.post.propose(subject, office.work, outgoing)
    with pytest.raises(InvalidInput, match=r"only reads mail: set accounts\.work\.smtp"):
        await office.post.propose(ANN, replace(office.work, smtp=None), mail)
    assert await office.outbox.newest(ANN) == []


async def test_what_is_no_mail_is_not_sent(desk: Desk) -> None:
    entry = await desk.office.outbox.propose(ANN, Act("rule", "A rule", ""))
    with pytest.raises(InvalidInput, match="this is no mail"):
        await desk.office.post.send(ANN, entry.key)


async def test_a_refusal_leaves_it_to_be_tried_again(desk: Desk) -> None:
    desk.server.rules = Rules(refuse={BOB.email: "550 5.1.1 no such user"})
    with pytest.raises(NotSent, match="no such user"):
        await desk.send(desk.office.outgoing(), key="k")
    failed = await desk.office.outbox.find(ANN, "k")
    assert failed.state == "failed"
    assert "550 5.1.1 no such user" in failed.error
    desk.server.rules = Rules()
    assert (await desk.send(desk.office.outgoing(), key="k")).state == "done"


async def test_another_process_performs_what_the_person_approves(desk: Desk) -> None:
    entry = await desk.office.post.propose(ANN, desk.office.work, desk.office.outgoing())
    performer = desk.office.post.performers()["mail"]
    assert (await desk.office.outbox.perform(ANN, entry.key, performer)).state == "done"
    assert (await desk.office.post.send(ANN, entry.key)).state == "done"
    assert len(desk.server.mails) == 1


async def test_what_waits_for_an_account_that_is_gone_says_so(desk: Desk, tmp_path: Path) -> None:
    entry = await desk.office.post.propose(ANN, desk.office.work, desk.office.outgoing())
    later = Office(desk.office.database, tmp_path, {})
    with pytest.raises(NotFound, match="There is no account 'work'"):
        await later.post.send(ANN, entry.key)
    assert (await desk.office.outbox.find(ANN, entry.key)).state == "failed"


async def test_of_two_versions_of_one_draft_the_older_does_not_wait_any_more(desk: Desk) -> None:
    office, draft = desk.office, Origin(MailRef("work", "Drafts", "1"))
    first = await office.post.propose(ANN, office.work, office.outgoing(text="100"), origin=draft)
    apart = await office.post.propose(ANN, office.work, office.outgoing("Apart"))
    desk.clock.forward(seconds=1)
    second = await office.post.propose(ANN, office.work, office.outgoing(text="120"), origin=draft)
    replaced = await office.outbox.find(ANN, first.key)
    assert (replaced.state, replaced.error) == ("denied", f"Replaced by {second.uri}.")
    assert {entry.key for entry in await office.outbox.newest(ANN, states=("waiting",))} == {apart.key, second.key}


async def test_the_same_arguments_replace_what_they_said_before(desk: Desk) -> None:
    office, call = desk.office, Origin(call="the same")
    first = await office.post.propose(ANN, office.work, office.outgoing(text="100"), origin=call)
    second = await office.post.propose(ANN, office.work, office.outgoing(text="120"), origin=call)
    assert [(await office.outbox.find(ANN, each.key)).state for each in (first, second)] == ["denied", "waiting"]


async def test_a_draft_that_changed_is_not_sent_as_it_was(desk: Desk) -> None:
    draft = MailRef("work", "Drafts", "1")
    entry = await desk.office.post.propose(ANN, desk.office.work, desk.office.outgoing(), origin=Origin(draft))
    await desk.office.post.withdraw(ANN, draft, "The draft was changed.")
    await desk.office.post.send(ANN, entry.key)
    assert ((await desk.office.outbox.find(ANN, entry.key)).state, desk.server.mails) == ("denied", [])


async def test_the_hour_counts_from_when_it_left(desk: Desk) -> None:
    post, work = desk.office.post, desk.office.work
    early = [await post.propose(ANN, work, desk.office.outgoing(f"{number}")) for number in range(2)]
    desk.clock.forward(hours=3)
    for entry in early:
        await post.send(ANN, entry.key)
    late = await post.propose(ANN, work, desk.office.outgoing("late"))
    assert not await post.passes(late)
    kept = await post.send(ANN, late.key, unasked=True)
    assert (kept.state, kept.asks, len(desk.server.mails)) == ("waiting", True, 2)
    assert (await post.send(ANN, late.key)).state == "done"
