"""What mem0 exports: the answer of its `get_all`, with its memories in `results`, or the bare list, or one a line.

Source of the format: `get_all` of `mem0.Memory` and `mem0.MemoryClient` (github.com/mem0ai/mem0, `mem0/memory/main.py`;
docs.mem0.ai, "Get memories"). The hosted service adds `categories` and `expiration_date`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, JsonValue, ValidationError

from deskhand.errors import InvalidInput
from deskhand.store.memories import Kind
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.arrival import Arrival
from deskhand.toolsets.memory.foreign import Foreign

CLIENT = "mem0"
"""Which program the versions say they come from."""


class Mem0Memory(BaseModel):
    """One memory. What else mem0 writes (hash, score, agent and run) is of no use elsewhere."""

    id: str
    memory: str
    user_id: str | None = None
    metadata: Mapping[str, JsonValue] | None = None
    categories: tuple[str, ...] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    expiration_date: str | None = None

    @property
    def kind(self) -> Kind:
        """A preference where mem0's categories or the metadata call it one, else a fact."""
        given = (self.metadata or {}).values()
        names = [*(self.categories or ()), *(value for value in given if isinstance(value, str))]
        return "preference" if any(_is_preference(name) for name in names) else "fact"


def parsed(item: str) -> Mem0Memory:
    """One memory of mem0, from its JSON.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return Mem0Memory.model_validate_json(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"no memory of mem0: {where} {first['msg']}".replace("  ", " ")) from error


def arrival_of(memory: Mem0Memory, place: str, now: datetime) -> Arrival:
    """The memory as it is kept; its own times stay, and `now` stands for those it has not.

    Raises:
        HoldsSecret: it seems to hold a secret.
        InvalidInput: it cannot be kept.
    """
    expires = memory.expiration_date
    created = _aware(memory.created_at) or now
    return Foreign(
        CLIENT,
        memory.id,
        memory.memory,
        created,
        kind=memory.kind,
        updated_at=_aware(memory.updated_at),
        expires_at=moments.normal("expiration_date", expires, UTC) if expires else None,
    ).arrival(place)


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_preference(name: str) -> bool:
    return name.casefold().removeprefix("user_") in ("preference", "preferences")
