"""How well the radiometry guard finds wrong dates, and how often it names a sound one.

    python benchmarks/radiometry.py --data FOLDER [--series NAME ...] [--verbose]

Reads the real and simulated series below FOLDER, takes them for sound, and makes them wrong in the ways that happen:
one date after the other, half of the series, all of it. Prints a table: found / made wrong, +sound dates that were
named too, ~dates named for something else. Takes ten minutes on one core.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt

from backend.date_selection import select_dates
from backend.pixel_sample import PixelSample, sample_pixels
from backend.products import find_acquisitions
from backend.protocol import DEFAULT_CLEAR_CLASSES
from backend.radiometry import JUMP, MIN_PIXELS, MISSING, TWICE, Finding, find_wrong_dates
from backend.raster import limited_cache
from backend.sits import make_series

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
UNNAMED = {"boadella_s2": ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")}
MIN_CLEAR = 0.05
TEN_METRES, TWENTY_METRES = ("B02", "B03", "B04", "B08"), ("B05", "B06", "B07", "B8A", "B11", "B12")

Values = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Fault:
    """One way in which dates go wrong."""

    name: str
    kind: str
    """What the guard should call it."""
    dates: Callable[[list[int]], list[list[int]]]
    """Which of the dates that can be judged go wrong together."""
    change: Callable[[Values], Values]
    """(C, N) of a date to (C, N)."""


def shifted(by: int, bands: tuple[str, ...] = BANDS) -> Callable[[Values], Values]:
    step = np.array([by if band in bands else 0 for band in BANDS])[:, None]
    return lambda x: np.clip(x.astype(np.int64) + step, 0, 65535).astype(np.uint16)


def scaled(factor: float) -> Callable[[Values], Values]:
    return lambda x: np.clip(np.rint(x * factor), 0, 65535).astype(np.uint16)


def each(dates: list[int]) -> list[list[int]]:
    return [[number] for number in dates]


def second_half(dates: list[int]) -> list[list[int]]:
    return [dates[len(dates) // 2 :]]


def three_in_a_row(dates: list[int]) -> list[list[int]]:
    return [dates[start : start + 3] for start in range(0, len(dates) - 2, 3)]


def everything(dates: list[int]) -> list[list[int]]:
    return [dates]


FAULTS = (
    Fault("+1000 on one date", MISSING, each, shifted(1000)),
    Fault("-1000 cut off at 0 on one date", TWICE, each, shifted(-1000)),
    Fault("+1000 on three dates in a row", MISSING, three_in_a_row, shifted(1000)),
    Fault("+1000 on the second half", MISSING, second_half, shifted(1000)),
    Fault("-1000 on the second half", TWICE, second_half, shifted(-1000)),
    Fault("+1000 on the bands of 20 m", MISSING, each, shifted(1000, TWENTY_METRES)),
    Fault("-1000 on the bands of 20 m", TWICE, each, shifted(-1000, TWENTY_METRES)),
    Fault("+1000 on the bands of 10 m", MISSING, each, shifted(1000, TEN_METRES)),
    Fault("-1000 on the bands of 10 m", TWICE, each, shifted(-1000, TEN_METRES)),
    Fault("10 times on one date", JUMP, each, scaled(10)),
    Fault("a tenth on one date", JUMP, each, scaled(0.1)),
    Fault("+1000 on all dates", MISSING, everything, shifted(1000)),
    Fault("-1000 on all dates", TWICE, everything, shifted(-1000)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Detections and false alarms of the radiometry guard.")
    parser.add_argument("--data", type=Path, default=os.environ.get("CSCL_DATA"), help="default: CSCL_DATA")
    parser.add_argument("--series", nargs="*", default=[], help="only these")
    parser.add_argument("--verbose", action="store_true", help="list what was missed or named wrongly")
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the series are: --data FOLDER or CSCL_DATA")

    samples = {}
    for name, seconds, sample in read_samples(Path(options.data)):
        if not options.series or name in options.series:
            samples[name] = sample
            started = time.monotonic()
            find_wrong_dates(sample)
            print(
                f"{name:<22}{len(sample.dates):>4} dates, {sample.x.shape[2]:>5} pixels: "
                f"read in {seconds:6.2f} s, judged in {time.monotonic() - started:5.2f} s"
            )
    print()
    print(f"{'':<32}" + "".join(f"{name[:14]:>16}" for name in samples))
    row = [false_alarms(sample, options.verbose) for sample in samples.values()]
    print(f"{'untouched: named / dates':<32}" + "".join(f"{text:>16}" for text in row))
    for fault in FAULTS:
        row = [one_fault(sample, fault, options.verbose) for sample in samples.values()]
        print(f"{fault.name:<32}" + "".join(f"{text:>16}" for text in row), flush=True)
    return 0


def read_samples(data: Path) -> Iterator[tuple[str, float, PixelSample]]:
    """(name, seconds, sample) of each series; of the long one of Flanders also all dates with a clear pixel."""
    folders = {
        "languedoc": data / "languedoc_s2_rpg2018" / "stack",
        "flanders": data / "flanders_s2_lpis2018" / "stack",
        "boadella": data / "boadella_s2",
        **{path.name: path for path in sorted((data / "simulated").iterdir()) if path.is_dir()},
    }
    for name, folder in folders.items():
        found = find_acquisitions([folder], UNNAMED.get(folder.name, ()))
        series = make_series(found, BANDS)
        used = [row.observation for row in select_dates(series, MIN_CLEAR) if row.used]
        started = time.monotonic()
        with limited_cache():
            (sample,) = sample_pixels(used, BANDS, series.grid)
        yield name, time.monotonic() - started, sample
    yield "flanders, all", 0.0, read_flanders(data / "flanders_s2_lpis2018" / "series.npz")


def read_flanders(path: Path) -> PixelSample:
    """All 118 dates, most of them cloudy, from arrays at 10 and 20 m."""
    with np.load(path) as arrays:
        fine = dict(zip((str(name) for name in arrays["bands10"]), arrays["b10"].swapaxes(0, 1), strict=True))
        coarse = dict(zip((str(name) for name in arrays["bands20"]), arrays["b20"].swapaxes(0, 1), strict=True))
        scl, days = arrays["scl"], [str(day)[:10] for day in arrays["dates"]]
    fine |= {name: np.kron(values, np.ones((1, 2, 2), values.dtype)) for name, values in coarse.items()}
    x = np.stack([fine[name] for name in BANDS], axis=1).reshape(len(days), len(BANDS), -1)
    clear = np.isin(np.kron(scl, np.ones((1, 2, 2), scl.dtype)), DEFAULT_CLEAR_CLASSES).reshape(len(days), -1)
    dates = tuple(date.fromisoformat(day) for day in days)
    return PixelSample(x, clear & x.any(axis=1), BANDS, dates, ("none",) * len(days))


def judged(sample: PixelSample) -> list[int]:
    return [number for number in range(len(sample.dates)) if sample.valid[number].sum() >= MIN_PIXELS]


def false_alarms(sample: PixelSample, verbose: bool) -> str:
    found = find_wrong_dates(sample)
    if verbose:
        for finding in found:
            print(f"  named though untouched: {finding.message}")
    return f"{len(found)} / {len(judged(sample))}"


def one_fault(sample: PixelSample, fault: Fault, verbose: bool) -> str:
    """found / made wrong, +sound dates named (~: named by another kind or other bands)."""
    hits = made = others = misnamed = 0
    untouched = {finding.date for finding in find_wrong_dates(sample)}
    for group in fault.dates(judged(sample)):
        x = sample.x.copy()
        for number in group:
            x[number] = fault.change(x[number])
        found = {finding.date: finding for finding in find_wrong_dates(replace(sample, x=x))}
        for number in group:
            finding = found.pop(sample.dates[number], None)
            made += 1
            hits += finding is not None
            misnamed += finding is not None and not is_named_right(finding, fault)
            if verbose and (finding is None or not is_named_right(finding, fault)):
                print(f"  {fault.name}, {sample.dates[number]}: {finding.message if finding else 'missed'}")
        others += len(set(found) - untouched)
        if verbose:
            for day in set(found) - untouched:
                print(f"  {fault.name} on {len(group)} dates from {sample.dates[group[0]]}: {found[day].message}")
    return f"{hits} / {made}" + (f" +{others}" if others else "") + (f" ~{misnamed}" if misnamed else "")


def is_named_right(finding: Finding, fault: Fault) -> bool:
    """The right kind; for a fault of some bands also those bands."""
    if finding.kind != fault.kind:
        return False
    for words, bands in (("20 m", TWENTY_METRES), ("10 m", TEN_METRES)):
        if words in fault.name:
            return finding.bands == tuple(band for band in BANDS if band in bands)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
