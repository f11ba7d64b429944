"""The feed against a service with every failure we know of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from pydantic import BaseModel

from deskhand.errors import NotFound, Unavailable
from deskhand.outbound import Bounds, Outbound
from deskhand.toolsets.weather import feed as feed_module
from deskhand.toolsets.weather.feed import Feed
from deskhand.toolsets.weather.tests.replay import NOW, Clock, Replay

pytestmark = pytest.mark.anyio
GOOD, NEWER = '{"n": 1}', '{"n": 2}'


class Number(BaseModel):
    n: int


@asynccontextmanager
async def feeding(replay: Replay, clock: Clock, folder: Path, *, seconds: float = 5) -> AsyncGenerator[Feed]:
    bounds = Bounds(seconds=seconds, body_bytes=1_000)
    async with Outbound(user_agent="test", allow=frozenset({"127.0.0.1"}), bounds=bounds) as http:
        yield Feed(replay.url, http, folder, clock, clock.sleep)


async def test_a_document_is_kept_as_long_as_the_service_allows(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD, Cache_Control="public, max-age=30", Age="10")
    async with feeding(replay, clock, tmp_path) as feed:
        for seconds, requests in ((0, 1), (19, 1), (2, 2)):
            clock.pass_(seconds=seconds)
            document = await feed.get("/a", Number)
            assert (document.value.n, document.trouble, len(replay.requests)) == (1, "", requests)
    assert document.as_of == NOW + timedelta(seconds=21)


@pytest.mark.parametrize("control", ["no-cache", "no-store", "max-age=0"])
async def test_a_document_that_must_not_be_kept_is_asked_for_again(
    replay: Replay, clock: Clock, tmp_path: Path, control: str
) -> None:
    replay.says("/a", GOOD, Cache_Control=control)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
        await feed.get("/a", Number)
    assert len(replay.requests) == 2


async def test_an_unchanged_document_is_confirmed_without_being_sent(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    modified = "Wed, 20 May 2026 17:55:00 GMT"
    replay.says("/a", GOOD, ETag='"v1"', Last_Modified=modified)
    replay.says("/a", status="304 Not Modified")
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
        clock.pass_(minutes=5)
        document = await feed.get("/a", Number)
    first, second = (headers for _, headers in replay.requests)
    assert "if-none-match" not in first
    assert (second["if-none-match"], second["if-modified-since"]) == ('"v1"', modified)
    assert (document.value.n, document.as_of) == (1, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"])
async def test_a_passing_failure_is_retried(replay: Replay, clock: Clock, tmp_path: Path, status: str) -> None:
    replay.says("/a", status=status)
    replay.says("/a", status=status)
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path) as feed:
        assert (await feed.get("/a", Number)).value.n == 1
        assert feed.trouble == ""
    assert clock.slept == [1, 2]


@pytest.mark.parametrize("value", ["3", "Wed, 20 May 2026 18:00:03 GMT"])
async def test_retry_after_is_honoured(replay: Replay, clock: Clock, tmp_path: Path, value: str) -> None:
    replay.says("/a", status="429 Too Many Requests", Retry_After=value)
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
    assert clock.slept == [3]


async def test_a_long_retry_after_is_told_instead_of_waited_for(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", status="503 Service Unavailable", Retry_After="120")
    async with feeding(replay, clock, tmp_path) as feed:
        with pytest.raises(Unavailable, match="HTTP 503") as caught:
            await feed.get("/a", Number)
    assert (caught.value.retry_after, clock.slept, len(replay.requests)) == (120, [], 1)


@pytest.mark.parametrize("value", ["\u00b2", "-1", "9" * 400, "Wed, 20 May " + "9" * 30 + " 18:00:03 GMT", "soon"])
async def test_a_pause_that_is_no_time_is_ignored(replay: Replay, clock: Clock, tmp_path: Path, value: str) -> None:
    replay.says("/a", status="429 Too Many Requests", Retry_After=value)
    replay.says("/a", GOOD, Cache_Control="max-age=30", Age=value)
    async with feeding(replay, clock, tmp_path) as feed:
        assert (await feed.get("/a", Number)).value.n == 1
        clock.pass_(seconds=29)
        await feed.get("/a", Number)
    assert (clock.slept, len(replay.requests)) == ([1], 2)


@pytest.mark.parametrize("value", ["999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_pause_of_years_leaves_the_service_alone_for_a_day(
    replay: Replay, clock: Clock, tmp_path: Path, value: str
) -> None:
    replay.says("/a", GOOD, Cache_Control="max-age=30")
    replay.says("/a", status="503 Service Unavailable", Retry_After=value)
    replay.says("/a", NEWER)
    async with feeding(replay, clock, tmp_path) as feed:
        for span, number in ((timedelta(0), 1), (timedelta(minutes=1), 1), (timedelta(days=1), 2)):
            clock.pass_(seconds=span.total_seconds())
            assert (await feed.get("/a", Number)).value.n == number


async def test_a_service_that_keeps_failing_is_given_up_after_three_requests(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    replay.says("/a", status="500 Internal Server Error")
    async with feeding(replay, clock, tmp_path) as feed:
        with pytest.raises(Unavailable, match="HTTP 500"):
            await feed.get("/a", Number)
        assert "HTTP 500" in feed.trouble
    assert len(replay.requests) == 3


FAILURES = {
    "500": ("", "500 Internal Server Error"),
    "refused": ("", "403 Forbidden"),
    "empty": ("", "200 OK"),
    "not JSON": ("<html>Maintenance</html>", "200 OK"),
    "drifted": ('{"n": {"value": 1}}', "200 OK"),
    "field missing": ('{"m": 1}', "200 OK"),
    "too large": (f'{{"n": 1, "x": "{"x" * 1000}"}}', "200 OK"),
}


@pytest.mark.parametrize(("body", "status"), FAILURES.values(), ids=FAILURES.keys())
async def test_without_a_copy_every_failure_is_unavailable(
    replay: Replay, clock: Clock, tmp_path: Path, body: str, status: str
) -> None:
    replay.says("/a", body, status)
    async with feeding(replay, clock, tmp_path) as feed:
        with pytest.raises(Unavailable):
            await feed.get("/a", Number)


@pytest.mark.parametrize(("body", "status"), FAILURES.values(), ids=FAILURES.keys())
async def test_with_a_copy_every_failure_gives_it_with_its_age_and_the_reason(
    replay: Replay, clock: Clock, tmp_path: Path, body: str, status: str
) -> None:
    replay.says("/a", GOOD)
    replay.says("/a", body, status)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
        clock.pass_(minutes=12)
        document = await feed.get("/a", Number)
    assert (document.value.n, document.as_of) == (1, NOW)
    assert document.trouble.startswith(("The service", "127.0.0.1", "The answer"))


async def test_a_silent_service_gives_the_copy(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path, seconds=0.05) as feed:
        await feed.get("/a", Number)
        clock.pass_(minutes=2)
        replay.answers.clear()
        document = await feed.get("/a", Number)
    assert document.value.n == 1
    assert "did not finish its answer" in document.trouble


async def test_a_failing_service_is_left_alone_for_a_while_and_then_asked_again(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    replay.says("/a", GOOD)
    for _ in range(3):
        replay.says("/a", status="500 Internal Server Error")
    replay.says("/a", NEWER)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
        clock.pass_(minutes=2)
        assert (await feed.get("/a", Number)).trouble
        again = await feed.get("/a", Number)
        assert (again.value.n, bool(again.trouble), len(replay.requests)) == (1, True, 4)
        clock.pass_(seconds=31)
        recovered = await feed.get("/a", Number)
        assert (recovered.value.n, recovered.trouble, feed.trouble) == (2, "", "")


async def test_the_last_good_copy_survives_a_restart(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
    replay.forget()
    replay.says("/a", status="500 Internal Server Error")
    clock.pass_(hours=1)
    async with feeding(replay, clock, tmp_path) as feed:
        document = await feed.get("/a", Number)
    assert (document.value.n, document.as_of) == (1, NOW)


async def test_a_damaged_copy_on_disk_is_ignored(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
    (file,) = tmp_path.iterdir()
    file.write_text("{", encoding="utf-8")
    async with feeding(replay, clock, tmp_path) as feed:
        assert (await feed.get("/a", Number)).value.n == 1
    assert len(replay.requests) == 2


async def test_a_full_disk_does_not_stop_the_answers(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    (tmp_path / "in the way").touch()
    async with feeding(replay, clock, tmp_path / "in the way") as feed:
        assert (await feed.get("/a", Number)).value.n == 1
        assert (await feed.get("/a", Number)).value.n == 1
    assert len(replay.requests) == 1


async def test_a_missing_document_is_not_found_even_with_a_copy(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    replay.says("/a", status="404 Not Found")
    async with feeding(replay, clock, tmp_path) as feed:
        await feed.get("/a", Number)
        clock.pass_(minutes=2)
        with pytest.raises(NotFound, match="/a"):
            await feed.get("/a", Number)


async def test_callers_who_ask_together_share_one_request(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/a", GOOD)
    async with feeding(replay, clock, tmp_path) as feed, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(feed.get, "/a", Number)
    assert len(replay.requests) == 1


async def test_copies_are_bounded_in_memory_and_on_disk(
    replay: Replay, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEPT", 3)
    async with feeding(replay, clock, tmp_path) as feed:
        for number in range(5):
            replay.says(f"/{number}", GOOD)
            await feed.get(f"/{number}", Number)
        assert len(list(tmp_path.iterdir())) == 3
        await feed.get("/0", Number)
    assert [path for path, _ in replay.requests].count("/0") == 2
