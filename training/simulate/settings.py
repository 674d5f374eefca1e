"""What a simulated scene is asked to be: size, season, flavour, sources. Checked when made; draws nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.errors import RequestError

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

FLAVOURS = ("temperate", "mediterranean")
GROUNDS = ("all", "trained", "held_out")
"""Parts of a file of real parcels: all of it, its western seven tenths, the rest."""
Half = Literal["all", "first", "second"]
"""Of a file of profiles: all of them, or every other one of each crop."""

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""Bands of a scene, in the order of the default model."""

BANDS_10M = ("B02", "B03", "B04", "B08")
BANDS_20M = ("B05", "B06", "B07", "B8A", "B11", "B12")

FINE_M = 2.5
"""Side of a cell of the scene as it is rendered, and of its truth, in metres: a quarter of a 10 m pixel."""

MARGIN_M = 60.0
"""Ground rendered around the scene: more than three sigma of the 20 m point spread and a 4 sigma jitter."""

DEFAULT_CROPS: dict[str, tuple[tuple[str, float], ...]] = {
    "temperate": (
        ("winter_common_soft_wheat", 0.19),
        ("winter_durum_hard_wheat", 0.03),
        ("barley", 0.11),
        ("rapeseed_rape", 0.10),
        ("maize_corn", 0.14),
        ("summer_industrial", 0.09),
        ("legumes", 0.07),
        ("root_vegetables", 0.08),
        ("cereal_other", 0.05),
        ("pasture_meadow_grassland_grass", 0.10),
        ("fallow_land_not_crop", 0.03),
        ("vineyards_wine_vine_rebland_grapes", 0.01),
    ),
    "mediterranean": (
        ("winter_common_soft_wheat", 0.07),
        ("winter_durum_hard_wheat", 0.17),
        ("barley", 0.08),
        ("rapeseed_rape", 0.04),
        ("maize_corn", 0.06),
        ("summer_industrial", 0.10),
        ("legumes", 0.07),
        ("root_vegetables", 0.05),
        ("cereal_other", 0.05),
        ("pasture_meadow_grassland_grass", 0.08),
        ("fallow_land_not_crop", 0.08),
        ("vineyards_wine_vine_rebland_grapes", 0.15),
    ),
}
"""How often each crop is drawn for a parcel: flatter than any real region, so that rare crops are seen too."""


NOT_GROWN = ("background", "other")
"""Classes of the legend that no parcel of a scene gets: other crops are many, and have no calendar in common."""


def read_legend() -> dict[str, int]:
    """Names of the legend's classes and their codes, from resources/classes/legend.csv."""
    with (RESOURCES / "classes" / "legend.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: int(row["code"]) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class SceneSettings:
    """All that decides a scene. Two equal settings give the same scene, byte for byte."""

    seed: int
    """The only source of randomness."""
    size_px: int = 192
    """Height and width in 10 m pixels; a multiple of 4."""
    dates: int = 24
    """Number of acquisitions."""
    year: int = 2018
    """Harvest year: the season runs from 1 November before it to 31 October in it."""
    flavour: str = "temperate"
    """`temperate` or `mediterranean`: shifts the calendars by about three weeks, changes crops and soils."""
    crops: tuple[tuple[str, float], ...] | None = None
    """(legend name, weight) of each crop that may grow; None takes the flavour's own."""
    geometry: Path | None = None
    """Vector file with real parcels whose shapes are borrowed; None generates fields."""
    ground: str = "all"
    """Part of the file of real parcels that shapes are borrowed from, so that scenes to test on have other fields."""
    parcel_ha: tuple[float, float] | None = None
    """Least and greatest median area of borrowed parcels, hectares: larger ones are shrunk. None keeps their size."""
    profiles: Path | None = None
    """Parquet file with real band profiles; None takes the built-in crop calendars."""
    profile_years: tuple[int, ...] = ()
    """Harvest years whose profiles are taken; all where none is given."""
    profile_half: Half = "all"
    """Every other profile of each crop, so that scenes of the same years and different halves share none."""
    texture_sd: tuple[float, float] = (0.06, 0.10)
    """Least and largest relative standard deviation within a parcel (measured on real series)."""
    jitter_sd_m: float = 3.0
    """Standard deviation of the registration error per date and axis, metres (measured)."""
    psf_sigma_m: tuple[float, float] = (5.3, 10.6)
    """Sigma of the Gaussian point spread of the 10 m and of the 20 m bands, metres (measured)."""
    noise: float = 1.0
    """Strength of sensor noise and of what the atmospheric correction leaves; 0 for none."""
    clouds: bool = True
    """Whether there are clouds, shadows, haze and swath edges, and errors of the scene classification."""
    min_clear: float = 0.0
    """Least clear share wanted of a date, as a cloud filter at download has it; 0 takes every date."""

    def __post_init__(self) -> None:
        if self.size_px < 16 or self.size_px % 4:
            raise RequestError(f"A scene's size must be a multiple of 4 and at least 16 pixels, not {self.size_px}.")
        if not 1 <= self.dates <= 73:
            raise RequestError(f"A season has 1 to 73 dates (one every five days), not {self.dates}.")
        if self.flavour not in FLAVOURS:
            raise RequestError(f"The flavour is one of {', '.join(FLAVOURS)}, not {self.flavour!r}.")
        if self.ground not in GROUNDS:
            raise RequestError(f"The ground is one of {', '.join(GROUNDS)}, not {self.ground!r}.")
        if self.parcel_ha is not None and not 0.1 <= self.parcel_ha[0] <= self.parcel_ha[1] <= 1000:
            raise RequestError(f"parcel_ha must be two rising numbers from 0.1 to 1000, not {self.parcel_ha}.")
        if not 0 <= self.min_clear <= 0.9:
            raise RequestError(f"min_clear must lie between 0 and 0.9, not {self.min_clear}.")
        known = set(read_legend()) - set(NOT_GROWN)
        for name, weight in self.crop_weights:
            if name not in known or weight < 0:
                raise RequestError(
                    f"{name!r} with weight {weight} is no crop of the legend with a weight of 0 or more.",
                    hint=f"Crops of the legend: {', '.join(sorted(known))}.",
                )
        if sum(weight for _, weight in self.crop_weights) <= 0:
            raise RequestError("At least one crop needs a weight above 0.")
        for what, path in (("parcels", self.geometry), ("profiles", self.profiles)):
            if path is not None and not Path(path).is_file():
                raise RequestError(f"There is no file {path} to take {what} from.")

    @property
    def crop_weights(self) -> tuple[tuple[str, float], ...]:
        """(legend name, weight) of each crop that may grow."""
        return DEFAULT_CROPS[self.flavour] if self.crops is None else self.crops

    @property
    def side_m(self) -> float:
        """Side of the scene in metres."""
        return self.size_px * 10.0
