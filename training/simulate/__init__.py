"""Simulator of Sentinel-2 L2A time series with exact sub-pixel truth.

    scene = simulate_scene(SceneSettings(seed=1))
    write_scene(scene, Path("scene_1"))

Constants were measured on real series; what is invented: backgrounds, field edges, how clouds look. Trains nothing.
"""

from .files import write_scene
from .label_noise import declare_wrongly
from .scene import Scene, simulate_scene
from .settings import SceneSettings

__all__ = ["Scene", "SceneSettings", "declare_wrongly", "simulate_scene", "write_scene"]
