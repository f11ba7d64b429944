"""A memory of another program, which comes as one text without a history."""

from dataclasses import dataclass
from datetime import datetime

from deskhand.store.memories import Kind, MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.arrival import Arrival, arriving, arriving_about, derived_id


@dataclass(frozen=True, slots=True)
class Foreign:
    """One such memory. `key` names it in its program; `program` is what the version says it comes from."""

    program: str
    key: str
    text: str
    created_at: datetime
    about: str | None = None
    kind: Kind = "fact"
    updated_at: datetime | None = None
    expires_at: str | None = None

    def arrival(self, place: str) -> Arrival:
        """The memory as it is kept, under an id that is the same each time it is imported.

        Raises:
            HoldsSecret: it seems to hold a secret.
            InvalidInput: it cannot be kept: empty, too long, unreadable.
        """
        row = MemoryRow(
            id=derived_id(self.program, self.key),
            version=1,
            text=arriving(self.text),
            kind=self.kind,
            about=arriving_about(self.about),
            valid_from=None,
            valid_to=None,
            expires_at=self.expires_at,
            pinned=False,
            created_at=moments.stored(self.created_at),
            recorded_at=moments.stored(self.updated_at or self.created_at),
            replaced_at=None,
            change="imported",
            client=self.program,
        )
        return Arrival(place, (row,), bare=True)
