"""What is wrong with a filled-in form: said at the field, in words, with what was typed still there."""

from dataclasses import dataclass

import pytest
from pydantic import JsonValue
from starlette.datastructures import FormData
from tests.web.submitted import drawn, submitted

from deskhand.errors import InvalidInput
from deskhand.web.form_reading import Errors, Values, read, read_object
from deskhand.web.forms import form_of

Schema = dict[str, JsonValue]


@dataclass
class Case:
    name: str
    schema: Schema
    typed: dict[str, str]
    at: str
    """The field that is wrong; empty for the whole form."""
    says: str
    required: bool = False


CASES = [
    Case("nothing where something must be", {"type": "string"}, {}, "x", "is needed", required=True),
    Case("spaces where something must be", {"type": "string"}, {"x": "  "}, "x", "is needed", required=True),
    Case("too short", {"type": "string", "minLength": 3}, {"x": "ab"}, "x", "at least 3 characters"),
    Case("too long", {"type": "string", "maxLength": 3}, {"x": "abcd"}, "x", "at most 3 characters"),
    Case("no email", {"type": "string", "format": "email"}, {"x": "ann"}, "x", "an email address"),
    Case("no address", {"type": "string", "format": "uri"}, {"x": "ann"}, "x", "https://example.org"),
    Case("no date", {"type": "string", "format": "date"}, {"x": "2026-02-30"}, "x", "a date such as"),
    Case("no time", {"type": "string", "format": "date-time"}, {"x": "noon", "x~zone": "UTC"}, "x", "is no time"),
    Case("no zone", {"type": "string", "format": "date-time"}, {"x": "2026-01-01T10:00"}, "x", "zone is missing"),
    Case(
        "a zone that is a path",
        {"type": "string", "format": "date-time"},
        {"x": "2026-01-01T10:00", "x~zone": "../../etc/passwd"},
        "x",
        "is no time zone",
    ),
    Case("a word for a number", {"type": "number"}, {"x": "many"}, "x", "a number"),
    Case(
        "neither of the alternatives",
        {"anyOf": [{"type": "string", "minLength": 3}, {"type": "number"}]},
        {"x": "ab"},
        "x",
        "not valid under any",
    ),
    Case("infinity", {"type": "number"}, {"x": "1e999"}, "x", "a number"),
    Case("a fraction for a whole number", {"type": "integer"}, {"x": "1.5"}, "x", "a whole number"),
    Case("too small", {"type": "integer", "minimum": 1}, {"x": "0"}, "x", "from 1"),
    Case("not large enough", {"type": "number", "exclusiveMinimum": 0}, {"x": "0"}, "x", "minimum of 0"),
    Case("not a multiple", {"type": "integer", "multipleOf": 5}, {"x": "7"}, "x", "multiple of 5"),
    Case("not in the list", {"enum": ["a", "b"]}, {"x": "c"}, "x", "not in the list"),
    Case("too few", {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2}, {"x": "a"}, "x", "too short"),
    Case("none of several", {"type": "array", "items": {"enum": ["a"]}, "minItems": 1}, {}, "x", "needed", True),
    Case("a line that is no number", {"type": "array", "items": {"type": "integer"}}, {"x": "1\nx"}, "x", "Line 2"),
    Case(
        "twice the same",
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"x": "a\na"},
        "x",
        "non-unique",
    ),
    Case("no JSON", {"type": "object"}, {"x": "{"}, "x", "not JSON"),
    Case("a JSON value that is none", {}, {"x": "NaN"}, "x", "not JSON"),
    Case("JSON that is too deep", {}, {"x": "[" * 100_000}, "x", "not JSON"),
    Case("JSON of another type", {"type": "object"}, {"x": "[]"}, "x", "not of type"),
    Case(
        "a member of an object in a list",
        {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        {"x": '[{"n": "one"}]'},
        "x",
        "not of type",
    ),
    Case(
        "what a group needs",
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]},
        {"x/b": "there"},
        "x/a",
        "is needed",
    ),
    Case("what all of it says", {"type": "string", "not": {"const": "no"}}, {"x": "no"}, "x", "should not be valid"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(case: Case) -> None:
    schema: Schema = {"properties": {"x": case.schema}, "required": ["x"] if case.required else []}
    answer = read(form_of(schema), FormData(list(case.typed.items())))
    assert isinstance(answer, Errors)
    assert list(answer.errors) == [case.at]
    assert case.says in answer.errors[case.at]
    html = drawn(answer.form)
    (wrong,) = [field for field in answer.form.all() if field.error]
    assert f'aria-describedby="{wrong.described_by}"' in html
    assert f'id="{wrong.id}-error"' in html
    assert 'aria-invalid="true"' in html
    sent = submitted(html)
    if wrong.kind != "choice":
        kept = {name: str(sent[name]).replace("\r\n", "\n").strip() for name in case.typed}
        assert kept == {name: text.strip() for name, text in case.typed.items()}


def test_what_was_not_asked_for_is_ignored() -> None:
    form = form_of({"properties": {"x": {"type": "string"}}}, "q.")
    answer = read(form, FormData([("q.x", "a"), ("q.y", "b"), ("x", "c"), ("q.x/z", "d")]))
    assert isinstance(answer, Values)
    assert answer.values == {"x": "a"}


def test_what_is_wrong_with_no_field_is_said_of_the_whole_form() -> None:
    schema: Schema = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "minProperties": 1}
    answer = read(form_of(schema), FormData([]))
    assert isinstance(answer, Errors)
    assert list(answer.errors) == [""]
    assert 'role="alert"' in drawn(answer.form)


def test_values_that_are_given_stand_in_the_form() -> None:
    schema: Schema = {"properties": {"x": {"type": "string", "default": "d"}, "n": {"type": "integer"}}}
    html = drawn(form_of(schema, values={"x": "given", "n": 7}, errors={"n": "Not seven."}))
    assert 'value="given"' in html
    assert 'value="7"' in html
    assert "Not seven." in html


def test_a_list_that_lines_cannot_hold_is_read_as_the_json_it_was_drawn_as() -> None:
    schema: Schema = {"properties": {"x": {"type": "array", "items": {"type": "string"}}}}
    values: Schema = {"x": ["two\nlines", ""]}
    answer = read(form_of(schema), submitted(drawn(form_of(schema, values=values))))
    assert isinstance(answer, Values)
    assert answer.values == values


def test_a_schema_of_thousands_of_values_makes_a_form_of_bounded_size() -> None:
    wide: Schema = {f"p{number}": {"type": "string"} for number in range(5_000)}
    form = form_of({"properties": wide})
    assert len(list(form.all())) == 200
    assert form.left_out == 4_800
    assert "4800 more values are not shown" in drawn(form)


def test_a_schema_that_doubles_at_each_level_makes_a_form_of_bounded_size() -> None:
    level: JsonValue = {"type": "object", "properties": {f"p{number}": {"$ref": "#/$defs/L"} for number in range(9)}}
    form = form_of({"properties": {"x": {"$ref": "#/$defs/L"}}, "$defs": {"L": level}})
    assert len(list(form.all())) <= 200


def test_names_and_words_of_a_stranger_stay_text() -> None:
    attack = '"><img src=x onerror=alert(1)>'
    schema: Schema = {
        "properties": {
            attack: {"type": "string", "title": attack, "description": attack, "examples": [attack], "default": attack},
            f"{attack}2": {"enum": [attack, f"{attack}b"], "default": attack},
            f"{attack}3": {"type": "array", "items": {"enum": [attack]}},
            f"{attack}4": {"type": "object", "properties": {attack: {"const": attack}}, "title": attack},
        }
    }
    html = drawn(form_of(schema, attack))
    assert "<img" not in html
    assert "onerror" in html


def test_words_that_hide_something_show_it() -> None:
    html = drawn(form_of({"properties": {"x": {"type": "string", "title": "Am\u202eount", "description": "a\u200bb"}}}))
    assert "\\u202e" in html
    assert "\\u200b" in html


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[1]", "must be a JSON object"),
        ('{"n": "x"}', "n: 'x' is not of type 'integer'"),
        ("{}", "'n' is a required property"),
    ],
)
def test_arguments_typed_as_json_are_held_to_the_schema(text: str, says: str) -> None:
    schema: Schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    with pytest.raises(InvalidInput, match=says.replace("(", r"\(")):
        read_object(schema, text)
    assert read_object(schema, '{"n": 1}') == {"n": 1}
