"""The text of a VRT (GDAL's virtual raster) that adds to bands what rasterio has no call for. Opens nothing."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from .grid import Grid
from .model_card import NODATA, CropClass
from .tile_result import RasterSpec

RAT_COLUMNS = (("Value", 0, 5), ("Class", 2, 2), ("Name", 2, 0), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8))
"""Raster attribute table: name, GDAL type (0 integer, 2 string), usage (5 value, 2 name, 0 generic, 6-8 colour)."""


GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16"}


def raster_vrt(path: Path, grid: Grid, wkt: str, spec: RasterSpec, statistics: Sequence[Mapping[str, str]] = ()) -> str:
    """A VRT over the bands of a raster beside it.

    Args:
        path: the raster; the VRT must lie in the same folder.
        grid: of the raster.
        wkt: its coordinate system.
        spec: names, units and scale of the bands; with a legend they get a colour table, category names and a raster
            attribute table.
        statistics: GDAL's metadata of each band.
    """
    t = grid.transform
    bands = enumerate(statistics or [{} for _ in spec.descriptions], start=1)
    transform = ", ".join(repr(float(value)) for value in (t.c, t.a, t.b, t.f, t.d, t.e))
    return (
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}"><SRS>{html.escape(wkt)}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>"
        + "".join(_band(path, grid, spec, number, found) for number, found in bands)
        + "</VRTDataset>\n"
    )


def _band(path: Path, grid: Grid, spec: RasterSpec, number: int, statistics: Mapping[str, str]) -> str:
    size = f'xSize="{grid.width}" ySize="{grid.height}"'
    unit = spec.units[number - 1] if spec.units else ""
    items = "".join(f'<MDI key="{key}">{html.escape(value)}</MDI>' for key, value in statistics.items())
    return (
        f'<VRTRasterBand dataType="{GDAL_TYPES[spec.dtype]}" band="{number}">'
        f"<Metadata>{items}</Metadata>"
        f"<Description>{html.escape(spec.descriptions[number - 1])}</Description>"
        f"<UnitType>{html.escape(unit)}</UnitType><NoDataValue>{spec.nodata}</NoDataValue>"
        + (f"<Scale>{spec.gdal_scale!r}</Scale>" if spec.gdal_scale else "")
        + f"<ColorInterp>{'Palette' if spec.classes else 'Gray'}</ColorInterp>"
        f"{_legend(spec.classes) if spec.classes else ''}"
        f'<SimpleSource><SourceFilename relativeToVRT="1">{html.escape(path.name)}</SourceFilename>'
        f'<SourceBand>{number}</SourceBand><SrcRect xOff="0" yOff="0" {size}/><DstRect xOff="0" yOff="0" {size}/>'
        "</SimpleSource></VRTRasterBand>"
    )


def _legend(classes: Sequence[CropClass]) -> str:
    by_code = {entry.code: entry for entry in classes}
    titles = [by_code[code].title if code in by_code else "" for code in range(max(by_code) + 1)]
    colors = [by_code[code].rgb if code in by_code else (0, 0, 0) for code in range(NODATA + 1)]
    names = "".join(f"<Category>{html.escape(title)}</Category>" for title in titles)
    entries = "".join(f'<Entry c1="{red}" c2="{green}" c3="{blue}" c4="255"/>' for red, green, blue in colors)
    fields = "".join(
        f'<FieldDefn index="{number}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage></FieldDefn>'
        for number, (name, kind, usage) in enumerate(RAT_COLUMNS)
    )
    rows = "".join(
        f'<Row index="{number}">'
        + "".join(f"<F>{html.escape(str(value))}</F>" for value in (entry.code, entry.title, entry.name, *entry.rgb))
        + "</Row>"
        for number, entry in enumerate(classes)
    )
    return (
        f"<CategoryNames>{names}</CategoryNames><ColorTable>{entries}</ColorTable>"
        f'<GDALRasterAttributeTable tableType="thematic">{fields}{rows}</GDALRasterAttributeTable>'
    )
