"""Conversations by mail: which mails belong together, and in which order they are read.

As by J. Zawinski's algorithm (https://www.jwz.org/doc/threading.html): the Message-IDs that mails have and refer to
connect them. Subjects connect only an answer that refers to nothing, and only among people who wrote to each other.
"""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskhand.mail.address import Address
from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Envelope
from deskhand.mail.subject_marks import base_subject, says_answered

_DAYS = timedelta(days=14)
"""How long after the last mail of a thread an answer without references may come."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Mails of one conversation, an answer always after what it answers, else by date."""

    id: str
    envelopes: tuple[Envelope, ...]

    @property
    def latest(self) -> datetime:
        """When the last mail of it was received."""
        return max(envelope.received for envelope in self.envelopes)


def thread_id(headers: Headers) -> str:
    """A short name of the thread, by what a mail says of itself alone: its first reference, or its own Message-ID.

    All mails of a thread share it where programs keep References whole, as RFC 5322 §3.6.4 asks.
    """
    return _hashed(_root(headers))


def threads_of(envelopes: Sequence[Envelope]) -> list[Thread]:
    """The threads of these mails, the one with the newest mail first."""
    groups = _Groups(len(envelopes))
    owner: dict[str, int] = {}
    for number, envelope in enumerate(envelopes):
        for message_id in _ids(envelope.headers):
            groups.join(number, owner.setdefault(message_id, number))
    _join_by_subject(envelopes, groups)
    members: dict[int, list[Envelope]] = {}
    for number, envelope in enumerate(envelopes):
        members.setdefault(groups.of(number), []).append(envelope)
    found = [_thread(group) for group in members.values()]
    return sorted(found, key=lambda thread: (thread.latest, thread.id), reverse=True)


def in_order(envelopes: Iterable[Envelope]) -> tuple[Envelope, ...]:
    """An answer after what it answers, whatever the clocks of their senders said; else by date."""
    mails = sorted(envelopes, key=_when)
    place = {mail.headers.message_id: n for n, mail in reversed(list(enumerate(mails))) if mail.headers.message_id}
    answers: dict[int, list[int]] = {}
    waiting: list[int] = []
    for number, mail in enumerate(mails):
        parent = next((place[one] for one in _parents(mail.headers) if one in place), number)
        if parent == number:
            heapq.heappush(waiting, number)
        else:
            answers.setdefault(parent, []).append(number)
    order: list[int] = []
    while waiting:
        order.append(heapq.heappop(waiting))
        for answer in answers.get(order[-1], ()):
            heapq.heappush(waiting, answer)
    in_circles = sorted(set(range(len(mails))) - set(order))
    return tuple(mails[number] for number in [*order, *in_circles])


class _Groups:
    """Numbers that were joined (union-find)."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def of(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._parents[second] = first


def _join_by_subject(envelopes: Sequence[Envelope], groups: _Groups) -> None:
    """An answer that refers to nothing joins the latest mail before it that it can only be the answer to."""
    order = sorted(range(len(envelopes)), key=lambda number: envelopes[number].received)
    latest: dict[str, list[int]] = {}
    for number in order:
        envelope = envelopes[number]
        subject = base_subject(envelope.headers.subject)
        earlier = latest.setdefault(subject, [])
        if subject and says_answered(envelope.headers.subject) and not _parents(envelope.headers):
            answered = (one for one in reversed(earlier[-50:]) if _answers(envelope, envelopes[one]))
            groups.join(number, next(answered, number))
        earlier.append(number)


def _answers(answer: Envelope, earlier: Envelope) -> bool:
    """Whether a recipient of the earlier mail writes back to its sender, or its sender writes again, and soon."""
    late = answer.received - earlier.received > _DAYS
    writers, wrote = _keys(answer.headers.sender), _keys(earlier.headers.sender)
    readers = _keys((*answer.headers.to, *answer.headers.cc))
    read = _keys((*earlier.headers.to, *earlier.headers.cc))
    back = bool(writers & read and readers & wrote)
    again = bool(writers & wrote and readers & read)
    return not late and (back or again)


def _keys(addresses: Sequence[Address]) -> set[str]:
    return {address.key for address in addresses if address.email}


def _thread(group: list[Envelope]) -> Thread:
    """Named by the root of its first mail, so that later mails do not rename it."""
    ordered = in_order(group)
    first = ordered[0]
    root = _root(first.headers) or f"{first.ref.account}/{first.ref.folder}/{first.ref.uid}"
    return Thread(_hashed(root), ordered)


def _when(envelope: Envelope) -> tuple[datetime, datetime]:
    """By the receiving server's clock where the sender's is days off."""
    date = envelope.headers.date
    near = date is not None and abs(date - envelope.received) <= timedelta(days=2)
    return (date if date is not None and near else envelope.received), envelope.received


def _parents(headers: Headers) -> list[str]:
    """What a mail answers, the nearest first; never itself."""
    nearest = [*([headers.in_reply_to] if headers.in_reply_to else []), *reversed(headers.references)]
    return [one for one in dict.fromkeys(nearest) if one != headers.message_id]


def _ids(headers: Headers) -> list[str]:
    return [*([headers.message_id] if headers.message_id else []), *_parents(headers)]


def _root(headers: Headers) -> str:
    parents = _parents(headers)
    return parents[-1] if parents else headers.message_id


def _hashed(root: str) -> str:
    return hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()[:16] if root else ""
