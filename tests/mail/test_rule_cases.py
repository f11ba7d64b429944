"""Whether a mail is answered, case by case: RFC 3834 and what programs of the field write."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from tests.mail.rule_world import ANN, NOW, RULE, given, mail, past

from deskhand.mail.rule import Rule
from deskhand.mail.rule_decision import Answer, Answered, Refusal, decide
from deskhand.mail.rule_mail import Incoming


@dataclass(frozen=True)
class Case:
    """A mail, and what the decision says of it: who is answered, or a part of the reason."""

    name: str
    mail: Incoming
    to: str = ""
    why: str = ""
    rule: Rule = RULE
    history: tuple[Answered, ...] = field(default=())


BOB = "bob@example.com"
AT_HOME = replace(RULE, match="from:bob subject:figures")
THREAD = mail().thread

CASES = [
    Case("a person writes", mail(), to=BOB),
    Case("in Cc", mail(To="cleo@example.com", Cc="ann@example.org"), to=BOB),
    Case("to another address of the person", mail(To="ann@work.example"), to=BOB),
    Case("to a subaddress of the person", mail(To="ann+shop@example.org"), to=BOB),
    Case("in other letters", mail(To="ANN@Example.ORG"), to=BOB),
    Case("among many", mail(To="cleo@example.com, ann@example.org, dan@example.com"), to=BOB),
    Case("Auto-Submitted: no", mail("Auto-Submitted: no"), to=BOB),
    Case("Auto-Submitted: no with a comment", mail("Auto-Submitted: no (a person)"), to=BOB),
    Case("Return-Path as From", mail("Return-Path: <bob@example.com>"), to=BOB),
    Case(
        "Return-Path elsewhere goes before From", mail("Return-Path: <bob@mail.example.com>"), to="bob@mail.example.com"
    ),
    Case("Reply-To does not count (RFC 3834 §4)", mail("Reply-To: cleo@example.com"), to=BOB),
    Case("not spam, the filter says", mail("X-Spam-Flag: NO\nX-Spam-Status: No, score=-1"), to=BOB),
    Case("Precedence: first-class", mail("Precedence: first-class"), to=BOB),
    Case("suppresses delivery reports only", mail("X-Auto-Response-Suppress: DR, RN, NRN"), to=BOB),
    Case("a name like a robot's", mail(From_="Noreply Jones <bob@example.com>"), to=BOB),
    Case("a bouncer is no bounce", mail(From_="bouncer@example.com"), to="bouncer@example.com"),
    Case("an answer in a thread", mail("In-Reply-To: <ours@example.org>\nReferences: <ours@example.org>"), to=BOB),
    Case("matched by sender and subject", mail(), to=BOB, rule=AT_HOME),
    Case("matched by a word of the text", mail(), to=BOB, rule=replace(RULE, match="green")),
    Case("on the first day", mail(), to=BOB, rule=replace(RULE, since=date(2026, 11, 23))),
    Case("on the last day", mail(), to=BOB, rule=replace(RULE, until=date(2026, 11, 23))),
    Case("an automobile is no automaton", mail(Subject="Automobile: the new one"), to=BOB),
    Case("somebody else was answered", mail(), to=BOB, history=(past(5),)),
    Case("answered a day ago", mail(), to=BOB, history=(past(24 * 60, recipient=BOB),)),
    Case("another rule in the same thread, to another", mail(), to=BOB, history=(past(5, rule="x", thread=THREAD),)),
    Case("four answers in an hour", mail(), to=BOB, history=tuple(past(n) for n in range(4))),
    Case("five answers, one more than an hour ago", mail(), to=BOB, history=(past(60), *(past(n) for n in range(4)))),
    Case("bounce: empty Return-Path", mail("Return-Path: <>"), why="no sender"),
    Case("Return-Path that is none", mail("Return-Path: <bob>"), why="no sender"),
    Case("no From", mail(From_=""), why="no sender"),
    Case("two authors", mail(From_="bob@example.com, cleo@example.com"), why="no sender"),
    Case("no Message-ID", mail(Message_ID=""), why="no Message-ID"),
    Case("auto-replied", mail("Auto-Submitted: auto-replied"), why="auto-replied"),
    Case("auto-generated, with parameters", mail("Auto-Submitted: auto-generated; type=x"), why="auto-generated"),
    Case("auto-notified, capitals", mail("AUTO-SUBMITTED: Auto-Notified"), why="auto-notified"),
    Case("an unknown way of being automatic", mail("Auto-Submitted: robot"), why="robot"),
    Case("suppresses all", mail("X-Auto-Response-Suppress: All"), why="X-Auto-Response-Suppress"),
    Case("suppresses out of office", mail("X-Auto-Response-Suppress: DR, OOF"), why="X-Auto-Response-Suppress"),
    Case("suppresses auto replies", mail("X-Auto-Response-Suppress: AutoReply"), why="X-Auto-Response-Suppress"),
    Case("X-Loop", mail("X-Loop: ann@example.org"), why="program"),
    Case("X-Autoreply", mail("X-Autoreply: yes"), why="program"),
    Case("X-Autorespond", mail("X-Autorespond: vacation"), why="program"),
    Case("List-Id", mail("List-Id: All <all.example.org>"), why="list"),
    Case("List-Unsubscribe", mail("List-Unsubscribe: <mailto:u@example.com>"), why="list"),
    Case("List-Post", mail("List-Post: <mailto:all@example.com>"), why="list"),
    Case("List-Help", mail("List-Help: <mailto:h@example.com>"), why="list"),
    Case("Precedence: bulk", mail("Precedence: bulk"), why="Precedence"),
    Case("Precedence: list", mail("Precedence: list"), why="Precedence"),
    Case("Precedence: junk", mail("Precedence: Junk"), why="Precedence"),
    Case("spam folder", mail(junk=True), why="spam"),
    Case("X-Spam-Flag", mail("X-Spam-Flag: YES"), why="spam"),
    Case("X-Spam-Status", mail("X-Spam-Status: Yes, score=9.1"), why="spam"),
    Case("no-reply", mail(From_="no-reply@example.com"), why="nobody reads"),
    Case("noreply", mail(From_="NoReply@example.com"), why="nobody reads"),
    Case("do-not-reply", mail(From_="do-not-reply@example.com"), why="nobody reads"),
    Case("donotreply", mail(From_="donotreply@example.com"), why="nobody reads"),
    Case("no-reply with a subaddress", mail(From_="no-reply+7@example.com"), why="nobody reads"),
    Case("answers go to no-reply", mail("Reply-To: no-reply@example.com"), why="nobody reads"),
    Case("Return-Path is no-reply", mail("Return-Path: <no_reply@example.com>"), why="nobody reads"),
    Case("mailer-daemon", mail(From_="MAILER-DAEMON@example.com"), why="nobody reads"),
    Case("postmaster", mail(From_="postmaster@example.com"), why="nobody reads"),
    Case("bounces+…", mail("Return-Path: <bounces+123=ann@mail.example.com>"), why="nobody reads"),
    Case("…-bounces", mail("Return-Path: <all-bounces@example.com>"), why="nobody reads"),
    Case("owner-…", mail("Return-Path: <owner-all@example.com>"), why="nobody reads"),
    Case("…-request", mail(From_="all-request@example.com"), why="nobody reads"),
    Case("majordomo", mail(From_="majordomo@example.com"), why="nobody reads"),
    Case("listserv", mail(From_="LISTSERV@example.com"), why="nobody reads"),
    Case("delivery report", mail("Content-Type: multipart/report; report-type=delivery-status"), why="report"),
    Case("subject of another responder", mail(Subject="Auto: Figures"), why="subject"),
    Case("subject of Outlook", mail(Subject="Automatic reply: Figures"), why="subject"),
    Case("subject of Outlook in German", mail(Subject="Automatische Antwort: Zahlen"), why="subject"),
    Case("subject: out of office", mail(Subject="Out of Office: Figures"), why="subject"),
    Case("own address", mail(From_="ann@example.org"), why="own address"),
    Case("own address elsewhere", mail(From_="ann@work.example"), why="own address"),
    Case("own subaddress", mail(From_="Ann <ann+x@example.org>"), why="own address"),
    Case("own Return-Path", mail("Return-Path: <ann@example.org>"), why="own address"),
    Case("blind copy", mail(To="cleo@example.com"), why="neither in To nor in Cc"),
    Case("undisclosed recipients", mail(To="undisclosed-recipients:;"), why="neither in To nor in Cc"),
    Case("to nobody", mail(To=""), why="neither in To nor in Cc"),
    Case("only named, not addressed", mail(To='"ann@example.org" <cleo@example.com>'), why="neither in To nor in Cc"),
    Case("before the rule", mail(received=NOW - timedelta(days=3)), why="before the rule"),
    Case("a day old", mail(received=NOW - timedelta(hours=25)), why="older than a day"),
    Case("written long ago, moved here now", mail(Date="Mon, 02 Nov 2026 08:59:00 +0000"), why="older than a day"),
    Case("before the first day", mail(), why="begins on 2026-11-24", rule=replace(RULE, since=date(2026, 11, 24))),
    Case("after the last day", mail(), why="ended on 2026-11-22", rule=replace(RULE, until=date(2026, 11, 22))),
    Case("another sender", mail(From_="cleo@example.com"), why="not what", rule=AT_HOME),
    Case("another subject", mail(Subject="Lunch"), why="not what", rule=AT_HOME),
    Case("another text", mail(), why="not what", rule=replace(RULE, match="purple")),
    Case("thread answered", mail(), why="thread", history=(past(5, thread=THREAD),)),
    Case("sender answered", mail(), why="sender was answered", history=(past(1439, recipient=BOB),)),
    Case("sender answered by another rule", mail(), why="sender was", history=(past(5, rule="x", recipient=BOB),)),
    Case(
        "sender answered under a subaddress",
        mail(From_="Bob+2@example.com"),
        why="sender was",
        history=(past(5, recipient=BOB),),
    ),
    Case(
        "sender answered, now behind a Return-Path",
        mail("Return-Path: <b7@example.com>"),
        why="sender was",
        history=(past(5, recipient=BOB),),
    ),
    Case("hourly limit", mail(), why="5 times within an hour", history=tuple(past(n) for n in range(5))),
    Case("a lower limit", mail(), why="1 times", rule=replace(RULE, hourly=1), history=(past(59),)),
    Case("the limit of all rules", mail(), why="all rules", history=tuple(past(n, rule=f"r{n}") for n in range(20))),
    Case("clock set back: an answer in the future", mail(), why="sender was", history=(past(-30, recipient=BOB),)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mail_is_answered_or_not(case: Case) -> None:
    decided = decide(case.rule, case.mail, given(*case.history))
    if case.to:
        assert isinstance(decided, Answer), decided
        assert [address.email for address in decided.outgoing.to] == [case.to]
        assert decided.outgoing.sender == ANN.address
    else:
        assert isinstance(decided, Refusal), decided
        assert case.why in decided.reason


def test_each_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_only_a_mail_the_rule_is_not_about_leaves_no_trace() -> None:
    for case in CASES:
        decided = decide(case.rule, case.mail, given(*case.history))
        assert isinstance(decided, Answer) or decided.fits == (case.why != "not what"), case.name
