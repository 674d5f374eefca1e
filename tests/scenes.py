"""Sentinel-2 scenes small enough to check by hand, written as GeoTIFFs or as .SAFE products.

A scene is an array of class codes, one per 10 m pixel. A crop is green near its day of the year in
``tiny_model`` and bare otherwise, so that the tiny model must find the very same array again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import rasterio
import shapely
from affine import Affine
from tiny_model import is_green

UTM = "EPSG:32631"
LEFT, TOP = 500000.0, 4800000.0
"""Upper left corner of every scene, metres."""
BANDS_10M = ("B02", "B03", "B04", "B08")
BANDS_20M = ("B05", "B06", "B07", "B8A", "B11", "B12")
BARE = {"B02": 800, "B03": 1000, "B04": 2000, "B05": 2100, "B06": 2200, "B07": 2300, "B08": 2500, "B8A": 2600,
        "B11": 3000, "B12": 2800}  # fmt: skip
"""Reflectance times 10000 of bare soil."""
GREEN = {**BARE, "B02": 200, "B03": 500, "B04": 300, "B08": 4000, "B8A": 4100}
DAYS = (date(2018, 4, 20), date(2018, 5, 20), date(2018, 8, 1), date(2018, 9, 1))
"""Wheat is green on the first two, maize on the last two."""

CROPS = np.zeros((16, 24), dtype=np.uint8)
"""Rows 0-9: wheat (1) in columns 0-11, maize (5) in columns 12-23; rows 10-15: no parcel (0)."""
CROPS[:10, :12] = 1
CROPS[:10, 12:] = 5

CLEAR_SCL = 4
CLOUD_SCL = 9


def transform(cell: float = 10.0, left: float = LEFT, top: float = TOP) -> Affine:
    """North up, square cells."""
    return Affine(cell, 0, left, 0, -cell, top)


def write_raster(
    path: Path,
    values: npt.ArrayLike,
    names: Sequence[str] = (),
    place: Affine | None = None,
    crs: str | None = UTM,
    nodata: float | None = 0,
    **profile: Any,
) -> Path:
    """Write (C, H, W) or (H, W) values; names become band descriptions."""
    array = np.asarray(values)
    array = array[None] if array.ndim == 2 else array
    options: dict[str, Any] = {"driver": "GTiff", "nodata": nodata, "crs": crs, **profile}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", count=array.shape[0], height=array.shape[1], width=array.shape[2], dtype=array.dtype,
        transform=place or transform(), **options,
    ) as dst:  # fmt: skip
        dst.write(array)
        for number, name in enumerate(names, start=1):
            dst.set_band_description(number, name)
    return path


def band_values(band: str, crops: npt.NDArray[np.uint8], day: date) -> npt.NDArray[np.uint16]:
    """Reflectance times 10000 of one band of a scene; 20 m bands take every second pixel."""
    green = np.vectorize(lambda code: is_green(day.timetuple().tm_yday, int(code)))(crops)
    values = np.where(green, GREEN[band], BARE[band]).astype(np.uint16)
    return values if band in BANDS_10M else values[::2, ::2]


def clear_scl(crops: npt.NDArray[np.uint8], value: int = CLEAR_SCL) -> npt.NDArray[np.uint8]:
    """A scene classification of one value, 20 m."""
    return np.full((crops.shape[0] // 2, crops.shape[1] // 2), value, dtype=np.uint8)


def write_date(
    folder: Path,
    day: date,
    crops: npt.NDArray[np.uint8] = CROPS,
    scl: npt.NDArray[np.uint8] | None = None,
    prefix: str = "S2_L2A_",
    left: float = LEFT,
    top: float = TOP,
    crs: str = UTM,
    leave_out: Sequence[str] = (),
) -> None:
    """One date as three GeoTIFFs: 10 m bands, 20 m bands, SCL."""
    stem = f"{prefix}{day:%Y%m%d}"
    for bands, cell in ((BANDS_10M, 10.0), (BANDS_20M, 20.0)):
        names = [band for band in bands if band not in leave_out]
        values = np.stack([band_values(band, crops, day) for band in names])
        write_raster(folder / f"{stem}_{cell:.0f}m.tif", values, names, transform(cell, left, top), crs)
    scl = clear_scl(crops) if scl is None else scl
    write_raster(folder / f"{stem}_SCL_20m.tif", scl, ["SCL"], transform(20.0, left, top), crs)


METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-{short}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-{short}.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{day}T10:40:21.026Z</PRODUCT_START_TIME>
      <PRODUCT_URI>{name}</PRODUCT_URI>
      <PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
      <Datatake><SPACECRAFT_NAME>Sentinel-{sensor}</SPACECRAFT_NAME></Datatake>
      <Product_Organisation><Granule_List>{granules}</Granule_List></Product_Organisation>
    </Product_Info>
    <Product_Image_Characteristics>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX>
      </Special_Values>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX>
      </Special_Values>
      {characteristics}
    </Product_Image_Characteristics>
  </n1:General_Info>
</n1:Level-{short}_User_Product>
"""
GRANULE_METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-1C_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-1C_Tile_Metadata.xsd">
  <n1:General_Info>
    <TILE_ID>S2A_OPER_MSI_L1C_TL_EPA__{day:%Y%m%d}T163456_A014741_T{tile}_N02.02</TILE_ID>
    <SENSING_TIME>{day}T10:40:24.462Z</SENSING_TIME>
  </n1:General_Info>
</n1:Level-1C_Tile_ID>
"""
BAND_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True)
class Granule:
    """What one granule of a product shows, and where."""

    crops: npt.NDArray[np.uint8] = field(default_factory=CROPS.copy)
    tile: str = "31TEJ"
    left: float = LEFT
    top: float = TOP
    scl: npt.NDArray[np.uint8] | None = None
    """20 m; all clear where it is not given. Level 2A only."""
    cloud_mask: npt.NDArray[np.uint8] | None = None
    """(3, H, W) of 20 m: opaque cloud, cirrus, snow; the mask MSK_CLASSI_B00 of level 1C."""
    numbers: Mapping[str, npt.NDArray[np.uint16]] = field(default_factory=dict)
    """Digital numbers of bands, in place of those of the crops."""
    crs: str = UTM


def write_safe(
    folder: Path,
    day: date,
    crops: npt.NDArray[np.uint8] = CROPS,
    level: str = "L2A",
    baseline: str = "02.08",
    offsets: Mapping[str, float] | float = 0.0,
    quantification: float = 10000.0,
    suffix: str = ".tif",
    granules: Sequence[Granule] = (),
    sensor: str = "2A",
    old: bool = False,
) -> Path:
    """One date as a .SAFE product: numbers are reflectance * quantification - offset, as ESA writes them.

    Args:
        folder: where the product is put.
        day: date of the images.
        crops: the scene of a product of one granule.
        level: L2A (10 m, 20 m and SCL in folders of their own) or L1C (all in one folder).
        baseline: processing baseline.
        offsets: per band, or one for all; before baseline 04.00 written to the metadata where it is not 0.
        quantification: as in the metadata.
        suffix: .tif, or .jp2 for lossless JPEG 2000.
        granules: what the product shows, where it is more than `crops`.
        sensor: 2A, 2B ...
        old: in the format before December 2016, of level 1C.

    Returns:
        The product's folder.
    """
    granules = granules or [Granule(crops)]
    code = baseline.replace(".", "")
    name = (
        f"S2A_OPER_PRD_MSIL1C_PDMC_{day:%Y%m%d}T170922_R008_V{day:%Y%m%d}T104021_{day:%Y%m%d}T104021.SAFE"
        if old
        else f"S{sensor}_MSI{level}_{day:%Y%m%d}T104021_N{code}_R008_T{granules[0].tile}_{day:%Y%m%d}T170922.SAFE"
    )
    listed = []
    for granule in granules:
        stem = f"T{granule.tile}_{day:%Y%m%d}T104021"
        place = f"{level}_T{granule.tile}_A014741_{day:%Y%m%d}T104021"
        if old:
            place = f"S2A_OPER_MSI_L1C_TL_EPA__{day:%Y%m%d}T163456_A014741_T{granule.tile}_N02.02"
            stem = place.removesuffix("_N02.02")
        _write_granule(folder / name / "GRANULE" / place, stem, granule, day, level, offsets, quantification, suffix)
        if old or len(granules) > 1:
            text = GRANULE_METADATA.format(day=day, tile=granule.tile)
            metadata = "S2A_OPER_MTD_L1C_TL.xml" if old else "MTD_TL.xml"
            (folder / name / "GRANULE" / place / metadata).write_text(text, encoding="utf-8")
        listed.append(
            f'<Granules granuleIdentifier="{place}"><IMAGE_ID>{stem}_B02</IMAGE_ID></Granules>'
            if old
            else f'<Granule granuleIdentifier="S2A_OPER"><IMAGE_FILE>GRANULE/{place}/IMG_DATA/{stem}_B02</IMAGE_FILE>'
            "</Granule>"
        )
    text = METADATA.format(
        short=level[1:],
        day=day.isoformat(),
        name="" if old else name,
        baseline=baseline,
        sensor=sensor,
        granules="".join(listed),
        characteristics=_characteristics(level, offsets, quantification, lists_all=baseline >= "04.00"),
    )
    metadata = name.replace("PRD_MSI", "MTD_SAF").replace(".SAFE", ".xml") if old else f"MTD_MSI{level}.xml"
    (folder / name / metadata).write_text(text, encoding="utf-8")
    return folder / name


def _write_granule(
    folder: Path,
    stem: str,
    granule: Granule,
    day: date,
    level: str,
    offsets: Mapping[str, float] | float,
    quantification: float,
    suffix: str,
) -> None:
    profile: dict[str, Any] = {"crs": granule.crs}
    if suffix == ".jp2":
        profile |= {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES", "nodata": None}
    images = folder / "IMG_DATA"
    for bands, cell in ((BANDS_10M, 10), (BANDS_20M, 20)):
        for band in bands:
            reflectance = band_values(band, granule.crops, day).astype(float) / 10000
            offset = offsets if isinstance(offsets, float) else offsets.get(band, 0.0)
            numbers = np.rint(reflectance * quantification - offset).astype(np.uint16)
            place, end = (images / f"R{cell}m", f"_{cell}m") if level == "L2A" else (images, "")
            write_raster(
                place / f"{stem}_{band}{end}{suffix}",
                granule.numbers.get(band, numbers),
                (),
                transform(float(cell), granule.left, granule.top),
                **profile,
            )
    coarse = transform(20.0, granule.left, granule.top)
    if level == "L2A":
        scl = clear_scl(granule.crops) if granule.scl is None else granule.scl
        write_raster(images / "R20m" / f"{stem}_SCL_20m{suffix}", scl, (), coarse, **profile)
    if granule.cloud_mask is not None:
        profile["nodata"] = None
        write_raster(folder / "QI_DATA" / f"MSK_CLASSI_B00{suffix}", granule.cloud_mask, (), coarse, **profile)


def _characteristics(level: str, offsets: Mapping[str, float] | float, quantification: float, lists_all: bool) -> str:
    value, offset_name = "QUANTIFICATION_VALUE", "RADIO_ADD_OFFSET"
    if level == "L2A":
        value, offset_name = "BOA_QUANTIFICATION_VALUE", "BOA_ADD_OFFSET"
    lines = [f'<{value} unit="none">{quantification:g}</{value}>']
    for number, band in enumerate(BAND_IDS):
        offset = offsets if isinstance(offsets, float) else offsets.get(band, 0.0)
        if offset or lists_all:
            lines.append(f'<{offset_name} band_id="{number}">{offset:g}</{offset_name}>')
    return "".join(lines)


def write_zip(path: Path, *products: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Zip products as they are downloaded, each with its own folder in the zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for product in products:
            for file in sorted(product.rglob("*")):
                archive.write(file, file.relative_to(product.parent))
    return path


def write_region(path: Path, *shapes: Any, crs: str | None = UTM) -> Path:
    """Write polygons (or points) as a GeoPackage, GeoJSON ..., by the path's ending."""
    geometry = shapely.to_wkb(np.array(shapes, dtype=object))
    pyogrio.raw.write(
        path,
        geometry=geometry,
        field_data=[],
        fields=[],
        geometry_type=shapes[0].geom_type if shapes else "Polygon",
        crs=crs,
    )
    return path


def box(row: float, col: float, height: float, width: float) -> Any:
    """A rectangle given in 10 m pixels from the scene's upper left corner."""
    left, top = LEFT + 10 * col, TOP - 10 * row
    return shapely.box(left, top - 10 * height, left + 10 * width, top)


def read(path: Path) -> npt.NDArray[Any]:
    """First band of a raster, (H, W)."""
    with rasterio.open(path) as src:
        return np.asarray(src.read(1))


def listing(folder: Path) -> dict[str, bytes]:
    """Name and content of every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
