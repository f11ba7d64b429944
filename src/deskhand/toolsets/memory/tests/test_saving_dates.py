"""From when relative dates in a text count, and how long they may make it."""

from datetime import UTC, datetime

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory.accepted import MAX_CHARACTERS
from deskhand.toolsets.memory.draft import Draft, dated

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def kept(draft: Draft) -> str:
    """The text as it is kept."""
    return draft.checked(NOW, UTC).text


@pytest.mark.parametrize(
    ("draft", "day"),
    [
        (Draft("Yesterday I saw the dentist", "episode", valid_from="2026-03-01"), "2026-03-01"),
        (Draft("I fly to Rome tomorrow", "episode", valid_from="2026-03-03"), "2026-03-03"),
        (Draft("I fly to Rome tomorrow", "episode", valid_from="2026-03-03T10:00"), "2026-03-03"),
        (Draft("I stopped smoking yesterday", "fact", valid_from="2026-03-01T10:00"), "2026-03-01"),
        (Draft("I stopped smoking yesterday"), "2026-03-01"),
    ],
)
def test_relative_dates_count_from_when_they_are_said(draft: Draft, day: str) -> None:
    assert f"({day})" in kept(draft)


def test_relative_dates_of_an_episode_of_a_moment_gone_by_count_from_it() -> None:
    assert kept(Draft("I went yesterday", "episode", valid_from="2023-05-08T13:56")) == "I went yesterday (2023-05-07)"


def test_dates_do_not_make_a_text_longer_than_a_memory_may_be() -> None:
    with pytest.raises(InvalidInput, match="With the date beside each relative one"):
        kept(Draft("昨日" * (MAX_CHARACTERS // 2)))
    with pytest.raises(InvalidInput, match="With the date beside each relative one"):
        dated("昨日" * (MAX_CHARACTERS // 2), NOW, UTC)
