"""Coordinate systems by their text: the same ones, their units, and buffers that hold in degrees too."""

from __future__ import annotations

import pytest
from pyproj import CRS, Geod

from backend.errors import GridError
from training.crs import buffer_in_units, is_same_crs, metres_per_unit

UTM = "EPSG:32631"


def test_units_are_metres_on_the_ground() -> None:
    assert metres_per_unit(UTM) == 1
    assert metres_per_unit("EPSG:2229") == pytest.approx(0.3048, rel=1e-4)
    assert metres_per_unit("EPSG:4326") == pytest.approx(111_320)
    with pytest.raises(GridError, match="'nonsense' is no coordinate system"):
        metres_per_unit("nonsense")


def test_a_code_and_its_description_are_one_coordinate_system() -> None:
    assert is_same_crs(UTM, UTM)
    assert is_same_crs(UTM, CRS.from_epsg(32631).to_wkt())
    assert not is_same_crs(UTM, "EPSG:32632")


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 45.0, 70.0])
def test_a_buffer_in_degrees_is_nowhere_shorter_than_it_should_be(latitude: float) -> None:
    degrees = buffer_in_units(500.0, "EPSG:4326", latitude)
    ground = Geod(ellps="WGS84")
    # a degree of latitude is up to 0.7 % shorter than METRES_PER_DEGREE near the equator
    for lon, lat in ((degrees, latitude), (0.0, latitude + degrees)):
        assert ground.inv(0.0, latitude, lon, lat)[2] >= 500.0 * 0.993
    assert buffer_in_units(500.0, UTM, 60.0) == 500.0
