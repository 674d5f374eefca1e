"""Crops that are declared wrongly: some parcels of a scene say another crop than what grows on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backend.errors import RequestError

from .scene import Scene

STREAM = 2
"""Beside the scene's seed: draws of its own, so that nothing else of the scene changes."""


def declare_wrongly(scene: Scene, share: float) -> Scene:
    """A scene in which so many parcels are declared as another crop of it; a function of the scene's seed.

    A wrong crop is that of another parcel, drawn among those of other crops: frequent crops are declared more often.
    A larger share has the wrong parcels of a smaller one, and the same crops on them.

    Args:
        scene: is not changed; images, truth rasters and outlines are the same in both.
        share: of its parcels, rounded to whole ones; with a single crop there is no other, and none is wrong.

    Raises:
        RequestError: if the share is not one.
    """
    if not 0 <= share <= 1:
        raise RequestError(f"The share of wrong declarations must lie between 0 and 1, not {share}.")
    grown = scene.parcels["crop"].to_numpy()
    codes = scene.parcels["class_id"].to_numpy()
    rng = np.random.default_rng([scene.settings.seed, STREAM])
    source = np.arange(len(grown))
    if len(set(grown)) > 1:
        for number in rng.permutation(len(grown))[: round(share * len(grown))]:
            source[number] = rng.choice(np.flatnonzero(grown != grown[number]))
    return replace(scene, parcels=scene.parcels.assign(crop=grown[source], class_id=codes[source]), label_noise=share)
