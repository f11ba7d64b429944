"""What people type into a search field."""

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.errors import InvalidInput
from deskhand.mail.query import Query
from deskhand.mail.query_words import parse_query

TODAY = date(2026, 3, 10)


def parsed(text: str) -> Query:
    return parse_query(text, UTC, TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Query(), id="all"),
        pytest.param("figures  march", Query(words=("figures", "march")), id="words"),
        pytest.param('"third quarter" x', Query(words=("third quarter", "x")), id="phrase"),
        pytest.param('"never closed', Query(words=("never closed",)), id="open-quote"),
        pytest.param("from:ann FROM:bob", Query(sender=("ann", "bob")), id="from"),
        pytest.param("to:ann cc:bob", Query(to=("ann", "bob")), id="to-cc"),
        pytest.param('subject:"a b"', Query(subject=("a b",)), id="subject"),
        pytest.param("has:attachment filename:pdf", Query(has_attachment=True, filename=("pdf",)), id="attachment"),
        pytest.param("before:2026-03-01", Query(before=date(2026, 3, 1)), id="before"),
        pytest.param("after:2026/3/1", Query(after=date(2026, 3, 1)), id="after-slashes"),
        pytest.param("after:2026-03", Query(after=date(2026, 3, 1)), id="after-month"),
        pytest.param("on:yesterday", Query(after=date(2026, 3, 9), before=TODAY), id="on"),
        pytest.param("older_than:7d", Query(before=date(2026, 3, 3)), id="older"),
        pytest.param("newer_than:2w", Query(after=date(2026, 2, 24)), id="newer"),
        pytest.param("after:2026-01-01 newer_than:2d", Query(after=date(2026, 3, 8)), id="narrower-day-wins"),
        pytest.param("is:unread", Query(unread=True), id="unread"),
        pytest.param("is:read is:starred", Query(unread=False, flagged=True), id="read-starred"),
        pytest.param("is:answered", Query(answered=True), id="answered"),
        pytest.param('in:"Project X"', Query(folder="Project X"), id="folder"),
        pytest.param("larger:2M", Query(larger=2_000_000), id="larger"),
        pytest.param("message-id:a@b", Query(message_id="<a@b>"), id="message-id"),
        pytest.param("-from:bob -word", Query(excluded=(Query(sender=("bob",)), Query(words=("word",)))), id="minus"),
        pytest.param("well-known", Query(words=("well-known",)), id="hyphen"),
        pytest.param("march - april", Query(words=("march", "april")), id="dash"),
        pytest.param("https://example.org/a 10:30", Query(words=("https://example.org/a", "10:30")), id="no-keys"),
        pytest.param('"note: x"', Query(words=("note: x",)), id="quoted-key"),
        pytest.param("größe", Query(words=("größe",)), id="umlaut"),
    ],
)
def test_a_query_is_understood(text: str, expected: Query) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("a OR b", "search once for each", id="or"),
        pytest.param("(a b)", "Groups", id="group"),
        pytest.param("form:ann", "did you mean from:", id="misspelt"),
        pytest.param("zzzzqq:ann", "there are from, to", id="unknown"),
        pytest.param("is:blue", "is:unread", id="is"),
        pytest.param("has:legs", "has:attachment", id="has"),
        pytest.param("before:soon", "before:2026-03-01", id="day"),
        pytest.param("before:2026-02-30", "not a day", id="no-such-day"),
        pytest.param("older_than:week", "older_than:7d", id="span"),
        pytest.param("newer_than:99999y", "too far", id="span-too-long"),
        pytest.param("after:0001-01-01", "1970 to 9998", id="year-one"),
        pytest.param("-before:9999-12-31", "1970 to 9998", id="last-year"),
        pytest.param("older_than:2000y", "too far", id="antiquity"),
        pytest.param("larger:big", "larger:2M", id="size"),
        pytest.param("from:", "needs a value", id="no-value"),
        pytest.param("from: ann", "directly after the colon", id="space-after-colon"),
        pytest.param("in:inbox in:sent", "in:all", id="two-folders"),
        pytest.param("-in:trash", "name the folder", id="not-in"),
        pytest.param("x" * 2_001, "2000 characters", id="long"),
        pytest.param("x " * 51, "50 words", id="many"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=hint):
        parsed(text)


def test_days_begin_in_the_zone_of_the_person() -> None:
    zone = ZoneInfo("America/New_York")
    query = parse_query("on:2026-03-08", zone, TODAY)  # 23 hours: the clock jumps that night
    assert not query.in_days(datetime(2026, 3, 8, 4, 59, tzinfo=UTC))
    assert query.in_days(datetime(2026, 3, 8, 5, 0, tzinfo=UTC))
    assert query.in_days(datetime(2026, 3, 9, 3, 59, tzinfo=UTC))
    assert not query.in_days(datetime(2026, 3, 9, 4, 0, tzinfo=UTC))


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert parsed(text).zone is UTC
