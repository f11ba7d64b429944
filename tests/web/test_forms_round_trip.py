"""Whatever values a flat form is filled with come back as they were, through HTML and what a browser sends of it."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.web.submitted import drawn, submitted

from deskhand.web.form_reading import Values, read
from deskhand.web.forms import form_of

Member = tuple[dict[str, JsonValue], JsonValue]
"""A schema, and a value that fits it."""

ASCII = st.characters(max_codepoint=126)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: bool(text.strip()))
LINES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def member(schema: dict[str, JsonValue]) -> st.SearchStrategy[dict[str, JsonValue]]:
    return st.just(schema)


def a_choice(choices: list[str]) -> st.SearchStrategy[Member]:
    return st.tuples(member({"type": "string", "enum": [*choices]}), st.sampled_from(choices))


def several(choices: list[str]) -> st.SearchStrategy[tuple[dict[str, JsonValue], list[str]]]:
    chosen = st.sets(st.sampled_from(choices), min_size=1).map(lambda some: [each for each in choices if each in some])
    schema: dict[str, JsonValue] = {"type": "array", "items": {"type": "string", "enum": [*choices]}}
    return st.tuples(member(schema), chosen)


CHOICES = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8, unique=True)
MEMBERS: st.SearchStrategy[tuple[dict[str, JsonValue], object]] = st.one_of(
    st.tuples(member({"type": "string"}), TEXT),
    st.tuples(member({"type": "string", "maxLength": 10_000}), LINES),
    st.tuples(member({"type": "integer"}), st.integers()),
    st.tuples(member({"type": "number"}), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(member({"type": "boolean"}), st.booleans()),
    st.tuples(member({"type": "boolean", "default": True}), st.booleans()),
    st.tuples(member({"type": "string", "format": "date"}), st.dates().map(str)),
    st.tuples(
        member({"type": "array", "items": {"type": "string"}}),
        st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1),
    ),
    st.tuples(member({"type": "array", "items": {"type": "integer"}}), st.lists(st.integers(), min_size=1)),
    st.tuples(
        member({"type": ["string", "number"]}),
        st.text(ASCII, min_size=1) | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.tuples(member({"anyOf": [{"type": "integer"}, {"type": "string"}]}), st.text(ASCII, min_size=1) | st.integers()),
    st.tuples(member({}), st.recursive(st.booleans() | st.integers() | st.text(ASCII), st.lists)),
    CHOICES.flatmap(a_choice),
    CHOICES.flatmap(several),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=8)


@given(st.dictionaries(NAMES, MEMBERS, max_size=6), st.data())
def test_what_a_form_is_filled_with_is_what_is_read_from_it(
    members: dict[str, tuple[dict[str, JsonValue], JsonValue]], data: st.DataObject
) -> None:
    there = {name for name in members if data.draw(st.booleans())}
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {name: described for name, (described, _value) in members.items()},
        "required": [*sorted(there)],
    }
    values = {name: value for name, (_, value) in members.items() if name in there}
    answer = read(form_of(schema, "f."), submitted(drawn(form_of(schema, "f.", values))))
    assert isinstance(answer, Values), answer.errors
    defaults = {name for name, (described, _) in members.items() if "default" in described}
    assert {name: value for name, value in answer.values.items() if name in there or name not in defaults} == values
