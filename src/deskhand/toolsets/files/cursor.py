"""Where a page ended, as text that means nothing to anybody else."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass

from deskhand.errors import InvalidInput
from deskhand.workspace.address import Parts


@dataclass(frozen=True, slots=True)
class Cursor:
    """Go on behind `after`; `count` were given before."""

    after: Parts = ()
    count: int = 0

    def text(self, key: str) -> str:
        """The opaque form; `key` is the query it belongs to."""
        names = [os.fsencode(name).hex() for name in self.after]
        packed = json.dumps([_digest(key), self.count, names], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, key: str) -> "Cursor":
        """Read it back; empty is the beginning.

        Raises:
            InvalidInput: it was not made here, or for another query.
        """
        if not text:
            return cls()
        try:
            digest, count, names = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            after = tuple(os.fsdecode(bytes.fromhex(name)) for name in names)
            known = cls(after, int(count)) if digest == _digest(key) else None
        except (ValueError, TypeError):
            known = None
        if known is None:
            raise InvalidInput("The cursor does not belong to this search. Repeat the search without a cursor.")
        return known


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:8]
