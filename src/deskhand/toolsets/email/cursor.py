"""Where a page ended, as text that means nothing to anybody else."""

import base64
import hashlib
import json

from deskhand.errors import InvalidInput

Position = list[str | int]


def cursor_after(position: Position, *query: object) -> str:
    """The opaque form of `position` in the answer to `query`."""
    packed = json.dumps([_digest(query), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def position_of(cursor: str, kinds: tuple[type[str] | type[int], ...], *query: object) -> Position | None:
    """The position again, values of these kinds; None at the beginning.

    Raises:
        InvalidInput: it was not made here, or for another query.
    """
    if not cursor:
        return None
    try:
        digest, *position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        digest, position = "", []
    sound = len(position) == len(kinds) and all(isinstance(*pair) for pair in zip(position, kinds, strict=True))
    if digest != _digest(query) or not sound:
        raise InvalidInput("The cursor does not belong to this question. Ask again without a cursor.")
    return position


def _digest(query: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(query).encode(errors="surrogatepass")).hexdigest()[:8]
