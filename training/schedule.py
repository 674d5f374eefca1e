"""The learning rate over the steps of a stage."""

from __future__ import annotations

import math

from training.config_training import StageConfig


def rate_factor(stage: StageConfig, step: int) -> float:
    """What the learning rate is multiplied by at a step, 0 to 1.

    It rises in even steps over the first `warmup` of the stage, then falls to 0 along half a cosine, or, as published
    (Tarasiou et al. 2022: times 0.975 per epoch), by a factor after every so many steps, counted from the first.

    Args:
        stage: settings.
        step: number of the step, from 0.
    """
    rise = max(1, round(stage.warmup * stage.steps))
    rising = min(1.0, (step + 1) / rise)
    if stage.schedule == "exponential":
        return float(rising * stage.decay ** (step // stage.decay_every))
    if step < rise:
        return rising
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rise) / max(1, stage.steps - rise))))
