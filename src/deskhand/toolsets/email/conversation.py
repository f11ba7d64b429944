"""The conversation a mail belongs to, in the folders of its account."""

from collections.abc import Sequence

from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Envelope
from deskhand.mail.thread import in_order, threads_of
from deskhand.toolsets.email.mailboxes import Mailboxes, Place

MAILS = 50
"""Most mails of one conversation that are read together: the newest."""


class Conversations:
    """Finds conversations."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes

    async def of(self, place: Place, headers: Headers) -> tuple[Envelope, ...]:
        """The mails of it, an answer after what it answers; each once, though it is in Sent and in the inbox."""
        once: dict[str, Envelope] = {}
        for envelope in await self.copies(place, headers):
            key = envelope.headers.message_id or str(envelope.ref)
            if key not in once or envelope.ref == place.ref:
                once[key] = envelope
        return in_order(once.values())[-MAILS:]

    async def copies(self, place: Place, headers: Headers) -> tuple[Envelope, ...]:
        """Every copy of every mail of it, for what is done to all of them."""
        ids = list(dict.fromkeys(filter(None, (headers.message_id, headers.in_reply_to, *headers.references))))
        with self._mailboxes.noting(place.account):
            own = await place.mailbox.envelopes([place.ref])
            related: Sequence[Envelope] = await place.mailbox.related(ids) if ids else ()
        found = {envelope.ref: envelope for envelope in (*own, *related)}
        threads = threads_of(list(found.values()))
        return next((one.envelopes for one in threads if place.ref in {mail.ref for mail in one.envelopes}), ())
