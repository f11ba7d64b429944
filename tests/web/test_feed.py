"""What a page gets of the feed: the last version of each element, containers first, and never less than happened."""

import random

import anyio
import pytest

from deskhand.web.feed import Batch, Feed

pytestmark = pytest.mark.anyio


async def first_batch(feed: Feed, position: str, *topics: str) -> Batch:
    """What comes next for a page that stands at `position`."""
    follower = feed.follow(topics, position)
    try:
        return await anext(follower)
    finally:
        await follower.aclose()


async def test_a_page_gets_the_last_version_of_each_element_in_the_order_of_their_first() -> None:
    choose = random.Random(7)
    for _ in range(50):
        feed, last = Feed(), dict[str, str]()
        start = feed.position
        for number in range(choose.randrange(1, 60)):
            key = f"k{choose.randrange(8)}"
            last[key] = f"<i>{key}.{number}</i>"  # a dict keeps the order in which keys came first
            feed.put("talk", key, last[key])
        assert (await first_batch(feed, start, "talk")).html == "".join(last.values())


async def test_a_page_that_reads_now_and_then_misses_nothing() -> None:
    choose, feed = random.Random(3), Feed()
    seen, last = dict[str, str](), dict[str, str]()
    position = feed.position
    for number in range(300):
        key = f"k{choose.randrange(12)}"
        last[key] = f"{key}.{number};"
        feed.put("talk", key, last[key])
        if choose.random() < 0.2:
            batch = await first_batch(feed, position, "talk")
            position = batch.position
            seen |= {part.partition(".")[0]: f"{part};" for part in batch.html.split(";") if part}
    feed.put("talk", "end", "end.0;")
    batch = await first_batch(feed, position, "talk")
    seen |= {part.partition(".")[0]: f"{part};" for part in batch.html.split(";") if part}
    assert seen == last | {"end": "end.0;"}


async def test_a_page_gets_its_topics_only() -> None:
    feed = Feed()
    start = feed.position
    feed.put("mine", "a", "A")
    feed.put("other", "b", "B")
    assert (await first_batch(feed, start, "mine")).html == "A"


@pytest.mark.parametrize(
    "position", ["", "x", "dead.1", "{epoch}.", "{epoch}.-1", "{epoch}.9", "{epoch}." + "1" * 5_000]
)
async def test_a_position_that_is_not_of_this_feed_is_stale(position: str) -> None:
    feed = Feed()
    feed.put("talk", "a", "A")
    epoch = feed.position.partition(".")[0]
    assert (await first_batch(feed, position.replace("{epoch}", epoch), "talk")).stale


async def test_a_page_is_stale_once_something_it_had_not_seen_is_forgotten_and_not_before() -> None:
    feed = Feed(kept=3)
    start = feed.position
    for key in "abc":
        feed.put("talk", key, key)
    assert (await first_batch(feed, start, "talk")).html == "abc"
    feed.put("talk", "d", "d")
    assert (await first_batch(feed, start, "talk")).stale


async def test_what_is_forgotten_of_one_topic_makes_no_page_of_another_stale() -> None:
    feed = Feed(kept=3)
    start = feed.position
    for key in "abcdef":
        feed.put("frames", key, key)
    feed.put("talk", "t", "T")
    assert (await first_batch(feed, start, "talk")).html == "T"
    assert (await first_batch(feed, start, "talk", "frames")).stale


async def test_a_feed_keeps_so_many_characters_at_most_but_always_the_newest() -> None:
    feed = Feed(characters=100)
    start = feed.position
    feed.put("talk", "small", "s" * 60)
    feed.put("talk", "small", "s" * 90)  # another version of the same takes the room of the one before
    assert (await first_batch(feed, start, "talk")).html == "s" * 90
    between = feed.position
    feed.put("talk", "large", "l" * 500)
    assert (await first_batch(feed, start, "talk")).stale
    assert (await first_batch(feed, between, "talk")).html == "l" * 500


async def test_an_element_of_one_topic_leaves_that_of_another_of_the_same_id_alone() -> None:
    feed = Feed()
    start = feed.position
    feed.put("mine", "meter", "M")
    feed.put("other", "meter", "O", holds=["meter"])
    assert (await first_batch(feed, start, "mine")).html == "M"
    assert (await first_batch(feed, start, "other")).html == "O"
    assert (await first_batch(feed, start, "mine", "other")).html == "MO"


async def test_an_element_brings_what_it_holds_so_older_versions_of_that_are_not_put_on_top() -> None:
    feed = Feed(characters=10)
    start = feed.position
    feed.put("talk", "group", "[]")
    feed.put("talk", "card", "asks")
    feed.put("talk", "group", "[over]", holds=["card", "never-put"])
    assert (await first_batch(feed, start, "talk")).html == "[over]"
    feed.put("talk", "card", "new.")
    assert (await first_batch(feed, start, "talk")).html == "[over]new.", "what is dropped takes no room"


@pytest.mark.parametrize("pages", [1, 3])
async def test_pages_of_a_feed_that_ends_are_stale_those_that_wait_and_those_that_come(pages: int) -> None:
    feed, ends = Feed(), list[Batch]()
    feed.put("talk", "a", "A")

    async def follow() -> None:
        ends.extend([batch async for batch in feed.follow({"talk"}, feed.position)])

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            for _ in range(pages):
                tasks.start_soon(follow)
            await anyio.wait_all_tasks_blocked()
            feed.close()
    assert [batch.stale for batch in ends] == [True] * pages
    feed.put("talk", "b", "B")
    assert (await first_batch(feed, feed.position, "talk")).stale


async def test_a_page_of_a_process_that_stops_gets_the_rest_and_is_not_told_to_load_what_is_not_there() -> None:
    feed, got = Feed(), list[Batch]()

    async def follow() -> None:
        got.extend([batch async for batch in feed.follow({"talk"}, feed.position)])

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await anyio.wait_all_tasks_blocked()
            feed.put("talk", "end", "<p>Stopped.</p>")
            feed.close(comes_back=True)
    assert [(batch.html, batch.stale) for batch in got] == [("<p>Stopped.</p>", False)]
    assert [batch async for batch in feed.follow({"talk"}, feed.position)] == []
