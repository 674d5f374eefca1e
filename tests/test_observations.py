"""Granules of a day merged: which count, on which grid, and what is read where they overlap."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import scenes
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from backend.cli import main
from backend.date_selection import clear_share, select_dates
from backend.errors import BandMissingError, GridError, SeriesError
from backend.grid import Grid, Window
from backend.observations import Acquisition, BandSource, Observation
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.series import MOST_APART, make_series
from backend.sits import SitsBlock, read_block

DAY = date(2018, 4, 20)
BANDS = scenes.BANDS_10M + scenes.BANDS_20M
ONE = ("B02",)


def source(path: str = "b.tif", left: float = 0, top: float = 0, side: int = 10, cell: float = 10.0) -> BandSource:
    grid = Grid("EPSG:32631", Affine(cell, 0, scenes.LEFT + left, 0, -cell, scenes.TOP + top), side, side)
    return BandSource(Path(path), 1, grid, 0)


def granule(
    day: date = DAY, tile: str = "31TEJ", sensor: str = "S2A", baseline: str = "02.08", name: str = "", **place: float
) -> Acquisition:
    bands = {"B02": source(f"{tile}{sensor}{baseline}{name}/b.tif", **place)}  # type: ignore[arg-type]
    return Acquisition(day, bands, None, sensor, "L2A", tile, baseline, granule=name)


def pixels(paths: list[Path], bands: tuple[str, ...] = ONE, window: Window | None = None) -> SitsBlock:
    series = make_series(find_acquisitions(paths), bands)
    with WindowReader() as reader:
        return read_block(reader, series.observations, bands, series.grid, window or series.grid.window)


def write(folder: Path, values: list[list[int]], left: float = 0, cloud: list[list[int]] | None = None) -> Path:
    """A GeoTIFF of B02 with an SCL on the same cells: 9 where `cloud` says 1, else 4."""
    array = np.array(values, np.uint16)
    place = scenes.transform(left=scenes.LEFT + left)
    scenes.write_raster(folder / "20180420.tif", array, ONE, place)
    scl = np.where(np.array(cloud), 9, 4) if cloud else np.full(array.shape, 4)
    scenes.write_raster(folder / "20180420_SCL.tif", scl.astype(np.uint8), ("SCL",), place)
    return folder


def test_the_grid_is_that_around_all_granules() -> None:
    first, second = granule(), granule(tile="31TFJ", left=70, top=-30)
    series = make_series([second, first], ONE)
    assert series.grid.shape == (13, 17)
    assert series.grid.transform == first.bands["B02"].grid.transform
    assert [item.tile for item in series.observations[0].granules] == ["31TEJ", "31TFJ"]
    assert series.observations[0].tile == "31TEJ+31TFJ"
    assert series.observations[0].cells == 200


def test_dates_that_show_different_tiles_share_one_grid() -> None:
    later = granule(date(2018, 5, 20), tile="31TDJ", left=-100)
    series = make_series([granule(), later], ONE)
    assert series.grid.bounds == (scenes.LEFT - 100, scenes.TOP - 100, scenes.LEFT + 100, scenes.TOP)
    assert [item.tile for item in series.observations] == ["31TEJ", "31TDJ"]


@given(
    st.lists(
        st.tuples(st.integers(-30, 30), st.integers(-30, 30), st.integers(1, 20)), min_size=1, max_size=5, unique=True
    )
)
def test_the_grid_has_the_box_of_all_cells_whatever_their_order(boxes: list[tuple[int, int, int]]) -> None:
    items = [granule(tile=f"T{n}", left=10 * col, top=10 * row, side=side) for n, (row, col, side) in enumerate(boxes)]
    series = make_series(items, ONE)
    bounds = np.array([item.bands["B02"].grid.bounds for item in items])
    assert series.grid.bounds == (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    assert series.grid.is_same(make_series(items[::-1], ONE).grid)


@pytest.mark.parametrize(("left", "top", "side", "cell"), [(5, 0, 10, 10), (0, 2, 10, 10), (100, 0, 10, 20)])
def test_granules_whose_cells_do_not_coincide_are_refused(left: float, top: float, side: int, cell: float) -> None:
    other = granule(tile="31TFJ", left=left, top=top, side=side, cell=cell)
    with pytest.raises(GridError, match=r"S2A 31TFJ lie on another grid .* than those of .*31TEJ .*do not coincide"):
        make_series([granule(), other], ONE)


def test_a_product_of_another_utm_zone_is_refused_by_name(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY)
    scenes.write_safe(tmp_path, DAY, granules=[scenes.Granule(tile="32TLP", crs="EPSG:32632")])
    with pytest.raises(GridError, match=r"T32TLP_.*: its coordinate system is EPSG:32632, that of .*31TEJ is EPSG:326"):
        make_series(find_acquisitions([tmp_path]), BANDS)


def test_a_product_of_a_place_far_away_is_refused_by_name() -> None:
    near = granule(tile="31TFJ", left=10.0 * (MOST_APART + 10))
    assert make_series([granule(), near], ONE).grid.width == MOST_APART + 20
    far = granule(date(2018, 5, 20), tile="31UFQ", top=10.0 * (MOST_APART + 11))
    with pytest.raises(GridError, match=r"2018-05-20 S2A 31UFQ lie 10981 cells away from those of 2018-04-20 S2A 31T"):
        make_series([granule(), near, far], ONE)


def test_of_a_granule_in_two_baselines_the_newest_counts() -> None:
    old = granule(baseline="02.08", name="L2A_T31TEJ_A014741_20180420T104021")
    new = granule(baseline="05.00", name="L2A_T31TEJ_A014741_20180420T104021")
    other = granule(tile="31TFJ", left=100)
    series = make_series([old, other, new], ONE)
    assert series.observations[0].granules == (new, other)
    assert series.superseded == ((old, "baseline 02.08, the same granule is there in 05.00"),)
    assert series.observations[0].baseline == "05.00+02.08"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # two orbits of a day; the two ends of a datatake that was cut over the tile; two sensors; two extents
        (granule(name="L2A_T31TEJ_A014741_20180420T104021"),
         granule(name="L2A_T31TEJ_A014742_20180420T121021", baseline="05.00")),
        (granule(name="L2A_T31TEJ_A014741_20180420T104021"), granule(name="L2A_T31TEJ_A014741_20180420T104033")),
        (granule(sensor="S2A"), granule(sensor="S2B", baseline="05.00")),
        (granule(), granule(baseline="05.00", left=50)),
        (granule(tile="", baseline=""), granule(tile="", baseline="", top=-10)),
    ],
)  # fmt: skip
def test_granules_that_only_share_tile_and_day_are_merged(first: Acquisition, second: Acquisition) -> None:
    series = make_series([first, second], ONE)
    assert len(series.observations[0].granules) == 2
    assert series.superseded == ()


def test_rasters_of_a_day_over_the_same_cells_are_refused_unless_something_tells_them_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, [[1, 2]])
    with pytest.raises(SeriesError, match=r"two acquisitions of 2018-04-20 over the same ground \(.*one and .*two\)"):
        pixels([tmp_path])
    for name, sensor in (("one", "S2A"), ("two", "S2B")):
        (tmp_path / name / "acquisitions.csv").write_text(f"file,date,sensor\n20180420.tif,2018-04-20,{sensor}\n")
        (tmp_path / name / "20180420_SCL.tif").unlink()
    assert pixels([tmp_path]).x.tolist() == [[[[1, 2]]]]


def test_a_granule_of_the_old_format_gives_way_to_its_later_production() -> None:
    old = granule(baseline="02.02", name="S2A_OPER_MSI_L1C_TL_EPA__20160604T163456_A014741_T31TEJ_N02.02")
    new = granule(baseline="05.00", name="L1C_T31TEJ_A014741_20180420T104021")
    assert make_series([old, new], ONE).superseded[0][0] is old


def test_of_a_day_in_both_levels_the_one_asked_for_counts(tmp_path: Path) -> None:
    for level in ("L1C", "L2A"):
        scenes.write_safe(tmp_path, DAY, level=level)
    scenes.write_safe(tmp_path, date(2018, 5, 20), level="L1C")
    found = find_acquisitions([tmp_path])
    for level, other in (("L2A", "L1C"), ("L1C", "L2A")):
        series = make_series(found, BANDS, level)
        assert [item.level for item in series.observations] == [level, "L1C"]
        assert [(item.level, reason) for item, reason in series.superseded] == [
            (other, f"level {other}, the day has {level}")
        ]
    assert [item.level for item in make_series(found, BANDS).observations] == ["L2A", "L1C"]


def test_bands_that_a_superseded_acquisition_lacks_are_not_missed() -> None:
    old = granule(baseline="02.08")
    old.bands["B99"] = old.bands.pop("B02")
    assert make_series([old, granule(baseline="05.00")], ONE).superseded[0][0] is old
    with pytest.raises(BandMissingError, match=r"31TEJ has no band B02 \(it has B99\)"):
        make_series([old], ONE)


def test_the_order_of_granules_hangs_neither_on_paths_nor_on_the_order_found() -> None:
    items = [granule(tile="", sensor="", baseline="", name=name, left=left) for name, left in (("z", 0), ("a", 50))]
    for given_order in (items, items[::-1]):
        first, second = make_series(given_order, ONE).observations[0].granules
        assert (first.granule, second.granule) == ("a", "z")


def test_an_observation_of_two_days_cannot_be_made() -> None:
    with pytest.raises(SeriesError, match="2018-04-20 cannot hold granules of 2018-04-20, 2018-05-20"):
        Observation(DAY, (granule(), granule(date(2018, 5, 20))))
    with pytest.raises(SeriesError, match="cannot hold granules of none"):
        Observation(DAY, ())


def test_where_granules_overlap_the_first_clear_one_counts_then_the_first_imaged(tmp_path: Path) -> None:
    first = write(tmp_path / "a", [[1, 2, 3, 0, 0]], cloud=[[0, 1, 1, 0, 0]])
    second = write(tmp_path / "b", [[5, 6, 7, 0, 9]], left=10, cloud=[[0, 1, 0, 0, 1]])
    # columns: a clear | a cloudy, b clear | both cloudy | b clear, a nothing | nothing | b cloudy, a nothing
    block = pixels([first, second])
    assert block.x[0, 0].tolist() == [[1, 5, 3, 7, 0, 9]]
    assert block.valid[0].tolist() == [[True, True, False, True, False, False]]


def test_a_pixel_imaged_in_all_bands_counts_before_one_imaged_in_some(tmp_path: Path) -> None:
    for name, values in (("a", [[[0, 0, 0]], [[4, 0, 5]]]), ("b", [[[7, 0]], [[8, 9]]])):
        scenes.write_raster(tmp_path / name / "20180420.tif", np.array(values, np.uint16), ("B02", "B03"))
    block = pixels([tmp_path], ("B02", "B03"))
    assert block.x[0].tolist() == [[[7, 0, 0]], [[8, 9, 5]]]
    assert block.valid[0].tolist() == [[True, False, False]]


WINDOWS = (Window(-2, -3, 9, 11), Window(3, 4, 5, 6), Window(15, 23, 4, 4), Window(40, 0, 2, 2))


@pytest.mark.parametrize("window", WINDOWS)
def test_what_is_read_does_not_hang_on_the_window(tmp_path: Path, window: Window) -> None:
    rng = np.random.default_rng(0)
    for number, left in enumerate((0, 80, 120)):
        scl = rng.choice(np.array([4, 9], np.uint8), size=(8, 6))
        crops = rng.choice(np.array([0, 1, 5], np.uint8), size=(16, 12))
        one = scenes.Granule(crops, f"31T{'CDE'[number]}J", left=scenes.LEFT + left, scl=scl)
        scenes.write_safe(tmp_path / str(number), DAY, granules=[one])
    whole, part = pixels([tmp_path], BANDS, Window(-5, -5, 60, 60)), pixels([tmp_path], BANDS, window)
    rows, cols = window.slices(Window(-5, -5, 60, 60))
    assert (part.x == whole.x[:, :, rows, cols]).all()
    assert (part.valid == whole.valid[:, rows, cols]).all()


def halves(folder: Path, day: date, crops: npt.NDArray[np.uint8] = scenes.CROPS) -> list[Path]:
    """A scene cut into two products of overlapping tiles."""
    left, right = scenes.Granule(crops[:, :14], "31TEJ"), scenes.Granule(crops[:, 10:], "31TFJ", scenes.LEFT + 100)
    return [scenes.write_safe(folder, day, granules=[half]) for half in (left, right)]


def test_two_halves_make_the_same_map_as_the_whole(tmp_path: Path, model: Path) -> None:
    for day in scenes.DAYS:
        scenes.write_safe(tmp_path / "whole", day)
        for number, product in enumerate(halves(tmp_path / "folders", day)):
            scenes.write_zip(tmp_path / "zips" / f"{day}_{number}.SAFE.zip", product)
    for name in ("whole", "folders", "zips"):
        out = str(tmp_path / f"map_{name}")
        assert main(["map", "--series", str(tmp_path / name), "--model", str(model), "--out", out]) == 0
    for layer in ("crop_type.tif", "confidence.tif", "boundary.tif", "crop_type.tif.aux.xml"):
        whole = (tmp_path / "map_whole" / layer).read_bytes()
        assert (tmp_path / "map_folders" / layer).read_bytes() == whole
        assert (tmp_path / "map_zips" / layer).read_bytes() == whole
    row = json.loads((tmp_path / "map_zips" / "run.json").read_text(encoding="utf-8"))["dates"][0]
    assert (row["tile"], row["granules"], row["baseline"], row["offset"]) == ("31TEJ+31TFJ", 2, "02.08", "none")


def test_the_clear_share_counts_over_the_granules_of_the_date_itself(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL)
    three = [scenes.Granule(tile=f"31T{letter}J", left=scenes.LEFT + 240 * number, scl=cloudy if number else None)
             for number, letter in enumerate("CDE")]  # fmt: skip
    scenes.write_safe(tmp_path, DAY, granules=three)
    scenes.write_safe(tmp_path, date(2018, 5, 20), granules=three[:1])
    series = make_series(find_acquisitions([tmp_path]), BANDS)
    assert [clear_share(item) for item in series.observations] == [1 / 3, 1.0]
    assert [row.used for row in select_dates(series, 0.5)] == [False, True]


def test_the_clear_share_weighs_granules_by_their_ground(tmp_path: Path) -> None:
    scenes.write_raster(tmp_path / "a" / "20180420.tif", np.ones((2, 4), np.uint16), ONE)
    write(tmp_path / "b", [[1, 1]], left=40, cloud=[[1, 1]])
    assert clear_share(make_series(find_acquisitions([tmp_path]), ONE).observations[0]) == 0.8


def test_dates_shows_superseded_products_and_offsets(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    scenes.write_safe(tmp_path, DAY, baseline="02.08")
    scenes.write_safe(tmp_path, DAY, baseline="04.00", offsets=-1000.0)
    assert main(["dates", "--series", str(tmp_path)]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert lines[0] == ["date", "sensor", "level", "tile", "baseline", "offset", "clear", "bands"]
    assert lines[1][:8] == ["2018-04-20", "S2A", "L2A", "31TEJ", "04.00", "-1000", "100.0%", "used"]
    assert lines[2][4:9] == ["02.08", "none", "-", "superseded:", "baseline"]
    assert main(["dates", "--series", str(tmp_path), "--json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [(row["offset"], row["used"]) for row in rows] == [("-1000", True), ("none", False)]


def test_a_map_tells_what_was_superseded(tmp_path: Path, model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for day in scenes.DAYS:
        scenes.write_safe(tmp_path / "series", day)
    scenes.write_safe(tmp_path / "series", DAY, baseline="05.00", offsets=-1000.0)
    arguments = ["--series", str(tmp_path / "series"), "--model", str(model), "--out", str(tmp_path / "out")]
    assert main(["map", *arguments]) == 0
    sentence = "2018-04-20 S2A 31TEJ is not used: baseline 02.08, the same granule is there in 05.00."
    assert sentence in "".join(capfd.readouterr())
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["superseded"] == [
        {"label": "2018-04-20 S2A 31TEJ", "reason": "baseline 02.08, the same granule is there in 05.00"}
    ]
    assert [row["baseline"] for row in record["dates"]] == ["05.00", "02.08", "02.08", "02.08"]
