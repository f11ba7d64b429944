"""Attached files become files of the workspace, where other tools reach them."""

from pathlib import Path

import pytest
from mcp.client.client import ConnectMode

from deskhand.principal import LOCAL, Principal
from deskhand.testing import client_of, serving
from deskhand.toolsets.email.tests.client import ERAS, Desk, letter, mail_desk
from deskhand.toolsets.email.toolset import Email

pytestmark = pytest.mark.anyio
WORKBOOK = "figures-q3.xlsx"


async def newest(desk: Desk, query: str = "has:attachment") -> str:
    """The handle of the newest mail that is found."""
    return str((await desk.call("email_search", query=query))["threads"][0]["id"])


@ERAS
async def test_all_files_of_a_mail_are_saved_as_they_are(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, sample=True) as desk:
        handle = await newest(desk)
        told = await desk.call("email_organize", ids=[handle], action="save_files", folder="reports/q3")
        assert [saved["file"] for saved in told["files"]] == [f"reports/q3/{WORKBOOK}", "reports/q3/figures-q3.csv"]
        workbook = (tmp_path / "workspace/reports/q3" / WORKBOOK).read_bytes()
        assert workbook.startswith(b"PK")
        assert told["files"][0]["size"] == len(workbook)


async def test_one_file_is_saved_by_its_address(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, sample=True) as desk:
        letter_read = await desk.call("email_read", id=await newest(desk))
        uri = letter_read["attachments"][1]["uri"]
        told = await desk.text("email_organize", ids=uri, action="save_files")
        assert "attachments/figures-q3.csv" in told
        assert [path.name for path in (tmp_path / "workspace/attachments").iterdir()] == ["figures-q3.csv"]


async def test_nothing_is_replaced_and_nothing_is_saved_twice(tmp_path: Path) -> None:
    folder = tmp_path / "workspace/attachments"
    folder.mkdir(parents=True)
    (folder / WORKBOOK).write_text("mine")
    async with mail_desk(tmp_path, sample=True) as desk:
        handle = await newest(desk)
        await desk.call("email_organize", ids=[handle], action="save_files")
        told = await desk.call("email_organize", ids=[handle], action="save_files")
        assert told["files"][0]["file"] == "attachments/figures-q3 (2).xlsx"
        assert "2 of them were there already" in told["note"]
    assert (folder / WORKBOOK).read_text() == "mine"
    assert len(list(folder.iterdir())) == 3


async def test_the_name_that_a_mail_gives_leads_nowhere_else(tmp_path: Path) -> None:
    hostile = 'MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="{}"\n'
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter(more=hostile.format("../../.deskhand-trash/evil.pdf")))
        told = await desk.call("email_organize", ids=[handle], action="save_files")
        assert [saved["file"] for saved in told["files"]] == ["attachments/evil.pdf"]
        handle = await desk.deliver(letter(message_id="<2@example.org>", more=hostile.format(".deskhand-x")))
        told = await desk.call("email_organize", ids=[handle], action="save_files")
        assert not any(path.name.startswith(".") for path in (tmp_path / "workspace").rglob("*"))


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("no mails", {"ids": []}, "email_search"),
    ("a mail without files", {"ids": ["<one@example.org>"]}, "no attached files"),
    ("a folder outside", {"ids": ["<one@example.org>"], "folder": "../out"}, ".."),
    ("no such file of it", {"ids": ["email://attachment/%3Cone%40example.org%3E/3"]}, "no attachment 3"),
    ("no such mail", {"ids": ["<none@example.org>"]}, "<none@example.org>"),
]


@pytest.mark.parametrize(("arguments", "told"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_cannot_be_saved_is_said(arguments: dict[str, object], told: str, tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        await desk.deliver(letter())
        assert told in await desk.refusal("email_organize", action="save_files", **arguments)
        assert not list((tmp_path / "workspace").iterdir())


async def test_the_operator_can_forbid_it(tmp_path: Path) -> None:
    settings = {"email": {"save_attachments": False}}
    async with serving(Email, folder=tmp_path, settings=settings) as server, client_of(server) as client:
        desk = Desk(client, server, LOCAL)
        handle = await newest(desk)
        told = await desk.refusal("email_organize", ids=[handle], action="save_files")
        assert "toolsets.email.save_attachments" in told


async def test_files_of_the_workspace_are_read_and_written_for_who_may(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace/salaries.csv").write_text("ann,1")
    bound = Principal("ann", "phone", frozenset({"email:read", "email:write"}))
    async with mail_desk(tmp_path, caller=bound, sample=True) as desk:
        arguments = {"to": "you@deskhand.localhost", "text": "x", "attachments": ["salaries.csv"]}
        for tool in ("email_draft", "email_send"):
            assert "needs the scope files:read" in await desk.refusal(tool, **arguments)
        handle = await newest(desk)
        refused = await desk.refusal("email_organize", ids=[handle], action="save_files")
        assert "needs the scope files:write" in refused
    assert [path.name for path in (tmp_path / "workspace").iterdir()] == ["salaries.csv"]
    free = Principal("ann", "desk", frozenset({"email:read", "email:write", "files:read", "files:write"}))
    async with mail_desk(tmp_path, caller=free, sample=True) as desk:
        await desk.call("email_draft", **arguments)
        await desk.call("email_organize", ids=[handle], action="save_files")
