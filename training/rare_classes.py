"""Classes with too few pixels to be learned or judged become "other" (Tarasiou et al. 2022). Counts and sentences only.

The reference drops classes with fewer than 20,000 pixels to train on or 2,000 to evaluate on, at 10 m. It has two
splits; here all pixels outside the training split (validation, calibration and test) are those to evaluate on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from training.classes import BACKGROUND, OTHER, UNKNOWN, Legend

TRAIN = "train"
"""Name of the split whose pixels are trained on."""
TRAIN_PIXELS = 20_000
EVALUATION_PIXELS = 2_000

ClassPixels = Mapping[str, Sequence[int]]
"""Certain pixels at 10 m by split: one number a legend code, 0, 1, 2 ..."""


def find_rare(
    class_pixels_by_split: ClassPixels, train_pixels: int, evaluation_pixels: int, legend: Legend
) -> dict[int, int]:
    """The classes that become "other".

    Background and "other" itself never do. A class without any pixel is absent, not rare: see absent_classes.
    Where nothing lies outside the training split the second limit cannot be applied and is left out.

    Args:
        class_pixels_by_split: the split "train" and any others.
        train_pixels: a class with fewer is rare; 0 turns the limit off.
        evaluation_pixels: likewise outside the training split.
        legend: the one legend.

    Returns:
        Legend code to the code of "other".

    Raises:
        InputError: if the counts do not fit the legend, a limit is negative, or there is no class "other" to become.
    """
    if train_pixels < 0 or evaluation_pixels < 0:
        raise InputError(
            f"The limits of rare classes must be 0 or more pixels, not {train_pixels} and {evaluation_pixels}."
        )
    counts = _counts(class_pixels_by_split, legend)
    if not any(evaluation for _, evaluation in counts.values()):
        evaluation_pixels = 0
    rare = [
        code
        for code, (train, evaluation) in counts.items()
        if code not in (BACKGROUND, legend.other)
        and (train or evaluation)
        and (train < train_pixels or evaluation < evaluation_pixels)
    ]
    if rare and legend.other is None:
        raise InputError(
            f"The legend has no class '{OTHER}' that the rare class '{legend.title_of(rare[0])}' could become.",
            "Add one to the legend, or set both limits of rare classes to 0.",
        )
    return {code: int(legend.other or 0) for code in rare}


def absent_classes(class_pixels_by_split: ClassPixels, legend: Legend) -> tuple[int, ...]:
    """Codes of the classes without a pixel in any split; background and "other" are not counted."""
    counts = _counts(class_pixels_by_split, legend)
    return tuple(code for code, pixels in counts.items() if not any(pixels) and code not in (BACKGROUND, legend.other))


def lookup(rare: Mapping[int, int]) -> NDArray[np.uint8]:
    """(256,) uint8: the class of each class once rare ones have become "other"; UNKNOWN stays.

    Raises:
        InputError: if a code is not one of a class, or a class becomes one that is rare itself.
    """
    table = np.arange(256, dtype=np.uint8)
    for code, other in rare.items():
        if not (0 < code < UNKNOWN and 0 < other < UNKNOWN) or other in rare:
            raise InputError(f"The rare class {code} cannot become {other}: both must be crops, and that one not rare.")
        table[code] = other
    return table


def sentences(
    class_pixels_by_split: ClassPixels, train_pixels: int, evaluation_pixels: int, legend: Legend
) -> tuple[str, ...]:
    """What the report says: of each rare class, of the absent ones, and of "other" if that stays too small.

    Args and errors are those of find_rare.
    """
    counts = _counts(class_pixels_by_split, legend)
    rare = find_rare(class_pixels_by_split, train_pixels, evaluation_pixels, legend)
    evaluated = any(evaluation for _, evaluation in counts.values())
    wanted = f"{train_pixels:,} to train on"
    if evaluated:
        wanted += f" and {evaluation_pixels:,} to evaluate on"
    said = []
    for code, other in rare.items():
        train, evaluation = counts[code]
        said.append(
            f"'{legend.title_of(code)}' has {train:,} certain pixels to train on and {evaluation:,} to evaluate on, "
            f"fewer than wanted ({wanted}): it became '{legend.title_of(other)}'."
        )
    absent = absent_classes(class_pixels_by_split, legend)
    if absent:
        names = ", ".join(f"'{legend.title_of(code)}'" for code in absent)
        said.append(f"No certain pixel of {names} is in the data set: nothing is learned of it.")
    if evaluation_pixels and not evaluated:
        said.append("Nothing lies outside the training split, so no class was called rare for want of evaluation.")
    if legend.other is not None:
        merged = [legend.other, *rare]
        train, evaluation = (sum(counts[code][part] for code in merged) for part in (0, 1))
        if (train or evaluation) and (train < train_pixels or (evaluated and evaluation < evaluation_pixels)):
            said.append(
                f"'{legend.title_of(legend.other)}' has only {train:,} certain pixels to train on and {evaluation:,} "
                f"to evaluate on ({wanted} wanted): it stays a class, but little is to be expected of it."
            )
    return tuple(said)


def _counts(class_pixels_by_split: ClassPixels, legend: Legend) -> dict[int, tuple[int, int]]:
    """Legend code to (pixels to train on, pixels outside the training split)."""
    if TRAIN not in class_pixels_by_split:
        raise InputError(
            f"Class pixels are needed of the split '{TRAIN}' (there are: {', '.join(class_pixels_by_split) or 'none'})."
        )
    for split, pixels in class_pixels_by_split.items():
        strange = [code for code, count in enumerate(pixels) if count and code not in legend.codes]
        if strange or min(pixels, default=0) < 0:
            raise InputError(
                f"The class pixels of the split '{split}' do not fit the legend: "
                + (f"there is no class {strange[0]}." if strange else "there are negative counts.")
            )

    def count(split: str, code: int) -> int:
        pixels = class_pixels_by_split[split]
        return int(pixels[code]) if code < len(pixels) else 0

    others = [split for split in class_pixels_by_split if split != TRAIN]
    return {code: (count(TRAIN, code), sum(count(split, code) for split in others)) for code in legend.codes}
