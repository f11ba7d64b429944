"""A toolset whose letters go through the outbox: proposed, asked about or waiting, performed once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import anyio
from pydantic import Field, JsonValue

from deskhand.outbox.act import Act, Attempt, Entry, OutcomeUnknown
from deskhand.principal import Caller
from deskhand.result import Result
from deskhand.toolset import Toolset, ToolsetSettings, tool


class Posted(Result):
    """Where the letter is."""

    state: str
    uri: str


class LettersSettings(ToolsetSettings):
    """Where letters go."""

    box: Path = Field(default=Path(), description="A file that holds what was posted.")
    lost: bool = Field(default=False, description="Whether the postman never answers.")
    copies: bool = Field(default=True, description="Whether a posted letter can be found again.")


class Postman:
    """Puts letters into a file."""

    def __init__(self, settings: LettersSettings) -> None:
        self._settings = settings

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Append the letter; where it is lost, nobody hears of it."""
        await attempt.cross()
        async with await anyio.open_file(self._settings.box, "a") as file:
            await file.write(f"{entry.payload['text']}\n")
        if self._settings.lost:
            raise OutcomeUnknown
        return {"note": "posted"}

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """Whether the letter is in the file."""
        posted = await anyio.Path(self._settings.box).read_text()
        there = self._settings.copies and str(entry.payload["text"]) in posted
        return {"note": "found"} if there else None


class Letters(Toolset):
    """Letters."""

    name = "letters"
    title = "Letters"
    summary = "Letters."
    Settings = LettersSettings
    settings: LettersSettings

    @tool(title="Write", read_only=False, open_world=True)
    async def letter_write(self, text: Annotated[str, Field(description="What to write.")], caller: Caller) -> Posted:
        """Propose a letter; it waits."""
        act = Act("letter", f"A letter: {text}", f"Dear all,\n{text}", payload={"text": text})
        entry = await self.services.outbox.propose(caller.subject, act)
        return Posted(state=entry.state, uri=entry.uri)

    def performers(self) -> Mapping[str, Postman]:
        """Who posts letters."""
        return {"letter": Postman(self.settings)}
