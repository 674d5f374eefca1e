"""Coordinate systems by their text: whether two are one, and how long their units are. Moves no coordinates."""

from __future__ import annotations

import math

from pyproj import CRS
from pyproj.exceptions import CRSError

from backend.errors import GridError

METRES_PER_DEGREE = 111_320.0
"""Length of a degree of latitude: blocks on geographic grids are narrower on the ground from west to east."""
_LAST_LATITUDE = 89.0
"""Degrees of longitude are taken to be no shorter than here."""


def read_crs(crs: str) -> CRS:
    """The coordinate system of a text.

    Raises:
        GridError: if the text names no coordinate system.
    """
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise GridError(f"'{crs[:60]}' is no coordinate system.") from error


def is_same_crs(first: str, second: str) -> bool:
    """Whether two texts (WKT, authority codes) mean one coordinate system.

    Raises:
        GridError: if a text names no coordinate system.
    """
    return first == second or bool(read_crs(first).equals(read_crs(second), ignore_axis_order=True))


def metres_per_unit(crs: str) -> float:
    """Metres in one unit of a coordinate system; for degrees those of latitude.

    Raises:
        GridError: if the text names no coordinate system.
    """
    system = read_crs(crs)
    if system.is_geographic:
        return METRES_PER_DEGREE
    return float(system.axis_info[0].unit_conversion_factor) if system.axis_info else 1.0


def buffer_in_units(buffer_m: float, crs: str, latitude: float) -> float:
    """A distance in units of a coordinate system that is nowhere shorter than it on the ground.

    Args:
        buffer_m: metres.
        crs: the coordinate system.
        latitude: of the place farthest from the equator, where degrees of longitude are shortest; only used where
            the units are degrees.

    Raises:
        GridError: if the text names no coordinate system.
    """
    buffer = buffer_m / metres_per_unit(crs)
    if not read_crs(crs).is_geographic:
        return buffer
    return buffer / math.cos(math.radians(min(abs(latitude), _LAST_LATITUDE)))
