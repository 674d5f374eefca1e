"""Does a model suit a series of images? What fits and what does not, as sentences. No QGIS in here.

Only what can be told from the dates table; the engine checks again, and more, before it maps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ._engine import model_card
from .card_html import day_text
from .translation import tr

FITS, DOUBTFUL, REFUSED = "fits", "doubtful", "refused"
KM_PER_DEGREE = 111.2
"""Of latitude, and of longitude at the equator."""
WHOLE_YEAR = ("01-01", "12-31")

Box = Tuple[float, float, float, float]
"""West, south, east, north, degrees."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    verdict: str
    """fits, doubtful (a map can be made, but look twice) or refused (the engine will not run)."""
    text: str


def check_fit(
    card: model_card.ModelCard, rows: Sequence[Mapping[str, Any]], box: Optional[Box] = None
) -> List[Finding]:
    """Compare a model's card with the rows of the dates table.

    Args:
        card: of the model.
        rows: as `python -m backend dates --json` gives them.
        box: of the ground to be mapped; None where it is not known.
    """
    used = [row for row in rows if row.get("used")]
    found = [_bands(card, used), _level(card, used), _count(card, used)]
    found += _season(card, used)
    if box is not None:
        found.append(_place(card, box))
    if any(not row.get("masked") for row in used):
        found.append(Finding(DOUBTFUL, tr("Some images have no cloud mask: their clouds are not masked.")))
    wrong = [str(row["date"]) for row in used if row.get("radiometry")]
    if wrong:
        told = tr("The reflectance cannot be right on {}: leave these dates out.").format(", ".join(wrong))
        found.append(Finding(DOUBTFUL, told))
    return found


def as_box(value: Any) -> Optional[Box]:
    """A box as the engine tells it; None where it does not know one (its box is the whole world then)."""
    if not isinstance(value, (list, tuple)) or len(value) != 4 or value[2] - value[0] >= 360:
        return None
    west, south, east, north = (float(number) for number in value)
    return west, south, east, north


def can_run(found: Sequence[Finding]) -> bool:
    """True if nothing is refused."""
    return all(item.verdict != REFUSED for item in found)


def _bands(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> Finding:
    missing: Dict[str, List[str]] = {}
    for row in used:
        for band in card.bands:
            if band not in row.get("bands", ()):
                missing.setdefault(band, []).append(str(row["date"]))
    if not missing:
        return Finding(FITS, tr("All {} bands are there.").format(len(card.bands)))
    told = "; ".join(
        tr("{} on {} and {} other dates").format(band, dates[0], len(dates) - 1)
        if len(dates) > 1
        else tr("{} on {}").format(band, dates[0])
        for band, dates in missing.items()
    )
    return Finding(REFUSED, tr("Bands that the model wants are missing: {}.").format(told))


def _level(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> Finding:
    levels = sorted({str(row.get("level") or "") for row in used})
    if not used or levels == [card.level]:
        return Finding(FITS, tr("The images are of level {}, as the model wants.").format(card.level))
    if "" in levels:
        told = tr("Some images do not say their processing level; they are taken for {}.").format(card.level)
        return Finding(DOUBTFUL, told)
    told = tr("The images are of level {}, the model wants {}.").format(", ".join(levels), card.level)
    return Finding(REFUSED, told)


def _count(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> Finding:
    if len(used) < card.dates_min:
        told = tr("{} dates can be used, the model wants {} or more.").format(len(used), card.dates_min)
        return Finding(REFUSED, told)
    if len(used) > card.dates_max:
        told = tr("{} dates can be used, the model takes {}: the clearest are chosen.")
        return Finding(DOUBTFUL, told.format(len(used), card.dates_max))
    return Finding(FITS, tr("{} dates can be used.").format(len(used)))


def _season(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> List[Finding]:
    """Dates outside of the days of the year that the model was trained on."""
    start, end = card.season
    if not used:
        return []
    if (start, end) == WHOLE_YEAR:
        return [Finding(FITS, tr("The model was trained on the whole year."))]
    outside = [str(row["date"]) for row in used if not _within(str(row["date"])[5:], start, end)]
    if not outside:
        told = tr("All dates lie in the season that the model was trained on ({} to {}).")
        return [Finding(FITS, told.format(day_text(start), day_text(end)))]
    told = tr("{} of {} dates lie outside of the season that the model was trained on ({} to {}).")
    return [Finding(DOUBTFUL, told.format(len(outside), len(used), day_text(start), day_text(end)))]


def _within(day: str, start: str, end: str) -> bool:
    return start <= day <= end if start <= end else day >= start or day <= end


def _place(card: model_card.ModelCard, box: Box) -> Finding:
    regions = card.regions or (card.bbox,)
    nearest = min(_distance_km(box, region) for region in regions)
    if nearest > 0:
        told = tr("The images lie outside of the regions that the model was trained on; the nearest is {} km away.")
        return Finding(DOUBTFUL, told.format(f"{nearest:.0f}" if nearest >= 1 else "< 1"))
    if any(_lies_in(box, region) for region in regions):
        return Finding(FITS, tr("The images lie in a region that the model was trained on."))
    return Finding(FITS, tr("The images lie in and around a region that the model was trained on."))


def _lies_in(box: Box, region: Box) -> bool:
    return box[0] >= region[0] and box[1] >= region[1] and box[2] <= region[2] and box[3] <= region[3]


def _distance_km(one: Box, other: Box) -> float:
    """Between the nearest edges, about; 0 where they touch."""
    north = max(other[1] - one[3], one[1] - other[3], 0.0)
    east = max(other[0] - one[2], one[0] - other[2], 0.0)
    middle = math.radians((one[1] + one[3] + other[1] + other[3]) / 4)
    return KM_PER_DEGREE * math.hypot(north, east * math.cos(middle))
