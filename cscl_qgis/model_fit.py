"""Does a model suit a series of images? What fits and what does not, as sentences. No QGIS in here.

Only what can be told from the dates table; the engine checks again, and more, before it maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ._engine import model_card

FITS, DOUBTFUL, REFUSED = "fits", "doubtful", "refused"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    verdict: str
    """fits, doubtful (a map can be made, but look twice) or refused (the engine will not run)."""
    text: str


def check_fit(
    card: model_card.ModelCard,
    rows: Sequence[Mapping[str, Any]],
    box: Optional[Tuple[float, float, float, float]] = None,
) -> List[Finding]:
    """Compare a model's card with the rows of the dates table.

    Args:
        card: of the model.
        rows: as `python -m backend dates --json` gives them.
        box: west, south, east, north of the images, degrees.
    """
    used = [row for row in rows if row.get("used")]
    found = [_bands(card, used), _level(card, used), _count(card, used)]
    found += _season(card, used)
    if box is not None:
        found.append(_place(card, box))
    if any(not row.get("masked") for row in used):
        found.append(Finding(DOUBTFUL, "Some images have no cloud mask: their clouds are not masked."))
    wrong = [str(row["date"]) for row in used if row.get("radiometry")]
    if wrong:
        told = f"The reflectance cannot be right on {', '.join(wrong)}: leave these dates out."
        found.append(Finding(DOUBTFUL, told))
    return found


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
        return Finding(FITS, f"All {len(card.bands)} bands are there.")
    told = "; ".join(
        f"{band} on {dates[0]}" + (f" and {len(dates) - 1} other dates" if len(dates) > 1 else "")
        for band, dates in missing.items()
    )
    return Finding(REFUSED, f"Bands that the model wants are missing: {told}.")


def _level(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> Finding:
    levels = sorted({str(row.get("level") or "") for row in used})
    if not used or levels == [card.level]:
        return Finding(FITS, f"The images are of level {card.level}, as the model wants.")
    if "" in levels:
        return Finding(DOUBTFUL, f"Some images do not say their processing level; they are taken for {card.level}.")
    return Finding(REFUSED, f"The images are of level {', '.join(levels)}, the model wants {card.level}.")


def _count(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> Finding:
    if len(used) < card.dates_min:
        return Finding(REFUSED, f"{len(used)} dates can be used, the model wants {card.dates_min} or more.")
    if len(used) > card.dates_max:
        return Finding(
            DOUBTFUL, f"{len(used)} dates can be used, the model takes {card.dates_max}: the clearest are chosen."
        )
    return Finding(FITS, f"{len(used)} dates can be used.")


def _season(card: model_card.ModelCard, used: Sequence[Mapping[str, Any]]) -> List[Finding]:
    """Dates outside of the days of the year that the model was trained on."""
    start, end = card.season
    if (start, end) == ("01-01", "12-31") or not used:
        return []
    outside = [str(row["date"]) for row in used if not _within(str(row["date"])[5:], start, end)]
    if not outside:
        return [Finding(FITS, "All dates lie in the season that the model was trained on.")]
    return [Finding(DOUBTFUL, f"{len(outside)} dates lie outside of the model's season ({start} to {end}).")]


def _within(day: str, start: str, end: str) -> bool:
    return start <= day <= end if start <= end else day >= start or day <= end


def _place(card: model_card.ModelCard, box: Tuple[float, float, float, float]) -> Finding:
    west, south, east, north = box
    for region in card.regions or (card.bbox,):
        if not (west > region[2] or east < region[0] or south > region[3] or north < region[1]):
            return Finding(FITS, "The images touch a region that the model was trained on.")
    return Finding(DOUBTFUL, "The images lie outside of the regions that the model was trained on.")
