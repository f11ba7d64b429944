"""A search answers within what it was given, whatever is remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.memory.remembering import ANN, remembering, sentence

from deskhand.context.tokens import estimate
from deskhand.store.database import Database
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request, within
from deskhand.toolsets.memory.results import KINDS, Hit

TEXTS = st.one_of(
    st.text(min_size=1, max_size=600),
    st.sampled_from(["記憶" * 900, "{}[]()#$%&" * 300, "word " * 1_500, "x" * 8_000, "1234567890" * 100]),
)
HITS = st.builds(
    Hit,
    id=st.sampled_from(["mabcdefgh", "mabcdefgh.3", "turn/0198c0de-0000-7000-8000-000000000000/12"]),
    text=TEXTS,
    when=st.just("2026-03-02T09:00+00:00"),
    kind=st.sampled_from(KINDS),
    about=st.none() | st.sampled_from(["Mia", "漢" * 200]),
    source=st.sampled_from(["memory", "former wording", f"conversation {'長' * 300!r}"]),
    score=st.just(0.5),
    conflicts_with=st.sampled_from([(), ("mzzzzzzzz",), ("mzzzzzzzz",) * 60]),
)


@given(hits=st.lists(HITS, max_size=12), limit=st.integers(1, 50), room=st.integers(100, 2_000))
def test_an_answer_never_takes_more_tokens_than_it_may(hits: list[Hit], limit: int, room: int) -> None:
    found = within(hits, Request(limit=limit, max_tokens=room), by_meaning=True)
    assert estimate(found.text()) <= room
    assert len(found.hits) <= limit
    assert len(found.hits) + found.more == len(hits)
    assert bool(found.hits) == bool(hits)
    assert [hit.id for hit in found.hits] == [hit.id for hit in hits[: len(found.hits)]]


@pytest.mark.anyio
async def test_limit_and_kind_hold_for_what_is_stored(sqlite: Database) -> None:
    backend = remembering(sqlite)
    for number in range(40):
        await backend.save(ANN, Draft(f"harbour {sentence(number)}", KINDS[number % 4]))
    for kind in (None, *KINDS):
        found = await backend.search(ANN, "harbour", Request(kind, limit=5, max_tokens=5_000))
        assert len(found.hits) == 5
        assert found.more > 0
        assert {hit.kind for hit in found.hits} <= ({kind} if kind else set(KINDS))


@pytest.mark.anyio
async def test_a_giant_is_cut_and_says_so(sqlite: Database) -> None:
    backend = remembering(sqlite)
    saved = await backend.save(ANN, Draft(f"harbour {' '.join(map(sentence, range(150)))}"))
    found = await backend.search(ANN, "harbour", Request(max_tokens=100))
    assert [hit.id for hit in found.hits] == [saved.id]
    assert found.hits[0].text.startswith("harbour ")
    assert found.hits[0].text.endswith("…")
    assert estimate(found.text()) <= 100
