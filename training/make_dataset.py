"""Build the data set: simulate scenes where asked, open the sources, cut them into samples, write the store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend import __version__
from backend.errors import InputError
from backend.grid import Window, floor_multiple
from training.classes import UNKNOWN, Legend
from training.config import SimulationConfig, SourceConfig, TrainConfig
from training.progress import Progress, check_cancelled
from training.simulate import SceneSettings, simulate_scene, write_scene
from training.sources import CLASSES, Source, open_source
from training.splits import SPLITS
from training.store import MAGNIFICATIONS, Sample, SourceRecord, StoreWriter

log = logging.getLogger(__name__)

SIMULATED_TABLE = "legend_names"
"""Class table of our own scenes: their parcels carry legend names."""
LATTICE = 4
"""Chips start at multiples of this on the lattice, input pixels: 20 m pixels keep their phase."""


def all_sources(config: TrainConfig, data: Path, out: Path) -> list[tuple[SourceConfig, Path]]:
    """(source, folder its paths are relative to) of the given and of the simulated sources."""
    listed = [(source, data) for source in config.dataset.sources]
    for simulation in config.dataset.simulations:
        listed += [(_as_source(simulation, number), out) for number in range(simulation.scenes)]
    return listed


def simulate_sources(config: TrainConfig, data: Path, out: Path, progress: Progress) -> None:
    """Make the scenes that the configuration asks for, below `out`; finished ones of the same settings stay."""
    wanted = [(item, number) for item in config.dataset.simulations for number in range(item.scenes)]
    for done, (simulation, number) in enumerate(wanted):
        check_cancelled(progress)
        progress.progress(done, len(wanted), f"scene {simulation.name} {number + 1}")
        folder = out / _as_source(simulation, number).series[0]
        marker = folder / "settings.txt"
        settings = scene_settings(simulation, number, config.seed, data)
        if marker.is_file() and marker.read_text(encoding="utf-8") == repr(settings):
            continue
        marker.unlink(missing_ok=True)
        write_scene(simulate_scene(settings), folder, truth=False)
        marker.write_text(repr(settings), encoding="utf-8")


def scene_settings(simulation: SimulationConfig, number: int, seed: int, data: Path) -> SceneSettings:
    """Settings of one scene: a function of the configuration alone."""
    builtin = simulation.builtin_profiles_every and number % simulation.builtin_profiles_every == 0
    parcels = simulation.parcels
    return SceneSettings(
        seed=int(np.random.SeedSequence([seed, simulation.seed, number]).generate_state(1)[0]),
        size_px=simulation.size_px,
        dates=simulation.dates,
        min_clear=simulation.min_clear,
        flavour=simulation.flavours[number % len(simulation.flavours)],
        geometry=data / parcels[number % (len(parcels) + 1)] if number % (len(parcels) + 1) < len(parcels) else None,
        profiles=None if builtin or simulation.profiles is None else data / simulation.profiles,
    )


def make_dataset(config: TrainConfig, data: Path, out: Path, progress: Progress) -> Path:
    """Write the store `out`/dataset.zarr.

    Args:
        config: the run's configuration.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        progress: is told of each step, and asked whether to stop.

    Returns:
        The store's path.

    Raises:
        CancelledError: when the progress says so.
    """
    simulate_sources(config, data, out, progress)
    legend = Legend.read(CLASSES / "legend.csv")
    sources = []
    listed = all_sources(config, data, out)
    for done, (source_config, folder) in enumerate(listed):
        check_cancelled(progress)
        progress.progress(done, len(listed), f"opening {source_config.name}")
        sources.append(open_source(source_config, config.dataset, folder, legend, config.seed))
    chips = [_chips(source, config.dataset.chip) for source in sources]
    dates = max(len(source.dates) for source in sources)
    path = out / "dataset.zarr"
    statistics = _Statistics(len(config.dataset.bands), max(legend.codes) + 1)
    with StoreWriter(path, sum(map(len, chips)), dates, config.dataset.bands, config.dataset.chip) as writer:
        for done, (source, windows) in enumerate(zip(sources, chips, strict=True)):
            check_cancelled(progress)
            progress.progress(done, len(sources), f"cutting {source.config.name}")
            record = SourceRecord(
                source.config.name,
                source.grid.crs,
                tuple(source.grid.transform)[:6],
                source.config.weight,
                source.facts(),
            )
            writer.add(record, _samples(source, windows, statistics))
            source.__dict__.pop("pixels", None)  # its pixels are on disk now
        if statistics.pixels == 0 or statistics.class_pixels.sum() == 0:
            raise InputError(
                "No parcel with a known crop lies in the training split.", "Check the class table and the blocks."
            )
        writer.close(
            {
                "legend": [vars(entry) for entry in legend.classes],
                "level": config.dataset.level,
                "chip": config.dataset.chip,
                "statistics": statistics.to_dict(),
                "code_version": __version__,
                "fingerprint": config.fingerprint("seed", "dataset"),
            }
        )
    progress.progress(len(sources), len(sources), "done")
    return path


class _Statistics:
    """Mean and standard deviation of reflectance and class frequencies, of the training split only."""

    def __init__(self, bands: int, classes: int) -> None:
        self.pixels = 0
        self.total = np.zeros(bands)
        self.squares = np.zeros(bands)
        self.class_pixels = np.zeros(classes, dtype=np.int64)

    def add(self, sample: Sample) -> None:
        planes = sample.labels[1]
        train = planes[4] == SPLITS["train"]
        seen = sample.valid & train
        values = sample.x.transpose(1, 0, 2, 3)[:, seen].astype(np.float64) / 10000
        self.pixels += values.shape[1]
        self.total += values.sum(axis=1)
        self.squares += (values**2).sum(axis=1)
        known = train & (planes[0] != UNKNOWN) & (planes[3] == 0)
        self.class_pixels += np.bincount(planes[0][known], minlength=len(self.class_pixels))

    def to_dict(self) -> dict[str, Any]:
        mean = self.total / self.pixels
        return {
            "mean": mean.tolist(),
            "std": np.sqrt(np.maximum(self.squares / self.pixels - mean**2, 1e-6)).tolist(),
            "class_pixels": self.class_pixels.tolist(),
        }


def _as_source(simulation: SimulationConfig, number: int) -> SourceConfig:
    folder = f"simulated/{simulation.name}_{number:03d}"
    return SourceConfig(
        name=f"{simulation.name}_{number:03d}",
        series=(folder,),
        parcels=f"{folder}/parcels.gpkg",
        crop_field="crop",
        id_field="parcel_id",
        classes=SIMULATED_TABLE,
        outside_parcels="background",
        split=simulation.split,
        shares=simulation.shares,
        block_m=simulation.block_m,
        weight=simulation.weight / simulation.scenes,
    )


def _chips(source: Source, chip: int) -> list[Window]:
    """A dense grid of chips over the source, on the lattice; those without any label are left out."""
    row, col = source.grid.lattice_origin
    first_row, first_col = floor_multiple(row, LATTICE) - row, floor_multiple(col, LATTICE) - col
    known = source.labels(1)[0] != UNKNOWN
    windows = []
    for top in range(first_row, source.grid.height, chip):
        for left in range(first_col, source.grid.width, chip):
            window = Window(top, left, chip, chip)
            inside = window.intersect(source.grid.window)
            if known[inside.slices(source.grid.window)].any():
                windows.append(window)
    return windows


def _samples(source: Source, windows: list[Window], statistics: _Statistics) -> Iterator[Sample]:
    planes = {scale: source.labels(scale) for scale in MAGNIFICATIONS}
    pixels, grid = source.pixels, source.grid
    for window in windows:
        sample = Sample(
            source=source.config.name,
            row=window.row,
            col=window.col,
            x=cut(pixels.x, window, grid.window),
            valid=cut(pixels.valid, window, grid.window),
            doy=pixels.doy,
            dates=source.dates,
            labels={
                scale: _cut_labels(planes[scale], window.refine(scale), grid.window.refine(scale))
                for scale in MAGNIFICATIONS
            },
        )
        statistics.add(sample)
        yield sample


def cut(values: npt.NDArray[Any], window: Window, whole: Window, fill: int = 0) -> npt.NDArray[Any]:
    """(..., H, W) values of a window that may reach beyond the array, which covers `whole`."""
    out = np.full((*values.shape[:-2], *window.shape), fill, dtype=values.dtype)
    inside = window.intersect(whole)
    out[(..., *inside.slices(window))] = values[(..., *inside.slices(whole))]
    return out


def _cut_labels(planes: npt.NDArray[np.int32], window: Window, whole: Window) -> npt.NDArray[np.int32]:
    out: npt.NDArray[np.int32] = cut(planes, window, whole)
    outside = cut(np.ones(whole.shape, np.int32), window, whole) == 0
    out[0, outside] = UNKNOWN
    return out
