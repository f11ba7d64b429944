"""Ann at her desk: the host with a scripted model, and a server process that has her account."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.e2e.office import Office
from tests.e2e.office_story import Person, fill_calendar, steps, wish
from tests.protocol.server_process import ServerProcess

from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.events import Event, TurnFinished
from deskhand.host.servers import Era, ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.scripted import ScriptedModel


@dataclass(frozen=True)
class Desk:
    """Ann's chat, and the office around her."""

    office: Office
    server: ServerProcess
    chat: Chat
    ann: Person
    tap: Wiretap
    events: list[Event] = field(default_factory=list[Event])

    async def tell(self, question: str) -> str:
        """One turn; the answer."""
        self.events.extend([event async for event in self.chat.send(question)])
        finished = self.events[-1]
        assert isinstance(finished, TurnFinished)
        assert finished.outcome == "done", finished.error
        return finished.text


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
