"""Rules and their log on disk: one claim for each mail between two servers, versions, and what is private."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import anyio
import pytest
from tests.mail.rule_world import ANN as OWN
from tests.mail.rule_world import mail
from tests.outbox.world import Clock

from deskhand.errors import Conflict, NotFound
from deskhand.mail.rule import Rule
from deskhand.mail.rule_book import MOST_RULES, RuleBook
from deskhand.mail.rule_decision import Answer, Refusal
from deskhand.mail.rule_mail import Incoming
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
RULE = Rule(name="holiday", account="work", text="On Monday.\n", hourly=20)


@dataclass(frozen=True)
class Watched(Incoming):
    """A mail that tells when its text is looked into."""

    looked: Callable[[], None] = print

    def contains(self, text: str) -> bool:
        self.looked()
        return Incoming.contains(self, text)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """What two servers open: a file to be, or the URL of a PostgreSQL with its tables."""
    return tmp_path / "one.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


async def test_two_servers_on_one_database_claim_each_mail_once_and_each_sender_once(target: Path | str) -> None:
    clock, claimed = Clock(), list[str]()
    with Database(target) as one, Database(target) as other:
        books = [RuleBook(one, clock, UTC), RuleBook(other, clock, UTC)]
        kept = await books[0].add("ann", RULE)
        kept = await books[0].enable("ann", "holiday", kept.version)
        date = clock().strftime("%a, %d %b %Y %H:%M:%S +0000")
        mails = [
            mail(received=clock(), Date=date, From_=f"w{n % 8}@example.com", Message_ID=f"<{n}@example.com>")
            for n in range(16)
        ]

        async def claims(book: RuleBook) -> None:
            for incoming in mails:
                decided = await book.claim("ann", kept, incoming, OWN)
                if isinstance(decided, Answer):
                    claimed.append(decided.recipient)

        async with anyio.create_task_group() as tasks:
            for book in (*books, *books):
                tasks.start_soon(claims, book)
        assert sorted(claimed) == [f"w{n}@example.com" for n in range(8)]
        outcomes = [row.outcome for row in await books[1].log("ann", limit=100)]
        assert sorted(outcomes) == ["refused"] * 8 + ["sending"] * 8
        await books[1].enable("bob", "holiday", (await books[1].add("bob", RULE)).version)
        assert sorted(await books[0].subjects()) == ["ann", "bob"]


async def test_a_rule_that_was_stopped_or_changed_claims_nothing_under_its_old_version() -> None:
    clock = Clock()
    with Database(None) as database:
        book = RuleBook(database, clock, UTC)
        kept = await book.enable("ann", "holiday", (await book.add("ann", RULE)).version)
        await book.stop("ann", "holiday")
        assert await book.claim("ann", kept, mail(received=clock()), OWN) == "later"
        changed = await book.change("ann", replace(RULE, text="Never.\n"))
        assert len({kept.version, changed.version}) == 2
        with pytest.raises(Conflict, match="changed, stopped or deleted"):
            await book.enable("ann", "holiday", kept.version)
        assert not (await book.find("ann", "holiday")).enabled


async def test_adding_a_rule_again_finds_it_and_another_one_of_its_name_is_refused() -> None:
    with Database(None) as database:
        book = RuleBook(database, Clock(), UTC)
        first = await book.add("ann", RULE)
        assert await book.add("ann", RULE) == first
        with pytest.raises(Conflict, match="action=change"):
            await book.add("ann", replace(RULE, text="Other.\n"))
        assert await book.change("ann", RULE) == first, "nothing to change, nothing to agree to again"


async def test_the_number_of_rules_is_bounded() -> None:
    with Database(None) as database:
        book = RuleBook(database, Clock(), UTC)
        for number in range(MOST_RULES):
            await book.add("ann", replace(RULE, name=f"r{number}"))
        with pytest.raises(Conflict, match="delete one"):
            await book.add("ann", RULE)
        await book.add("bob", RULE)


async def test_nobody_reaches_the_rules_of_another_person() -> None:
    clock = Clock()
    with Database(None) as database:
        book = RuleBook(database, clock, UTC)
        kept = await book.enable("ann", "holiday", (await book.add("ann", RULE)).version)
        for refused in (book.find("bob", "holiday"), book.stop("bob", "holiday"), book.delete("bob", "holiday")):
            with pytest.raises(NotFound, match="none yet"):
                await refused
        assert await book.stop("bob") == 0
        assert await book.claim("bob", kept, mail(received=clock()), OWN) == "later"
        assert (await book.find("ann", "holiday")).enabled


async def test_the_log_of_a_deleted_rule_stays_and_still_counts() -> None:
    clock = Clock()
    with Database(None) as database:
        book = RuleBook(database, clock, UTC)
        date = clock().strftime("%a, %d %b %Y %H:%M:%S +0000")
        for number in range(2):
            kept = await book.enable("ann", "holiday", (await book.add("ann", RULE)).version)
            incoming = mail(received=clock(), Date=date, Message_ID=f"<{number}@example.com>")
            decided = await book.claim("ann", kept, incoming, OWN)
            assert isinstance(decided, Answer if number == 0 else Refusal)
            await book.delete("ann", "holiday")
        assert [row.outcome for row in await book.log("ann")].count("sending") == 1


async def test_what_is_settled_is_told_from_what_is_in_other_hands() -> None:
    clock = Clock()
    with Database(None) as database:
        book = RuleBook(database, clock, UTC)
        kept = await book.enable("ann", "holiday", (await book.add("ann", RULE)).version)
        incoming = _now(clock, "one")
        assert isinstance(await book.claim("ann", kept, incoming, OWN), Answer)
        assert await book.claim("ann", kept, incoming, OWN) == "later"
        for outcome in ("answered", "unknown", "refused", "stopped"):
            await book.ended("ann", "holiday", incoming.id, outcome, "")
            assert await book.claim("ann", kept, incoming, OWN) == "done"
        await book.ended("ann", "holiday", incoming.id, "failed", "")
        assert isinstance(await book.claim("ann", kept, incoming, OWN), Answer)


async def test_a_mail_is_taken_apart_while_others_can_write(tmp_path: Path) -> None:
    clock, free = Clock(), list[bool]()
    with Database(tmp_path / "one.db") as database:
        book = RuleBook(database, clock, UTC)
        kept = await book.enable("ann", "holiday", (await book.add("ann", replace(RULE, match="green"))).version)

        def looked() -> None:
            with closing(sqlite3.connect(tmp_path / "one.db", timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")  # raises where somebody writes
                free.append(True)

        one = _now(clock, "one")
        watched = Watched(one.raw, one.received, one.headers, looked=looked)
        assert isinstance(await book.claim("ann", kept, watched, OWN), Answer)
    assert free == [True]


async def test_another_version_stands_aside_until_it_takes_the_place_of_the_one_that_runs() -> None:
    clock = Clock()
    with Database(None) as database:
        book = RuleBook(database, clock, UTC)
        kept = await book.enable("ann", "holiday", (await book.add("ann", RULE)).version)
        aside = await book.change("ann", replace(kept.rule, text="Never.\n"))
        assert (aside.aside, aside.version) == (True, kept.version)
        assert await book.find("ann", "holiday") == kept
        clock.forward(minutes=5)
        put = await book.exchange("ann", aside.rule, aside.version)
        assert (put.rule.text, put.enabled, put.rule.started) == ("Never.\n", True, clock().replace(microsecond=0))
        assert put == await book.find("ann", "holiday")
        assert put.version != kept.version
        assert await book.exchange("ann", aside.rule, aside.version) == put, "again changes nothing"
        with pytest.raises(Conflict, match="changed, stopped or deleted"):
            await book.exchange("ann", RULE, kept.version)
        await book.stop("ann")
        with pytest.raises(Conflict, match="changed, stopped or deleted"):
            await book.exchange("ann", RULE, (await book.find("ann", "holiday")).version)


def _now(clock: Clock, name: str) -> Incoming:
    """A mail that was written and arrived now."""
    date = clock().strftime("%a, %d %b %Y %H:%M:%S +0000")
    return mail(received=clock(), Date=date, Message_ID=f"<{name}@example.com>")
