"""Conversations of a few messages, for tests of what is done to them as a whole."""

import json
from datetime import UTC, datetime

from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage, StoredOutput
from deskhand.store.database import Database

ANSWER = "I found it."


def body(role: str, text: str) -> str:
    """A message as it is kept."""
    return json.dumps({"role": role, "content": [{"type": "text", "text": text}]}, ensure_ascii=False)


async def talk(database: Database, id: str, *texts: str, owner: str = "ann", title: str = "A talk") -> None:
    """Keep a conversation: each text is the user's and is answered; the messages are `m1`, `m2` and so on."""
    store, now = Conversations(database), datetime.now(UTC)
    said = [each for text in texts for each in (("user", text), ("assistant", ANSWER))]
    for number, (role, text) in enumerate(said, 1):
        row = ConversationRow(id, owner, title, now, now, messages=number - 1)
        outputs = [StoredOutput(f"out_{number}", "tool", text)] if role == "assistant" else []
        await store.append(row, StoredMessage(f"m{number}", body(role, text)), outputs)
