"""Arguments are checked before they leave: a clear sentence from here lets the model correct itself at once.

The schema comes from a server that may mean harm, and is checked on the event loop. So what could take for ever is left
to the server to judge: regular expressions, and references that multiply.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator
from pydantic import JsonValue
from referencing.jsonschema import EMPTY_REGISTRY

from deskhand.context.message import ToolCall
from deskhand.host.tools import OfferedTool

_SHOWN_PROBLEMS = 5
_SHOWN_SCHEMA = 2_000  # characters
_SHOWN_PROBLEM = 300  # characters; jsonschema quotes the whole value
_MOST_REFERENCES = 10_000
"""References followed in one check: a schema of a few lines can ask for 2 to the power of thousands."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_MATCHING = ("pattern", "patternProperties", "unevaluatedProperties", "unevaluatedItems")
"""Keywords that run a regular expression of the schema's; JavaScript's are not even Python's."""

_log = logging.getLogger(__name__)


Keyword = Callable[[Validator, object, object, object], Iterable[ValidationError] | None]
"""What judges one keyword: (validator, its value, the instance, the schema it stands in)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a schema does not allow: where in the value, and a sentence about it."""

    path: tuple[str | int, ...]
    sentence: str

    @property
    def place(self) -> str:
        """Where, in words."""
        return " → ".join(str(part) for part in self.path) or "The whole"


def violations(schema: Mapping[str, JsonValue], values: dict[str, JsonValue]) -> list[Violation]:
    """What of an object its schema does not allow; nothing where the schema itself is broken, or takes too long."""
    try:
        found = [*islice(_Schema(dict(schema)).errors(values), _SHOWN_PROBLEMS)]
    except Exception:  # as in `ArgumentCheck`: the server is the judge
        _log.info("Values cannot be checked against their schema", exc_info=True)
        return []
    return [Violation(tuple(error.absolute_path), _shortened(error.message)) for error in found]


class ArgumentCheck:
    """Holds calls to the JSON Schema of their tool; compiles each definition's schema once."""

    def __init__(self) -> None:
        self._schemas: dict[str, _Schema] = {}

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
        schema = self._schemas.get(tool.fingerprint)
        if schema is None:
            schema = self._schemas[tool.fingerprint] = _Schema(tool.tool.input_schema)
        try:
            errors = sorted(schema.errors(arguments), key=lambda error: error.json_path)
        except Exception:  # the schema itself is broken, in one of many ways: the server is the judge of its arguments
            _log.info("The arguments of %s cannot be checked here", tool.source, exc_info=True)
            return []
        return [_sentence(error) for error in errors[:_SHOWN_PROBLEMS]]


class _Schema:
    """One schema, by the dialect it names, else 2020-12 (MCP 2025-11-25 and later). A remote `$ref` is not fetched."""

    def __init__(self, schema: dict[str, JsonValue]) -> None:
        self._schema = schema
        self._validator: Validator | None = None
        self._references = 0

    def errors(self, arguments: dict[str, JsonValue]) -> Iterator[ValidationError]:
        """What is wrong with the arguments.

        Raises:
            Exception: the schema is not one, or takes too long.
        """
        if self._validator is None:
            self._validator = self._compiled()
        self._references = 0
        return self._validator.iter_errors(arguments)

    def _compiled(self) -> Validator:
        dialect = validators.validator_for(self._schema, default=Draft202012Validator)
        keywords = dict(dialect.VALIDATORS)
        own = {name: _left_to_the_server for name in _MATCHING if name in keywords}
        own |= {name: self._counted(keywords[name]) for name in _REFERENCES if name in keywords}
        own["additionalProperties"] = _without_patterns(keywords["additionalProperties"])
        judge = cast(Callable[..., Validator], validators.extend(dialect, own))  # pyright: ignore[reportUnknownMemberType]
        return judge(self._schema, registry=EMPTY_REGISTRY)

    def _counted(self, keyword: Keyword) -> Keyword:
        def follow(validator: Validator, value: object, instance: object, schema: object) -> Iterator[ValidationError]:
            self._references += 1
            if self._references > _MOST_REFERENCES:
                raise ValueError("the schema refers to itself too often")
            yield from keyword(validator, value, instance, schema) or ()

        return follow


def _left_to_the_server(
    _validator: Validator, _value: object, _instance: object, _schema: object
) -> Iterator[ValidationError]:
    return iter(())


def _without_patterns(keyword: Keyword) -> Keyword:
    """Which properties are additional depends on the patterns, where there are some."""

    def judge(validator: Validator, value: object, instance: object, schema: object) -> Iterator[ValidationError]:
        if isinstance(schema, dict) and "patternProperties" not in schema:
            yield from keyword(validator, value, instance, cast(object, schema)) or ()

    return judge


def _sentence(error: ValidationError) -> str:
    return f"{_shortened(error.message)} (at {error.json_path})."


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_PROBLEM else text[:_SHOWN_PROBLEM] + "…"


def _syntax_problem(raw: str) -> str:
    try:
        value: object = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        near = raw[max(0, error.pos - 20) : error.pos + 20]
        return f"The arguments are not JSON: {error.msg} at line {error.lineno} column {error.colno}, near {near!r}."
    except (ValueError, RecursionError) as error:
        return f"The arguments are not JSON: {error}."
    if isinstance(value, dict):
        return "The arguments hold half a character (one of a surrogate pair, such as \\ud83d, alone): write it whole."
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
