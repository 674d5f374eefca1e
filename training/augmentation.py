"""What is done to a training sample at random: dates dropped, seasons cut, images shifted, clouds, turns, brightness,
and images that end in it.

Functions on arrays (T, C, H, W), each drawing from the generator it is given. Shifts of images, clouds and edges draw
nothing where they are turned off.
Which samples there are is the business of dataset.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from training.config_training import AugmentationConfig

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

DAYS = 365
CLEAR_EXPONENT = 2.0
"""Dates are drawn with this power of their clear share: cloudy ones seldom fill a place."""
CLOUD_RADIUS = (0.15, 0.6)
"""Least and largest mean radius of a made-up cloud, sides of the sample."""
CLOUD_LOBES = (0.25, 0.15, 0.1)
"""Largest share of the radius by which a cloud's outline swings once, twice, three times around it."""
CLOUD_REFLECTANCE = (0.3, 1.0)
EDGE_DEPTH = (0.03, 0.4)
"""Least and largest share of a sample's extent across a made-up edge of the images that lies beyond it."""


def choose_dates(
    generator: np.random.Generator, settings: AugmentationConfig, valid: BoolArray
) -> npt.NDArray[np.intp]:
    """Drop dates at random, sometimes the end of the season.

    Args:
        generator: drawn from.
        settings: dates, min_date_share and truncated_share.
        valid: (T, H, W), in order of date.

    Returns:
        The dates that stay, in order, at most ``settings.dates``; none where no date has a valid pixel.
    """
    clear = valid.reshape(len(valid), -1).mean(axis=1)
    usable = np.flatnonzero(clear > 0)
    if generator.random() < settings.truncated_share and len(usable) > 2:
        # seasons are stored in order of date, so cutting the list cuts the season
        usable = usable[: int(generator.integers(max(2, len(usable) // 3), len(usable) + 1))]
    keep = int(np.ceil(len(usable) * generator.uniform(settings.min_date_share, 1.0)))
    keep = min(max(keep, 1), settings.dates, len(usable))
    if keep:
        chance = clear[usable] ** CLEAR_EXPONENT
        usable = np.sort(generator.choice(usable, keep, replace=False, p=chance / chance.sum()))
    return usable


def shift_images(
    x: FloatArray, valid: BoolArray, shifts: npt.NDArray[np.float64], window: tuple[slice, slice]
) -> tuple[FloatArray, BoolArray]:
    """Move each date against the labels, by bilinear interpolation, and cut out a window.

    The moved pixel at (r, c) is what lay at (r + shift in rows, c + shift in columns). It is valid if all pixels that
    it is made of are valid; what lies outside of the image is not.

    Args:
        x: (T, C, H, W); finite everywhere.
        valid: (T, H, W).
        shifts: (T, 2) rows and columns, input pixels.
        window: rows and columns that are wanted; what lies around them is used.

    Returns:
        x (T, C, h, w) and valid (T, h, w) of the window.
    """
    if not len(x):
        return x[(..., *window)], valid[(..., *window)]
    rows, cols = window
    height, width = rows.stop - rows.start, cols.stop - cols.start
    reach = int(np.ceil(np.abs(shifts).max())) + 1
    around = ((0, 0), (reach, reach), (reach, reach))
    moved = np.zeros((*x.shape[:2], height, width), np.float32)
    seen = np.ones((len(x), height, width), np.bool_)
    for date, shift in enumerate(shifts):
        image, mask = np.pad(x[date], around), np.pad(valid[date], around[1:])
        first, part = np.floor(shift).astype(int), shift - np.floor(shift)
        for down, row_weight in ((0, 1 - part[0]), (1, part[0])):
            for right, col_weight in ((0, 1 - part[1]), (1, part[1])):
                weight = row_weight * col_weight
                if weight == 0:
                    continue
                top, left = rows.start + reach + first[0] + down, cols.start + reach + first[1] + right
                taken = (..., slice(top, top + height), slice(left, left + width))
                moved[date] += np.float32(weight) * image[taken]
                seen[date] &= mask[taken]
    return moved, seen


def add_clouds(generator: np.random.Generator, share: float, x: FloatArray, valid: BoolArray) -> None:
    """Put a made-up cloud into some of the dates: bright, and not valid, so that no model may look at it.

    Args:
        generator: drawn from.
        share: of the dates.
        x: (T, C, H, W) reflectance; changed.
        valid: (T, H, W); changed.
    """
    if share == 0:
        return
    for image, mask in zip(x, valid, strict=True):
        if generator.random() < share:
            cloud = draw_cloud(generator, *mask.shape)
            image[:, cloud] = generator.uniform(*CLOUD_REFLECTANCE)
            mask[cloud] = False


def draw_cloud(generator: np.random.Generator, height: int, width: int) -> BoolArray:
    """(H, W): one blob with its middle in the image, whose radius swings around it."""
    row, col = generator.uniform(0, height), generator.uniform(0, width)
    down, right = np.arange(height)[:, None] + 0.5 - row, np.arange(width) + 0.5 - col
    angle = np.arctan2(down, right)
    radius = np.full((height, width), generator.uniform(*CLOUD_RADIUS))
    swing = np.zeros((height, width))
    for times, most in enumerate(CLOUD_LOBES, start=1):
        swing += generator.uniform(0, most) * np.cos(times * angle + generator.uniform(0, 2 * np.pi))
    cloud: BoolArray = np.hypot(down, right) < max(height, width) * radius * (1 + swing)
    return cloud


def cut_edge(generator: np.random.Generator, share: float, x: FloatArray, valid: BoolArray) -> None:
    """Let the images end at a straight line in some of the samples: beyond it nothing is imaged on any date.

    A network pads its maps with zeros at the edge of what it is given; without such samples it never sees, in training,
    what lies on the way there, and calls the outermost pixels of a map wrong.

    Args:
        generator: drawn from.
        share: of the samples.
        x: (T, C, H, W) reflectance; changed to 0 beyond the line.
        valid: (T, H, W); changed.
    """
    if share == 0 or generator.random() >= share:
        return
    height, width = valid.shape[1:]
    # half of the edges lie along rows or columns, as those of a file do, the others slant, as those of a swath
    angle = generator.uniform(0, 2 * np.pi) if generator.random() < 0.5 else 0.5 * np.pi * generator.integers(4)
    down, right = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    along = down * np.sin(angle) + right * np.cos(angle)
    beyond = along > along.max() * (1 - 2 * generator.uniform(*EDGE_DEPTH))
    x[:, :, beyond] = 0
    valid[:, beyond] = False


def turn(generator: np.random.Generator, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """The same quarter turn and flip of all arrays: pairs of 20 m pixels stay pairs in squares of even size."""
    turns, flip = int(generator.integers(4)), bool(generator.integers(2))
    turned = [np.rot90(values, turns, axes=(-2, -1)) for values in arrays]
    return tuple(values[..., ::-1] if flip else values for values in turned)


def shift_season(generator: np.random.Generator, most: int, doy: IntArray) -> IntArray:
    """Move all days of a season by up to `most` days, around the turn of the year; days of padding (0) become 1."""
    shift = int(generator.integers(-most, most + 1))
    return np.where(doy > 0, (doy - 1 + shift) % DAYS + 1, 1)
