"""What a host holds in memory over many turns with a small window: run as a process of its own, it prints one line.

python -m bench.context_memory [turns]     prints the bytes of the process after each turn, as a JSON list
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.context_data import Dialogue, dialogues
from pydantic import JsonValue

from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.events import TurnFinished
from deskhand.host.scripted import ScriptedServers
from deskhand.host.tools import ProgressCallback
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings
from deskhand.settings_sections import RetrievalSettings
from deskhand.store.database import Database

WINDOW = 16_000
TURNS = 1_000
_LOOKUP = "Look it up."


def resident() -> int:
    """Bytes of this process that are in memory now (Linux: `statm`, whose second field counts pages)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def said(among: tuple[Dialogue, ...]) -> Iterator[str]:
    """What the user says, without end: messages of the dialogues, their words in another order each time."""
    texts = [message.text.split() for dialogue in among for message in dialogue.messages if message.role == "user"]
    chosen = random.Random(4)
    while True:
        words = chosen.choice(texts)
        yield " ".join(chosen.sample(words, len(words)))


def servers() -> ScriptedServers:
    """One tool with a long result, another one each time."""
    chosen = random.Random(5)

    async def lookup(_arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str:
        return "\n".join(f"entry {chosen.random()} of the list, as it was on day {line}" for line in range(40))

    found = ScriptedServers()
    found.add("lookup", lookup)
    return found


async def measure(turns: int) -> list[int]:
    """Bytes after each turn. Every tenth turn takes the tool."""
    steps = (
        Step(on="user", match=_LOOKUP, text="Let me look.", calls=(ScriptedCall(name="lookup"),), times=None),
        Step(text=f"This is what I think about it: {{last}} {'And there is more to say. ' * 8}", times=None, chunk=400),
    )
    settings = Settings(retrieval=RetrievalSettings(embeddings="none"))
    held: list[int] = []
    texts = said(dialogues()[:1])
    with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
        model = ScriptedModel(steps, context_window=WINDOW)
        options = ChatOptions(database=database)
        async with Chat(model, connections=servers(), settings=settings, options=options) as chat:
            for turn in range(turns):
                await _turn(chat, f"{next(texts)} {_LOOKUP if turn % 10 == 0 else ''}")
                model.requests.clear()  # a script keeps them for tests to look at; no real model does
                held.append(resident())
    return held


async def _turn(chat: Chat, text: str) -> None:
    async with aclosing(chat.send(text)) as events:
        async for event in events:
            if isinstance(event, TurnFinished):
                assert event.outcome == "done", event.error


def in_child(turns: int = TURNS) -> list[int]:
    """The same, in a process that has done nothing else."""
    command = [sys.executable, "-m", "bench.context_memory", str(turns)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parents[1])
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(anyio.run(measure, int(sys.argv[1]) if len(sys.argv) > 1 else TURNS)))
