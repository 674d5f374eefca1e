"""Build a data set in this process with a clock around each kind of work; started by benchmarks/dataset.py.

    python benchmarks/dataset_clocks.py CHECKOUT CONFIG DATA OUT

Prints seconds of processor time by kind of work as JSON. Time within a kind counts for the innermost one alone; that of
other threads for the kind that the main thread is in.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REST = "the rest"
SCHEDULER = "local:1"


class Clock:
    """Adds up processor time by the kind of work that is going on."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._stack, self._since = [REST], time.process_time()

    @property
    def is_opening(self) -> bool:
        return any(name.startswith("open:") for name in self._stack)

    def _turn(self) -> None:
        now = time.process_time()
        self.spent[self._stack[-1]] += now - self._since
        self._since = now

    @contextmanager
    def kind(self, name: str) -> Iterator[None]:
        self._turn()
        self._stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def around(self, owner: Any, attribute: str, name: str) -> None:
        """Time a function or a method, where there is one of that name."""
        function = getattr(owner, attribute, None)
        if function is not None:
            setattr(owner, attribute, self._timed(function, name))

    def _timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.kind(name):
                return function(*args, **kwargs)

        return timed


class _Dataset:
    """A raster with a clock around what decodes."""

    def __init__(self, src: Any, clock: Clock) -> None:
        self._src, self._clock = src, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._src, name)

    def __enter__(self) -> _Dataset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, *args: Any, **kwargs: Any) -> Any:
        with self._clock.kind("GDAL: decode, on opening" if self._clock.is_opening else "GDAL: decode"):
            return self._src.read(*args, **kwargs)

    def close(self) -> None:
        with self._clock.kind("GDAL: open and close"):
            self._src.close()


def main() -> int:
    code, config, data, out = map(Path, sys.argv[1:])
    sys.path[0] = str(code)
    clock = Clock()
    with clock.kind("imports"):
        from zarr import Array

        from backend import pixel_sample, raster
        from training import blocks, input_files, make_dataset, sources
        from training.config import read_config
        from training.dataset_statistics import Statistics
        from training.labels import LabelMaker
        from training.progress import QuietProgress
        from training.splits import Splits

    for module, number in ((make_dataset, "AT_ONCE"), (pixel_sample, "THREADS"), (input_files, "THREADS")):
        setattr(module, number, 1)  # one thing at a time, or nobody knows what time was spent on
    opened = raster.open_raster

    def opened_with_clock(path: Path) -> Any:
        with clock.kind("GDAL: open and close"):
            return _Dataset(opened(path), clock)

    raster.open_raster = opened_with_clock
    clock.around(raster.WindowReader, "read", "lookup of pixels")
    clock.around(blocks, "read_block", "reflectance and validity")
    clock.around(blocks._Spilled, "fill", "spill: write")
    clock.around(blocks._Spilled, "read", "spill: read")
    clock.around(Array, "__setitem__", "compress and write shards")
    clock.around(LabelMaker, "__init__", "labels: overlaps")
    clock.around(LabelMaker, "window", "labels")
    clock.around(Splits, "plane", "planes of splits and folds")
    clock.around(Splits, "fold_planes", "planes of splits and folds")
    clock.around(sources.Source, "planes", "label planes together")
    clock.around(Statistics, "add", "statistics")
    clock.around(make_dataset, "InputFiles", "hashing of inputs")
    clock.around(sources, "find_acquisitions", "open: find products")
    clock.around(sources, "select_dates", "open: clear share")
    clock.around(sources, "check_radiometry", "open: radiometry")
    clock.around(sources, "read_parcels", "open: parcels")
    clock.around(make_dataset, "spread", "assign splits")
    clock.around(make_dataset, "_image_part", "lay out chips")
    clock.around(make_dataset, "finish_store", "finish the store")
    clock.around(make_dataset, "simulate_sources", "simulate")
    with clock.kind(REST):
        make_dataset.make_dataset(read_config(config), data, out, QuietProgress(), SCHEDULER)
    print(json.dumps(clock.spent))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
