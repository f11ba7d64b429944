"""What a form sent, as JSON values of the types its schema asks for, or what is wrong with it, field by field."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn, cast

from pydantic import JsonValue
from starlette.datastructures import FormData

from deskhand.errors import InvalidInput
from deskhand.host.arguments import violations
from deskhand.host.form_fields import FormField
from deskhand.visible import visible
from deskhand.web.form_parts import Field, Form
from deskhand.web.form_schema import Schema, object_of
from deskhand.web.form_words import number_or_text
from deskhand.web.form_zones import joined_time
from deskhand.web.forms import with_errors

ZONE, AS, GIVEN = "~zone", "~as", "~given"
"""End the names of a time's zone, of what a field was drawn as, and of a group that has values not only by default.

No JSON pointer ends so (RFC 6901: after `~` comes 0 or 1).
"""
_MOST_DIGITS = 4_000
"""Of a whole number."""
_EXAMPLES = '12, "text" or [1, 2]'
_WHOLE = re.compile(r"\s*-?\d+\s*")


@dataclass(frozen=True, slots=True)
class Values:
    """The form was filled in well. Optional fields that were left empty are left out."""

    values: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Errors:
    """Something is wrong: `form` is to be drawn again, with what was typed and a sentence at each field."""

    form: Form
    errors: dict[str, str]
    """Sentences by the field's name; by "" what is about the whole."""


class _Absent:
    """Nothing was given, and nothing had to be."""


_ABSENT: Final = _Absent()


def read(form: Form, posted: FormData) -> Values | Errors:
    """Read what was posted. What the form did not ask for is ignored.

    `form` is one of the same schema and prefix; it need not be filled with the values that were shown.
    """
    form = replace(form, fields=tuple(_as_drawn(each, posted) for each in form.fields))
    reading = _Reading(posted)
    values = reading.members(form.fields)
    errors = {"": form.refused} if form.refused else reading.errors or _judged(form, values)
    if not errors:
        return Values(values)
    kept = replace(form, fields=tuple(_kept(each, posted) for each in form.fields))
    return Errors(with_errors(kept, errors), errors)


def read_object(schema: Schema, text: str) -> dict[str, JsonValue]:
    """An object that was typed as JSON.

    Raises:
        InvalidInput: it is none, or not what the schema asks for.
    """
    value = _json("This", text)
    if not isinstance(value, dict):
        raise InvalidInput('This must be a JSON object, such as {"city": "Sacramento"}.')
    if found := violations(schema, value):
        raise InvalidInput(visible(" ".join(f"{each.place}: {each.sentence}." for each in found)))
    return value


def _as_drawn(field: Field, posted: FormData) -> Field:
    """The field as it was when it was drawn: values can make it JSON, and a group one that was given."""
    as_json = field.kind in ("text", "lines") and posted.get(field.name + AS) == "json"
    return replace(
        field,
        kind="json" if as_json else field.kind,
        fields=tuple(_as_drawn(each, posted) for each in field.fields),
        given=field.given or (field.kind == "group" and posted.get(field.name + GIVEN) == "yes"),
    )


class _Reading:
    """Goes through the fields, and collects what is wrong."""

    def __init__(self, posted: FormData) -> None:
        self._posted = posted
        self.errors: dict[str, str] = {}

    def members(self, fields: Iterable[Field]) -> dict[str, JsonValue]:
        """The values of an object's fields that have one."""
        found: dict[str, JsonValue] = {}
        for field in fields:
            try:
                value = self._value(field)
            except InvalidInput as error:
                self.errors[field.name] = visible(error.message)
                continue
            if not isinstance(value, _Absent):
                found[field.path[-1]] = value
        return found

    def _value(self, field: Field) -> JsonValue | _Absent:
        if field.kind == "constant":
            return field.choices[0].value
        if field.kind == "group":
            left_out = not field.required and not _touched(field, self._posted)
            return _ABSENT if left_out else self.members(field.fields)
        texts = _texts(field, self._posted)
        if field.control == "check":
            return "yes" in texts
        return _parsed(field, texts) if any(texts) else _empty(field)


def _empty(field: Field) -> JsonValue | _Absent:
    may_be_empty = field.kind in ("choices", "lines") and not field.schema.get("minItems")
    if may_be_empty and (field.required or field.schema.get("default")):
        return []  # left out, the default would stand in its place
    if not field.required:
        return _ABSENT
    if field.nullable:
        return None
    raise InvalidInput(f"{field.title} is needed{': ' if field.hint else ''}{field.hint}.")


def _parsed(field: Field, texts: Sequence[str]) -> JsonValue:
    match field.kind:
        case "boolean":
            return texts[0] == "yes"
        case "choice":
            return _chosen(field, texts)[0]
        case "choices":
            return _chosen(field, texts)
        case "lines":
            return _lines(field, texts)
        case "json":
            return _json(field.title, texts[0])
        case "time":
            return joined_time(texts[0], texts[1])
        case _:
            return _scalar(field.title, field.schema, texts[0])


def _chosen(field: Field, keys: Sequence[str]) -> list[JsonValue]:
    by_key = {choice.key: choice.value for choice in field.choices}
    unknown = [key for key in keys if key not in by_key]
    if unknown:
        raise InvalidInput(f"{unknown[0][:80]!r} is not in the list of {field.title}.")
    return [by_key[key] for key in dict.fromkeys(keys)]


def _lines(field: Field, lines: Sequence[str]) -> JsonValue:
    items = object_of(field.schema.get("items"))
    return [_scalar(f"Line {number}", items, line) for number, line in enumerate(lines, start=1)]


def _scalar(title: str, schema: object, text: str) -> JsonValue:
    described = cast(dict[str, JsonValue], schema)
    kind = described.get("type")
    if isinstance(kind, list):
        return number_or_text(text, described)
    if kind in ("number", "integer"):
        value = FormField("", "integer" if kind == "integer" else "number", title, "", True, described).parse(text)
        return int(text) if _WHOLE.fullmatch(text) else cast(JsonValue, value)
    if text.strip():
        FormField("", "text", title, "", True, described).parse(text)
    return text.strip() if "format" in described else text


def _json(title: str, text: str) -> JsonValue:
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(
            f"{title} is not JSON, such as {_EXAMPLES}. The mistake is at {where}: {error.msg}."
        ) from None
    except ValueError as error:
        raise InvalidInput(f"{title} is not JSON that can be sent: {error}.") from None
    except RecursionError:
        raise InvalidInput(f"{title} is not JSON that can be sent: it is nested too deeply.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(digits):,} digits, where {_MOST_DIGITS:,} can be")
    return int(digits)


def _texts(field: Field, posted: FormData) -> tuple[str, ...]:
    """What was sent for a field, as `Field.shown` has it. Browsers send line ends as CR LF (WHATWG HTML)."""
    given = [each.replace("\r\n", "\n") for each in posted.getlist(field.name) if isinstance(each, str)]
    text = given[0] if given else ""
    if field.kind == "lines":
        return tuple(line.strip() for line in text.split("\n") if line.strip())
    if field.kind == "time":
        zone = posted.get(field.name + ZONE, "")
        return (text.strip(), zone.strip() if isinstance(zone, str) else "") if text.strip() else ()
    if field.kind in ("choices", "choice"):
        return tuple(each for each in given if each)
    return (text,) if text.strip() or (field.control == "area" and field.kind == "text" and text) else ()


def _touched(field: Field, posted: FormData) -> bool:
    """Whether something stands in a group that was not there by default."""
    leaves = [inner for inner in field.all() if inner.kind not in ("group", "constant")]
    if field.given:
        return any(_content(_texts(leaf, posted)) for leaf in leaves)
    return any(_content(_texts(leaf, posted)) != _content(leaf.shown) for leaf in leaves)


def _content(texts: Sequence[str]) -> tuple[str, ...]:
    """A box that is not ticked says no, and sends nothing."""
    return tuple(text for text in texts if text not in ("", "no"))


def _kept(field: Field, posted: FormData) -> Field:
    inner = tuple(_kept(each, posted) for each in field.fields)
    return replace(field, fields=inner, shown=_texts(field, posted) if field.kind != "constant" else ())


def _judged(form: Form, values: dict[str, JsonValue]) -> dict[str, str]:
    """What the whole schema says against the values, at the fields it is about."""
    errors: dict[str, str] = {}
    for violation in violations(form.schema, values):
        near = [field for field in form.all() if violation.path[: len(field.path)] == field.path]
        field = max(near, key=lambda each: len(each.path), default=None)
        errors.setdefault(field.name if field else "", visible(f"{violation.sentence}."))
    return errors
