"""The scenes that a configuration asks to be simulated: which settings they have, and as which sources they count."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from training.config import SimulationConfig, SourceConfig, TrainConfig
from training.progress import Progress, check_cancelled
from training.simulate import SceneSettings, simulate_scene, write_scene

SIMULATED_TABLE = "legend_names"
"""Class table of our own scenes: their parcels carry legend names."""


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
        progress.progress(done, len(wanted), f"scene {simulation.name} {number + 1}")
        check_cancelled(progress)
        folder = out / _folder(simulation, number)
        marker = folder / "settings.txt"
        settings = scene_settings(simulation, number, config.seed, data)
        if marker.is_file() and marker.read_text(encoding="utf-8") == repr(settings):
            continue
        shutil.rmtree(folder, ignore_errors=True)  # dates of other settings would be dates of this scene
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


def _as_source(simulation: SimulationConfig, number: int) -> SourceConfig:
    folder = _folder(simulation, number)
    return SourceConfig(
        name=f"{simulation.name}_{number:03d}",
        series=(folder,),
        parcels=f"{folder}/parcels.gpkg",
        crop_field="crop",
        id_field="parcel_id",
        classes=SIMULATED_TABLE,
        outside_parcels="background",
        simulated=True,
        split=simulation.split,
        shares=simulation.shares,
        block_m=simulation.block_m,
        weight=simulation.weight / simulation.scenes,
    )


def _folder(simulation: SimulationConfig, number: int) -> str:
    return f"simulated/{simulation.name}_{number:03d}"
