"""Alerts and forecasts: what they are, and the protocol a source of them keeps.

Severity, urgency and certainty are those of the Common Alerting Protocol 1.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from deskhand.toolsets.weather.places import Area

T = TypeVar("T")

Severity = Literal["extreme", "severe", "moderate", "minor", "unknown"]
SEVERITIES: tuple[Severity, ...] = ("extreme", "severe", "moderate", "minor", "unknown")
"""Worst first."""


class Alert(BaseModel):
    """A warning, watch, advisory or statement that is in force."""

    model_config = ConfigDict(frozen=True)

    event: str
    severity: Severity
    urgency: str
    certainty: str
    headline: str
    areas: str = Field(description="Counties or zones, separated by semicolons.")
    begins: datetime
    ends: datetime
    description: str
    instruction: str
    sender: str


class Period(BaseModel):
    """Half a day of a forecast."""

    model_config = ConfigDict(frozen=True)

    name: str
    begins: datetime
    ends: datetime
    temperature: float
    unit: Literal["F", "C"]
    precipitation_percent: float | None = Field(description="Probability; null when the service gives none.")
    wind: str
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """The periods ahead at one point; `place` is the source's name for it, `zone` its IANA time zone."""

    place: str
    zone: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """What a source says, when it last confirmed that, and what is wrong if that is not now."""

    value: T
    as_of: datetime
    trouble: str = ""


class WeatherSource(Protocol):
    """Where weather comes from. All text is from outside; hidden characters are made visible."""

    @property
    def label(self) -> str:
        """Who says so, as shown in every result."""
        ...

    @property
    def trouble(self) -> str:
        """What went wrong with the last request; empty when it went well."""
        ...

    async def alerts(self, area: Area) -> Report[tuple[Alert, ...]]:
        """The alerts in force, worst first, then by when they end; times in the area's zone.

        Raises:
            Unavailable: the source fails and nothing is known from before.
        """
        ...

    async def forecast(self, latitude: float, longitude: float) -> Report[Forecast]:
        """The periods that are not over yet; times in the point's zone.

        Raises:
            InvalidInput: the source does not cover the point.
            Unavailable: the source fails and nothing is known from before.
        """
        ...


def ranked(alerts: Iterable[Alert], now: datetime) -> tuple[Alert, ...]:
    """The alerts in force, worst first, then by when they end."""
    in_force = (alert for alert in alerts if alert.ends > now)
    return tuple(sorted(in_force, key=lambda alert: (SEVERITIES.index(alert.severity), alert.ends)))
