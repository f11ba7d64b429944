"""Arguments are held to a tool's schema, and a schema that means harm does no harm."""

import json
import subprocess
import sys
from pathlib import Path

import mcp_types
import pytest
from pydantic import JsonValue

from deskhand.context.message import ToolCall
from deskhand.host.arguments import ArgumentCheck
from deskhand.host.tools import OfferedTool, fingerprint

STRING: dict[str, JsonValue] = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


def problem(schema: dict[str, JsonValue], arguments: dict[str, JsonValue]) -> str:
    tool = mcp_types.Tool(name="act", input_schema=schema)
    offered = OfferedTool("act", "s", "https://s.example/mcp", False, tool, fingerprint(tool))
    return ArgumentCheck().problem(ToolCall(id="1", name="act", arguments=arguments), offered)


def about_a(schema: JsonValue) -> dict[str, JsonValue]:
    return {"type": "object", "properties": {"a": schema}}


def multiplying_references(depth: int) -> dict[str, JsonValue]:
    """A schema that is followed 2 to the power of `depth` times."""
    levels: dict[str, JsonValue] = {
        f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}, {"$ref": f"#/$defs/d{level + 1}"}]}
        for level in range(depth)
    }
    return {**about_a({"$ref": "#/$defs/d0"}), "$defs": {**levels, f"d{depth}": {}}}


def test_what_is_wrong_is_said_with_its_place() -> None:
    said = problem(STRING, {"a": 5})
    assert "5 is not of type 'string' (at $.a)." in said
    assert said.endswith(json.dumps(STRING))


def test_a_reference_inside_the_schema_is_followed() -> None:
    schema: dict[str, JsonValue] = {**about_a({"$ref": "#/$defs/word"}), "$defs": {"word": {"type": "string"}}}
    assert problem(schema, {"a": "x"}) == ""
    assert "is not of type 'string'" in problem(schema, {"a": 5})


def test_an_additional_property_is_refused_unless_patterns_decide() -> None:
    closed = {**STRING, "additionalProperties": False}
    assert "'b' was unexpected" in problem(closed, {"a": "x", "b": 1})
    assert problem({**closed, "patternProperties": {"^b$": {}}}, {"a": "x", "b": 1}) == ""


def test_a_schema_that_would_take_for_ever_is_left_to_the_server() -> None:
    endless = "a" * 60 + "!"
    matching: dict[str, JsonValue] = {"type": "object", "patternProperties": {"^(a+)+$": {}}}
    cases: list[tuple[dict[str, JsonValue], dict[str, JsonValue]]] = [
        (about_a({"type": "string", "pattern": "^(a+)+$"}), {"a": endless}),
        ({**matching, "additionalProperties": False}, {endless: 1}),
        ({**matching, "unevaluatedProperties": False}, {endless: 1}),
        (multiplying_references(60), {"a": "x"}),
    ]
    code = f"from test_arguments import problem; print([problem(*case) for case in {cases!r}])"
    done = subprocess.run(  # in a process of its own: what holds the interpreter up could not be stopped here
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "['', '', '', '']\n"


@pytest.mark.parametrize(
    "schema",
    [
        about_a({"pattern": r"^\p{L}+$"}),
        about_a({"type": "nonsense"}),
        about_a({"multipleOf": 0}),
        about_a({"$ref": "https://elsewhere.example/schema.json"}),
        about_a({"$ref": "#/properties/a"}),
        {"type": "object", "$schema": 5},
        {"type": "object", "properties": [1]},
    ],
)
def test_a_schema_that_cannot_be_used_here_is_left_to_the_server(schema: dict[str, JsonValue]) -> None:
    assert problem(schema, {"a": 5}) == ""
