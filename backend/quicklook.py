"""A picture of a map beside the images it was made from. Reads what a run wrote, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .date_selection import DateRow
from .grid import Grid, Window
from .model_card import NODATA, CropClass
from .raster import WindowReader, read_values, write_png
from .sits import read_block

PANEL_SIDE = 900
"""Longest side of one of the three panels, picture elements."""
GAP = 12
"""White between panels."""
STRETCH = (2, 98)
"""Percentiles of reflectance shown as black and white."""
BOUNDARY_SHARE = 97
"""Percentile of the boundary layer that is drawn in full red, so that a cautious model's boundaries show too."""
BOUNDARY_FULL = (15.0, 80.0)
"""Least and greatest percent for that."""
TRUE_COLOR = ("B04", "B03", "B02")


def write_quicklook(
    path: Path,
    grid: Grid,
    window: Window,
    rows: Sequence[DateRow],
    classes: Sequence[CropClass],
    rasters: dict[str, Path],
) -> None:
    """Write a PNG of three panels: the clearest image, the crop types, the boundaries over the image.

    Args:
        path: the PNG.
        grid: of the series.
        window: what was mapped, input cells.
        rows: observations; the clearest used one is shown, in grey if it lacks a visible band.
        classes: the legend.
        rasters: paths of `crop_type` and `boundary`.
    """
    crop_type = read_values(rasters["crop_type"], max_side=PANEL_SIDE)
    boundary = read_values(rasters["boundary"], max_side=PANEL_SIDE)
    image = _image(grid, window, rows, crop_type.shape)
    palette = np.full((256, 3), 255, dtype=np.uint8)
    for entry in classes:
        palette[entry.code] = entry.rgb
    colored = palette[crop_type].transpose(2, 0, 1)
    strength = _strength(boundary)
    red = np.array([230.0, 0.0, 0.0])[:, None, None]
    outlined = (image * (1 - strength) + red * strength).astype(np.uint8)
    white = np.full((3, crop_type.shape[0], GAP), 255, dtype=np.uint8)
    write_png(path, np.concatenate([image, white, colored, white, outlined], axis=2))


def _strength(boundary: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """How red a cell is drawn, 0-1, (H, W)."""
    known = boundary != NODATA
    if not known.any():
        return np.zeros(boundary.shape)
    full = float(np.clip(np.percentile(boundary[known], BOUNDARY_SHARE), *BOUNDARY_FULL))
    return np.where(known, np.clip(boundary / full * 1.6 - 0.6, 0.0, 1.0), 0.0)


def _image(grid: Grid, window: Window, rows: Sequence[DateRow], shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The clearest used date in true colour, nearest cells, (3, H, W)."""
    used = [row for row in rows if row.used]
    clearest = max(used, key=lambda row: row.clear_share * row.observation.cells).observation
    bands = [band if band in clearest.bands else clearest.bands[0] for band in TRUE_COLOR]
    cell = grid.crop(window)
    scale = cell.height / shape[0], cell.width / shape[1]
    shown = Grid(cell.crs, cell.transform * cell.transform.scale(scale[1], scale[0]), shape[1], shape[0])
    with WindowReader() as reader:
        block = read_block(reader, [clearest], bands, shown, shown.window)
    values = block.x[0].astype(np.float32)
    known = values.min(axis=0) > 0
    if not known.any():
        return np.full((3, *shape), 255, dtype=np.uint8)
    low, high = np.percentile(values[:, known], STRETCH)
    stretched = np.clip((values - low) / max(high - low, 1.0), 0, 1) ** 0.8 * 255
    return np.where(known, stretched, 255).astype(np.uint8)
