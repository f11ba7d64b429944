"""A form's JSON Schema as questions, and typed answers as values."""

import pytest
from pydantic import BaseModel, JsonValue

from deskhand.errors import InvalidInput
from deskhand.host.form_fields import FormField, form_fields

COLOURS: list[JsonValue] = [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}]


def field(schema: dict[str, JsonValue], *, required: bool = True) -> FormField:
    described: dict[str, JsonValue] = {"properties": {"x": schema}, "required": ["x"] if required else []}
    (only,) = form_fields(described)
    return only


@pytest.mark.parametrize(
    ("schema", "typed", "value"),
    [
        ({"type": "string"}, " hello ", "hello"),
        ({"type": "string", "minLength": 2, "maxLength": 3}, "abc", "abc"),
        ({"type": "string", "format": "email"}, "a@example.org", "a@example.org"),
        ({"type": "string", "format": "uri"}, "https://example.org/x", "https://example.org/x"),
        ({"type": "string", "format": "date"}, "2026-02-28", "2026-02-28"),
        ({"type": "string", "format": "date-time"}, "2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "9", 9),
        ({"type": "number"}, "2.5", 2.5),
        ({"type": "boolean"}, "Yes", True),
        ({"type": "boolean"}, "n", False),
        ({"type": "string", "enum": ["a", "b"]}, "2", "b"),
        ({"type": "string", "enum": ["a", "b"], "enumNames": ["Ant", "Bee"]}, "bee", "b"),
        ({"type": "string", "enum": ["10", "2", "1"]}, "1", "1"),
        ({"type": "string", "oneOf": COLOURS}, "green", "#0f0"),
        ({"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}}, "3, a, 3", ["c", "a"]),
        ({"type": "array", "items": {"anyOf": COLOURS}}, "red,2", ["#f00", "#0f0"]),
    ],
)
def test_what_fits_becomes_the_value(schema: dict[str, JsonValue], typed: str, value: object) -> None:
    parsed = field(schema).parse(typed)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("schema", "typed", "says"),
    [
        ({"type": "string", "minLength": 3}, "ab", "at least 3 characters"),
        ({"type": "string", "maxLength": 3}, "abcd", "at most 3 characters"),
        ({"type": "string", "format": "email"}, "nobody", "an email address"),
        ({"type": "string", "format": "uri"}, "example", "an address such as"),
        ({"type": "string", "format": "date"}, "2026-02-30", "a date such as"),
        ({"type": "string", "format": "date-time"}, "2026-02-28T10:00:00", "a time such as"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "10", "a whole number from 1 to 9"),
        ({"type": "integer"}, "2.5", "a whole number"),
        ({"type": "number", "maximum": 9}, "nine", "a number up to 9"),
        ({"type": "number"}, "inf", "a number"),
        ({"type": "number"}, "nan", "a number"),
        ({"type": "boolean"}, "perhaps", "yes or no"),
        ({"type": "string", "enum": ["a", "b"]}, "3", "a name of the list or its number"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2}, "a", "at least 2"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1}, "a,b", "at most 1"),
        ({"type": "string"}, "  ", "x is needed"),
    ],
)
def test_what_does_not_fit_says_what_would(schema: dict[str, JsonValue], typed: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        field(schema).parse(typed)


def test_an_optional_field_may_stay_empty_and_a_default_stands_in() -> None:
    assert field({"type": "string"}, required=False).parse("") is None
    assert field({"type": "integer", "default": 3}).parse("") == 3
    assert field({"type": "boolean", "default": False}).default_text == "no"
    assert field({"type": "array", "items": {"enum": ["a", "b"]}, "default": ["a", "b"]}).default_text == "a, b"


@pytest.mark.parametrize(
    "schema", [{"type": "object"}, {"type": "array", "items": {"type": "string"}}, {"type": ["string", "null"]}]
)
def test_what_a_form_cannot_have_is_refused(schema: dict[str, JsonValue]) -> None:
    with pytest.raises(InvalidInput, match="forms cannot have"):
        field(schema)


def test_the_form_of_a_pydantic_model_is_understood() -> None:
    class Booking(BaseModel):
        guests: int
        note: str = ""

    guests, note = form_fields(Booking.model_json_schema())
    assert (guests.kind, guests.required) == ("integer", True)
    assert (note.kind, note.required, note.title) == ("text", False, "Note")


def test_a_pattern_is_shown_and_never_run() -> None:
    slow = field({"type": "string", "pattern": "(a+)+$"})
    assert slow.parse("a" * 40 + "!") == "a" * 40 + "!"
    assert "(a+)+$" in slow.hint()
