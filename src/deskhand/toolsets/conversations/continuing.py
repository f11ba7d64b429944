"""A stored conversation as the messages of a prompt, which know users and assistants and nothing else."""

from collections.abc import Iterator
from typing import Literal

from deskhand.context.message import Message
from deskhand.toolsets.conversations.recalling import said
from deskhand.toolsets.conversations.results import uri_of
from deskhand.toolsets.conversations.viewing import View

_LABELS = {"system": "System message of that conversation", "tool": "Result of a tool"}


def spoken(view: View, about: str) -> Iterator[tuple[Literal["user", "assistant"], str]]:
    """Who said what, and at the end what to do now."""
    uri = uri_of(view.stored.id)
    yield "user", f"Here is an earlier conversation of ours, shortened; the whole of it is {uri}. Continue it."
    for message in view.messages():
        if text := said(message).strip():
            yield ("assistant" if message.role == "assistant" else "user"), _labelled(message, text)
    if about or not view.ends_with_request():
        yield "user", f"Go on with this: {about}" if about else "Say in a sentence where we were, and go on from there."


def _labelled(message: Message, text: str) -> str:
    label = _LABELS.get(message.role)
    return f"[{label}]\n{text}" if label else text
