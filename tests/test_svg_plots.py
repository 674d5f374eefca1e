"""Charts of the evaluation's report: axes, curves, dots with intervals, bars, the confusion matrix, learning curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from html_page import HtmlPage

from training.evaluation_curves import season_chart
from training.evaluation_panels import colored, overview_section, panels_section, shaded, stretched
from training.learning_curves import learning_curves, read_log
from training.svg_axes import Frame, number_axis, share_axis
from training.svg_matrix import heat_map
from training.svg_plots import Point, Row, Series, bars, categories, curves, key


def tags(text: str, name: str) -> list[dict[str, str]]:
    return [attributes for tag, attributes in HtmlPage(text).tags if tag == name]


def test_an_axis_of_shares_runs_in_tens_of_percent_around_its_values() -> None:
    axis = share_axis("accuracy", [0.62, None, 0.87])
    assert (axis.title, axis.low, axis.high) == ("accuracy (%)", 0.6, pytest.approx(0.9))
    assert [text for _, text in axis.ticks] == ["60", "70", "80", "90"]
    assert [text for _, text in share_axis("x").ticks] == ["0", "20", "40", "60", "80", "100"]


def test_small_differences_of_shares_are_not_blown_up() -> None:
    axis = share_axis("accuracy", [0.991, 0.993])
    assert (axis.low, axis.high) == (pytest.approx(0.7), 1.0)


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0, 120], ["0", "25", "50", "75", "100", "125"]),
        ([0.3, 0.5], ["0.30", "0.35", "0.40", "0.45", "0.50"]),
        ([0, 250_000], ["0", "50,000", "100,000", "150,000", "200,000", "250,000"]),
        ([2.0, 2.0], ["1.0", "1.5", "2.0", "2.5", "3.0"]),
        ([float("nan"), None], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_an_axis_of_numbers_has_round_ticks(values: list[float | None], written: list[str]) -> None:
    axis = number_axis("steps", values)
    assert [text for _, text in axis.ticks] == written
    known = [value for value in values if value is not None and value == value]
    assert all(axis.low - 1e-9 <= value <= axis.high + 1e-9 for value in known)


def test_values_lie_where_the_axes_say() -> None:
    frame = Frame(share_axis("x"), share_axis("y"))
    assert (frame.x(0.0), frame.y(0.0)) == (58, 256)
    assert (frame.x(1.0), frame.y(1.0)) == (466, 12)
    assert frame.x(0.5) == (58 + 466) / 2


def test_a_curve_has_a_gap_where_a_value_is_missing_and_dots_tell_their_values() -> None:
    points = tuple(Point(x / 4, y, f"value {y}") for x, y in enumerate((0.1, 0.2, None, 0.4, 0.5)))
    text = curves([Series("a & b", points, 0)], share_axis("x"), share_axis("y"), "name")
    assert len(tags(text, "polyline")) == 2
    assert len(tags(text, "circle")) == 4
    assert "<title>a &amp; b: value 0.1</title>" in text
    assert HtmlPage(text).faults == []


def test_an_interval_is_drawn_from_end_to_end() -> None:
    axis = share_axis("y")
    text = categories([Series("a", (Point(0, 0.5, "", (0.25, 0.75)),), 0)], ["only"], "x", axis, "name")
    whisker = next(item for item in tags(text, "path") if "whisker" in item["class"])
    frame = Frame(axis, axis)
    assert f" {frame.y(0.25):.1f}V{frame.y(0.75):.1f}" in whisker["d"]


def test_series_of_a_category_stand_side_by_side() -> None:
    series = [Series(str(style), (Point(1, 0.5),), 0) for style in range(3)]
    places = [
        float(item["cx"]) for item in tags(categories(series, ["a", "b"], "x", share_axis("y"), "name"), "circle")
    ]
    assert places == sorted(set(places))
    assert all((58 + 466) / 2 < place < 466 for place in places)


def test_series_differ_by_shape_and_dashes_too() -> None:
    series = [Series(str(style), (Point(0, 0.5), Point(1, 0.5)), style) for style in range(6)]
    text = key(series)
    assert len({item["stroke-dasharray"] for item in tags(text, "line")}) == 6
    drawn = [item.get("d", tag)[:1] for tag, item in HtmlPage(text).tags if "dot" in item.get("class", "")]
    assert len(drawn) == 6


def test_bars_are_as_long_as_their_values_and_have_dots() -> None:
    rows = [
        Row("wheat", "#ff0000", 0.5, (0.4, None), "wheat: half", "12"),
        Row("none", "#00ff00", None, (None, None), "x", "0"),
    ]
    text = bars(rows, (1, 3), share_axis("F1"), "name", "cells")
    (bar,) = (item for item in tags(text, "rect") if item["class"] == "value")
    assert float(bar["width"]) == pytest.approx((1.6 * 480 - 190 - 84) / 2)
    assert sum("dot" in item.get("class", "") for _, item in HtmlPage(text).tags) == 1


def test_a_matrix_shades_each_row_by_its_shares() -> None:
    counts = np.array([[75, 25], [0, 0]])
    text = heat_map(counts, ["a<b", "c"], "name", "truth", "mapped as", "cells")
    shades = [item["style"] for item in tags(text, "rect") if item["class"] in ("hit", "miss")]
    assert shades == [f"fill-opacity:{share}" for share in ("0.750", "0.250", "0.000", "0.000")]
    assert "<title>a&lt;b mapped as c: 25 cells, 25.0 % of 100</title>" in text
    assert "c mapped as c: 0 cells</title>" in text
    assert HtmlPage(text).faults == []


def write_log(folder: Path, text: str, stage: str = "finetune") -> None:
    path = folder / stage / "logs" / "metrics.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_learning_curves_have_losses_validation_and_rate_apart(tmp_path: Path) -> None:
    write_log(
        tmp_path,
        "step,epoch,lr,cross_entropy,cscl,val_accuracy,val_cscl\n10,0,0.001,2.0,0.5,,\n20,0,0.0005,1.0,0.4,0.625,0.45\n"
        "30,1,0.0001,0.9,nan,0.5,0.44\n",
    )
    page = HtmlPage(learning_curves(tmp_path))
    assert page.headings == [("h3", "Fine-tuning")]
    assert [item["aria-label"] for tag, item in page.tags if item.get("class") == "chart"] == [
        "cross-entropy, CSCL, CSCL, validation over updates",
        "accuracy, validation over updates",
        "learning rate over updates",
    ]
    assert "Best: accuracy, validation 62.5 % after 20 updates" in page.text
    assert page.faults == []


def test_rows_of_one_step_are_merged_and_values_that_are_no_numbers_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, "cscl,step,val_cscl\n0.5,9,\n,9,0.6\ninf,19,\n")
    assert read_log(tmp_path / "finetune/logs/metrics.csv") == {"cscl": [(9, 0.5)], "val_cscl": [(9, 0.6)]}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "step,loss\nx,1\n", "step,loss\n1,one\n"])
def test_a_log_that_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    write_log(tmp_path, text)
    assert learning_curves(tmp_path) == ""
    assert learning_curves(tmp_path / "nowhere") == ""
    assert learning_curves(None) == ""


def test_a_long_log_stays_a_small_picture(tmp_path: Path) -> None:
    write_log(tmp_path, "step,cscl\n" + "".join(f"{step},{1 / step}\n" for step in range(1, 5001)))
    (line,) = (item for item in tags(learning_curves(tmp_path), "polyline"))
    assert len(line["points"].split()) == 160


def test_cut_off_days_of_a_season_that_starts_in_autumn_stand_in_its_order() -> None:
    rows = [
        {"cutoff": day, "last_day": None, "dates": 3, "overall_accuracy": 0.5, "macro_f1": 0.4, "parcel_accuracy": None}
        for day in ("11-30", "02-29", "06-30")
    ]
    figures = {"overall_accuracy": 0.6, "macro_f1": 0.5}
    text = season_chart({"in_season": rows, "model": {"map": figures}})
    places = [float(item["cx"]) for item in tags(text, "circle")][:3]
    assert places == sorted(places)
    # 30 November to 28 February is 90 days, and from there to 30 June 122
    assert (places[1] - places[0]) / (places[2] - places[0]) == pytest.approx(90 / 212, abs=0.01)
    assert season_chart({"in_season": [], "model": {"map": figures}}) == ""


def test_pictures_have_the_colours_of_their_values() -> None:
    import small_evaluation

    wheat = next(entry for entry in small_evaluation.LEGEND.classes if entry.code == 1)
    assert colored(np.array([[1, 255]]), small_evaluation.LEGEND)[:, 0].T.tolist() == [list(wheat.rgb), [205, 205, 200]]
    assert shaded(np.array([[0.0, 1.0, np.nan]]))[:, 0].T.tolist() == [[255, 255, 255], [8, 48, 107], [205, 205, 200]]
    image = np.array([[[0.1, 0.2, 0.0]]] * 3)
    assert stretched(image)[:, 0].T.tolist() == [[0, 0, 0], [255, 255, 255], [205, 205, 200]]


def test_a_window_without_image_or_boundary_shows_what_it_has() -> None:
    import small_evaluation

    panel = {
        "place": "patch 3", "window": (0, 0, 2, 2), "date": None, "truth": np.array([[1, 1], [5, 255]], np.uint8),
        "tested": np.ones((2, 2), bool), "parcels": np.array([[1, 1], [2, 0]]), "map": np.ones((2, 2), np.uint8),
    }  # fmt: skip
    page = HtmlPage(panels_section([panel], small_evaluation.LEGEND, 1))
    assert page.values("alt") == ["Truth, patch 3", "The map, patch 3"]
    assert "Patch 3, 20 × 20 m, 2 tested parcels." in page.text
    assert page.faults == []
    assert panels_section([], small_evaluation.LEGEND, 1) == ""
    assert overview_section({}, small_evaluation.LEGEND, "x") == ""
