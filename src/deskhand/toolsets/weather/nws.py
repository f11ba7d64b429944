"""The National Weather Service as a source: https://www.weather.gov/documentation/services-web-api.

The wire models hold only what is used. A field that is missing or of another type is drift, which the feed reports
as a failing service; a field this version does not know is ignored.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from deskhand.errors import InvalidInput, NotFound, Unavailable
from deskhand.toolsets.weather.backend import SEVERITIES, Alert, Forecast, Period, Report, Severity, ranked
from deskhand.toolsets.weather.feed import Feed
from deskhand.toolsets.weather.places import Area
from deskhand.visible import visible


class NationalWeatherService:
    """Keeps `WeatherSource` over HTTP."""

    label = "National Weather Service (weather.gov)"

    def __init__(self, feed: Feed, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now

    @property
    def trouble(self) -> str:
        """What went wrong with the last request; empty when it went well."""
        return self._feed.trouble

    async def alerts(self, area: Area) -> Report[tuple[Alert, ...]]:
        """The alerts in force; see `WeatherSource.alerts`."""
        document = await self._feed.get(f"/alerts/active/area/{area.code}", _Alerts)
        zone, _ = _zone(area.zone)
        actual = (each.properties for each in document.value.features if each.properties.status == "Actual")
        found = ranked((alert.shown(zone) for alert in actual), self._now())
        return Report(found, document.as_of.astimezone(zone), document.trouble)

    async def forecast(self, latitude: float, longitude: float) -> Report[Forecast]:
        """The periods ahead; see `WeatherSource.forecast`."""
        try:
            path = f"/points/{_degrees(latitude)},{_degrees(longitude)}"
            point = (await self._feed.get(path, _Point)).value.properties
            path = f"/gridpoints/{point.grid_id}/{point.grid_x},{point.grid_y}/forecast"
            document = await self._feed.get(path, _Forecast)
        except NotFound as error:
            raise InvalidInput(_outside(latitude, longitude)) from error
        zone, zone_name = _zone(point.time_zone)
        now = self._now()
        ahead = tuple(each.shown(zone) for each in document.value.properties.periods if each.end_time > now)
        if not ahead:
            raise Unavailable(f"The last forecast for this point is over. {document.trouble}".strip())
        town = point.relative_location.properties
        forecast = Forecast(place=f"{town.city}, {town.state}", zone=zone_name, periods=ahead)
        return Report(forecast, document.as_of.astimezone(zone), document.trouble)


def _degrees(value: float) -> str:
    """Four decimals without trailing zeros: the service redirects other spellings to this one."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _outside(latitude: float, longitude: float) -> str:
    hint = f" Western longitudes are negative: did you mean {-longitude:g}?" if 65 < longitude < 180 else ""
    return (
        f"There is no forecast for latitude {latitude:g}, longitude {longitude:g}: it is not in the area of the "
        f"National Weather Service.{hint} Expected a point on land in a US state or territory, for example "
        "latitude 39.74, longitude -104.99 (Denver, CO), or pass a city as place."
    )


def _zone(name: str) -> tuple[tzinfo, str]:
    """The zone and its name; UTC where this machine has no table for it, so that the answer still says which."""
    try:
        return ZoneInfo(name), name
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC"), "UTC"


def _severity(value: object) -> object:
    """A severity this version does not know is an unknown one, never a reason to hide the alert."""
    if not isinstance(value, str):
        return value
    return value.lower() if value.lower() in SEVERITIES else "unknown"


Outside = Annotated[str, AfterValidator(visible)]


class _Wire(BaseModel):
    """Base of what the service sends: unknown fields are ignored, missing ones and other types are drift."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _AlertProperties(_Wire):
    event: Outside
    severity: Annotated[Severity, BeforeValidator(_severity)]
    urgency: Outside = "Unknown"
    certainty: Outside = "Unknown"
    headline: Outside | None = None
    area_desc: Outside
    status: str = "Actual"
    effective: AwareDatetime
    onset: AwareDatetime | None = None
    expires: AwareDatetime
    ends: AwareDatetime | None = None
    description: Outside | None = None
    instruction: Outside | None = None
    sender_name: Outside = ""

    def shown(self, zone: tzinfo) -> Alert:
        return Alert(
            event=self.event,
            severity=self.severity,
            urgency=self.urgency.lower(),
            certainty=self.certainty.lower(),
            headline=self.headline or self.event,
            areas=self.area_desc,
            begins=(self.onset or self.effective).astimezone(zone),
            ends=(self.ends or self.expires).astimezone(zone),
            description=self.description or "",
            instruction=self.instruction or "",
            sender=self.sender_name,
        )


class _AlertFeature(_Wire):
    properties: _AlertProperties


class _Alerts(_Wire):
    features: list[_AlertFeature]


class _Town(_Wire):
    city: Outside
    state: Outside


class _TownFeature(_Wire):
    properties: _Town


class _PointProperties(_Wire):
    grid_id: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    grid_x: int
    grid_y: int
    time_zone: str
    relative_location: _TownFeature


class _Point(_Wire):
    properties: _PointProperties


class _Chance(_Wire):
    value: float | None = None


class _Period(_Wire):
    name: Outside
    start_time: AwareDatetime
    end_time: AwareDatetime
    temperature: float
    temperature_unit: Literal["F", "C"]
    probability_of_precipitation: _Chance = _Chance()
    wind_speed: Outside = ""
    wind_direction: Outside = ""
    short_forecast: Outside
    detailed_forecast: Outside = ""

    def shown(self, zone: tzinfo) -> Period:
        return Period(
            name=self.name,
            begins=self.start_time.astimezone(zone),
            ends=self.end_time.astimezone(zone),
            temperature=self.temperature,
            unit=self.temperature_unit,
            precipitation_percent=self.probability_of_precipitation.value,
            wind=f"{self.wind_direction} {self.wind_speed}".strip(),
            summary=self.short_forecast,
            description=self.detailed_forecast,
        )


class _Periods(_Wire):
    periods: list[_Period]


class _Forecast(_Wire):
    properties: _Periods
