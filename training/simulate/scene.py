"""A simulated scene: bands, scene classification, parcels and exact truth, all from one seed. Writes no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from .acquisitions import plan_acquisitions
from .borrowed_fields import borrow_landscape
from .calendars import BACKGROUND
from .clouds import Sky
from .fields import Landscape, generate_landscape
from .ground import invent_ground, rasterize_landscape
from .grown_profiles import GrownProfiles
from .measured_profiles import STAND_INS, MeasuredProfiles, load_profiles
from .render import Renderer
from .settings import BANDS, FINE_M, MARGIN_M, SceneSettings, read_legend

FloatArray = NDArray[np.float32]

CRS = "EPSG:32631"
ORIGIN_STEP_M = 40.0
"""Scenes start at multiples of four 10 m pixels, as the chips of a data set do."""

KINDS = list(BACKGROUND)


@dataclass
class Scene:
    """All of one scene in memory. T dates, H = W = settings.size_px."""

    settings: SceneSettings
    transform: Affine
    """Of the 10 m grid, in CRS."""
    dates: list[date]
    bands_10m: NDArray[np.uint16]
    """(T, 4, H, W) DN of BANDS_10M, reflectance * 10000; 0 is nodata."""
    bands_20m: NDArray[np.uint16]
    """(T, 6, H/2, W/2) DN of BANDS_20M."""
    scl: NDArray[np.uint8]
    """(T, H/2, W/2) scene classification, with errors."""
    class_fine: NDArray[np.uint8]
    """(4H, 4W) legend code at 2.5 m, 0 for no parcel: the truth."""
    parcel_fine: NDArray[np.int32]
    """(4H, 4W) parcel_id at 2.5 m, 0 for none."""
    ground_fine: NDArray[np.uint8]
    """(4H, 4W) index into KINDS of the background, also under the parcels."""
    parcels: gpd.GeoDataFrame
    """parcel_id, declared crop (legend name), its class_id and geometry of the parcels that touch the scene."""
    skies: list[Sky]
    """(T) what stood between ground and sensor."""
    jitter_m: NDArray[np.float64]
    """(T, 2) registration error east and south, metres."""
    reflectance: FloatArray
    """(P + 1, T, 10) profile of each parcel, by parcel number (row 0: unused), in the order of BANDS."""
    profile_sources: dict[str, object] = field(default_factory=dict)
    label_noise: float = 0.0
    """Share of the parcels that are declared as another crop than grows on them (label_noise.py)."""

    @property
    def clear_share(self) -> list[float]:
        """(T) true share of the scene where the ground is seen."""
        return [float(sky.clear.mean()) for sky in self.skies]


def simulate_scene(settings: SceneSettings) -> Scene:
    """Simulate a scene. A function of the settings alone: the same settings give the same arrays."""
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(settings.seed).spawn(7)]
    place_rng, land_rng, crop_rng, profile_rng, date_rng, texture_rng, ground_rng = streams
    # Dates, too, have streams of their own, so that one date's cloud does not change another's.
    sky_seeds = np.random.SeedSequence([settings.seed, 1]).spawn(settings.dates)
    transform = _place(place_rng)
    plan = plan_acquisitions(
        date_rng, settings.year, settings.dates, clouds=settings.clouds, min_clear=settings.min_clear
    )
    days = np.array([(shot.date - date(settings.year, 1, 1)).days for shot in plan], np.int64)

    land = _landscape(land_rng, settings)
    crops = _assign_crops(crop_rng, settings, land)
    side = settings.size_px * 4 + 2 * round(MARGIN_M / FINE_M)
    parcel, ground = rasterize_landscape(land, KINDS, side, MARGIN_M)
    if settings.geometry is not None:
        ground = invent_ground(ground_rng, parcel, KINDS)
    profiles, grain, sources = _profiles(profile_rng, settings, crops, days)
    # Cells are numbered by profile: parcels from 1, then the background kinds.
    cell = np.where(parcel > 0, parcel, ground.astype(np.int32) + len(crops) + 1)

    renderer = Renderer(settings, cell, profiles, grain, texture_rng)
    rendered = renderer.render(plan, days, sky_seeds)
    codes = read_legend()
    lookup = np.array([0] + [codes[name] for name in crops], np.uint8)
    inner = slice(round(MARGIN_M / FINE_M), side - round(MARGIN_M / FINE_M))
    parcel_fine = np.ascontiguousarray(parcel[inner, inner])
    return Scene(
        settings=settings,
        transform=transform,
        dates=[shot.date for shot in plan],
        class_fine=lookup[parcel_fine],
        parcel_fine=parcel_fine,
        ground_fine=np.ascontiguousarray(ground[inner, inner]),
        parcels=_parcel_table(settings, land, crops, transform, codes),
        reflectance=profiles[: len(crops) + 1],
        profile_sources=sources,
        bands_10m=rendered.bands_10m,
        bands_20m=rendered.bands_20m,
        scl=rendered.scl,
        jitter_m=rendered.jitter_m,
        skies=rendered.skies,
    )


def _place(rng: np.random.Generator) -> Affine:
    """Upper left corner somewhere in UTM zone 31 between the Pyrenees and Flanders, a multiple of 40 m."""
    east, north = rng.uniform(360e3, 640e3), rng.uniform(4760e3, 5640e3)
    left, top = (ORIGIN_STEP_M * (metres // ORIGIN_STEP_M) for metres in (east, north))
    return Affine(10.0, 0.0, left, 0.0, -10.0, top)


def _landscape(rng: np.random.Generator, settings: SceneSettings) -> Landscape:
    if settings.geometry is None:
        return generate_landscape(rng, settings.side_m, MARGIN_M)
    return borrow_landscape(rng, settings.geometry, settings.side_m, MARGIN_M, settings.ground, settings.parcel_ha)


def _assign_crops(rng: np.random.Generator, settings: SceneSettings, land: Landscape) -> list[str]:
    """A crop for each parcel. Each block leans to some crops, as one farm's rotation does."""
    names = [name for name, _ in settings.crop_weights]
    weights = np.array([weight for _, weight in settings.crop_weights])
    crops, leanings = [], {}
    for block in land.block_of:
        if block not in leanings:
            leaning = weights * rng.gamma(1.2, 1.0, len(names))
            leanings[block] = leaning / leaning.sum()
        crops.append(names[int(rng.choice(len(names), p=leanings[block]))])
    return crops


def _profiles(
    rng: np.random.Generator, settings: SceneSettings, crops: list[str], days: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, dict[str, object]]:
    """Profiles (1 + P + kinds, T, 10), the sd of their fine texture (1 + P + kinds), and where they come from."""
    grown = GrownProfiles(rng, settings.flavour, days)
    measured: MeasuredProfiles | None = None
    if settings.profiles is not None:
        measured = load_profiles(settings.profiles, days, settings.profile_years, settings.profile_half)
    profiles = np.zeros((1 + len(crops) + len(KINDS), len(days), len(BANDS)), np.float32)
    grain = np.zeros(len(profiles), np.float32)
    calendars_used: set[str] = set()
    for number, name in enumerate([*crops, *KINDS], start=1):
        if measured is not None and number <= len(crops) and rng.random() < measured.share(name):
            profiles[number] = measured.draw(rng, name)
        else:
            profiles[number], grain[number] = grown.draw(rng, name)
            if number <= len(crops):
                calendars_used.add(name)
    sources: dict[str, object] = {"from_calendars": sorted(calendars_used)}
    if measured is not None:
        lent = sorted(set(crops) & set(STAND_INS) - set(measured.by_class))
        sources |= {
            "file": settings.profiles.name if settings.profiles is not None else "",
            "measured": measured.counts,
            "stand_ins": {name: {"profiles_of": STAND_INS[name][0], "shift_days": STAND_INS[name][1]} for name in lent},
        }
    return np.clip(profiles, 0.001, 1.2), grain, sources


def _parcel_table(
    settings: SceneSettings, land: Landscape, crops: list[str], transform: Affine, codes: dict[str, int]
) -> gpd.GeoDataFrame:
    shift = np.array([transform.c, transform.f])
    # Files hold centimetres, so that a polygon is the same when read back; truth rasters are drawn from the unrounded.
    shapes = shapely.transform(np.array(land.parcels, dtype=object), lambda xy: np.round(xy + shift, 2))
    scene = shapely.box(transform.c, transform.f - settings.side_m, transform.c + settings.side_m, transform.f)
    touches = shapely.area(shapely.intersection(shapely.make_valid(shapes), scene)) > 1.0
    numbers = np.flatnonzero(touches)
    return gpd.GeoDataFrame(
        {
            "parcel_id": (numbers + 1).astype(np.int32),
            "crop": [crops[number] for number in numbers],
            "class_id": np.array([codes[crops[number]] for number in numbers], np.int32),
        },
        geometry=list(shapes[touches]),
        crs=CRS,
    )
