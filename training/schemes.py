"""Which sources are wholly the test when a year or a region is left out. Knows no parcels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import InputError
from training.classes import nearest

LEAVE_OUT = {"leave_year_out": "year", "leave_region_out": "region"}
"""Schemes that hold whole sources out, and by what; the other schemes (blocks, folds) hold none out."""
SCHEMES = ("blocks", "folds", *LEAVE_OUT)


@dataclass(frozen=True)
class Origin:
    """What the schemes need to know of a source."""

    name: str
    year: int | None
    """Of the declarations."""
    region: str | None


def held_out_sources(scheme: str, sources: Sequence[Origin], held_out: int | str | None) -> tuple[bool, ...]:
    """Which sources are wholly the test; the others are split by blocks without a test.

    A field that is in the held-out year and in others is trained on and tested: that of another year, under other
    weather and mostly with another crop, which is the point of leaving a year out. (To leave out the ground too, use
    folds.) Sources of the held-out region are tested in every year.

    Args:
        scheme: blocks, folds, leave_year_out or leave_region_out.
        sources: all that have parcels.
        held_out: the year or the region of the test; not used by blocks and folds.

    Returns:
        For each source whether it is wholly the test; none is with blocks and folds.

    Raises:
        InputError: if there is no such scheme, a source does not say its year (region), no source is of the one held
        out, or all are.
    """
    if scheme not in SCHEMES:
        raise InputError(f"There is no scheme of splits '{scheme}'{nearest(scheme, SCHEMES)}.", "Give one of these.")
    if scheme not in LEAVE_OUT:
        return (False,) * len(sources)
    what = LEAVE_OUT[scheme]
    if held_out is None or not str(held_out).strip():
        raise InputError(
            f"The scheme {scheme} needs 'held_out', the {what} of the test.", "Set dataset.splits.held_out."
        )
    wanted, values = str(held_out).strip(), []
    for source in sources:
        value = source.year if what == "year" else source.region
        if value is None or not str(value).strip():
            raise InputError(
                f"The source '{source.name}' does not say its {what}, which the scheme {scheme} needs.",
                f"Give every source a '{what}'.",
            )
        values.append(str(value).strip())
    there = sorted(set(values))
    if wanted not in there:
        tail = nearest(wanted, there) if what == "region" else f" (there are: {', '.join(there)})" if there else ""
        raise InputError(
            f"No source has the {what} '{wanted}' that is to be held out{tail}.",
            "Set dataset.splits.held_out to one of these.",
        )
    if there == [wanted]:
        raise InputError(
            f"All {len(sources)} sources have the {what} '{wanted}' that is to be held out: none is left to train on.",
            f"Add sources of another {what}, or split by blocks.",
        )
    return tuple(value == wanted for value in values)
