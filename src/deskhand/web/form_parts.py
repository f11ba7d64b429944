"""What a form is made of, as the templates draw it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from deskhand.web.form_schema import Schema

Kind = Literal[
    "text", "time", "number", "integer", "boolean", "choice", "choices", "lines", "constant", "json", "group"
]
"""What a field's answer is read as: `time` is a local time and its zone, `lines` a list, `json` anything."""
Control = Literal["input", "area", "zoned", "check", "radio", "select", "checks", "constant", "group"]
"""What a field is drawn as, by the template of the same name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that can be chosen: `key` is what the form sends for it."""

    key: str
    title: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Field:
    """One value asked for, or a group of them."""

    path: tuple[str, ...]
    """Where the value belongs."""
    name: str
    """What the form sends it as: the form's prefix, then `path` as a JSON pointer without its first slash."""
    id: str
    """Of its control; `id`-hint and `id`-error are what describes it."""
    kind: Kind
    control: Control
    title: str
    required: bool
    schema: Schema
    nullable: bool = False
    insists: bool = False
    """Whether a browser may refuse to send the form without it: not in a group that can be left out."""
    description: str = ""
    hint: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """Of the control, such as `type`, `min` and `placeholder`."""
    choices: tuple[Choice, ...] = ()
    fields: tuple["Field", ...] = ()
    """What is in a group."""
    shown: tuple[str, ...] = ()
    """What stands in it: one text; each line, or each ticked key; for `zoned` the local time and the zone."""
    given: bool = False
    """Whether what stands in it was given, and is not only its default."""
    error: str = ""

    @property
    def text(self) -> str:
        """What stands in a control of one text."""
        return "\n".join(self.shown) if self.kind == "lines" else (self.shown or ("",))[0]

    @property
    def zone(self) -> str:
        """The zone of what stands in `zoned`."""
        return self.shown[1] if len(self.shown) > 1 else ""

    @property
    def described_by(self) -> str:
        """The ids of what describes it, for `aria-describedby`."""
        parts = [(self.description or self.hint, "hint"), (self.error, "error")]
        return " ".join(f"{self.id}-{name}" for text, name in parts if text)

    def all(self) -> Iterator["Field"]:
        """Itself and all within."""
        yield self
        for inner in self.fields:
            yield from inner.all()


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form. `error` is about all of it."""

    schema: Schema
    prefix: str
    fields: tuple[Field, ...]
    error: str = ""
    left_out: int = 0
    """How many values it could ask for and does not: too many for a form."""
    refused: str = ""
    """Why it cannot be sent, whatever is filled in."""

    def all(self) -> Iterator[Field]:
        """Every field, groups before what they hold."""
        for each in self.fields:
            yield from each.all()
