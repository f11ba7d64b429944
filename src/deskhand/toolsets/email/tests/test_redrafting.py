"""Drafts go out as they are, those of other mail programs too; what a change leaves out is told and kept."""

from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from deskhand.mail.query import Query
from deskhand.toolsets.email.tests.client import Desk, mail_desk

pytestmark = pytest.mark.anyio
BODY = (
    "MIME-Version: 1.0\nContent-Type: multipart/related;\n boundary=b\n\n--b\nContent-Type: text/html\n\n"
    "<p>see <b>this</b> <img src=cid:1></p>\n--b\nContent-Type: image/png\nContent-ID: <1>\n"
    "Content-Disposition: inline; filename=chart.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"
)
RICH = (
    "From: You <you@deskhand.localhost>\nReply-To: boss@example.org\nTo: bob@example.org\nBcc: cleo@example.org\n"
    "Subject: Chart\nMessage-ID: <d@x>\nImportance: high\nX-Mozilla-Draft-Info: private\n" + BODY
)


async def drafted(desk: Desk, raw: str = RICH) -> str:
    return await desk.deliver(raw, folder="Drafts", flags=frozenset({"draft"}))


async def newest(desk: Desk, folder: str) -> bytes:
    """The bytes of the newest mail of a folder."""
    found = await desk.mailbox.search(Query(folder=folder), offset=0, limit=1)
    return await desk.mailbox.raw(found.envelopes[0].ref, max_bytes=10_000_000)


async def number(desk: Desk, folder: str) -> int:
    return (await desk.mailbox.search(Query(folder=folder), offset=0, limit=1)).total


def kinds(mail: Message) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


async def test_a_draft_of_another_program_is_sent_as_it_was_written(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        sent = await desk.call("email_send", draft=await drafted(desk))
        raw = await newest(desk, "sent")
        mail = message_from_bytes(raw)
        assert (
            raw.partition(b"\r\n\r\n")[2].rstrip() == BODY.partition("\n\n")[2].replace("\n", "\r\n").encode().rstrip()
        )
        assert (mail["Reply-To"], mail["Importance"]) == ("boss@example.org", "high")
        assert (mail["Message-ID"], mail["X-Mozilla-Draft-Info"]) == (sent["message_id"], None)
        assert mail["Bcc"] == "cleo@example.org"  # in the copy of who wrote it
        assert (await number(desk, "drafts"), await number(desk, "trash")) == (0, 0)


async def test_a_long_draft_is_sent_whole(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        text = "a line of text\n" * 80_000 + "THE END"
        draft = (await desk.call("email_draft", text=text, to="bob@example.org"))["id"]
        other = await desk.call("email_draft", draft=draft, to="cleo@example.org")
        assert any("all of it is sent" in note for note in other["notes"])
        await desk.call("email_send", draft=other["id"])
        raw = await newest(desk, "sent")
        assert raw.count(b"a line of text") == 80_000
        assert b"THE END" in raw


@pytest.mark.parametrize("tool", ["email_draft", "email_send"])
async def test_another_text_keeps_files_and_says_what_is_left_out(tool: str, tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        draft = await drafted(desk)
        preview = await desk.call("email_send", draft=draft, text="New words", dry_run=True)
        assert "formatting (HTML): that is left out" in preview["preview"]
        await desk.call(tool, draft=draft, text="New words")
        mail = message_from_bytes(await newest(desk, "drafts" if tool == "email_draft" else "sent"))
        assert kinds(mail) == ["multipart/mixed", "text/plain", "image/png"]
        assert mail["Reply-To"] == "boss@example.org"
        assert b"<b>this</b>" in await newest(desk, "trash")


async def test_a_plain_draft_that_is_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace/plan.txt").write_text("the plan")
    async with mail_desk(tmp_path) as desk:
        draft = await desk.call("email_draft", text="One", to="bob@example.org", attachments=["plan.txt"])
        await desk.call("email_draft", draft=draft["id"], text="Two")
        mail = message_from_bytes(await newest(desk, "drafts"))
        assert kinds(mail) == ["multipart/mixed", "text/plain", "text/plain"]
        assert (await number(desk, "drafts"), await number(desk, "trash")) == (1, 0)


async def test_files_are_added_to_a_draft_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace/plan.txt").write_text("the plan")
    async with mail_desk(tmp_path) as desk:
        await desk.call("email_send", draft=await drafted(desk), attachments=["plan.txt"])
        mail = message_from_bytes(await newest(desk, "sent"))
        assert kinds(mail) == ["multipart/mixed", "multipart/related", "text/html", "image/png", "text/plain"]
        assert [part.get_payload(decode=True) for part in mail.walk()][-1] == b"the plan"


async def test_what_is_quoted_is_kept_or_the_change_is_refused(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        quoted = "Yes\n\nOn Monday Bob wrote:\n" + "> a line of text\n" * 70_000
        head = "From: you@deskhand.localhost\nTo: bob@example.org\nReferences: <a@b.c>\nMessage-ID: <d@x>\n\n"
        draft = await drafted(desk, head + quoted)
        assert "too long to be changed" in await desk.refusal("email_draft", draft=draft, text="No")
        await desk.call("email_send", draft=draft)
        assert (await newest(desk, "sent")).count(b"> a line of text") == 70_000
