"""Command line of the simulator: python -m training.simulate --out DIR --scenes N --seed S."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from backend.errors import EXIT_DONE, EXIT_REQUEST, CsclError

from .files import write_scene
from .scene import simulate_scene
from .settings import FLAVOURS, SceneSettings


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `None` takes the process's own."""
    parser = argparse.ArgumentParser(
        prog="python -m training.simulate", description="Simulate Sentinel-2 time series with parcels and exact truth."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder that gets one folder per scene")
    parser.add_argument("--scenes", type=int, default=1, help="number of scenes")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first scene; the others count on from it")
    parser.add_argument("--size", type=int, default=192, help="height and width in 10 m pixels, a multiple of 4")
    parser.add_argument("--dates", type=int, default=24, help="acquisitions per scene")
    parser.add_argument("--year", type=int, default=2018, help="harvest year")
    parser.add_argument(
        "--flavour", choices=[*FLAVOURS, "both"], default="both", help="region; both: scenes take turns"
    )
    parser.add_argument("--min-clear", type=float, default=0.0, help="least clear share of a date, 0-0.9")
    parser.add_argument("--parcels", type=Path, help="vector file whose parcel shapes are borrowed")
    parser.add_argument(
        "--parcel-ha", type=float, nargs=2, metavar=("LEAST", "MOST"), help="median area that larger ones are shrunk to"
    )
    parser.add_argument("--profiles", type=Path, help="parquet file of real band profiles")
    parser.add_argument("--no-truth", action="store_true", help="leave out the truth rasters at 2.5 m")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate and write the scenes; returns the exit code."""
    options = parse_arguments(arguments)
    try:
        for index in range(options.scenes):
            start = time.perf_counter()
            seed = options.seed + index
            flavour = FLAVOURS[seed % 2] if options.flavour == "both" else options.flavour
            settings = SceneSettings(
                seed=seed,
                size_px=options.size,
                dates=options.dates,
                year=options.year,
                flavour=flavour,
                geometry=options.parcels,
                parcel_ha=tuple(options.parcel_ha) if options.parcel_ha else None,
                profiles=options.profiles,
                min_clear=options.min_clear,
            )
            scene = simulate_scene(settings)
            folder = options.out / f"scene_{seed:05d}"
            write_scene(scene, folder, truth=not options.no_truth)
            seconds = time.perf_counter() - start
            what = f"{flavour}, {len(scene.parcels)} parcels, {seconds:.1f} s"
            sys.stdout.write(f"{index + 1}/{options.scenes} {folder}: {what}\n")
            sys.stdout.flush()
    except CsclError as error:
        sys.stderr.write(f"{error.message} {error.hint}".strip() + "\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"The scene cannot be written: {error}.\n")
        return EXIT_REQUEST
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
