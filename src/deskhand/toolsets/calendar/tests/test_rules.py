"""Recurrence rules: against another program's reading of them, in words, and at their borders."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from dateutil import rrule as other  # pyright: ignore[reportMissingModuleSource, reportMissingTypeStubs]

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.recur import wall_times
from deskhand.toolsets.calendar.rule import WEEKDAYS, read_rule
from deskhand.toolsets.calendar.rule_words import words_of

LATEST = datetime(2040, 1, 1)


def _rules(seed: int, how_many: int) -> Iterator[tuple[str, datetime]]:
    """Rules as people and programs write them, each with a day to begin at."""
    chance = random.Random(seed)
    for _ in range(how_many):
        freq = chance.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"])
        parts = [f"FREQ={freq}"]
        if chance.random() < 0.5:
            parts.append(f"INTERVAL={chance.randint(1, 4)}")
        if chance.random() < 0.3:
            parts.append(f"COUNT={chance.randint(1, 30)}")
        if chance.random() < 0.3 and freq != "DAILY":
            parts.append("BYMONTH=" + ",".join(map(str, sorted(chance.sample(range(1, 13), 3)))))
        if chance.random() < 0.5:
            # dateutil wants both of a plain and an ordinal weekday to hold, RFC 5545 either: they are not mixed here
            nth = chance.choice(["", "1", "-1", "2"]) if freq in ("YEARLY", "MONTHLY") else ""
            parts.append("BYDAY=" + ",".join(nth + day for day in chance.sample(WEEKDAYS, 2)))
        elif chance.random() < 0.5 and freq in ("YEARLY", "MONTHLY"):
            parts.append("BYMONTHDAY=" + ",".join(map(str, chance.sample([1, 2, 13, 28, 29, 30, 31, -1, -2], 2))))
        if chance.random() < 0.2:
            parts.append("BYHOUR=9,14")
        if chance.random() < 0.3 and freq in ("YEARLY", "MONTHLY") and "BY" in "".join(parts[1:]):
            parts.append("BYSETPOS=" + chance.choice(["1", "-1", "1,-1"]))
        if chance.random() < 0.3:
            parts.append(f"WKST={chance.choice(WEEKDAYS)}")
        yield ";".join(parts), datetime(2020, 1, 1, 9) + timedelta(days=chance.randint(0, 2_000))


def test_random_rules_name_the_same_times_as_dateutil() -> None:
    checked = 0
    for text, begin in _rules(7, 250):
        theirs = cast("Any", other).rrulestr(text, dtstart=begin)
        start = cast("datetime | None", next(iter(theirs), None))
        if start is None or start > LATEST:
            continue
        again = cast("Any", other).rrulestr(text, dtstart=start)
        window = (start + timedelta(days=200), start + timedelta(days=900))
        expected = again.between(window[0], window[1] - timedelta(seconds=1), inc=True)
        assert list(wall_times(read_rule(text), start, None, window)) == expected, text
        checked += 1
    assert checked > 200


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every week on Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10", "every 2 weeks on Monday, 10 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every week on working days"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last working day"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "every month on Friday that is day 13 of the month"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "every year on day 29 in February"),
        ("FREQ=DAILY;UNTIL=20261231T225959Z", "every day, until 2026-12-31"),
        ("FREQ=DAILY;COUNT=1", "every day, once"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, words: str) -> None:
    assert words_of(read_rule(rule), UTC) == words


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;UNTIL=20260408T215959Z;INTERVAL=2;BYDAY=MO,-1FR;WKST=SU",
        "FREQ=YEARLY;COUNT=3;BYMONTHDAY=29;BYMONTH=2",
        "FREQ=MONTHLY;UNTIL=20261231;BYDAY=1MO;BYSETPOS=-1",
    ],
)
def test_a_rule_is_written_as_it_was_read(rule: str) -> None:
    text = read_rule(rule).text()
    assert sorted(text.split(";")) == sorted(rule.split(";"))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=",
        "COUNT=3",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=١",
        "FREQ=DAILY;BYDAY=0MO",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;UNTIL=2026",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;BYDAY=" + "MO," * 1_000,
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInput):
        read_rule(rule)
