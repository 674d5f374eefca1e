"""The table `acquisitions.csv` that says what the GeoTIFFs of its folder are. Opens no raster.

Columns: file (relative to the folder) and date (2018-04-18 or 20180418), and where wanted bands, sensor, level, tile,
scale, offset, nodata. A raster that is listed takes its date from the table alone.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path, PurePosixPath

from .errors import DamagedFileError, InputError
from .names import S2_BANDS, TILE_PATTERN, date_in, first_group, normal_band

NAME = "acquisitions.csv"
COLUMNS = ("file", "date", "bands", "sensor", "level", "tile", "scale", "offset", "nodata")
ALIASES = {"band": "bands"}
REQUIRED = ("file", "date")
LEVELS = ("", "L1C", "L2A")
LEFT_OUT = "-"
"""Stands in `bands` for a band of the file that is not wanted."""
SIZE_LIMIT = 16 << 20
"""Largest table, bytes; a line of a hundred bytes a date makes 160,000 dates."""
SCALES = (1e-6, 1.0)
"""Scales that are believed: numbers that are reflectance have 1, and a greater one is the wrong way up."""
MOST_OFFSET = 1.0
"""Largest offset of reflectance that is believed; a greater one is meant in digital numbers."""


@dataclass(frozen=True)
class SidecarRow:
    """What a line says of one file."""

    path: Path
    date: date
    bands: tuple[str | None, ...] = ()
    """Names of the file's bands in its order, None for one that is left out; empty where the file names them."""
    sensor: str = ""
    level: str = ""
    tile: str = ""
    scale: float | None = None
    """Reflectance = scale * number + offset, as GDAL's scale and offset; None where the file or its kind says it."""
    offset: float = 0.0
    nodata: float | None = None
    place: str = ""
    """The table and the line, for messages."""


def read_sidecar(path: Path) -> dict[Path, SidecarRow]:
    """The lines of a table, checked one by one; nothing is guessed.

    Raises:
        DamagedFileError: if the file is no text in UTF-8, or too large.
        InputError: naming the line: an unknown column, a file that is not there or listed twice, no date ...
    """
    rows: dict[Path, SidecarRow] = {}
    lines: dict[Path, int] = {}
    for number, values in _lines(path):
        row = _row(path, number, values)
        if row.path in rows:
            raise InputError(
                f"{row.place}: {values['file']} is already in line {lines[row.path]}.", "Remove one of the two lines."
            )
        rows[row.path], lines[row.path] = row, number
    return rows


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """(line number, column to text) of each line that is not empty."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise DamagedFileError(f"{path}: the table is larger than {SIZE_LIMIT >> 20} MiB.", "Check what it holds.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"{path}: the table is not a text in UTF-8.", "Save it as CSV in UTF-8.") from error
    head = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        table = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}: no line of CSV ({error}).", "Check quotes.") from error
    table = [(number, cells) for number, cells in table if any(cells)]
    if not table:
        raise InputError(f"{path}: the table is empty.", f"Give a first line with {', '.join(REQUIRED)}, or remove it.")
    columns = _columns(path, table[0][1])
    found = []
    for number, cells in table[1:]:
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise InputError(
                f"{path.name}, line {number}: {len(cells)} values, but {len(columns)} columns.",
                "Put values that hold commas into quotes.",
            )
        cells += [""] * (len(columns) - len(cells))
        found.append((number, dict(zip(columns, cells, strict=False))))
    return found


def _columns(path: Path, names: list[str]) -> list[str]:
    columns = [ALIASES.get(name.lower(), name.lower()) for name in names]
    for name, column in zip(names, columns, strict=True):
        if column not in COLUMNS:
            near = difflib.get_close_matches(column, COLUMNS, n=1, cutoff=0.5)
            meant = f" (is '{near[0]}' meant?)" if near else ""
            raise InputError(
                f"{path.name}: there is no column '{name}'{meant}; it takes {', '.join(COLUMNS)}.", "Rename the column."
            )
        if columns.count(column) > 1:
            raise InputError(f"{path.name}: the column '{column}' is there twice.", "Remove one of the two.")
    for column in REQUIRED:
        if column not in columns:
            raise InputError(f"{path.name}: the column '{column}' is missing.", "Add it to the first line.")
    return columns


def _row(path: Path, number: int, values: Mapping[str, str]) -> SidecarRow:
    place = f"{path.name}, line {number}"
    file = values["file"].replace("\\", "/")
    if not file or Path(file).is_absolute() or re.match(r"[A-Za-z]:", file) or ".." in PurePosixPath(file).parts:
        raise InputError(f"{place}: '{values['file']}' is no file below the folder of the table.", "Give its name.")
    if not (path.parent / file).is_file():
        raise InputError(f"{place}: there is no file {file} in {path.parent}.", "Correct the name or remove the line.")
    day = date_in(values["date"])
    if day is None:
        raise InputError(f"{place}: '{values['date']}' is not a date such as 2018-04-18.", "Correct the date.")
    level, tile = values.get("level", "").upper(), values.get("tile", "").upper()
    if level not in LEVELS:
        raise InputError(f"{place}: the level '{values['level']}' is neither L1C nor L2A.", "Correct the level.")
    if tile and not first_group(TILE_PATTERN, tile):
        raise InputError(f"{place}: '{values['tile']}' is no MGRS tile such as 31TEJ.", "Correct the tile.")
    scale, offset = _number(place, values, "scale"), _number(place, values, "offset")
    if scale is not None and not SCALES[0] <= scale <= SCALES[1]:
        raise InputError(
            f"{place}: the scale must be from {SCALES[0]:g} to {SCALES[1]:g}, not {scale:g}.",
            "Reflectance is scale * number + offset; for Sentinel-2 the scale is 0.0001.",
        )
    if offset is not None and scale is None:
        raise InputError(f"{place}: an offset needs a scale beside it.", "For Sentinel-2 the scale is 0.0001.")
    if offset is not None and abs(offset) > MOST_OFFSET:
        raise InputError(
            f"{place}: the offset {offset:g} is not one of reflectance = scale * number + offset.",
            f"Give {offset:g} times the scale: {offset * (scale or 1):g}.",
        )
    return SidecarRow(
        path=path.parent / file,
        date=day,
        bands=_bands(place, values.get("bands", "")),
        sensor=values.get("sensor", ""),
        level=level,
        tile=first_group(TILE_PATTERN, tile),
        scale=scale,
        offset=offset or 0.0,
        nodata=_number(place, values, "nodata"),
        place=place,
    )


def _bands(place: str, text: str) -> tuple[str | None, ...]:
    bands: list[str | None] = []
    for name in re.split(r"[\s,;|]+", text.strip()) if text.strip() else []:
        band = normal_band(name)
        if band not in (*S2_BANDS, "SCL") and name != LEFT_OUT:
            raise InputError(
                f"{place}: '{name}' is no band of Sentinel-2 (B01 to B12, B8A, SCL).",
                f"Give the names in the file's order, '{LEFT_OUT}' for a band that is none of these.",
            )
        if band in bands:
            raise InputError(f"{place}: the band {band} stands there twice.", "Give each band a name of its own.")
        bands.append(None if name == LEFT_OUT else band)
    return tuple(bands)


def _number(place: str, values: Mapping[str, str], column: str) -> float | None:
    text = values.get(column, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{place}: the {column} '{text}' is not a number.", "Correct it.") from None
    if column != "nodata" and not isfinite(number):
        raise InputError(f"{place}: the {column} '{text}' is not a finite number.", "Correct it.")
    return number
