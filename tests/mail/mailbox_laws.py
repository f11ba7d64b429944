"""How every mailbox behaves: the tests of each kind are made of these, run over an empty mailbox of that kind."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from anyio import fail_after

from deskhand.errors import LimitExceeded, NotFound
from deskhand.mail.mailbox import LISTENING, Changed, Flag, Mailbox, MailRef
from deskhand.mail.query_words import parse_query

Law = Callable[[Mailbox], Awaitable[None]]
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NONE: frozenset[Flag] = frozenset()
LAWS: list[Law] = []


def law(check: Law) -> Law:
    """Mark a law; its name says what holds."""
    LAWS.append(check)
    return check


def mail(number: int, *, subject: str = "", body: str = "Hello", more: str = "", sender: str = "bob") -> bytes:
    """A mail with the Message-ID `<number@example.org>`."""
    return (
        f"From: {sender.title()} <{sender}@example.org>\r\nTo: Ann <ann@example.org>\r\n"
        f"Subject: {subject or f'Mail {number}'}\r\n"
        f"Date: Tue, 10 Mar 2026 12:00:00 +0000\r\nMessage-ID: <{number}@example.org>\r\n{more}"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        f"\r\n{body}\r\n"
    ).encode()


WITH_FILE = (
    b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: The file\r\nMessage-ID: <file@example.org>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    b"See the file.\r\n--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment;\r\n"
    b" filename*=utf-8''gr%C3%B6%C3%9Fen.csv\r\n\r\na,b\r\n1,2\r\n--b--\r\n"
)


async def put(
    box: Mailbox, raw: bytes, *, minutes: int = 0, folder: str = "", flags: frozenset[Flag] = NONE
) -> MailRef:
    return await box.append(folder or await box.folder_for("inbox"), raw, flags, NOW + timedelta(minutes=minutes))


async def subjects(box: Mailbox, text: str = "", *, offset: int = 0, limit: int = 20) -> list[str]:
    page = await box.search(parse_query(text, UTC, NOW.date()), offset=offset, limit=limit)
    return [envelope.headers.subject for envelope in page.envelopes]


@law
async def a_mailbox_has_the_usual_folders(box: Mailbox) -> None:
    for role in ("inbox", "sent", "drafts", "trash", "archive"):
        name = await box.folder_for(role, create=True)
        assert name in [folder.name for folder in await box.folders() if folder.role == role]


@law
async def an_empty_mailbox_finds_nothing(box: Mailbox) -> None:
    page = await box.search(parse_query("", UTC, NOW.date()), offset=0, limit=20)
    assert (page.envelopes, page.total, page.at_least) == ((), 0, False)


@law
async def an_appended_mail_is_there_byte_by_byte(box: Mailbox) -> None:
    raw = mail(1, body="Grüße\r\n.\r\n>From here")
    ref = await put(box, raw)
    assert await box.raw(ref, max_bytes=10_000) == raw
    (envelope,) = await box.envelopes([ref])
    assert (envelope.ref, envelope.received, envelope.flags) == (ref, NOW, frozenset())
    assert envelope.headers.subject == "Mail 1"
    assert envelope.headers.sender[0].email == "bob@example.org"


@law
async def reading_does_not_mark_as_read(box: Mailbox) -> None:
    ref = await put(box, mail(1))
    await box.raw(ref, max_bytes=10_000)
    await subjects(box, "hello")
    (envelope,) = await box.envelopes([ref])
    assert "seen" not in envelope.flags


@law
async def a_mail_that_is_too_large_is_refused(box: Mailbox) -> None:
    raw = mail(1, body="x" * 5_000)
    ref = await put(box, raw)
    assert await box.raw(ref, max_bytes=len(raw)) == raw
    with pytest.raises(LimitExceeded, match="larger"):
        await box.raw(ref, max_bytes=len(raw) - 1)


@law
async def the_newest_come_first_and_in_pages(box: Mailbox) -> None:
    for number, minutes in enumerate((30, 10, 50, 20, 40)):
        await put(box, mail(number, subject=str(minutes)), minutes=minutes)
    assert await subjects(box, limit=2) == ["50", "40"]
    assert await subjects(box, offset=2, limit=2) == ["30", "20"]
    page = await box.search(parse_query("in:inbox", UTC, NOW.date()), offset=4, limit=2)
    assert ([one.headers.subject for one in page.envelopes], page.total) == (["10"], 5)


@law
async def conditions_find_what_they_say(box: Mailbox) -> None:
    await put(box, mail(1, subject="The third quarter", body="Zahlen für März (neu)", sender="claire"), minutes=1)
    await put(box, mail(2, subject="Lunch", body='Soup * 50% "hot"', more="Cc: dora@example.org\r\n"), minutes=2)
    await put(box, WITH_FILE, minutes=3, flags=frozenset({"seen", "flagged"}))
    await put(box, mail(4, subject="Big", body="y " * 5_000), minutes=4, flags=frozenset({"answered"}))
    expected = {
        "The third quarter": (
            "from:claire", "from:CLAIRE@example.org third", "subject:quarter", '"third quarter"', "märz",
            '"MÄRZ (neu)"',
            '"(neu)"', "-has:attachment -from:bob",
        ),
        "Lunch": ("cc:dora", "to:ann soup", '"* 50%"', "message-id:2@example.org", '"hot"', "is:unread soup"),
        "The file": (
            "has:attachment", "filename:größen", "is:read", "is:starred", "-is:unread", "-larger:1k -cc:dora -märz",
            "has:attachment filename:csv from:bob",
        ),
        "Big": ("is:answered", "larger:5k"),
    }  # fmt: skip
    found = {text: await subjects(box, text) for texts in expected.values() for text in texts}
    assert found == {text: [subject] for subject, texts in expected.items() for text in texts}
    assert await subjects(box, "is:unread is:unanswered") == ["Lunch", "The third quarter"]
    assert [await subjects(box, text) for text in ("lunch -soup", "filename:pdf", "quarter soup")] == [[], [], []]


@law
async def days_begin_where_the_person_is(box: Mailbox) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    for hours in (-28, -22, -21, -3, 2, 3):  # from noon of the 10th, UTC; the 10th in Tokyo is 15:00 to 15:00 UTC
        await put(box, mail(hours + 50, subject=f"{hours:+}"), minutes=60 * hours)
    found = await box.search(parse_query("on:2026-03-10", tokyo, date(2026, 3, 10)), offset=0, limit=20)
    assert [one.headers.subject for one in found.envelopes] == ["+2", "-3", "-21"]
    rest = await box.search(parse_query("-on:2026-03-10", tokyo, date(2026, 3, 10)), offset=0, limit=20)
    assert [one.headers.subject for one in rest.envelopes] == ["+3", "-22", "-28"]


@law
async def a_hostile_search_text_is_only_text(box: Mailbox) -> None:
    await put(box, mail(1))
    for text in (
        '"a\r\nX LOGOUT"',
        'subject:"{5}"',
        "from:%",
        '"\\"',
        "from:*",
        '"ALL"',
        "NIL",
        '"\x00x"',
        "~",
        '"(x"',
    ):
        assert await subjects(box, text) == []
    assert await subjects(box) == ["Mail 1"]


@law
async def a_search_looks_where_a_person_would(box: Mailbox) -> None:
    await put(box, mail(1), minutes=1)
    for number, role in enumerate(("sent", "archive", "trash"), 2):
        await put(box, mail(number), minutes=number, folder=await box.folder_for(role, create=True))
    assert await subjects(box) == ["Mail 3", "Mail 2", "Mail 1"]
    assert await subjects(box, "in:all") == ["Mail 4", "Mail 3", "Mail 2", "Mail 1"]
    assert await subjects(box, "in:sent") == ["Mail 2"]
    assert await subjects(box, "in:TRASH") == ["Mail 4"]
    with pytest.raises(NotFound, match="There is no folder"):
        await subjects(box, "in:elsewhere")


@law
async def flags_are_changed_and_kept(box: Mailbox) -> None:
    first, second = await put(box, mail(1)), await put(box, mail(2))
    await box.flag([first, second], frozenset({"seen", "flagged", "answered", "forwarded"}), NONE)
    await box.flag([first], NONE, frozenset({"flagged", "draft"}))
    flags = {envelope.ref: envelope.flags for envelope in await box.envelopes([first, second])}
    assert flags[first] == {"seen", "answered", "forwarded"}
    assert flags[second] == {"seen", "flagged", "answered", "forwarded"}
    assert {one.unread for one in await box.folders()} == {0}


@law
async def moved_mails_are_where_the_answer_says(box: Mailbox) -> None:
    refs = [await put(box, mail(number), flags=frozenset({"seen"})) for number in range(3)]
    bystander = await put(box, mail(9))
    moved = [ref for ref in await box.move([refs[2], refs[0]], "Projects/Größe") if ref]
    assert [one.headers.subject for one in await box.envelopes(moved)] == ["Mail 2", "Mail 0"]
    assert all(one.flags == {"seen"} for one in await box.envelopes(moved))
    assert await box.envelopes([refs[0], refs[2]]) == []
    assert len(await box.envelopes([refs[1], bystander])) == 2
    assert await subjects(box, 'in:"projects/größe"') in (["Mail 2", "Mail 0"], ["Mail 0", "Mail 2"])
    with pytest.raises(NotFound, match="Search for it again"):
        await box.move([refs[0]], "Projects/Größe")
    with pytest.raises(NotFound, match="Search for it again"):
        await box.raw(refs[0], max_bytes=10_000)
    with pytest.raises(NotFound, match="Search for it again"):
        await box.flag([refs[0]], frozenset({"seen"}), NONE)


@law
async def removing_deletes_one_mail_and_no_other(box: Mailbox) -> None:
    drafts = await box.folder_for("drafts", create=True)
    first, second = [await put(box, mail(number), folder=drafts, flags=frozenset({"draft"})) for number in (1, 2)]
    await box.remove(first)
    assert [one.ref for one in await box.envelopes([first, second])] == [second]
    with pytest.raises(NotFound):
        await box.remove(first)


@law
async def a_thread_is_found_over_all_folders(box: Mailbox) -> None:
    sent = await box.folder_for("sent", create=True)
    await put(box, mail(1), minutes=1)
    await put(box, mail(2, more="In-Reply-To: <1@example.org>\r\n"), minutes=2, folder=sent)
    await put(box, mail(3, more="References: <1@example.org>\r\n <2@example.org>\r\n"), minutes=3)
    await put(box, mail(4), minutes=4)
    await put(box, mail(5, more="References: <1@example.org>\r\n"), folder=await box.folder_for("trash", create=True))
    found = [one.headers.message_id for one in await box.related(["<1@example.org>"])]
    assert sorted(found) == ["<1@example.org>", "<2@example.org>", "<3@example.org>"]
    assert await box.related([]) == []


@law
async def a_mail_is_found_by_its_message_id(box: Mailbox) -> None:
    sent = await box.folder_for("sent", create=True)
    ref = await put(box, mail(1), folder=sent)
    await put(box, mail(11))
    assert await box.by_message_id("<1@example.org>") == [ref]
    assert await box.by_message_id("<1@example.org>", folders=[sent]) == [ref]
    assert await box.by_message_id("<1@example.org>", folders=[await box.folder_for("inbox")]) == []


@law
async def new_mail_is_a_change(box: Mailbox) -> None:
    await put(box, mail(1))
    with fail_after(20):
        async with aclosing(box.changes()) as changes:
            assert await anext(changes) == LISTENING
            ref = await put(box, mail(2))
            assert await anext(changes) == Changed(ref.folder, (ref.uid,), new=True)


@law
async def the_capabilities_tell_the_folders(box: Mailbox) -> None:
    said = await box.capabilities()
    assert said.description
    assert "inbox" in [folder.role for folder in said.folders]


every_law = pytest.mark.parametrize("check", [pytest.param(check, id=check.__name__) for check in LAWS])
