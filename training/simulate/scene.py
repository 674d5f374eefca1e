"""A simulated scene: bands, scene classification, parcels and exact truth, all from one seed. Writes no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from .acquisitions import Acquisition, plan_acquisitions
from .borrowed_fields import borrow_landscape
from .calendars import BACKGROUND
from .clouds import Sky, classify, draw_sky
from .fields import Landscape, generate_landscape
from .grown_profiles import GrownProfiles
from .measured_profiles import STAND_INS, MeasuredProfiles, load_profiles
from .render import draw_textures, invent_ground, rasterize_landscape, sample, sampling_matrix
from .settings import BANDS, BANDS_10M, BANDS_20M, FINE_M, MARGIN_M, SceneSettings, read_legend

FloatArray = NDArray[np.float32]

CRS = "EPSG:32631"
ORIGIN_STEP_M = 40.0
"""Scenes start at multiples of four 10 m pixels, as the chips of a data set do."""

VIGOUR = np.array([-0.8, -0.6, -1.0, -0.5, 0.55, 0.75, 0.8, 0.8, -0.35, -0.6], np.float32)
"""Response of each band to the vigour texture; the brightness texture acts on all bands alike."""
BRIGHTNESS = 0.55

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
    """parcel_id, crop (legend name), class_id and geometry of the parcels that touch the scene."""
    skies: list[Sky]
    """(T) what stood between ground and sensor."""
    jitter_m: NDArray[np.float64]
    """(T, 2) registration error east and south, metres."""
    reflectance: FloatArray
    """(P + 1, T, 10) profile of each parcel, by parcel number (row 0: unused), in the order of BANDS."""
    profile_sources: dict[str, object] = field(default_factory=dict)

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

    renderer = _Renderer(settings, cell, profiles, grain, texture_rng)
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
        **rendered,
    )


def _place(rng: np.random.Generator) -> Affine:
    """Upper left corner somewhere in UTM zone 31 between the Pyrenees and Flanders, a multiple of 40 m."""
    east, north = rng.uniform(360e3, 640e3), rng.uniform(4760e3, 5640e3)
    return Affine(10.0, 0.0, ORIGIN_STEP_M * (east // ORIGIN_STEP_M), 0.0, -10.0, ORIGIN_STEP_M * (north // ORIGIN_STEP_M))


def _landscape(rng: np.random.Generator, settings: SceneSettings) -> Landscape:
    if settings.geometry is None:
        return generate_landscape(rng, settings.side_m, MARGIN_M)
    return borrow_landscape(rng, settings.geometry, settings.side_m, MARGIN_M)


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
        measured = load_profiles(settings.profiles, days)
    profiles = np.zeros((1 + len(crops) + len(KINDS), len(days), len(BANDS)), np.float32)
    grain = np.zeros(len(profiles), np.float32)
    calendars_used: set[str] = set()
    for number, name in enumerate([*crops, *KINDS], start=1):
        if measured is not None and number <= len(crops) and name in measured:
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


class _Renderer:
    """Renders the dates of one scene."""

    def __init__(
        self,
        settings: SceneSettings,
        cell: NDArray[np.int32],
        profiles: FloatArray,
        grain: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        self.settings, self.cell, self.profiles, self.rng = settings, cell, profiles, rng
        low, high = settings.texture_sd
        spread = rng.uniform(low, high, len(profiles)).astype(np.float32)
        # Vigour is a parcel's own: the sign differs from parcel to parcel, so that texture does not run across edges.
        sign = rng.choice(np.array([-1, 1], np.float32), len(profiles))
        self.vigour_sd, self.brightness_sd = (spread * sign)[cell], (spread * BRIGHTNESS)[cell]
        fine = rng.standard_normal(cell.shape, np.float32)
        textured = 1.0 if high > 0 else 0.0
        self.grain = 1 + textured * np.clip(grain[cell] * fine * 1.5, -0.7, 0.9)

    def render(
        self, plan: Sequence[Acquisition], days: NDArray[np.int64], seeds: Sequence[np.random.SeedSequence]
    ) -> dict[str, object]:
        size = self.settings.size_px
        dn10 = np.zeros((len(plan), len(BANDS_10M), size, size), np.uint16)
        dn20 = np.zeros((len(plan), len(BANDS_20M), size // 2, size // 2), np.uint16)
        scl = np.zeros((len(plan), size // 2, size // 2), np.uint8)
        jitter = np.zeros((len(plan), 2))
        skies = []
        for index, texture in enumerate(draw_textures(self.rng, self.cell.shape[0], days)):
            rng = np.random.default_rng(seeds[index])
            sky = draw_sky(rng, plan[index], size, clouds=self.settings.clouds)
            jitter[index] = np.clip(rng.normal(0, 1, 2), -3, 3) * self.settings.jitter_sd_m
            ground10, ground20 = self._ground(index, texture, jitter[index])
            scl[index] = classify(rng, sky, ground10, ground20, errs=self.settings.clouds)
            dn10[index] = self._measure(rng, ground10, BANDS_10M, sky)
            dn20[index] = self._measure(rng, ground20, BANDS_20M, sky)
            skies.append(sky)
        return {"bands_10m": dn10, "bands_20m": dn20, "scl": scl, "jitter_m": jitter, "skies": skies}

    def _ground(
        self, index: int, texture: tuple[FloatArray, FloatArray], shift: NDArray[np.float64]
    ) -> tuple[FloatArray, FloatArray]:
        """Reflectance without atmosphere, (4, H, W) and (6, H/2, W/2)."""
        vigour = self.vigour_sd * texture[0]
        light = (1 + self.brightness_sd * texture[1]) * self.grain
        grids = []
        size, cells = self.settings.size_px, self.cell.shape[0]
        for bands, pixel_m, sigma in zip((BANDS_10M, BANDS_20M), (10, 20), self.settings.psf_sigma_m, strict=True):
            pixels = size * 10 // pixel_m
            cols, rows = (sampling_matrix(pixels, pixel_m, cells, MARGIN_M, sigma, float(metres)) for metres in shift)
            grid = np.empty((len(bands), pixels, pixels), np.float32)
            for row, name in enumerate(bands):
                band = BANDS.index(name)
                fine = self.profiles[:, index, band][self.cell] * (1 + VIGOUR[band] * vigour) * light
                grid[row] = sample(fine, rows, cols)
            grids.append(grid)
        return grids[0], grids[1]

    def _measure(self, rng: np.random.Generator, ground: FloatArray, bands: Sequence[str], sky: Sky) -> NDArray[np.uint16]:
        """DN of some bands: sky, what the atmospheric correction leaves, sensor noise, rounding, nodata."""
        noise = self.settings.noise
        measured = np.empty(ground.shape, np.uint16)
        sky_seen = sky if ground.shape[1] == sky.opacity.shape[0] else _coarsen(sky)
        haze = noise * float(rng.normal(0, 0.003))
        for row, name in enumerate(bands):
            band = BANDS.index(name)
            seen = sky_seen.cover(ground[row], band)
            seen = seen * (1 + noise * float(rng.normal(0, 0.02))) + haze * (0.45 / (0.45 + 0.25 * band))
            seen = seen + noise * rng.standard_normal(seen.shape, np.float32) * (0.0008 + 0.006 * seen)
            dn = np.clip(np.rint(seen * 1e4), 1, 65535).astype(np.uint16)
            dn[~sky_seen.inside] = 0
            measured[row] = dn
        return measured


def _coarsen(sky: Sky) -> Sky:
    """The sky on the 20 m grid."""

    def halve(values: NDArray[np.generic]) -> FloatArray:
        rows, cols = values.shape
        return values.reshape(rows // 2, 2, cols // 2, 2).mean((1, 3), dtype=np.float32)

    return Sky(halve(sky.opacity), halve(sky.shadow), sky.brightness, halve(sky.inside) == 1, sky.is_missed)


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
