"""A whole story of office work through the host: real mail and calendar servers, a scripted model, both eras."""

from pathlib import Path

import pytest
from tests.calendar_server.radicale import Radicale
from tests.e2e.office import office
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
from tests.e2e.office_desk import at_the_desk
from tests.e2e.office_story import AGAIN, QUESTIONS
from tests.mail_server.dovecot import Dovecot
from tests.protocol.connected_person import person as onlooker

from deskhand.host.servers import Era

pytestmark = [
    pytest.mark.anyio,
    # The SDK warns of what 2026-07-28 has removed; older clients still do it.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]
WAYS: list[tuple[Era, bool]] = [("modern", True), ("legacy", False)]
"""The era of the protocol, and whether the person answers questions, or decides with `deskhand approve`."""


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
