"""What is said of images that do not suit the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from affine import Affine

from backend.date_selection import DateRow
from backend.domain import check_images, limit_dates
from backend.errors import ModelError, SeriesError
from backend.grid import Grid
from backend.model_card import CropClass, ModelCard
from backend.sits import Acquisition, BandSource, Observation

GRID = Grid("EPSG:32631", Affine(10, 0, 500000, 0, -10, 4800000), 24, 16)
"""About 3.0 east, 43.4 north."""
CARD = ModelCard(
    name="card",
    version="1",
    architecture="rule",
    description="",
    license="GPL-3.0-or-later",
    bands=("B04",),
    level="L2A",
    magnification=4,
    tile_multiple=4,
    halo=4,
    classes=(CropClass(0, "background", "No parcel", "#ffffff"),),
    dates_min=2,
    dates_max=3,
    bbox=(2.0, 43.0, 4.0, 44.0),
)
SCL = BandSource(Path("scl.tif"), 1, GRID, 0)


def row(day: date, used: bool = True, level: str = "L2A", scl: bool = True) -> DateRow:
    item = Acquisition(day, {"B04": BandSource(Path("b.tif"), 1, GRID, 0)}, SCL if scl else None, level=level)
    return DateRow(Observation(day, (item,)), 0.9 if used else 0.0, used, "" if used else "no clear pixel")


def warnings(rows: list[DateRow], card: ModelCard = CARD) -> list[str]:
    events: list[tuple[str, str]] = []
    check_images(rows, GRID, card, lambda event, **values: events.append((event, values["message"])))
    return [message for event, message in events if event == "warning"]


def test_images_that_suit_the_model_bring_no_warning() -> None:
    assert warnings([row(date(2018, 5, 1)), row(date(2018, 6, 1))]) == []


def later(day: date) -> DateRow:
    return replace(row(day, used=False), reason="after 2018-05-31", is_later=True)


def test_images_after_the_last_day_are_counted_and_not_listed_one_by_one() -> None:
    events: list[str] = []
    rows = [row(date(2018, 5, 1)), row(date(2018, 5, 20)), later(date(2018, 6, 1)), later(date(2018, 7, 1))]
    used = check_images(rows, GRID, CARD, lambda event, **values: events.append(values["message"]), date(2018, 5, 31))
    assert used == rows[:2]
    assert events == ["2 of 2 acquisitions up to 2018-05-31 are used, 2 later ones are left out"]


def test_too_few_images_up_to_the_last_day_are_told_in_a_sentence() -> None:
    rows = [row(date(2018, 4, 1), used=False), row(date(2018, 5, 1)), *(later(date(2018, 6, 1)) for _ in range(9))]
    with pytest.raises(SeriesError) as raised:
        check_images(rows, GRID, CARD, lambda event, **values: None, date(2018, 5, 31))
    assert raised.value.message == (
        "1 of 2 acquisitions up to 2018-05-31 are usable, the model 'card' wants 2 or more (2018-04-01 no clear pixel)."
    )
    assert raised.value.hint == "Give a later day or more dates, or lower the least clear share."


def test_a_gap_in_the_season_is_named_with_its_length() -> None:
    rows = [row(date(2018, 3, 1)), row(date(2018, 6, 1), used=False), row(date(2018, 8, 1))]
    assert warnings(rows)[1:] == ["For 153 days from 2018-03-01 on there is no usable image."]


def test_a_series_of_several_years_is_named() -> None:
    found = warnings([row(date(2017, 5, 1)), row(date(2018, 7, 1))])
    assert found[0].startswith("The images run over 426 days, from 2017-05-01 to 2018-07-01")


def test_images_far_from_the_training_regions_are_named() -> None:
    found = warnings([row(date(2018, 5, 1)), row(date(2018, 6, 1))], replace(CARD, bbox=(5.0, 43.0, 6.0, 44.0)))
    assert found == [
        "The images lie outside of the regions that 'card' was trained on (5.0 to 6.0 east, 43.0 to 44.0 north)."
    ]


def test_images_between_two_training_regions_are_outside_of_them() -> None:
    card = replace(CARD, regions=((0.0, 43.0, 1.0, 44.0), (5.0, 43.0, 6.0, 44.0)), bbox=(0.0, 43.0, 6.0, 44.0))
    (found,) = warnings([row(date(2018, 5, 1)), row(date(2018, 6, 1))], card)
    assert found.endswith("(0.0 to 1.0 east, 43.0 to 44.0 north; 5.0 to 6.0 east, 43.0 to 44.0 north).")


def test_missing_cloud_masks_and_levels_are_named() -> None:
    found = warnings([row(date(2018, 5, 1), level=""), row(date(2018, 6, 1), scl=False)])
    assert found == [
        "Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.",
        "Some images do not say their processing level; they are taken for L2A.",
    ]


def test_too_few_dates_are_refused_with_the_reasons() -> None:
    with pytest.raises(SeriesError, match=r"1 of 2 acquisitions are usable.*wants 2 or more \(2018-06-01 no clear"):
        warnings([row(date(2018, 5, 1)), row(date(2018, 6, 1), used=False)])


def test_of_more_dates_than_the_model_takes_the_others_say_why_they_are_left_out() -> None:
    rows = [row(date(2018, month, 1), used=month != 6) for month in (3, 4, 5, 6, 7, 8)]
    limited = limit_dates(rows, CARD)
    assert [item.observation.date.month for item in limited if item.used] == [3, 5, 8]
    reason = "the model takes 3 dates at most, and others are clearer or stand more alone"
    assert [item.reason for item in limited] == ["", reason, "", "no clear pixel", reason, ""]
    assert "2018-04-01 is not used: the model takes 3 dates at most" in warnings(limited)[0]


def test_no_date_is_left_out_where_the_model_takes_them_all() -> None:
    rows = [row(date(2018, month, 1), used=month != 4) for month in (3, 4, 5, 6)]
    assert limit_dates(rows, CARD) == rows


def test_images_of_another_level_are_refused() -> None:
    with pytest.raises(ModelError, match="The images are of level L1C, the model 'card' wants L2A"):
        warnings([row(date(2018, 5, 1), used=False, level="L1C")])
