"""Which zone a machine is in."""

from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskhand.errors import SettingsError
from deskhand.zone import Zone, local_zone, zone_of

NOWHERE = Path("/nowhere/localtime")
WINTER, SUMMER = timedelta(hours=1), timedelta(hours=2)


def offsets(zone: Zone) -> tuple[timedelta | None, timedelta | None]:
    """What the zone's clocks show in January and in July."""
    return datetime(2026, 1, 1, tzinfo=zone).utcoffset(), datetime(2026, 7, 1, tzinfo=zone).utcoffset()


@pytest.mark.parametrize("tz", ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"])
def test_the_variable_tz_names_the_zone(tz: str) -> None:
    assert str(local_zone(tz, NOWHERE)) == "Europe/Berlin"


def test_without_a_name_the_zone_is_this_machines_with_its_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    zone = zone_of("")
    assert offsets(zone) == (WINTER, SUMMER)


def test_a_link_into_the_time_zone_database_names_the_zone(tmp_path: Path) -> None:
    (tmp_path / "zoneinfo" / "Europe").mkdir(parents=True)
    (tmp_path / "zoneinfo" / "Europe" / "Berlin").touch()
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo" / "Europe" / "Berlin")
    assert local_zone("", tmp_path / "localtime") == ZoneInfo("Europe/Berlin")


def test_a_copy_of_a_zones_file_has_its_summer_time(tmp_path: Path) -> None:
    (tmp_path / "localtime").write_bytes(files("tzdata.zoneinfo.Europe").joinpath("Berlin").read_bytes())
    assert offsets(local_zone("", tmp_path / "localtime")) == (WINTER, SUMMER)


@pytest.mark.parametrize("tz", ["", "CET-1CEST", "Nowhere/Land"])
def test_where_nothing_names_a_zone_the_offset_of_now_remains(tz: str) -> None:
    winter, summer = offsets(local_zone(tz, NOWHERE))
    assert winter == summer == datetime.now().astimezone().utcoffset()


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="time_zone: there is no time zone 'Mars/Base'"):
        zone_of("Mars/Base")
