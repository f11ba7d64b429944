"""The rules of one person that answer mail by themselves, and what each did with which mail, as rows."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from deskhand.store.database import everyone
from deskhand.store.personal import PersonalRows, among, given, own
from deskhand.store.tables import mail_answer, mail_rule


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `body` is JSON; `changed` is its version: it moves when the person changes or stops it."""

    id: str
    enabled: bool
    body: str
    created: str
    changed: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a rule did with a mail, by its Message-ID. Times are ISO 8601 in UTC."""

    rule: str
    mail: str
    thread: str
    recipient: str
    at: str
    outcome: str
    detail: str


_RULE = [mail_rule.c[field.name] for field in fields(RuleRow)]
_ANSWER = [mail_answer.c[field.name] for field in fields(AnswerRow)]
_ALL = own(sa.select(*_RULE).order_by(mail_rule.c.id), mail_rule.c.subject)
_ONE = own(sa.select(*_RULE).where(mail_rule.c.id == given("id")), mail_rule.c.subject)
_DROP = own(sa.delete(mail_rule).where(mail_rule.c.id == given("id")), mail_rule.c.subject)
_SAID = own(
    sa.select(*_ANSWER).where(mail_answer.c.rule == given("rule"), mail_answer.c.mail == given("mail")),
    mail_answer.c.subject,
)
_SINCE = own(
    sa.select(*_ANSWER)
    .where(mail_answer.c.at >= given("since"), mail_answer.c.outcome.in_(among("outcomes")))
    .order_by(mail_answer.c.at),
    mail_answer.c.subject,
)
_NEWEST = own(
    sa.select(*_ANSWER).order_by(mail_answer.c.at.desc(), mail_answer.c.mail).limit(given("limit")),
    mail_answer.c.subject,
)
_NEWEST_OF = own(
    sa.select(*_ANSWER)
    .where(mail_answer.c.rule == given("rule"))
    .order_by(mail_answer.c.at.desc(), mail_answer.c.mail)
    .limit(given("limit")),
    mail_answer.c.subject,
)
_PRUNE = own(sa.delete(mail_answer).where(mail_answer.c.at < given("before")), mail_answer.c.subject)


class MailRuleRows:
    """One person's rules and their log in one transaction."""

    def __init__(self, rows: PersonalRows) -> None:
        self._rows = rows

    def all(self) -> list[RuleRow]:
        """The rules, by name."""
        return [RuleRow(*row) for row in self._rows.run(_ALL)]

    def one(self, id: str) -> RuleRow | None:
        """The rule of this name."""
        row = self._rows.run(_ONE, id=id).first()
        return RuleRow(*row) if row else None

    def put(self, row: RuleRow) -> None:
        """Keep a rule, in the place of the one of this name."""
        self.drop(row.id)
        self._rows.insert(mail_rule, [_fields(row)])

    def drop(self, id: str) -> bool:
        """Delete a rule; whether there was one. What it did stays in the log."""
        return self._rows.run(_DROP, id=id).rowcount == 1

    def answer(self, rule: str, mail: str) -> AnswerRow | None:
        """What the rule did with this mail."""
        row = self._rows.run(_SAID, rule=rule, mail=mail).first()
        return AnswerRow(*row) if row else None

    def note(self, row: AnswerRow) -> None:
        """Put down what a rule does with a mail, in the place of what was put down before."""
        known = (mail_answer.c.rule == row.rule, mail_answer.c.mail == row.mail)
        self._rows.run(own(sa.delete(mail_answer).where(*known), mail_answer.c.subject))
        self._rows.insert(mail_answer, [_fields(row)])

    def since(self, since: str, outcomes: tuple[str, ...]) -> list[AnswerRow]:
        """What all rules did since a moment, with one of these outcomes."""
        return [AnswerRow(*row) for row in self._rows.run(_SINCE, since=since, outcomes=outcomes)]

    def newest(self, rule: str, limit: int) -> list[AnswerRow]:
        """The log, newest first; of one rule, or of all when `rule` is empty."""
        found = self._rows.run(_NEWEST_OF, rule=rule, limit=limit) if rule else self._rows.run(_NEWEST, limit=limit)
        return [AnswerRow(*row) for row in found]

    def prune(self, before: str) -> int:
        """Forget what is older; how much."""
        return self._rows.run(_PRUNE, before=before).rowcount


def subjects_with_rules(connection: sa.Connection) -> list[str]:
    """Whose rules are enabled: for the runner, which visits one person after the other."""
    everyone(connection)
    query = sa.select(mail_rule.c.subject).where(mail_rule.c.enabled.is_(True)).distinct()
    return list(connection.execute(query).scalars())


def _fields(row: RuleRow | AnswerRow) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}
