"""Which samples are shown, and what their pictures hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.testing import assert_array_equal
from small_samples import BANDS, MAIZE, TEST, WHEAT, sample
from small_store import record, write_store

from training.classes import UNKNOWN
from training.label_survey import survey
from training.progress import QuietProgress
from training.quick_looks import DARKEST, choose_samples, make_quick_look
from training.store import Sample, Store

COLORS = {WHEAT: "#ff0000", MAIZE: "#00ff00"}
DATES = np.array([20180410, 20180501, 20180719], np.int32)


def store_of(folder: Path, *items: Sample, bands: tuple[str, ...] = BANDS, dates: int = 3) -> Store:
    """A store of these samples."""
    return write_store(folder / "store", (record(), list(items)), dates=dates, bands=bands)


def images(x: Any, valid: Any, planes: np.ndarray | None = None) -> Sample:
    """A sample of three dates and four bands."""
    labels = {} if planes is None else {planes.shape[-1] // np.shape(x)[-1]: planes}
    values, clear = np.asarray(x, np.uint16), np.asarray(valid, bool)
    return Sample("farm", 0, 0, values, clear, np.array([100, 121, 200]), DATES, labels)


def chosen(store: Store, count: int) -> list[int]:
    """The samples shown of a store with one source."""
    return choose_samples(store, survey(store, [0], 100, QuietProgress()), count)


def test_samples_that_show_what_no_other_does_come_first(tmp_path: Path) -> None:
    items = [sample(row=8 * row) for row in range(5)]
    items.append(sample(row=40, code=MAIZE))
    items.append(sample(row=48, split=TEST))
    assert chosen(store_of(tmp_path, *items), 3) == [0, 5, 6]


def test_the_most_labelled_of_equal_samples_comes_first(tmp_path: Path) -> None:
    items = [sample(row=8 * row) for row in range(4)]
    for planes in items[2].labels.values():
        planes[0, :, : planes.shape[-1] * 3 // 4] = WHEAT
    assert chosen(store_of(tmp_path, *items), 2) == [2, 0]


def test_ground_that_is_shown_already_is_not_shown_again(tmp_path: Path) -> None:
    items = [sample(row=row) for row in (0, 2, 4, 8)]
    assert chosen(store_of(tmp_path, *items), 4) == [0, 3]


def test_samples_without_a_labelled_cell_are_left_out(tmp_path: Path) -> None:
    items = [sample(code=UNKNOWN), sample(row=8)]
    assert chosen(store_of(tmp_path, *items), 4) == [1]


def test_of_samples_without_labels_the_best_imaged_are_shown(tmp_path: Path) -> None:
    items = [images(np.ones((3, 4, 8, 8)), np.full((3, 8, 8), number in (1, 3))) for number in range(4)]
    store = write_store(tmp_path / "store", (record(), items), dates=3, bands=BANDS, sampling="unlabelled")
    assert chosen(store, 2) == [1, 3]


def test_the_clearest_date_is_shown_and_of_equal_ones_the_richest(tmp_path: Path) -> None:
    x = np.full((3, 4, 8, 8), 1000)
    x[:, 3] += np.arange(8) * np.array([300, 10, 20])[:, None, None]
    valid = np.ones((3, 8, 8))
    valid[0, 0] = 0  # the richest date is cloudy
    look = make_quick_look(store_of(tmp_path, images(x, valid)), 0, COLORS)
    assert (look.date, look.clear_share) == ("2018-07-19", 1.0)


def test_bands_are_stretched_between_percentiles_of_clear_pixels(tmp_path: Path) -> None:
    x = np.full((3, 4, 8, 8), 1000)
    x[0, 2] = np.arange(64).reshape(8, 8) * 10 + 1000  # red
    x[0, 2, 0] = 20000  # under cloud
    valid = np.zeros((3, 8, 8))
    valid[0] = 1
    valid[0, 0] = 0
    (name, picture), *_ = make_quick_look(store_of(tmp_path, images(x, valid)), 0, COLORS).images
    assert name == "True colour"
    low, high = np.percentile(x[0, 2, 1:], (2, 98))
    assert_array_equal(picture[0], np.rint(255 * np.clip((x[0, 2] - low) / (high - low), 0, 1)))
    assert (picture[0, 0] == 255).all()


def test_ground_that_was_not_imaged_is_grey(tmp_path: Path) -> None:
    x = np.full((3, 4, 8, 8), 1000)
    x[..., 0] = 0
    (_, picture), *_ = make_quick_look(store_of(tmp_path, images(x, x[:, 0] > 0)), 0, COLORS).images
    assert (picture[:, :, 0] == 170).all()
    assert (picture[:, :, 1:] == 0).all()


def test_false_colour_needs_near_infrared(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    item = images(np.ones((3, 4, 8, 8)), np.ones((3, 8, 8)))
    assert [name for name, _ in make_quick_look(store_of(tmp_path, item), 0, COLORS).images] == [
        "True colour",
        "False colour (B08, B04, B03)",
    ]
    other = store_of(tmp_path / "a", item, bands=("B02", "B03", "B04", "B11"))
    assert [name for name, _ in make_quick_look(other, 0, COLORS).images] == ["True colour"]


def test_labels_lie_over_the_image_on_the_finest_grid(tmp_path: Path) -> None:
    fine = np.zeros((7, 32, 32), np.int32)
    fine[0] = UNKNOWN
    fine[:2, :, :16] = np.array([WHEAT, 1])[:, None, None]
    fine[3, 4, 4] = 1
    item = images(np.full((3, 4, 8, 8), 1000), np.ones((3, 8, 8)), fine)
    item = Sample(
        *(getattr(item, name) for name in ("source", "row", "col", "x", "valid", "doy", "dates")),
        {4: fine, 1: fine[:, ::4, ::4]},
    )
    look = make_quick_look(store_of(tmp_path, item), 0, COLORS)
    assert look.labels is not None
    assert (look.magnification, look.labels.shape) == (4, (3, 32, 32))
    grey = DARKEST  # a flat image is stretched to 0
    assert_array_equal(look.labels[:, 0, 31], [grey] * 3)  # not labelled: the image
    assert_array_equal(look.labels[:, 0, 0], np.rint([0.45 * grey + 0.55 * 255, 0.45 * grey, 0.45 * grey]))
    assert_array_equal(look.labels[:, 4, 4], [255] * 3)  # two crops share it
    assert_array_equal(look.labels[:, 9, 15], [20] * 3)  # the edge, in the parcel
    assert look.classes == ((WHEAT, 0.5),)
    assert look.splits == ()


def test_of_large_samples_the_labelled_part_is_shown(tmp_path: Path) -> None:
    planes = np.zeros((7, 128, 128), np.int32)
    planes[0] = UNKNOWN
    planes[0, 120:, 120:], planes[4] = WHEAT, TEST
    x = np.full((3, 4, 128, 128), 1000)
    x[:, 3, 127, 127] = 5000
    look = make_quick_look(store_of(tmp_path, images(x, np.ones((3, 128, 128)), planes)), 0, COLORS)
    assert look.side == 96
    assert look.labels is not None
    assert look.labels.shape == (3, 96, 96)
    assert_array_equal(look.labels[:, 95, 95], np.rint([0.45 * DARKEST + 0.55 * 255, *[0.45 * DARKEST] * 2]))
    assert look.splits == (("test", 1.0),)
