"""What file names and tags of Sentinel-2 images say: dates, bands, tiles. Opens nothing."""

from __future__ import annotations

import re
from datetime import date

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2")
S2_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""In the order of the metadata's band_id, which runs from 0."""

DATE_PATTERN = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_:]?(0[1-9]|1[0-2])[-_:]?(0[1-9]|[12]\d|3[01])(?!\d)")
TILE_PATTERN = re.compile(r"(?:^|[_.-])T?(\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])(?=[_.-]|$)")
SENSOR_PATTERN = re.compile(r"(?:^|[_.-])(S2[A-D])(?=[_.-])")
LEVEL_PATTERN = re.compile(r"(?:^|[_.-])(?:MSI)?(L1C|L2A)(?=[_.-]|$)")
BAND_PATTERN = re.compile(r"(?:^|[_.\s-])(B(?:0?[1-9]|1[0-2]|8A)|SCL)(?=[_.\s-]|$)", re.IGNORECASE)
BASELINE_PATTERN = re.compile(r"_N(\d{2})(\d{2})_")
RESOLUTION_PATTERN = re.compile(r"_(10|20|60)m(?=[_.]|$)")


def first_group(pattern: re.Pattern[str], *texts: str) -> str:
    """What a pattern's group is in the first text that it is found in; empty if in none."""
    return next((match.group(1) for text in texts if (match := pattern.search(text))), "")


def date_in(text: str) -> date | None:
    """The first date such as 20180418, 2018-04-18 or 2018:04:18; a time that starts with T is not looked at."""
    match = DATE_PATTERN.search(re.sub(r"T\d{6}.*", "", text, count=1))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def band_in(text: str) -> str | None:
    """The band that a text names, as B02, B8A or SCL."""
    match = BAND_PATTERN.search(text)
    return normal_band(match.group(1)) if match else None


def normal_band(name: str) -> str:
    """B2 and b02 are B02; other names in capitals."""
    name = name.strip().upper()
    return f"B{int(name[1:]):02d}" if re.fullmatch(r"B[0-9]{1,2}", name) else name


def baseline_in(text: str) -> str:
    """The processing baseline of a product's name, as 02.08; empty if it has none."""
    match = BASELINE_PATTERN.search(text)
    return f"{match.group(1)}.{match.group(2)}" if match else ""


def resolution_in(text: str) -> int:
    """Metres that a file's name ends with, as in _20m; 0 where it has none."""
    return int(first_group(RESOLUTION_PATTERN, text) or 0)
