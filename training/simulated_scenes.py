"""The scenes that a configuration asks to be simulated: which settings they have, and as which sources they count."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.scheduler import Unit, num_local, run_units
from training.config import TrainConfig
from training.config_dataset import SimulationConfig, SourceConfig
from training.progress import Progress
from training.simulate import SceneSettings, declare_wrongly, simulate_scene, write_scene

SIMULATED_TABLE = "legend_names"
"""Class table of our own scenes: their parcels carry legend names."""
FOLDER = "simulated"
"""In the folder of the run: where the scenes lie."""
MARKER = "settings.txt"
"""In the folder of a finished scene: what it was made with."""
FEW = 4
"""Fewer scenes are made sooner than further processes start."""


@dataclass(frozen=True)
class WantedScene:
    """A scene that is to lie in a folder."""

    folder: Path
    settings: SceneSettings
    label_noise: float
    """Share of its parcels that are declared wrongly."""

    @property
    def mark(self) -> str:
        """What the scene's marker says: all that decides its files."""
        return repr(self.settings) + (f" label_noise={self.label_noise}" if self.label_noise else "")

    def is_made(self) -> bool:
        """True if the folder holds this very scene, finished."""
        marker = self.folder / MARKER
        return marker.is_file() and marker.read_text(encoding="utf-8") == self.mark


def all_sources(config: TrainConfig, data: Path, out: Path) -> list[tuple[SourceConfig, Path]]:
    """(source, folder its paths are relative to) of the given and of the simulated sources."""
    listed = [(source, data) for source in config.dataset.sources]
    for simulation in config.dataset.simulations:
        listed += [(_as_source(simulation, number), out) for number in range(simulation.scenes)]
    return listed


def simulate_sources(
    config: TrainConfig, data: Path, out: Path, progress: Progress, scheduler: str = "local:1"
) -> None:
    """Make the scenes that the configuration asks for, below `out`; finished ones of the same settings stay.

    Args:
        config: the run's configuration.
        data: folder that the paths in it are relative to.
        out: the run's folder.
        progress: is told how far it is and asked whether to stop.
        scheduler: where they are made; see backend.scheduler.

    Raises:
        CancelledError: if cancelled; the scenes that are finished stay.
    """
    wanted = [
        WantedScene(out / _folder(item, number), scene_settings(item, number, config.seed, data), item.label_noise)
        for item in config.dataset.simulations
        for number in range(item.scenes)
    ]
    missing = [scene for scene in wanted if not scene.is_made()]
    if not missing:
        return
    if len(missing) < FEW and num_local(scheduler):
        scheduler = "local:1"
    units = [Unit(0, scene, scene.settings.size_px**2) for scene in missing]
    scratch = out / FOLDER / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
    scratch.mkdir(parents=True)
    try:
        run_units(_simulate, [None], units, scheduler, progress, "simulating scenes", scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _simulate(_: None, wanted: WantedScene, is_cancelled: Callable[[], bool]) -> None:
    """Make one scene; a unit of work."""
    shutil.rmtree(wanted.folder, ignore_errors=True)  # dates of other settings would be dates of this scene
    scene = simulate_scene(wanted.settings)
    if wanted.label_noise:
        scene = declare_wrongly(scene, wanted.label_noise)
    write_scene(scene, wanted.folder, truth=False)
    (wanted.folder / MARKER).write_text(wanted.mark, encoding="utf-8")


def scene_settings(simulation: SimulationConfig, number: int, seed: int, data: Path) -> SceneSettings:
    """Settings of one scene: a function of the configuration alone."""
    builtin = simulation.builtin_profiles_every and number % simulation.builtin_profiles_every == 0
    parcels = simulation.parcels
    return SceneSettings(
        seed=int(np.random.SeedSequence([seed, simulation.seed, number]).generate_state(1)[0]),
        size_px=simulation.size_px,
        dates=simulation.dates,
        year=simulation.year,
        ground=simulation.ground,
        parcel_ha=simulation.parcel_ha,
        profile_years=simulation.profile_years,
        profile_half=simulation.profile_half,
        min_clear=simulation.min_clear,
        flavour=simulation.flavours[number % len(simulation.flavours)],
        geometry=data / parcels[number % (len(parcels) + 1)] if number % (len(parcels) + 1) < len(parcels) else None,
        profiles=None if builtin or simulation.profiles is None else data / simulation.profiles,
    )


def scene_name(simulation: SimulationConfig, number: int) -> str:
    """The name of a simulation's scene among the sources."""
    return f"{simulation.name}_{number:03d}"


def scenes_made(simulations: Iterable[SimulationConfig]) -> dict[str, str]:
    """The names of all scenes among the sources, and of which simulation each is."""
    return {scene_name(item, number): item.name for item in simulations for number in range(item.scenes)}


def _as_source(simulation: SimulationConfig, number: int) -> SourceConfig:
    folder = _folder(simulation, number)
    return SourceConfig(
        name=scene_name(simulation, number),
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
    return f"{FOLDER}/{scene_name(simulation, number)}"
