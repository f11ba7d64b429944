"""Letters, at an office that is closed."""

from collections.abc import Mapping

from pydantic import JsonValue
from tests.server.letters import Letters, Postman

from deskhand.errors import Unavailable
from deskhand.outbox.act import Attempt, Entry, NotDone


class ClosedOffice(Letters):
    """Letters that nobody takes."""

    def performers(self) -> Mapping[str, Postman]:
        """Who posts no letters."""
        return {"letter": Nobody(self.settings)}


class Nobody(Postman):
    """Says no after the letter was handed over."""

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Refuse it."""
        await attempt.cross()
        raise NotDone(Unavailable("The office is closed."))
