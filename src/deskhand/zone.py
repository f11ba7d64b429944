"""The person's time zone: the one in the settings, or this machine's."""

from datetime import UTC, datetime
from datetime import tzinfo as Zone
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskhand.errors import SettingsError
from deskhand.settings import environment

LOCALTIME = Path("/etc/localtime")
"""This machine's zone: a link into the time zone database, or a copy of one of its files."""


def zone_of(name: str) -> Zone:
    """The zone of an IANA name such as `Europe/Berlin`; when it is empty, this machine's.

    Raises:
        SettingsError: there is no such zone.
    """
    if not name:
        return local_zone(environment().get("TZ", ""), LOCALTIME)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"time_zone: there is no time zone {name!r}. Expected an IANA name, such as Europe/Berlin."
        ) from error


def local_zone(tz: str, localtime: Path) -> Zone:
    """The zone of a machine with its summer time, not only the offset it has today.

    `tz` is the variable TZ, a name or `:name`, which goes before the file. The offset of now is all there is left when
    neither names a zone, as with `TZ=CET-1CEST`.
    """
    place = Path(tz.removeprefix(":")) if tz else localtime.resolve()
    name = str(place).partition("/zoneinfo/")[2] or ("" if place.is_absolute() else str(place))
    try:
        if name:
            return ZoneInfo(name)
        with place.open("rb") as file:
            return ZoneInfo.from_file(file, key="local time")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.now().astimezone().tzinfo or UTC
