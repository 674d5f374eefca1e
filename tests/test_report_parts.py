"""The parts that the report of a data set is made of: charts, sums over parcels, words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from html_page import HtmlPage
from numpy.testing import assert_allclose, assert_array_equal
from small_samples import BANDS, MAIZE, TEST, WHEAT, parcel, sample
from small_store import record, write_store

from backend.errors import DamagedFileError
from backend.grid import Window
from backend.html_pages import page, png_uri, table, write_page
from backend.report_numbers import hectares, percent, plural
from backend.svg_charts import Mark, Part, bar, timeline
from training.classes import UNKNOWN
from training.label_survey import extent, survey
from training.parcel_figures import read_parcel_figures
from training.progress import QuietProgress
from training.source_sections import size_m
from training.store import Store


def rects(text: str) -> list[dict[str, str]]:
    """The rectangles of a chart."""
    return [attributes for tag, attributes in HtmlPage(text).tags if tag == "rect"]


def parcels_store(folder: Path, *rows: dict[str, object], folds: int = 0) -> Store:
    """A store of two sources with these parcels."""
    groups = [(record(name), [sample(name)]) for name in ("a", "b")]
    return write_store(folder / "store", *groups, dates=2, bands=BANDS, parcels=rows, folds=folds)


def test_the_parts_of_a_bar_follow_each_other() -> None:
    drawn = rects(bar([Part(1, "train", "one"), Part(0, "test", "none"), Part(2, "test", "two")], 4))
    assert [(item["x"], item["width"]) for item in drawn] == [("0.00%", "25.00%"), ("25.00%", "50.00%")]
    assert [item["class"] for item in drawn] == ["train", "test"]


def test_a_bar_of_nothing_is_empty_and_says_so() -> None:
    assert rects(bar([Part(0, "train", "zero")], 0)) == []
    assert "aria-label='nothing'" in bar([Part(0, "train", "zero")], 0)


def test_marks_of_a_timeline_stand_at_their_days_as_high_as_they_are_clear() -> None:
    marks = [Mark(date(2018, 6, 1), 0.0, "dropped", "b"), Mark(date(2018, 4, 2), 0.5, "used", "a")]
    first, last = rects(timeline(marks, ((1.0, "100 %"),), "dates"))
    # 60 days and 4 at each end
    assert (first["class"], first["height"]) == ("used", "60.0")
    assert float(first["x"][:-1]) + float(first["width"][:-1]) / 2 == pytest.approx(100 * 4 / 68, abs=0.02)
    assert (last["class"], last["height"]) == ("dropped", "3.0")
    assert float(last["x"][:-1]) + float(last["width"][:-1]) / 2 == pytest.approx(100 * 64 / 68, abs=0.02)


def test_a_timeline_names_its_months_and_years() -> None:
    marks = [Mark(date(2017, 11, 20), 1.0, "used", "a"), Mark(date(2018, 2, 10), 1.0, "used", "b")]
    page = HtmlPage(timeline(marks, (), "dates"))
    assert page.text == "Dec2017Jan2018Feb"


def test_a_timeline_of_one_date_has_a_width() -> None:
    assert len(rects(timeline([Mark(date(2018, 6, 10), 1.0, "used", "a")], (), "dates"))) == 1


def test_a_long_timeline_names_few_months() -> None:
    marks = [Mark(date(year, 1, 1), 1.0, "used", "a") for year in (2016, 2019)]
    assert HtmlPage(timeline(marks, (), "dates")).text.count("Jan") == 4
    assert HtmlPage(timeline(marks, (), "dates")).text.count("Feb") == 0


def test_parcels_are_summed_by_source_class_split_and_size(tmp_path: Path) -> None:
    figures = read_parcel_figures(
        parcels_store(
            tmp_path,
            parcel("a", 1, area_ha=0.1),
            parcel("a", 2, area_ha=0.0999),
            parcel("b", 1, code=MAIZE, split=TEST, area_ha=10.0),
            parcel("b", 2, code=UNKNOWN, split=0, area_ha=0.004),
        )
    )
    assert (figures.total, figures.total_ha) == (4, pytest.approx(10.2039))
    assert figures.counts[0, WHEAT].tolist() == [0, 2, 0, 0, 0]
    assert figures.counts[1, MAIZE].tolist() == [0, 0, 0, 0, 1]
    assert figures.counts[1, UNKNOWN].tolist() == [1, 0, 0, 0, 0]
    assert figures.known_by_split.tolist() == [0, 2, 0, 0, 1]
    assert figures.size_counts.tolist() == [[1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 1]]
    assert_allclose(figures.size_areas_ha[1], [0.004, 0, 0, 0, 0, 0, 0, 10.0])
    assert figures.below_pixel.tolist() == [0, 1]


def test_parcels_are_summed_by_fold(tmp_path: Path) -> None:
    rows = [parcel("a", 1, fold=1), parcel("a", 2, fold=2, area_ha=2.0), parcel("b", 1, fold=2, area_ha=3.0)]
    figures = read_parcel_figures(parcels_store(tmp_path, *rows, folds=2))
    assert figures.fold_counts.tolist() == [[0, 1, 1], [0, 0, 1]]
    assert figures.fold_areas_ha.tolist() == [[0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]


def test_a_store_without_parcels_has_none(tmp_path: Path) -> None:
    assert read_parcel_figures(parcels_store(tmp_path)).total == 0


def test_parcels_of_an_unknown_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=r"names a source 'c' that the data set does not have"):
        read_parcel_figures(parcels_store(tmp_path, parcel("c")))


def test_a_survey_tells_shares_of_classes_and_splits(tmp_path: Path) -> None:
    store = write_store(
        tmp_path / "store", (record(), [sample(), sample(row=8, code=MAIZE, split=TEST)]), dates=2, bands=BANDS
    )
    (seen,) = survey(store, [0], 100, QuietProgress())
    assert seen.class_shares[:, [WHEAT, MAIZE]].tolist() == [[0.5, 0.0], [0.0, 0.5]]
    assert seen.split_shares.tolist() == [[0, 0.5, 0, 0, 0], [0, 0, 0, 0, 0.5]]
    assert seen.labelled.tolist() == [0.5, 0.5]


def test_of_many_samples_evenly_spaced_ones_are_looked_at_and_small_sources_whole(tmp_path: Path) -> None:
    groups = [(record("a"), [sample("a", row=8 * row) for row in range(20)]), (record("b"), [sample("b")] * 2)]
    store = write_store(tmp_path / "store", *groups, dates=2, bands=BANDS)
    large, small = survey(store, [0, 1], 100, QuietProgress(), most=7)
    assert large.numbers.tolist() == [0, 4, 9, 14, 19]
    assert small.numbers.tolist() == [20, 21]
    assert (large.samples, small.samples) == (20, 2)


def test_the_box_around_samples_ends_at_the_images(tmp_path: Path) -> None:
    items = [sample(row=-2, col=6), sample(row=6, col=6)]
    store = write_store(tmp_path / "store", (record(grid_shape=[12, 12]), items), dates=2, bands=BANDS)
    assert extent(store, 0) == Window(0, 6, 12, 6)


def test_sizes_are_in_metres_whatever_the_units(tmp_path: Path) -> None:
    metric = record()
    assert size_m(metric, Window(0, 0, 100, 50)) == (500.0, 1000.0, False)
    degrees = type(metric)("d", "EPSG:4326", (0.001, 0.0, 10.0, 0.0, -0.001, 60.0), 1.0, {})
    width, height, turned = size_m(degrees, Window(0, 0, 1000, 1000))
    assert height == pytest.approx(111_320)
    assert width == pytest.approx(111_320 * np.cos(np.radians(59.5)))
    assert not turned
    rotated = type(metric)("r", "EPSG:32631", (8.0, 6.0, 0.0, 6.0, -8.0, 0.0), 1.0, {})
    assert size_m(rotated, Window(0, 0, 1, 1)) == (10.0, 10.0, True)


def test_shares_and_areas_are_written_with_few_digits() -> None:
    given = (0, 0.0001, 0.034, 0.0951, 0.5, 1)
    assert [percent(share).replace("\u00a0", " ") for share in given] == [
        "0 %",
        "below 0.1 %",
        "3.4 %",
        "10 %",
        "50 %",
        "100 %",
    ]
    assert percent(0, 0) == "–"
    assert [hectares(area) for area in (0.004, 1.234, 12.34, 1234.5)] == ["0.00", "1.23", "12.3", "1,234"]
    assert (plural(1, "date"), plural(1200, "date")) == ("1 date", "1,200 dates")


def test_a_table_has_heads_for_columns_and_rows() -> None:
    parsed = HtmlPage(table(["a", "b"], [["c", "d"]], left=(1,)))
    assert parsed.tables == [[["a", "b"], ["c", "d"]]]
    assert [attributes.get("scope") for tag, attributes in parsed.tags if tag == "th"] == ["col", "col", "row"]
    with pytest.raises(ValueError, match="shorter"):
        table(["a", "b"], [["c"]])


def test_pictures_are_thinned_out_to_their_longest_side(tmp_path: Path) -> None:
    large = np.zeros((3, 40, 20), np.uint8)
    assert png_uri(large, 10) == png_uri(large[:, ::4, ::4].copy(), 10)
    assert png_uri(large, 10).startswith("data:image/png;base64,iVBOR")


def test_a_page_replaces_the_earlier_one_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("earlier", encoding="utf-8")
    write_page(path, page("a & b", "<p>x</p>"))
    assert "<title>a &amp; b</title>" in path.read_text(encoding="utf-8")
    assert_array_equal([item.name for item in tmp_path.iterdir()], ["page.html"])
