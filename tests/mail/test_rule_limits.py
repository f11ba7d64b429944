"""However mails come: nobody is answered twice in a day, no thread by one rule, and never too often in an hour."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from hypothesis import given as having
from hypothesis import settings
from hypothesis import strategies as st
from tests.mail.rule_world import ANN, BERLIN, NOW, RULE, mail

from deskhand.mail.rule_decision import DAY, HOUR, PERSON_HOURLY, Answer, Answered, Circumstances, decide

ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 60 * 13),  # minutes since the mail before
        st.sampled_from(["bob", "cleo", "dan", "eve", "fay", "Bob", "bob+1", "cleo+x"]),
        st.integers(0, 3),  # thread
        st.integers(0, 2),  # rule
    ),
    max_size=30,
)
CROWDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(0, 3)), min_size=20, max_size=60)


@having(ARRIVALS)
@settings(max_examples=60, deadline=None)
def test_nobody_is_answered_twice_in_a_day_whatever_comes(arrivals: list[tuple[int, str, int, int]]) -> None:
    history: list[Answered] = []
    at = NOW
    for number, (minutes, who, thread, rule) in enumerate(arrivals):
        at += timedelta(minutes=minutes)
        incoming = mail(
            f"References: <t{thread}@example.com>",
            received=at,
            From_=f"{who}@example.com",
            Message_ID=f"<{number}@example.com>",
            Date=at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        )
        decided = decide(replace(RULE, name=f"r{rule}"), incoming, Circumstances(ANN, at, BERLIN, tuple(history)))
        if isinstance(decided, Answer):
            history.append(Answered(f"r{rule}", decided.thread, decided.recipient, at))
    for first, second in combinations(history, 2):
        if second.at - first.at < DAY:
            assert first.recipient != second.recipient
            assert (first.rule, first.thread) != (second.rule, second.thread)
    assert not arrivals or history, "the first one is always answered"


@having(CROWDS)
@settings(max_examples=40, deadline=None)
def test_a_crowd_of_strangers_gets_no_more_answers_than_the_limits(crowd: list[tuple[int, int, int]]) -> None:
    history: list[Answered] = []
    at = NOW
    for number, (minutes, who, rule) in enumerate(crowd):
        at += timedelta(minutes=minutes)
        incoming = mail(received=at, From_=f"s{who}@example.com", Message_ID=f"<{number}@example.com>")
        decided = decide(replace(RULE, name=f"r{rule}", hourly=7), incoming, Circumstances(ANN, at, BERLIN, history))
        if isinstance(decided, Answer):
            history.append(Answered(f"r{rule}", decided.thread, decided.recipient, at))
    for one in history:
        hour = [other for other in history if timedelta(0) <= other.at - one.at < HOUR]
        assert len(hour) <= PERSON_HOURLY
        assert all(sum(other.rule == f"r{rule}" for other in hour) <= 7 for rule in range(4))
