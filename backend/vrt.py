"""The text of a VRT (GDAL's virtual raster) that adds to a band what rasterio has no call for. Opens nothing."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from .grid import Grid
from .model_card import NODATA, CropClass

RAT_COLUMNS = (("Value", 0, 5), ("Class", 2, 2), ("Name", 2, 0), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8))
"""Raster attribute table: name, GDAL type (0 integer, 2 string), usage (5 value, 2 name, 0 generic, 6-8 colour)."""


def band_vrt(
    path: Path, grid: Grid, wkt: str, description: str, unit: str = "", classes: Sequence[CropClass] | None = None
) -> str:
    """A VRT over the one uint8 band of a raster beside it.

    Args:
        path: the raster; the VRT must lie in the same folder.
        grid: of the raster.
        wkt: its coordinate system.
        description: band name.
        unit: unit of the values.
        classes: with a legend the band gets a colour table, category names and a raster attribute table.
    """
    size = f'xSize="{grid.width}" ySize="{grid.height}"'
    t = grid.transform
    transform = ", ".join(repr(float(value)) for value in (t.c, t.a, t.b, t.f, t.d, t.e))
    return (
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}"><SRS>{html.escape(wkt)}</SRS>'
        f'<GeoTransform>{transform}</GeoTransform><VRTRasterBand dataType="Byte" band="1">'
        f"<Description>{html.escape(description)}</Description><UnitType>{html.escape(unit)}</UnitType>"
        f"<NoDataValue>{NODATA}</NoDataValue><ColorInterp>{'Palette' if classes else 'Gray'}</ColorInterp>"
        f"{_legend(classes) if classes else ''}"
        f'<SimpleSource><SourceFilename relativeToVRT="1">{html.escape(path.name)}</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" {size}/><DstRect xOff="0" yOff="0" {size}/>'
        "</SimpleSource></VRTRasterBand></VRTDataset>\n"
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
