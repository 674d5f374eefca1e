"""The report of a data set: what it says of small stores that can be counted by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import small_store
import tiny_source
from html_page import HtmlPage
from small_samples import BANDS, MAIZE, OTHER, SIDE, TEST, WHEAT, date_row, parcel, sample
from small_store import record, write_store

from backend.errors import CancelledError, DamagedFileError
from training.classes import UNKNOWN
from training.dataset_report import MOST_DETAILS, write_dataset_report
from training.progress import QuietProgress
from training.store import PARCELS_TABLE, Sample, Store


def report(store: Store, folder: Path, warnings: tuple[str, ...] = ()) -> HtmlPage:
    """The page of a store, read back."""
    return HtmlPage(written(store, folder, warnings))


def written(store: Store, folder: Path, warnings: tuple[str, ...] = ()) -> str:
    """The text of a store's page."""
    path = folder / "dataset.html"
    write_dataset_report(store, path, warnings)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store of the tiny farm."""
    folder = tmp_path_factory.mktemp("farm")
    tiny_source.write_farm(folder)
    return tiny_source.build(folder, folder / "out")


@pytest.fixture(scope="module")
def farm_page(farm: Store, tmp_path_factory: pytest.TempPathFactory) -> HtmlPage:
    """Its page."""
    return report(farm, tmp_path_factory.mktemp("page"), ("Look at this.",))


def simple(folder: Path, **changes: Any) -> Store:
    """A store of two samples and their two parcels."""
    parcels = changes.pop("parcels", [parcel(), parcel(number=2, code=MAIZE, split=TEST, area_ha=0.005)])
    facts = changes.pop("facts", {})
    samples = [sample(), sample(col=SIDE, code=MAIZE, split=TEST, parcel=2)]
    return write_store(
        folder / "dataset.zarr", (record(**facts), samples), dates=2, bands=BANDS, parcels=parcels, **changes
    )


def test_the_page_of_the_farm_is_well_formed_and_loads_nothing(farm_page: HtmlPage, farm: Store) -> None:
    assert farm_page.faults == []
    assert {tag for tag, _ in farm_page.tags} & {"script", "link", "iframe", "object", "base"} == set()
    assert all(value.startswith("data:image/png;base64,") for value in farm_page.values("src"))
    assert all(value.startswith("#") for value in farm_page.values("href"))
    ids = farm_page.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in farm_page.values("href")} <= set(ids)


def test_no_address_and_no_path_of_this_machine_is_on_the_page(farm: Store, tmp_path: Path) -> None:
    text = written(farm, tmp_path)
    assert "http" not in text
    assert "url(" not in text
    assert str(farm.path.parent) not in text
    assert str(tmp_path) not in text


def test_every_picture_says_what_it_shows_and_every_head_what_it_heads(farm_page: HtmlPage) -> None:
    assert all(attributes.get("alt") for tag, attributes in farm_page.tags if tag == "img")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in farm_page.tags if tag == "th")
    drawn = [attributes for tag, attributes in farm_page.tags if tag == "svg" and "aria-hidden" not in attributes]
    assert drawn
    assert all(attributes.get("aria-label") for attributes in drawn)


def test_the_same_store_gives_the_same_bytes_wherever_it_lies(farm: Store, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / farm.path.name
    shutil.copytree(farm.path, moved)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert written(farm, tmp_path / "a") == written(Store(moved), tmp_path / "b")


def test_the_farm_has_eight_fields_of_196_pixels_of_each_crop(farm_page: HtmlPage, farm: Store) -> None:
    classes = farm_page.table("Class")
    assert classes["Class"] == [
        "Code",
        "Certain pixels",
        "Parcels",
        "Area (ha)",
        "Training",
        "Validation",
        "Calibration",
        "Test",
    ]
    for name, code in (("Winter soft wheat", "1"), ("Maize", "5")):
        row = classes[name]
        assert row[0] == code
        assert row[2:4] == ["8", "15.7"]  # 8 x 196 x 100 m2
        assert sum(int(cell.replace(",", "")) for cell in row[4:]) == 8 * 196
    lanes = classes["No parcel"]
    assert lanes[2:4] == ["–", "–"]
    assert sum(int(cell.replace(",", "")) for cell in lanes[4:]) == 64 * 64 - 16 * 196
    assert set(classes) == {"Class", "No parcel", "Winter soft wheat", "Maize"}


def test_the_farm_s_parcels_are_counted_by_size_and_by_split(farm_page: HtmlPage, farm: Store) -> None:
    sizes = farm_page.table("Size (ha)")
    assert list(sizes)[1:] == [
        "below 0.1",
        "0.1 to 0.25",
        "0.25 to 0.5",
        "0.5 to 1",
        "1 to 2",
        "2 to 5",
        "5 to 10",
        "10 and more",
    ]
    assert sizes["1 to 2"] == ["", "16", "100 %", "", "31.4", "100 %"]
    assert sizes["2 to 5"] == ["", "0", "0 %", "", "0.00", "0 %"]
    assert "None is smaller than one pixel of 10 m" in farm_page.text
    splits = farm_page.table("Split")
    by_split = farm.sources[0].facts["parcels_by_split"]
    assert [int(splits[name][2]) for name in ("Training", "Validation", "Calibration", "Test")] == [*by_split.values()]
    assert by_split == {"train": 8, "validation": 2, "calibration": 2, "test": 4}


def test_the_farm_s_dates_are_listed_with_what_became_of_them(farm_page: HtmlPage) -> None:
    dates = farm_page.table("Date")
    assert dates["2018-06-20"][:3] == ["0 %", "not used", "no clear pixel"]
    assert [row[1] for day, row in dates.items() if day != "Date"].count("used") == 4
    assert ("h4", "Dates: 4 of 5 used") in farm_page.headings
    marks = [attributes["class"] for tag, attributes in farm_page.tags if tag == "rect" and "class" in attributes]
    assert (marks.count("used"), marks.count("dropped")) == (4, 1)
    assert "1 of 5 are not used." in farm_page.text
    assert "Source 'farm': 1 of 5 dates are not used: 2018-06-20 (no clear pixel)." in farm_page.items


def test_warnings_are_said_first_and_once(farm: Store, tmp_path: Path) -> None:
    page = report(farm, tmp_path, ("Look at this.", "Look at this."))
    assert page.items[0] == "Look at this."
    assert page.items.count("Look at this.") == 1


def test_all_four_samples_of_the_farm_are_shown_with_three_pictures_each(farm_page: HtmlPage) -> None:
    alts = [value for value in farm_page.values("alt") if "sample" in value]
    assert len(alts) == 12
    assert {value.split(",")[0] for value in alts} == {"True colour", "False colour (B08", "Labels"}
    assert "Map of the splits of farm" in farm_page.values("alt")
    assert "0.64 × 0.64 km" in farm_page.text
    assert "North is up" in farm_page.text
    assert "0.1 km" in farm_page.text  # the scale bar: at most 0.3 of the width


def test_files_are_listed_by_name_size_and_the_start_of_their_hash(farm_page: HtmlPage, farm: Store) -> None:
    files = farm.sources[0].facts["files"]
    table = farm_page.table("File")
    assert len(table) == len(files) + 1
    assert table[files[0]["path"]][1] == files[0]["sha256"][:12]


def test_parcels_and_pixels_of_a_store_written_by_hand_are_as_written(tmp_path: Path) -> None:
    page = report(simple(tmp_path), tmp_path)
    classes = page.table("Class")
    assert classes["Winter soft wheat"][2:] == ["1", "1.00", "32", "0", "0", "0"]
    assert classes["Maize"][2:] == ["1", "0.01", "0", "0", "0", "32"]
    assert "1 (50 %) is smaller than one pixel of 10 m" in page.text
    assert page.table("Split")["Training"] == ["", "100 %", "1", "1.00"]
    assert page.faults == []


def test_a_page_whose_names_are_html_stays_text(tmp_path: Path) -> None:
    evil = "<script>alert('&\"')</script>"
    legend = [dict(vars(entry)) for entry in small_store.LEGEND.classes]
    legend[WHEAT]["title"] = evil
    dates = [date_row("2018-04-10"), date_row("2018-05-01", 0.01, evil)]
    facts = {
        "series": [evil],
        "parcels_file": evil,
        "region": evil,
        "dates": dates,
        "files": [{"path": evil, "bytes": 1, "sha256": "ab" * 32}],
        "superseded": [{"label": evil, "reason": evil}],
        "radiometry": [{"date": "2018-04-10", "message": evil}],
        "parcel_counts": {"read": 3, "kept": 2, "empty": 1, "unmapped": {evil: 2}, "unmapped_ha": {evil: 1.5}},
    }
    store = write_store(
        tmp_path / "dataset.zarr",
        (record(evil, **facts), [sample(evil)]),
        dates=2,
        bands=("B02", "B03", "B04", evil),
        parcels=[parcel(evil)],
        legend=legend,
        class_notes=[evil],
        level=evil,
    )
    page = report(store, tmp_path, (evil,))
    assert page.faults == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(evil) >= 10


def test_rare_classes_are_shown_with_what_they_became(tmp_path: Path) -> None:
    store = simple(tmp_path, rare={str(MAIZE): OTHER}, class_notes=["'Maize' is rare: it became 'Other crops'."])
    page = report(store, tmp_path)
    assert page.table("Class")["Class"][-1] == "Trained as"
    assert page.table("Class")["Maize"][-1] == "→ Other crops"
    assert page.items.count("'Maize' is rare: it became 'Other crops'.") == 2  # first, and below the table
    assert "Other crops 50 %" in page.text  # a sample is shown as a loader sees it


def test_parcels_of_unknown_crop_have_a_row_of_their_own(tmp_path: Path) -> None:
    page = report(simple(tmp_path, parcels=[parcel(), parcel(number=2, code=UNKNOWN, area_ha=2.5)]), tmp_path)
    assert page.table("Class")["Crop unknown"] == ["–", "", "1", "2.50", "–", "–", "–", "–"]
    assert "crop unknown 71 %" in page.text


def test_a_store_without_labels_says_so_and_shows_images_alone(tmp_path: Path) -> None:
    samples = [sample(row=row, scales=()) for row in (0, SIDE)]
    facts = {"grid_shape": [16, 8], "outside_parcels": "ignore", "dates": [date_row("2018-04-10")]}
    store = write_store(
        tmp_path / "dataset.zarr", (record(**facts), samples), dates=2, bands=BANDS, sampling="unlabelled"
    )
    page = report(store, tmp_path)
    assert page.faults == []
    assert [text for tag, text in page.headings if tag == "h2"] == [
        "Check first",
        "Sources",
        "Source by source",
        "Quick looks",
        "What was left out, and why",
        "Files it is made of",
        "How to train from it",
    ]
    assert "none: no labels" in page.text
    assert "Map of the samples of farm" in page.values("alt")
    assert not any(value.startswith("Labels") for value in page.values("alt"))
    assert "Nothing stands out." in page.text
    assert "cannot be trained on" in page.text


def test_folds_are_shown_beside_splits(tmp_path: Path) -> None:
    samples = [sample(fold=1), sample(col=SIDE, code=MAIZE, fold=2, parcel=2)]
    parcels = [parcel(fold=1), parcel(number=2, code=MAIZE, fold=2, area_ha=3.0)]
    store = write_store(tmp_path / "dataset.zarr", (record(), samples), dates=2, bands=BANDS, parcels=parcels, folds=2)
    page = report(store, tmp_path)
    assert page.table("Test") == {
        "Test": ["Parcels tested", "Area (ha)", "Certain training pixels left"],
        "Fold 1": ["1", "1.00", "32"],
        "Fold 2": ["1", "3.00", "32"],
    }
    assert page.table("Fold")["Fold 2"] == ["", "75 %", "1", "3.00"]
    assert {"Map of the splits of farm", "Map of the folds of farm"} <= set(page.values("alt"))
    assert "2 folds" in page.text
    assert "Store(path, fold=1)" in page.text
    (tmp_path / "held").mkdir()
    assert written(Store(store.path, fold=1), tmp_path / "held") == written(store, tmp_path)


def test_published_sets_show_the_dates_and_the_ground_of_their_samples(tmp_path: Path) -> None:
    facts = {
        "importer": "mtlcc",
        "set": "Munich",
        "years": [2016, 2017],
        "splits": "the set's own lists",
        "files": [{"path": "tileids/train_fold0.tileids", "bytes": 2000, "sha256": "0123456789abcdef"}],
        "parcels": 0,
        "dates": [],
        "patches": 2,
        "outside_parcels": "ignore",
        "chips": {"planned": 2, "written": 2},
        "grid_shape": [300, 300],
    }
    samples = [sample("set", scales=(1,), parcel=0), sample("set", 250, 250, MAIZE, TEST, parcel=0, scales=(1,))]
    store = write_store(tmp_path / "dataset.zarr", (record("set", **facts), samples), dates=2, bands=BANDS)
    page = report(store, tmp_path)
    assert page.faults == []
    assert page.table("Source")["set"] == ["published set (mtlcc)", "2", "–"]
    assert page.table("Class")["Class"][2] == "ha"
    assert page.table("Class")["Winter soft wheat"] == ["1", "", "0.32", "32", "0", "0", "0"]
    assert page.table("Split")["Test"] == ["", "50 %"]
    assert ("h4", "Dates: 2 in its samples") in page.headings
    assert "2016, 2017" in page.text
    assert "2.58 × 2.58 km" in page.text
    assert page.table("File")["tileids/train_fold0.tileids"] == ["2.0 kB", "0123456789ab"]
    assert ("h2", "Sizes of parcels") not in page.headings


def test_of_many_sources_the_largest_are_shown_and_all_are_listed(tmp_path: Path) -> None:
    groups = [
        (record(f"s{number}"), [sample(f"s{number}", row=SIDE * row) for row in range(2 if number == 29 else 1)])
        for number in range(30)
    ]
    parcels = [parcel(f"s{number}") for number in range(30)]
    store = write_store(tmp_path / "dataset.zarr", *groups, dates=2, bands=BANDS, parcels=parcels)
    page = report(store, tmp_path)
    shown = [text for tag, text in page.headings if tag == "h3" and text.startswith("s")]
    assert shown == [f"s{number}" for number in (*range(MOST_DETAILS - 1), 29)]
    assert len(page.table("Source")) == 31
    assert "the other 18 are in the table above" in page.text
    assert page.table("Class")["Winter soft wheat"][2] == "30"


def test_a_source_without_samples_is_listed(tmp_path: Path) -> None:
    store = write_store(tmp_path / "dataset.zarr", (record(), [sample()]), (record("empty"), []), dates=2, bands=BANDS)
    page = report(store, tmp_path)
    assert page.table("Source")["empty"] == ["images", "0", "–"]
    assert page.faults == []


def test_bands_that_make_no_colours_are_shown_in_grey(tmp_path: Path) -> None:
    item = sample()
    bare = Sample("farm", 0, 0, item.x[:, :1], item.valid, item.doy, item.dates, item.labels)
    store = write_store(tmp_path / "dataset.zarr", (record(), [bare]), dates=2, bands=("B11",))
    assert any(value.startswith("Band B11, sample 0 of farm") for value in report(store, tmp_path).values("alt"))


def test_what_was_dropped_is_told_with_the_reason(tmp_path: Path) -> None:
    facts = {
        "dates": [date_row("2018-04-10"), date_row("2018-05-01", 0.021, "2.1% clear, less than 5%")],
        "superseded": [
            {"label": "S2A 2018-04-10 31TEJ", "reason": "baseline 02.06, the same granule is there in 05.00"}
        ],
        "parcels_dropped_by_buffer": 4,
        "parcel_counts": {
            "read": 30,
            "kept": 20,
            "repaired": 3,
            "unknown": 2,
            "empty": 1,
            "outside": 6,
            "not_polygons": 2,
            "other_year": 1,
            "duplicate_ids": 5,
            "overlaps_total": 7,
            "unmapped": {"X9": 2},
            "unmapped_ha": {"X9": 3.25},
        },
        "chips": {"planned": 3, "written": 2},
    }
    page = report(simple(tmp_path, facts=facts), tmp_path)
    assert next(table for table in page.tables if table[0][-1] == "Why it is not used")[1] == [
        "farm",
        "2018-05-01",
        "2.1 %",
        "2.1% clear, less than 5%",
    ]
    granules = next(table for table in page.tables if table[0][1:2] == ["Granule"])
    assert granules[1] == ["farm", "S2A 2018-04-10 31TEJ", "baseline 02.06, the same granule is there in 05.00"]
    parcels = next(table for table in page.tables if table[0][1:2] == ["Read"])
    assert parcels[1] == ["farm", "30", "20", "3", "2", "1", "6", "2", "1", "4", "5", "7"]
    assert page.table("Code") == {"Code": ["Parcels", "Area (ha)"], "X9": ["2", "3.25"]}
    assert "2 of 3 that were planned are written" in page.text


def test_images_are_read_for_the_quick_looks_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [sample(row=SIDE * row) for row in range(40)]
    store = write_store(tmp_path / "dataset.zarr", (record(), samples), dates=2, bands=BANDS, parcels=[parcel()])
    seen = []
    images = Store.images

    def counted(self: Store, number: int) -> Any:
        seen.append(number)
        return images(self, number)

    monkeypatch.setattr(Store, "images", counted)
    report(store, tmp_path)
    assert len(seen) == 12


def test_a_cancelled_report_leaves_the_earlier_page(tmp_path: Path) -> None:
    store, path = simple(tmp_path), tmp_path / "dataset.html"
    path.write_text("earlier", encoding="utf-8")
    with pytest.raises(CancelledError, match="cancelled"):
        write_dataset_report(store, path, progress=QuietProgress(lambda: True))
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.glob("*.part")) == []


def test_a_store_without_its_table_of_parcels_is_damaged(tmp_path: Path) -> None:
    store = simple(tmp_path)
    (store.path / PARCELS_TABLE).unlink()
    with pytest.raises(DamagedFileError, match="the table of parcels is missing"):
        write_dataset_report(store, tmp_path / "dataset.html")
