"""Relative dates get the absolute one beside them."""

import re
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.toolsets.memory.relative_dates import with_dates
from deskhand.toolsets.memory.tests.dates_said import SUNDAY, UNTOUCHED

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 22, 9, 0, tzinfo=BERLIN)
_OURS = re.compile(r" \((?:week of |weekend of )?\d{4}(?:-\d\d)?(?:-\d\d)?(?:T[\d:+]+)?(?: or [\d-]+)?\)")


@pytest.mark.parametrize("kept", SUNDAY)
def test_a_relative_date_gets_its_date(kept: str) -> None:
    assert with_dates(_OURS.sub("", kept), AT) == kept


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_relative_date_or_has_its_date_is_left_alone(text: str) -> None:
    assert with_dates(text, AT) == text


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        (datetime(2028, 2, 28, 12, tzinfo=UTC), "tomorrow (2028-02-29)"),
        (datetime(2028, 3, 1, 12, tzinfo=UTC), "yesterday (2028-02-29)"),
        (datetime(2027, 3, 1, 12, tzinfo=UTC), "yesterday (2027-02-28)"),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "a year ago (2027)"),
        (datetime(2026, 3, 31, 12, tzinfo=UTC), "last month (2026-02)"),
        (datetime(2027, 1, 1, 0, 30, tzinfo=UTC), "yesterday (2026-12-31)"),
        (datetime(2027, 1, 1, 0, 30, tzinfo=UTC), "last month (2026-12)"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "in 2 minutes (2027-01-01T00:01+00:00)"),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), "next week (week of 2027-01-04)"),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), "this week (week of 2026-11-23)"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "this week (week of 2026-11-16)"),
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC).astimezone(BERLIN), "today (2026-11-23)"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), "in 1 hour (2026-03-29T03:30+02:00)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), "in 2 hours (2026-10-25T02:30+01:00)"),
        (datetime(2026, 3, 29, 12, tzinfo=BERLIN), "24 hours ago (2026-03-28T11:00+01:00)"),
        (datetime(2026, 3, 29, 12, tzinfo=BERLIN), "yesterday (2026-03-28)"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "next Friday (2026-11-27 or 2026-12-04)"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "next Tuesday (2026-12-01)"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "this Wednesday (2026-11-25)"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "last Wednesday (2026-11-18)"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "nächsten Freitag (2026-11-27 or 2026-12-04)"),
    ],
)
def test_the_calendar_is_that_of_the_moment(at: datetime, kept: str) -> None:
    assert with_dates(_OURS.sub("", kept), at) == kept


def test_a_date_outside_the_calendar_is_not_written() -> None:
    assert with_dates("yesterday", datetime(1, 1, 1, tzinfo=UTC)) == "yesterday"


_WORDS = [_OURS.sub("", row) for row in SUNDAY] + UNTOUCHED + ["and", ".", ",", "\n", "I went", "will", "every", "("]


@given(st.lists(st.sampled_from(_WORDS), max_size=8), st.sampled_from([" ", ", ", ""]))
def test_dating_a_text_again_changes_nothing(words: list[str], between: str) -> None:
    once = with_dates(between.join(words), AT)
    assert with_dates(once, AT) == once
    assert with_dates(once, AT.replace(year=2030)) == once


def test_a_number_of_days_is_no_date_beside_another_phrase() -> None:
    said = "3日前に会った (two weeks ago)"
    assert with_dates(said, AT) == "3日前 (2026-11-19)に会った (two weeks ago (week of 2026-11-02))"


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_any_text_at_any_time_only_gains_dates(text: str, at: datetime) -> None:
    assert len(with_dates(text, at)) >= len(text)


@pytest.mark.parametrize(
    "part", ["yesterday ", "a ", "in 3 ", "on Monday ", "x`", "```", "(", "el ", "3日", "昨", "2026-11-21 ("]
)
def test_no_text_takes_long(part: str) -> None:
    """Linear: a text of the greatest length of a memory takes at most 0.1 s even when it is made to be slow."""
    text = (part * (32_000 // len(part) + 1))[:32_000]
    began = time.process_time()
    with_dates(text, AT)
    assert time.process_time() - began < 0.4, "for four times the greatest length"


def test_there_are_many_cases() -> None:
    assert len(SUNDAY) >= 150
