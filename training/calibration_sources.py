"""Which sources of a data set a model is calibrated on."""

from __future__ import annotations

from collections.abc import Sequence

from backend.errors import InputError
from training.config import TrainConfig
from training.mosaic import MappedSource
from training.simulated_scenes import scenes_made


def calibration_sources(config: TrainConfig, sources: Sequence[MappedSource]) -> list[MappedSource]:
    """Those that evaluate.calibrate_on names, scenes of a simulation by its name; all where it names none.

    Args:
        config: the run.
        sources: of its data set.

    Raises:
        InputError: if one that is named has no calibration split.
    """
    asked = config.evaluate.calibrate_on
    if not asked:
        return list(sources)
    scenes = scenes_made(config.dataset.simulations)
    named = {source.name: scenes.get(source.name, source.name) for source in sources}
    having = {named[source.name] for source in sources if source.has_split("calibration")}
    for name in asked:
        if name not in having:
            raise InputError(
                f"evaluate.calibrate_on names '{name}', but it has no calibration split.",
                "Give it split: calibration, or blocks with a share for calibration.",
            )
    return [source for source in sources if named[source.name] in asked]
