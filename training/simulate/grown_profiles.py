"""Band profiles of parcels from crop calendars and pure spectra, by linear mixing. Uses no measured data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import expit

from .calendars import BACKGROUND, CROPS, Calendar, Sward
from .spectra import DRY, FLOWER, GREEN, SOIL, SURFACE, WET, WINTER

FloatArray = NDArray[np.float64]

PARCEL_DAYS, SCENE_DAYS = 7.0, 4.0
"""Standard deviation of a parcel's, and of a whole scene's, dates about the calendar, days."""

SOIL_WEIGHTS = {"temperate": (0.5, 0.25, 0.2, 0.05), "mediterranean": (0.25, 0.2, 0.3, 0.25)}
"""How often each of spectra.SOIL is a scene's main soil."""


class GrownProfiles:
    """Profiles of one scene: its soils, its weather and its lead or lag are drawn once, here."""

    def __init__(self, rng: np.random.Generator, flavour: str, days: NDArray[np.int64]) -> None:
        """Draw what the parcels of a scene have in common.

        Args:
            rng: used here only.
            flavour: of the scene.
            days: (T,) days from 1 January of the harvest year.
        """
        self.days = days.astype(np.float64)
        self.is_southern = flavour == "mediterranean"
        self._lead = float(rng.normal(0, SCENE_DAYS))
        names = list(SOIL)
        main = rng.choice(len(names), size=2, p=SOIL_WEIGHTS[flavour])
        share = float(rng.uniform(0.6, 1))
        self._soil = share * SOIL[names[main[0]]] + (1 - share) * SOIL[names[main[1]]]
        season = 0.5 + 0.5 * np.cos(2 * np.pi * (self.days - 5) / 365.25)
        self._winter = season**2  # a short winter: by April leaves are as bright as in June
        # Rain some days before a date darkens all bare soil of the scene alike.
        wet = 0.15 + 0.6 * season + rng.normal(0, 0.2, len(days))
        self._wet = np.clip(wet, 0, 0.85 if self.is_southern else 1.0)
        self._drought = float(rng.uniform(0.45, 0.9) if self.is_southern else rng.uniform(0.0, 0.45))

    def draw(self, rng: np.random.Generator, name: str) -> tuple[FloatArray, float]:
        """Draw one parcel's profile.

        Args:
            rng: used for this parcel.
            name: a crop of the legend or a background kind.

        Returns:
            (T, 10) reflectance in the order of settings.BANDS, and the relative sd of its fine texture.
        """
        calendars = CROPS.get(name) or BACKGROUND[name]
        weights = np.array([calendar.weight for calendar in calendars])
        calendar = calendars[int(rng.choice(len(calendars), p=weights / weights.sum()))]
        shift = self._lead + float(rng.normal(0, PARCEL_DAYS)) + (calendar.southern_days if self.is_southern else 0.0)
        t = self.days - shift
        harvest = None if calendar.harvest is None else calendar.harvest + float(rng.normal(0, 5))
        green = self._cycles(rng, calendar, t, harvest)
        if calendar.sward is not None:
            green = 1 - (1 - green) * (1 - self._sward(rng, calendar.sward, t))
        dead, straw = self._dead(rng, calendar, t, green, harvest)
        profile = self._mix(rng, calendar, t, green, dead, straw)
        wobble = rng.normal(0, 0.035, 4)  # visible, red edge, near infrared, short-wave infrared
        profile = profile * np.exp(wobble[[0, 0, 0, 1, 1, 2, 2, 2, 3, 3]] + rng.normal(0, 0.045))
        return profile, calendar.grain

    def _cycles(self, rng: np.random.Generator, calendar: Calendar, t: FloatArray, harvest: float | None) -> FloatArray:
        bare = np.ones_like(t)
        ripening = float(rng.normal(0, 4))
        level = float(np.exp(-abs(rng.normal(0, 0.07))))
        for cycle in calendar.cycles:
            sowing = float(rng.normal(0, 5))
            # A thin autumn stand closes in spring; a good one differs less: the spread falls with the peak.
            peak = float(np.clip(cycle.peak * level + rng.normal(0, 0.02 + 0.25 * (1 - cycle.peak)), 0.03, 0.99))
            rise = expit((t - cycle.rise - sowing) / cycle.rise_days)
            fall = expit((cycle.fall + ripening - t) / cycle.fall_days)
            bare = bare * (1 - peak * rise * fall)
        green: FloatArray = 1 - bare
        if harvest is not None:
            green = green * expit((harvest - t) / 1.5)
        if calendar.cycles and calendar.sward is None:
            green = 1 - (1 - green) * (1 - self._between_crops(rng, calendar, t, harvest))
        return np.asarray(green, np.float64)

    def _between_crops(
        self, rng: np.random.Generator, calendar: Calendar, t: FloatArray, harvest: float | None
    ) -> FloatArray:
        """Cover crops, volunteers and weeds before and after the main crop."""
        has_cover, has_regrowth = rng.random(2) < (calendar.cover_before, calendar.regrowth)
        first = calendar.cycles[0]
        destroyed = min(first.rise - float(rng.uniform(15, 65)), 112.0)
        cover = float(rng.uniform(0.45, 0.95)) if has_cover else float(rng.uniform(0.0, 0.3))
        before = cover * expit((t + rng.uniform(55, 105)) / 12) * expit((destroyed - t) / 4)
        if first.rise < 30:  # a winter crop: sown soon after the season begins, nothing before it
            before = before * 0.25
        if harvest is None:
            return np.asarray(before, np.float64)
        again = float(rng.uniform(0.4, 0.9)) if has_regrowth else float(rng.uniform(0.0, 0.22))
        start = harvest + float(rng.uniform(30, 70))
        after: FloatArray = before + (1 - before) * again * expit((t - start) / 9)
        return after

    def _sward(self, rng: np.random.Generator, sward: Sward, t: FloatArray) -> FloatArray:
        levels = np.array([sward.autumn, sward.winter, sward.spring, sward.summer, sward.autumn])
        south = np.array([0.1, 0.0, 0.05, 0.6, 0.3]) * self._drought
        levels = levels * (1 - south * (1 if sward.spread else 0))
        free = np.sqrt(np.maximum(levels * (1 - levels), 0)) * 2
        levels = np.clip(levels + sward.spread * free * (rng.normal(0, 0.8) + rng.normal(0, 0.45, 5)), 0, 0.98)
        curve = PchipInterpolator([-75, 20, 128, 222, 290], levels)(np.clip(t, -75, 290))
        cuts = int(rng.integers(sward.cuts[0], sward.cuts[1] + 1))
        first = float(rng.normal(137, 12))
        for cut in range(cuts):
            day = first + cut * float(rng.normal(42, 5))
            depth = float(rng.uniform(0.35, 0.75))
            curve = curve * (1 - depth * (t >= day) * np.exp(-np.maximum(t - day, 0) / 14))
        return np.asarray(curve, np.float64)

    @staticmethod
    def _dead(
        rng: np.random.Generator, calendar: Calendar, t: FloatArray, green: FloatArray, harvest: float | None
    ) -> tuple[FloatArray, FloatArray]:
        """Cover of dead standing matter and of stubble, within what green leaves free."""
        free = 1 - green
        if harvest is None or not calendar.cycles:
            return calendar.ripe * free, np.zeros_like(t)
        fall = calendar.cycles[-1].fall
        standing = calendar.ripe * expit((t - fall + 4) / 5) * expit((harvest - t) / 1.5)
        stubble = float(np.clip(calendar.stubble + rng.normal(0, 0.12), 0, 1))
        tilled = harvest + calendar.till_after * float(rng.uniform(0.3, 1.8))
        # Tillage comes in passes: what is left of the stubble goes within some weeks.
        straw = stubble * expit((t - harvest) / 1.5) * (0.15 + 0.85 * expit((tilled - t) / 4))
        return standing * free, straw * free

    def _mix(
        self,
        rng: np.random.Generator,
        calendar: Calendar,
        t: FloatArray,
        green: FloatArray,
        dead: FloatArray,
        straw: FloatArray,
    ) -> FloatArray:
        brightness = float(np.exp(rng.normal(0, 0.13)))
        if calendar.surface is None:
            soil = self._soil * brightness * (1 - self._wet[:, None] * (1 - WET))
        else:
            soil = np.broadcast_to(SURFACE[calendar.surface] * brightness, (len(t), len(WET)))
        leaf = GREEN[calendar.green] * (1 - self._winter[:, None] * (1 - WINTER))
        if calendar.flower is not None:
            day, length = calendar.flower
            bloom = float(rng.uniform(0.5, 0.95)) * np.exp(-0.5 * ((t - day) / length) ** 2)[:, None]
            leaf = leaf * (1 - bloom) + FLOWER[calendar.green] * bloom
        damp = 1 - 0.35 * self._wet[:, None] * (1 - WET)
        bare = 1 - green - dead - straw
        mixed: FloatArray = (
            green[:, None] * leaf
            + dead[:, None] * DRY[calendar.dry] * damp
            + straw[:, None] * DRY["straw"] * damp
            + bare[:, None] * soil
        )
        return mixed
