"""A JSON Schema as a form: which control asks for each value, and what stands in it.

For elicitations (MCP 2025-11-25, "Elicitation": flat, few types) and for the input of tools (any schema at all).
What no control fits is asked for as JSON. `form_reading` takes what comes back.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from pydantic import JsonValue

from deskhand.web.form_parts import Choice, Control, Field, Form, Kind
from deskhand.web.form_schema import Plain, Schema, object_of, plain
from deskhand.web.form_words import (
    attributes_of,
    choices_of,
    constant_of,
    description_of,
    hint_of,
    is_long,
    number_or_text,
    text_of,
    title_of,
)
from deskhand.web.form_zones import split_time

MOST_FIELDS = 200
"""Of one form: what comes after is asked for as JSON."""
_DEEPEST = 5
"""Groups in groups: what lies deeper, or refers to itself, is asked for as JSON."""
_FEW = 4
"""So many choices are shown at once; more make a list to open."""
_UNSUITABLE = re.compile(r"[^A-Za-z0-9-]+")
_UNTYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""What a control does not give back as it was: browsers change CR, and drop other control characters."""
_SCALARS = ("string", "number", "integer")
_PLAIN_KINDS: Mapping[str, Kind] = {"number": "number", "integer": "integer", "boolean": "boolean"}
_CONTROLS: Mapping[Kind, Control] = {
    "time": "zoned",
    "number": "input",
    "integer": "input",
    "choices": "checks",
    "lines": "area",
    "json": "area",
    "constant": "constant",
    "group": "group",
}


def form_of(
    schema: Mapping[str, JsonValue],
    prefix: str = "",
    values: Mapping[str, JsonValue] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """The form of an object's schema, filled with `values`, else with its defaults.

    `prefix` begins all names and ids: forms on one page need different ones. `errors` are sentences by a field's name;
    one by the name "" is about the whole form.
    """
    whole = plain(dict(schema), schema)
    fields = _Builder(schema, prefix).members(whole, (), dict(values or {}), insists=True)
    form = Form(schema, prefix, fields, left_out=len(whole.properties) - len(fields))
    return with_errors(form, errors) if errors else form


def with_errors(form: Form, errors: Mapping[str, str]) -> Form:
    """The form with a sentence at each field that is wrong."""
    return replace(form, fields=tuple(_marked(each, errors) for each in form.fields), error=errors.get("", ""))


def name_of(prefix: str, path: tuple[str, ...]) -> str:
    """What a form sends a value as (RFC 6901 without the first slash)."""
    return prefix + "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)


def _marked(field: Field, errors: Mapping[str, str]) -> Field:
    inner = tuple(_marked(each, errors) for each in field.fields)
    return replace(field, fields=inner, error=errors.get(field.name, ""))


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of an object: where it is, what it is, and what the object holds."""

    path: tuple[str, ...]
    node: Plain
    required: bool
    insists: bool
    values: Mapping[str, JsonValue]

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def value(self) -> JsonValue:
        return self.values.get(self.name, self.node.schema.get("default"))


class _Builder:
    """Makes the fields of one form, a bounded number of them."""

    def __init__(self, root: Schema, prefix: str) -> None:
        self._root = root
        self._prefix = prefix
        self._ids = "field-" + _UNSUITABLE.sub("-", prefix)
        self._count = 0
        self._promised = 0
        """Fields that are made, or will be as members of a group that is begun."""

    def members(
        self, node: Plain, path: tuple[str, ...], values: Mapping[str, JsonValue], insists: bool
    ) -> tuple[Field, ...]:
        """The fields of an object; `insists` where it cannot be left out."""
        described = [*islice(node.properties.items(), MOST_FIELDS)]
        self._promised += len(described)
        return tuple(
            self._field(
                _Member(
                    (*path, name),
                    plain(schema, self._root),
                    name in node.required,
                    insists and name in node.required,
                    values,
                )
            )
            for name, schema in described
        )

    def _field(self, member: _Member) -> Field:
        self._count += 1
        identifier, node, schema = f"{self._ids}{self._count}", member.node, member.node.schema
        kind, choices = self._kind(member)
        kind, shown = _shown(kind, choices, member.value)
        control = _control(kind, member, choices, shown)
        inner = self.members(node, member.path, object_of(member.value), member.insists) if kind == "group" else ()
        if kind == "lines":
            schema = {**schema, "items": dict(plain(schema.get("items"), self._root).schema)}
        return Field(
            path=member.path,
            name=name_of(self._prefix, member.path),
            id=identifier,
            kind=kind,
            control=control,
            title=title_of(schema.get("title"), member.name),
            required=member.required,
            schema=schema,
            nullable=node.nullable,
            insists=member.insists and not node.nullable,
            description=description_of(schema.get("description")),
            hint=hint_of(schema, kind),
            attributes=attributes_of(schema, kind, control),
            choices=choices,
            fields=inner,
            shown=shown,
            given=member.name in member.values,
        )

    def _kind(self, member: _Member) -> tuple[Kind, tuple[Choice, ...]]:
        node, schema = member.node, member.node.schema
        if "const" in schema:
            return ("constant" if member.required else "choice"), (constant_of(schema),)
        if node.type in ("", *_SCALARS) and (choices := choices_of(schema)):
            return "choice", choices
        if node.type == "array":
            return self._array(schema)
        if node.type == "object" and node.properties and len(member.path) <= _DEEPEST and self._room(node):
            return "group", ()
        if node.type == "string":
            return ("time" if schema.get("format") == "date-time" else "text"), ()
        if node.is_number_or_text:
            comes_back = member.value is None or _same(number_or_text(text_of(member.value), schema), member.value)
            return ("text" if comes_back else "json"), ()
        return _PLAIN_KINDS.get(node.type, "json"), ()

    def _array(self, schema: Schema) -> tuple[Kind, tuple[Choice, ...]]:
        items = plain(schema.get("items"), self._root)
        if choices := choices_of(items.schema):
            return "choices", choices
        return ("lines" if items.type in _SCALARS and not items.nullable else "json"), ()

    def _room(self, node: Plain) -> bool:
        return self._promised + len(node.properties) <= MOST_FIELDS


def _shown(kind: Kind, choices: tuple[Choice, ...], value: JsonValue) -> tuple[Kind, tuple[str, ...]]:
    """What stands in a field, and what it is read as: a value that its control could not hold makes it JSON."""
    if value is None or kind in ("group", "constant"):
        return kind, ()
    if kind in ("choice", "choices"):
        wanted = value if kind == "choices" and isinstance(value, list) else [value]
        return kind, tuple(choice.key for choice in choices if any(_same(choice.value, each) for each in wanted))
    if kind == "boolean":
        return kind, ("yes" if value else "no",)
    if kind == "time":
        parts = split_time(value) if isinstance(value, str) else None
        return (kind, parts) if parts else ("text", (text_of(value),))
    if kind == "lines" and isinstance(value, list):
        texts = [text_of(each) for each in value]
        if all(text and text == text.strip() and not _UNTYPED.search(text) and "\n" not in text for text in texts):
            return kind, tuple(texts)
    if kind in ("json", "lines") or (isinstance(value, str) and _UNTYPED.search(value)):
        return "json", (json.dumps(value, indent=2, ensure_ascii=False),)
    return kind, (text_of(value),)


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Equal as JSON: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _control(kind: Kind, member: _Member, choices: tuple[Choice, ...], shown: tuple[str, ...]) -> Control:
    schema = member.node.schema
    if kind == "text":
        return "area" if is_long(member.name, schema, shown) else "input"
    if kind == "boolean":
        two = isinstance(schema.get("default"), bool) or (member.required and not member.node.nullable)
        return "check" if two else "radio"
    if kind == "choice":
        return "radio" if len(choices) <= _FEW else "select"
    return _CONTROLS[kind]
