"""The host is killed in the middle of a call; what was said is there, and the conversation goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from deskhand.context.message import ToolResult
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.conversation import result_text
from deskhand.host.open_calls import INTERRUPTED
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio

KILLED = """
import os, signal, sys
from pathlib import Path
import anyio, anyio.lowlevel
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.scripted import ScriptedServers
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel
from deskhand.store.database import Database

async def quick(arguments, progress):
    return "1"

async def slow(arguments, progress):
    while len(chat.conversation.view) < 3:  # until the other result is kept
        await anyio.lowlevel.checkpoint()
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    global chat
    servers = ScriptedServers()
    servers.add("quick", quick)
    servers.add("slow", slow)
    model = ScriptedModel([Step(text="On it.", calls=(ScriptedCall(name="quick"), ScriptedCall(name="slow")))])
    options = ChatOptions(database=Database(Path(sys.argv[1])))
    async with Chat(model, connections=servers, options=options) as chat:
        await chat.answer("do both")

anyio.run(main)
"""


async def test_a_killed_host_has_kept_everything_that_was_known(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.db"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60, check=False)
    assert killed.returncode == -9
    model = ScriptedModel([Step(text="Only one of them is known.")])
    with Database(path) as database:
        options = ChatOptions(database=database, conversation="latest")
        async with Chat(model, options=options) as chat:
            await chat.answer("and?")
            messages = await chat.conversation.messages()
    assert [message.text for message in messages[:2]] == ["do both", "On it."]
    results = [block for message in messages for block in message.content if isinstance(block, ToolResult)]
    assert {result.name: result_text(result) for result in results} == {"quick": "1", "slow": INTERRUPTED}
