"""Bearer tokens: who holds one, what it may do, until when. Only a SHA-256 is kept: reading the file grants nothing.

A token is `dh_` and 32 random bytes in base64url. It is shown once, when it is made.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from deskhand.errors import InvalidInput, NotFound, SettingsError, Unavailable
from deskhand.store.database import Database
from deskhand.store.tables import token as token_table

PREFIX = "dh_"
"""What a token starts with, so that secret scanners can find one that leaked."""
TOUCH_EVERY = timedelta(minutes=5)
"""How coarse `last_used` is: a busy token costs one write in this time."""

_SCOPE = re.compile(r"\*|(\*|[a-z][a-z0-9_-]*):(\*|read|write)")
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of one token. Times are in UTC; `last_used` is coarse."""

    id: str
    subject: str
    label: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    revoked: datetime | None

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "active"


def digest_of(secret: str) -> bytes:
    """What is stored in place of the token. A fast hash is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def is_token(secret: str) -> bool:
    """Whether this has the form of a token."""
    return _SECRET.fullmatch(secret) is not None


def check_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes as a set.

    Raises:
        InvalidInput: one is not `*`, `<toolset>:read`, `<toolset>:write` or has a `*` for a part; or there is none.
    """
    wanted = frozenset(scopes)
    wrong = sorted(scope for scope in wanted if not _SCOPE.fullmatch(scope))
    if wrong or not wanted:
        raise InvalidInput(
            f"{wrong[0]!r} is not a scope: expected '*', '<toolset>:read' or '<toolset>:write', such as 'files:read'."
            if wrong
            else "A token needs a scope: '*' for all, or '<toolset>:read' or '<toolset>:write'."
        )
    return wanted


class Tokens:
    """The tokens in the database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def create(
        self, subject: str, *, scopes: Iterable[str], label: str = "", lifetime: timedelta | None = None
    ) -> tuple[str, Token]:
        """Make a token: the secret, which cannot be read again, and what is kept.

        Raises:
            InvalidInput: a scope is not one, the subject is empty, or the lifetime is not positive.
        """
        secret = PREFIX + secrets.token_urlsafe(32)
        return secret, self.adopt(secret, subject, scopes=scopes, label=label, lifetime=lifetime)

    def adopt(
        self,
        secret: str,
        subject: str,
        *,
        scopes: Iterable[str],
        label: str = "",
        lifetime: timedelta | None = None,
    ) -> Token:
        """Keep a token that exists already. Errors are those of `create`."""
        if not subject.strip():
            raise InvalidInput("A token needs a subject: the name of whom it stands for.")
        if lifetime is not None and lifetime <= timedelta():
            raise InvalidInput("A token's lifetime must be positive, such as 30d.")
        now = self._now().replace(microsecond=0)
        expires = None if lifetime is None else now + lifetime
        token = Token(secrets.token_hex(4), subject, label, check_scopes(scopes), now, expires, None, None)
        row = sa.insert(token_table).values(
            id=token.id,
            digest=digest_of(secret),
            subject=subject,
            label=label,
            scopes=" ".join(sorted(token.scopes)),
            created=_seconds(now),
            expires=_seconds(expires),
        )
        self._database.write(lambda connection: connection.execute(row))
        return token

    def every(self) -> list[Token]:
        """All tokens, the oldest first, with those that are no longer valid."""
        query = sa.select(token_table).order_by(token_table.c.created, token_table.c.id)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [_token(row) for row in rows]

    def find(self, secret: str) -> Token | None:
        """The token this is, valid or not; None when nobody was given it."""
        digest = digest_of(secret)
        query = sa.select(token_table).where(token_table.c.digest == digest)
        row = self._database.read(lambda connection: connection.execute(query).first())
        # The index compared already, but not in constant time; of a hash that tells an attacker nothing. This is
        # for the reader who checks that no comparison of a secret can be timed.
        return None if row is None or not hmac.compare_digest(row.digest, digest) else _token(row)

    def verify(self, secret: str) -> Token | None:
        """The token, when it is valid now; notes that it was used, if the disk takes that."""
        token = self.find(secret) if is_token(secret) else None
        now = self._now()
        if token is None or token.state(now) != "active":
            return None
        if token.last_used is None or now - token.last_used >= TOUCH_EVERY:
            with suppress(Unavailable):  # a full disk must not lock everybody out
                self._set("last_used", token.id)
        return token

    def is_active(self, token_id: str) -> bool:
        """Whether there is a token of this id and it is valid now: for what was begun with it and goes on."""
        with suppress(NotFound):
            return self._get(token_id).state(self._now()) == "active"
        return False

    def revoke(self, token_id: str) -> Token:
        """Make a token invalid, for good; every server on this database refuses it within about a second.

        Raises:
            NotFound: there is no token of this id.
        """
        token = self._get(token_id)
        if token.revoked is None:
            self._set("revoked", token_id)
        return self._get(token_id)

    def reassign(self, token_id: str, subject: str) -> None:
        """Let a token stand for somebody else."""
        change = sa.update(token_table).where(token_table.c.id == token_id).values(subject=subject)
        self._database.write(lambda connection: connection.execute(change))

    def _get(self, token_id: str) -> Token:
        query = sa.select(token_table).where(token_table.c.id == token_id)
        row = self._database.read(lambda connection: connection.execute(query).first())
        if row is None:
            raise NotFound(f"There is no token {token_id!r}. `deskhand token list` shows their ids.")
        return _token(row)

    def _set(self, column: Literal["last_used", "revoked"], token_id: str) -> None:
        change = sa.update(token_table).where(token_table.c.id == token_id).values({column: _seconds(self._now())})
        if column == "revoked":
            change = change.where(token_table.c.revoked.is_(None))  # the first time counts
        self._database.write(lambda connection: connection.execute(change))


def personal_token(tokens: Tokens, file: Path, subject: str) -> str | None:
    """See that `file` holds the personal token, readable by its owner only; the secret, if it was made just now.

    A file that is there already is kept, also when the database is new: clients have that token in their settings.

    Raises:
        SettingsError: the file cannot be read or made, or holds something else than a token.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _keep_personal(tokens, file, subject)
        return None
    except OSError as error:
        raise _unusable(file, error) from error
    secret = PREFIX + secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secret + "\n")
    tokens.adopt(secret, subject, scopes=["*"], label="personal")
    return secret


def _keep_personal(tokens: Tokens, file: Path, subject: str) -> None:
    try:
        file.chmod(0o600)
        secret = file.read_text(encoding="latin-1").strip()
    except OSError as error:
        raise _unusable(file, error) from error
    if not is_token(secret):
        raise SettingsError(f"{file} does not hold a token. Delete it, and the next start makes a new one.")
    known = tokens.find(secret)
    if known is None:
        tokens.adopt(secret, subject, scopes=["*"], label="personal")
    elif known.subject != subject:  # it once went by the name of the system's user, apart from the terminal
        tokens.reassign(known.id, subject)


def _unusable(file: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{file}, where the personal token is kept, cannot be used: {error.strerror}. "
        "Give Deskhand's user the right to read and write it, or set server.token."
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _token(row: sa.Row[Any]) -> Token:
    return Token(
        id=row.id,
        subject=row.subject,
        label=row.label,
        scopes=frozenset(row.scopes.split()),
        created=datetime.fromtimestamp(row.created, UTC),
        expires=_moment(row.expires),
        last_used=_moment(row.last_used),
        revoked=_moment(row.revoked),
    )
