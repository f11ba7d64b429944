"""Finding areas and places by what people call them."""

from zoneinfo import ZoneInfo

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.weather.places import areas, complete_area, find_area, find_place, places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KS", "KS"),
        (" ks ", "KS"),
        ("kansas", "KS"),
        ("District of Columbia", "DC"),
        ("lake superior", "LS"),
        ("GM", "GM"),
    ],
)
def test_an_area_is_found_by_code_or_name(text: str, code: str) -> None:
    assert find_area(text).code == code


def test_an_unknown_area_names_the_nearest_and_all_valid_ones() -> None:
    with pytest.raises(InvalidInput, match=r"Nearest: KS \(Kansas\).*Valid codes: AL AK .* SL\."):
        find_area("Kanzas")


def test_every_area_has_a_time_zone_this_machine_knows() -> None:
    assert len(areas()) == 74
    assert all(ZoneInfo(area.zone) for area in areas().values())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Denver", "Denver, CO"),
        ("denver co", "Denver, CO"),
        ("Portland, Maine", "Portland, ME"),
        ("Saint Louis", "St. Louis, MO"),
        ("Hagatna", "Hagåtña, GU"),
    ],
)
def test_a_place_is_found_however_it_is_spelled(text: str, label: str) -> None:
    assert find_place(text).label == label


def test_a_name_of_two_places_asks_for_the_state() -> None:
    with pytest.raises(InvalidInput, match="Portland, ME or Portland, OR"):
        find_place("Portland")


def test_an_unknown_place_names_the_nearest_and_the_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"Nearest: Albuquerque, NM.*pass latitude and longitude"):
        find_place("Albuqerque")


def test_every_place_can_be_found_by_its_label_and_lies_where_the_service_works() -> None:
    for place in places():
        assert find_place(place.label) is place
        assert -15 < place.latitude < 72
        assert place.longitude < -64 or place.longitude > 144


def test_every_state_has_a_place() -> None:
    land = set(list(areas())[:51])
    assert land <= {place.state for place in places()}


def test_areas_complete_by_code_and_name() -> None:
    assert complete_area("k") == ["KS", "KY", "Kansas", "Kentucky"]
    assert complete_area("new m") == ["New Mexico"]
    assert complete_area("x") == []
