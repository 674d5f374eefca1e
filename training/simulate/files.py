"""Writes a scene as files: GeoTIFF per date and resolution, parcels, truth, meta.json. Same scene, same bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
from affine import Affine
from numpy.typing import NDArray

from .scene import CRS, Scene
from .settings import BANDS_10M, BANDS_20M, FINE_M, read_legend


def write_scene(scene: Scene, directory: Path, *, truth: bool = True) -> None:
    """Write a scene into a folder, which is made if need be.

    Args:
        scene: from `simulate_scene`.
        directory: gets S2_L2A_YYYYMMDD_{10m,20m,SCL_20m}.tif, parcels.gpkg, meta.json and, with `truth`,
            truth/{class,parcel,boundary}_2p5m.tif.
        truth: whether the truth rasters are wanted.
    """
    directory.mkdir(parents=True, exist_ok=True)
    grid20 = _rescale(scene.transform, 2)
    for index, day in enumerate(scene.dates):
        stem, tags = f"S2_L2A_{day:%Y%m%d}", {"DATE": f"{day:%Y-%m-%d}"}
        _write_raster(directory / f"{stem}_10m.tif", scene.bands_10m[index], scene.transform, BANDS_10M, 0, tags)
        _write_raster(directory / f"{stem}_20m.tif", scene.bands_20m[index], grid20, BANDS_20M, 0, tags)
        _write_raster(directory / f"{stem}_SCL_20m.tif", scene.scl[index][None], grid20, ("SCL",), 0, tags)
    _write_parcels(scene, directory / "parcels.gpkg")
    if truth:
        folder = directory / "truth"
        folder.mkdir(exist_ok=True)
        fine = _rescale(scene.transform, FINE_M / 10)
        _write_raster(folder / "class_2p5m.tif", scene.class_fine[None], fine, ("class",), None, {})
        _write_raster(folder / "parcel_2p5m.tif", scene.parcel_fine[None], fine, ("parcel",), None, {})
        _write_raster(folder / "boundary_2p5m.tif", boundary(scene.parcel_fine)[None], fine, ("boundary",), None, {})
    (directory / "meta.json").write_text(json.dumps(describe(scene), indent=1) + "\n", encoding="utf-8")


def _rescale(transform: Affine, factor: float) -> Affine:
    """The same corner with cells `factor` times as large."""
    return Affine(transform.a * factor, 0.0, transform.c, 0.0, transform.e * factor, transform.f)


def boundary(parcel: NDArray[np.int32]) -> NDArray[np.uint8]:
    """1 where the 3 x 3 neighbourhood of a cell holds another parcel (or none), else 0."""
    edge = np.zeros(parcel.shape, bool)
    padded = np.pad(parcel, 1, mode="edge")
    rows, cols = parcel.shape
    for row in range(3):
        for col in range(3):
            edge |= padded[row : row + rows, col : col + cols] != parcel
    return edge.astype(np.uint8)


def describe(scene: Scene) -> dict[str, object]:
    """The content of meta.json. File names without folders: a scene does not tell where it was made."""
    settings = asdict(scene.settings)
    for key in ("geometry", "profiles"):
        settings[key] = None if settings[key] is None else Path(settings[key]).name
    settings["crops"] = dict(scene.settings.crop_weights)
    # only where there is any, so that scenes without keep their bytes
    noise = {"label_noise": scene.label_noise} if scene.label_noise else {}
    classes = {code: name for name, code in read_legend().items()}
    codes, counts = np.unique(scene.class_fine, return_counts=True)
    return {
        "simulated": True,
        "classes": {str(code): name for code, name in classes.items()},
        "dates": [
            {
                "date": f"{day:%Y%m%d}",
                "true_clear": round(share, 4),
                "jitter_east_m": round(float(jitter[0]), 3),
                "jitter_south_m": round(float(jitter[1]), 3),
            }
            for day, share, jitter in zip(scene.dates, scene.clear_share, scene.jitter_m, strict=True)
        ],
        "parcels": len(scene.parcels),
        **noise,
        "class_cells_2p5m": {str(code): int(count) for code, count in zip(codes, counts, strict=True)},
        "profiles": scene.profile_sources,
        "settings": settings,
    }


def _write_raster(
    path: Path,
    values: NDArray[np.generic],
    transform: Affine,
    names: tuple[str, ...],
    nodata: int | None,
    tags: dict[str, str],
) -> None:
    """Write (C, H, W) integers as a deflated GeoTIFF with named bands."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype=values.dtype,
        count=values.shape[0],
        height=values.shape[1],
        width=values.shape[2],
        crs=CRS,
        transform=transform,
        nodata=nodata,
        compress="deflate",
        zlevel=9,
        predictor=2,
        interleave="band",
        tiled=False,
        blockysize=values.shape[1],
    ) as dst:
        dst.write(values)
        dst.descriptions = names
        dst.update_tags(**tags)


def _write_parcels(scene: Scene, path: Path) -> None:
    path.unlink(missing_ok=True)
    # A GeoPackage notes when it was written; GDAL takes the time from here, so that the bytes stay the same.
    stamp = f"{scene.dates[-1]:%Y-%m-%d}T00:00:00Z"
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        pyogrio.write_dataframe(scene.parcels, path, layer="parcels", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
