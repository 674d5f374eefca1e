"""The radiometry guard: each class of wrong date is named, and sound series are left alone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scenes

from backend.cli import main
from backend.dark_objects import look_at
from backend.date_selection import select_dates
from backend.errors import InputError
from backend.grid import Window
from backend.pixel_sample import MOST_PIXELS, PixelSample, sample_pixels
from backend.products import find_acquisitions
from backend.radiometry import GROUPS, HINT, JUMP, MISSING, TWICE, Finding, check_radiometry, find_wrong_dates
from backend.series import make_series

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
FOREST = (150, 300, 180, 600, 1600, 2000, 2100, 2200, 1000, 450)
CROP = (250, 500, 300, 900, 2600, 3400, 3600, 3700, 1700, 800)
SOIL = (800, 1050, 1400, 1700, 1900, 2050, 2200, 2350, 2900, 2300)
WATER = (300, 350, 200, 180, 140, 130, 110, 100, 60, 40)
SAND = (1500, 2200, 3000, 3300, 3500, 3700, 3900, 4000, 5200, 4800)
SNOW = (8500, 8400, 8300, 8200, 8000, 7900, 7800, 7700, 900, 700)
CLOUD = (4800, 4700, 4600, 4650, 4700, 4750, 4800, 4850, 3300, 2600)
TWENTY_METRES = np.array([band in GROUPS["20 m"] for band in BANDS])
START = date(2018, 1, 15)


def season(dates: int = 12, pixels: int = 400, seed: int = 0) -> PixelSample:
    """A year of a third forest, a twentieth water, and fields that turn from soil to a crop and back."""
    generator = np.random.default_rng(seed)
    kind = generator.random(pixels)
    height = generator.normal(0, 40, pixels)  # of the day on which a field is greenest
    x = np.empty((dates, len(BANDS), pixels))
    for number in range(dates):
        day = 15 + 330 * number / max(1, dates - 1)
        green = np.exp(-(((day - 170 - height) / 60) ** 2))
        field = np.outer(SOIL, 1 - green) + np.outer(CROP, green)
        wood = np.where(kind < 0.35, np.array(FOREST)[:, None], field)
        x[number] = np.where(kind < 0.05, np.array(WATER)[:, None], wood)
    x = np.clip(x * generator.normal(1, 0.05, x.shape) + generator.normal(0, 20, x.shape), 1, None)
    valid = np.ones((dates, pixels), dtype=bool)
    valid[2::4, : pixels // 2] = False  # half of every fourth date is under clouds that are masked
    days = tuple(START + timedelta(days=round(330 * number / max(1, dates - 1))) for number in range(dates))
    return PixelSample(x.round().astype(np.uint16), valid, BANDS, days, ("none",) * dates)


def changed(sample: PixelSample, numbers: list[int], by: npt.ArrayLike = 0, factor: float = 1.0) -> PixelSample:
    """The sample with digital numbers added to some dates (cut off at 0), and these scaled."""
    x = sample.x.astype(np.float64)
    x[numbers] = x[numbers] * factor + np.broadcast_to(np.asarray(by, dtype=np.float64), (len(BANDS),))[:, None]
    return PixelSample(
        np.clip(np.rint(x), 0, 65535).astype(np.uint16), sample.valid, BANDS, sample.dates, sample.offsets
    )


def part(sample: PixelSample, numbers: list[int], **values: object) -> PixelSample:
    fields = {
        "x": sample.x[numbers],
        "valid": sample.valid[numbers],
        "bands": sample.bands,
        "dates": tuple(sample.dates[number] for number in numbers),
        "offsets": tuple(sample.offsets[number] for number in numbers),
    }
    return PixelSample(**(fields | values))  # type: ignore[arg-type]


def uniform(*dates: tuple[int, ...], seed: int = 0) -> PixelSample:
    """One kind of ground a date, 400 pixels with a little noise."""
    generator = np.random.default_rng(seed)
    x = np.stack([np.array(values)[:, None] * generator.normal(1, 0.08, (len(BANDS), 400)) for values in dates])
    days = tuple(START + timedelta(days=10 * number) for number in range(len(dates)))
    valid = np.ones((len(dates), 400), dtype=bool)
    return PixelSample(x.round().astype(np.uint16), valid, BANDS, days, ("none",) * len(dates))


def named(findings: list[Finding]) -> dict[date, str]:
    return {finding.date: finding.kind for finding in findings}


@pytest.mark.parametrize("dates", [1, 2, 3, 5, 12, 40])
def test_a_sound_season_of_crops_is_not_named(dates: int) -> None:
    assert find_wrong_dates(season(dates)) == []


@pytest.mark.parametrize("number", range(12))
def test_a_date_without_its_offset_is_named_whichever_it_is(number: int) -> None:
    sample = season()
    assert named(find_wrong_dates(changed(sample, [number], 1000))) == {sample.dates[number]: MISSING}


@pytest.mark.parametrize("number", range(12))
def test_a_date_whose_offset_was_subtracted_twice_is_named_whichever_it_is(number: int) -> None:
    sample = season()
    assert named(find_wrong_dates(changed(sample, [number], -1000))) == {sample.dates[number]: TWICE}


def test_the_message_says_how_much_beside_which_dates_and_what_the_metadata_say() -> None:
    sample = season()
    (finding,) = find_wrong_dates(changed(sample, [5], 1000))
    assert finding.message == (
        f"{sample.dates[5]}: all bands lie about 0.10 above those of {sample.dates[4]} and {sample.dates[6]}; "
        "its offset (metadata: none) seems to be missing."
    )
    assert finding.bands == BANDS
    assert finding.shift == pytest.approx(0.1, abs=0.01)
    assert finding.to_dict()["shift"] == round(finding.shift, 3)


def test_the_message_of_a_date_cut_off_at_zero_says_how_much_is_zero() -> None:
    sample = season()
    sample = part(sample, list(range(12)), offsets=("-1000",) * 12)
    (finding,) = find_wrong_dates(changed(sample, [5], -1000))
    assert finding.message.startswith(
        f"{sample.dates[5]}: all bands lie about 0.10 below those of {sample.dates[4]} and {sample.dates[6]} and "
    )
    assert finding.message.endswith(
        "of its blue, green and red is not above 0; "
        "an offset seems to have been subtracted once too often (metadata: -1000)."
    )


def test_a_change_in_the_middle_of_the_season_names_the_later_half() -> None:
    sample = season()
    wrong = list(range(6, 12))
    assert named(find_wrong_dates(changed(sample, wrong, 1000))) == {sample.dates[n]: MISSING for n in wrong}


def test_of_two_halves_the_one_cut_off_at_zero_is_the_wrong_one() -> None:
    sample = season()
    wrong = list(range(6, 12))
    assert named(find_wrong_dates(changed(sample, wrong, -1000))) == {sample.dates[n]: TWICE for n in wrong}


def test_both_errors_in_one_series_are_told_apart() -> None:
    sample = season()
    found = find_wrong_dates(changed(changed(sample, [3], 1000), [7, 8], -1000))
    assert named(found) == {sample.dates[3]: MISSING, sample.dates[7]: TWICE, sample.dates[8]: TWICE}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("words", "group"), [("20 m", TWENTY_METRES), ("10 m", ~TWENTY_METRES)])
def test_an_error_of_the_files_of_one_resolution_names_their_bands(
    sign: int, words: str, group: npt.NDArray[np.bool_]
) -> None:
    sample = season()
    (finding,) = find_wrong_dates(changed(sample, [5], np.where(group, sign * 1000, 0)))
    assert finding.date == sample.dates[5]
    assert finding.kind == (MISSING if sign > 0 else TWICE)
    assert finding.bands == tuple(np.array(BANDS)[group])
    assert f"the bands of {words} lie about 0.1" in finding.message


def test_a_date_ten_times_too_bright_is_a_jump_in_scale() -> None:
    sample = season()
    (finding,) = find_wrong_dates(changed(sample, [5], factor=10))
    assert finding.kind == JUMP
    assert finding.shift is None
    assert "half of its pixels reflect more than 3." in finding.message
    assert f"10 times of what {sample.dates[4]} shows" in finding.message
    assert finding.message.endswith("; its scale (quantification value) seems to be wrong.")


def test_a_date_of_a_tenth_of_the_brightness_is_a_jump_in_scale() -> None:
    sample = season()
    (finding,) = find_wrong_dates(changed(sample, [5], factor=0.1))
    assert finding.kind == JUMP
    assert "hardly a pixel is brighter than 0.04 in any band" in finding.message
    assert f"1/10 of what {sample.dates[4]} shows" in finding.message


def test_reflectance_from_0_to_1_taken_for_digital_numbers_is_a_jump_in_scale() -> None:
    (finding,) = find_wrong_dates(changed(season(), [5], factor=1e-4))
    assert finding.kind == JUMP


def test_a_jump_is_no_measure_for_its_neighbours() -> None:
    sample = season()
    found = find_wrong_dates(changed(changed(sample, [4], factor=10), [5], 1000))
    assert named(found) == {sample.dates[4]: JUMP, sample.dates[5]: MISSING}


def test_all_dates_without_their_offset_are_told_by_their_vegetation() -> None:
    sample = season()
    found = find_wrong_dates(changed(sample, list(range(12)), 1000))
    assert named(found) == dict.fromkeys(sample.dates, MISSING)
    assert "hardly a pixel is darker than 0.09 in any band and dense vegetation has 0.1" in found[5].message
    assert found[5].shift is None


def test_all_dates_subtracted_twice_are_told_by_land_without_blue_green_and_red() -> None:
    sample = season()
    summer = part(sample, [4, 5, 6])
    found = find_wrong_dates(changed(summer, [0, 1, 2], -1000))
    assert named(found) == dict.fromkeys(summer.dates, TWICE)
    assert "of its blue, green and red is not above 0" in found[0].message


@pytest.mark.parametrize(("by", "kind"), [(1000, MISSING), (-1000, TWICE)])
def test_a_single_date_is_told_by_its_dark_pixels(by: int, kind: str) -> None:
    sample = part(season(), [5])
    assert named(find_wrong_dates(changed(sample, [0], by))) == {sample.dates[0]: kind}


@pytest.mark.parametrize(("by", "kind"), [(1000, MISSING), (-1000, TWICE)])
@pytest.mark.parametrize("wrong", [0, 1])
def test_of_two_dates_the_wrong_one_is_named(wrong: int, by: int, kind: str) -> None:
    sample = part(season(), [5, 7])
    found = find_wrong_dates(changed(sample, [wrong], by))
    assert named(found) == {sample.dates[wrong]: kind}
    assert str(sample.dates[1 - wrong]) in found[0].message


def test_half_of_a_clear_scene_under_haze_is_not_named() -> None:
    sample = season()
    haze = np.array([900, 800, 700, 620, 560, 520, 490, 470, 250, 150])  # falls with wavelength
    assert find_wrong_dates(changed(sample, [5], haze)) == []


def test_thin_cloud_that_the_mask_misses_is_not_named() -> None:
    sample = season()
    x = sample.x.astype(np.float64)
    x[5] = 0.75 * x[5] + 0.25 * np.array(CLOUD)[:, None]  # about 0.1 brighter, with less contrast
    assert find_wrong_dates(part(sample, list(range(12)), x=x.astype(np.uint16))) == []


def test_an_unmasked_cloud_over_everything_is_not_named() -> None:
    sample = season()
    x = sample.x.copy()
    x[5] = uniform(CLOUD).x[0]
    assert find_wrong_dates(part(sample, list(range(12)), x=x)) == []


def test_snow_in_winter_is_not_named() -> None:
    sample = season()
    x = sample.x.copy()
    x[0] = uniform(SNOW).x[0]
    assert find_wrong_dates(part(sample, list(range(12)), x=x)) == []


def test_a_harvest_between_two_dates_is_not_named() -> None:
    assert find_wrong_dates(uniform(CROP, CROP, SOIL, SOIL)) == []


def test_bright_sand_without_dark_objects_is_not_named() -> None:
    assert find_wrong_dates(uniform(SAND, SAND, SAND, SAND)) == []


def test_a_wrong_date_of_bright_sand_is_named_by_its_neighbours() -> None:
    sample = uniform(SAND, SAND, SAND, SAND, SAND)
    assert named(find_wrong_dates(changed(sample, [2], 1000))) == {sample.dates[2]: MISSING}


def test_water_that_comes_out_at_zero_on_one_date_is_not_named() -> None:
    sample = uniform(WATER, WATER, WATER)
    x = np.concatenate([season(3).x, sample.x], axis=2)
    x[1, :, 400:] = 0
    sample = PixelSample(x, np.ones((3, 800), bool), BANDS, sample.dates, sample.offsets)
    assert find_wrong_dates(sample) == []


def test_a_date_on_which_only_water_is_clear_is_not_named() -> None:
    sample = uniform(WATER, WATER, WATER)
    x = np.concatenate([season(3).x, sample.x], axis=2)
    valid = np.ones((3, 800), dtype=bool)
    valid[1, :400] = False
    assert find_wrong_dates(PixelSample(x, valid, BANDS, sample.dates, sample.offsets)) == []


@pytest.mark.parametrize("factor", [1.4, 1.6, 1.8, 2.2])
def test_bare_soil_that_dries_is_not_named(factor: float) -> None:
    dry = tuple(round(factor * value) for value in SOIL)  # about 0.1 brighter in the middle of the spectrum
    assert find_wrong_dates(uniform(SOIL, SOIL, dry, SOIL, SOIL)) == []


@pytest.mark.parametrize(("by", "kind"), [(1000, MISSING), (-1000, TWICE)])
def test_reflectance_at_the_top_of_the_atmosphere_is_judged_as_well(by: int, kind: str) -> None:
    path_radiance = np.array([850, 500, 300, 250, 200, 150, 120, 100, 10, 5])
    sample = changed(season(), list(range(12)), path_radiance)
    assert find_wrong_dates(sample) == []
    for number in range(12):
        assert named(find_wrong_dates(changed(sample, [number], by))) == {sample.dates[number]: kind}


def test_nothing_is_said_without_clear_pixels() -> None:
    sample = changed(season(), [5], 1000)
    valid = sample.valid.copy()
    valid[:] = False
    assert find_wrong_dates(part(sample, list(range(12)), valid=valid)) == []


def test_nothing_is_said_of_a_date_with_a_handful_of_clear_pixels() -> None:
    sample = changed(season(), [5], 1000)
    valid = sample.valid.copy()
    valid[5, 99:] = False
    assert find_wrong_dates(part(sample, list(range(12)), valid=valid)) == []


def test_nothing_is_said_of_no_dates_and_of_bands_that_see_the_air() -> None:
    empty = PixelSample(np.zeros((0, 10, 50), np.uint16), np.zeros((0, 50), bool), BANDS, (), ())
    assert find_wrong_dates(empty) == []
    sample = season(3)
    air = PixelSample(sample.x[:, :2], sample.valid, ("B09", "B10"), sample.dates, sample.offsets)
    assert find_wrong_dates(air) == []


@pytest.mark.parametrize("bands", [("B04", "B08"), ("B02", "B03", "B04", "B08"), ("B8A", "B11", "B12")])
@pytest.mark.parametrize(("by", "kind"), [(1000, MISSING), (-1000, TWICE)])
def test_few_bands_are_enough(bands: tuple[str, ...], by: int, kind: str) -> None:
    sample = season()
    channels = [BANDS.index(band) for band in bands]
    for numbers, expected in (([], {}), ([5], {sample.dates[5]: kind})):
        wrong = changed(sample, numbers, by)
        few = PixelSample(wrong.x[:, channels], wrong.valid, bands, wrong.dates, wrong.offsets)
        assert named(find_wrong_dates(few)) == expected


def test_dark_levels_leave_out_zeros_and_dense_vegetation_is_found_whatever_the_offset() -> None:
    pixels = np.array([[0, 1200, 1300], [3500, 3600, 2000]], dtype=np.float32)  # B04, B08
    look = look_at(pixels, ("B04", "B08"), least=2)
    assert look.dark.tolist() == pytest.approx([1202, 2060])  # 2 % of the way from the lowest of two and of three
    assert look.zeros.tolist() == pytest.approx([1 / 3, 0])
    assert look.dense_red == pytest.approx(300)  # of 0 and 1200
    assert look.twins == 0
    assert look.typical == 3500


def test_a_sample_whose_parts_do_not_fit_is_refused() -> None:
    sample = season(3)
    with pytest.raises(InputError, match=r"wants \(T, C, N\) values"):
        part(sample, [0, 1, 2], valid=sample.valid[:, :10])
    with pytest.raises(InputError, match="as many dates in order, each once"):
        part(sample, [0, 1, 2], dates=(START, START, START + timedelta(days=1)))


# --- pixels read from files

DAYS = [date(2018, 5, 1) + timedelta(days=10 * number) for number in range(5)]
CELLS = 48


def write_series(
    folder: Path, wrong: int | None = None, by: int = 0, tile: str = "", left: float = scenes.LEFT
) -> None:
    """Five dates of forest, fields and water on 48 x 48 pixels; a wrong date has numbers added, cut off at 0."""
    ground = season(5, CELLS**2).x.reshape(5, len(BANDS), CELLS, CELLS)
    for number, day in enumerate(DAYS):
        values = ground[number].astype(np.int64) + (by if number == wrong else 0)
        place = scenes.transform(left=left)
        name = f"S2A_L2A_{tile}_{day:%Y%m%d}.tif" if tile else f"S2_L2A_{day:%Y%m%d}.tif"
        scenes.write_raster(folder / name, np.clip(values, 0, 65535).astype(np.uint16), BANDS, place)


def check(*folders: Path) -> list[Finding]:
    series = make_series(find_acquisitions(list(folders)), BANDS)
    return check_radiometry(series.observations, BANDS, series.grid)


def test_a_sound_series_of_files_is_not_named(tmp_path: Path) -> None:
    write_series(tmp_path)
    assert check(tmp_path) == []


@pytest.mark.parametrize(("by", "kind"), [(1000, MISSING), (-1000, TWICE)])
def test_a_wrong_file_is_named(tmp_path: Path, by: int, kind: str) -> None:
    write_series(tmp_path, 2, by)  # zeros are nodata in these files, and must be seen all the same
    assert named(check(tmp_path)) == {DAYS[2]: kind}


def test_the_granule_of_one_tile_is_named_where_the_other_tile_of_the_day_is_sound(tmp_path: Path) -> None:
    write_series(tmp_path / "west", tile="T31TEJ")
    write_series(tmp_path / "east", 2, 1000, tile="T31TFJ", left=scenes.LEFT + 10 * CELLS)
    assert named(check(tmp_path / "west", tmp_path / "east")) == {DAYS[2]: MISSING}


def test_a_map_run_warns_of_a_wrong_date_and_records_it(
    tmp_path: Path, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_series(tmp_path / "series", 2, 1000)
    out = tmp_path / "out"
    assert main(["map", "--series", str(tmp_path / "series"), "--model", str(model), "--out", str(out)]) == 0
    (entry,) = json.loads((out / "run.json").read_text(encoding="utf-8"))["radiometry"]
    assert entry["date"] == "2018-05-21"
    assert entry["kind"] == MISSING
    assert f"Warning: {entry['message']} {HINT}\n" in capfd.readouterr().err


def test_the_list_of_dates_ends_with_those_that_cannot_be_right(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_series(tmp_path, 2, 1000)
    assert main(["dates", "--series", str(tmp_path)]) == 0
    *_, warning, hint = capfd.readouterr().out.splitlines()
    assert warning.startswith("Warning: 2018-05-21: all bands lie about 0.10 above those of 2018-05-11 and 2018-05-31;")
    assert hint == HINT
    assert main(["dates", "--series", str(tmp_path), "--json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [bool(row["radiometry"]) for row in rows] == [False, False, True, False, False]


def test_only_the_window_is_looked_at(tmp_path: Path) -> None:
    write_series(tmp_path / "west", tile="T31TEJ")
    write_series(tmp_path / "east", 2, 1000, tile="T31TFJ", left=scenes.LEFT + 10 * CELLS)
    series = make_series(find_acquisitions([tmp_path]), BANDS)
    west = Window(0, 0, CELLS, CELLS)
    assert check_radiometry(series.observations, BANDS, series.grid, west) == []


def test_the_number_of_pixels_is_bounded_and_the_places_are_the_same_on_all_dates(tmp_path: Path) -> None:
    rows = np.add.outer(np.arange(900), np.arange(700)).astype(np.uint16) + 1
    for day in DAYS[:2]:
        scenes.write_raster(tmp_path / f"S2_L2A_{day:%Y%m%d}.tif", rows, ("B02",))
    series = make_series(find_acquisitions([tmp_path]), ("B02",))
    (sample,) = sample_pixels(series.observations, ("B02",), series.grid)
    assert 1000 < sample.x.shape[2] <= MOST_PIXELS
    assert (sample.x[0] == sample.x[1]).all()
    assert sample.valid.all()
    assert sample.x.min() < 400 < 1200 < sample.x.max()  # spread over the whole image


@pytest.mark.parametrize("side", [513, 1700, 3300, 4096])
def test_each_window_lies_in_one_block_of_the_files_of_10_and_of_20_m(
    tmp_path: Path, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes.write_raster(tmp_path / "S2_L2A_20180501.tif", np.ones((side, side), np.uint16), ("B02",))
    series = make_series(find_acquisitions([tmp_path]), ("B02",))
    seen: list[Window] = []

    def read(_: Any, __: Any, ___: Any, ____: Any, site: Window, *rest: Any) -> bool:
        seen.append(site)
        return True

    monkeypatch.setattr("backend.pixel_sample.read_granule", read)
    sample_pixels(series.observations, ("B02",), series.grid)
    assert len(seen) == 5
    for site in seen:
        for block in (1024, 1280):
            assert site.row // block == (site.row_stop - 1) // block
            assert site.col // block == (site.col_stop - 1) // block


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 900), (900, 1), (190, 189)])
def test_narrow_images_are_sampled(tmp_path: Path, height: int, width: int) -> None:
    scenes.write_raster(tmp_path / "S2_L2A_20180501.tif", np.full((height, width), 7, np.uint16), ("B02",))
    series = make_series(find_acquisitions([tmp_path]), ("B02",))
    (sample,) = sample_pixels(series.observations, ("B02",), series.grid)
    assert 1 <= sample.x.shape[2] <= MOST_PIXELS
    assert sample.valid.all()


# --- real series

UNNAMED = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")


def real_sample(folder: Path, unnamed: tuple[str, ...] = ()) -> PixelSample:
    series = make_series(find_acquisitions([folder], unnamed), BANDS)
    used = [row.observation for row in select_dates(series, 0.05) if row.used]
    (sample,) = sample_pixels(used, BANDS, series.grid)
    return sample


@pytest.mark.parametrize("name", ["languedoc_s2_rpg2018/stack", "flanders_s2_lpis2018/stack", "boadella_s2"])
def test_no_date_of_the_real_series_is_named(real_data: Path, name: str) -> None:
    assert find_wrong_dates(real_sample(real_data / name, UNNAMED if name == "boadella_s2" else ())) == []


def test_every_date_of_a_real_series_is_named_once_it_is_wrong(real_data: Path) -> None:
    sample = real_sample(real_data / "languedoc_s2_rpg2018" / "stack")
    for number, day in enumerate(sample.dates):
        for by, kind in ((1000, MISSING), (-1000, TWICE)):
            assert named(find_wrong_dates(changed(sample, [number], by))) == {day: kind}
