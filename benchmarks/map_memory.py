"""Memory, time by area and several processes of a map run, as ratios within one run of this script.

    python benchmarks/map_memory.py --work DIR [--model MODEL] [--dates 16] [--parts memory area workers] [--json FILE]

The images are virtual rasters that blow small ones up, so that a whole tile takes no room on the disk. Without --model
the tests' rule is the model: it costs next to nothing, so that what is measured is all that lies around the model.
Peak memory is the largest sum of VmHWM over the processes of a run, each page of each process counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import scenes
import tiny_model
from process_tree import Taken, run

from backend.protocol import MapRequest

ROOT = Path(__file__).resolve().parents[1]
LONG, SHORT, WIDTH = 10980, 1098, 2000
SIDES = (1000, 2000, 4000)
"""1, 4 and 16 times the area."""
CLUSTER_SIDE = 2000
FILES = (("10m", scenes.BANDS_10M, 10), ("20m", scenes.BANDS_20M, 20), ("SCL_20m", ("SCL",), 20))
"""Of each date: end of the name, bands, metres of a cell."""
SMALL = 64
"""Side of the images that are blown up, pixels of 10 m."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Memory of a map run, and time by area and processes.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="default: the tests' rule")
    parser.add_argument("--dates", type=int, default=16)
    parser.add_argument("--memory", type=float, default=2.0, help="limit of a run, GiB")
    parser.add_argument("--parts", nargs="+", default=["memory", "area", "workers"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    model = options.model.resolve() if options.model else work / "rule.onnx"
    if options.model is None:
        tiny_model.write_tiny_model(model, halo=8)
    figures: dict[str, Any] = {}

    def measure(name: str, height: int, width: int, **settings: Any) -> Taken:
        series = make_series(work / f"series-{height}x{width}-{options.dates}", height, width, options.dates)
        shutil.rmtree(work / "out", ignore_errors=True)
        request = MapRequest(
            (str(series),), str(model), str(work / "out"), device="cpu", memory_gib=options.memory, **settings
        )
        request.write(work / "request.json")
        taken = run([sys.executable, "-m", "backend", "run", str(work / "request.json")], {"PYTHONPATH": str(ROOT)})
        record = json.loads((work / "out" / "run.json").read_text(encoding="utf-8"))
        figures[name] = {**taken.to_dict(), "seconds": record["seconds"], "plan": record["plan"]}
        print(
            f"{name:<36}{taken.wall_s:>9.1f} s {taken.cpu_s:>9.1f} s CPU {taken.hwm_mib:>8,.0f} MiB  "
            + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in record["seconds"].items()),
            flush=True,
        )
        return taken

    if "memory" in options.parts:
        short = measure(f"{SHORT} x {WIDTH}", SHORT, WIDTH)
        long = measure(f"{LONG} x {WIDTH}", LONG, WIDTH)
        print(f"peak memory of ten times the length: {long.hwm_mib / short.hwm_mib:.2f} times")
    if "area" in options.parts:
        taken = [measure(f"{side} x {side}", side, side) for side in SIDES]
        first = taken[0].wall_s / SIDES[0] ** 2
        for side, one in zip(SIDES, taken, strict=True):
            print(f"{side} x {side}: {one.wall_s / side**2 / first:.2f} times the seconds a pixel of the smallest")
    if "workers" in options.parts:
        side = CLUSTER_SIDE
        one = measure("one process, one thread", side, side, threads=1)
        two = measure("two processes, one thread each", side, side, scheduler="local:2", threads=2)
        print(f"two processes are {one.wall_s / two.wall_s:.2f} times as fast as one")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def make_series(folder: Path, height: int, width: int, dates: int) -> Path:
    """Virtual rasters of `dates` days, 10 m and 20 m bands and SCL each, over small rasters beside them."""
    if folder.is_dir():
        return folder
    crops = np.random.default_rng(0).choice(np.array([0, 1, 5], np.uint8), (SMALL, SMALL))
    folder.mkdir()
    for number in range(dates):
        day = date(2018, 2, 1) + timedelta(days=18 * number)
        scenes.write_date(folder.parent / f"{folder.name}-small", day, crops)
        for end, bands, cell in FILES:
            name = f"S2_L2A_{day:%Y%m%d}_{end}"
            source = folder.parent / f"{folder.name}-small" / f"{name}.tif"
            _blow_up(folder / f"{name}.vrt", source, bands, cell, height * 10 // cell, width * 10 // cell)
    return folder


def _blow_up(path: Path, source: Path, bands: tuple[str, ...], cell: int, height: int, width: int) -> None:
    with scenes.rasterio.open(source) as src:
        rows, cols = src.shape
        dtype = {"uint8": "Byte", "uint16": "UInt16"}[src.dtypes[0]]
    layers = "".join(
        f'<VRTRasterBand dataType="{dtype}" band="{number}" blockXSize="512" blockYSize="512">'
        f"<Description>{band}</Description><NoDataValue>0</NoDataValue>"
        f"<SimpleSource><SourceFilename>{source}</SourceFilename><SourceBand>{number}</SourceBand>"
        f'<SrcRect xOff="0" yOff="0" xSize="{cols}" ySize="{rows}"/>'
        f'<DstRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/></SimpleSource></VRTRasterBand>'
        for number, band in enumerate(bands, start=1)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{scenes.UTM}</SRS>'
        f"<GeoTransform>{scenes.LEFT}, {cell}, 0, {scenes.TOP}, 0, {-cell}</GeoTransform>{layers}</VRTDataset>",
        encoding="utf-8",
    )


if __name__ == "__main__":
    raise SystemExit(main())
