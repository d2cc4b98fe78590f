import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalogue.rules import (
    are_hazard_properties,
    category_of,
    distance_km,
    is_identified_unlisted,
    is_waste_code,
)

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def test_category_is_the_last_two_digits():
    assert category_of("900-045-49") == "HW49"


@pytest.mark.parametrize("text", ["", "900-045-4", "900045-49", "９00-045-49", "900-045-49 ", "HW49"])
def test_what_is_no_waste_code(text):
    assert not is_waste_code(text)
    with pytest.raises(ValueError, match="应形如"):
        category_of(text)


@pytest.mark.parametrize(("code", "answer"), [("900-000-49", True), ("900-001-49", False), ("800-000-49", False)])
def test_identified_but_unlisted(code, answer):
    assert is_identified_unlisted(code) is answer


@pytest.mark.parametrize("text", ["T", "In", "T,C", "T/C/I/R/In", "R,T"])
def test_hazard_properties(text):
    assert are_hazard_properties(text)


@pytest.mark.parametrize("text", ["", "X", "T,", "T,T", "t", "TC", "T;C", "T，C"])
def test_what_are_no_hazard_properties(text):
    assert not are_hazard_properties(text)


def test_distance_from_dazu_to_suining():
    assert distance_km(105.721733, 29.707032, 105.568297, 30.525475) == pytest.approx(92.2, abs=0.5)


def test_a_degree_of_latitude():
    assert distance_km(106, 29, 106, 30) == pytest.approx(111.195, abs=0.01)


@given(longitudes, latitudes, longitudes, latitudes)
def test_distance_is_symmetric_and_bounded(lon1, lat1, lon2, lat2):
    there = distance_km(lon1, lat1, lon2, lat2)
    assert 0 <= there <= 20016
    assert there == pytest.approx(distance_km(lon2, lat2, lon1, lat1))
