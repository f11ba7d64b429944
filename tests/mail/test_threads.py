"""Which mails are one conversation, and in which order they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from deskhand.mail.address import Address
from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Envelope, MailRef
from deskhand.mail.thread import in_order, thread_id, threads_of

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class M:
    """A mail in few words: its name, what it answers, what it refers to, and the day it came."""

    name: str
    answers: str = ""
    refers: str = ""
    day: float = 0
    subject: str = "Lunch"
    sender: str = "ann"
    to: str = "bob"
    said: float | None = None

    def envelope(self) -> Envelope:
        received = START + timedelta(days=self.day)
        headers = Headers(
            message_id=_id(self.name) if not self.name.startswith("-") else "",
            in_reply_to=_id(self.answers) if self.answers else "",
            references=tuple(map(_id, self.refers)),
            subject=self.subject,
            date=received if self.said is None else START + timedelta(days=self.said),
            sender=(Address(f"{self.sender}@example.org"),),
            to=tuple(Address(f"{name}@example.org") for name in self.to.split()),
        )
        return Envelope(MailRef("home", "INBOX", self.name), headers, received, 100)


def _id(name: str) -> str:
    return f"<{name}@example.org>"


def _threads(mails: Sequence[M]) -> list[str]:
    found = threads_of([mail.envelope() for mail in mails])
    return [" ".join(envelope.ref.uid for envelope in thread.envelopes) for thread in found]


RE = "Re: Lunch"
CASES: list[tuple[str, list[M], list[str]]] = [
    ("nothing", [], []),
    ("one", [M("a")], ["a"]),
    ("two strangers, newest first", [M("a"), M("b", day=1)], ["b", "a"]),
    ("an answer", [M("a"), M("b", "a", "a", 1)], ["a b"]),
    ("an answer with References only", [M("a"), M("b", refers="a", day=1)], ["a b"]),
    ("an answer with In-Reply-To only", [M("a"), M("b", "a", day=1)], ["a b"]),
    ("the one between is missing", [M("a"), M("c", "b", "ab", 2)], ["a c"]),
    ("the first is missing", [M("b", "a", "a", 1), M("c", "a", "a", 2)], ["b c"]),
    ("two chains that meet late", [M("a"), M("b", day=1), M("c", "a", "ab", 2)], ["a b c"]),
    ("a clock that is wrong by a day", [M("a", day=1), M("b", "a", "a", 1.1, said=0.2)], ["a b"]),
    ("a clock that is wrong by years", [M("a"), M("b", "a", "a", 1, said=-900), M("c", "b", "ab", 2)], ["a b c"]),
    ("a circle", [M("a", "b"), M("b", "a", day=1)], ["a b"]),
    ("an answer to itself", [M("a", "a", "a")], ["a"]),
    ("one Message-ID twice", [M("a"), M("a", day=1)], ["a a"]),
    ("no Message-IDs", [M("-a"), M("-b", day=1)], ["-b", "-a"]),
    ("subjects alike, no answer", [M("a"), M("b", day=1, sender="bob", to="ann")], ["b", "a"]),
    ("an answer without references", [M("a"), M("b", day=1, subject=RE, sender="bob", to="ann")], ["a b"]),
    ("the same in German", [M("a"), M("b", day=1, subject="AW: lunch", sender="bob", to="ann")], ["a b"]),
    ("the sender writes again", [M("a"), M("b", day=1, subject=RE)], ["a b"]),
    ("a stranger with the same subject", [M("a"), M("b", day=1, subject=RE, sender="eve", to="ann")], ["b", "a"]),
    ("to a stranger", [M("a"), M("b", day=1, subject=RE, sender="bob", to="eve")], ["b", "a"]),
    ("too late", [M("a"), M("b", day=15, subject=RE, sender="bob", to="ann")], ["b", "a"]),
    ("before what it would answer", [M("b", subject=RE, sender="bob", to="ann"), M("a", day=1)], ["a", "b"]),
    ("another subject", [M("a"), M("b", day=1, subject="Re: Dinner", sender="bob", to="ann")], ["b", "a"]),
    ("no subject", [M("a", subject=""), M("b", day=1, subject="Re:", sender="bob", to="ann")], ["b", "a"]),
    ("references win over the subject", [M("a"), M("b", "x", "x", 1, RE, "bob", "ann")], ["b", "a"]),
    ("a forward", [M("a"), M("b", day=1, subject="Fwd: Lunch", sender="bob", to="ann")], ["b", "a"]),
]


@pytest.mark.parametrize(("mails", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_mails_are_put_together(mails: list[M], expected: list[str]) -> None:
    assert _threads(mails) == expected


def test_the_order_in_which_mails_are_given_does_not_matter() -> None:
    mails = [M("a"), M("b", "a", "a", 1), M("c", "b", "ab", 2), M("d", day=3)]
    mails += [M("e", day=4, subject=RE, sender="bob", to="ann")]
    once = threads_of([mail.envelope() for mail in mails])
    for shuffled in permutations(mails):
        assert threads_of([mail.envelope() for mail in shuffled]) == once


def test_a_thread_keeps_its_name_when_answers_come() -> None:
    first, answer = M("a").envelope(), M("b", "a", "a", 1).envelope()
    (alone,), (grown,) = threads_of([first]), threads_of([answer, first])
    assert alone.id == grown.id == thread_id(first.headers) == thread_id(answer.headers)
    assert len(alone.id) == 16


def test_threads_of_strangers_have_other_names() -> None:
    names = {thread.id for thread in threads_of([M(name).envelope() for name in ("a", "b", "-c", "-d")])}
    assert len(names) == 4


def test_answers_follow_what_they_answer() -> None:
    mails = [M("c", "b", day=0), M("b", "a", day=1), M("a", day=2), M("d", "a", day=3)]
    assert [envelope.ref.uid for envelope in in_order([mail.envelope() for mail in mails])] == ["a", "b", "c", "d"]


def test_a_thread_of_thousands_is_put_in_order() -> None:
    chain = [M("m0"), *(M(f"m{n}", f"m{n - 1}", day=n / 1000) for n in range(1, 3000))]
    (thread,) = threads_of([mail.envelope() for mail in reversed(chain)])
    assert [envelope.ref.uid for envelope in thread.envelopes] == [mail.name for mail in chain]
