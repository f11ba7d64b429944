"""Made-up weather for the demo and for tests: always the same, and it says what it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from deskhand.errors import InvalidInput
from deskhand.toolsets.weather.backend import Alert, Forecast, Period, Report, Severity, ranked
from deskhand.toolsets.weather.places import Area

_EVENTS: tuple[tuple[str, Severity, str], ...] = (
    ("Heat Advisory", "moderate", "Drink water and stay out of the sun."),
    ("Tornado Warning", "extreme", "Go to a basement or an inner room now."),
    ("Flood Watch", "severe", "Keep away from low-lying roads."),
)


class FakeWeather:
    """Keeps `WeatherSource` without a network."""

    label = "SAMPLE DATA, not real weather"
    trouble = ""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def alerts(self, area: Area) -> Report[tuple[Alert, ...]]:
        """Three alerts in every area, one of each kind; see `WeatherSource.alerts`."""
        now = self._now().astimezone(ZoneInfo(area.zone))
        begins = now.replace(minute=0, second=0, microsecond=0)
        alerts = [
            Alert(
                event=event,
                severity=severity,
                urgency="expected",
                certainty="likely",
                headline=f"SAMPLE: {event} for {area.name}",
                areas=f"Sample County, {area.code}",
                begins=begins,
                ends=begins + timedelta(hours=hours),
                description=f"This {event.lower()} is sample data.",
                instruction=instruction,
                sender="Deskhand sample data",
            )
            for hours, (event, severity, instruction) in enumerate(_EVENTS, start=2)
        ]
        return Report(ranked(alerts, now), now)

    async def forecast(self, latitude: float, longitude: float) -> Report[Forecast]:
        """Seven days, the same everywhere in the western hemisphere; see `WeatherSource.forecast`."""
        if longitude > -60:
            raise InvalidInput(f"The sample data has no forecast for {latitude:g}, {longitude:g}. Try place='Denver'.")
        now = self._now().astimezone(UTC)
        dawn = now.replace(hour=6, minute=0, second=0, microsecond=0)
        periods = (_period(dawn + timedelta(hours=12 * index)) for index in range(-1, 14))
        ahead = tuple(period for period in periods if period.ends > now)
        return Report(Forecast("Sample Town", "UTC", ahead), now)


def _period(begins: datetime) -> Period:
    """A warm dry day or a cool night; the day of the month makes the days differ."""
    night = begins.hour == 18
    return Period(
        name=f"{begins:%A}{' night' if night else ''}",
        begins=begins,
        ends=begins + timedelta(hours=12),
        temperature=(50 if night else 70) + begins.day % 10,
        unit="F",
        precipitation_percent=begins.day,
        wind="NW 10 mph",
        summary="SAMPLE: mostly clear" if night else "SAMPLE: mostly sunny",
        description="This forecast is sample data.",
    )
