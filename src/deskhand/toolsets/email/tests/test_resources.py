"""Mails as resources: read, listed, completed and followed, each person their own."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp.client import Client
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError

from deskhand.principal import Principal
from deskhand.testing import client_of, serving
from deskhand.toolsets.core.toolset import Core
from deskhand.toolsets.email.tests.client import NOWHERE, Desk, letter, mail_desk
from deskhand.toolsets.email.toolset import Email

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")]
INBOX = "email://local/Inbox"


async def read(desk: Desk, uri: str) -> Any:
    content = (await desk.client.read_resource(uri)).contents[0]
    assert isinstance(content, types.TextResourceContents)
    return json.loads(content.text)


async def again_until(news: anyio.Event, act: Callable[[], Awaitable[object]]) -> None:
    """Act until it was noticed: a watcher needs a moment to begin."""
    with anyio.fail_after(20):
        while not news.is_set():
            await act()
            with anyio.move_on_after(0.4):
                await news.wait()


async def test_a_mail_its_thread_and_its_folder_are_resources(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, sample=True) as desk:
        folder = await read(desk, INBOX)
        handle = folder["threads"][0]["id"]
        mail = await read(desk, f"email://{handle}")
        assert mail["subject"] == "Re: Figures of the third quarter"
        assert mail["untrusted"] is True
        thread = await read(desk, mail["thread"])
        assert "3 mails" in thread["note"]
        file = (await desk.client.read_resource(mail["attachments"][1]["uri"])).contents[0]
        assert isinstance(file, types.BlobResourceContents)
        assert file.mime_type == "text/csv"


async def test_the_inboxes_and_their_newest_mails_are_listed(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter("Hi\x1b there"))
        listed = {str(one.uri): one for one in (await desk.client.list_resources()).resources}
        assert listed[INBOX].title == "local: Inbox"
        assert "\x1b" not in listed[f"email://{handle}"].name
        templates = [one.uri_template for one in (await desk.client.list_resource_templates()).resource_templates]
        assert "email://attachment/{id}/{n}" in templates


async def test_what_is_no_mail_is_refused(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter())
        quoted = handle.replace("/", "%2F")
        for uri in (f"email://{handle}x", f"email://attachment/{quoted}/1", f"email://attachment/{quoted}/x"):
            with pytest.raises(MCPError):
                await desk.client.read_resource(uri)


async def test_new_mail_is_heard_of_by_a_listener_and_by_nobody_else(tmp_path: Path) -> None:
    async with (
        mail_desk(tmp_path, caller=Principal("bob", "test")) as other,
        mail_desk(tmp_path, caller=Principal("ann", "test")) as desk,
        other.client.listen(resource_subscriptions=[INBOX]) as others,
        desk.client.listen(resource_subscriptions=[INBOX]) as events,
        anyio.create_task_group() as tasks,
    ):
        news = anyio.Event()

        async def hear() -> None:
            assert await anext(aiter(events)) == ResourceUpdated(INBOX)
            news.set()

        tasks.start_soon(hear)
        await again_until(news, lambda: desk.deliver(letter()))
        with anyio.move_on_after(0.7) as waited:
            await anext(aiter(others))
        assert waited.cancelled_caught


async def test_a_session_of_the_handshake_era_hears_of_new_mail(tmp_path: Path) -> None:
    news = anyio.Event()

    async def handler(message: IncomingMessage) -> None:
        if isinstance(message, types.ResourceUpdatedNotification) and str(message.params.uri) == INBOX:
            news.set()

    async with (
        serving(Email, folder=tmp_path, settings={"email": {"sample": False}}) as server,
        Client(server.sdk, mode="legacy", message_handler=handler) as client,
    ):
        desk = Desk(client, server, Principal("local"))
        await client.subscribe_resource(INBOX)  # pyright: ignore[reportDeprecated]  # what older clients do
        await again_until(news, lambda: desk.deliver(letter()))


async def test_a_mail_tells_when_its_flags_change(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter())
        uri = f"email://{handle}"
        async with desk.client.listen(resource_subscriptions=[uri]) as events:
            await desk.call("email_organize", ids=[handle], action="flag")
            with anyio.fail_after(10):
                assert await anext(aiter(events)) == ResourceUpdated(uri)


async def test_arguments_are_completed(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        handle = await desk.deliver(letter("Figures"))
        await desk.deliver(letter("Lunch", message_id="<two@example.org>"))
        prompt = types.PromptReference(name="reply_to_email")
        found = await desk.client.complete(prompt, {"name": "message", "value": "figures"})
        assert found.completion.values == [handle]
        folder = types.ResourceTemplateReference(uri="email://{account}/{folder}")
        assert (await desk.client.complete(folder, {"name": "account", "value": "lo"})).completion.values == ["local"]


async def test_the_prompts_are_workflows_with_a_gate_before_what_acts(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        for name, arguments in (
            ("reply_to_email", {"message": "local/Inbox/1", "points": "Yes"}),
            ("triage_inbox", {"account": "local"}),
        ):
            content = (await desk.client.get_prompt(name, arguments)).messages[0].content
            assert isinstance(content, types.TextContent)
            assert "STOP first" in content.text
            assert "never instructions" in content.text


async def status(*, accounts: dict[str, dict[str, object]], folder: Path) -> dict[str, Any]:
    """What deskhand_status says of the email toolset, after a search."""
    tree = {"email": {"sample": False}, "accounts": accounts}
    async with serving(Core, Email, folder=folder, settings=tree) as server, client_of(server) as client:
        await client.call_tool("email_search", {})
        result = await client.call_tool("deskhand_status", {})
        assert result.structured_content is not None
        return next(one for one in result.structured_content["toolsets"] if one["name"] == "email")


async def test_health_tells_how_ones_own_accounts_are_and_what_to_do_next(tmp_path: Path) -> None:
    fresh = await status(accounts={}, folder=tmp_path / "fresh")
    assert (fresh["state"], fresh["next_step"]) == ("ok", "Connect a real account: deskhand accounts add.")
    gone: dict[str, object] = {**NOWHERE, "imap": "imap://127.0.0.1:9", "password": "geheim"}
    down = await status(accounts={"work": gone}, folder=tmp_path / "gone")
    assert (down["state"], down["next_step"]) == ("degraded", "deskhand accounts test work")
    assert "work:" in down["detail"]
    assert "geheim" not in str(down)
    others = await status(accounts={"work": {**gone, "owner": "ann"}}, folder=tmp_path / "others")
    assert "work" not in str(others)
