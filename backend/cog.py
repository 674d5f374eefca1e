"""Rasters out: a GeoTIFF that is filled window by window, and the cloud-optimised one (COG) that it becomes.

Knows nothing of models or of what the numbers mean; a RasterSpec says how a raster is called, coded and thinned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import rasterio
import rasterio.shutil
from rasterio.windows import Window as RasterioWindow

from .grid import Grid, Window
from .raster import disk_errors, grid_of, open_raster
from .raster_statistics import ValueCounts
from .tile_result import RasterSpec
from .vrt import raster_vrt

OUTPUT_TILE = 512
"""Side of the internal tiles of the rasters written, cells."""


class RasterWriter:
    """A GeoTIFF that is filled window by window and becomes a COG when it is whole."""

    def __init__(self, path: Path, grid: Grid, spec: RasterSpec) -> None:
        """Open `path` for writing on `grid`; cells never written are nodata."""
        self.path = path
        self._cells = grid.height * grid.width
        self._counts = [ValueCounts(spec.dtype, spec.nodata) for _ in spec.descriptions]
        with disk_errors(path):
            self._dst = rasterio.open(
                path,
                "w",
                driver="GTiff",
                width=grid.width,
                height=grid.height,
                count=len(spec.descriptions),
                dtype=spec.dtype,
                crs=grid.crs,
                transform=grid.transform,
                nodata=spec.nodata,
                tiled=True,
                blockxsize=OUTPUT_TILE,
                blockysize=OUTPUT_TILE,
                interleave="band",
                compress="deflate",
                zlevel=1,
                sparse_ok=True,
                bigtiff="if_safer",
            )

    def write(self, values: npt.NDArray[Any], window: Window) -> None:
        """Write (bands, H, W) values, or (H, W) of the one band, to a window of the grid, each cell once."""
        place = RasterioWindow(window.col, window.row, window.width, window.height)
        bands = values[None] if values.ndim == 2 else values
        for counts, band in zip(self._counts, bands, strict=True):
            counts.add(band)
        with disk_errors(self.path):
            self._dst.write(bands, window=place)

    def statistics(self) -> list[dict[str, str]]:
        """GDAL's statistics of each band; see raster_statistics.py."""
        return [counts.statistics(self._cells) for counts in self._counts]

    def close(self) -> None:
        """Write what is still in memory."""
        with disk_errors(self.path):
            self._dst.close()


def write_cog(source: Path, destination: Path, spec: RasterSpec, statistics: Sequence[Mapping[str, str]] = ()) -> None:
    """Turn a finished GeoTIFF into a cloud-optimised one, with overviews.

    With a legend the file gets a colour table, and category names and a raster attribute table (RAT) in the .aux.xml
    beside it.

    Args:
        source: the GeoTIFF of a RasterWriter, closed.
        destination: the COG; its .aux.xml lies beside it.
        spec: of the raster.
        statistics: of each band, as the writer counted them.
    """
    vrt = source.with_suffix(".vrt")
    with open_raster(source) as src:
        text = raster_vrt(source, grid_of(src), src.crs.to_wkt(), spec, statistics)
    vrt.write_text(text, encoding="utf-8")
    with disk_errors(destination):
        rasterio.shutil.copy(
            vrt,
            destination,
            driver="COG",
            compress="deflate",
            level=4,  # two thirds of the time of 6, and all layers together 4 % larger
            # a quarter less space for probabilities and embeddings, which are smooth; codes and edges get no smaller
            predictor="YES" if spec.gdal_scale else "NO",
            blocksize=OUTPUT_TILE,
            overview_resampling=spec.overview,
            resampling=spec.overview,
            bigtiff="if_safer",
        )
    vrt.unlink()
