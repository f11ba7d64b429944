"""Visits: browsers that are signed in to the page. Only a SHA-256 of the cookie is kept: the file lets nobody in.

A cookie is 32 random bytes in base64url, made anew at each sign-in, so that nobody can plant one that they know.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from deskhand.store.database import Database
from deskhand.store.tables import visit as visit_table
from deskhand.store.tokens import digest_of

LIFETIME = timedelta(days=30)
"""How long a browser stays signed in."""


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """What is kept of a visit. `token` is the id of the access token it came with; None after a one-time link."""

    digest: str
    subject: str
    client: str
    scopes: frozenset[str]
    token: str | None
    csrf: str
    expires: datetime


class Visits:
    """The visits in the database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def begin(self, subject: str, *, client: str, scopes: frozenset[str], token: str | None) -> str:
        """Sign a browser in: its cookie, which cannot be read again. Visits that expired are forgotten meanwhile."""
        cookie = secrets.token_urlsafe(32)
        now = int(self._now().timestamp())
        row = sa.insert(visit_table).values(
            digest=_name(cookie),
            subject=subject,
            client=client,
            scopes=" ".join(sorted(scopes)),
            token=token,
            csrf=secrets.token_urlsafe(32),
            created=now,
            expires=now + int(LIFETIME.total_seconds()),
        )
        old = sa.delete(visit_table).where(visit_table.c.expires <= now)
        self._database.write(lambda connection: (connection.execute(old), connection.execute(row)))
        return cookie

    def find(self, cookie: str) -> StoredVisit | None:
        """The visit of a cookie; None when there is none, or it expired. Its token is not looked at."""
        query = sa.select(visit_table).where(visit_table.c.digest == _name(cookie))
        row = self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None or row.expires <= self._now().timestamp() else _visit(row)

    def ways_in(self, subject: str) -> list[tuple[frozenset[str], str | None]]:
        """With which scopes and by which token the browsers of a person are signed in; None is a one-time link."""
        query = sa.select(visit_table.c.scopes, visit_table.c.token).distinct()
        query = query.where(visit_table.c.subject == subject, visit_table.c.expires > self._now().timestamp())
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [(frozenset(row.scopes.split()), row.token) for row in rows]

    def end(self, digest: str) -> None:
        """Sign a browser out."""
        gone = sa.delete(visit_table).where(visit_table.c.digest == digest)
        self._database.write(lambda connection: connection.execute(gone))

    def end_all(self, subject: str) -> int:
        """Sign every browser of a person out; how many there were."""
        gone = sa.delete(visit_table).where(visit_table.c.subject == subject)
        return self._database.write(lambda connection: connection.execute(gone).rowcount)


def _name(cookie: str) -> str:
    return digest_of(cookie).hex()


def _visit(row: sa.Row[Any]) -> StoredVisit:
    return StoredVisit(
        digest=row.digest,
        subject=row.subject,
        client=row.client,
        scopes=frozenset(row.scopes.split()),
        token=row.token,
        csrf=row.csrf,
        expires=datetime.fromtimestamp(row.expires, UTC),
    )
