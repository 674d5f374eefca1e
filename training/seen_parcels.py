"""Parcels that the model of a finished map has seen in training: they are no test of it, and left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backend.errors import CsclError, InputError
from backend.run_card import read_run_card
from backend.run_record import last_year, read_record
from backend.trained_ground import is_told, points_inside, seen_grounds, seen_points
from training.classes import UNKNOWN
from training.map_request import MapRequest
from training.parcels import Parcels
from training.progress import Progress

MAPS = ("crop_type.tif", "crop_type_fields.tif")
"""Of a run's folder: a raster of another name may have been put there by anyone."""


def leave_out_seen(parcels: Parcels, request: MapRequest, progress: Progress) -> tuple[Parcels, dict[str, Any] | None]:
    """Parcels with the crop of those unknown that the map's model has seen, unless they are asked for.

    Args:
        parcels: on the map's grid.
        request: the map, beside which the record of its run may lie, and what to do.
        progress: is told what is left out.

    Returns:
        The parcels, and for the report: the model's name, how many of the parcels with a known crop it has seen,
        whether they are left out, and whether the ground between parcels counts. None where it is not known what the
        map's model has seen: no record says which model it was, it is gone, or its card does not tell.

    Raises:
        InputError: if no parcel would be left.
    """
    if request.map.name not in MAPS:
        return parcels, None
    try:
        record = read_record(request.map.parent)
        card = read_run_card(request.map.parent, record, "")
    except (CsclError, OSError):
        return parcels, None  # any raster of classes can be scored, whoever made it
    year = request.year or last_year(record)
    if not is_told(card.training) or not year:
        return parcels, None
    seen = seen_points(seen_grounds(card.training), points_inside(parcels.geometry), parcels.crs, year)
    known = parcels.classes != UNKNOWN
    count, total = int(np.count_nonzero(seen & known)), int(np.count_nonzero(known))
    facts = {
        "model": card.name,
        "parcels": count,
        "left_out": bool(count) and not request.score_seen,
        "ground_counts": request.outside_parcels == "background",
    }
    if not count:
        return parcels, facts
    told = (
        f"{count} of the {total} parcels lie on ground that the map's model, {card.name}, was trained or calibrated on "
        "with declarations of that year"
    )
    if request.score_seen:
        progress.warning(f"{told}: the figures are too good.")
        return parcels, facts
    if count == total:
        raise InputError(
            f"{request.parcels.name}: {told}, so that none is left to test the map with.",
            "Give parcels of other ground, or score these too (--score-seen; in QGIS: 'Score also parcels that the "
            "model has seen'), which is no test.",
        )
    progress.warning(f"{told}: they are left out.")
    return replace(parcels, classes=np.where(seen, UNKNOWN, parcels.classes).astype(parcels.classes.dtype)), facts
