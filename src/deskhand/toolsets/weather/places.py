"""The names people use for places: areas that have alerts, and cities the forecast knows without coordinates.

`data/areas.csv` holds the state, territory and marine area codes of the NWS API, each with its main time zone;
`data/places.csv` the largest cities and the capitals, because the NWS has no search by name.
"""

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from deskhand.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Area:
    """A state, territory or marine area; `zone` is the IANA time zone most of it keeps."""

    code: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Place:
    """A city; degrees are WGS 84, two decimals."""

    name: str
    state: str
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        """Such as `Denver, CO`."""
        return f"{self.name}, {self.state}"


@cache
def areas() -> dict[str, Area]:
    """All areas by code."""
    return {row["code"]: Area(**row) for row in _rows("areas.csv")}


@cache
def places() -> tuple[Place, ...]:
    """All cities, by name."""
    return tuple(
        Place(row["name"], row["state"], float(row["latitude"]), float(row["longitude"])) for row in _rows("places.csv")
    )


def find_area(text: str) -> Area:
    """The area with this code or name.

    Raises:
        InvalidInput: there is none; names the nearest ones and all codes.
    """
    wanted = _folded(text)
    for area in areas().values():
        if wanted in (_folded(area.code), _folded(area.name)):
            return area
    near = _nearest(wanted, {area.name: f"{area.code} ({area.name})" for area in areas().values()})
    raise InvalidInput(f"There is no state or area {text!r}.{near} Valid codes: {' '.join(areas())}.")


def find_place(text: str) -> Place:
    """The city with this name, alone or with its state (`Portland, OR`, `Portland Maine`).

    Raises:
        InvalidInput: there is none or several; names the nearest ones and the way out.
    """
    wanted = _folded(text)
    found = [place for place in places() if wanted in _spellings(place)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(f"{text!r} could be {' or '.join(place.label for place in found)}. Give the state too.")
    near = _nearest(wanted, {spelling: place.label for place in places() for spelling in _spellings(place)})
    raise InvalidInput(
        f"{text!r} is not among the {len(places())} US cities known by name.{near} "
        "For any other place pass latitude and longitude instead."
    )


def complete_area(start: str) -> list[str]:
    """Codes, then names, that begin with `start`."""
    names = [*areas(), *sorted(area.name for area in areas().values())]
    return [name for name in names if _folded(name).startswith(_folded(start))]


def _spellings(place: Place) -> tuple[str, str, str]:
    name, state = place.name, areas()[place.state]
    return _folded(name), _folded(f"{name} {state.code}"), _folded(f"{name} {state.name}")


def _nearest(wanted: str, names: dict[str, str]) -> str:
    by_folded = {_folded(name): label for name, label in names.items()}
    labels = dict.fromkeys(by_folded[key] for key in get_close_matches(wanted, by_folded, n=4, cutoff=0.6))
    return f" Nearest: {', '.join(labels)}." if labels else ""


def _folded(text: str) -> str:
    """`text` as people compare it: no case, accents or punctuation, `Saint` as `St`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join("st" if word == "saint" else word for word in words.split())


def _rows(name: str) -> Iterable[dict[str, str]]:
    table = files("deskhand.toolsets.weather").joinpath("data", name).read_text(encoding="utf-8")
    return csv.DictReader(table.splitlines())
