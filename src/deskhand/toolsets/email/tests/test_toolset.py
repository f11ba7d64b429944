"""The tools on the mailbox of this machine, as a client of either protocol era meets them."""

from pathlib import Path

import pytest
from mcp.client.client import ConnectMode

from deskhand.principal import Principal
from deskhand.reference import tool_tokens
from deskhand.testing import check_toolset, subject, text_of
from deskhand.toolsets.email.tests.client import ERAS, letter, mail_desk
from deskhand.toolsets.email.toolset import Email

pytestmark = pytest.mark.anyio


def test_the_toolset_keeps_the_rules() -> None:
    assert check_toolset(Email) == []


def test_the_tools_are_cheap_to_list(tmp_path: Path) -> None:
    assert 0 < sum(map(tool_tokens, subject(Email, tmp_path).tools)) <= 1_250


@ERAS
@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("email_search", {"query": "is:green"}, "is:unread"),
        ("email_read", {"id": "green"}, "email_search"),
        ("email_draft", {"to": "green"}, "ann@example.org"),
        ("email_send", {"to": "green"}, "ann@example.org"),
        ("email_organize", {"ids": [], "action": "read"}, "email_search"),
    ],
)
async def test_what_is_wrong_comes_back_with_what_is_right(
    tool: str, arguments: dict[str, object], told: str, mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        result = await desk.client.call_tool(tool, arguments)
        assert result.is_error
        assert told in text_of(result)


@ERAS
async def test_email_draft_keeps_a_reply_in_drafts_and_changes_it(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        handle = await desk.deliver(letter())
        draft = await desk.call("email_draft", text="Thank you!", reply_to=handle)
        assert draft["id"].startswith("local/Drafts/")
        assert "To: Bob <bob@example.org>" in draft["preview"]
        assert "Subject: Re: Figures" in draft["preview"]
        assert "> Here they are." in draft["preview"]
        changed = await desk.call("email_draft", draft=draft["id"], text="Thanks a lot!", cc=["cleo@example.org"])
        assert "Thank you!" not in changed["preview"]
        assert "Thanks a lot!" in changed["preview"]
        assert "> Here they are." in changed["preview"]
        assert "Cc: cleo@example.org" in changed["preview"]
        drafts = await desk.call("email_search", query="in:drafts")
        assert [line["id"] for line in drafts["threads"]] == [changed["id"]]
        assert drafts["threads"][0]["draft"] is True


async def test_email_draft_takes_files_of_the_workspace_of_results_and_of_mails(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, sample=True) as desk:
        (tmp_path / "workspace" / "plan.txt").write_text("the plan")
        kept = await desk.server.toolsets[0].services.kept.keep("a,b\n", desk.caller.subject, mime_type="text/csv")
        found = await desk.call("email_search", query="has:attachment")
        read = await desk.call("email_read", id=found["threads"][0]["id"])
        files = ["plan.txt", kept.uri, read["attachments"][1]["uri"]]
        draft = await desk.call("email_draft", text="All.", to="bob@example.org", attachments=files)
        named = [file["name"] for file in (await desk.call("email_read", id=draft["id"]))["attachments"]]
        assert named == ["plan.txt", "result.csv", "figures-q3.csv"]
        assert "climbs" in await desk.refusal("email_draft", to="bob@example.org", attachments=["../secret"])
        assert "no result" in await desk.refusal("email_draft", to="bob@example.org", attachments=["result://x"])


async def test_email_draft_forwards_with_the_files_and_answers_everybody(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, sample=True) as desk:
        found = await desk.call("email_search", query="has:attachment")
        wish = found["threads"][0]["id"]
        passed = await desk.call("email_draft", reply_to=wish, mode="forward", to="cleo@example.org", text="See below.")
        assert "figures-q3.xlsx" in passed["preview"]
        assert "Forwarded message" in passed["preview"]
        many = await desk.deliver(letter(more="Cc: cleo@example.org\n"))
        everyone = await desk.call("email_draft", reply_to=many, mode="reply_all", text="Hello all")
        assert "Cc: cleo@example.org" in everyone["preview"]


async def test_email_draft_refuses_what_cannot_be_a_mail(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        received = await desk.deliver(letter())
        assert "has no @" in await desk.refusal("email_draft", to="bob", text="x")
        assert "is no draft" in await desk.refusal("email_draft", draft=received, text="x")
        assert "not both" in await desk.refusal("email_draft", draft=received, reply_to=received)
        assert "reply_all" in await desk.refusal("email_draft", reply_to=received, mode="resend")
        draft = await desk.call("email_draft", text="Nobody yet")
        assert "goes to nobody" in draft["notes"][0]


@ERAS
async def test_email_organize_moves_and_marks_and_says_how_to_undo_it(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        handle = await desk.deliver(letter())
        marked = await desk.call("email_organize", ids=[handle], action="read")
        assert 'action="unread"' in marked["undo"]
        assert (await desk.call("email_read", id=handle))["unread"] is False
        moved = await desk.call("email_organize", ids=handle, action="trash")
        assert moved["mails"][0]["was"] == handle
        now = moved["mails"][0]["id"]
        assert now.startswith("local/Trash/")
        assert moved["undo"] == f'email_organize(ids=["{now}"], action="move", folder="Inbox")'
        back = await desk.call("email_organize", ids=[now], action="move", folder="inbox")
        assert back["mails"][0]["id"] == handle


async def test_email_organize_moves_a_whole_conversation_but_not_what_was_sent(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, sample=True) as desk:
        found = await desk.call("email_search", query="has:attachment")
        moved = await desk.call("email_organize", ids=[found["threads"][0]["id"]], action="archive", threads=True)
        assert len(moved["mails"]) == 2
        assert (await desk.call("email_search", query="in:sent"))["total"] == 1
        assert (await desk.call("email_search", query="in:archive"))["threads"][0]["mails"] == 2


async def test_email_organize_refuses_and_does_nothing_by_halves(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter())
        gone = "local/Inbox/1.deskhand"
        assert "not there any more" in await desk.refusal("email_organize", ids=[handle, gone], action="trash")
        assert "There are: Inbox" in await desk.refusal("email_organize", ids=[handle], action="move", folder="Nowhere")
        assert "action=move" in await desk.refusal("email_organize", ids=[handle], action="move")
        assert (await desk.call("email_search", query="in:inbox"))["total"] == 1


async def test_nobody_reaches_the_mail_of_another_person(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, caller=Principal("ann", "test")) as desk:
        handle = await desk.deliver(letter(message_id="<secret@example.org>"))
        draft = (await desk.call("email_draft", text="Mine", to="bob@example.org"))["id"]
    async with mail_desk(tmp_path, caller=Principal("bob", "test")) as desk:
        assert (await desk.call("email_search", query="in:all"))["total"] == 0
        for known in (handle, draft, "<secret@example.org>"):
            await desk.refusal("email_read", id=known)
            await desk.refusal("email_draft", reply_to=known, text="x")
        await desk.refusal("email_draft", draft=draft, text="x")
        await desk.refusal("email_send", draft=draft)
        await desk.refusal("email_organize", ids=[handle], action="trash")
