"""Whether a rule answers a mail, and with what: decided from what is given, so that it can be tried and tested.

The rules are those of RFC 3834 for personal responders (§2 when not to answer, §3 what an answer is, §4 where to), and
two of ours: one answer a day to each thread and to each sender, and an hourly limit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.matching import matches
from deskhand.mail.recipients import check_address
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule import Rule
from deskhand.mail.rule_etiquette import answered_to, objection
from deskhand.mail.rule_mail import Incoming
from deskhand.mail.rule_text import MOST_TOPIC, filled, name_of, one_line

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERSON_HOURLY = 20
"""Answers of all rules of one person in an hour."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was given, or may have been."""

    rule: str
    thread: str
    recipient: str
    """The address, compared without case."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be sent, and to whom."""

    outgoing: Outgoing
    thread: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is sent, as it stands in the log. `fits` tells whether the rule is about this mail at all."""

    reason: str
    fits: bool = True


NOT_ABOUT = Refusal("it is not what the rule matches", fits=False)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision depends on beside the rule and the mail. `history` is the last day of all rules of the person."""

    own: Own
    now: datetime
    zone: tzinfo
    history: Sequence[Answered] = ()


def decide(rule: Rule, mail: Incoming, given: Circumstances) -> Answer | Refusal:
    """The answer of the rule to this mail, or why there is none."""
    if not is_about(rule, mail, given.now, given.zone):
        return NOT_ABOUT
    return weigh(rule, mail, given)


def is_about(rule: Rule, mail: Incoming, now: datetime, zone: tzinfo) -> bool:
    """Whether the mail is one that the rule matches. Blocks: it may take apart all of a mail that means harm."""
    return matches(rule.query(now, zone), mail)


def weigh(rule: Rule, mail: Incoming, given: Circumstances) -> Answer | Refusal:
    """What becomes of a mail that the rule is about. Only its header is looked at, so that it is fast with any mail."""
    for look in _LOOKS:
        if reason := look(rule, mail, given):
            return Refusal(reason)
    try:
        return _answer(rule, mail, given)
    except InvalidInput as error:
        return Refusal(f"its sender cannot be written to: {error.message}")


def _etiquette(_rule: Rule, mail: Incoming, _given: Circumstances) -> str:
    return objection(mail)


def _own(_rule: Rule, mail: Incoming, given: Circumstances) -> str:
    to = answered_to(mail.headers)
    senders = [*mail.headers.sender, *([to] if to else [])]
    return "it is from the person's own address" if any(map(given.own.holds, senders)) else ""


def _addressed(_rule: Rule, mail: Incoming, given: Circumstances) -> str:
    named = (*mail.headers.to, *mail.headers.cc)
    return "" if any(map(given.own.holds, named)) else "the person is neither in To nor in Cc"


def _in_time(rule: Rule, mail: Incoming, given: Circumstances) -> str:
    if mail.received < rule.started:
        return "it came before the rule was started"
    if given.now - min(mail.received, mail.headers.date or mail.received) > DAY:
        return "it is older than a day"
    today = given.now.astimezone(given.zone).date()
    if rule.since and today < rule.since:
        return f"the rule begins on {rule.since}"
    return f"the rule ended on {rule.until}" if rule.until and today > rule.until else ""


def _once(rule: Rule, mail: Incoming, given: Circumstances) -> str:
    recent = [past for past in given.history if abs(given.now - past.at) < DAY]
    to = answered_to(mail.headers)
    people = {_plain(address) for address in (*mail.headers.sender, *([to] if to else []))}
    if any(past.rule == rule.name and past.thread == mail.thread for past in recent):
        return "the rule answered in this thread within a day"
    return "its sender was answered within a day" if any(past.recipient in people for past in recent) else ""


def _seldom(rule: Rule, _mail: Incoming, given: Circumstances) -> str:
    recent = [past for past in given.history if abs(given.now - past.at) < HOUR]
    if sum(past.rule == rule.name for past in recent) >= rule.hourly:
        return f"the rule answered {rule.hourly} times within an hour"
    return f"all rules answered {PERSON_HOURLY} times within an hour" if len(recent) >= PERSON_HOURLY else ""


_LOOKS: tuple[Callable[[Rule, Incoming, Circumstances], str], ...] = (
    _etiquette,
    _own,
    _addressed,
    _in_time,
    _once,
    _seldom,
)


def _answer(rule: Rule, mail: Incoming, given: Circumstances) -> Answer:
    """RFC 3834 §3: from the person, to one, in the thread, marked as automatic, with nothing of the mail in it.

    Quoting is left out: a forged sender must not get somebody to pass on what the forger wrote. Of the mail, only the
    subject and the name come back, on one line each.
    """
    headers = mail.headers
    to = check_address(Address((answered_to(headers) or Address("")).email))
    writer = next(
        (one for one in headers.sender if _plain(one) == _plain(to)), headers.sender[0] if headers.sender else to
    )
    values = {
        "name": name_of(writer),
        "subject": one_line(headers.subject, MOST_TOPIC),
        "date": str(mail.received.astimezone(given.zone).date()),
    }
    outgoing = Outgoing(
        given.own.address,
        to=(to,),
        subject=one_line(filled(rule.subject, values), 2 * MOST_TOPIC),
        text=filled(rule.text, values),
        in_reply_to=headers.message_id,
        references=(*headers.references, *(() if headers.references else (headers.in_reply_to,)), headers.message_id),
        headers=(("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
    )
    return Answer(outgoing, mail.thread, _plain(to))


def _plain(address: Address) -> str:
    """One mailbox under all its subaddresses (RFC 5233): `bob+1@` is no way to be answered twice."""
    local, _, domain = address.email.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
