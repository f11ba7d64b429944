"""Everybody's rules and their log. Two servers that look at one mailbox meet here: only one of them gets a mail."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from anyio import to_thread

from deskhand.errors import Conflict, NotFound
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule import Rule, rule_from
from deskhand.mail.rule_decision import DAY, NOT_ABOUT, Answer, Answered, Circumstances, Refusal, is_about, weigh
from deskhand.mail.rule_mail import Incoming
from deskhand.store.database import Database
from deskhand.store.mail_rule_rows import AnswerRow, MailRuleRows, RuleRow, subjects_with_rules
from deskhand.store.personal import People, PersonalRows
from deskhand.zone import Zone

Outcome = Literal["sending", "answered", "unknown", "refused", "failed", "stopped"]
_COUNTING: tuple[Outcome, ...] = ("sending", "answered", "unknown")
"""What counts as an answer for the limits: all that may have left."""
Left = Literal["done", "later"]
"""Why a mail is left alone: nothing will ever be left to do about it, or somebody else may be at it."""
KEPT = timedelta(days=90)
LEASE = timedelta(minutes=6)
"""After this, whoever was about to answer is taken for dead; longer than the outbox gives an attempt."""
MOST_RULES = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as it is kept. `version` moves when the person changes or stops it: what they agreed to is one version."""

    rule: Rule
    enabled: bool
    version: str
    aside: bool = False
    """Whether it is only to take the place of the rule that runs, whose version this is, and is kept nowhere yet."""


class RuleBook:
    """The rules; each method sees only those of the `subject` it is given."""

    def __init__(self, database: Database, now: Callable[[], datetime], zone: Zone) -> None:
        self._database = database
        self._people = People(database)
        self._now = now
        self._zone = zone

    async def subjects(self) -> list[str]:
        """Who has rules that are enabled."""
        return await self._database.aread(subjects_with_rules)

    async def all(self, subject: str) -> list[Kept]:
        """The rules, by name."""
        rows = await self._people.person(subject).read(lambda rows: MailRuleRows(rows).all())
        return [_kept(row) for row in rows]

    async def find(self, subject: str, name: str) -> Kept:
        """The rule of this name.

        Raises:
            NotFound: there is none; says which there are.
        """
        known = await self.all(subject)
        for kept in known:
            if kept.rule.name == name:
                return kept
        names = ", ".join(kept.rule.name for kept in known)
        raise NotFound(
            f"There is no rule {name[:60]!r}. " + (f"There are: {names}." if names else "There is none yet.")
        )

    async def add(self, subject: str, rule: Rule) -> Kept:
        """Keep a new rule, stopped; the same again is the rule that is there.

        Raises:
            Conflict: there is another one of this name, or there are too many.
        """

        def work(rows: PersonalRows) -> RuleRow:
            book = MailRuleRows(rows)
            known = book.one(rule.name)
            if known is not None:
                if not _kept(known).rule.says_the_same(rule):
                    raise Conflict(f"There is a rule {rule.name!r} that says something else: action=change changes it.")
                return known
            if len(book.all()) >= MOST_RULES:
                raise Conflict(f"There are {MOST_RULES} rules; delete one first.")
            row = self._row(replace(rule, created=self._now()), enabled=False)
            book.put(row)
            return row

        return _kept(await self._people.person(subject).write(work))

    async def change(self, subject: str, rule: Rule) -> Kept:
        """Put another version in the place of a rule that is stopped; one that says the same changes nothing.

        A rule that runs goes on as it is, and its new version is `aside`: `exchange` puts it there.

        Raises:
            NotFound: there is none of this name.
        """

        def work(rows: PersonalRows) -> Kept:
            book = MailRuleRows(rows)
            known = book.one(rule.name)
            if known is None:
                raise NotFound(f"The rule {rule.name!r} was deleted meanwhile.")
            before = _kept(known).rule
            if before.says_the_same(rule):
                return _kept(known)
            if known.enabled:
                return Kept(rule, enabled=False, version=known.changed, aside=True)
            made = self._row(replace(rule, created=before.created), enabled=False)
            row = replace(made, changed=_later(made.changed, known.changed))
            book.put(row)
            return _kept(row)

        return await self._people.person(subject).write(work)

    async def exchange(self, subject: str, rule: Rule, version: str) -> Kept:
        """Put a rule in the place of this version of it, which runs, and let it answer what arrives from now on.

        Raises:
            Conflict: it was changed, stopped or deleted since.
        """

        def work(rows: PersonalRows) -> RuleRow:
            book = MailRuleRows(rows)
            row = book.one(rule.name)
            if row is not None and row.enabled and _kept(row).rule.says_the_same(rule):
                return row
            if row is None or not row.enabled or row.changed != version:
                raise _changed(rule.name)
            new = replace(rule, created=_kept(row).rule.created)
            made = replace(row, changed=_later(self._now().isoformat(), row.changed))
            return self._put_to_work(book, made, new)

        return _kept(await self._people.person(subject).write(work))

    async def enable(self, subject: str, name: str, version: str) -> Kept:
        """Let this version of a rule answer what arrives from now on.

        Raises:
            Conflict: it was changed, stopped or deleted since.
        """

        def work(rows: PersonalRows) -> RuleRow:
            book = MailRuleRows(rows)
            row = book.one(name)
            if row is None or row.changed != version:
                raise _changed(name)
            return row if row.enabled else self._put_to_work(book, row, _kept(row).rule)

        return _kept(await self._people.person(subject).write(work))

    async def stop(self, subject: str, name: str = "") -> int:
        """Stop a rule, or all of them: from now on nothing is sent. How many ran. A stopped rule gets a new version.

        Raises:
            NotFound: there is none of this name.
        """
        if name:
            await self.find(subject, name)

        def work(rows: PersonalRows) -> int:
            book, now = MailRuleRows(rows), self._now().isoformat()
            found = [row for row in book.all() if not name or row.id == name]
            for row in found:
                book.put(replace(row, enabled=False, changed=_later(now, row.changed)))
            return sum(row.enabled for row in found)

        return await self._people.person(subject).write(work)

    async def delete(self, subject: str, name: str) -> None:
        """Delete a rule; what it did stays in the log.

        Raises:
            NotFound: there is none of this name.
        """
        await self.find(subject, name)
        await self._people.person(subject).write(lambda rows: MailRuleRows(rows).drop(name))

    async def claim(self, subject: str, kept: Kept, mail: Incoming, own: Own) -> Answer | Refusal | Left:
        """Decide about a mail, and put it down in the same transaction, unless it is to be left alone.

        A mail that the rule is not about leaves no trace. What failed before anything left may be claimed again.
        """

        person, rule, now = self._people.person(subject), kept.rule, self._now()
        left: Left | None = await person.read(lambda rows: _left(MailRuleRows(rows), kept, mail, now))
        if left:
            return left
        if not await to_thread.run_sync(is_about, rule, mail, now, self._zone):  # while nobody's writing waits for it
            return NOT_ABOUT
        return await person.write(lambda rows: self._decided(MailRuleRows(rows), kept, mail, own))

    async def runs(self, subject: str, kept: Kept) -> bool:
        """Whether this version of the rule is enabled still."""
        row = await self._people.person(subject).read(lambda rows: MailRuleRows(rows).one(kept.rule.name))
        return row is not None and row.enabled and row.changed == kept.version

    async def ended(self, subject: str, rule: str, mail: str, outcome: Outcome, detail: str) -> None:
        """Put down what came of a mail that was claimed."""

        def work(rows: PersonalRows) -> None:
            book = MailRuleRows(rows)
            row = book.answer(rule, mail)
            if row is not None:
                book.note(replace(row, outcome=outcome, detail=detail))

        await self._people.person(subject).write(work)

    async def log(self, subject: str, rule: str = "", limit: int = 20) -> list[AnswerRow]:
        """What the rules did, newest first."""
        return await self._people.person(subject).read(lambda rows: MailRuleRows(rows).newest(rule, limit))

    async def prune(self, subject: str) -> int:
        """Forget what is older than 90 days."""
        before = (self._now() - KEPT).isoformat()
        return await self._people.person(subject).write(lambda rows: MailRuleRows(rows).prune(before))

    def _decided(self, book: MailRuleRows, kept: Kept, mail: Incoming, own: Own) -> Answer | Refusal | Left:
        rule, now = kept.rule, self._now()
        left = _left(book, kept, mail, now)
        if left:
            return left
        history = [
            Answered(one.rule, one.thread, one.recipient, datetime.fromisoformat(one.at))
            for one in book.since((now - DAY).isoformat(), _COUNTING)
            if (one.rule, one.mail) != (rule.name, mail.id)
        ]
        decided = weigh(rule, mail, Circumstances(own, now, self._zone, history))
        book.note(_noted(rule, mail, decided, now))
        return decided

    def _put_to_work(self, book: MailRuleRows, row: RuleRow, rule: Rule) -> RuleRow:
        started = replace(rule, started=self._now().replace(microsecond=0))  # as mailboxes count
        put = replace(row, enabled=True, body=json.dumps(started.body(), ensure_ascii=False))
        book.put(put)
        return put

    def _row(self, rule: Rule, *, enabled: bool) -> RuleRow:
        body = json.dumps(rule.body(), ensure_ascii=False)
        return RuleRow(rule.name, enabled, body, rule.created.isoformat(), self._now().isoformat())


def _kept(row: RuleRow) -> Kept:
    return Kept(rule_from(json.loads(row.body)), row.enabled, row.changed)


def _changed(name: str) -> Conflict:
    return Conflict(f"The rule {name!r} was changed, stopped or deleted meanwhile. Start it again.")


def _later(now: str, before: str) -> str:
    """A version after `before`, also where the clock stands still or goes back."""
    return now if now > before else (datetime.fromisoformat(before) + timedelta(microseconds=1)).isoformat()


def _open(row: AnswerRow, now: datetime) -> bool:
    """Whether it can be tried: nothing left before, or whoever was at it died (the outbox knows whether it left)."""
    return row.outcome == "failed" or (row.outcome == "sending" and now - datetime.fromisoformat(row.at) > LEASE)


def _left(book: MailRuleRows, kept: Kept, mail: Incoming, now: datetime) -> Left | None:
    row, before = book.one(kept.rule.name), book.answer(kept.rule.name, mail.id)
    if row is None or not row.enabled or row.changed != kept.version:
        return "later"
    if before is None or _open(before, now):
        return None
    return "later" if before.outcome == "sending" else "done"


def _noted(rule: Rule, mail: Incoming, decided: Answer | Refusal, now: datetime) -> AnswerRow:
    if isinstance(decided, Refusal):
        return AnswerRow(rule.name, mail.id, mail.thread, "", now.isoformat(), "refused", decided.reason)
    return AnswerRow(rule.name, mail.id, decided.thread, decided.recipient, now.isoformat(), "sending", "")
