"""How fast the engine maps, as ratios within one run: the session against UNet3Df in PyTorch, and whole runs.

    python benchmarks/map_throughput.py --data DATA [--side 1024] [--dates 16] [--operators]

The series is made of real pixels (languedoc_s2_rpg2018/stack), mirrored side by side over as much ground as is wanted;
where that has fewer dates, some come again under another day. Figures belong to one machine under one load: only the
ratios are worth comparing. Prints Markdown; what it found is in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import rasterio

from backend.protocol import DEFAULT_CLEAR_CLASSES, DEFAULT_MIN_CLEAR
from backend.session import Session, feeds_of, import_onnxruntime, probe_input, whole_tile

ROOT = Path(__file__).resolve().parents[1]
STACK = "languedoc_s2_rpg2018/stack"
EVEN = {10: (352, 232), 20: (176, 116)}
"""Rows and columns of the real images that are taken: those whose 20 m pixels cover whole 10 m pixels."""
REPEATS = 3
RIVAL = "unet3df"
GOAL_SESSION, GOAL_RUN, GOAL_REST = 30.0, 20.0, 0.25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds languedoc_s2_rpg2018")
    parser.add_argument("--model", type=Path, default=ROOT / "resources/models/cscl_default.onnx")
    parser.add_argument("--side", type=int, default=1024, help="of the mapped square, input pixels; even")
    parser.add_argument("--dates", type=int, default=16)
    parser.add_argument("--patch", type=int, default=96, help="side of the patches of the comparison, a multiple of 4")
    parser.add_argument("--tile", type=int, default=312, help="side of a tile as runs cut it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--operators", action="store_true", help="also tell the operators of the model apart")
    options = parser.parse_args()

    session = Session(options.model, "cpu", threads=options.threads)
    card = session.card
    patch = probe_input(len(card.bands), options.patch, options.dates)
    tile = probe_input(len(card.bands), options.tile, options.dates)
    rival = _rate(_rival(session, patch, options.threads), options.patch**2, repeats=1)
    rows = [
        (f"{RIVAL} in PyTorch, patches of {options.patch}", *rival),
        (
            f"session, patches of {options.patch}",
            *_rate(lambda: session.run(*patch, embedding=bool(card.embedding_channels)), options.patch**2),
        ),
        (
            f"session, tiles of {options.tile}",
            *_rate(lambda: session.run(*tile, embedding=bool(card.embedding_channels)), options.tile**2),
        ),
    ]
    core = options.tile - 2 * card.halo
    part = (slice(card.halo, card.halo + core),) * 2
    rows.append(
        (
            f"session, the cores of {core} of such tiles, pixels of the core",
            *_rate(lambda: session.run(*tile, bool(card.embedding_channels), part), core**2),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        series = make_series(options.data / STACK, Path(folder) / "series", options.side, options.dates)
        run, seconds, forecast = _whole_run(options, series, Path(folder) / "out")
        rows.append((f"`map`, {options.side} x {options.side} from GeoTIFF", *run))
    print(f"{options.dates} dates, {len(card.bands)} bands, x{card.magnification}, {options.threads} threads\n")
    print("| | input pixels a CPU second | a second | times as many as " + RIVAL + " |\n|---|---|---|---|")
    for name, a_cpu_second, a_second in rows:
        print(f"| {name} | {a_cpu_second:,.0f} | {a_second:,.0f} | {a_cpu_second / rival[0]:.1f} |")
    rest = 1 - seconds["infer"] / seconds["total"]
    print(f"\nWall time that is not the session's: {rest:.0%}; seconds by stage: {json.dumps(seconds)}")
    print(f"Goals: {GOAL_SESSION:g} and {GOAL_RUN:g} times, at most {GOAL_REST:.0%}.")
    happened = forecast["happened"]
    print("\n| | forecast | happened | ratio |\n|---|---|---|---|")
    for name in ("seconds", "memory_bytes", "disk_bytes"):
        print(f"| {name} | {forecast[name]:,} | {happened[name]:,} | {forecast[name] / happened[name]:.2f} |")
    if options.operators:
        _tell_operators(options.model, tile, options.threads)
    return 0


def _rate(work: Callable[[], object], pixels: int, repeats: int = REPEATS) -> tuple[float, float]:
    """Pixels a second of processor time, and of the clock, of the best of some repeats after one that warms up."""
    work()
    best_cpu = best_wall = float("inf")
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        best_cpu, best_wall = min(best_cpu, time.process_time() - cpu), min(best_wall, time.perf_counter() - wall)
    return pixels / best_cpu, pixels / best_wall


def _rival(session: Session, patch: tuple[np.ndarray, ...], threads: int) -> Callable[[], object]:
    """UNet3Df as published, with random weights, which cost the same."""
    import torch

    from training.models import create_model

    torch.set_num_threads(threads)
    card = session.card
    network = create_model(
        RIVAL, len(card.bands), len(card.classes), num_dates=len(patch[1]), magnification=card.magnification
    ).eval()
    inputs = [torch.from_numpy(values)[None] for values in patch]

    def forward() -> object:
        with torch.inference_mode():
            return network(*inputs)

    return forward


def _whole_run(
    options: argparse.Namespace, series: Path, out: Path
) -> tuple[tuple[float, float], dict[str, float], dict[str, float]]:
    """Pixels a CPU second and a second of the command `map`, its seconds by stage, and its forecast."""
    command = [
        sys.executable, "-m", "backend", "map", "--series", str(series), "--model", str(options.model.resolve()),
        "--out", str(out), "--device", "cpu", "--threads", str(options.threads),
    ]  # fmt: skip
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return (options.side**2 / cpu, options.side**2 / wall), record["seconds"], record["forecast"]


def make_series(stack: Path, folder: Path, side: int, dates: int) -> Path:
    """A series of `side` x `side` pixels: three GeoTIFFs a date, tiled, as an analyst has them.

    Args:
        stack: of the real images.
        folder: of the series; made.
        side: 10 m pixels, even.
        dates: acquisitions.
    """
    folder.mkdir(parents=True)
    for day, source_day in _days([path.name.split("_")[2] for path in _clear_masks(stack)], dates):
        for kind, metres in (("10m", 10), ("20m", 20), ("SCL_20m", 20)):
            with rasterio.open(stack / f"S2_L2A_{source_day}_{kind}.tif") as src:
                height, width = EVEN[metres]
                pixels = src.read()[:, :height, :width]
                goal = side * 10 // metres
                pixels = np.pad(
                    pixels, ((0, 0), (0, max(0, goal - height)), (0, max(0, goal - width))), mode="symmetric"
                )
                profile = src.profile | {
                    "width": goal, "height": goal, "tiled": True, "blockxsize": 256, "blockysize": 256,
                    "interleave": "band",
                }  # fmt: skip
                with rasterio.open(folder / f"S2_L2A_{day}_{kind}.tif", "w", **profile) as dst:
                    dst.write(pixels[:, :goal, :goal])
                    dst.descriptions = src.descriptions
    return folder


def _clear_masks(stack: Path) -> Iterator[Path]:
    """Scene classifications of the dates that a run would not leave out for clouds."""
    for path in sorted(stack.glob("S2_L2A_*_SCL_20m.tif")):
        with rasterio.open(path) as src:
            if np.isin(src.read(1), DEFAULT_CLEAR_CLASSES).mean() > DEFAULT_MIN_CLEAR:
                yield path


def _days(real: list[str], dates: int) -> Iterator[tuple[str, str]]:
    """Day in the series and day of the image, for so many dates."""
    for number in range(dates):
        source = real[number % len(real)]
        day = date.fromisoformat(f"{source[:4]}-{source[4:6]}-{source[6:]}") + timedelta(days=number // len(real))
        yield f"{day:%Y%m%d}", source


def _tell_operators(model: Path, tile: tuple[np.ndarray, ...], threads: int) -> None:
    """Share of each kind of operator in the time of the session."""
    ort = import_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.enable_mem_pattern, options.enable_profiling = threads, False, True
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        takes_parts = len(session.get_inputs()) > len(tile)
        feeds = feeds_of(*tile, whole_tile(tile[0], takes_parts))
        for _ in range(1 + REPEATS):
            session.run(None, feeds)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    spent: dict[str, float] = defaultdict(float)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    total = sum(spent.values())
    print("\n| operator | share of the session |\n|---|---|")
    for name, value in sorted(spent.items(), key=lambda item: -item[1])[:14]:
        print(f"| {name} | {value / total:.1%} |")


if __name__ == "__main__":
    raise SystemExit(main())
