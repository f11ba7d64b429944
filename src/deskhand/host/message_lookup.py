"""Finding the message that a person means by some of its words."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from deskhand.context.message import Message

_WORD = re.compile(r"[^\s,;()]*[^\s,;().!?]")


async def newest_with(
    newest_first: AsyncGenerator[Message], words: str, fits: Callable[[Message], bool]
) -> Message | None:
    """The newest message with these words in a row, else the newest that has them all; with no words, the newest.

    Only messages that `fits` lets through; case and spaces do not matter.
    """
    phrase = " ".join(words.casefold().split())
    scattered: Message | None = None
    async with aclosing(newest_first) as messages:
        async for message in messages:
            text = " ".join(message.text.casefold().split())
            if not text or not fits(message):
                continue
            if phrase in text:
                return message
            if scattered is None and set(phrase.split()) <= set(_WORD.findall(text)):
                scattered = message
    return scattered
