"""How large, and how deep, what hosts send may be: checked before anything else looks at it."""

import json
import re
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.wire import Raw, check_text

MOST_DEPTH = 64
"""Of lists and objects within each other. What is kept is stored a few levels deeper, and JSON of more than about 200
levels cannot be read back."""
MESSAGE_BYTES, CALL_BYTES = 256 * 1024, 4 * 1024 * 1024
"""Of JSON in UTF-8; a message's without pictures and other base64, which nobody searches."""
_LONG = 4_096
_BASE64 = re.compile(r"(?:data:[^,]{0,200},)?[A-Za-z0-9+/_=-]+")


def check_messages(raws: Sequence[Raw]) -> None:
    """See that messages can be kept: their texts, how deep they are, how large each is and all together.

    Raises:
        InvalidInput: one cannot; says which, what is allowed, and what to do.
    """
    total = 0
    for number, raw in enumerate(raws, 1):
        try:
            total += _checked_size(raw)
        except InvalidInput as error:
            raise InvalidInput(f"Message {number}: {error.message}") from error
        if total > CALL_BYTES:
            raise InvalidInput(
                f"Messages 1 to {number} are together larger than {CALL_BYTES // 1024:,} KB of JSON, the most of one "
                "call. Send them in several calls; put large things into files, or send shorter results."
            )


def check_depth(value: JsonValue) -> None:
    """See that it is not too deep for what goes through it by recursion.

    Raises:
        InvalidInput: it is.
    """
    if any(depth > MOST_DEPTH for depth in _depths(value)):
        raise InvalidInput(
            f"its lists and objects are nested more than {MOST_DEPTH} deep. Send it flatter, or as text."
        )


def _checked_size(raw: Raw) -> int:
    check_depth(raw)
    check_text(raw)
    size = len(json.dumps(raw, ensure_ascii=False).encode())
    text = size - sum(len(one) for one in _strings(raw) if len(one) > _LONG and _BASE64.fullmatch(one))
    if text > MESSAGE_BYTES:
        raise InvalidInput(
            f"it is {-(-text // 1024):,} KB of JSON, and a message may be {MESSAGE_BYTES // 1024} KB besides pictures. "
            "Put the large thing into a file and send where it is, or send a shorter result."
        )
    return size


def _strings(value: JsonValue) -> Iterator[str]:
    """The texts in it. Only for what `check_depth` let through."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _depths(value: JsonValue) -> Iterator[int]:
    """The depth of each list and object in it, from 1. Not by recursion: what is too deep would end that."""
    open_: list[tuple[JsonValue, int]] = [(value, 1)]
    while open_:
        one, depth = open_.pop()
        if isinstance(one, list | dict):
            yield depth
            open_ += [(part, depth + 1) for part in (one.values() if isinstance(one, dict) else one)]
