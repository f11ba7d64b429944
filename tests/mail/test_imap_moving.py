"""Where mails are after a move, and after being put somewhere: as the server says, or not known; never guessed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mail_server.hostile import OK, Script, hostile_server

from deskhand.errors import NotFound
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap import Imap
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.mailbox import MailRef
from deskhand.toolsets.email.tests.client import mail_desk

pytestmark = pytest.mark.anyio
TWO = [MailRef("work", "INBOX", "1.7"), MailRef("work", "INBOX", "2.7")]
SAYS = b"AUTH=PLAIN UIDPLUS MOVE"


def box_at(port: int) -> Imap:
    async def secret() -> str:
        return "x"

    return Imap(ImapAccount("work", Endpoint("127.0.0.1", port, "none"), "ann", secret, timeout=5))


def fetched(*message_ids: str) -> bytes:
    """An answer to FETCH: flags, and the Message-IDs of mails 1, 2, …"""
    lines = [f"* {n} FETCH (UID {n} FLAGS ())\r\n" for n in range(1, len(message_ids) + 1)]
    for number, one in enumerate(message_ids, 1):
        block = f"Message-ID: {one}\r\n\r\n" if one else "\r\n"
        head = "BODY[HEADER.FIELDS (MESSAGE-ID)]"
        lines.append(f"* {number} FETCH (UID {number} {head} {{{len(block)}}}\r\n{block})\r\n")
    return "".join(lines).encode() + OK


def silent(fetch: bytes, found: dict[str, str]) -> Script:
    """A server with UIDPLUS and MOVE that tells no COPYUID; `found` are the UIDs by Message-ID in the other folder."""

    def search(line: str) -> bytes:
        uids = next((uids for message_id, uids in found.items() if message_id in line), "")
        return f"* SEARCH {uids}\r\n".encode() + OK

    greeting = b"* OK [CAPABILITY IMAP4rev1 %b] ready\r\n" % SAYS
    folders = b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Archive) "/" Archive\r\n'
    capability = b"* CAPABILITY IMAP4rev1 %b\r\n" % SAYS
    answers = {"CAPABILITY": capability + OK, "LIST": folders + OK, "FETCH": fetch, "SEARCH": search, "MOVE": OK}
    return Script(dict(answers), greeting=greeting)


@pytest.mark.parametrize(
    ("fetch", "found", "uids"),
    [
        pytest.param(fetched("<a@b.c>", "<d@b.c>"), {"<a@b.c>": "8", "<d@b.c>": "3 9"}, ["8.7", "9.7"], id="by-id"),
        pytest.param(fetched("<a@b.c>", ""), {"<a@b.c>": "8"}, ["8.7", None], id="one-has-none"),
        pytest.param(fetched("<a@b.c>", "<a@b.c>"), {"<a@b.c>": "8 9"}, [None, None], id="twins"),
        pytest.param(fetched("<a@b.c>", "<d@b.c>"), {"<d@b.c>": "9"}, [None, "9.7"], id="not-found"),
    ],
)
async def test_without_copyuid_mails_are_found_by_their_message_id(
    fetch: bytes, found: dict[str, str], uids: list[str | None]
) -> None:
    async with hostile_server(silent(fetch, found)) as port:
        box = box_at(port)
        moved = await box.move(TWO, "Archive")
        await box.aclose()
    assert moved == [MailRef("work", "Archive", uid) if uid else None for uid in uids]


async def test_a_mail_that_was_put_somewhere_is_not_taken_for_another() -> None:
    async with hostile_server(silent(fetched(), {"<a@b.c>": "4"})) as port:
        box, at = box_at(port), datetime(2026, 11, 20, tzinfo=UTC)
        there = await box.append("Archive", b"Message-ID: <a@b.c>\r\n\r\nx", frozenset(), at)
        assert there == MailRef("work", "Archive", "4.7")
        with pytest.raises(NotFound, match="does not tell where it is"):
            await box.append("Archive", b"Subject: no id\r\n\r\nx", frozenset(), at)
        await box.aclose()


async def test_the_person_is_told_of_a_mail_whose_new_place_is_not_known(tmp_path: Path) -> None:
    async with hostile_server(silent(fetched("<a@b.c>", ""), {"<a@b.c>": "8"})) as port:
        at = {"address": "ann@example.org", "imap": f"imap://127.0.0.1:{port}", "password": "x", "security": "none"}
        async with mail_desk(tmp_path, accounts={"work": at}) as desk:
            told = await desk.call("email_organize", ids=["work/INBOX/1.7", "work/INBOX/2.7"], action="archive")
            assert told["mails"] == [
                {"id": "work/Archive/8.7", "was": "work/INBOX/1.7"},
                {"id": "", "was": "work/INBOX/2.7"},
            ]
            assert "of 1 of them: find them with email_search" in told["note"]
            assert "work/Archive/8.7" in told["undo"]
