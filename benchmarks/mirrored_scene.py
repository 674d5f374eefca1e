"""Inputs of benchmarks/dataset.py: real products and parcels, mirrored side by side over as much ground as is wanted.

Pixels, metadata and names are those of the real products; what JPEG 2000 files of Sentinel-2 look like inside (tiles,
lossless, about 8 bits a pixel) is made anew, since the real ones at hand are cut out of a tile and compressed again.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely

SERIES, PARCELS = "SAFE", "parcels.gpkg"
PRODUCTS = "languedoc_s2_rpg2018/SAFE"
FIELDS = "parcels/rpg_boigneville_west.gpkg"
DAYS = ("20180123", "20180418", "20180627", "20180806", "20180826", "20180920")
JP2_TILE = {10: 1024, 20: 640}
"""Side of the tiles inside the files, pixels, by their resolution in metres: as ESA's products have them."""
ROWS, COLS = 352, 232
"""Of the real images at 10 m, without the last row: the 20 m pixels then stay over the same 10 m pixels."""
CROPS = (
    "winter_common_soft_wheat",
    "winter_durum_hard_wheat",
    "barley",
    "rapeseed_rape",
    "maize_corn",
    "summer_industrial",
    "pasture_meadow_grassland_grass",
    "fallow_land_not_crop",
)


def make_scene(data: Path, folder: Path, side: int, days: tuple[str, ...] = DAYS) -> Path:
    """Products of `side` x `side` pixels of 10 m and parcels all over them in `folder`, unless they are there.

    Args:
        data: folder of the real data.
        folder: of the scene.
        side: of the images, a multiple of 2.
        days: which of the real products.
    """
    if (folder / PARCELS).is_file():
        return folder
    images = []
    for product in sorted((data / PRODUCTS).rglob("*.SAFE")):
        if any(f"_{day}T" in product.name for day in days):
            target = folder / SERIES / product.name
            shutil.copytree(product, target, ignore=shutil.ignore_patterns("*.jp2"), copy_function=shutil.copyfile)
            images += [
                (source, target / source.relative_to(product), side) for source in sorted(product.rglob("*.jp2"))
            ]
            for place in (target, *target.rglob("*")):  # the real data may be write-protected
                place.chmod(0o755 if place.is_dir() else 0o644)
    with ProcessPoolExecutor() as pool:
        list(pool.map(_mirror_image, *zip(*images, strict=True)))
    _write_parcels(data / FIELDS, next((folder / SERIES).rglob("*_B02_10m.jp2")), folder / PARCELS)
    return folder


def _mirror_image(source: Path, target: Path, side: int) -> None:
    """Write an image of `side` pixels of 10 m, whatever its own resolution."""
    with rasterio.open(source) as src:
        resolution = round(src.res[0])
        values = src.read(1)[: ROWS * 10 // resolution, : COLS * 10 // resolution]
        profile = src.profile
    own = side * 10 // resolution
    values = np.pad(values, ((0, own - values.shape[0]), (0, own - values.shape[1])), mode="symmetric")
    profile.update(
        driver="JP2OpenJPEG",
        height=own,
        width=own,
        tiled=True,
        blockxsize=JP2_TILE[resolution],
        blockysize=JP2_TILE[resolution],
        QUALITY="100",
        REVERSIBLE="YES",
    )
    with rasterio.open(target, "w", **profile) as dst:
        dst.write(values, 1)


def _write_parcels(source: Path, image: Path, target: Path) -> None:
    """Real parcels side by side over all of the image, with crops drawn at random."""
    with rasterio.open(image) as src:
        bounds, crs = src.bounds, src.crs.to_string()
    shapes = shapely.from_wkb(pyogrio.raw.read(source, columns=[], force_2d=True)[2])
    left, bottom, right, top = shapely.total_bounds(shapes)
    at_origin = shapely.transform(shapes, lambda xy: xy - (left, top))
    moved = np.concatenate(
        [
            shapely.transform(at_origin, np.array((x, y)).__add__)
            for x in np.arange(bounds.left, bounds.right, right - left)
            for y in np.arange(bounds.top, bounds.bottom, bottom - top)
        ]
    )
    crops = np.random.default_rng(0).choice(np.array(CROPS, dtype=object), len(moved))
    pyogrio.raw.write(
        target,
        shapely.to_wkb(moved),
        field_data=[crops, np.arange(1, len(moved) + 1)],
        fields=["crop", "pid"],
        geometry_type="Unknown",
        crs=crs,
    )
