"""A client on a served mailbox, of either protocol era."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode

from deskhand.mail.mailbox import Flag, Mailbox
from deskhand.principal import LOCAL, Principal
from deskhand.server.build import DeskhandServer
from deskhand.testing import call, client_of, refusal, serving, text_of
from deskhand.toolsets.email.handle import handle_of
from deskhand.toolsets.email.toolset import Email

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
YES = types.ElicitResult(action="accept", content={"send": True})
NO = types.ElicitResult(action="accept", content={"send": False})
DECLINED = types.ElicitResult(action="decline")
CLOSED = types.ElicitResult(action="cancel")
NOWHERE: Mapping[str, object] = {"address": "ann@example.org", "smtp": "smtp://127.0.0.1:9", "security": "none"}
"""An account of the local person whose server does not answer: for what must not be sent."""
_DATE = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class Desk:
    """A client, its server, and what the person was asked."""

    def __init__(self, client: Client, server: DeskhandServer, caller: Principal) -> None:
        self.client = client
        self.server = server
        self.caller = caller
        self.asked: list[str] = []

    @property
    def mailbox(self) -> Mailbox:
        """The caller's mailbox on this machine."""
        return self.server.accounts.mailbox(self.server.accounts.named(self.caller.subject, "local"))

    async def call(self, tool: str, **arguments: object) -> Mapping[str, Any]:
        """A tool's structured answer; the call must succeed."""
        return await call(self.client, tool, **arguments)

    async def text(self, tool: str, **arguments: object) -> str:
        """What a tool says to people; the call must succeed."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, text_of(result)
        return text_of(result)

    async def refusal(self, tool: str, **arguments: object) -> str:
        """What a tool says when it refuses."""
        return await refusal(self.client, tool, **arguments)

    async def deliver(
        self, raw: str | bytes, *, folder: str = "Inbox", at: datetime = _DATE, flags: frozenset[Flag] = frozenset()
    ) -> str:
        """Put a mail into the caller's mailbox on this machine; its handle."""
        data = raw.encode() if isinstance(raw, str) else raw
        return handle_of(await self.mailbox.append(folder, data.replace(b"\n", b"\r\n"), flags, at))


@asynccontextmanager
async def mail_desk(
    folder: Path,
    *,
    mode: ConnectMode = "auto",
    caller: Principal = LOCAL,
    answer: types.ElicitResult | None = None,
    accounts: Mapping[str, Mapping[str, object]] | None = None,
    sample: bool = False,
) -> AsyncGenerator[Desk]:
    """A client on the mail kept in `folder`; the person gives `answer` when asked, without one nobody can be asked."""
    settings = {"email": {"sample": sample}, "accounts": dict(accounts or {})}
    async with serving(Email, folder=folder, caller=caller, settings=settings, time_zone="Europe/Berlin") as server:
        if answer is None:
            async with client_of(server, mode=mode) as client:
                yield Desk(client, server, caller)
            return
        asked: list[str] = []

        async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
            asked.append(params.message)
            return answer

        async with Client(server.sdk, mode=mode, elicitation_callback=person) as client:
            desk = Desk(client, server, caller)
            desk.asked = asked
            yield desk


def letter(
    subject: str = "Figures",
    text: str = "Here they are.",
    *,
    sender: str = "Bob <bob@example.org>",
    to: str = "you@deskhand.localhost",
    message_id: str = "<one@example.org>",
    more: str = "",
) -> str:
    """A mail as it arrives; `more` are further header lines, each with its line break."""
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Fri, 20 Nov 2026 09:30:00 +0100\n"
        f"Message-ID: {message_id}\n{more}\n{text}\n"
    )
