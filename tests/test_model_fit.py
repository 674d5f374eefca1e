"""What the plugin says of a model and a series before a run: what fits, what does not; and the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny_model import BANDS, legend

from backend.model_card import ModelCard
from cscl_qgis.card_html import card_html
from cscl_qgis.model_fit import DOUBTFUL, FITS, REFUSED, as_box, can_run, check_fit

CARD = ModelCard(
    name="m", version="1.0", architecture="a", description="Made <for> tests.", license="GPL-3.0-or-later",
    bands=BANDS, level="L2A", magnification=4, tile_multiple=4, halo=2, classes=tuple(legend(3)), dates_min=3,
    season=("11-01", "08-31"), bbox=(3.0, 43.0, 4.0, 44.0),
)  # fmt: skip


def row(day: str, **changes: Any) -> dict[str, Any]:
    values = {"date": day, "used": True, "bands": list(BANDS), "level": "L2A", "masked": True, "radiometry": ""}
    return {**values, **changes}


ROWS = [row("2018-03-01"), row("2018-04-01"), row("2018-05-01")]


def verdicts(rows: list[dict[str, Any]], card: ModelCard = CARD) -> dict[str, str]:
    return {item.text: item.verdict for item in check_fit(card, rows)}


def test_a_series_that_fits_has_nothing_against_it() -> None:
    found = check_fit(CARD, ROWS, (3.2, 43.2, 3.3, 43.3))
    assert {item.verdict for item in found} == {FITS}
    assert can_run(found)


@pytest.mark.parametrize(
    ("rows", "verdict", "text"),
    [
        ([*ROWS, row("2018-06-01", bands=["B04"])], REFUSED, "B02 on 2018-06-01"),
        ([row("2018-03-01", level="L1C"), *ROWS[1:]], REFUSED, "of level L1C, L2A, the model wants L2A"),
        ([row("2018-03-01", level=""), *ROWS[1:]], DOUBTFUL, "do not say their processing level"),
        (ROWS[:2], REFUSED, "2 dates can be used, the model wants 3 or more"),
        ([*ROWS, row("2018-09-15")], DOUBTFUL, "1 of 4 dates lie outside of the season"),
        ([*ROWS, row("2018-06-01", masked=False)], DOUBTFUL, "no cloud mask"),
        ([*ROWS, row("2018-06-01", radiometry="too bright")], DOUBTFUL, "cannot be right on 2018-06-01"),
    ],
)
def test_what_does_not_fit_is_named(rows: list[dict[str, Any]], verdict: str, text: str) -> None:
    found = check_fit(CARD, rows)
    assert any(item.verdict == verdict and text in item.text for item in found), found
    assert can_run(found) is (verdict != REFUSED)


@pytest.mark.parametrize(
    ("box", "verdict", "text"),
    [
        ((3.2, 43.2, 3.3, 43.3), FITS, "lie in a region"),
        ((3.9, 43.9, 4.1, 44.1), FITS, "in and around a region"),
        ((3.2, 45.0, 3.3, 45.1), DOUBTFUL, "the nearest is 111 km away"),
        ((3.2, 44.001, 3.3, 45.1), DOUBTFUL, "the nearest is < 1 km away"),
        ((9.0, 43.2, 9.1, 43.3), DOUBTFUL, "the nearest is 404 km away"),  # 5 degrees at 43.4 north
    ],
)
def test_where_the_images_lie_is_told(box: tuple[float, float, float, float], verdict: str, text: str) -> None:
    card = replace(CARD, regions=((3.0, 43.0, 4.0, 44.0), (30.0, 0.0, 31.0, 1.0)))
    found = check_fit(card, ROWS, box)
    assert [item.verdict for item in found if text in item.text] == [verdict], found
    assert can_run(found)


def test_a_place_that_is_not_known_is_not_judged() -> None:
    assert as_box([-180.0, -90.0, 180.0, 90.0]) is None
    assert as_box(None) is None
    assert as_box([3, 43.0, 4.0, 44.0]) == (3.0, 43.0, 4.0, 44.0)
    assert not any("region" in item.text for item in check_fit(CARD, ROWS, None))


def test_dates_that_are_not_used_count_for_nothing() -> None:
    assert can_run(check_fit(CARD, [*ROWS, row("2018-06-01", used=False, bands=[], level="L1C")]))


def test_more_dates_than_the_model_takes_are_no_fault() -> None:
    found = check_fit(replace(CARD, dates_min=1, dates_max=2), ROWS)
    assert any("the model takes 2: the clearest are chosen" in item.text for item in found)
    assert can_run(found)


def test_images_elsewhere_are_doubtful() -> None:
    found = check_fit(CARD, ROWS, (10.0, 50.0, 10.1, 50.1))
    assert any(item.verdict == DOUBTFUL and "outside of the regions" in item.text for item in found)
    assert can_run(found)


def test_the_card_tells_bands_classes_and_accuracy_with_its_interval_and_escapes_what_it_is_given() -> None:
    accuracy = {
        "languedoc": {
            "overall_accuracy": 0.706, "overall_accuracy_interval_95": [0.24, 0.92], "parcels_tested": 19,
            "random_forest_accuracy": 0.74,
        }
    }  # fmt: skip
    text = card_html(replace(CARD, accuracy=accuracy))
    assert "Made &lt;for&gt; tests." in text
    assert "0.71 (0.24 to 0.92)" in text
    assert "19 parcels" in text
    assert "random forest 0.74" in text
    for entry in CARD.classes:
        assert entry.title in text
        assert entry.color in text
    assert "1 Nov to 31 Aug" in text
    assert "The card tells none" in card_html(CARD)
