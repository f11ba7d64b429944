"""One person's conversations, as search needs them: which were written to, and the messages it has not seen."""

from dataclasses import dataclass

import sqlalchemy as sa

from deskhand.store.personal import PersonalRows, among, given, own
from deskhand.store.tables import conversation, entry, memory_owner, message

KEY = "turn/"
"""What the index calls a message: `turn/<conversation>/<position>`."""


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One message. `body` is the JSON of a `context.message.Message`."""

    conversation: str
    title: str
    position: int
    body: str

    @property
    def key(self) -> str:
        """What the index calls it."""
        return f"{KEY}{self.conversation}/{self.position}"


class TurnTable:
    """The conversations of the person whose rows these are."""

    def __init__(self, rows: PersonalRows) -> None:
        self._rows = rows

    def written_since(self, moment: str) -> list[tuple[str, str]]:
        """Conversations written to at `moment` (ISO 8601, UTC) or later, the last first: id and when."""
        return [(row.id, row.updated) for row in self._rows.run(_WRITTEN, since=moment)]

    def behind_since(self, moment: str) -> list[tuple[str, str, bool]]:
        """Conversations written to at `moment` or later, the last last: id, when, and whether its last message is
        one that the index does not hold."""
        return [(row.id, row.updated, row.last > row.held) for row in self._rows.run(_BEHIND, since=moment)]

    def seen_until(self) -> str:
        """Up to when `mark_seen` says that the index is complete; empty when it never was."""
        return self._rows.run(_SEEN).scalar() or ""

    def mark_seen(self, moment: str) -> None:
        """The index is complete up to `moment`."""
        self._rows.run(_MARK, moment=moment)

    def indexed_until(self, conversation_id: str) -> float | None:
        """The position of the last message of a conversation that the index holds, 0 for none; None: it is gone."""
        return self._rows.run(_INDEXED, of=conversation_id).scalar()

    def after(self, conversation_id: str, position: float, most: int) -> list[TurnRow]:
        """The messages of a conversation that come after a position, in order, at most so many."""
        return [TurnRow(*row) for row in self._rows.run(_AFTER, of=conversation_id, position=position, most=most)]

    def by_key(self, keys: list[str]) -> dict[str, TurnRow]:
        """Messages by what the index calls them; what is gone is left out."""
        pairs = [(name, int(position)) for name, _, position in (key[len(KEY) :].rpartition("/") for key in keys)]
        rows = (TurnRow(*row) for result in self._rows.run_for(_OF, "pairs", pairs) for row in result)
        return {row.key: row for row in rows}


_columns = sa.select(message.c.conversation, conversation.c.title, message.c.position, message.c.body).join(
    conversation, conversation.c.id == message.c.conversation
)
_WRITTEN = own(
    sa.select(conversation.c.id, conversation.c.updated)
    .where(conversation.c.updated >= given("since"))
    .order_by(conversation.c.updated.desc()),
    conversation.c.owner,
)
_INDEXED = own(
    sa.select(
        sa.func.coalesce(
            sa.select(sa.func.max(entry.c.position))
            .where(entry.c.subject == given("person"), entry.c.stream == given("of"))
            .scalar_subquery(),
            0.0,
        )
    ).where(conversation.c.id == given("of")),
    conversation.c.owner,
)
_BEHIND = own(
    sa.select(
        conversation.c.id,
        conversation.c.updated,
        sa.func.coalesce(
            sa.select(sa.func.max(message.c.position))
            .where(message.c.conversation == conversation.c.id)
            .scalar_subquery(),
            0,
        ).label("last"),
        sa.func.coalesce(
            sa.select(sa.func.max(entry.c.position))
            .where(entry.c.subject == given("person"), entry.c.stream == conversation.c.id)
            .scalar_subquery(),
            0.0,
        ).label("held"),
    )
    .where(conversation.c.updated >= given("since"))
    .order_by(conversation.c.updated, conversation.c.id),
    conversation.c.owner,
)
_AFTER = own(
    _columns.where(message.c.conversation == given("of"), message.c.position > given("position"))
    .order_by(message.c.position)
    .limit(given("most")),
    conversation.c.owner,
)
_OF = own(
    _columns.where(sa.tuple_(message.c.conversation, message.c.position).in_(among("pairs"))), conversation.c.owner
)
_SEEN = own(sa.select(memory_owner.c.turns_until), memory_owner.c.subject)
_MARK = own(sa.update(memory_owner).values(turns_until=given("moment")), memory_owner.c.subject)
