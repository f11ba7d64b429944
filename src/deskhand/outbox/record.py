"""Acts as rows, and rows as entries; what makes two acts the same."""

import hashlib
import json
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.outbox.act import Act, Entry, State
from deskhand.store.outbox_rows import OutboxRow

KEY_CHARACTERS = 200


def check_key(key: str) -> None:
    """See that an act can have this key; an empty one is none.

    Raises:
        InvalidInput: it cannot.
    """
    if len(key) > KEY_CHARACTERS or not key.isprintable() or key != key.strip() or "/" in key:
        raise InvalidInput(
            f"idempotency_key must be printable, without slashes or outer spaces, and at most {KEY_CHARACTERS} "
            "characters long; a UUID is best."
        )


def digest_of(act: Act) -> str:
    """A hash of what makes two acts the same."""
    content = hashlib.sha256(act.content or b"").hexdigest()
    same = act.sameness or json.dumps([dict(act.payload), content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(json.dumps([act.kind, act.account, same]).encode(errors="surrogatepass")).hexdigest()


def key_from(digest: str, now: datetime) -> str:
    """The key of an act that was given none."""
    return hashlib.sha256(f"{digest} {now.isoformat()}".encode()).hexdigest()[:16]


def row_of(act: Act, key: str, digest: str, now: datetime) -> OutboxRow:
    """A new row, which waits."""
    return OutboxRow(
        key=key,
        kind=act.kind,
        state="waiting",
        title=act.title,
        preview=act.preview,
        account=act.account,
        digest=digest,
        payload=json.dumps(dict(act.payload), ensure_ascii=False),
        content=act.content,
        result="{}",
        error="",
        claim="",
        asks=False,
        created=now.isoformat(),
        changed=now.isoformat(),
    )


def entry_of(row: OutboxRow, subject: str) -> Entry:
    """The row for those who work with it."""
    return Entry(
        key=row.key,
        kind=row.kind,
        state=cast(State, row.state),
        title=row.title,
        preview=row.preview,
        account=row.account,
        payload=cast("dict[str, JsonValue]", json.loads(row.payload)),
        content=row.content,
        result=cast("dict[str, JsonValue]", json.loads(row.result)),
        error=row.error,
        asks=row.asks,
        created=datetime.fromisoformat(row.created),
        changed=datetime.fromisoformat(row.changed),
        subject=subject,
    )
