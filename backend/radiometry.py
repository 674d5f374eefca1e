"""The radiometry guard: names the dates whose reflectance cannot be right, from their pixels and not from metadata.

Sentinel-2 products add 1000 to their numbers since processing baseline 04.00 (January 2022) and say so in metadata
that get lost or are applied twice: the reflectance of such a date is wrong by 0.1 in all bands. The pixels tell it
from haze, clouds and the season: the darkest ones cannot be brighter than 0.09 everywhere, nor blue, green and red of
land be 0 (dark_objects.py), and adding or subtracting 0.1 makes the date agree with its neighbours in time, over the
same pixels and in all bands at once. Vegetation moves the bands in different directions, haze leaves the short-wave
infrared dark.

Says nothing of dates that are only hazy, and corrects nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from .dark_objects import DARK_LEAST, OFFSET, TOO_BRIGHT, TWINS, Look, Pixels, look_at, twin_difference
from .grid import Grid, Window
from .observations import REFLECTANCE_SCALE, Observation
from .pixel_sample import PixelSample, sample_pixels

MISSING = "missing offset"
TWICE = "offset subtracted twice"
JUMP = "unexplained jump"
HINT = "Leave such dates out, or give their true scale and offset in acquisitions.csv."

GROUPS = {"10 m": ("B02", "B03", "B04", "B08"), "20 m": ("B05", "B06", "B07", "B8A", "B11", "B12")}
"""Bands that come in files of one kind, and so may be wrong together. Those of 60 m (B01, B09, B10) see aerosol, vapour
and cirrus rather than the ground, and are not looked at."""
MIN_PIXELS = 100
"""Clear pixels without which nothing is said, of a date alone and of two dates together."""
NEIGHBOURS = 3
"""Sound dates on each side that a date is compared with."""
DARK_EXCESS = 500
"""Height of a date's dark objects above the darkest dates', from which on it is no measure for others."""
ZERO_SHARE, ZERO_SOUND = 0.1, 0.25
"""Share of pixels at 0 in some band from which on the offset may have been subtracted twice, and from which on a date
is no measure for others: water and deep shadow come out at 0 in sound products too."""
TWIN_TOLERANCE = 400
"""B8A minus B08 changes by OFFSET, give or take this, if only one of them is wrong, and by less otherwise."""
BEST_SHARE = 0.3
"""Share of the pixels that two dates are compared by: those that changed least."""
MOST_DIFFERENCE = 1000
"""Larger differences of a band count as this much."""
AGREEMENT = 450
"""Mean difference over the bands that still counts as agreement."""
SHRUNK, SHRUNK_CLOUDY = 0.6, 0.4
"""The correction must shrink the difference to this share; to the second where little is clear, since what the cloud
mask leaves of a cloudy date is often the rim of a cloud."""
CLOUDY = 0.2
"""Clear share below which a date is cloudy."""
LEAST_GAIN = 200
"""The correction must shrink the difference by this much."""
CLEAR_ALONE = 0.5
"""Clear share of a date that can be judged by its dark objects alone."""


@dataclass(frozen=True)
class Finding:
    """A date whose reflectance cannot be right."""

    date: date
    kind: str
    """MISSING, TWICE or JUMP."""
    bands: tuple[str, ...]
    """The bands that are wrong."""
    shift: float | None
    """Reflectance by which they lie above (or, negative, below) the neighbours; None where that was not measured."""
    message: str
    """One sentence."""

    def to_dict(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "date": self.date.isoformat(),
            "kind": self.kind,
            "bands": list(self.bands),
            "shift": None if self.shift is None else round(self.shift, 3),
            "message": self.message,
        }


def check_radiometry(
    observations: Sequence[Observation], bands: Sequence[str], grid: Grid, window: Window | None = None
) -> list[Finding]:
    """The dates of a series whose reflectance cannot be right, in order.

    Reads a bounded number of pixels of each date and tile.

    Args:
        observations: the dates that are used, in order.
        bands: names that all have.
        grid: of the series.
        window: the part of it that is used; all of it where it is None.
    """
    samples = sample_pixels(observations, bands, grid, window)
    found: dict[date, Finding] = {}
    for sample in samples:
        for finding in find_wrong_dates(sample):
            found.setdefault(finding.date, finding)
    return [found[day] for day in sorted(found)]


def find_wrong_dates(sample: PixelSample) -> list[Finding]:
    """The dates of a sample whose reflectance cannot be right, in order. Opens no files.

    Dates with fewer than MIN_PIXELS clear pixels are not judged.
    """
    known = [number for number, name in enumerate(sample.bands) if name in (*GROUPS["10 m"], *GROUPS["20 m"])]
    if not known:
        return []
    guard = _Guard(sample, known)
    found = guard.off_scale()
    found |= guard.shifted(exclude=set(found))
    return [found[number] for number in sorted(found)]


@dataclass(frozen=True)
class _Hypothesis:
    """Some bands of a date lie OFFSET above (sign 1) or below (sign -1) the truth."""

    sign: int
    hit: npt.NDArray[np.bool_]
    """(C,) the bands."""
    words: str

    @property
    def step(self) -> Pixels:
        """(C, 1) size of the error."""
        return np.where(self.hit, OFFSET, 0)[:, None].astype(np.float32)


@dataclass(frozen=True)
class _Evidence:
    """A date against its neighbours, as digital numbers of reflectance."""

    days: tuple[date, ...]
    """The nearest sound dates before and after."""
    plain: float
    """Difference as it is."""
    corrected: float
    """Difference after the correction."""
    scaled: float
    """Difference after the neighbours are made as bright by one factor for all bands."""
    shift: float
    """As measured."""


class _Guard:
    """The judgement of one sample. Dates go by their number in it."""

    def __init__(self, sample: PixelSample, known: Sequence[int]) -> None:
        self._sample = sample
        self._bands = tuple(sample.bands[number] for number in known)
        self._x = sample.x[:, known].astype(np.float32)
        self._valid = sample.valid
        self._looks: dict[int, Look] = {
            number: look_at(self._x[number][:, clear], self._bands, MIN_PIXELS)
            for number, clear in enumerate(sample.valid)
            if clear.sum() >= MIN_PIXELS
        }
        everything = np.ones(len(self._bands), dtype=bool)
        self._missing, self._twice = (_Hypothesis(sign, everything, "all bands") for sign in (1, -1))
        self._hypotheses = [self._missing, self._twice]
        if set(TWINS) <= set(self._bands):
            for words, names in GROUPS.items():
                hit = np.array([name in names for name in self._bands])
                self._hypotheses += [_Hypothesis(sign, hit, f"the bands of {words}") for sign in (1, -1)]

    def off_scale(self) -> dict[int, Finding]:
        """Dates that are too bright or too dark for any land."""
        wrong = [number for number, look in self._looks.items() if look.is_off_scale]
        sound = [number for number in self._looks if number not in wrong]
        found = {}
        for number in wrong:
            nearest = min(sound, key=lambda other: abs(other - number), default=None)
            message = f"{self._sample.dates[number]}: {_brightness(self._looks[number])}"
            if nearest is not None and self._looks[number].typical > 0:
                factor = self._looks[number].typical / self._looks[nearest].typical
                message += f", {_times(factor)} of what {self._sample.dates[nearest]} shows"
            message += "; its scale (quantification value) seems to be wrong."
            found[number] = Finding(self._sample.dates[number], JUMP, self._bands, None, message)
        return found

    def shifted(self, exclude: set[int]) -> dict[int, Finding]:
        """Dates that are wrong by OFFSET."""
        for number in exclude:
            self._looks.pop(number)
        certain = self._sound()
        sound = certain or self._likely_sound()
        references = {number: self._x[number] for number in sound}
        found: dict[int, Finding] = {}
        # a date found too bright is known once it is lowered: the next date of a long wrong run is compared with it,
        # instead of with sound dates of another season
        while new := self._compared(references, sound, set(found)):
            for number, (hypothesis, evidence) in new.items():
                found[number] = self._finding(number, hypothesis, evidence)
                references.pop(number, None)
                if hypothesis.sign > 0:
                    references[number] = np.maximum(self._x[number] - hypothesis.step, 0)
        for number, look in self._looks.items():
            if number not in found and look.has_impossible_zeros:
                found[number] = self._finding(number, self._twice, None)
        return found | self._without_dark(set(found), together=not certain)

    def _sound(self) -> list[int]:
        """Dates that are certainly not shifted: something is dark, hardly anything is 0, and B8A is near B08."""
        fine = np.array([name in GROUPS["10 m"] for name in self._bands])
        fine = fine if fine.any() else ~fine
        sound = [
            number
            for number, look in self._looks.items()
            if look.dark[fine].min() < DARK_LEAST and look.zeros.max() < ZERO_SOUND
        ]
        usual = float(np.median([self._looks[number].twins for number in sound])) if len(sound) > 2 else 0.0
        return [number for number in sound if abs(self._looks[number].twins - usual) < OFFSET - TWIN_TOLERANCE]

    def _likely_sound(self) -> list[int]:
        """Where no date has dark objects: those that are not brighter than the darkest ones."""
        if not self._looks:
            return []
        least = np.percentile(np.stack([look.dark for look in self._looks.values()]), 25, axis=0)
        return [number for number, look in self._looks.items() if np.median(look.dark - least) < DARK_EXCESS]

    def _compared(
        self, references: Mapping[int, Pixels], sound: Sequence[int], known: set[int]
    ) -> dict[int, tuple[_Hypothesis, _Evidence]]:
        """The dates not known yet that turn out wrong against the references, and how."""
        new = {}
        for number in self._looks:
            neighbours = self._neighbours(number, references)
            if number in known or not neighbours:
                continue
            tried = [
                (hypothesis, self._evidence(number, neighbours, references, sound, hypothesis))
                for hypothesis in self._hypotheses
                if self._is_possible(hypothesis, number, neighbours, references)
            ]
            if tried:
                best = min(tried, key=lambda pair: pair[1].corrected)
                if self._convinces(number, *best):
                    new[number] = best
        return new

    def _neighbours(self, number: int, references: Mapping[int, Pixels]) -> list[int]:
        """The nearest references on both sides that share clear pixels."""
        near = [n for n in sorted(references) if n != number and self._shared(number, n).sum() >= MIN_PIXELS]
        return [n for n in near if n < number][-NEIGHBOURS:] + [n for n in near if n > number][:NEIGHBOURS]

    def _shared(self, one: int, other: int) -> npt.NDArray[np.bool_]:
        return np.asarray(self._valid[one] & self._valid[other])

    def _is_possible(
        self, hypothesis: _Hypothesis, number: int, neighbours: Sequence[int], references: Mapping[int, Pixels]
    ) -> bool:
        look = self._looks[number]
        if hypothesis.sign > 0 and look.dark[hypothesis.hit].min() < DARK_LEAST:
            return False
        change = look.twins - np.median(
            [twin_difference(references[n][:, self._valid[n]], self._bands) for n in neighbours]
        )
        if hypothesis.hit.all():
            is_cut_off = look.zeros.max() >= ZERO_SHARE
            return bool((hypothesis.sign > 0 or is_cut_off) and abs(change) < OFFSET - TWIN_TOLERANCE)
        one, other = (int(hypothesis.hit[self._bands.index(name)]) for name in TWINS)
        return bool(abs(change - hypothesis.sign * OFFSET * (one - other)) <= TWIN_TOLERANCE)

    def _evidence(
        self,
        number: int,
        neighbours: Sequence[int],
        references: Mapping[int, Pixels],
        sound: Sequence[int],
        hypothesis: _Hypothesis,
    ) -> _Evidence:
        rows = []
        for other in neighbours:
            shared = self._shared(number, other)
            rows.append(_compare(self._x[number][:, shared], references[other][:, shared], hypothesis))
        plain, corrected, scaled, shift = (float(value) for value in np.median(rows, axis=0))
        nearest = (*[n for n in sound if n < number][-1:], *[n for n in sound if n > number][:1])
        days = tuple(self._sample.dates[n] for n in nearest)
        return _Evidence(days, plain, corrected, scaled, shift)

    def _convinces(self, number: int, hypothesis: _Hypothesis, evidence: _Evidence) -> bool:
        if hypothesis.sign > 0 and evidence.scaled < evidence.corrected:
            return False  # bare soil that dries becomes brighter by a factor
        share = SHRUNK if self._valid[number].mean() >= CLOUDY else SHRUNK_CLOUDY
        return evidence.corrected <= min(AGREEMENT, share * evidence.plain, evidence.plain - LEAST_GAIN)

    def _without_dark(self, known: set[int], together: bool) -> dict[int, Finding]:
        """Dates without dark objects whose dense vegetation is too bright: what neighbours too far away cannot tell.

        Args:
            known: dates that are found wrong already.
            together: if no date of the series has dark objects: then either the ground has none, or all dates lack
                their offset, as the vegetation of most says.
        """
        bright = [number for number, look in self._looks.items() if number not in known and look.is_without_dark]
        asked = {
            number: self._looks[number].has_bright_vegetation
            for number in bright
            if self._looks[number].dense_red is not None and self._valid[number].mean() >= CLEAR_ALONE
        }
        if together and asked:
            asked = dict.fromkeys(bright, bool(np.mean(list(asked.values())) > 0.5))
        return {number: self._finding(number, self._missing, None) for number, wrong in asked.items() if wrong}

    def _finding(self, number: int, hypothesis: _Hypothesis, evidence: _Evidence | None) -> Finding:
        look, day = self._looks[number], self._sample.dates[number]
        kind, side = (MISSING, "above") if hypothesis.sign > 0 else (TWICE, "below")
        said = f"(metadata: {self._sample.offsets[number] or 'none'})"
        seen = []
        if evidence is not None:
            days = " and ".join(str(other) for other in evidence.days)
            shift = abs(evidence.shift) / REFLECTANCE_SCALE
            seen.append(f"{hypothesis.words} lie about {shift:.2f} {side} those of {days}")
        elif kind == MISSING:
            seen.append(f"hardly a pixel is darker than {DARK_LEAST / REFLECTANCE_SCALE:.2f} in any band")
            if look.dense_red is not None:
                seen.append(f"dense vegetation has {look.dense_red / REFLECTANCE_SCALE:.2f} in red")
        if kind == TWICE and hypothesis.hit.all():
            seen.append(f"{look.visible_zeros:.0%} of its blue, green and red is not above 0")
        why = (
            f"its offset {said} seems to be missing"
            if kind == MISSING
            else f"an offset seems to have been subtracted once too often {said}"
        )
        return Finding(
            date=day,
            kind=kind,
            bands=tuple(name for name, hit in zip(self._bands, hypothesis.hit, strict=True) if hit),
            shift=None if evidence is None else evidence.shift / REFLECTANCE_SCALE,
            message=f"{day}: {' and '.join(seen)}; {why}.",
        )


def _compare(own: Pixels, theirs: Pixels, hypothesis: _Hypothesis) -> tuple[float, float, float, float]:
    """(plain, corrected, scaled, shift) of _Evidence for two dates over the same pixels, (C, n) each.

    Only the bands that may be wrong are looked at. What is too bright is lowered and cut off at 0, as the processors
    do, whichever of the two it is.
    """
    own, theirs = own[hypothesis.hit], theirs[hypothesis.hit]
    lowered, against = own, theirs
    if hypothesis.sign > 0:
        lowered = np.maximum(own - OFFSET, 0)
    else:
        against = np.maximum(theirs - OFFSET, 0)
    factor = np.float32(np.median(own / np.maximum(theirs, 1)))
    corrected = _differences(lowered, against)
    limit = float(np.quantile(corrected, BEST_SHARE))
    best = corrected <= limit
    return (
        float(np.quantile(_differences(own, theirs), BEST_SHARE)),
        limit,
        float(np.quantile(_differences(own, factor * theirs), BEST_SHARE)),
        _shift(own[:, best], theirs[:, best]),
    )


def _differences(own: Pixels, theirs: Pixels) -> Pixels:
    """(n,) mean difference of the bands."""
    return np.asarray(np.minimum(np.abs(own - theirs), MOST_DIFFERENCE).mean(axis=0))


def _shift(own: Pixels, theirs: Pixels) -> float:
    """Median over the bands of their shift, where they are not cut off at 0; over all where nothing else is left."""
    shifts = [
        float(np.median((band - other)[band > 0]))
        for band, other in zip(own, theirs, strict=True)
        if (band > 0).mean() > 0.5
    ]
    return float(np.median(shifts)) if shifts else float(np.median(own - theirs))


def _brightness(look: Look) -> str:
    if look.typical >= TOO_BRIGHT:
        return f"half of its pixels reflect more than {look.typical / REFLECTANCE_SCALE:.1f}"
    return f"hardly a pixel is brighter than {look.brightest / REFLECTANCE_SCALE:.2f} in any band"


def _times(factor: float) -> str:
    """A factor in words, as a power of ten where it is near one."""
    power = 10.0 ** round(np.log10(factor))
    factor = power if 0.7 < factor / power < 1.4 else factor
    return f"{factor:.0f} times" if factor >= 1 else f"1/{1 / factor:.0f}"
