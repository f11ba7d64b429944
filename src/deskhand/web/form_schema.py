"""A stranger's JSON Schema, made plain enough to draw: references followed, null taken out, one type left.

The schema is a server's, which may mean harm: what refers to itself, or is no schema at all, costs a bounded number of
steps and ends as "anything".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

_MOST_STEPS = 20
"""References and wrappings followed for one node."""
_NUMBERS = ("integer", "number")
_ANY_NUMBER: Sequence[Mapping[str, JsonValue]] = [{"type": each} for each in _NUMBERS]
Schema = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Plain:
    """A node of a schema without `$ref`, single `allOf` and alternatives of null."""

    schema: Schema
    nullable: bool = False
    """Whether null is allowed too: then leaving the field empty can mean null."""

    @property
    def type(self) -> str:
        """The one type of its values; empty when there are several, or none is named."""
        declared = self.schema.get("type")
        if isinstance(declared, str):
            return declared
        return "object" if declared is None and isinstance(self.schema.get("properties"), dict) else ""

    @property
    def is_number_or_text(self) -> bool:
        """Whether its values are numbers, or texts: such as a number of more digits than JSON's readers keep."""
        types = self.schema.get("type")
        return isinstance(types, list) and "string" in types and {*map(str, types)} <= {"string", *_NUMBERS}

    @property
    def properties(self) -> dict[str, JsonValue]:
        """The described members of an object, in their order."""
        return object_of(self.schema.get("properties"))

    @property
    def required(self) -> frozenset[str]:
        """The names of members that must be there."""
        names = self.schema.get("required")
        return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def plain(schema: JsonValue, root: Schema) -> Plain:
    """What a node asks for. `root` is the whole schema, which references point into (RFC 6901)."""
    node = object_of(schema)
    nullable = False
    for _ in range(_MOST_STEPS):
        inner = _unwrapped(node, root)
        if inner is None:
            return Plain(node, nullable)
        node, null = inner
        nullable = nullable or null
    return Plain({})


def object_of(value: JsonValue) -> dict[str, JsonValue]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _unwrapped(node: dict[str, JsonValue], root: Schema) -> tuple[dict[str, JsonValue], bool] | None:
    """One layer less, and whether it allowed null; None when there is none left."""
    if isinstance(reference := node.get("$ref"), str):
        return _merged(node, "$ref", _target(reference, root)), False
    both = node.get("allOf")
    if isinstance(both, list) and len(both) == 1:
        return _merged(node, "allOf", object_of(both[0])), False
    if isinstance(types := node.get("type"), list):
        return _one_type(node, types)
    for keyword in ("anyOf", "oneOf"):
        branches = node.get(keyword)
        if isinstance(branches, list) and "const" not in object_of(branches[0] if branches else None):
            rest = [branch for branch in branches if object_of(branch) != {"type": "null"}]
            if len(rest) > 1 and all(object_of(branch) in _ANY_NUMBER for branch in rest):
                return _merged(node, keyword, {"type": "number"}), len(rest) < len(branches)
            if len(rest) == 1:
                return _merged(node, keyword, object_of(rest[0])), len(rest) < len(branches)
            if "type" not in node and (types := _number_or_text(rest)):
                return {**node, "type": types}, len(rest) < len(branches)
    return None


def _number_or_text(branches: list[JsonValue]) -> list[JsonValue]:
    """The types of alternatives that are a text and numbers; they stay there, as their bounds say which it is."""
    found = [object_of(branch) for branch in branches]
    types = [each.get("type") for each in found if not {"enum", "const"} & each.keys()]
    return types if len(types) == len(found) and Plain({"type": types}).is_number_or_text else []


def _one_type(node: dict[str, JsonValue], types: list[JsonValue]) -> tuple[dict[str, JsonValue], bool] | None:
    rest = [each for each in types if each != "null"]
    return ({**node, "type": rest[0]}, len(rest) < len(types)) if len(rest) == 1 else None


def _merged(node: dict[str, JsonValue], wrapping: str, inner: Schema) -> dict[str, JsonValue]:
    """The inner schema; what stands beside the wrapping (title, description, default) is nearer to its use and wins."""
    return {**inner, **{key: value for key, value in node.items() if key != wrapping}}


def _target(reference: str, root: Schema) -> dict[str, JsonValue]:
    """Where a reference points; nothing for one that leaves the schema, or leads nowhere."""
    at = cast(JsonValue, root)
    if not reference.startswith("#/"):
        return object_of(at) if reference == "#" else {}
    for part in reference[2:].split("/")[:_MOST_STEPS]:
        at = object_of(at).get(part.replace("~1", "/").replace("~0", "~"))
    return object_of(at)
