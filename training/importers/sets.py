"""The published sets by name, and the one call that opens them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from backend.errors import BandMissingError, CsclError, InputError
from training.classes import ClassTable, nearest
from training.importers import mtlcc, pastis, t31tfm
from training.importers.imported import AS_PUBLISHED, ImportedSource, ImportRequest
from training.splits import MAX_FOLDS

KINDS: Mapping[str, ModuleType] = {"t31tfm": t31tfm, "mtlcc": mtlcc, "pastis": pastis}


def open_import(
    kind: str,
    path: Path,
    *,
    name: str,
    bands: tuple[str, ...],
    level: str,
    table: ClassTable,
    chip: int,
    max_dates: int,
    magnifications: tuple[int, ...],
    shares: Mapping[str, float],
    weight: float = 1.0,
    folds: int = 0,
    buffer_m: float = 0.0,
    seed: int = 0,
) -> tuple[ImportedSource, ...]:
    """Open a published set as sources of a data set; reads its lists and a few of its files.

    Args:
        kind: t31tfm, mtlcc or pastis.
        path: folder of the set, as published.
        name: of the source; where the set gives several, their own names are added to it.
        bands: of the data set, in order.
        level: of the data set, L1C or L2A.
        table: class numbers of the set onto the legend.
        chip: side of a sample, 10 m pixels: patches are cut to it, or padded with unknown ground.
        max_dates: a patch with more is sampled over the season.
        magnifications: of the data set; samples lack those that the set has not.
        shares: wanted shares of train, validation and calibration, in what the set's own lists leave open.
        weight: of all its sources together.
        folds: k folds of blocks of ground; 0 for the set's own lists.
        buffer_m: ground nearer than this to another fold is marked, training ground nearer to another split dropped.
        seed: of the draws of blocks.

    Raises:
        InputError: if there is no such kind or folder, or the set does not fit what is wanted.
        DamagedFileError: if a file that is looked at is not what was published.
    """
    if kind not in KINDS:
        raise InputError(f"There is no importer '{kind}'{nearest(kind, list(KINDS))}.", "Give one of these.")
    published = KINDS[kind]
    title: str = published.TITLE
    if not path.is_dir():
        raise InputError(f"There is no folder {path} with {title}.", "Give the folder of the set as it was published.")
    if level != published.LEVEL:
        raise InputError(
            f"{title} holds {published.LEVEL} reflectance, the data set is to hold {level}: the two must not be mixed.",
            f"Set dataset.level to {published.LEVEL}, or leave the set out.",
        )
    for band in bands:
        if band not in published.BANDS:
            raise BandMissingError(
                f"{title} has no band {band} (it has {', '.join(published.BANDS)}).",
                "Take the band out of dataset.bands, or leave the set out.",
            )
    has = tuple(scale for scale in magnifications if scale in published.MAGNIFICATIONS)
    if not has:
        raise InputError(
            f"{title} has labels at {' and '.join(f'x{scale}' for scale in published.MAGNIFICATIONS)}, and only at "
            f"{', '.join(f'x{scale}' for scale in magnifications)} are they wanted.",
            "Add one of these to dataset.magnifications, or leave the set out.",
        )
    if not bands or chip < 1 or max_dates < 1:
        raise InputError(
            f"An import needs bands, chips and dates, not {len(bands)}, {chip} and {max_dates} of them.",
            "Correct the section dataset.",
        )
    if not shares.get("train", 0.0) > 0 or min(shares.values()) < 0 or buffer_m < 0:
        raise InputError(
            f"The share of training must be above 0 and nothing below 0: {dict(shares)}, {buffer_m} m.",
            "Correct the shares of the import and dataset.splits.buffer_m.",
        )
    if folds != 0 and not 2 <= folds <= MAX_FOLDS:
        raise InputError(
            f"There can be 2 to {MAX_FOLDS} folds (0 for none), not {folds}.", "Correct dataset.splits.folds."
        )
    request = ImportRequest(
        name=name,
        path=path,
        bands=bands,
        table=table,
        chip=chip,
        max_dates=max_dates,
        magnifications=has,
        shares=dict(shares),
        weight=weight,
        folds=folds,
        buffer_m=buffer_m,
        seed=seed,
    )
    try:
        sources: tuple[ImportedSource, ...] = published.open_set(request)
    except CsclError as error:
        error.hint = error.hint or AS_PUBLISHED
        raise
    return sources
