"""Finding conversations: one line for each, newest first, over all accounts of a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio

from deskhand.errors import DeskhandError
from deskhand.mail.account import Account
from deskhand.mail.mailbox import Envelope, Page
from deskhand.mail.query import Query
from deskhand.mail.query_words import parse_query
from deskhand.mail.thread import Thread, threads_of
from deskhand.toolsets.email.cursor import cursor_after, position_of
from deskhand.toolsets.email.handle import handle_of
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.results import Found, ThreadLine
from deskhand.visible import visible_line
from deskhand.zone import Zone

MAILS = 1_000
"""Most mails of one account that a search looks at; older ones are found with `before:`."""
_FIRST = 100
_SUBJECT, _SENDERS, _FILES = 120, 3, 3


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found in the accounts so far."""

    threads: tuple[tuple[Account, Thread], ...]
    whole: bool
    troubles: tuple[str, ...]


class Searching:
    """Searches. `now` and `zone` say what today is."""

    def __init__(self, mailboxes: Mailboxes, now: Callable[[], datetime], zone: Zone) -> None:
        self._mailboxes = mailboxes
        self._now = now
        self._zone = zone

    async def search(self, subject: str, words: str, *, account: str = "", limit: int = 20, cursor: str = "") -> Found:
        """One page.

        Raises:
            InvalidInput: the query or the cursor is wrong.
            NotFound: there is no such account or folder.
            Unavailable: no account answers.
        """
        query = parse_query(words, self._zone, self._now().astimezone(self._zone).date())
        accounts = await self._mailboxes.readable(subject, account)
        asked = (words, account)
        known = position_of(cursor, (int, str, str), *asked)
        before = int(known[0]) if known else 0
        looked, rest = await self._enough(accounts, query, known, before + limit)
        shown = rest[:limit]
        more = len(rest) > limit
        last = shown[-1][1] if shown else None
        return Found(
            threads=tuple(self._line(owner, thread) for owner, thread in shown),
            total=len(looked.threads),
            exact=looked.whole,
            zone=str(self._zone),
            next_cursor=cursor_after([before + limit, *_key(last)], *asked) if more and last else "",
            note=" ".join([*looked.troubles, *_older(looked, more)]),
        )

    async def _enough(
        self, accounts: Sequence[Account], query: Query, known: list[str | int] | None, wanted: int
    ) -> tuple[_Looked, list[tuple[Account, Thread]]]:
        """Look at more and more mails until one thread more than `wanted` is there, or nothing is left."""
        mails = max(_FIRST, 4 * wanted)
        while True:
            looked = await self._look(accounts, query, min(mails, MAILS))
            rest = [one for one in looked.threads if known is None or _key(one[1]) < (str(known[1]), str(known[2]))]
            if looked.whole or len(looked.threads) > wanted or mails >= MAILS:
                return looked, rest
            mails *= 3

    async def _look(self, accounts: Sequence[Account], query: Query, mails: int) -> _Looked:
        pages: dict[str, Page] = {}
        errors: dict[str, DeskhandError] = {}

        async def one(account: Account) -> None:
            try:
                with self._mailboxes.noting(account):
                    pages[account.name] = await self._mailboxes.box(account).search(query, offset=0, limit=mails)
            except DeskhandError as error:
                errors[account.name] = error

        async with anyio.create_task_group() as tasks:
            for account in accounts:
                tasks.start_soon(one, account)
        if not pages:
            raise next(iter(errors.values()))
        found = [
            (account, thread)
            for account in accounts
            if account.name in pages
            for thread in threads_of(pages[account.name].envelopes)
        ]
        found.sort(key=lambda one: _key(one[1]), reverse=True)
        whole = not errors and all(not page.at_least and page.total <= len(page.envelopes) for page in pages.values())
        troubles = tuple(f"{name} was left out: {error.message}" for name, error in errors.items())
        return _Looked(tuple(found), whole, troubles)

    def _line(self, account: Account, thread: Thread) -> ThreadLine:
        newest = max(thread.envelopes, key=lambda envelope: (envelope.received, envelope.ref))
        files = list(dict.fromkeys(visible_line(name)[:60] for mail in thread.envelopes for name in mail.attachments))
        more = [f"and {len(files) - _FILES} more"] if len(files) > _FILES else []
        subject = visible_line(newest.headers.subject)
        return ThreadLine(
            id=handle_of(newest.ref),
            senders=_senders(account, thread),
            subject=(subject if len(subject) <= _SUBJECT else f"{subject[:_SUBJECT]}…") or "(no subject)",
            date=newest.received.astimezone(self._zone).isoformat(timespec="minutes"),
            mails=len(thread.envelopes),
            unread=sum("seen" not in mail.flags for mail in thread.envelopes),
            flagged=any("flagged" in mail.flags for mail in thread.envelopes),
            draft="draft" in newest.flags,
            attachments=(*files[:_FILES], *more),
        )


def _key(thread: Thread) -> tuple[str, str]:
    """What threads are ordered by: the moment of the newest mail, in one zone and width, then the name."""
    return f"{int(thread.latest.timestamp() * 1_000_000):020d}", thread.id


def _senders(account: Account, thread: Thread) -> str:
    """Who wrote in it, oldest first; to whom, where only the person did."""
    wrote = list(dict.fromkeys(_name(account, mail) for mail in thread.envelopes))
    if wrote == ["me"]:
        to = [str(address.name or address.email) for address in thread.envelopes[-1].headers.to]
        return visible_line(f"me to {_few(to)}")[:120] if to else "me"
    return visible_line(_few(wrote))[:120]


def _name(account: Account, mail: Envelope) -> str:
    sender = mail.headers.sender[0] if mail.headers.sender else None
    if sender is None:
        return "(nobody)"
    return "me" if sender.key == account.address.key else (sender.name or sender.email)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SENDERS} more" if len(names) > _SENDERS else ""
    return ", ".join(names[:_SENDERS]) + more


def _older(looked: _Looked, more: bool) -> list[str]:
    if looked.whole or more or looked.troubles:
        return []
    oldest = min((thread.latest for _, thread in looked.threads), default=None)
    until = (oldest + timedelta(days=1)).date().isoformat() if oldest else "DATE"
    return [f"Only the newest {MAILS:,} mails were looked at. For older ones add before:{until}."]
