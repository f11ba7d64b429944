"""Message-IDs (RFC 5322 §3.6.4): ours, made from the key of the outbox, and those of others, made harmless."""

import hashlib
import re
from collections.abc import Iterable

from deskhand.mail.address import Address
from deskhand.mail.recipients import check_address

MOST_REFERENCES = 30
"""Message-IDs kept in References: the first, which names the thread, and the last ones."""
MOST_LENGTH = 250
"""Letters of a Message-ID that is passed on; longer ones are of no use to any mail program."""

_ID = re.compile(r"<[!-;=?-~]+>")


def message_id_for(subject: str, key: str, sender: Address) -> str:
    """The Message-ID of what `subject` (the person) sends under the outbox key `key`.

    The same for the same key: what was sent can be found again, and sending twice can be seen. It does not tell
    who the person is.

    Raises:
        InvalidInput: the sender's address is none.
    """
    digest = hashlib.sha256(f"{subject}\0{key}".encode()).hexdigest()
    return f"<{digest[:32]}@{check_address(sender).domain}>"


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs in the value of a header, in order; what is none, or far too long, is left out."""
    return tuple(found for found in _ID.findall(text) if len(found) <= MOST_LENGTH)


def bounded_references(ids: Iterable[str]) -> tuple[str, ...]:
    """Each id once, oldest first; of more than `MOST_REFERENCES` the first and the last ones."""
    known = list(dict.fromkeys(found for text in ids for found in message_ids(text)))
    if len(known) <= MOST_REFERENCES:
        return tuple(known)
    return (known[0], *known[-(MOST_REFERENCES - 1) :])
