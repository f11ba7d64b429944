"""Searching on a server: what IMAP can answer is asked there, the rest is looked at in the lines that are found."""

from collections.abc import Sequence
from datetime import date, timedelta

from deskhand.mail.imap_envelopes import Opened, fetch_envelopes, fetch_received
from deskhand.mail.imap_wire import quoted
from deskhand.mail.mailbox import Envelope
from deskhand.mail.query import Query

_NEWEST = 50_000
"""How many mails of a folder are searched, from its end: a server's line of numbers must stay under 1 MB."""
_DATED = 5_000
_SCANNED = 1_000
_AT_ONCE = 100
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def find(opened: Opened, query: Query, most: int) -> tuple[list[Envelope], int, bool]:
    """The newest mails of an open folder that match, how many there are, and whether there may be more. Blocks."""
    uids, cut = _uids(opened, query)
    if not _is_local(query):
        return fetch_envelopes(opened, uids[:most]), len(uids), cut
    found: list[Envelope] = []
    scanned = 0
    while scanned < min(len(uids), _SCANNED) and len(found) <= most:
        lines = fetch_envelopes(opened, uids[scanned : scanned + _AT_ONCE])
        found += [line for line in lines if _holds(query, line)]
        scanned += _AT_ONCE
    return found[:most], len(found), cut or scanned < len(uids)


def related_criteria(message_ids: Sequence[str]) -> list[bytes]:
    """Mails that have, or refer to, one of these Message-IDs."""
    keys = [
        [b"HEADER", field, quoted(one)]
        for one in message_ids
        for field in (b"Message-ID", b"References", b"In-Reply-To")
    ]
    return [b"UNDELETED", *_any(keys)]


def _uids(opened: Opened, query: Query) -> tuple[list[int], bool]:
    if not opened.exists:
        return [], False
    cut = opened.exists > _NEWEST
    newest = [f"{opened.exists - _NEWEST + 1}:*".encode()] if cut else []
    sort = opened.wire.has_capability("SORT")
    uids = opened.wire.search_uids([*newest, b"UNDELETED", *criteria(query)], sort=sort)
    if sort and not query.days_bounded:
        return uids, cut
    received = fetch_received(opened, uids[:_DATED])
    kept = [uid for uid in uids[:_DATED] if uid in received and query.in_days(received[uid])]
    return sorted(kept, key=lambda uid: (received[uid], uid), reverse=True), cut or len(uids) > _DATED


def criteria(query: Query) -> list[bytes]:
    """The search keys of RFC 3501 §6.4.4 for all that a server can tell, without brackets."""
    return [key for keys in _keys(query) for key in keys] + [key for one in query.excluded for key in _not(one)]


def _keys(query: Query) -> list[list[bytes]]:
    flags = ((query.unread, b"UNSEEN", b"SEEN"), (query.flagged, b"FLAGGED", b"UNFLAGGED"),
             (query.answered, b"ANSWERED", b"UNANSWERED"))  # fmt: skip
    keys = [[b"OR", b"SUBJECT", quoted(word), b"BODY", quoted(word)] for word in query.words]
    keys += [[b"FROM", quoted(text)] for text in query.sender]
    keys += [[b"OR", b"OR", b"TO", quoted(text), b"CC", quoted(text), b"BCC", quoted(text)] for text in query.to]
    keys += [[b"SUBJECT", quoted(text)] for text in query.subject]
    keys += [[yes if wanted else no] for wanted, yes, no in flags if wanted is not None]
    keys += [[b"LARGER", str(query.larger).encode()]] if query.larger else []
    keys += [[b"HEADER", b"Message-ID", quoted(query.message_id)]] if query.message_id else []
    # A server's days begin in a zone of its own: a day more on either side, and the lines tell the rest.
    keys += [[b"SINCE", _day(query.after, -1)]] if query.after else []
    keys += [[b"BEFORE", _day(query.before, 1)]] if query.before else []
    return keys


def _not(excluded: Query) -> list[bytes]:
    """Not all of these hold: at least one does not. What only the lines tell is left to them."""
    if _is_local(excluded) or excluded.days_bounded:
        return []
    return _any([[b"NOT", *key] for key in _keys(excluded)])


def _any(keys: Sequence[Sequence[bytes]]) -> list[bytes]:
    """One of these holds, as IMAP writes it: OR a OR b c."""
    if not keys:
        return []
    *first, last = keys
    return [part for key in first for part in (b"OR", *key)] + list(last)


def _is_local(query: Query) -> bool:
    own = query.has_attachment is not None or bool(query.filename)
    return own or any(_is_local(one) or one.days_bounded for one in query.excluded)


def _holds(query: Query, line: Envelope) -> bool:
    """What only the line of a mail tells."""
    names = [name.casefold() for name in line.attachments]
    wanted = query.has_attachment
    return (
        (wanted is None or wanted == bool(names))
        and all(any(text.casefold() in name for name in names) for text in query.filename)
        and query.in_days(line.received)
        and not any(_holds(one, line) for one in query.excluded if _is_local(one) or one.days_bounded)
    )


def _day(day: date, more: int) -> bytes:
    """A day as IMAP writes it, whatever the language of the machine."""
    moved = day + timedelta(days=more) if date.min < day < date.max else day
    return f"{moved.day:02}-{_MONTHS[moved.month - 1]}-{moved.year:04}".encode()
