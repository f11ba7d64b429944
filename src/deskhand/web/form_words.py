"""What a field says and allows: its choices, hint, and the attributes of its control."""

import json
import re
from collections.abc import Sequence

from pydantic import JsonValue

from deskhand.host.arguments import violations
from deskhand.host.beginnings import beginning
from deskhand.host.form_fields import FormField
from deskhand.visible import visible, visible_line
from deskhand.web.form_parts import Choice, Control, Kind
from deskhand.web.form_schema import Schema, object_of

_INPUT_TYPES = {"email": "email", "uri": "url", "url": "url", "date": "date", "password": "password"}
_LONG_CHARACTERS = 200
"""A text that may be longer gets more than one line."""
_LONG_NAMES = re.compile(
    r"(text|content|contents|body|message|markdown|html|code|sql|script|csv|notes?|prompt)\Z", re.I
)
"""How a text of several lines is called where the schema does not tell its length."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_KEPT_DIGITS = 15
"""Of a number in double precision (RFC 8259, section 6)."""
_OBVIOUS = ("text", "a number", "a whole number")
_MOST_SHOWN = 300
_MOST_CHOICES = 500
"""More than that are not listed: what is chosen is typed, and held to the schema."""
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 300, 4_000
_MOST_CHARACTERS = 10**9


def title_of(title: JsonValue, name: str) -> str:
    """What a field is called, on one line."""
    return visible_line(beginning(title if isinstance(title, str) and title else name, _LONGEST_TITLE))


def description_of(description: JsonValue) -> str:
    """What is said of a field."""
    return visible(beginning(description, _LONGEST_DESCRIPTION)) if isinstance(description, str) else ""


def choices_of(schema: Schema) -> tuple[Choice, ...]:
    """What can be chosen: `enum` (with the old `enumNames`), or `oneOf`/`anyOf` of `const` and `title`.

    None where there are too many to be listed.
    """
    values, titles = schema.get("enum"), schema.get("enumNames")
    if isinstance(values, list) and values:
        if len(values) > _MOST_CHOICES:
            return ()
        named = titles if isinstance(titles, list) and len(titles) == len(values) else values
        return _keyed([(value, title) for value, title in zip(values, named, strict=True)])
    options = schema.get("oneOf") or schema.get("anyOf")
    found = [object_of(option) for option in options] if isinstance(options, list) else []
    if not 0 < len(found) <= _MOST_CHOICES or any("const" not in each for each in found):
        return ()
    return _keyed([(each["const"], each.get("title", each["const"])) for each in found])


def constant_of(schema: Schema) -> Choice:
    """The only value that is allowed, by `const`."""
    return _keyed([(schema.get("const"), schema.get("const"))])[0]


def hint_of(schema: Schema, kind: Kind) -> str:
    """What can be typed, where that needs words: `a whole number from 1 to 10`."""
    if kind == "json":
        return "JSON"
    if kind == "lines":
        inner = FormField("", "choices", "", "", True, schema).hint()
        return inner.replace("names of the list or their numbers, with commas", "one per line")
    if kind not in ("text", "number", "integer"):
        return ""
    words = FormField("", kind, "", "", True, schema).hint()
    return "" if words in _OBVIOUS else visible_line(words[:_MOST_SHOWN])


def is_long(name: str, schema: Schema, texts: Sequence[str]) -> bool:
    """Whether a text needs a control of several lines."""
    most = schema.get("maxLength")
    if any("\n" in text for text in texts) or "contentMediaType" in schema:
        return True
    if "format" in schema:
        return False
    return most > _LONG_CHARACTERS if isinstance(most, int | float) else bool(_LONG_NAMES.search(name))


def attributes_of(schema: Schema, kind: Kind, control: Control) -> dict[str, str]:
    """The bounds as HTML has them, and an example; never `pattern`, as one can be made that takes for ever."""
    found = {"placeholder": _example(schema)} if kind in ("text", "number", "integer", "lines", "json") else {}
    if kind in ("number", "integer"):
        found |= {"type": "number", "step": "1" if kind == "integer" else "any"}
        found |= {name: _number(schema.get(key)) for name, key in (("min", "minimum"), ("max", "maximum"))}
    elif kind == "text":
        found["type"] = _INPUT_TYPES.get(str(schema.get("format")), "text") if control == "input" else ""
        found |= {"minlength": _length(schema.get("minLength")), "maxlength": _length(schema.get("maxLength"))}
    return {name: text for name, text in found.items() if text}


def text_of(value: JsonValue) -> str:
    """A value as one would type it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def number_or_text(text: str, schema: Schema) -> JsonValue:
    """What was typed where either may stand: a number that is written as JSON has it and that all readers keep.

    One that the schema does not allow is a text where it allows that: `5` beside whole numbers from 100.
    """
    digits = sum(each.isdigit() for each in text)
    value = json.loads(text) if digits <= _KEPT_DIGITS and _NUMBER.fullmatch(text) else text
    types = schema.get("type")
    only_whole = isinstance(types, list) and "number" not in types
    if text_of(value) != text or (only_whole and isinstance(value, float)):
        return text
    return text if not _allows(schema, value) and _allows(schema, text) else value


def _allows(schema: Schema, value: JsonValue) -> bool:
    return not violations({"properties": {"it": {**schema}}}, {"it": value})


def _keyed(pairs: Sequence[tuple[JsonValue, JsonValue]]) -> tuple[Choice, ...]:
    """Choices by their text; by their JSON where two would read the same (`1` and `"1"`), or one would read empty."""
    keys = [text_of(value) for value, _ in pairs]
    if len(set(keys)) < len(keys) or "" in keys:
        keys = [json.dumps(value) for value, _ in pairs]
    return tuple(
        Choice(key, visible_line(beginning(text_of(title), _LONGEST_TITLE)) or "(empty)", value)
        for key, (value, title) in zip(keys, pairs, strict=True)
    )


def _example(schema: Schema) -> str:
    examples = schema.get("examples")
    if not isinstance(examples, list) or not examples:
        return ""
    return visible_line(text_of(examples[0]))[:_MOST_SHOWN]


def _number(value: JsonValue) -> str:
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _length(value: JsonValue) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_CHARACTERS
    return str(value) if whole else ""
