"""The outbox of one person as rows."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from deskhand.store.personal import Own, PersonalRows, among, given, own
from deskhand.store.tables import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One act. Times are ISO 8601 in UTC; `payload` and `result` are JSON texts, `claim` names who performs it."""

    key: str
    kind: str
    state: str
    title: str
    preview: str
    account: str
    digest: str
    payload: str
    content: bytes | None
    result: str
    error: str
    claim: str
    asks: bool
    created: str
    changed: str


_NAMES = [field.name for field in fields(OutboxRow)]


def _mine(statement: sa.Select[*tuple[Any, ...]] | sa.Update) -> Own:
    return own(statement, outbox.c.subject)


_COLUMNS = [outbox.c[name] for name in _NAMES]
_ONE = _mine(sa.select(*_COLUMNS).where(outbox.c.key == given("key")))
_SAME = _mine(sa.select(*_COLUMNS).where(outbox.c.digest == given("digest")).order_by(outbox.c.created.desc()).limit(1))
_LISTED = [
    sa.cast(sa.null(), column.type).label(column.name) if column is outbox.c.content else column for column in _COLUMNS
]
_NEWEST = _mine(sa.select(*_LISTED).order_by(outbox.c.created.desc(), outbox.c.key).limit(given("limit")))
_IN_STATES = _mine(
    sa.select(*_LISTED)
    .where(outbox.c.state.in_(among("states")))
    .order_by(outbox.c.created.desc(), outbox.c.key)
    .limit(given("limit"))
)
_COUNT = _mine(
    sa.select(sa.func.count())
    .select_from(outbox)
    .where(outbox.c.kind.in_(among("kinds")), outbox.c.account == given("account"))
    .where(outbox.c.changed >= given("since"))
    .where(outbox.c.state.in_(among("states")))
)


class OutboxRows:
    """One person's outbox in one transaction."""

    def __init__(self, rows: PersonalRows) -> None:
        self._rows = rows

    def find(self, key: str) -> OutboxRow | None:
        """The act with this key."""
        return _row(self._rows.run(_ONE, key=key).first())

    def newest_like(self, digest: str) -> OutboxRow | None:
        """The newest act with this content."""
        return _row(self._rows.run(_SAME, digest=digest).first())

    def newest(self, limit: int, states: tuple[str, ...] = ()) -> list[OutboxRow]:
        """Acts without their content, newest first; of all states, or of these."""
        found = (
            self._rows.run(_IN_STATES, states=states, limit=limit) if states else self._rows.run(_NEWEST, limit=limit)
        )
        return [OutboxRow(*row) for row in found]

    def count(self, kinds: tuple[str, ...], account: str, since: str, states: tuple[str, ...]) -> int:
        """How many acts of these kinds are in one of these states, and came into it since a moment."""
        return self._rows.run(_COUNT, kinds=kinds, account=account, since=since, states=states).scalar_one()

    def add(self, row: OutboxRow) -> None:
        """Put down a new act."""
        self._rows.insert(outbox, [{name: getattr(row, name) for name in _NAMES}])

    def move(self, key: str, states: tuple[str, ...], *, by: str = "", unasked: bool = False, **values: object) -> bool:
        """Set columns of an act that is in one of `states`, and claimed `by` this claim if given; whether it was.

        With `unasked` only if it needs no yes.
        """
        statement = sa.update(outbox).where(outbox.c.key == given("moved"), outbox.c.state.in_(among("from_states")))
        if by:
            statement = statement.where(outbox.c.claim == by)
        if unasked:
            statement = statement.where(outbox.c.asks.is_(False))
        return self._rows.run(_mine(statement.values(**values)), moved=key, from_states=states).rowcount == 1


def _row(found: sa.Row[Any] | None) -> OutboxRow | None:
    return OutboxRow(*found) if found else None
