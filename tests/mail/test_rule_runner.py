"""The runner at a real SMTP server: once for each mail, also when two run; nothing that was stopped; nobody else's."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import anyio
import pytest
from tests.mail.rule_world import HEADERS
from tests.mail.sending import ANN, Desk, Office, desk_in
from tests.mail.smtp_server import Rules

from deskhand.errors import Unavailable
from deskhand.mail.mailbox import MailRef
from deskhand.mail.query import Query
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule import Rule
from deskhand.mail.rule_book import Kept, RuleBook
from deskhand.mail.rule_decision import Answer
from deskhand.mail.rule_mail import incoming
from deskhand.outbox.act import Entry
from deskhand.store.mail_rule_rows import AnswerRow
from deskhand.testing import services
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.rule_runner import RuleRunner, key_of

pytestmark = pytest.mark.anyio
HOLIDAY = Rule(name="holiday", account="work", text="Dear {name}, on Monday.\n")


class Running:
    """Ann's desk with her rules, and a runner that looks when it is told to."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.book = RuleBook(desk.office.database, desk.clock, UTC)
        self.runner = self.another(desk.office)

    def another(self, office: Office) -> RuleRunner:
        """A runner as another server on the same database and mailbox would have it."""
        lent = replace(
            services(self.folder, database=office.database),
            accounts=office.accounts,
            outbox=office.outbox,
            post=office.post,
            now=self.desk.clock,
        )
        return RuleRunner(RuleBook(office.database, self.desk.clock, UTC), Mailboxes(office.accounts, 1_000_000), lent)

    async def start(self, rule: Rule = HOLIDAY, subject: str = ANN) -> Kept:
        kept = await self.book.add(subject, rule)
        return await self.book.enable(subject, rule.name, kept.version)

    async def arrive(self, who: str = "bob", *, minutes: float = 0, more: str = "", number: int = 1) -> str:
        """A mail to Ann; its Message-ID."""
        at = self.desk.clock() - timedelta(minutes=minutes)
        message_id = f"<{who}{number}@example.com>"
        named = {**HEADERS, "From": f"{who} <{who}@example.com>", "Message-ID": message_id}
        named["Date"] = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        raw = "".join(f"{name}: {value}\r\n" for name, value in named.items()) + f"{more}\r\nHi\r\n"
        await self.desk.provider.append("Inbox", raw.encode(), frozenset(), at)
        return message_id

    async def log(self) -> dict[str, AnswerRow]:
        return {row.mail: row for row in await self.book.log(ANN, limit=100)}

    @property
    def answered(self) -> list[str]:
        return [recipient for mail in self.desk.server.mails for recipient in mail.recipients]


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[Running]:
    async with desk_in(folder) as desk:
        yield Running(desk, folder)


async def test_a_mail_is_answered_once_however_often_it_is_looked_at(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        message_id = await ann.arrive()
        assert [await ann.runner.look(ANN, "work") for _ in range(3)] == [1, 0, 0]
        assert await ann.another(ann.desk.office).look(ANN, "work") == 0
        assert ann.answered == ["bob@example.com"]
        [taken] = ann.desk.server.mails
        assert b"Auto-Submitted: auto-replied" in taken.raw
        row = (await ann.log())[message_id]
        assert (row.outcome, row.recipient) == ("answered", "bob@example.com")
        assert row.detail.startswith("250")
        assert (await ann.desk.office.outbox.find(ANN, key_of("holiday", message_id))).state == "done"


async def test_a_server_that_starts_again_loads_what_is_settled_once_more_and_not_each_time(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        await ann.arrive()
        await ann.runner.look(ANN, "work")
        loaded, raw = list[MailRef](), ann.desk.provider.raw

        async def counted(ref: MailRef, *, max_bytes: int) -> bytes:
            loaded.append(ref)
            return await raw(ref, max_bytes=max_bytes)

        ann.desk.provider.raw = counted  # type: ignore[method-assign]
        again = ann.another(ann.desk.office)
        assert [await again.look(ANN, "work") for _ in range(3)] == [0, 0, 0]
        assert len(loaded) == 1


async def test_an_answer_of_a_rule_is_none_of_the_person(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        for number in range(3):  # the account lets two mails an hour leave unasked
            await ann.arrive(f"writer{number}")
        assert await ann.runner.look(ANN, "work") == 3
        inbox = await ann.desk.provider.search(Query(folder="inbox"), offset=0, limit=5)
        assert [mail.flags for mail in inbox.envelopes] == [frozenset()] * 3
        assert await ann.desk.office.post.may_pass(ANN, ann.desk.office.work, ["bob@example.org"])


async def test_two_runners_at_once_answer_each_mail_once(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start(replace(HOLIDAY, hourly=20))
        for number in range(6):
            await ann.arrive(f"writer{number}")
        others = [ann.another(ann.desk.office) for _ in range(4)]
        async with anyio.create_task_group() as tasks:
            for runner in others:
                tasks.start_soon(runner.look, ANN, "work")
        assert sorted(ann.answered) == [f"writer{number}@example.com" for number in range(6)]
        assert {row.outcome for row in (await ann.log()).values()} == {"answered"}


async def test_two_rules_answer_one_sender_once(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        await ann.start(replace(HOLIDAY, name="other"))
        await ann.arrive()
        await ann.runner.look(ANN, "work")
        assert ann.answered == ["bob@example.com"]
        rows = await ann.book.log(ANN)
        assert {row.rule: row.outcome for row in rows} == {"holiday": "answered", "other": "refused"}


async def test_after_a_time_without_the_server_only_the_last_hour_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        ann.desk.clock.forward(hours=5)
        for number in range(20):
            await ann.arrive(f"early{number}", minutes=61 + number)
        await ann.arrive("late", minutes=30)
        await ann.runner.look(ANN, "work")
        assert ann.answered == ["late@example.com"]


async def test_what_came_while_a_rule_was_stopped_is_never_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        kept = await ann.start()
        assert await ann.book.stop(ANN) == 1
        ann.desk.clock.forward(minutes=5)
        await ann.arrive()
        assert await ann.runner.look(ANN, "work") == 0
        ann.desk.clock.forward(minutes=5)
        again = await ann.book.find(ANN, "holiday")
        assert again.version != kept.version
        await ann.book.enable(ANN, "holiday", again.version)
        assert await ann.runner.look(ANN, "work") == 0
        assert ann.answered == []


async def test_stopping_takes_effect_between_the_decision_and_the_sending(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        message_id = await ann.arrive()
        post = ann.desk.office.post
        propose = post.propose

        async def stopped_meanwhile(*given: object, **named: object) -> Entry:
            entry = await propose(*given, **named)  # type: ignore[arg-type]
            await ann.book.stop(ANN)
            return entry

        post.propose = stopped_meanwhile  # type: ignore[method-assign]
        assert await ann.runner.look(ANN, "work") == 0
        assert ann.answered == []
        assert (await ann.log())[message_id].outcome == "stopped"
        assert (await ann.desk.office.outbox.find(ANN, key_of("holiday", message_id))).state == "denied"


async def test_what_could_not_be_sent_is_tried_again_and_what_never_can_is_not(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        later = await ann.arrive("bob")
        ann.desk.server.rules = Rules(mail_answer="451 4.3.0 not now")
        await ann.runner.look(ANN, "work")
        assert (await ann.log())[later].outcome == "failed"
        ann.desk.server.rules = Rules(refuse={"gone@example.com": "550 5.1.1 no such user"})
        gone = await ann.arrive("gone")
        assert await ann.runner.look(ANN, "work") == 1
        log = await ann.log()
        assert (log[later].outcome, log[gone].outcome) == ("answered", "refused")
        assert "no such user" in log[gone].detail
        tries = len(ann.desk.server.mails)
        assert await ann.another(ann.desk.office).look(ANN, "work") == 0
        assert len(ann.desk.server.mails) == tries == 1


async def test_an_answer_that_a_dead_server_left_is_sent_by_another_one_later_and_once(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        kept = await ann.start()
        await ann.arrive()
        [envelope] = (await ann.desk.provider.search(Query(folder="inbox"), offset=0, limit=5)).envelopes
        raw = await ann.desk.provider.raw(envelope.ref, max_bytes=10_000)
        mail = incoming(raw, envelope.received)
        own = Own(ann.desk.office.work.address)
        assert isinstance(await ann.book.claim(ANN, kept, mail, own), Answer)
        assert await ann.runner.look(ANN, "work") == 0, "the other one may be at it"
        ann.desk.clock.forward(minutes=7)
        assert await ann.runner.look(ANN, "work") == 1
        assert ann.answered == ["bob@example.com"]


async def test_one_mail_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        ann.desk.clock.forward(minutes=10)
        await ann.arrive("bob", minutes=2)
        await ann.arrive("cleo", minutes=1)
        provider = ann.desk.provider
        raw, broken = provider.raw, list[MailRef]()

        async def breaking(ref: MailRef, *, max_bytes: int) -> bytes:
            if not broken or broken[0] == ref:
                broken.append(ref)
                raise Unavailable("gone for a moment")
            return await raw(ref, max_bytes=max_bytes)

        provider.raw = breaking  # type: ignore[method-assign]
        assert await ann.runner.look(ANN, "work") == 1
        assert ann.answered == ["cleo@example.com"]
        broken[0] = MailRef("", "", "")
        assert await ann.runner.look(ANN, "work") == 1, "it was only for a moment"


async def test_an_hour_has_so_many_answers_and_the_log_says_why_there_are_no_more(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start(replace(HOLIDAY, hourly=2))
        ann.desk.clock.forward(minutes=10)
        for number in range(4):
            await ann.arrive(f"writer{number}", minutes=9 - number)
        await ann.runner.look(ANN, "work")
        assert ann.answered == ["writer0@example.com", "writer1@example.com"]
        log = await ann.log()
        assert log["<writer31@example.com>"].detail == "the rule answered 2 times within an hour"


async def test_a_persons_rules_do_nothing_with_the_mail_of_others(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start(replace(HOLIDAY, account="local"), subject="bob")
        await ann.arrive()
        assert await ann.book.subjects() == ["bob"]
        assert await ann.runner.look("bob", "local") == 0
        assert await ann.runner.look(ANN, "work") == 0
        assert ann.answered == []
        assert await ann.book.all(ANN) == []
        assert await ann.book.log("bob") == []


async def test_the_log_ends_after_ninety_days(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        await ann.arrive()
        await ann.runner.look(ANN, "work")
        ann.desk.clock.forward(days=89)
        assert await ann.book.prune(ANN) == 0
        ann.desk.clock.forward(days=2)
        assert await ann.book.prune(ANN) == 1
        assert await ann.log() == {}


async def test_who_stops_the_runner_in_the_middle_of_sending_leaves_no_mail_in_doubt(tmp_path: Path) -> None:
    async with running(tmp_path) as ann:
        await ann.start()
        message_id = await ann.arrive()
        post = ann.desk.office.post
        send = post.send

        async def stopped_meanwhile(subject: str, key: str) -> Entry:
            scope.cancel()
            return await send(subject, key)

        post.send = stopped_meanwhile  # type: ignore[method-assign]
        with anyio.CancelScope() as scope:
            await ann.runner.look(ANN, "work")
        assert (await ann.log())[message_id].outcome == "answered"
        assert (await ann.desk.office.outbox.find(ANN, key_of("holiday", message_id))).state == "done"
        assert ann.answered == ["bob@example.com"]
