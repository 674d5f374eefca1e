"""How the ground of a source is cut into blocks that are mapped and scored one after the other. Reads nothing."""

from __future__ import annotations

from backend.grid import Grid, Window

BLOCK_CELLS = 512
"""Side of a block that is aimed at, label cells: what memory is needed for."""
LARGEST_BLOCK = 512
"""Side of a block at most, input pixels."""


def blocks(grid: Grid, label_scale: int, step: int = 1) -> list[Window]:
    """Blocks that cover a grid, row by row.

    Args:
        grid: of a source, input pixels.
        label_scale: label cells per input pixel.
        step: sides are multiples of it, so that tiles fit into them.
    """
    side = max(1, min(LARGEST_BLOCK, BLOCK_CELLS // label_scale) // step) * step
    return sub_windows(grid.window, side)


def sub_windows(window: Window, side: int) -> list[Window]:
    """Windows of a side that cover another one, cut to it."""
    return [
        Window(row, col, side, side).intersect(window)
        for row in range(window.row, window.row_stop, side)
        for col in range(window.col, window.col_stop, side)
    ]


def with_margin(block: Window, cells: int, grid: Grid) -> Window:
    """A block grown on each side, within the grid."""
    return block.pad(cells).intersect(grid.window)
