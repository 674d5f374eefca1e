"""How the images of a series are compressed inside, told in cells of its grid: what blocks are cut along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .chunk_reader import chunk_sides
from .grid import Grid
from .observations import BandSource, Observation
from .raster import read_layout
from .tiling import Chunks


def image_chunks(observations: Sequence[Observation], bands: Sequence[str], grid: Grid) -> Chunks:
    """The chunks of the finest band of the first date; those of coarser bands and of other tiles lie elsewhere.

    Args:
        observations: those that are used.
        bands: that the model wants.
        grid: of the series.
    """
    granule = observations[0].granules[0]
    finest = min((granule.bands[band] for band in bands), key=lambda source: source.grid.resolution)
    layout = read_layout(finest.path)
    height, width = chunk_sides(layout)
    row, col = grid.offset_of(finest.grid)
    sources = [granule.bands[band] for band in bands]
    sources += [mask for mask in (granule.scl, granule.cloud_mask) if mask is not None]
    return Chunks(
        height=height,
        width=width,
        row=round(row),
        col=round(col),
        cell_bytes=sum(_bytes_a_cell(source, grid) for source in sources),
    )


def _bytes_a_cell(source: BandSource, grid: Grid) -> float:
    dtype = np.dtype(read_layout(source.path).dtypes[source.index - 1])
    return dtype.itemsize * abs(grid.transform.determinant / source.grid.transform.determinant)
