"""Two Deskhands, each with a rule, write to each other: it ends after one answer each, whatever is lost on the way."""

import re
from collections.abc import Callable
from datetime import UTC

import pytest
from tests.outbox.world import Clock

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule import Rule
from deskhand.mail.rule_book import Kept, RuleBook
from deskhand.mail.rule_decision import Answer
from deskhand.mail.rule_mail import incoming
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
PEOPLE = {"ann": Address("ann@example.org", "Ann"), "bob": Address("bob@example.com", "Bob")}
OTHER = {"ann": "bob", "bob": "ann"}
FIRST = Outgoing(PEOPLE["bob"], to=(PEOPLE["ann"],), subject="Figures", text="Where are they?\n")


def unmarked(raw: bytes) -> bytes:
    """As after a gateway that knows nothing of automatic answers, behind a new thread each time."""
    return re.sub(
        rb"(?im)^(?:auto-submitted|x-auto-response-suppress|in-reply-to|references):.*\r\n", b"", raw
    ).replace(b"Subject: Auto: ", b"Subject: ")


async def _started(database: Database, clock: Clock, subject: str) -> tuple[RuleBook, Kept]:
    book = RuleBook(database, clock, UTC)
    kept = await book.add(subject, Rule(name="away", account="work", text="Dear {name}, I am away.\n"))
    return book, await book.enable(subject, "away", kept.version)


@pytest.mark.parametrize(
    ("on_the_way", "answers"), [(bytes, ["ann"]), (unmarked, ["ann", "bob"])], ids=["all arrives", "marks are lost"]
)
async def test_a_loop_of_two_responders_ends(on_the_way: Callable[[bytes], bytes], answers: list[str]) -> None:
    clock, given = Clock(), list[str]()
    with Database(None) as one, Database(None) as other:
        homes = {"ann": await _started(one, clock, "ann"), "bob": await _started(other, clock, "bob")}
        raw, reader = build(FIRST, message_id="<0@example.com>", date=clock()), "ann"
        for number in range(1, 20):
            clock.forward(minutes=1)
            book, kept = homes[reader]
            mail = incoming(on_the_way(raw), clock())
            decided = await book.claim(reader, kept, mail, Own(PEOPLE[reader]))
            if not isinstance(decided, Answer):
                break
            await book.ended(reader, "away", mail.id, "answered", "")
            given.append(reader)
            raw = build(decided.outgoing, message_id=f"<{number}@example.org>", date=clock())
            reader = OTHER[reader]
    assert given == answers
