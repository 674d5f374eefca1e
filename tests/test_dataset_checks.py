"""What is to be looked at first: each sentence, and that none comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from small_samples import BANDS, MAIZE, TEST, TRAIN, VALIDATION, date_row, parcel, sample
from small_store import record, write_store

from training.dataset_checks import find_checks, interval
from training.parcel_figures import read_parcel_figures
from training.parcel_files import oddities
from training.parcels import Overlap, ParcelCounts, make_parcels
from training.store import Store


def build(folder: Path, facts: dict[str, Any] | None = None, **changes: Any) -> Store:
    """A store with a training, a validation and a test parcel."""
    samples = [
        sample(parcel=1),
        sample(row=8, parcel=2, split=VALIDATION),
        sample(row=16, parcel=3, split=3),
        sample(row=24, parcel=4, split=TEST),
    ]
    parcels = [parcel(number=number, split=split) for number, split in ((1, TRAIN), (2, VALIDATION), (3, 3), (4, TEST))]
    changes = {"parcels": parcels, **changes}
    return write_store(
        folder / "store", (record(**(facts or {})), changes.pop("samples", samples)), dates=2, bands=BANDS, **changes
    )


def sentences(store: Store, *warnings: str) -> list[str]:
    """All that is to be looked at."""
    return [check.sentence for check in find_checks(store, read_parcel_figures(store), warnings)]


def test_findings_of_radiometry_come_first_and_once(tmp_path: Path) -> None:
    facts = {"radiometry": [{"date": "2018-04-10", "message": "2018-04-10 lies 0.1 too high."}]}
    said = sentences(build(tmp_path, facts), "Source 'farm': 2018-04-10 lies 0.1 too high.")
    assert said[0] == "Source 'farm': 2018-04-10 lies 0.1 too high."
    assert said.count(said[0]) == 1


def test_crop_codes_are_named_by_their_ground_with_count_and_area(tmp_path: Path) -> None:
    counts = {"unmapped": {"A": 5, "": 1, "B": 2}, "unmapped_ha": {"A": 1.0, "": 0.25, "B": 30.0}}
    assert (
        "Source 'farm': 3 crop codes are not in the class table: 'B' (2 parcels, 30.0 ha), 'A' (5 parcels, 1.0 ha), "
        "none given (1 parcel, 0.2 ha). In all 8 parcels, 31.2 ha of unknown crop, which are not trained on. Add the "
        "codes to the table if they should be."
    ) in sentences(build(tmp_path, {"parcel_counts": counts}))


def test_of_many_crop_codes_some_are_named(tmp_path: Path) -> None:
    counts = {"unmapped": {f"c{number:02d}": 1 for number in range(20)}}
    (said,) = [text for text in sentences(build(tmp_path, {"parcel_counts": counts})) if "crop codes" in text]
    assert "'c11' (1 parcel) and 8 more. In all 20 parcels" in said


def test_overlaps_are_told_unless_they_are_slivers(tmp_path: Path) -> None:
    counts = {"overlaps_total": 2, "overlaps_m2": 150.0, "overlaps": [{"a": "p1", "b": "p2", "area_m2": 100.0}]}
    (tmp_path / "large").mkdir()
    (tmp_path / "small").mkdir()
    assert (
        "Source 'farm': 2 pairs of parcels overlap, on 0.01 ha in all; 'p1' and 'p2' share most, 0.01 ha. Where their "
        "crops differ, that ground is not trained on."
    ) in sentences(build(tmp_path / "large", {"parcel_counts": counts}))
    slivers = {"parcel_counts": {**counts, "overlaps_m2": 40.0}}  # a thousandth of the 4 ha of all parcels
    assert not any("overlap" in text for text in sentences(build(tmp_path / "small", slivers)))


def test_what_was_said_of_parcels_while_they_were_read_is_not_said_again(tmp_path: Path) -> None:
    square = shapely.box(0, 0, 100, 100)
    counts = ParcelCounts(
        read=2,
        kept=2,
        repaired=0,
        empty=0,
        outside=0,
        not_polygons=0,
        unknown=1,
        unmapped={"X": 1},
        unmapped_ha={"X": 1.0},
        duplicate_ids=1,
        duplicates=(("a", 2),),
        overlaps=(Overlap("a", "a", 10000.0, (1, 2)),),
        overlaps_total=1,
        overlaps_m2=10000.0,
    )
    parcels = make_parcels([square, square], np.array([1, 255], np.uint8), "EPSG:32631", ("a", "a"), counts)
    warnings = [f"Source 'farm', parcels.gpkg: {text}" for text in oddities(parcels)]
    assert len(warnings) == 3
    said = sentences(build(tmp_path, {"parcel_counts": counts.to_dict()}), *warnings)
    assert not set(warnings) & set(said)
    assert sum("crop code" in text for text in said) == 1
    assert sum("overlap" in text for text in said) == 1
    assert sum("more than one parcel" in text for text in said) == 1


def test_dates_are_told_by_their_reason(tmp_path: Path) -> None:
    dates = [date_row("2018-01-01")] + [date_row(f"2018-02-{day:02d}", 0.9, "too many") for day in range(1, 8)]
    dates.append(date_row("2018-03-01", 0.0, "no clear pixel"))
    assert (
        "Source 'farm': 8 of 9 dates are not used: 2018-02-01, 2018-02-02, 2018-02-03, 2018-02-04 and 3 more "
        "(too many); 2018-03-01 (no clear pixel)."
    ) in sentences(build(tmp_path, {"dates": dates}))


def test_dates_without_a_cloud_mask_and_superseded_granules_are_told(tmp_path: Path) -> None:
    dates = [date_row("2018-01-01") | {"masked": False}, date_row("2018-02-01")]
    said = sentences(build(tmp_path, {"dates": dates, "superseded": [{"label": "x", "reason": "older"}]}))
    assert "Source 'farm': 1 date without a cloud mask: clouds pass for ground." in said
    assert "Source 'farm': 1 granule gave way to a newer processing of the same." in said


def test_splits_that_are_empty_or_small_are_told(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "train").mkdir()
    said = sentences(build(tmp_path / "all"))
    assert (
        "The test split has 1 parcel of a known crop: an accuracy of 80 % measured on them is uncertain by about 78 "
        "points."
    ) in said
    only = build(tmp_path / "train", samples=[sample()], parcels=[parcel()])
    assert [text for text in sentences(only) if "split" in text] == [
        "Nothing is in the validation split: nothing tells which weights are best.",
        "Nothing is in the calibration split: the model's probabilities cannot be calibrated.",
        "Nothing is in the test split: nothing tells how good the model is.",
    ]


def test_enough_parcels_give_no_warning() -> None:
    assert interval(246) < 0.05 < interval(245)


def test_classes_that_only_one_of_training_and_test_has_are_told(tmp_path: Path) -> None:
    samples = [sample(), sample(row=8, code=MAIZE, split=TEST)]
    said = sentences(build(tmp_path, samples=samples))
    assert "'Winter soft wheat': learned, but nothing tells how well." in said
    assert "'Maize': in the test, but never seen in training: every such pixel will be wrong." in said


def test_rare_classes_count_as_what_they_became(tmp_path: Path) -> None:
    samples = [sample(), sample(row=8, code=MAIZE, split=TEST)]
    said = sentences(build(tmp_path, samples=samples, rare={"1": 13, "5": 13}))
    assert not any("never seen" in text or "nothing tells how well" in text for text in said)


def test_a_single_class_of_crops_is_told(tmp_path: Path) -> None:
    samples = [sample(), sample(row=8, code=MAIZE)]
    (tmp_path / "two").mkdir()
    (tmp_path / "one").mkdir()
    sentence = "All that is learned of crops is one class, 'Other crops': nothing tells crops apart."
    assert sentence not in sentences(build(tmp_path / "two", samples=samples))
    assert sentence in sentences(build(tmp_path / "one", samples=samples, rare={"1": 13, "5": 13}))


def test_warnings_beyond_those_listed_are_not_said_again(tmp_path: Path) -> None:
    notes = [f"'Class {number}' is rare." for number in range(12)]
    said = sentences(build(tmp_path, class_notes=notes), *notes)
    assert len(set(notes) & set(said)) < 12
    assert len(said) == len(set(said))
    assert any("more of this kind" in text for text in said)


def test_the_buffer_is_told_with_the_parcels_it_takes(tmp_path: Path) -> None:
    facts = {"parcels_dropped_by_buffer": 3, "parcel_counts": {"kept": 1200}}
    assert "Source 'farm': the buffer between the splits takes 3 of 1,200 parcels out of training." in sentences(
        build(tmp_path, facts)
    )


@pytest.mark.parametrize("sources", [7, 40])
def test_of_many_sources_some_are_told_and_the_rest_counted(tmp_path: Path, sources: int) -> None:
    groups = [
        (record(f"s{number}", dates=[date_row("2018-01-01", 0.0, "no clear pixel")]), [sample(f"s{number}")])
        for number in range(sources)
    ]
    store = write_store(tmp_path / "store", *groups, dates=2, bands=BANDS)
    said = [text for text in sentences(store) if "dates" in text]
    assert len(said) == 6
    assert f"And {sources - 6} more of this kind: see the tables below." in sentences(store)
