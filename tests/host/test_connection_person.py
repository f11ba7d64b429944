"""What a server asks of the person: bounded before anybody sees it, and answered with what they gave and no more."""

from typing import cast

import anyio
import mcp_types
import pytest
from mcp.client import ClientRequestContext
from mcp.shared.exceptions import UrlElicitationRequiredError
from pydantic import JsonValue

from deskhand.host.connection_person import LARGEST_FORM, LONGEST_ADDRESS, LONGEST_MESSAGE, Questions
from deskhand.host.events import ElicitationAsked, Event, Notice
from deskhand.host.human import FormAnswer
from deskhand.host.scripted import ScriptedHuman

pytestmark = pytest.mark.anyio
NO_CONTEXT = cast(ClientRequestContext, None)
PLAN: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"plan": {"type": "string", "enum": ["free", "paid"], "default": "paid"}, "note": {"type": "string"}},
}


class Asking:
    """A server that asks one person, who answers so."""

    def __init__(self, answer: FormAnswer) -> None:
        self.human = ScriptedHuman(answers=[answer])
        self.heard: list[Event] = []
        self.questions = Questions("peer", self.human, self.heard.append, anyio.Lock())

    async def form(
        self, schema: dict[str, JsonValue], message: str = "Which?"
    ) -> mcp_types.ElicitResult | mcp_types.ErrorData:
        params = mcp_types.ElicitRequestFormParams(message=message, requested_schema=schema)
        return await self.questions.elicit(NO_CONTEXT, params)

    async def page(self, url: str) -> mcp_types.ElicitResult | mcp_types.ErrorData:
        return await self.questions.elicit(NO_CONTEXT, page(url))

    def refusal(self, answer: object) -> str:
        """What the server is told; the person is told that too, and asked nothing."""
        assert isinstance(answer, mcp_types.ErrorData)
        assert answer.code == mcp_types.INVALID_PARAMS
        assert self.human.forms == []
        (told,) = self.heard
        assert isinstance(told, Notice)
        assert answer.message in told.text
        return answer.message


def page(url: str) -> mcp_types.ElicitRequestURLParams:
    return mcp_types.ElicitRequestURLParams(message="Go there.", url=url, elicitation_id="1")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param({}, {}, id="everything emptied"),
        pytest.param({"note": "x"}, {"note": "x"}, id="one emptied"),
        pytest.param(None, {"plan": "paid"}, id="accepted as it stands"),
    ],
)
async def test_the_server_gets_what_the_person_gave_and_a_default_only_where_they_accept_the_form_as_it_stands(
    given: dict[str, str | int | float | bool | list[str] | None] | None, sent: dict[str, str]
) -> None:
    answer = await Asking(FormAnswer("accept", given)).form(PLAN)
    assert answer == mcp_types.ElicitResult(action="accept", content=dict(sent))


async def test_a_message_of_megabytes_is_cut_where_it_is_shown_and_kept_and_says_so() -> None:
    asking = Asking(FormAnswer("decline"))
    await asking.form(PLAN, "A" * 20_000_000)
    (shown,) = asking.human.forms
    assert shown.message == "A" * LONGEST_MESSAGE + "… (19,996,000 more characters, not shown)"
    (event,) = [event for event in asking.heard if isinstance(event, ElicitationAsked)]
    assert event.message == shown.message


async def test_a_form_that_is_too_large_for_a_page_is_refused_in_words() -> None:
    asking = Asking(FormAnswer("accept", {}))
    choices: list[JsonValue] = [f"choice {number}" for number in range(LARGEST_FORM // 10)]
    answer = await asking.form({"type": "object", "properties": {"x": {"type": "string", "enum": choices}}})
    assert f"at most {LARGEST_FORM:,}" in asking.refusal(answer)


async def test_an_address_that_is_too_long_to_be_shown_whole_is_refused_in_words() -> None:
    asking = Asking(FormAnswer("accept"))
    answer = await asking.page("https://peer.example/" + "a" * LONGEST_ADDRESS)
    assert f"at most {LONGEST_ADDRESS:,}" in asking.refusal(answer)


async def test_a_page_to_visit_first_whose_address_is_too_long_was_not_visited() -> None:
    asking = Asking(FormAnswer("accept"))
    required = UrlElicitationRequiredError([page("https://peer.example/" + "a" * LONGEST_ADDRESS)])
    assert not await asking.questions.visited(required)
    assert asking.human.forms == []
