"""Does 8-bit arithmetic make a model faster here, and what does it change? Ratios of interleaved runs.

    python benchmarks/int8.py --model resources/models/cscl_default.onnx --series resources/sample

Scales are taken from some tiles of the series, the two models compared on others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from backend.date_selection import select_dates
from backend.grid import Window
from backend.products import find_acquisitions
from backend.raster import WindowReader, limited_cache
from backend.session import Session, feeds_of, whole_tile
from backend.sits import REFLECTANCE_SCALE, make_series, read_block
from training.int8 import Feed, compare, quantise


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and agreement of a quantised model.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--side", type=int, default=128, help="of a tile, input cells")
    parser.add_argument("--tiles", type=int, default=8, help="half of them for the scales")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()

    feeds = read_tiles(options.model, options.series, options.side, options.tiles)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "int8.onnx"
        quantise(options.model, target, feeds[::2])
        found = compare(options.model, target, feeds[1::2] or feeds, threads=options.threads)
        size = target.stat().st_size / options.model.stat().st_size
    print(f"{'time, of the original':<32}{found.time_ratio:>8.2f}")
    print(f"{'size of the file, likewise':<32}{size:>8.2f}")
    print(f"{'pixels that keep their class':<32}{found.agreement:>8.2%}   of {found.pixels:,}")
    print("worth keeping" if not found.reasons else "not worth keeping: " + "; ".join(found.reasons))
    return 0


def read_tiles(model: Path, series_path: Path, side: int, count: int) -> list[Feed]:
    """Tiles of a series, spread over its ground, as the model takes them."""
    card = Session(model, "cpu").card
    with limited_cache(), WindowReader() as reader:
        series = make_series(find_acquisitions([series_path], ()), card.bands, card.level)
        used = [row.observation for row in select_dates(series, 0.05, card.level) if row.used][: card.dates_max]
        side = min(side, *series.grid.shape) // card.tile_multiple * card.tile_multiple
        steps = max(1, int(np.ceil(np.sqrt(count))))
        rows = np.linspace(0, series.grid.height - side, steps).astype(int)
        cols = np.linspace(0, series.grid.width - side, steps).astype(int)
        feeds: list[Feed] = []
        for row, col in [(int(row), int(col)) for row in rows for col in cols][:count]:
            block = read_block(reader, used, card.bands, series.grid, Window(row, col, side, side))
            x = block.x.astype(np.float32) / np.float32(REFLECTANCE_SCALE)
            feeds.append(feeds_of(x, block.doy, block.valid, whole_tile(x, bool(card.head_reach))))
    return feeds


if __name__ == "__main__":
    raise SystemExit(main())
