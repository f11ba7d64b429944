"""A JSON Schema as a form: what is drawn, what a browser sends of it, and the typed values that are read from that."""

from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue
from tests.web.submitted import drawn, submitted

from deskhand.web.form_reading import Values, read
from deskhand.web.forms import form_of

Schema = dict[str, JsonValue]
Typed = dict[str, str | list[str]]
COLOURS: JsonValue = [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}]
PERSON: Schema = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "default": 30}},
    "required": ["name"],
}


@dataclass
class Case:
    """A member `x` of a form; what is typed into it, by what follows `x` in the name; what comes out."""

    name: str
    schema: Schema
    typed: Typed = field(default_factory=dict[str, str | list[str]])
    reads: JsonValue = None
    """None where it is left out."""
    required: bool = False
    defs: Schema = field(default_factory=dict[str, JsonValue])
    draws: str = ""
    """A part of the HTML."""

    def whole(self) -> Schema:
        return {
            "type": "object",
            "properties": {"x": self.schema},
            "required": ["x"] if self.required else [],
            "$defs": self.defs,
        }


def typing(value: str | list[str]) -> Typed:
    return {"": value}


TEXT: Schema = {"type": "string"}
EITHER: Schema = {"type": ["string", "number"]}
EITHER_OF: Schema = {"anyOf": [{**TEXT, "pattern": "^a"}, {"type": "number"}, {"type": "null"}], "default": None}
WHOLE_OF: Schema = {"oneOf": [{"type": "integer", "minimum": 5}, TEXT]}
CHOSEN_OF: Schema = {"anyOf": [{**TEXT, "enum": ["a", "b"]}, {"type": "number"}]}
DEFS: Schema = {
    "N": {"type": "integer"},
    "L": {"$ref": "#/$defs/L"},
    "T": {"type": "object", "properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/T"}}},
}
CASES = [
    Case("text", TEXT, typing("hello"), "hello", draws='type="text"'),
    Case("text keeps its spaces", TEXT, typing("  hello "), "  hello "),
    Case("text left empty", TEXT, reads=None),
    Case("text with a default", {**TEXT, "default": "as is"}, reads="as is"),
    Case("a default that is cleared", {**TEXT, "default": "as is"}, typing(""), None),
    Case("text that is hostile stays text", {**TEXT, "default": '"><script>'}, reads='"><script>'),
    Case("email", {**TEXT, "format": "email"}, typing(" a@example.org "), "a@example.org", draws='type="email"'),
    Case("uri", {**TEXT, "format": "uri"}, typing("https://example.org"), "https://example.org", draws='type="url"'),
    Case("date", {**TEXT, "format": "date"}, typing("2026-02-28"), "2026-02-28", draws='type="date"'),
    Case(
        "a time and its zone",
        {**TEXT, "format": "date-time"},
        {"": "2026-07-01T10:00", "~zone": "Europe/Berlin"},
        "2026-07-01T10:00:00+02:00",
        draws='type="datetime-local"',
    ),
    Case(
        "a time by default",
        {**TEXT, "format": "date-time", "default": "2026-07-01T10:00:00-03:30"},
        reads="2026-07-01T10:00:00-03:30",
    ),
    Case("a zone without a time", {**TEXT, "format": "date-time"}, {"~zone": "UTC"}, None),
    Case("long text", {**TEXT, "maxLength": 5000}, typing("a\r\nb"), "a\nb", draws="<textarea"),
    Case("text that begins with a line end", {**TEXT, "default": "\n\nx"}, reads="\n\nx", draws="<textarea"),
    Case("bounds of text", {**TEXT, "minLength": 2, "maxLength": 3}, typing("abc"), "abc", draws='maxlength="3"'),
    Case("an unknown format", {**TEXT, "format": "isbn"}, typing("1"), "1"),
    Case("an example", {**TEXT, "examples": ["Oslo"]}, reads=None, draws='placeholder="Oslo"'),
    Case("integer", {"type": "integer", "minimum": -5, "maximum": 9}, typing("-3"), -3, draws='min="-5"'),
    Case("integer zero", {"type": "integer"}, typing("0"), 0),
    Case("a large integer", {"type": "integer"}, typing("9007199254740993"), 9007199254740993),
    Case("number", {"type": "number"}, typing("2.5"), 2.5, draws='step="any"'),
    Case("a number that is whole stays whole", {"type": "number"}, typing("9007199254740993"), 9007199254740993),
    Case("a number by default", {"type": "number", "default": 0}, reads=0),
    Case("a box by default", {"type": "boolean", "default": True}, reads=True, draws='type="checkbox"'),
    Case("a box that is emptied", {"type": "boolean", "default": True}, typing([]), False),
    Case("a box that must be answered", {"type": "boolean"}, reads=False, required=True),
    Case("yes or no", {"type": "boolean"}, typing("no"), False, draws="No answer"),
    Case("neither yes nor no", {"type": "boolean"}, reads=None),
    Case("few choices", {"type": "string", "enum": ["a", "b"]}, typing("b"), "b", draws='type="radio"'),
    Case("many choices", {"enum": ["a", "b", "c", "d", "e"]}, typing("e"), "e", draws="<select"),
    Case("no choice", {"enum": ["a", "b", "c", "d", "e"]}, reads=None),
    Case("choices with old titles", {"enum": ["a", "b"], "enumNames": ["Ant", "Bee"]}, typing("a"), "a", draws="Ant"),
    Case("choices with titles", {**TEXT, "oneOf": COLOURS}, typing("#0f0"), "#0f0", draws="Green"),
    Case("a choice by default", {**TEXT, "oneOf": COLOURS, "default": "#f00"}, reads="#f00"),
    Case("choices of numbers", {"type": "integer", "enum": [1, 2, 3]}, typing("2"), 2),
    Case("choices that read the same", {"enum": ["1", 1, True, None]}, typing("1"), 1),
    Case("an empty choice", {"enum": ["", "a"]}, typing('""'), "", draws="(empty)"),
    Case("choices that differ in case", {"enum": ["a", "A"]}, typing("A"), "A"),
    Case("a constant", {"const": "v1"}, reads="v1", required=True, draws="<output"),
    Case("a constant one can leave out", {"const": "v1"}, reads=None),
    Case("several", {"type": "array", "items": {"enum": ["a", "b", "c"]}}, typing(["a", "c"]), ["a", "c"]),
    Case("several with titles", {"type": "array", "items": {"anyOf": COLOURS}}, typing(["#f00"]), ["#f00"]),
    Case("several by default", {"type": "array", "items": {"enum": ["a", "b"]}, "default": ["b"]}, reads=["b"]),
    Case("none of several", {"type": "array", "items": {"enum": ["a", "b"]}}, reads=None),
    Case(
        "a default of several taken out", {"type": "array", "items": {"enum": ["a"]}, "default": ["a"]}, typing([]), []
    ),
    Case("lines", {"type": "array", "items": TEXT}, typing("a\r\n\r\n b "), ["a", "b"], draws="one per line"),
    Case("lines of numbers", {"type": "array", "items": {"type": "integer"}}, typing("1\r\n-2"), [1, -2]),
    Case("no lines where a list must be", {"type": "array", "items": TEXT}, reads=[], required=True),
    Case("lines by default", {"type": "array", "items": TEXT, "default": ["a", "b"]}, reads=["a", "b"]),
    Case("lines that hold line ends", {"type": "array", "items": TEXT, "default": ["a\nb", ""]}, reads=["a\nb", ""]),
    Case("an optional number", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}, typing("4"), 4),
    Case("an optional number left empty", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
    Case("two types, one of them null", {"type": ["string", "null"]}, typing("x"), "x"),
    Case("a reference", {"$ref": "#/$defs/N", "default": 2}, reads=2, defs=DEFS),
    Case("a number of any kind", {"anyOf": [{"type": "integer"}, {"type": "number"}]}, typing("4"), 4, draws="number"),
    Case("a number or a text", EITHER, typing("1.5"), 1.5, draws='type="text"'),
    Case("a text where a number could be", EITHER, typing("abc"), "abc"),
    Case("more digits than a number keeps", EITHER, typing("9" * 20_000), "9" * 20_000),
    Case("a decimal that would lose its end", EITHER, typing("1.50"), "1.50"),
    Case("a text of digits, kept as one", {**EITHER, "default": "3"}, reads="3"),
    Case("alternatives of a text and a number", EITHER_OF, typing("2.5"), 2.5, draws='type="text"'),
    Case("alternatives of a text and a number, a text", EITHER_OF, typing("a5"), "a5", draws='type="text"'),
    Case("alternatives left empty", EITHER_OF),
    Case("one of a text and a whole number", WHOLE_OF, typing("7"), 7, draws='type="text"'),
    Case("a fraction where a whole number could be", WHOLE_OF, typing("7.5"), "7.5"),
    Case("a number that is too small to be one", WHOLE_OF, typing("4"), "4"),
    Case("a number out of bounds", {**EITHER, "maximum": 9}, typing("10"), "10", draws='type="text"'),
    Case("a number that neither may be", {"anyOf": [{**TEXT, "minLength": 3}, {"type": "number"}]}, typing("7"), 7),
    Case("a text by default where a number is too small", {**WHOLE_OF, "default": "4"}, reads="4"),
    Case("alternatives that are chosen from", CHOSEN_OF, typing('"b"'), "b", draws="<textarea"),
    Case("lines of a reference", {"type": "array", "items": {"$ref": "#/$defs/N"}}, typing("7"), [7], defs=DEFS),
    Case("a reference wrapped in allOf", {"allOf": [{"$ref": "#/$defs/N"}]}, typing("3"), 3, defs=DEFS),
    Case("a group", PERSON, {"/name": "ann"}, {"name": "ann", "age": 30}, draws="<fieldset"),
    Case("a group left as it is", PERSON, reads=None),
    Case(
        "a group in a group",
        {"type": "object", "properties": {"who": PERSON}},
        {"/who/name": "bob"},
        {"who": {"name": "bob", "age": 30}},
    ),
    Case("names with slashes", {"type": "object", "properties": {"a/b~c": TEXT}}, {"/a~1b~0c": "v"}, {"a/b~c": "v"}),
    Case("a list of objects", {"type": "array", "items": PERSON}, typing('[{"name": "ann"}]'), [{"name": "ann"}]),
    Case("an open object", {"type": "object"}, typing('{"k": [1, null]}'), {"k": [1, None]}),
    Case("anything", {}, typing('"text"'), "text"),
    Case("a schema that is only true", True, typing("0"), 0),  # pyright: ignore[reportArgumentType]
    Case("alternatives", {"anyOf": [{"type": "string"}, PERSON]}, typing('{"name": "ann"}'), {"name": "ann"}),
    Case("itself", {"$ref": "#/$defs/T"}, {"/v": "1"}, {"v": 1}, defs=DEFS),
    Case("a reference to itself", {"$ref": "#/$defs/L"}, typing("1"), 1, defs=DEFS),
    Case("a reference that leads nowhere", {"$ref": "https://example.org/s"}, typing("1"), 1),
    Case("a type nobody knows", {"type": "decimal"}, typing("1"), 1),
    Case("a pattern that never ends is not run", {**TEXT, "pattern": "(a+)+$"}, typing("a" * 40 + "!"), "a" * 40 + "!"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_typed_becomes_the_value_that_the_schema_asks_for(case: Case) -> None:
    form = form_of(case.whole(), "q.")
    html = drawn(form)
    assert case.draws in html
    assert "pattern=" not in html
    answer = read(form, submitted(html, **{f"q.x{name}": value for name, value in case.typed.items()}))
    assert isinstance(answer, Values), answer.errors
    assert answer.values.get("x") == case.reads
    assert type(answer.values.get("x")) is type(case.reads)
    assert ("x" in answer.values) == (case.reads is not None)
