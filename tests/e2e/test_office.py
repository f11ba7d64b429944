"""A whole story of office work through the host: real mail and calendar servers, a scripted model, both eras."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.calendar_server.radicale import Radicale
from tests.e2e.office import Office, office
from tests.e2e.office_checks import (
    bob_accepts,
    check_bobs_inbox,
    check_calendar,
    check_copies,
    check_outbox,
    check_questions,
    check_workspace,
    decide,
    hears_of_new_mail,
)
from tests.e2e.office_story import AGAIN, QUESTIONS, Person, fill_calendar, steps, wish
from tests.mail_server.dovecot import Dovecot
from tests.protocol.connected_person import person as onlooker
from tests.protocol.server_process import ServerProcess

from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.servers import Era, ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.scripted import ScriptedModel

pytestmark = [
    pytest.mark.anyio,
    # The SDK warns of what 2026-07-28 has removed; older clients still do it.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]
WAYS: list[tuple[Era, bool]] = [("modern", True), ("legacy", False), ("legacy", True), ("modern", False)]
"""The era of the protocol, and whether the person answers questions, or decides with `deskhand approve`."""


@dataclass(frozen=True)
class Desk:
    """Ann's chat, and the office around her."""

    office: Office
    server: ServerProcess
    chat: Chat
    ann: Person
    tap: Wiretap

    async def tell(self, question: str) -> str:
        """One turn; the answer."""
        return await self.chat.answer(question)


@asynccontextmanager
async def at_the_desk(here: Office, *, era: Era, answers: bool) -> AsyncGenerator[Desk]:
    """Ann's chat with a server process, after Bob's mail has come."""
    fill_calendar(here)
    here.post(wish())
    tap, ann = Wiretap(), Person(answers)
    with here.serving() as server:
        spec = ServerSpec("deskhand", url=f"{server.url}/mcp", headers=server.headers, trusted=True, era=era)
        options = ChatOptions(tap=tap, ready_seconds=30)
        async with Chat(ScriptedModel(steps()), [spec], human=ann, options=options) as chat:
            yield Desk(here, server, chat, ann, tap)


@pytest.mark.parametrize(("era", "answers"), WAYS, ids=[f"{era}-{'asked' if a else 'approve'}" for era, a in WAYS])
async def test_a_mail_becomes_a_chart_a_meeting_and_an_answer_each_once(
    era: Era, answers: bool, tmp_path: Path, dovecot: Dovecot, radicale: Radicale
) -> None:
    with office(tmp_path, dovecot, radicale) as here:
        here.configure()
        async with at_the_desk(here, era=era, answers=answers) as desk:
            mail, chart, meeting, reply = [await desk.tell(question) for question in QUESTIONS]
            assert "can we meet on" in mail
            assert "Largest: September, 79.9K" in chart
            assert (meeting, reply) == (("done", "sent") if answers else ("waiting", "waiting"))
            assert desk.ann.approved == ["email_organize", "schedule_meeting", "email_send"]
            if answers:
                check_questions(desk.ann.asked)
            else:
                decide(here)
            assert await desk.tell(AGAIN) == "done, sent"
            check_workspace(here)
            invited = check_bobs_inbox(here)
            check_calendar(here, invited)
            check_copies(here)
            async with onlooker(desk.server, "local", "legacy" if era == "legacy" else "auto") as client:
                await check_outbox(here, client)
                await hears_of_new_mail(here, client, modern=era == "modern")
                await bob_accepts(here, client, invited)
