"""How far a yes reaches, whoever says it and from wherever it is taken back."""

from collections.abc import Sequence

import mcp_types
import pytest

from deskhand.context.message import ToolCall
from deskhand.host.consent import Consent
from deskhand.host.events import ApprovalGiven, Event
from deskhand.host.human import ApprovalRequest, Decision, Span
from deskhand.host.policy import Asked, Policy
from deskhand.host.scripted import READS, WRITES, ScriptedHuman
from deskhand.host.tools import OfferedTool, fingerprint
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
DELETES = mcp_types.ToolAnnotations(read_only_hint=False, destructive_hint=True)


def tool(name: str, *, trusted: bool = True, hints: mcp_types.ToolAnnotations = WRITES) -> OfferedTool:
    """A tool of one server."""
    offered = mcp_types.Tool(name=name, input_schema={"type": "object"}, annotations=hints)
    return OfferedTool(name, "peer", "https://peer.example/mcp", trusted, offered, fingerprint(offered))


def asked(one: OfferedTool) -> Asked:
    return Asked(ToolCall(id=one.name, name=one.name, arguments={}), one)


class Person(ScriptedHuman):
    """Says yes as far as `span`; `meanwhile` is what they do before, elsewhere."""

    def __init__(self, span: Span, meanwhile: Consent | None = None) -> None:
        super().__init__([Decision(allow=True, span=span)] * 3)
        self._meanwhile = meanwhile

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        if self._meanwhile is not None:
            await self._meanwhile.revoke(self._meanwhile.grants())
        return await super().approve(requests)


def policy(consent: Consent, human: ScriptedHuman, heard: list[Event] | None = None) -> Policy:
    events: list[Event] = [] if heard is None else heard
    return Policy((), consent, human, events.append)


REACHES: dict[str, tuple[OfferedTool, bool, tuple[Span, ...]]] = {
    "trusted": (tool("act"), True, ("once", "session", "tool", "server")),
    "destroys": (tool("act", hints=DELETES), True, ("once", "session", "tool")),
    "untrusted": (tool("act", trusted=False), True, ("once", "session", "tool")),
    "untrusted, reads": (tool("act", trusted=False, hints=READS), True, ("once", "session", "tool")),
    "with a token for less": (tool("act"), False, ("once", "session")),
}


@pytest.mark.parametrize(("offered", "lasting", "spans"), REACHES.values(), ids=REACHES)
async def test_no_wider_yes_is_offered_than_holds(offered: OfferedTool, lasting: bool, spans: tuple[Span, ...]) -> None:
    person = Person("once")
    await policy(Consent(Database(None), "ann", lasting=lasting), person).decide([asked(offered)])
    assert person.asked[0][0].spans == spans


@pytest.mark.parametrize(("offered", "lasting", "spans"), REACHES.values(), ids=REACHES)
@pytest.mark.parametrize("said", ["session", "tool", "server"])
async def test_a_yes_that_says_more_than_was_offered_holds_once(
    offered: OfferedTool, lasting: bool, spans: tuple[Span, ...], said: Span
) -> None:
    database = Database(None)
    consent = Consent(database, "ann", lasting=lasting)
    judge = policy(consent, Person(said))
    assert await judge.decide([asked(offered)]) == [Decision(allow=True, span=said)]
    assert [one.tool for one in await judge.undecided([asked(offered)])] == ([] if said in spans else [offered])
    outlives = said in spans and said != "session"
    assert bool(Consent(database, "ann").grants()) == outlives


async def test_a_yes_to_a_whole_server_ends_with_the_trust_in_it() -> None:
    consent = Consent(Database(None), "ann")
    await consent.grant(tool("look", hints=READS), "server")
    later = [asked(tool("later", trusted=trusted, hints=READS)) for trusted in (True, False)]
    assert await policy(consent, Person("once")).undecided(later) == later[1:]


@pytest.mark.parametrize("span", ["tool", "server"])
async def test_a_yes_taken_back_in_another_process_is_asked_about_here(span: Span) -> None:
    database = Database(None)
    here, elsewhere = Consent(database, "ann"), Consent(database, "ann")
    await here.grant(tool("act"), span)
    judge = policy(here.for_one_chat(), Person("once"))
    assert await judge.undecided([asked(tool("act"))]) == []
    await elsewhere.reread()
    await elsewhere.revoke(elsewhere.grants())
    assert await judge.undecided([asked(tool("act"))]) == [asked(tool("act"))]
    assert here.grants() == []


async def test_a_yes_given_in_another_process_holds_here() -> None:
    database = Database(None)
    here, elsewhere = Consent(database, "ann"), Consent(database, "ann")
    await elsewhere.grant(tool("act"), "tool")
    assert await policy(here, Person("once")).undecided([asked(tool("act"))]) == []


async def test_what_was_allowed_before_is_denied_when_that_is_taken_back_while_the_person_thinks() -> None:
    database = Database(None)
    here, elsewhere = Consent(database, "ann"), Consent(database, "ann")
    await here.grant(tool("known"), "tool")
    await elsewhere.reread()
    heard: list[Event] = []
    known, other = await policy(here, Person("once", meanwhile=elsewhere), heard).decide(
        [asked(tool("known")), asked(tool("other"))]
    )
    assert (known.allow, other.allow) == (False, True)
    assert "taken back" in known.reason
    last = [event for event in heard if isinstance(event, ApprovalGiven) and event.call_id == "known"][-1]
    assert last.decision == "deny"
