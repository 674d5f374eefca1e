"""The simulator: exact truth, kept means, the shares of cloud it promises, and the same bytes for the same seed."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from backend.errors import InputError, RequestError
from training.simulate import Scene, SceneSettings, borrowed_fields, declare_wrongly, simulate_scene, write_scene
from training.simulate.__main__ import main
from training.simulate.acquisitions import Acquisition, plan_acquisitions
from training.simulate.clouds import SCL_HIGH, SCL_MEDIUM, draw_sky
from training.simulate.files import boundary
from training.simulate.measured_profiles import load_profiles
from training.simulate.sensor import sample, sampling_matrix
from training.simulate.settings import BANDS, BANDS_10M, BANDS_20M, DEFAULT_CROPS, NOT_GROWN, Half, read_legend

ROOT = Path(__file__).resolve().parents[1]
PURE = SceneSettings(
    seed=3, size_px=64, dates=3, texture_sd=(0, 0), jitter_sd_m=0, psf_sigma_m=(5.3, 10.6), noise=0, clouds=False
)
"""No texture, jitter, noise or cloud: a pixel far inside a parcel is its profile."""


@pytest.fixture(scope="module")
def pure() -> Scene:
    return simulate_scene(PURE)


@pytest.fixture(scope="module")
def cloudy() -> Scene:
    return simulate_scene(SceneSettings(seed=11, size_px=64, dates=12))


def _real_data(path: str) -> Path:
    root = os.environ.get("CSCL_DATA")
    file = Path(root or "", path)
    if root and file.is_file():
        return file
    if os.environ.get("CSCL_REQUIRE_DATA") == "1":
        pytest.fail(f"CSCL_REQUIRE_DATA=1, but CSCL_DATA holds no {path}")
    pytest.skip(f"CSCL_DATA holds no {path}")


def test_the_point_spread_keeps_the_mean_at_any_shift() -> None:
    fine = np.full((88, 88), 0.3, np.float32)
    for sigma, shift in ((0.0, 0.0), (5.3, 1.7), (10.6, -8.9)):
        weights = sampling_matrix(10, 10.0, 88, 60.0, sigma, shift)
        np.testing.assert_allclose(sample(fine, weights, weights), 0.3, atol=1e-6)


def test_without_point_spread_a_pixel_is_the_mean_of_its_sixteen_cells() -> None:
    fine = np.arange(64, dtype=np.float32).reshape(8, 8)
    weights = sampling_matrix(2, 10.0, 8, 0.0, 0.0, 0.0)
    expected = np.array([[13.5, 17.5], [45.5, 49.5]])  # e.g. columns 0-3 of rows 0-3: mean of r * 8 + c
    np.testing.assert_allclose(sample(fine, weights, weights), expected, rtol=1e-6)


def test_a_shift_of_one_cell_shows_the_ground_one_cell_further() -> None:
    step = np.zeros((8, 16), np.float32)
    step[:, 8:] = 1.0
    rows = sampling_matrix(2, 10.0, 8, 0.0, 0.0, 0.0)
    cols = sampling_matrix(2, 10.0, 16, 10.0, 0.0, 2.5)
    # Cells 4-7 are the first pixel; shifted by one cell it shows cells 5-8, one of four beyond the step.
    np.testing.assert_allclose(sample(step, rows, cols), [[0.25, 1.0], [0.25, 1.0]], atol=1e-6)


def test_an_edge_is_blurred_by_the_given_sigma() -> None:
    step = np.zeros((8, 168), np.float32)
    step[:, 84:] = 1.0
    rows = sampling_matrix(2, 10.0, 8, 0.0, 0.0, 0.0)
    cols = sampling_matrix(120, 2.5, 168, 60.0, 5.3, 0.0)  # pixels as small as the cells show the blur itself
    rise = np.diff(sample(step, rows, cols)[0])
    where = np.arange(len(rise)) * 2.5
    centre = float((rise * where).sum())
    sigma = float(np.sqrt((rise * (where - centre) ** 2).sum()))
    # Two boxes of 2.5 m (cell and pixel) add 2.5^2 / 12 each to the variance of 5.3^2.
    assert sigma == pytest.approx(np.sqrt(5.3**2 + 2 * 2.5**2 / 12), rel=0.01)


def test_a_pixel_inside_a_parcel_equals_the_parcels_profile(pure: Scene) -> None:
    checked = 0
    for number, shape in zip(pure.parcels["parcel_id"], pure.parcels.geometry, strict=True):
        inside = shape.buffer(-34)  # beyond three sigma of the wider point spread
        if inside.is_empty:
            continue
        point = inside.representative_point()
        for bands, names, size_m in ((pure.bands_10m, BANDS_10M, 10), (pure.bands_20m, BANDS_20M, 20)):
            col = int((point.x - pure.transform.c) // size_m)
            row = int((pure.transform.f - point.y) // size_m)
            corner = (pure.transform.c + col * size_m, pure.transform.f - row * size_m)
            pixel = shapely.box(corner[0], corner[1] - size_m, corner[0] + size_m, corner[1])
            if not (0 <= row < bands.shape[2] and 0 <= col < bands.shape[3] and shape.buffer(-30).contains(pixel)):
                continue
            expected = pure.reflectance[number][:, [BANDS.index(name) for name in names]] * 1e4
            # Fine texture of crowns and rows is off too; what is left is rounding and the last 0.5 % of the tails.
            np.testing.assert_allclose(bands[:, :, row, col], expected, rtol=0.01, atol=1.0)
            checked += 1
    assert checked >= 4


def test_areas_of_the_truth_raster_equal_those_of_the_polygons(pure: Scene) -> None:
    left, top = pure.transform.c, pure.transform.f
    scene = shapely.box(left, top - 640, left + 640, top)
    clipped = shapely.intersection(pure.parcels.geometry.to_numpy(), scene)
    cells = np.bincount(pure.parcel_fine.ravel(), minlength=int(pure.parcels["parcel_id"].max()) + 1)
    drawn = cells[pure.parcels["parcel_id"]] * 2.5**2
    assert drawn.sum() == pytest.approx(shapely.area(clipped).sum(), rel=0.01)
    large = shapely.area(clipped) > 5000
    np.testing.assert_allclose(drawn[large], shapely.area(clipped)[large], rtol=0.04)


def test_the_truth_has_the_class_of_each_parcel(pure: Scene) -> None:
    codes = read_legend()
    for number, crop, code in pure.parcels[["parcel_id", "crop", "class_id"]].itertuples(index=False):
        assert code == codes[crop]
        assert set(np.unique(pure.class_fine[pure.parcel_fine == number])) <= {code}
    assert np.array_equal(pure.class_fine == 0, pure.parcel_fine == 0)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_so_many_parcels_are_declared_as_another_crop_of_the_scene(pure: Scene, share: float) -> None:
    noisy = declare_wrongly(pure, share)
    grown, declared = pure.parcels["crop"], noisy.parcels["crop"]
    assert len(grown) > 10
    assert (grown != declared).sum() == round(share * len(grown))
    assert set(declared) <= set(grown)
    codes = read_legend()
    assert noisy.parcels["class_id"].tolist() == [codes[crop] for crop in declared]


def test_wrong_declarations_are_drawn_by_the_seed_and_a_larger_share_keeps_them(pure: Scene) -> None:
    some, again, more = (declare_wrongly(pure, share).parcels["crop"] for share in (0.3, 0.3, 0.6))
    assert some.equals(again)
    wrong = some != pure.parcels["crop"]
    assert (some[wrong] == more[wrong]).all()
    other = declare_wrongly(replace(pure, settings=replace(PURE, seed=PURE.seed + 1)), 0.3).parcels["crop"]
    assert not some.equals(other)


def test_a_wrong_declaration_changes_nothing_but_the_declared_crop(tmp_path: Path, pure: Scene) -> None:
    kept = pure.parcels.copy()
    noisy = declare_wrongly(pure, 0.5)
    assert pure.parcels.equals(kept)
    assert noisy.parcels.drop(columns=["crop", "class_id"]).equals(kept.drop(columns=["crop", "class_id"]))
    assert list(noisy.parcels.columns) == list(kept.columns)
    for scene, folder in ((pure, "right"), (noisy, "wrong")):
        write_scene(scene, tmp_path / folder)
    for path in _files(tmp_path / "right"):
        other = tmp_path / "wrong" / path.relative_to(tmp_path / "right")
        assert (path.read_bytes() == other.read_bytes()) is (path.name not in ("parcels.gpkg", "meta.json")), path.name
    told = {name: json.loads((tmp_path / name / "meta.json").read_text()) for name in ("right", "wrong")}
    assert told["wrong"].pop("label_noise") == 0.5
    assert told["wrong"] == told["right"]


def test_without_another_crop_no_declaration_is_wrong(pure: Scene) -> None:
    alone = replace(pure, parcels=pure.parcels.assign(crop="barley", class_id=read_legend()["barley"]))
    assert declare_wrongly(alone, 1.0).parcels.equals(alone.parcels)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_of_wrong_declarations_that_is_none_is_refused(pure: Scene, share: float) -> None:
    with pytest.raises(RequestError, match=f"must lie between 0 and 1, not {share}"):
        declare_wrongly(pure, share)


def test_parcels_do_not_overlap_and_some_touch_without_a_lane(pure: Scene) -> None:
    shapes = pure.parcels.geometry.to_numpy()
    union = shapely.area(shapely.union_all(shapes))
    assert shapely.area(shapes).sum() == pytest.approx(union, rel=0.002)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.5)
    assert (first < second).sum() >= 5


def test_the_scene_starts_at_a_multiple_of_four_pixels(pure: Scene) -> None:
    assert pure.transform.c % 40 == 0
    assert pure.transform.f % 40 == 0


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    settings = replace(PURE, clouds=True, dates=2, size_px=32)
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_scene(simulate_scene(replace(settings, seed=seed)), tmp_path / folder)
    first = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in _files(tmp_path / "a")}
    again = {path.relative_to(tmp_path / "b"): path.read_bytes() for path in _files(tmp_path / "b")}
    assert first == again
    assert (tmp_path / "a" / "parcels.gpkg").read_bytes() != (tmp_path / "c" / "parcels.gpkg").read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_files_carry_band_names_dates_and_nodata(tmp_path: Path, pure: Scene) -> None:
    write_scene(pure, tmp_path)
    day = pure.dates[0]
    for suffix, names, size in (("10m", BANDS_10M, 64), ("20m", BANDS_20M, 32), ("SCL_20m", ("SCL",), 32)):
        with rasterio.open(tmp_path / f"S2_L2A_{day:%Y%m%d}_{suffix}.tif") as src:
            assert src.descriptions == names
            assert src.shape == (size, size)
            assert src.nodata == 0
            assert src.crs.to_epsg() == 32631
            assert src.tags()["DATE"] == f"{day:%Y-%m-%d}"
    with rasterio.open(tmp_path / "truth" / "class_2p5m.tif") as src:
        assert np.array_equal(src.read(1), pure.class_fine)
        assert src.res == (2.5, 2.5)
    parcels = gpd.read_file(tmp_path / "parcels.gpkg")
    assert list(parcels.columns) == ["parcel_id", "crop", "class_id", "geometry"]
    assert len(parcels) == len(pure.parcels)


def test_the_boundary_runs_along_both_sides_of_an_edge() -> None:
    parcel = np.array([[1, 1, 1, 2, 2, 2]] * 3, np.int32)
    assert boundary(parcel).tolist() == [[0, 0, 1, 1, 0, 0]] * 3


def test_thick_cloud_is_seen_by_the_scene_classification_and_some_thin_cloud_is_missed(cloudy: Scene) -> None:
    seen = np.isin(cloudy.scl, (SCL_MEDIUM, SCL_HIGH))
    opacity = np.stack([sky.opacity for sky in cloudy.skies]).reshape(-1, 32, 2, 32, 2).mean((2, 4))
    whole = np.stack([sky.inside for sky in cloudy.skies]).reshape(-1, 32, 2, 32, 2).all((2, 4))
    assert seen[(opacity > 0.8) & whole].mean() > 0.99
    thin = (opacity > 0.1) & (opacity < 0.3) & whole
    called_clear = np.isin(cloudy.scl, (4, 5, 6, 7, 11))
    assert 0.05 < called_clear[thin].mean() < 0.95


def test_shares_of_clear_and_overcast_dates_are_those_of_real_series() -> None:
    skies = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        for shot in plan_acquisitions(rng, 2018, 20):
            skies.append(draw_sky(rng, shot, 48, clouds=True))
    clear = np.array([sky.clear.mean() for sky in skies])
    assert len(clear) == 1200
    assert 0.32 <= (clear > 0.9).mean() <= 0.45
    assert 0.36 <= (clear < 0.1).mean() <= 0.44


def test_nodata_lies_beyond_the_swath_and_nowhere_else(cloudy: Scene) -> None:
    for index, sky in enumerate(cloudy.skies):
        assert np.array_equal(cloudy.bands_10m[index, 0] == 0, ~sky.inside)


def test_dates_lie_in_the_season_and_rise_by_multiples_of_five_days(cloudy: Scene) -> None:
    gaps = np.diff([day.toordinal() for day in cloudy.dates])
    assert cloudy.dates[0] >= date(2017, 11, 1)
    assert cloudy.dates[-1] <= date(2018, 10, 31)
    assert (gaps > 0).all()
    assert (gaps % 5 == 0).all()


def test_a_cloud_filter_leaves_cloudy_dates_out() -> None:
    plan = plan_acquisitions(np.random.default_rng(0), 2018, 10, min_clear=0.6)
    assert all(shot.clear_share >= 0.6 for shot in plan)
    with pytest.raises(RequestError, match=r"Only \d+ dates of the season are clear"):
        plan_acquisitions(np.random.default_rng(0), 2018, 73, min_clear=0.9)


def test_a_clear_date_has_no_opacity_and_full_cloud_hides_all() -> None:
    rng = np.random.default_rng(5)
    overcast = draw_sky(rng, Acquisition(date(2018, 1, 1), "overcast", 0.0), 32, clouds=True)
    assert overcast.clear.mean() < 0.1
    assert draw_sky(rng, Acquisition(date(2018, 1, 1), "clear", 1.0), 32, clouds=False).clear.all()


@pytest.mark.parametrize("flavour", ["temperate", "mediterranean"])
def test_every_crop_of_the_legend_may_grow(flavour: str) -> None:
    assert {name for name, _ in DEFAULT_CROPS[flavour]} == set(read_legend()) - set(NOT_GROWN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_px": 50}, "multiple of 4 and at least 16 pixels, not 50"),
        ({"dates": 0}, "1 to 73 dates"),
        ({"flavour": "tropical"}, "temperate, mediterranean, not 'tropical'"),
        ({"crops": (("weat", 1.0),)}, "'weat' with weight 1.0 is no crop"),
        ({"geometry": Path("absent.gpkg")}, "no file absent.gpkg to take parcels from"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(change: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        replace(PURE, **change)  # type: ignore[arg-type]


def test_the_command_line_writes_scenes_and_tells_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), "--scenes", "2", "--seed", "4", "--size", "16", "--dates", "1"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene_00004", "scene_00005"]
    assert "2/2" in capsys.readouterr().out
    assert main(["--out", str(tmp_path), "--size", "15"]) == 2
    assert "multiple of 4" in capsys.readouterr().err


def test_parcels_of_a_file_are_borrowed_whatever_its_coordinate_system(tmp_path: Path) -> None:
    # A 4 x 4 chequerboard of 200 m fields in Lambert-93, metres.
    shapes = [shapely.box(650e3 + 200 * i, 68e5 + 200 * j, 650e3 + 200 * i + 195, 68e5 + 200 * j + 195)
              for i in range(4) for j in range(4)]  # fmt: skip
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:2154").to_crs(4326).to_file(tmp_path / "fields.gpkg")
    scene = simulate_scene(replace(PURE, geometry=tmp_path / "fields.gpkg", size_px=40))
    whole = scene.parcels.geometry.area
    assert whole.max() == pytest.approx(195**2, rel=0.01)
    assert (scene.parcel_fine > 0).mean() > 0.3


@pytest.mark.parametrize(("field_m", "expected_m2"), [(800, 20000), (100, 10000)])
def test_large_parcels_are_shrunk_to_the_median_asked_for_and_small_ones_stay(
    tmp_path: Path, field_m: int, expected_m2: int
) -> None:
    shapes = [shapely.box(field_m * i, field_m * j, field_m * (i + 1), field_m * (j + 1))
              for i in range(30) for j in range(30)]  # fmt: skip
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32631").to_file(tmp_path / "fields.gpkg")
    scene = simulate_scene(replace(PURE, geometry=tmp_path / "fields.gpkg", size_px=64, parcel_ha=(2.0, 2.0)))
    assert np.median(scene.parcels.geometry.area) == pytest.approx(expected_m2, rel=0.01)


def test_each_seed_takes_another_window_of_the_file_and_draws_other_crops(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows, cols = np.divmod(np.arange(400), 20)
    sides = draw.uniform(60, 195, (400, 2))  # no two fields alike, so that a field tells its place
    corners = np.column_stack([600e3 + 200 * cols, 48e5 + 200 * rows])
    shapes = shapely.box(*corners.T, *(corners + sides).T)
    path = tmp_path / "fields.gpkg"
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32631").to_file(path)
    settings = [replace(PURE, geometry=path, size_px=40, seed=seed) for seed in range(12)]
    scenes = [simulate_scene(item) for item in settings]
    again = simulate_scene(settings[3])
    assert again.parcels.equals(scenes[3].parcels)
    # whole fields keep their area when they are turned
    held = [{round(area) for area in scene.parcels.geometry.area} for scene in scenes]
    pairs = [(a, b) for i, a in enumerate(held) for b in held[:i]]
    assert all(a != b for a, b in pairs)
    assert sum(not a & b for a, b in pairs) > len(pairs) / 2  # most windows have no field in common
    assert len({tuple(sorted(scene.parcels["crop"])) for scene in scenes}) == len(scenes)


@pytest.mark.data
def test_real_parcels_and_profiles_make_a_scene() -> None:
    parcels = _real_data("parcels/rpg_boigneville_west.gpkg")
    profiles = _real_data("profiles/profiles.parquet")
    scene = simulate_scene(replace(PURE, geometry=parcels, profiles=profiles))
    assert len(scene.parcels) > 3
    ndvi = (scene.reflectance[1:, :, 6] - scene.reflectance[1:, :, 2]) / (
        scene.reflectance[1:, :, 6] + scene.reflectance[1:, :, 2]
    )
    assert ndvi.min() > 0.05
    assert ndvi.max() < 0.98
    assert np.isfinite(scene.reflectance).all()


def test_the_sample_in_resources_is_what_its_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts" / "make_sample.py")
    if spec is None or spec.loader is None:
        pytest.fail("scripts/make_sample.py cannot be loaded")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    scene = simulate_scene(script.SAMPLE)
    folder = ROOT / "resources" / "sample"
    assert len(list(folder.glob("*_10m.tif"))) == len(scene.dates)
    for index, day in enumerate(scene.dates):
        stem = f"S2_L2A_{day:%Y%m%d}"
        for suffix, expected in (
            ("10m", scene.bands_10m[index]),
            ("20m", scene.bands_20m[index]),
            ("SCL_20m", scene.scl[index][None]),
        ):
            with rasterio.open(folder / f"{stem}_{suffix}.tif") as src:
                np.testing.assert_array_equal(src.read(), expected)
    parcels = gpd.read_file(folder / "parcels.gpkg")
    assert parcels["crop"].tolist() == scene.parcels["crop"].tolist()
    assert parcels["crop"].nunique() >= 6
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5e6


def test_held_out_ground_shares_no_field_with_the_ground_trained_on(tmp_path: Path) -> None:
    shapes = [shapely.box(400 * i, 0, 400 * i + 380, 900) for i in range(10)]
    path = tmp_path / "strip.gpkg"
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32631").to_file(path)
    trained, held_out = (borrowed_fields._read_shapes(path, ground) for ground in ("trained", "held_out"))
    assert (len(trained), len(held_out)) == (7, 3)
    assert shapely.bounds(trained)[:, 2].max() < shapely.bounds(held_out)[:, 0].min()


def test_profiles_of_other_years_are_left_out(real_data: Path) -> None:
    days = np.arange(-60, 300, 10)
    path = real_data / "profiles" / "profiles.parquet"
    used = {source for pool in load_profiles(path, days, (2022,)).by_class.values() for source, _, _ in pool}
    assert used == {"FRA2022_month"}
    with pytest.raises(InputError, match=r"no usable profile .* of the harvest years 1999"):
        load_profiles(path, days, (1999,))


def test_halves_of_the_profiles_share_none(real_data: Path) -> None:
    days, path = np.arange(-60, 300, 10), real_data / "profiles" / "profiles.parquet"

    def drawn_from(half: Half) -> dict[str, set[bytes]]:
        pools = load_profiles(path, days, (2022,), half).by_class
        return {name: {values.tobytes() for _, _, values in pool} for name, pool in pools.items()}

    whole, first, second = drawn_from("all"), drawn_from("first"), drawn_from("second")
    both = set(first) & set(second)  # a crop with too few profiles to be drawn from is in none
    assert len(both) > 3
    for name in both:
        assert not first[name] & second[name]
        assert first[name] | second[name] == whole[name]
