"""The fields of an elicitation: a flat JSON Schema read as questions, and typed answers checked against it.

MCP 2025-11-25 and later, "Elicitation": strings (length, format), numbers, booleans, single and multiple choice.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from deskhand.errors import InvalidInput

Value = str | int | float | bool | list[str]
Kind = Literal["text", "number", "integer", "boolean", "choice", "choices"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+|[^@\s]+@localhost")
_YES = {"y", "yes", "true", "on", "1"}
_NO = {"n", "no", "false", "off", "0"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that can be chosen, and what it is called."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One question."""

    name: str
    kind: Kind
    title: str
    description: str
    required: bool
    schema: Mapping[str, JsonValue]
    choices: tuple[Choice, ...] = ()

    @property
    def default(self) -> Value | None:
        """The value that stands when nothing is typed."""
        return cast("Value | None", self.schema.get("default"))

    @property
    def default_text(self) -> str:
        """The default as one would type it."""
        default = self.default
        if isinstance(default, bool):
            return "yes" if default else "no"
        if isinstance(default, list):
            return ", ".join(default)
        return "" if default is None else str(default)

    def hint(self) -> str:
        """What can be typed: `a whole number from 1 to 10`."""
        words = {
            "text": _text_hint(self.schema),
            "number": "a number" + _range(self.schema),
            "integer": "a whole number" + _range(self.schema),
            "boolean": "yes or no",
            "choice": "a name of the list or its number",
            "choices": "names of the list or their numbers, with commas" + _count(self.schema),
        }[self.kind]
        return words if self.required or self.default is not None else f"{words}; may stay empty"

    def parse(self, text: str) -> Value | None:
        """The value of what was typed; None when the field stays empty.

        Raises:
            InvalidInput: it does not fit; says what would.
        """
        typed = text.strip()
        if not typed:
            if self.default is not None:
                return self.default
            if self.required:
                raise InvalidInput(f"{self.title} is needed: {self.hint()}.")
            return None
        parsers: dict[Kind, Callable[[FormField, str], Value]] = {
            "text": _parse_text,
            "number": _parse_number,
            "integer": _parse_number,
            "boolean": _parse_boolean,
            "choice": _parse_choice,
            "choices": _parse_choices,
        }
        return parsers[self.kind](self, typed)


def form_fields(schema: Mapping[str, JsonValue]) -> list[FormField]:
    """The questions of a form, in its order.

    Raises:
        InvalidInput: the schema asks for something the protocol does not know in a form.
    """
    properties = _object(schema.get("properties"))
    required = schema.get("required")
    needed = set(cast("list[str]", required)) if isinstance(required, list) else set[str]()
    return [_field(name, _object(described), name in needed) for name, described in properties.items()]


def _field(name: str, schema: dict[str, JsonValue], required: bool) -> FormField:
    kind, choices = _kind(name, schema)
    title = schema.get("title")
    description = schema.get("description")
    return FormField(
        name=name,
        kind=kind,
        title=title if isinstance(title, str) and title else name,
        description=description if isinstance(description, str) else "",
        required=required,
        schema=schema,
        choices=choices,
    )


def _kind(name: str, schema: dict[str, JsonValue]) -> tuple[Kind, tuple[Choice, ...]]:
    kinds: dict[JsonValue, Kind] = {"string": "text", "number": "number", "integer": "integer", "boolean": "boolean"}
    declared = schema.get("type")
    if declared == "array":
        choices = _choices(_object(schema.get("items")))
        if choices:
            return "choices", choices
    elif declared in ("string", None) and (choices := _choices(schema)):
        return "choice", choices
    if not isinstance(declared, str) or declared not in kinds:
        raise InvalidInput(f"The form asks for {name!r} in a way that forms cannot have (type {declared!r}).")
    return kinds[declared], ()


def _choices(schema: dict[str, JsonValue]) -> tuple[Choice, ...]:
    """`enum` (with the old `enumNames`), or `oneOf`/`anyOf` of `const` and `title`."""
    values, names = schema.get("enum"), schema.get("enumNames")
    if isinstance(values, list):
        titles = names if isinstance(names, list) and len(names) == len(values) else values
        return tuple(Choice(str(value), str(title)) for value, title in zip(values, titles, strict=True))
    options = schema.get("oneOf") or schema.get("anyOf")
    found = [_object(option) for option in options] if isinstance(options, list) else []
    return tuple(Choice(str(each["const"]), str(each.get("title", each["const"]))) for each in found if "const" in each)


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _bound(schema: Mapping[str, JsonValue], key: str) -> float | None:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _range(schema: Mapping[str, JsonValue]) -> str:
    low, high = _bound(schema, "minimum"), _bound(schema, "maximum")
    words = f" from {low:g}" if low is not None else ""
    return words + (f" {'to' if words else 'up to'} {high:g}" if high is not None else "")


def _count(schema: Mapping[str, JsonValue]) -> str:
    low, high = _bound(schema, "minItems"), _bound(schema, "maxItems")
    words = f", at least {low:g}" if low else ""
    return words + (f", at most {high:g}" if high is not None else "")


def _text_hint(schema: Mapping[str, JsonValue]) -> str:
    shown = {
        "email": "an email address",
        "uri": "an address such as https://example.org",
        "date": "a date such as 2026-01-31",
        "date-time": "a time such as 2026-01-31T09:00:00+01:00",
    }.get(str(schema.get("format")), "text")
    low, high = _bound(schema, "minLength"), _bound(schema, "maxLength")
    words = f", at least {low:g}" if low else ""
    words += f", at most {high:g}" if high is not None else ""
    # A pattern is not among what MCP lets a form ask for, and is shown but not run: one can be made that never ends.
    like = f", like {schema['pattern']}" if "pattern" in schema else ""
    return (f"{shown}{words} characters" if words else shown) + like


def _parse_text(field: FormField, typed: str) -> str:
    low, high = _bound(field.schema, "minLength"), _bound(field.schema, "maxLength")
    fits = (low is None or len(typed) >= low) and (high is None or len(typed) <= high)
    if not fits or not _has_format(str(field.schema.get("format")), typed):
        raise InvalidInput(f"{field.title} takes {field.hint()}.")
    return typed


def _has_format(name: str, typed: str) -> bool:
    try:
        if name == "date":
            date.fromisoformat(typed)
        elif name == "date-time":
            return datetime.fromisoformat(typed).tzinfo is not None
        elif name == "email":
            return _EMAIL.fullmatch(typed) is not None
        elif name == "uri":
            parts = urlsplit(typed)
            return bool(parts.scheme) and bool(parts.netloc or parts.path) and " " not in typed
    except ValueError:
        return False
    return True


def _parse_number(field: FormField, typed: str) -> int | float:
    low, high = _bound(field.schema, "minimum"), _bound(field.schema, "maximum")
    try:
        value = int(typed) if field.kind == "integer" else float(typed)
    except ValueError:
        value = float("nan")
    # Not a number compares as false either way, and infinity is not JSON.
    if (
        not (float("-inf") < value < float("inf"))
        or (low is not None and value < low)
        or (high is not None and value > high)
    ):
        raise InvalidInput(f"{field.title} takes {field.hint()}.")
    return value


def _parse_boolean(field: FormField, typed: str) -> bool:
    word = typed.casefold()
    if word not in _YES | _NO:
        raise InvalidInput(f"{field.title} takes {field.hint()}.")
    return word in _YES


def _parse_choice(field: FormField, typed: str) -> str:
    return _chosen(field, typed)


def _parse_choices(field: FormField, typed: str) -> list[str]:
    values = list(dict.fromkeys(_chosen(field, part.strip()) for part in typed.split(",") if part.strip()))
    low, high = _bound(field.schema, "minItems"), _bound(field.schema, "maxItems")
    if len(values) < (low or 0) or (high is not None and len(values) > high):
        raise InvalidInput(f"{field.title} takes {field.hint()}.")
    return values


def _chosen(field: FormField, typed: str) -> str:
    """By value or title first, which may themselves be numbers; then by place in the list."""
    word = typed.casefold()
    for choice in field.choices:
        if word in (choice.value.casefold(), choice.title.casefold()):
            return choice.value
    if typed.isdecimal() and 1 <= int(typed) <= len(field.choices):
        return field.choices[int(typed) - 1].value
    raise InvalidInput(f"{typed!r} is not in the list. {field.title} takes {field.hint()}.")


def shown_value(field: FormField, value: Value | None) -> str:
    """A value as it is shown back before it is sent."""
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    titles = {choice.value: choice.title for choice in field.choices}
    values: Sequence[object] = value if isinstance(value, list) else [value]
    return ", ".join(titles.get(str(each), str(each)) for each in values)
