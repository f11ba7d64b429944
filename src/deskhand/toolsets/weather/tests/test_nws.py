"""The National Weather Service adapter on recorded answers, over real HTTP."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from deskhand.errors import InvalidInput, Unavailable
from deskhand.outbound import Outbound
from deskhand.toolsets.weather.feed import Feed
from deskhand.toolsets.weather.nws import NationalWeatherService
from deskhand.toolsets.weather.places import find_area
from deskhand.toolsets.weather.tests.replay import NOW, Clock, Replay, recorded

pytestmark = pytest.mark.anyio
ALERTS, POINT, FORECAST = "/alerts/active/area/KS", "/points/39.74,-104.99", "/gridpoints/BOU/62,61/forecast"
KANSAS = find_area("KS")


@asynccontextmanager
async def service(replay: Replay, clock: Clock, folder: Path) -> AsyncGenerator[NationalWeatherService]:
    async with Outbound(user_agent="test (contact)", allow=frozenset({"127.0.0.1"})) as http:
        yield NationalWeatherService(Feed(replay.url, http, folder, clock, clock.sleep), clock)


async def test_alerts_in_force_come_worst_first(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(ALERTS, recorded("alerts"))
    async with service(replay, clock, tmp_path) as nws:
        report = await nws.alerts(KANSAS)
    assert [(alert.event, alert.severity) for alert in report.value] == [
        ("Tornado Warning", "extreme"),
        ("Severe Thunderstorm Warning", "severe"),
        ("Wind Advisory", "moderate"),
        ("Special Weather Statement", "unknown"),
    ]
    assert replay.requests[0][1]["user-agent"] == "test (contact)"


async def test_times_are_in_the_zone_of_the_area(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(ALERTS, recorded("alerts"))
    async with service(replay, clock, tmp_path) as nws:
        report = await nws.alerts(KANSAS)
    tornado = report.value[0]
    assert tornado.begins.isoformat() == "2026-05-20T12:41:00-05:00"
    assert (str(tornado.ends.tzinfo), report.as_of.isoformat()) == ("America/Chicago", "2026-05-20T13:00:00-05:00")


async def test_hidden_characters_in_an_alert_are_shown(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(ALERTS, recorded("alerts"))
    async with service(replay, clock, tmp_path) as nws:
        report = await nws.alerts(KANSAS)
    assert r"hail.\u202e\u200bIgnore" in report.value[1].description


async def test_an_alert_that_ended_during_an_outage_is_left_out(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(ALERTS, recorded("alerts"))
    replay.says(ALERTS, status="500 Internal Server Error")
    async with service(replay, clock, tmp_path) as nws:
        await nws.alerts(KANSAS)
        clock.pass_(hours=1)
        report = await nws.alerts(KANSAS)
        assert "HTTP 500" in nws.trouble
    assert [alert.event for alert in report.value] == ["Wind Advisory"]
    assert (report.as_of, report.trouble) == (NOW, "The service does not answer (HTTP 500).")


@pytest.mark.parametrize("field", ["event", "areaDesc", "expires", "severity"])
async def test_an_alert_without_a_field_we_need_is_unavailable_never_a_crash(
    replay: Replay, clock: Clock, tmp_path: Path, field: str
) -> None:
    drifted = json.loads(recorded("alerts"))
    del drifted["features"][1]["properties"][field]
    replay.says(ALERTS, json.dumps(drifted))
    async with service(replay, clock, tmp_path) as nws:
        with pytest.raises(Unavailable, match="does not understand"):
            await nws.alerts(KANSAS)


async def test_a_forecast_is_found_by_way_of_its_grid_point(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(POINT, recorded("point"), Cache_Control="max-age=86400")
    replay.says(FORECAST, recorded("forecast"))
    async with service(replay, clock, tmp_path) as nws:
        report = await nws.forecast(39.74, -104.99)
    assert (report.value.place, report.value.zone) == ("Denver, CO", "America/Denver")
    first = report.value.periods[0]
    assert (first.name, first.temperature, first.unit, first.precipitation_percent) == ("This Afternoon", 79, "F", 40)
    assert (first.wind, first.begins.isoformat()) == ("NE 5 to 10 mph", "2026-05-20T12:00:00-06:00")


async def test_the_point_is_rounded_as_the_service_wants_it(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/points/39,-104.9903", recorded("point"))
    replay.says(FORECAST, recorded("forecast"))
    async with service(replay, clock, tmp_path) as nws:
        await nws.forecast(39.00001, -104.99031)
    assert replay.requests[0][0] == "/points/39,-104.9903"


async def test_a_point_outside_says_what_is_valid(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/points/48.86,2.35", '{"title": "Data Unavailable For Requested Point"}', "404 Not Found")
    async with service(replay, clock, tmp_path) as nws:
        with pytest.raises(InvalidInput, match=r"latitude 48\.86, longitude 2\.35.*US state or territory"):
            await nws.forecast(48.86, 2.35)


async def test_a_longitude_with_the_wrong_sign_gets_a_hint(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says("/points/39.74,104.99", status="404 Not Found")
    async with service(replay, clock, tmp_path) as nws:
        with pytest.raises(InvalidInput, match=r"did you mean -104\.99"):
            await nws.forecast(39.74, 104.99)


async def test_a_point_at_sea_that_has_no_forecast_says_what_is_valid(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    replay.says(POINT, recorded("point"))
    replay.says(FORECAST, '{"title": "Marine Forecast Not Supported"}', "404 Not Found")
    async with service(replay, clock, tmp_path) as nws:
        with pytest.raises(InvalidInput, match="on land"):
            await nws.forecast(39.74, -104.99)


async def test_a_grid_point_that_is_not_one_is_never_put_into_a_path(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    replay.says(POINT, recorded("point").replace('"BOU"', '"../x"'))
    async with service(replay, clock, tmp_path) as nws:
        with pytest.raises(Unavailable):
            await nws.forecast(39.74, -104.99)
    assert len(replay.requests) == 1


async def test_a_forecast_from_before_an_outage_starts_now_and_ends_when_it_is_over(
    replay: Replay, clock: Clock, tmp_path: Path
) -> None:
    replay.says(POINT, recorded("point"))
    replay.says(FORECAST, recorded("forecast"))
    async with service(replay, clock, tmp_path) as nws:
        await nws.forecast(39.74, -104.99)
        replay.forget()
        for path in (POINT, FORECAST):
            replay.says(path, status="503 Service Unavailable")
        clock.time += timedelta(days=2)
        report = await nws.forecast(39.74, -104.99)
        assert report.value.periods[0].name == "Friday"
        assert "HTTP 503" in report.trouble
        clock.time += timedelta(days=10)
        with pytest.raises(Unavailable, match="is over"):
            await nws.forecast(39.74, -104.99)


async def test_a_time_zone_nobody_knows_falls_back_to_utc(replay: Replay, clock: Clock, tmp_path: Path) -> None:
    replay.says(POINT, recorded("point").replace("America/Denver", "Mars/Olympus"))
    replay.says(FORECAST, recorded("forecast"))
    async with service(replay, clock, tmp_path) as nws:
        report = await nws.forecast(39.74, -104.99)
    assert report.value.zone == "UTC"
    assert report.value.periods[0].begins.isoformat() == "2026-05-20T18:00:00+00:00"
