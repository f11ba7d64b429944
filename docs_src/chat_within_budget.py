"""Keep a chat within a budget, in plain Python: `python docs_src/chat_within_budget.py`.

No server, no database, no key: `ask_model` stands in for a model. Put yours in its place.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import anyio

from deskhand.context.dialogue import Dialogue
from deskhand.context.message import Message, Text, user
from deskhand.context.shape import DEFAULT

dialogue = Dialogue(budget=1_000, shape=DEFAULT)


async def answer(question: str) -> str:
    """One turn of a chat."""
    dialogue.add(user(question))
    shown = await dialogue.messages()  # at most 1,000 tokens, compacted when that is due
    reply = await ask_model(shown)
    dialogue.add(reply)
    return reply.text


async def ask_model(messages: Sequence[Message]) -> Message:
    """Quotes the line it is shown that shares most words with the question."""
    asked = set(re.findall(r"\w{4,}", messages[-1].text.lower()))
    lines = [line for message in messages[:-1] for line in message.text.splitlines()]
    best = max(lines, key=lambda line: len(asked & set(re.findall(r"\w{4,}", line.lower()))))
    return Message(role="assistant", content=(Text(text=best),))


def said_before() -> list[Message]:
    """A talk that somebody had before, without its tool calls."""
    talk = json.loads((Path(__file__).parent / "kitchen.json").read_text("utf-8"))
    return [
        Message(role=each["role"], content=(Text(text=each["content"]),), metadata=each["metadata"], id=f"m{number}")
        for number, each in enumerate(talk, 1)
        if each["role"] != "tool" and each["content"]
    ]


async def main() -> None:
    """Ask for what was said at the beginning, see what the model sees, and take the compaction back."""
    dialogue.add(*said_before())
    print(await answer("How high above the floor does the window begin?"))
    receipt = dialogue.receipts[-1]
    print(f"{receipt.tokens_before} → {receipt.tokens_after} tokens, {len(receipt.moved_out)} messages moved out")
    for message in await dialogue.messages():
        print(f"\n{message.role}: {message.text}")
    dialogue.undo()
    print(f"\n{len(dialogue.receipts)} compactions in force")


if __name__ == "__main__":
    anyio.run(main)
