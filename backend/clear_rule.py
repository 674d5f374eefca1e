"""What counts as a clear look at the ground: classes of the scene classification, and how far around the rest.

Opens no files; sits.py reads the masks and asks here what they say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import RequestError
from .grid import Window
from .protocol import DEFAULT_CLEAR_CLASSES

SCL_CODES = (1, 11)
"""First and last class of the L2A scene classification; 0 is nodata, and other numbers say nothing."""
MOST_BUFFER_M = 5000.0


@dataclass(frozen=True)
class ClearRule:
    """Which pixels of a date are used."""

    classes: tuple[int, ...] = DEFAULT_CLEAR_CLASSES
    """Classes of the L2A scene classification that are clear; L1C's own mask has cloud and cirrus, never settable."""
    buffer_m: float = 0.0
    """A cell whose centre lies no further than this from ground that is not clear is not clear either, metres."""

    def __post_init__(self) -> None:
        low, high = SCL_CODES
        if not self.classes or any(not low <= code <= high for code in self.classes):
            raise RequestError(
                f"The clear classes must be classes of the scene classification, {low} to {high}, not {self.classes!r}."
            )
        if not 0 <= self.buffer_m <= MOST_BUFFER_M:
            raise RequestError(f"The buffer of clouds must be 0 to {MOST_BUFFER_M:g} m, not {self.buffer_m!r}.")

    def is_clear(self, scl: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """True where the scene classification is one of the clear classes, before anything is grown."""
        clear = scl == self.classes[0]
        for code in self.classes[1:]:  # np.isin takes ten times as long, and nine bytes a pixel
            clear |= scl == code
        return np.asarray(clear)

    def is_hidden(self, scl: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """True where it is a class that is not clear: what is grown. Nodata is neither clear nor hidden."""
        low, high = SCL_CODES
        return np.asarray(~self.is_clear(scl) & (scl >= low) & (scl <= high))

    def margin(self, cell_m: tuple[float, float]) -> int:
        """Cells to read around a window, so that the mask inside does not depend on where the window ends.

        Args:
            cell_m: height and width of a cell, metres.
        """
        widths = _half_widths(self.buffer_m, cell_m)
        return max(len(widths) - 1, widths[0])

    def around(self, window: Window, cell_m: tuple[float, float]) -> Window:
        """The window grown by the margin."""
        return window.pad(self.margin(cell_m))

    def grown(self, hidden: npt.NDArray[np.bool_], cell_m: tuple[float, float]) -> npt.NDArray[np.bool_]:
        """True for the cells whose centre lies within buffer_m of the ground of a hidden cell.

        Distances are to the hidden cells' edges, so that a mask of 20 or 60 m read on a grid of 10 m grows by the same
        ground as on its own grid. Takes the same time for any buffer.

        Args:
            hidden: (H, W).
            cell_m: height and width of a cell, metres.

        Returns:
            (H, W); right where `margin` cells around were given too.
        """
        if self.buffer_m == 0 or not hidden.any():
            return hidden
        height, width = hidden.shape
        widths = np.array([*_half_widths(self.buffer_m, cell_m), -1], dtype=np.int64)
        # rows to the nearest hidden cell of the same column: it is the one whose buffer is widest in this row
        rows = np.arange(height, dtype=np.int64)[:, None]
        far = height + len(widths)
        above = np.maximum.accumulate(np.where(hidden, rows, -far), axis=0)
        below = np.minimum.accumulate(np.where(hidden, rows, height + far)[::-1], axis=0)[::-1]
        reach = widths[np.minimum(np.minimum(rows - above, below - rows), len(widths) - 1)]
        # each reaches over the columns c - reach ... c + reach of its row: count where such spans begin and end
        row, col = np.nonzero(reach >= 0)
        span = reach[row, col]
        line = row * (width + 1)
        size = height * (width + 1)
        begun = np.bincount(line + np.maximum(col - span, 0), minlength=size)
        ended = np.bincount(line + np.minimum(col + span + 1, width), minlength=size)
        return np.asarray(np.cumsum((begun - ended).reshape(height, width + 1), axis=1)[:, :width] > 0)


@lru_cache(maxsize=64)
def _half_widths(buffer_m: float, cell_m: tuple[float, float]) -> tuple[int, ...]:
    """For 0, 1, 2 ... rows away: how many columns to each side lie within the buffer of a cell's edges."""
    tolerance = 1e-9
    widths = []
    for rows in range(math.floor(buffer_m / cell_m[0] + 0.5 + tolerance) + 1):
        down_m = max(rows - 0.5, 0.0) * cell_m[0]
        across_m = math.sqrt(max(buffer_m**2 - down_m**2, 0.0))
        widths.append(math.floor(across_m / cell_m[1] + 0.5 + tolerance))
    return tuple(widths)
