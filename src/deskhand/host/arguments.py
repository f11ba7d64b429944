"""Arguments are checked before they leave: a clear sentence from here lets the model correct itself at once."""

import json
from typing import NoReturn

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from pydantic import JsonValue
from referencing import Registry
from referencing.exceptions import Unresolvable

from deskhand.context.message import ToolCall
from deskhand.host.tools import OfferedTool

_SHOWN_PROBLEMS = 5
_SHOWN_SCHEMA = 2_000  # characters
_SHOWN_PROBLEM = 300  # characters; jsonschema quotes the whole value


class ArgumentCheck:
    """Holds calls to the JSON Schema of their tool; compiles each definition's schema once."""

    def __init__(self) -> None:
        self._validators: dict[str, Validator] = {}

    def problem(self, call: ToolCall, tool: OfferedTool) -> str:
        """What is wrong with a call's arguments and what is expected, for the model; empty when nothing is."""
        found = [_syntax_problem(call.raw)] if call.arguments is None else self._violations(call.arguments, tool)
        if not found:
            return ""
        schema = json.dumps(tool.tool.input_schema, ensure_ascii=False)
        if len(schema) > _SHOWN_SCHEMA:
            schema = schema[:_SHOWN_SCHEMA] + "… (cut)"
        return f"{call.name} was not called: {' '.join(found)} Call it again with arguments that match {schema}"

    def _violations(self, arguments: dict[str, JsonValue], tool: OfferedTool) -> list[str]:
        validator = self._validators.get(tool.fingerprint)
        if validator is None:
            validator = self._validators[tool.fingerprint] = _validator(tool.tool.input_schema)
        try:
            errors = sorted(validator.iter_errors(arguments), key=lambda error: error.json_path)
        except (Unresolvable, ValueError, TypeError, RecursionError):
            return []  # the schema itself is broken: the server is the judge of its arguments
        return [_sentence(error) for error in errors[:_SHOWN_PROBLEMS]]


def _validator(schema: dict[str, JsonValue]) -> Validator:
    """By the dialect the schema names, else 2020-12 (MCP 2025-11-25 and later). A remote `$ref` is never fetched."""
    cls = validator_for(schema, default=Draft202012Validator)
    return cls(schema, registry=Registry())


def _sentence(error: ValidationError) -> str:
    text = error.message if len(error.message) <= _SHOWN_PROBLEM else error.message[:_SHOWN_PROBLEM] + "…"
    return f"{text} (at {error.json_path})."


def _syntax_problem(raw: str) -> str:
    try:
        value: object = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        near = raw[max(0, error.pos - 20) : error.pos + 20]
        return f"The arguments are not JSON: {error.msg} at line {error.lineno} column {error.colno}, near {near!r}."
    except (ValueError, RecursionError) as error:
        return f"The arguments are not JSON: {error}."
    return f"The arguments must be a JSON object, not {_json_type(value)}."


def _json_type(value: object) -> str:
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bool):
        return "a boolean"
    return "null" if value is None else "a number"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
