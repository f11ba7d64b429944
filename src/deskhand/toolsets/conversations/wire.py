"""JSON as hosts send it: fields read with a reason when they are wrong, and what is not understood kept beside."""

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import JsonValue

from deskhand.errors import InvalidInput

Raw = dict[str, JsonValue]
"""A JSON object."""
MORE, LESS, INSIDE = "more", "less", "inside"
"""Parts of a patch: keys to add, keys to leave out, and patches of the objects at other keys."""
BLOCKS, CALLS = "blocks", "calls"
"""Parts of a patch: patches of the blocks in a content by their places, and of OpenAI's calls in order."""
_QUOTED = 60
"""Characters of what a host sent that an error repeats."""


def text_field(raw: Mapping[str, JsonValue], key: str) -> str:
    """A string that must be there.

    Raises:
        InvalidInput: it is missing, or something else.
    """
    value = raw.get(key)
    if not isinstance(value, str):
        raise InvalidInput(f"{key} must be a string{_instead(raw, key)}.")
    return value


def object_field(raw: Mapping[str, JsonValue], key: str) -> Raw:
    """An object that must be there.

    Raises:
        InvalidInput: it is missing, or something else.
    """
    value = raw.get(key)
    if not isinstance(value, dict):
        raise InvalidInput(f"{key} must be an object{_instead(raw, key)}.")
    return cast("Raw", value)


def quoted(text: str) -> str:
    """A text as an error cites it: the beginning will do."""
    return repr(text[:_QUOTED])[: _QUOTED + 2]


def flag_field(raw: Mapping[str, JsonValue], key: str) -> bool:
    """A truth value; false when it is missing or null.

    Raises:
        InvalidInput: it is something else.
    """
    value = raw.get(key) or False
    if not isinstance(value, bool):
        raise InvalidInput(f"{key} must be true or false{_instead(raw, key)}.")
    return value


def objects(values: JsonValue, what: str) -> list[Raw]:
    """The objects of a list.

    Raises:
        InvalidInput: it is no list, or something else is in it.
    """
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise InvalidInput(f"{what} must be a list of objects.")
    return cast("list[Raw]", values)


def _instead(raw: Mapping[str, JsonValue], key: str) -> str:
    return f", not {type(raw[key]).__name__}" if raw.get(key) is not None else ", and it is missing"


def difference(raw: Raw, understood: Raw) -> Raw:
    """What `patched` must know to make `raw` of what was understood of it; empty when that is the same."""
    pairs = {key: (value, understood[key]) for key, value in raw.items() if key in understood}
    inside: Raw = {
        key: difference(one, other)
        for key, (one, other) in pairs.items()
        if one != other and isinstance(one, dict) and isinstance(other, dict)
    }
    more: Raw = {
        key: value
        for key, value in raw.items()
        if key not in inside and (key not in understood or understood[key] != value)
    }
    less: list[JsonValue] = [key for key in understood if key not in raw]
    parts: Raw = {MORE: more, LESS: less, INSIDE: inside}
    return {key: part for key, part in parts.items() if part}


def patched(understood: Raw, patch: Raw) -> Raw:
    """The object as it came in, or, when what was understood has changed since, as it would have."""
    less = cast("list[str]", patch.get(LESS, []))
    shown = {key: value for key, value in understood.items() if key not in less}
    for key, deeper in cast("dict[str, Raw]", patch.get(INSIDE, {})).items():
        shown[key] = patched(cast("Raw", shown[key]), deeper)
    return shown | cast("Raw", patch.get(MORE, {}))


def patches_in(patch: Raw) -> list[Raw]:
    """The patches within a patch: of objects, of blocks, of calls."""
    by_key = [cast("dict[str, Raw]", patch.get(part, {})) for part in (INSIDE, BLOCKS)]
    return [*(deeper for patches in by_key for deeper in patches.values()), *cast("list[Raw]", patch.get(CALLS, []))]


def check_text(value: JsonValue, what: str = "it") -> None:
    """See that every string in it can be stored; `what` names it in an error.

    Raises:
        InvalidInput: one holds NUL, which databases refuse, or half of a surrogate pair, which no encoding takes.
    """
    for text in _strings(value):
        if "\0" in text:
            raise InvalidInput(f"{what} holds a NUL character, which cannot be stored. Leave it out.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            at = error.start + 1
            raise InvalidInput(
                f"{what} holds half of a surrogate pair (character {at} of a text). Repair it."
            ) from error


def _strings(value: JsonValue) -> Iterator[str]:
    """Every text and key in it. Not by recursion: hosts nest as deep as they like."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            yield from one
            left += one.values()
