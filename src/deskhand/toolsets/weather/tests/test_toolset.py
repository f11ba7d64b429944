"""The weather toolset as a client sees it, and its watcher."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.subscriptions import ResourceUpdated
from mcp_types import CallToolResult, PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from deskhand.testing import RecordedChanges, client_of, services, serving
from deskhand.toolsets.weather.tests.replay import NOW, Replay, recorded
from deskhand.toolsets.weather.toolset import ALERTS, Weather, WeatherSettings

pytestmark = pytest.mark.anyio
KANSAS = "/alerts/active/area/KS"


@asynccontextmanager
async def fake_weather() -> AsyncGenerator[Any]:
    async with serving(Weather, settings={"weather": {"source": "fake"}}) as server, client_of(server) as client:
        yield client


@asynccontextmanager
async def live_weather(replay: Replay, folder: Path, **settings: float) -> AsyncGenerator[Weather]:
    """The toolset on the replay server, at the time of the recorded answers."""
    section = WeatherSettings.model_validate({"base_url": replay.url, "user_agent": "test", **settings})
    weather = Weather(section, services(folder, now=NOW))
    async with weather.lifespan():
        yield weather


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


async def test_get_alerts_answers_with_fields_and_a_text() -> None:
    async with fake_weather() as client:
        result = await client.call_tool("get_alerts", {"state": "kansas", "min_severity": "severe"})
    assert not result.is_error
    assert [alert["severity"] for alert in result.structured_content["alerts"]] == ["extreme", "severe"]
    assert result.structured_content["untrusted"] is True
    assert "[extreme] Tornado Warning" in text_of(result)


async def test_sample_data_says_that_it_is() -> None:
    async with fake_weather() as client:
        alerts = await client.call_tool("get_alerts", {"state": "KS"})
        forecast = await client.call_tool("get_forecast", {"place": "Denver"})
    for result in (alerts, forecast):
        assert "Source: SAMPLE DATA, not real weather" in text_of(result)
        assert result.structured_content["source"] == "SAMPLE DATA, not real weather"


async def test_get_alerts_tells_the_valid_states() -> None:
    async with fake_weather() as client:
        result = await client.call_tool("get_alerts", {"state": "Kanzas"})
    assert result.is_error
    assert "Nearest: KS (Kansas)" in text_of(result)


async def test_get_forecast_answers_for_a_place_and_for_a_point() -> None:
    async with fake_weather() as client:
        by_name = await client.call_tool("get_forecast", {"place": "Denver"})
        by_point = await client.call_tool("get_forecast", {"latitude": 39.74, "longitude": -104.99})
    assert by_name.structured_content["periods"] == by_point.structured_content["periods"]
    assert by_name.structured_content["latitude"] == 39.74


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "Pass either place, or latitude and longitude together."),
        ({"latitude": 39.74}, "Pass either place, or latitude and longitude together."),
        ({"place": "Denver", "latitude": 39.74, "longitude": -104.99}, "Pass either place"),
        ({"place": "Atlantis"}, "pass latitude and longitude instead"),
        ({"latitude": 48.86, "longitude": 2.35}, "no forecast for 48.86, 2.35"),
    ],
)
async def test_get_forecast_says_what_to_pass(arguments: dict[str, object], says: str) -> None:
    async with fake_weather() as client:
        result = await client.call_tool("get_forecast", arguments)
    assert result.is_error
    assert says in text_of(result)


async def test_the_resource_holds_all_alerts() -> None:
    async with fake_weather() as client:
        result = await client.read_resource("weather://alerts/KS")
    (content,) = result.contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    assert content.text.count('"event":') == 3


async def test_states_and_severities_complete() -> None:
    template, prompt = ResourceTemplateReference(uri=ALERTS), PromptReference(name="weather_watch")
    async with fake_weather() as client:
        for reference in (template, prompt):
            result = await client.complete(reference, {"name": "state", "value": "tex"})
            assert result.completion.values == ["Texas"]
        result = await client.complete(prompt, {"name": "min_severity", "value": "m"})
    assert result.completion.values == ["moderate", "minor"]


async def test_the_prompt_names_tools_that_exist_and_the_state_asked_for() -> None:
    async with fake_weather() as client:
        prompt = await client.get_prompt("weather_watch", {"state": "Texas"})
        tools = {tool.name for tool in (await client.list_tools()).tools}
    text = prompt.messages[0].content.text
    assert 'state="TX" and min_severity="moderate"' in text
    assert {word for word in text.split("`") if word.startswith("get_")} == tools


async def watched_until(weather: Weather, state: str, done: Callable[[], bool]) -> list[tuple[str, str | None]]:
    """What is announced while the watcher runs, until `done`."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(weather.watch_alerts, state)
        with anyio.fail_after(5):
            while not done():
                await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    assert isinstance(weather.services.changes, RecordedChanges)
    return weather.services.changes.updated


async def test_a_subscriber_hears_of_a_change_and_only_of_a_change(replay: Replay, tmp_path: Path) -> None:
    quiet = '{"features": []}'
    for body in (recorded("alerts"), recorded("alerts"), quiet, quiet, recorded("alerts")):
        replay.says(KANSAS, body, Cache_Control="no-cache")
    async with live_weather(replay, tmp_path, poll_seconds=0.001) as weather:
        announced = await watched_until(weather, "ks", lambda: len(replay.requests) >= 8)
    assert announced == [("weather://alerts/ks", None)] * 2


async def test_a_client_that_listens_is_told_of_new_alerts(replay: Replay) -> None:
    replay.says(KANSAS, '{"features": []}', Cache_Control="no-cache")
    section = {"base_url": replay.url, "poll_seconds": 0.01}
    async with serving(Weather, settings={"weather": section}) as server, client_of(server) as client:
        async with client.listen(resource_subscriptions=["weather://alerts/KS"]) as events:
            with anyio.fail_after(5):
                while not replay.requests:
                    await anyio.sleep(0.001)
                replay.answers.clear()
                replay.says(KANSAS, recorded("alerts").replace("2026-", "2126-"), Cache_Control="no-cache")
                assert await anext(aiter(events)) == ResourceUpdated("weather://alerts/KS")
        result = await client.call_tool("get_alerts", {"state": "KS"})
    assert result.structured_content["total"] == 5


async def test_an_outage_is_not_a_change(replay: Replay, tmp_path: Path) -> None:
    replay.says(KANSAS, "drifted")
    replay.says(KANSAS, recorded("alerts"), Cache_Control="no-cache")
    replay.says(KANSAS, "drifted")
    async with live_weather(replay, tmp_path, poll_seconds=0.001) as weather:
        announced = await watched_until(
            weather, "KS", lambda: len(replay.requests) >= 3 and bool(weather.source.trouble)
        )
    assert announced == []


async def test_long_texts_and_long_lists_are_cut_visibly(replay: Replay, tmp_path: Path) -> None:
    replay.says(KANSAS, recorded("alerts"))
    async with live_weather(replay, tmp_path) as weather:
        short = await weather.get_alerts("KS", limit=2)
        whole = await weather.get_alerts("KS", detail="detailed")
        resource = await weather.alerts("KS")
    assert "more characters: read weather://alerts/KS]" in short.alerts[0].description
    assert "2 more: raise limit, or read weather://alerts/KS" in short.text()
    assert whole.alerts == resource.alerts
    assert len(whole.alerts[0].description) > 500


async def test_the_text_says_how_old_a_copy_is(replay: Replay, tmp_path: Path) -> None:
    replay.says(KANSAS, recorded("alerts"), Cache_Control="no-cache")
    replay.says(KANSAS, "drifted")
    async with live_weather(replay, tmp_path) as weather:
        fresh = await weather.get_alerts("KS")
        stale = await weather.get_alerts("KS")
        health = await weather.health()
    assert fresh.text().endswith("as of 2026-05-20 13:00-05:00 (America/Chicago)")
    assert "0 min old because: The service answered something this version does not understand" in stale.text()
    assert (health.state, health.backend) == ("degraded", "National Weather Service (weather.gov)")


async def test_days_count_from_today_and_details_are_on_request(replay: Replay, tmp_path: Path) -> None:
    replay.says("/points/39.74,-104.99", recorded("point"))
    replay.says("/gridpoints/BOU/62,61/forecast", recorded("forecast"))
    async with live_weather(replay, tmp_path) as weather:
        today = await weather.get_forecast("Denver", days=1)
        tomorrow = await weather.get_forecast("Denver", days=2, detail="detailed")
    assert [period.name for period in today.periods] == ["This Afternoon", "Tonight"]
    assert [period.name for period in tomorrow.periods][2:] == ["Thursday", "Thursday Night"]
    assert today.periods[0].description == ""
    assert "This Afternoon: 79 °F, 40 % rain, Chance Showers And Thunderstorms" in today.text()
    assert "mostly sunny, with a high near 80" in tomorrow.text()
