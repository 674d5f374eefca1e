"""How data sets are built at size, as ratios within one run: decoding the same files alone is the peer.

    CSCL_DATA=DATA python benchmarks/dataset.py --work DIR [--sides 2048 4096] [--repeats 2] [--json FILE]
    ... --before CHECKOUT        the same with another state of the project, run in turn

Scenes of real products mirrored over more ground (mirrored_scene.py) are built by training/train.py in processes of
their own, on one worker and on two, and a sample of many small simulated sources too. Of repeated runs the quickest
counts, since the machine may be shared; processor time is that of all processes. The shares come from one more run in
a single process with a clock around each kind of work. Peak memory is the largest sum over all processes that was
seen, every 0.2 s; a page that several processes share counts once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rasterio
import yaml
from mirrored_scene import PARCELS, SERIES, make_scene
from process_tree import run
from rasterio.windows import Window

ROOT = Path(__file__).resolve().parents[1]
SCHEDULERS = ("local:1", "local:2")
PHASES = ("opening", "simulating", "checking", "cutting")
"""How the builder's progress texts begin."""
MEMORY_GIB = 3.0
"""Most that all processes may take."""
SCENES = 36
"""Small sources, as in resources/configs/languedoc.yaml."""
WINDOW = 1024
DECODED = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12", "SCL")


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and memory of building data sets.")
    parser.add_argument("--work", type=Path, required=True, help="folder for scenes and data sets; scenes are kept")
    parser.add_argument("--sides", type=int, nargs="+", default=[2048, 4096], help="of the scenes, pixels of 10 m")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--before", type=Path, help="another checkout of the project, measured in turn with this one")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--no-scenes", action="store_true", help="leave out the small sources")
    options = parser.parse_args()
    data = Path(os.environ.get("CSCL_DATA", ""))
    if not (data / "parcels").is_dir():
        print(f"There is no folder parcels in CSCL_DATA ('{data}'): set it to the folder of the real data.")
        return 2

    work = options.work.resolve()
    jobs = {}
    for side in options.sides:
        make_scene(data, work / f"side{side}", side)
        jobs[f"{side} x {side}"] = (settings(side), work / f"side{side}", SCHEDULERS)
    if not options.no_scenes:
        jobs[f"{SCENES} scenes"] = (simulated(), data, ("local",))
    codes = {"now": ROOT} | ({"before": options.before.resolve()} if options.before else {})

    figures: dict[str, Any] = {"builds": {}, "profile": {}}
    for name, (config, folder, schedulers) in jobs.items():
        path = work / f"{name.replace(' ', '')}.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        for _ in range(options.repeats):
            for scheduler in schedulers:
                for label, code in codes.items():
                    taken = build(code, path, folder, work / "out", scheduler)
                    key = f"{name}, {scheduler}, {label}"
                    print(f"{key:<32}{taken['wall_s']:>8.1f} s {taken['cpu_s']:>8.1f} s CPU", flush=True)
                    figures["builds"].setdefault(key, []).append(taken)
        for label, code in codes.items():
            figures["profile"][f"{name}, {label}"] = profile(code, path, folder, work / "out")
    figures["decode"] = {f"{side} x {side}": decode(work / f"side{side}") for side in options.sides}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    report(figures)
    return 0


def settings(side: int) -> dict[str, Any]:
    """The configuration of a mirrored scene, labels on all three grids."""
    source = {
        "name": f"side{side}",
        "series": SERIES,
        "parcels": PARCELS,
        "crop_field": "crop",
        "id_field": "pid",
        "classes": "legend_names",
        "outside_parcels": "background",
        "block_m": 1000,
    }
    return {"dataset": {"chip": 64, "magnifications": [1, 2, 4], "memory_gib": MEMORY_GIB, "sources": [source]}}


def simulated() -> dict[str, Any]:
    """The configuration of many small sources."""
    scenes = {
        "name": "fields",
        "scenes": SCENES,
        "size_px": 192,
        "dates": 18,
        "parcels": ["parcels/rpg_boigneville_west.gpkg", "parcels/kern_county_2020_fields_no_crops.gpkg"],
        "profiles": "profiles/profiles.parquet",
        "builtin_profiles_every": 4,
    }
    return {"dataset": {"chip": 64, "magnifications": [1, 4], "simulations": [scenes]}}


def build(code: Path, config: Path, folder: Path, out: Path, scheduler: str) -> dict[str, Any]:
    """One data set by training/train.py, in processes of its own."""
    _clear(out)
    command = [sys.executable, str(code / "training" / "train.py"), "dataset", "--events", "--scheduler", scheduler]
    taken = run([*command, "--config", str(config), "--data", str(folder), "--out", str(out)], {}, PHASES)
    store = out / "dataset.zarr"
    written = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    return {**taken.to_dict(), "written_mb": written / 1e6}


def _clear(out: Path) -> None:
    """Leave nothing but simulated scenes, whose making is not what is measured."""
    for path in (out / "dataset.zarr", out / "dataset.zarr.partial"):
        shutil.rmtree(path, ignore_errors=True)


def profile(code: Path, config: Path, folder: Path, out: Path) -> dict[str, float]:
    """Seconds of processor time by kind of work, of a build in one process."""
    _clear(out)
    command = [sys.executable, str(Path(__file__).with_name("dataset_clocks.py")), str(code), str(config)]
    done = subprocess.run([*command, str(folder), str(out)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def decode(scene: Path) -> dict[str, float]:
    """All that a data set needs of a scene's files read once, window by window, with nothing done to it."""
    paths = [path for path in sorted(scene.rglob("*.jp2")) if any(f"_{band}_" in path.name for band in DECODED)]
    pixels, cpu, wall = 0, time.process_time(), time.monotonic()
    with rasterio.Env(GDAL_NUM_THREADS="1", GDAL_CACHEMAX=64 * 2**20):
        for path in paths:
            with rasterio.open(path) as src:
                side = src.block_shapes[0][0]
                for row in range(0, src.height, side):
                    for col in range(0, src.width, side):
                        part = Window(col, row, min(side, src.width - col), min(side, src.height - row))
                        pixels += src.read(1, window=part).size
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return {"pixels": pixels, "cpu_s": cpu, "wall_s": wall, "mpx_per_cpu_s": pixels / cpu / 1e6}


def report(figures: dict[str, Any]) -> None:
    """Print the tables."""
    heads = ("wall s", "CPU s", "cores", "PSS MiB", "RSS MiB", "HWM MiB", "MB out")
    print(f"{'build (quickest of its runs)':<36}" + "".join(f"{head:>9}" for head in heads))
    best = {key: min(runs, key=lambda one: one["wall_s"]) for key, runs in figures["builds"].items()}
    for key, one in best.items():
        runs = figures["builds"][key]
        cpu = min(item["cpu_s"] for item in runs)
        memory = [max(item[name] for item in runs) for name in ("pss_mib", "rss_mib", "hwm_mib")]
        print(f"{key:<36}{one['wall_s']:>9.1f}{cpu:>9.1f}{one['cores']:>9.2f}", end="")
        print("".join(f"{value:>9,.0f}" for value in (*memory, one["written_mb"])))
        spent = (
            f"{phase} {entry['wall_s']:.1f} ({entry['cpu_s'] / max(entry['wall_s'], 1e-9):.2f})"
            for phase, entry in one["phases"].items()
        )
        print(f"    seconds (cores): {', '.join(spent)}")
    print("processor time by kind of work, one process")
    for key, clocks in figures["profile"].items():
        total = sum(clocks.values())
        print(f"{key}: {total:.1f} s")
        for kind, seconds in sorted(clocks.items(), key=lambda item: -item[1]):
            print(f"    {kind:<40}{seconds:>8.2f} s {seconds / total:>7.1%}")
    for key, one in figures["decode"].items():
        print(
            f"{key}: decoding all files once, {one['pixels'] / 1e6:,.0f} million pixels: {one['cpu_s']:.1f} s CPU, "
            f"{one['mpx_per_cpu_s']:.1f} million pixels a second"
        )


if __name__ == "__main__":
    raise SystemExit(main())
