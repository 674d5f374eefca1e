"""How fast the engine maps, as ratios within one run: ONNX Runtime against PyTorch, a whole run against bare inference.

    python benchmarks/engine.py --model resources/models/cscl_default.onnx [--side 1024] [--dates 10]

Prints a table and the peak memory. Figures of one machine under one load: only the ratios are worth comparing.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import rasterio
from affine import Affine

from backend.mapping import run_map
from backend.protocol import MapRequest
from backend.session import Session, probe_input

TILE = 256
"""Side of the tile of bare inference, cells."""
REPEATS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and memory of the engine.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--side", type=int, default=1024, help="of the mapped square, input cells")
    parser.add_argument("--dates", type=int, default=10)
    options = parser.parse_args()

    session = Session(options.model, "cpu")
    tile = probe_input(len(session.card.bands), TILE, options.dates)
    bare = TILE**2 / best(lambda: session.run(*tile))
    torch_rate = TILE**2 / best(torch_forward(session, tile))
    print(f"{'ONNX Runtime, one tile':<44}{bare:>12,.0f} cells/s")
    print(f"{'PyTorch, the same network and tile':<44}{torch_rate:>12,.0f} cells/s   ratio {bare / torch_rate:.2f}")

    with tempfile.TemporaryDirectory() as folder:
        series = write_series(Path(folder) / "series", session.card.bands, options.side, options.dates)
        request = MapRequest((str(series),), str(options.model.resolve()), str(Path(folder) / "out"), device="cpu")
        started = time.monotonic()
        run_map(request, lambda event, **values: None, lambda: False, lambda session: None)
        whole = options.side**2 / (time.monotonic() - started)
    print(f"{'a whole run, reading to COG':<44}{whole:>12,.0f} cells/s   of bare inference {whole / bare:.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':<44}{peak:>12,.0f} MiB")
    return 0


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of a few repeats, after one that does not count."""
    work()
    seconds = []
    for _ in range(REPEATS):
        started = time.monotonic()
        work()
        seconds.append(time.monotonic() - started)
    return min(seconds)


def torch_forward(session: Session, tile: tuple[np.ndarray, ...]) -> Callable[[], object]:
    """The same architecture with random weights, which cost the same."""
    import torch

    from training.config_training import NetworkConfig
    from training.crop_network import CropNetwork
    from training.export import MapModule

    card = session.card
    network = CropNetwork(NetworkConfig(magnification=card.magnification), len(card.bands), len(card.classes)).eval()
    module = MapModule(network.network, network.boundary_head()).eval()
    inputs = [torch.from_numpy(values)[None] for values in tile]

    def forward() -> object:
        with torch.inference_mode():
            return module(*inputs)

    return forward


def write_series(folder: Path, bands: tuple[str, ...], side: int, dates: int) -> Path:
    """Noise that compresses as badly as images, one GeoTIFF a date with all bands at 10 m."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(dates):
        day = date(2018, 1, 15) + timedelta(days=30 * number)
        profile = {
            "driver": "GTiff", "width": side, "height": side, "count": len(bands), "dtype": "uint16", "nodata": 0,
            "crs": "EPSG:32631", "transform": Affine(10, 0, 500000, 0, -10, 4800000), "tiled": True,
            "compress": "deflate",
        }  # fmt: skip
        with rasterio.open(folder / f"S2_L2A_{day:%Y%m%d}.tif", "w", **profile) as dst:
            for index, band in enumerate(bands, start=1):
                dst.write(generator.integers(200, 4000, (side, side), dtype=np.uint16), index)
                dst.set_band_description(index, band)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
