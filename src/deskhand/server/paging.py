"""Opaque cursors over sorted lists: a page goes on after the last key of the one before, whatever changed between."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from deskhand.errors import InvalidInput

T = TypeVar("T")
PAGE_SIZE = 200


def page(
    items: Sequence[T], cursor: str | None, key: Callable[[T], str], size: int = PAGE_SIZE
) -> tuple[list[T], str | None]:
    """The items after `cursor` and the cursor of the next page, or None at the end. `items` are sorted by `key`.

    Raises:
        InvalidInput: the cursor was not made here.
    """
    after = _decode(cursor) if cursor is not None else ""
    rest = [item for item in items if key(item) > after] if after else list(items)
    shown = rest[:size]
    return shown, _encode(key(shown[-1])) if len(rest) > size else None


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput(f"{cursor!r} is not a cursor of this server. Start again without one.") from None
