"""What the reference memory server of MCP wrote: its JSON lines, or the object that its `read_graph` answers.

Source of the format: `saveGraph` in `src/memory/index.ts` of github.com/modelcontextprotocol/servers.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory.arrival import Arrival, Arrivals, Fault, HoldsSecret
from deskhand.toolsets.memory.foreign import Foreign

CLIENT = "server-memory"
"""Which program the versions say they come from."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Entity(BaseModel):
    """Somebody or something, and what was observed of it."""

    type: Literal["entity"]
    name: str
    entityType: str
    observations: tuple[str, ...]


class Relation(BaseModel):
    """How two entities relate, in the active voice: `Anna`, `works_at`, `Acme`."""

    type: Literal["relation"]
    origin: str = Field(alias="from")
    to: str
    relationType: str


_RECORD = TypeAdapter[Entity | Relation](Annotated[Entity | Relation, Field(discriminator="type")])


def arrivals(text: str, place: str, now: datetime) -> Arrivals:
    """The facts in one line: each observation of an entity, or one relation.

    Raises:
        InvalidInput: it is neither an entity nor a relation.
    """
    try:
        record = _RECORD.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        raise InvalidInput(f"neither an entity nor a relation: {where} {first['msg']}".replace("  ", " ")) from error
    about = record.name if isinstance(record, Entity) else record.origin
    for fact in _facts(record):
        yield _arrival(fact, about, place, now)


def _arrival(fact: str, about: str, place: str, now: datetime) -> Arrival | Fault:
    try:
        return Foreign(CLIENT, f"{about}\0{fact}", fact, now, about).arrival(place)
    except InvalidInput as error:
        return Fault(place, error.message, secret=isinstance(error, HoldsSecret))


def _facts(record: Entity | Relation) -> list[str]:
    if isinstance(record, Relation):
        return [f"{record.origin} {spoken(record.relationType)} {record.to}"]
    # What an entity is, is told where nothing else is: else the name would be lost.
    return list(record.observations) or [f"{record.name}: {spoken(record.entityType)}"]


def spoken(name: str) -> str:
    """An identifier as words: `works_at`, `worksAt` and `WORKS_AT` as "works at"."""
    words = _HUMP.sub(" ", name).replace("_", " ").replace("-", " ").split()
    return " ".join(words).lower() if name.isascii() else " ".join(words)
