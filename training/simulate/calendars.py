"""Crop calendars: what grows, ripens and is tilled when, for each class of the legend and each background kind.

Days count from 1 January of the harvest year (-61 is 1 November before it) in the temperate flavour; the
Mediterranean one comes earlier by `Calendar.southern_days`. Dates and levels follow general agronomy of western
Europe, tuned by eye against real parcel profiles. Holds no data of any parcel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cycle:
    """Growth from sowing to senescence: peak * logistic rise * logistic fall."""

    rise: float
    """Day when half of the peak is reached."""
    rise_days: float
    """Logistic scale of the rise, days."""
    fall: float
    """Day when half of the green is gone."""
    fall_days: float
    peak: float
    """Green cover at best, 0-1."""


@dataclass(frozen=True)
class Sward:
    """Permanent cover: green share at its low in January, in May, in August and in October."""

    winter: float
    spring: float
    summer: float
    autumn: float
    cuts: tuple[int, int] = (0, 0)
    """Least and largest number of mowings, between early May and September."""
    spread: float = 0.12
    """Standard deviation between parcels of the green share, relative to what is free to vary."""


@dataclass(frozen=True)
class Calendar:
    """One way of growing a class. All days vary from parcel to parcel."""

    green: str
    """Key of spectra.GREEN."""
    weight: float = 1.0
    cycles: tuple[Cycle, ...] = ()
    sward: Sward | None = None
    dry: str = "ripe"
    """Key of spectra.DRY: what dead matter looks like."""
    ripe: float = 0.0
    """Cover of dead standing crop after senescence (for a sward: the share of non-green that is dead matter)."""
    harvest: float | None = None
    stubble: float = 0.0
    """Cover of stubble between harvest and tillage."""
    till_after: float = 40.0
    """Days from harvest to tillage."""
    cover_before: float = 0.0
    """Share of the parcels with a winter cover crop, destroyed before sowing."""
    regrowth: float = 0.0
    """Share of the parcels with a cover crop, volunteers or the next crop after the harvest."""
    flower: tuple[float, float] | None = None
    """Day of full flower and its half length in days, with a spectrum in spectra.FLOWER."""
    surface: str | None = None
    """Key of spectra.SURFACE for what is not green; None for the scene's soils."""
    southern_days: float = -18.0
    """Shift in the Mediterranean flavour."""
    grain: float = 0.0
    """Relative standard deviation of fine texture (some metres): crowns, roofs, rows."""


def _winter_cereal(
    weight: float, early: float, autumn: float, peak: float, ripe: float = 0.85, regrowth: float = 0.45
) -> Calendar:
    return Calendar(
        green="cereal",
        weight=weight,
        cycles=(
            Cycle(-32, 16, 178 - early, 7, autumn),
            Cycle(78 - 0.4 * early, 15, 178 - early, 6.5, peak),
        ),
        ripe=ripe,
        harvest=198 - early,
        stubble=0.7,
        till_after=38,
        regrowth=regrowth,
    )


def _spring_crop(
    green: str,
    weight: float,
    rise: float,
    fall: float,
    harvest: float,
    *,
    peak: float = 0.93,
    rise_days: float = 8,
    fall_days: float = 8,
    dry: str = "leaf",
    ripe: float = 0.6,
    stubble: float = 0.4,
    regrowth: float = 0.3,
    cover_before: float = 0.5,
) -> Calendar:
    return Calendar(
        green=green,
        weight=weight,
        cycles=(Cycle(rise, rise_days, fall, fall_days, peak),),
        dry=dry,
        ripe=ripe,
        harvest=harvest,
        stubble=stubble,
        till_after=35,
        cover_before=cover_before,
        regrowth=regrowth,
        southern_days=-12.0,
    )


def _rapeseed(weight: float, autumn: float, flower: float) -> Calendar:
    return Calendar(
        green="rape",
        weight=weight,
        cycles=(Cycle(-100, 10, 172, 7, autumn), Cycle(62, 12, 172, 7, 0.95)),
        ripe=0.8,
        harvest=190,
        stubble=0.5,
        till_after=30,
        regrowth=0.7,
        flower=(flower, 14),
    )


CROPS: dict[str, tuple[Calendar, ...]] = {
    "winter_common_soft_wheat": (_winter_cereal(0.7, 0, 0.42, 0.96), _winter_cereal(0.3, -4, 0.25, 0.94)),
    "winter_durum_hard_wheat": (_winter_cereal(1.0, 9, 0.45, 0.91, ripe=0.9),),
    "barley": (
        _winter_cereal(0.7, 20, 0.5, 0.92, regrowth=0.6),
        _spring_crop(
            "cereal", 0.3, 100, 176, 198, peak=0.9, rise_days=9, dry="ripe", ripe=0.85, stubble=0.7, regrowth=0.4
        ),
    ),
    "rapeseed_rape": (_rapeseed(0.6, 0.8, 108), _rapeseed(0.4, 0.6, 114)),
    "maize_corn": (
        _spring_crop("maize", 0.6, 169, 258, 288, peak=0.97, rise_days=7, ripe=0.75, stubble=0.5, cover_before=0.6),
        _spring_crop(
            "maize", 0.4, 165, 262, 252, peak=0.97, rise_days=7, ripe=0.5, stubble=0.3, cover_before=0.75, regrowth=0.5
        ),
    ),
    "summer_industrial": (
        _spring_crop("broad", 0.5, 168, 236, 260, peak=0.86, cover_before=0.6),
        _spring_crop("broad", 0.3, 184, 256, 275, peak=0.94, rise_days=9, cover_before=0.6),
        _spring_crop("legume", 0.2, 106, 180, 202, peak=0.86, dry="ripe", ripe=0.8, stubble=0.4),
    ),
    "legumes": (
        _spring_crop("legume", 0.4, 104, 172, 194, peak=0.88, dry="ripe", ripe=0.7, stubble=0.5, regrowth=0.5),
        _spring_crop("legume", 0.15, 90, 176, 200, peak=0.9, rise_days=16, cover_before=0.2, regrowth=0.4),
        Calendar("legume", 0.45, sward=Sward(0.6, 0.9, 0.8, 0.68, cuts=(3, 5), spread=0.1), dry="hay", ripe=0.4),
    ),
    "root_vegetables": (
        _spring_crop("broad", 0.4, 152, 236, 262, peak=0.94, fall_days=9, ripe=0.35, stubble=0.1, regrowth=0.4),
        _spring_crop("broad", 0.4, 150, 330, 300, peak=0.95, rise_days=10, fall_days=25, ripe=0.1, stubble=0.1),
        Calendar(
            "broad",
            0.2,
            cycles=(Cycle(118, 7, 168, 4, 0.7), Cycle(214, 8, 285, 6, 0.75)),
            harvest=295,
            cover_before=0.3,
        ),
    ),
    "cereal_other": (
        _winter_cereal(0.6, 7, 0.55, 0.9, regrowth=0.6),
        _spring_crop(
            "cereal", 0.25, 108, 184, 206, peak=0.88, rise_days=10, dry="ripe", ripe=0.85, stubble=0.7, regrowth=0.4
        ),
        _spring_crop("maize", 0.15, 176, 252, 274, peak=0.85, ripe=0.7),
    ),
    "pasture_meadow_grassland_grass": (
        Calendar("grass", 0.35, sward=Sward(0.72, 0.9, 0.68, 0.74, spread=0.2), dry="hay", ripe=0.8, grain=0.03),
        Calendar("grass", 0.4, sward=Sward(0.74, 0.93, 0.68, 0.74, cuts=(1, 3), spread=0.2), dry="hay", ripe=0.7),
        Calendar("grass", 0.25, sward=Sward(0.55, 0.68, 0.3, 0.46, spread=0.3), dry="hay", ripe=0.75, grain=0.05),
    ),
    "fallow_land_not_crop": (
        Calendar("grass", 0.45, sward=Sward(0.7, 0.82, 0.7, 0.7, cuts=(0, 1), spread=0.25), dry="hay", ripe=0.8),
        Calendar("grass", 0.25, sward=Sward(0.5, 0.62, 0.3, 0.42, cuts=(0, 1), spread=0.3), dry="hay", ripe=0.8),
        Calendar(
            "broad", 0.3, cycles=(Cycle(95, 20, 215, 25, 0.65), Cycle(262, 15, 340, 20, 0.4)), dry="hay", ripe=0.3
        ),
    ),
    "vineyards_wine_vine_rebland_grapes": (
        Calendar(
            "vine",
            0.5,
            cycles=(Cycle(138, 10, 288, 10, 0.17),),
            sward=Sward(0.32, 0.12, 0.03, 0.12, spread=0.25),
            dry="hay",
            ripe=0.15,
            southern_days=-10.0,
            grain=0.03,
        ),
        Calendar(
            "vine",
            0.5,
            cycles=(Cycle(138, 10, 288, 10, 0.22),),
            sward=Sward(0.5, 0.26, 0.08, 0.2, spread=0.3),
            dry="hay",
            ripe=0.3,
            southern_days=-10.0,
            grain=0.03,
        ),
    ),
}
"""Ways of growing each crop of the legend."""

BACKGROUND: dict[str, tuple[Calendar, ...]] = {
    "verge": (
        Calendar("grass", sward=Sward(0.6, 0.8, 0.5, 0.6, cuts=(0, 2), spread=0.2), dry="hay", ripe=0.8, grain=0.10),
    ),
    "track": (Calendar("grass", sward=Sward(0.2, 0.35, 0.15, 0.2, spread=0.2), dry="hay", ripe=0.3, grain=0.10),),
    "road": (Calendar("grass", sward=Sward(0.06, 0.08, 0.05, 0.06), surface="asphalt", grain=0.04),),
    "hamlet": (
        Calendar("grass", sward=Sward(0.3, 0.42, 0.34, 0.34, spread=0.15), surface="roof", ripe=0.1, grain=0.40),
    ),
    "deciduous": (
        Calendar(
            "deciduous",
            cycles=(Cycle(108, 7, 298, 10, 0.95),),
            sward=Sward(0.12, 0.1, 0.1, 0.12),
            dry="litter",
            ripe=0.95,
            southern_days=-10.0,
            grain=0.12,
        ),
    ),
    "conifer": (
        Calendar("conifer", sward=Sward(0.93, 0.95, 0.92, 0.93, spread=0.3), dry="litter", ripe=0.9, grain=0.14),
    ),
    "hedge": (
        Calendar(
            "deciduous",
            cycles=(Cycle(105, 8, 300, 12, 0.85),),
            sward=Sward(0.3, 0.35, 0.3, 0.3, spread=0.2),
            dry="litter",
            ripe=0.8,
            southern_days=-10.0,
            grain=0.15,
        ),
    ),
    "shrub": (
        Calendar("shrub", sward=Sward(0.62, 0.72, 0.6, 0.62, spread=0.25), dry="hay", ripe=0.45, grain=0.16),
        Calendar("shrub", sward=Sward(0.75, 0.85, 0.78, 0.76, spread=0.2), dry="litter", ripe=0.5, grain=0.16),
    ),
    "bare": (Calendar("grass", sward=Sward(0.05, 0.07, 0.04, 0.05, spread=0.3), surface="quarry", grain=0.10),),
    "water": (Calendar("grass", sward=Sward(0.0, 0.0, 0.0, 0.0, spread=0.0), surface="water", grain=0.02),),
}
"""What is no parcel."""
