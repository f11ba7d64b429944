"""A place where everything that has a text has a hostile one: servers, files, memories, titles, what the model says."""

import json
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
from tests.e2e.chat_place import ROOT, Place, place
from tests.web.xss import PAYLOADS as EVERY

from deskhand import local
from deskhand.context.message import user
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database

PAYLOADS = {name: text for name, text in EVERY.items() if name != "surrogate"}
"""Those that JSON can carry: half a character is no text, and the whole message would be refused."""
TEXTS = list(PAYLOADS.values())
ALL = "\n\n".join(TEXTS)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that no text file holds: what has them is shown as bytes."""
LONGEST_NAME = 200
"""Bytes of a file's name, with room for its ending."""

CALL: dict[str, Any] = {"match": "call every tool", "text": ALL, "reasoning": ALL}
STEPS: list[dict[str, Any]] = [
    {"match": "say everything", "text": ALL, "reasoning": ALL, "chunk": 500, "times": None},
    {**CALL, "chunk": 500, "calls": [{"name": "every", "arguments": {text: text for text in TEXTS}}]},
    {"match": "ask me", "calls": [{"name": "ask", "arguments": {}}]},
    {"match": "be dangerous", "calls": [{"name": "danger", "arguments": {text: text for text in TEXTS}}]},
    {"match": None, "text": "That is all.", "times": None},
]


@contextmanager
def hostile_place(folder: Path) -> Generator[Place]:
    """The place, before `deskhand up` runs there."""
    with place(folder, STEPS) as there:
        there.environment["DESKHAND_MODEL__CONTEXT_WINDOW"] = "1000000"
        _servers(folder)
        there.workspace.mkdir(parents=True)
        _files(there.workspace)
        _memories(there)
        anyio.run(_titles, folder / "data")
        yield there


def _servers(folder: Path) -> None:
    """One that works, and others that fail with such texts in their names, commands, addresses and errors."""
    texts = folder / "payloads.json"
    texts.write_text(json.dumps(PAYLOADS))
    peer = str(ROOT / "tests/browser/hostile_peer.py")
    complaint = f"import sys; sys.stderr.write({ALL!r}); sys.exit(3)"
    servers = {
        "hostile": {"command": sys.executable, "args": [peer, str(texts)], "era": "legacy", "trusted": True},
        "complains": {"command": sys.executable, "args": ["-c", complaint]},
        "command": {"command": ALL.replace("\x00", ""), "args": [text.replace("\x00", "") for text in TEXTS]},
        "url": {"url": "javascript:alert(1)"},
        "address": {"url": 'http://127.0.0.1:9/"><img src=x onerror=alert(1)>'},
        **{text: {"command": "none"} for text in TEXTS},
    }
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))


def _files(workspace: Path) -> None:
    """Files named like the texts, where the file system has such names, and files that hold them all."""
    for text in TEXTS:
        if "/" not in text and "\x00" not in text and len(text.encode()) < LONGEST_NAME:
            (workspace / f"{text}.md").write_text(text)
    for ending in ("md", "html", "svg", "json", "txt"):
        (workspace / f"every.{ending}").write_text(CONTROL.sub("", ALL))


def _memories(there: Place) -> None:
    entities = [{"type": "entity", "name": text, "entityType": text, "observations": [text]} for text in TEXTS]
    lines = "\n".join(json.dumps(entity) for entity in entities)
    done = there.run("memory", "import", "--format", "reference", "--skip-bad-lines", given=lines)
    assert "Traceback" not in done.stderr, done.stderr


async def _titles(data: Path) -> None:
    """A conversation of each title."""
    kept = Conversations(Database(data / "deskhand.db"))
    for number, text in enumerate(TEXTS):
        now = datetime.now(UTC)
        row = ConversationRow(f"{number:032x}", local.SUBJECT, text, now, now)
        said = user(text)
        await kept.append(row, StoredMessage(said.id, said.model_dump_json()))
