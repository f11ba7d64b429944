"""A rule that answers mails by itself: which mails, with what, and how often. Nobody runs it here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Self, cast

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.mail.query import Query
from deskhand.mail.query_words import parse_query
from deskhand.mail.rule_text import check_template
from deskhand.visible import hides, visible, visible_line

HOURLY, MOST_HOURLY = 5, 20
"""Answers of one rule in an hour, unless it says otherwise, and at most."""
MOST_TEXT, MOST_SUBJECT = 4_000, 200
"""Letters of a template."""
SUBJECT = "Auto: {subject}"
"""As RFC 3834 §3.1.5 has it: that it is automatic, then the subject that was written."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a rule was created or started that was not yet."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NOT_PART_OF_WHAT_IT_SAYS = ("created", "started")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person wants answered. Make one with `checked`; times are aware, days are in the person's zone."""

    name: str
    """One word; names the rule in the log and in the keys of the outbox."""
    account: str
    text: str
    """The answer, with `{name}`, `{subject}` and `{date}` of the mail that is answered."""
    match: str = ""
    """In the words of a search; empty for all that people write to the person."""
    subject: str = SUBJECT
    since: date | None = None
    """The first day on which it answers."""
    until: date | None = None
    """The last one."""
    hourly: int = HOURLY
    created: datetime = NEVER
    started: datetime = NEVER
    """When it was last enabled: what came before is never answered."""

    def checked(self, now: datetime, zone: tzinfo) -> Self:
        """The same rule, if it can be kept.

        Raises:
            InvalidInput: something in it cannot be; says what can.
        """
        if not _NAME.fullmatch(self.name):
            raise InvalidInput(
                f"{visible_line(self.name)[:60]!r} cannot name a rule: up to 40 of a-z, 0-9 and -, such as holiday."
            )
        _check_text(self)
        if not 1 <= self.hourly <= MOST_HOURLY:
            raise InvalidInput(f"hourly is {self.hourly}; a rule may answer 1 to {MOST_HOURLY} times an hour.")
        if self.since and self.until and self.until < self.since:
            raise InvalidInput(f"The rule would end ({self.until}) before it begins ({self.since}).")
        self.query(now, zone)
        return self

    def query(self, now: datetime, zone: tzinfo) -> Query:
        """What `match` asks for, today.

        Raises:
            InvalidInput: it is not understood, or names a folder.
        """
        found = parse_query(self.match, zone, today=now.astimezone(zone).date())
        if found.folder:
            raise InvalidInput("in: is not for rules: they answer what arrives in the inbox.")
        return found

    def says_the_same(self, other: "Rule") -> bool:
        """Whether the person would see no difference."""
        return replace(self, created=other.created, started=other.started) == other

    def body(self) -> dict[str, JsonValue]:
        """It as JSON, for the row."""
        days = {name: str(day) if (day := getattr(self, name)) else "" for name in ("since", "until")}
        times = {name: getattr(self, name).isoformat() for name in _NOT_PART_OF_WHAT_IT_SAYS}
        kept = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in {**days, **times}}
        return cast("dict[str, JsonValue]", {**kept, **days, **times})


def rule_from(body: Mapping[str, JsonValue]) -> Rule:
    """What `Rule.body` made."""
    return Rule(
        name=str(body["name"]),
        account=str(body["account"]),
        text=str(body["text"]),
        match=str(body["match"]),
        subject=str(body["subject"]),
        since=_day(str(body["since"])),
        until=_day(str(body["until"])),
        hourly=int(cast("int", body["hourly"])),
        created=datetime.fromisoformat(str(body["created"])),
        started=datetime.fromisoformat(str(body["started"])),
    )


def days_from(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of `2026-12-20..2027-01-03`; None for a side that is left out, or for nothing.

    Raises:
        InvalidInput: it is not that.
    """
    first, dots, last = text.partition("..")
    try:
        since, until = _day(first.strip()), _day(last.strip())
    except ValueError:
        dots, since, until = "", None, None
    if text.strip() and not dots:
        raise InvalidInput(
            f"days={visible_line(text)[:60]!r} is not understood: write 2026-12-20..2027-01-03, one side may be empty."
        )
    return since, until


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _check_text(rule: Rule) -> None:
    if not rule.text.strip():
        raise InvalidInput("text is empty: say what the rule answers.")
    if len(rule.text) > MOST_TEXT or len(rule.subject) > MOST_SUBJECT:
        raise InvalidInput(f"text may have {MOST_TEXT:,} letters, and subject {MOST_SUBJECT}.")
    if visible(rule.text) != rule.text or hides(rule.subject):
        raise InvalidInput("text and subject may hold no control or invisible characters, subject no line breaks.")
    if not rule.subject.strip():
        raise InvalidInput(f"subject is empty: leave it out for {SUBJECT!r}.")
    check_template(rule.text)
    check_template(rule.subject)
