"""Quick looks at samples: true and false colour of the clearest date, and the labels drawn over it.

Which samples are shown follows from their labels alone, so the same data set shows the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.classes import BACKGROUND, UNKNOWN
from training.label_survey import SourceSurvey
from training.split_pictures import is_labelled, outlines, rgb_of
from training.splits import SPLITS
from training.store import CLASS, FLAGS, SPLIT, Store

NUMBER = 12
LEAST_SHARE = 0.01
"""Of a sample's cells that must have a class (a split) for the sample to show it."""
CANDIDATES = 4
"""Times the number wanted: samples without labels whose images are looked at."""
CROP = 96
"""Longest side of what is shown of a sample, 10 m pixels."""
MOST_CELLS = 400
"""Longest side of a picture of labels."""
TRUE_COLOR = ("B04", "B03", "B02")
FALSE_COLORS = (("B08", "B04", "B03"), ("B8A", "B04", "B03"), ("B8A", "B05", "B03"))
"""Near infrared, red, green: what grows is red. The first of these that the bands allow."""
LOW, HIGH = 2, 98
"""Percentiles between which values are stretched."""
LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue (ITU-R BT.601)."""
DARKEST, CONTRAST = 60.0, 0.65
"""Of the grey image: on black or white ground classes could not be told by their colours."""
CLASS_SHARE = 0.55
"""Of a class's colour over the image in grey."""
EDGE_COLOR = (20.0, 20.0, 20.0)
IGNORED_COLOR = (255.0, 255.0, 255.0)
"""Of cells that two crops share."""
NODATA_COLOR = (170.0, 170.0, 170.0)

Picture = npt.NDArray[np.uint8]
ClassShares = tuple[tuple[int, float], ...]
SplitShares = tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class QuickLook:
    """One sample as it is shown."""

    number: int
    """Of the sample in the store."""
    source: str
    row: int
    col: int
    """Of its first pixel in the source's grid."""
    date: str
    """YYYY-MM-DD."""
    clear_share: float
    """Of the sample on that date."""
    side: int
    """Of what is shown, 10 m pixels; smaller than the chip where that is large."""
    images: tuple[tuple[str, Picture], ...]
    """Names and (3, h, h) colours."""
    labels: Picture | None
    """(3, m h, m h); None for samples without labels."""
    magnification: int
    classes: ClassShares
    """Legend codes and their shares of the sample, largest first."""
    splits: SplitShares
    """Splits and their shares of the sample's known ground, largest first."""


def choose_samples(store: Store, surveys: Sequence[SourceSurvey], count: int = NUMBER) -> list[int]:
    """Samples worth looking at: of all sources, splits and classes, and of those the ones with most labels.

    Args:
        store: the data set.
        surveys: what its samples hold.
        count: at most so many.
    """
    if not store.attributes["labelled"]:
        return _clearest(store, np.concatenate([item.numbers for item in surveys]), count)
    numbers = np.concatenate([item.numbers for item in surveys])
    labelled = np.concatenate([item.labelled for item in surveys])
    # what a sample shows, one column each: sources, splits, classes
    shows = np.zeros((len(numbers), len(store.sources)), dtype=np.bool_)
    shows[np.arange(len(numbers)), store.source_of[numbers]] = True
    splits = np.concatenate([item.split_shares[:, 1:] for item in surveys]) >= LEAST_SHARE
    classes = np.concatenate([item.class_shares[:, BACKGROUND + 1 :] for item in surveys]) >= LEAST_SHARE
    shows = np.concatenate([shows, splits, classes], axis=1)
    seen = np.zeros(shows.shape[1], dtype=np.bool_)
    free = labelled > 0
    chosen: list[int] = []
    while len(chosen) < count and free.any():
        gain = (shows & ~seen).sum(axis=1) + np.minimum(labelled, 0.999)  # the whole part: what would be new
        gain[~free] = -1
        place = int(np.argmax(gain))
        seen |= shows[place]
        free &= ~_near(store, numbers, int(numbers[place]))
        chosen.append(int(numbers[place]))
    return chosen


def make_quick_look(store: Store, number: int, colors: dict[int, str]) -> QuickLook:
    """Draw one sample.

    Args:
        store: the data set.
        number: of the sample.
        colors: of the legend's classes.
    """
    x, valid = store.images(number)
    row, col = store.origin[number].tolist()
    date = _best_date(x, valid, store.date[number], store.bands)
    labelled = bool(store.attributes["labelled"])
    planes = store.labels(number, min(store.magnifications)) if labelled else None
    top, left, side = _part(planes, min(store.magnifications, default=1), store.chip)
    part = slice(top, top + side), slice(left, left + side)
    shown, clear = x[(date, slice(None), *part)], valid[(date, *part)]
    stretched = {name: _stretched(shown, clear, store.bands, names) for name, names in _composites(store.bands)}
    picture, magnification = None, 1
    if planes is not None:
        fitting = [scale for scale in store.magnifications if side * scale <= MOST_CELLS]
        magnification = max(fitting, default=min(store.magnifications))
        picture = _with_labels(
            next(iter(stretched.values())),
            store.labels(number, magnification),
            (top, left, side),
            magnification,
            colors,
        )
    classes, splits = _content(planes)
    day = str(int(store.date[number][date])) if store.date[number][date] else "00000000"
    return QuickLook(
        number=number,
        source=store.sources[int(store.source_of[number])].name,
        row=row,
        col=col,
        date=f"{day[:4]}-{day[4:6]}-{day[6:]}",
        clear_share=float(valid[date].mean()),
        side=side,
        images=tuple((name, _to_bytes(values)) for name, values in stretched.items()),
        labels=picture,
        magnification=magnification,
        classes=classes,
        splits=splits,
    )


def _clearest(store: Store, numbers: npt.NDArray[np.int64], count: int) -> list[int]:
    """Of evenly spaced samples those that are imaged best, in order."""
    places = np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), count * CANDIDATES)).astype(np.int64))
    best = sorted((-float(store.images(number)[1].mean()), number) for number in numbers[places].tolist())
    return sorted(number for _, number in best[:count])


def _near(store: Store, numbers: npt.NDArray[np.int64], chosen: int) -> npt.NDArray[np.bool_]:
    """Samples that show the same ground as one chosen, or much of it."""
    away = np.abs(store.origin[numbers].astype(np.int64) - store.origin[chosen]).max(axis=1)
    near: npt.NDArray[np.bool_] = (store.source_of[numbers] == store.source_of[chosen]) & (away < store.chip * 3 // 4)
    return near


def _best_date(
    x: npt.NDArray[np.uint16], valid: npt.NDArray[np.bool_], dates: npt.NDArray[np.int32], bands: tuple[str, ...]
) -> int:
    """The clearest date; of about equally clear ones that on which near infrared tells most fields apart."""
    clear = np.where(dates > 0, valid.mean(axis=(1, 2)), -1.0)
    band = next((bands.index(name) for name in ("B08", "B8A") if name in bands), len(bands) - 1)
    spread = [float(x[place, band][valid[place]].std()) if valid[place].any() else 0.0 for place in range(len(x))]
    equal = clear >= clear.max() - 0.01
    return int(np.argmax(np.where(equal, spread, -1.0)))


def _part(planes: npt.NDArray[np.int32] | None, magnification: int, chip: int) -> tuple[int, int, int]:
    """(row, column, side) of the part that is shown: all of it, or what lies around the labelled cells."""
    side = min(chip, CROP)
    rows, cols = np.nonzero(is_labelled(planes)) if planes is not None else (np.array([]), np.array([]))
    if side == chip or not len(rows):
        middle = (chip - side) // 2
        return middle, middle, side
    centre = (int(np.median(places)) // magnification - side // 2 for places in (rows, cols))
    top, left = (min(max(0, first), chip - side) for first in centre)
    return top, left, side


def _composites(bands: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Names of the pictures and the bands that are their red, green and blue."""
    out: list[tuple[str, tuple[str, ...]]] = []
    if set(TRUE_COLOR) <= set(bands):
        out.append(("True colour", TRUE_COLOR))
    infrared = next((names for names in FALSE_COLORS if set(names) <= set(bands)), None)
    if infrared is not None:
        out.append((f"False colour ({', '.join(infrared)})", infrared))
    return out or [(f"Band {bands[0]}", (bands[0],) * 3)]


def _stretched(
    x: npt.NDArray[np.uint16], valid: npt.NDArray[np.bool_], bands: tuple[str, ...], names: tuple[str, ...]
) -> npt.NDArray[np.float64]:
    """(3, h, h) 0-255, each band between percentiles of its clear pixels; grey where nothing was imaged."""
    chosen = x[[bands.index(name) for name in names]].astype(np.float64)
    imaged = (chosen > 0).any(axis=0)
    counted = valid if valid.any() else imaged
    out = np.empty_like(chosen)
    for place, values in enumerate(chosen):
        low, high = np.percentile(values[counted], (LOW, HIGH)) if counted.any() else (0.0, 1.0)
        out[place] = 255 * np.clip((values - low) / max(high - low, 1.0), 0, 1)
    out[:, ~imaged] = np.array(NODATA_COLOR)[:, None]
    return out


def _with_labels(
    image: npt.NDArray[np.float64],
    planes: npt.NDArray[np.int32],
    part: tuple[int, int, int],
    magnification: int,
    colors: dict[int, str],
) -> Picture:
    """Classes half transparent over the image in grey, white where two crops share a cell, dark edges of parcels."""
    top, left, side = (value * magnification for value in part)
    edges = outlines(planes)[top : top + side, left : left + side]
    planes = planes[:, top : top + side, left : left + side]
    grey = np.broadcast_to(DARKEST + CONTRAST * np.tensordot(LUMINANCE, image, axes=1), image.shape)
    out = grey.repeat(magnification, axis=1).repeat(magnification, axis=2)
    palette = np.zeros((UNKNOWN + 1, 3), dtype=np.float64)
    for code, color in colors.items():
        palette[code] = rgb_of(color)
    crops = is_labelled(planes)
    out[:, crops] = (1 - CLASS_SHARE) * out[:, crops] + CLASS_SHARE * palette[planes[CLASS][crops]].T
    out[:, crops & (planes[FLAGS] != 0)] = np.array(IGNORED_COLOR)[:, None]
    out[:, edges] = np.array(EDGE_COLOR)[:, None]
    return _to_bytes(out)


def _content(planes: npt.NDArray[np.int32] | None) -> tuple[ClassShares, SplitShares]:
    """Classes with their shares of the cells, splits with their shares of the known ones."""
    if planes is None:
        return (), ()
    codes = planes[CLASS].ravel()
    counts = np.bincount(codes, minlength=UNKNOWN + 1)[:UNKNOWN] / codes.size
    classes = tuple((int(code), float(counts[code])) for code in np.argsort(-counts, kind="stable") if counts[code] > 0)
    known = planes[SPLIT].ravel()[codes != UNKNOWN]
    shares = {name: float((known == code).mean()) if known.size else 0.0 for name, code in SPLITS.items()}
    ordered = sorted((item for item in shares.items() if item[1] > 0), key=lambda item: -item[1])
    return classes, tuple(ordered)


def _to_bytes(values: npt.NDArray[np.float64]) -> Picture:
    return np.ascontiguousarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
