"""Invitations and answers that lie in a person's mail."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from urllib.parse import unquote

from anyio import to_thread

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.mail import Mail
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.mail.parse import parse
from deskhand.mail.query import Query
from deskhand.toolsets.calendar.itip import Incoming, read_itip
from deskhand.visible import visible_line

logger = logging.getLogger(__name__)
_SCHEME = "email://"
_MOST_BYTES = 2_000_000
"""Larger mails are not searched for answers; what is given by its id may be larger."""
_MOST_PARTS = 5
"""Calendar parts of a mail; one is usual."""
_MOST_GIVEN = 50_000_000
NEWEST = 50
"""So many mails of each inbox are looked through."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A calendar part of a mail; `sender` is the one address the mail is from, in lower case, or empty."""

    ref: MailRef
    sender: str
    incoming: Incoming


class CalendarMail:
    """Finds mails with calendar parts; each method sees those of `subject` only."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @staticmethod
    def is_mail(text: str) -> bool:
        """Whether somebody means a mail: its URI, its handle `account/folder/uid`, or its Message-ID."""
        given = text.strip()
        return given.startswith((_SCHEME, "<")) or given.count("/") == 2

    async def invitation(self, subject: str, text: str) -> Arrived:
        """The invitation in the mail that somebody means.

        Raises:
            NotFound: there is no such mail, or no invitation in it.
        """
        ref = await self._ref(subject, text.strip())
        mailbox = self._accounts.mailbox(self._accounts.named(subject, ref.account))
        raw = await mailbox.raw(ref, max_bytes=_MOST_GIVEN)
        found = [each for each in await arrived_in(raw, ref) if each.incoming.method == "REQUEST"]
        if not found:
            raise NotFound("This mail holds no invitation (a calendar part with METHOD:REQUEST).")
        return found[0]

    async def invitation_to(self, subject: str, uid: str) -> Arrived | None:
        """The newest invitation to the event of that UID among the newest mails."""
        for _, mailbox in self.mailboxes(subject):
            async with aclosing(self.newest(mailbox, set())) as newest:
                async for arrived in newest:
                    if arrived.incoming.uid == uid and arrived.incoming.method == "REQUEST":
                        return arrived
        return None

    def mailboxes(self, subject: str) -> Sequence[tuple[Account, Mailbox]]:
        """The person's accounts with their mailboxes."""
        found: list[tuple[Account, Mailbox]] = []
        for account in self._accounts.for_mail(subject):
            with suppress(NotFound):  # an account that only sends
                found.append((account, self._accounts.mailbox(account)))
        return found

    async def newest(self, mailbox: Mailbox, known: set[MailRef]) -> AsyncGenerator[Arrived]:
        """The calendar parts of the newest mails in the inbox that are not `known` yet; then they are.

        Raises:
            Unavailable: the server does not answer.
        """
        page = await mailbox.search(Query(folder="inbox"), offset=0, limit=NEWEST)
        for envelope in page.envelopes:
            if envelope.ref in known:
                continue
            raw = b""
            with suppress(NotFound):  # it was moved meanwhile
                raw = await mailbox.raw(envelope.ref, max_bytes=_MOST_BYTES) if envelope.size <= _MOST_BYTES else b""
            for arrived in await _understood(raw, envelope.ref):
                yield arrived
            known.add(envelope.ref)

    async def _ref(self, subject: str, text: str) -> MailRef:
        if text.startswith("<"):
            for _, mailbox in self.mailboxes(subject):
                refs = await mailbox.by_message_id(text)
                if refs:
                    return refs[0]
            raise NotFound(f"No mail of yours has the Message-ID {visible_line(text)[:120]}.")
        parts = [unquote(part) for part in text.removeprefix(_SCHEME).split("/")]
        if len(parts) != 3 or not all(parts):
            raise InvalidInput(f"{visible_line(text)[:120]!r} is no mail. Give its id as email_search shows it.")
        return MailRef(*parts)


async def _understood(raw: bytes, ref: MailRef) -> list[Arrived]:
    """As `arrived_in`; a mail at which reading fails says nothing, so that those after it are looked at."""
    try:
        return await arrived_in(raw, ref)
    except Exception:
        logger.exception("a mail cannot be looked through for calendar parts")
        return []


async def arrived_in(raw: bytes, ref: MailRef) -> list[Arrived]:
    """What the calendar parts of a mail say; parts that say nothing to be understood are left out."""
    if b"text/calendar" not in raw.lower():
        return []
    mail = await to_thread.run_sync(parse, raw)
    sender = _sender(mail)
    found: list[Arrived] = []
    for text in mail.calendar[:_MOST_PARTS]:
        with suppress(DeskhandError):
            found.append(Arrived(ref, sender, await to_thread.run_sync(read_itip, text)))
    return found


def _sender(mail: Mail) -> str:
    """Of several authors none counts: nobody could say whose answer it is."""
    return mail.headers.sender[0].email.lower() if len(mail.headers.sender) == 1 else ""
