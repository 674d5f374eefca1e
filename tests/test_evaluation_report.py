"""The page of an evaluation: well formed, loads nothing, says what metrics.json holds, bears what is missing."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_evaluation
from html_page import HtmlPage
from small_evaluation import LEGEND

from backend.report_numbers import hectares, interval, points
from training import evaluation_report
from training.evaluation_headline import _off_by, compared, headline
from training.evaluation_report import report_page, write_report
from training.evaluation_tables import conformal_table

Whole = tuple[dict[str, Any], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def whole() -> Whole:
    return small_evaluation.evaluation()


def written(folder: Path, evaluation: dict[str, Any], pictures: dict[str, Any], config: Any = None) -> str:
    path = folder / "evaluation.html"
    write_report(path, config, evaluation, LEGEND, pictures, folder)
    return path.read_text(encoding="utf-8")


def words(value: str) -> str:
    return value.replace("\u00a0", " ")


def test_the_page_is_well_formed_and_loads_nothing(whole: Whole, tmp_path: Path) -> None:
    text = written(tmp_path, *whole, small_evaluation.config())
    page = HtmlPage(text)
    assert page.faults == []
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    assert all(value.startswith("data:image/png;base64,") for value in page.values("src"))
    assert {value[0] for value in page.values("href")} == {"#"}
    assert "http" not in text
    assert "url(" not in text
    assert set(page.values("href")) <= {f"#{name}" for name in page.values("id")}
    assert [item.name for item in tmp_path.iterdir()] == ["evaluation.html"]


def test_every_section_is_there(whole: Whole, tmp_path: Path) -> None:
    page = HtmlPage(written(tmp_path, *whole, small_evaluation.config()))
    assert [title for tag, title in page.headings if tag == "h3"] == [
        "Examples",
        "The whole of it",
        "Maps compared",
        "Other splits",
        "Which classes are confused",
        "Classes",
        "Sizes of parcels",
        "Distance from the edge",
        "Boundaries",
        "Outlines of parcels",
        "Confidence",
        "In season",
        "Conformal sets",
        "Areas",
    ]


def test_every_chart_is_named_and_has_titles_and_a_caption(whole: Whole, tmp_path: Path) -> None:
    text = written(tmp_path, *whole, small_evaluation.config())
    charts = text.split("<svg class='chart'")[1:]
    assert len(charts) == 10
    for chart in charts:
        assert "aria-label='" in chart[:200]
        inside, after = chart.split("</svg>", 1)
        assert inside.count("class='title'") >= 1
        assert "<figcaption>" in after
    assert all(value for value in HtmlPage(text).values("alt"))


def test_numbers_shown_are_those_of_the_metrics(whole: Whole, tmp_path: Path) -> None:
    evaluation, pictures = whole
    page = HtmlPage(written(tmp_path, evaluation, pictures, small_evaluation.config()))
    source = evaluation["sources"]["farm"]
    own, forest = source["model"]["map"], source["forest_own_parcels"]["map"]
    maps = page.table("Map")
    assert len(maps) == 6  # with its heads

    def cell(value: float, limits: list[float] | None) -> str:
        return words(points(value) + (f" {interval(limits)}" if limits else ""))

    shown = [words(item) for item in maps["this model"]]
    assert shown[:3] == [cell(own[key], own[f"{key}_interval_95"]) for key in ("overall_accuracy", "macro_f1", "miou")]
    places = [own[key] for key in ("boundary", "interior")]
    assert shown[3:5] == [cell(place["overall_accuracy"], place["interval_95"]) for place in places]
    assert shown[6] == words(points(source["model"]["ece"]))
    shown = [words(item) for item in maps["random forest, this source's training parcels"]]
    assert shown[0] == cell(forest["overall_accuracy"], forest["overall_accuracy_interval_95"])
    shown = [words(item) for item in maps["its own 10 m means, bilinear upsampling"]]
    assert shown[0] == words(points(source["model"]["bilinear"]["overall_accuracy"]))

    classes = page.table("Class")
    wheat = own["per_class"]["1"]
    assert [words(item) for item in classes["Winter soft wheat"]] == [
        *(words(points(wheat[key])) for key in ("iou", "iou_boundary", "iou_interior", "f1", "recall", "precision")),
        f"{wheat['cells_true']:,}",
        f"{wheat['cells_mapped']:,}",
    ]
    boundary = page.table("Boundary found within")
    for row in source["model"]["boundary_f1"]:
        assert [words(item) for item in boundary[f"{row['tolerance_m']:g} m"]] == [
            cell(row["f1"], row["f1_interval_95"]),
            *(words(points(row[key])) for key in ("precision", "recall")),
        ]
        assert row["f1_interval_95"][0] < row["f1"] < row["f1_interval_95"][1]
    distances = next(rows for rows in page.tables if "Counted in" in rows[0])
    shown = {row[1]: [words(item) for item in row[2:]] for row in distances if row[0] == "this model"}
    for group, title in (("all", "all parcels"), ("inside_right", "parcels whose inside is right")):
        assert shown[title] == [cell(band["accuracy"], band["interval_95"]) for band in own["edge_profile"][group]]
    outlines = page.table("A drawn boundary within")
    for row in source["model"]["outlines"]:
        low, high = row["found_interval_95"]
        assert low <= row["found"] <= high
        assert [words(item) for item in outlines[f"{row['tolerance_m']:g} m"]] == [
            cell(row["found"], row["found_interval_95"]),
            words(points(row["inside"])),
        ]
    season = page.table("Images until")
    assert [words(item) for item in season["2017-12-31"]] == ["3", "31.2 % 21.2–38.2 %", "21.2 % 11.2–31.2 %", "36.2 %"]
    assert words(season["whole season"][1]) == cell(own["overall_accuracy"], own["overall_accuracy_interval_95"])
    cover = source["model"]["conformal"]["parcels"]
    sets = page.table("Sets")["All classes, per parcel"]
    assert words(sets[1]) == cell(cover["coverage"], cover["interval_95"])
    assert sets[2] == f"{cover['mean_set_size']:.2f}"


def test_the_confusion_matrix_shows_shares_and_tells_counts(whole: Whole, tmp_path: Path) -> None:
    text = written(tmp_path, *whole, small_evaluation.config())
    confusion = whole[0]["sources"]["farm"]["model"]["map"]["confusion"]
    row, col = confusion["codes"].index(4), confusion["codes"].index(1)
    count, total = confusion["counts"][row][col], sum(confusion["counts"][row])
    said = f"Rapeseed mapped as Winter soft wheat: {count:,} label cells, {100 * count / total:.1f} % of {total:,}"
    assert f"<title>{said}</title>" in text


def test_the_headline_says_how_much_was_tested_and_what_is_not_proved(whole: Whole) -> None:
    evaluation = copy.deepcopy(whole[0])
    own = evaluation["sources"]["farm"]["model"]["map"]
    parcels = evaluation["sources"]["farm"]["parcels_tested"]
    page = HtmlPage(headline(small_evaluation.config(), evaluation))
    assert f"{points(own['overall_accuracy'])} of the tested ground is mapped right".replace("\u00a0", " ") in page.text
    assert f"95 % interval {words(interval(own['overall_accuracy_interval_95']))} (found by drawing" in page.text
    assert f"tested on {parcels} parcels in {own['interval_units']} blocks of ground of farm" in page.text
    limits = " ".join(page.items)
    assert "One training run (seed 1)" in limits
    assert f"Few parcels were tested ({parcels} in farm)" in limits
    assert "cells are 4 times smaller than the images' pixels" in limits
    assert "counts of pixels and so biased" in limits
    assert "calibrated on 20,000 label cells and 98 parcels of calib" in limits
    assert "simulated" not in limits


def test_simulated_ground_is_called_so() -> None:
    evaluation, _ = small_evaluation.evaluation("fields_003")
    config = small_evaluation.config(dataset={"simulations": [{"name": "fields", "scenes": 4}]})
    assert "All tested ground is simulated" in headline(config, evaluation)
    source = {"simulated": True, "name": "fields_003"}
    given = small_evaluation.config(
        dataset={"sources": [{**small_evaluation.config().dataset.sources[0].model_dump(), **source}]}
    )
    assert "All tested ground is simulated" in headline(given, evaluation)


def figures(accuracy: float, gap: list[float] | None = None) -> dict[str, Any]:
    return {"map": {"overall_accuracy": accuracy}, "model_less_this_interval_95": gap}


@pytest.mark.parametrize(
    ("own", "forest", "said"),
    [
        (0.8, figures(0.7, [0.05, 0.13]), "10.0 points better (95 % interval of the difference +5.0 to +13.0)."),
        (0.6, figures(0.7, [-0.14, -0.02]), "10.0 points worse (95 % interval of the difference -14.0 to -2.0)."),
        (0.72, figures(0.7, [-0.01, 0.06]), "-1.0 to +6.0): this test alone does not prove a difference"),
        (0.8, figures(0.7), "10.0 points better; without an interval that proves nothing"),
        (0.7, figures(0.7, [-0.1, 0.1]), "They are equal"),
    ],
)
def test_a_difference_to_the_forest_is_claimed_only_where_its_interval_leaves_out_0(
    own: float, forest: dict[str, Any], said: str
) -> None:
    assert said in compared({"model": figures(own), "forest_own_parcels": forest})


def test_where_calibration_did_harm_it_is_told() -> None:
    sources = {
        "one": {"model": {"ece_before": 0.05, "ece": 0.12}},
        "two": {"model": {"ece_before": 0.12, "ece": 0.05}},
        "map": {"model": {"ece_before": None, "ece": None}},
    }
    said = words(_off_by(sources))
    assert "worse in 1 of 3 sources" in said
    assert "one by 12.0 % instead of 5.0 %" in said
    assert _off_by({"two": sources["two"]}) == ""


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        ({}, None),
        ({"is_boundary_of_outlines": True}, "calibrated on outlines and insides of declared parcels alone"),
        ({"boundary_pixels": 0}, "the boundary layer is not calibrated"),
    ],
)
def test_what_the_boundary_layer_was_calibrated_on_is_told(calibration: dict[str, Any], said: str | None) -> None:
    evaluation, _ = small_evaluation.evaluation()
    evaluation["calibration"].update(calibration)
    text = HtmlPage(headline(small_evaluation.config(), evaluation)).text
    assert ("The boundary layer was" in text or "boundary layer is not" in text) == (said is not None)
    assert said is None or said in text


def test_without_a_forest_none_is_compared_with() -> None:
    assert "no random forest" in compared({"model": figures(0.8)})


def test_several_sources_are_in_one_table_first(whole: Whole, tmp_path: Path) -> None:
    evaluation, pictures = copy.deepcopy(whole[0]), whole[1]
    evaluation["sources"]["other"] = copy.deepcopy(evaluation["sources"]["farm"])
    evaluation["sources"]["other"]["model"]["map"]["overall_accuracy"] = 0.123
    page = HtmlPage(written(tmp_path, evaluation, pictures, small_evaluation.config()))
    rows = page.table("Source")
    assert list(rows) == ["Source", "farm", "other"]
    assert words(rows["other"][2]).startswith("12.3 %")
    assert "12.3 % to " in page.text
    assert "more accurate in 1 source and less accurate in 1; in 0 of 2 the 95 % interval of" in page.text
    assert page.faults == []


def test_many_sources_have_fewer_and_smaller_pictures(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_report, "MOST_SOURCES", 5)
    monkeypatch.setattr(evaluation_report, "MOST_PANELS", 10)
    evaluation, pictures = copy.deepcopy(whole[0]), dict(whole[1])
    pictures["farm"] = {**pictures["farm"], "panels": pictures["farm"]["panels"] * 4}
    single = HtmlPage(written(tmp_path, evaluation, pictures, small_evaluation.config()))
    assert sum(value.startswith("Truth, row") for value in single.values("alt")) == 4
    for number in range(7):
        evaluation["sources"][f"more{number}"] = small_evaluation.older(whole[0])["sources"]["farm"]
        pictures[f"more{number}"] = {"panels": pictures["farm"]["panels"]}
    many = HtmlPage(written(tmp_path, evaluation, pictures, small_evaluation.config()))
    assert sum(value.startswith("Truth, row") for value in many.values("alt")) == 10
    assert len(many.table("Source")) == 1 + 8
    assert "3 more sources in the table at the top" in many.text
    assert set(many.values("href")) <= {f"#{name}" for name in many.values("id")}


def test_names_are_written_as_text_whatever_is_in_them(tmp_path: Path) -> None:
    name = "<b onclick='x'>\"&farm</b>"
    evaluation, pictures = small_evaluation.evaluation(name)
    pictures[name]["panels"][0]["place"] = "row <i>0</i>"
    evaluation["calibration"]["regions"] = ["<u>calib</u>"]
    page = HtmlPage(written(tmp_path, evaluation, pictures, small_evaluation.config()))
    assert page.faults == []
    assert not page.values("onclick")
    assert ("h2", name) in page.headings
    assert not {"i", "u"} & {tag for tag, attributes in page.tags if not attributes}
    assert "<u>calib</u>" in page.text
    assert "<b onclick" not in report_page("<b onclick>", "")


def test_class_titles_are_written_as_text(whole: Whole, tmp_path: Path) -> None:
    from dataclasses import replace

    legend = replace(LEGEND, classes=tuple(replace(entry, title=f"<s>{entry.title}") for entry in LEGEND.classes))
    write_report(tmp_path / "page.html", small_evaluation.config(), whole[0], legend, whole[1])
    page = HtmlPage((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert "s" not in {tag for tag, _ in page.tags}


def test_an_older_run_has_what_it_knows(whole: Whole, tmp_path: Path) -> None:
    page = HtmlPage(written(tmp_path, small_evaluation.older(whole[0]), {}, small_evaluation.config()))
    assert page.faults == []
    titles = [title for tag, title in page.headings if tag == "h3"]
    assert titles == ["Maps compared", "Classes", "Sizes of parcels", "Distance from the edge", "Boundaries", "Areas"]
    assert "drawing whole parcels again" in page.text
    assert "None" not in page.text


@pytest.mark.parametrize("sample", [True, False])
def test_a_finished_map_has_no_rivals_and_its_own_words(tmp_path: Path, sample: bool) -> None:
    evaluation = small_evaluation.finished_map(sample=sample)
    text = written(tmp_path, evaluation, {})
    page = HtmlPage(text)
    assert page.faults == []
    assert page.headings[0] == ("h1", "Evaluation of crop_type.tif against parcels.gpkg")
    assert list(page.table("Map")) == ["Map", "this map"]
    assert "random forest" not in page.text
    assert "training run" not in page.text
    assert "made with these very parcels is not known" in page.text
    assert ("biased: counts of label cells" in page.text.lower()) is not sample
    if sample:
        own = evaluation["sources"]["crop_type"]["model"]["area"]["olofsson"]["classes"]["1"]
        assert page.text.count("Olofsson et al. 2014") == 1
        (areas,) = (table for table in page.tables if "Area (ha)" in table[0])
        row = next(row for row in areas if row[0] == "Winter soft wheat")
        low, high = own["interval_95"]
        assert row[1] == f"{hectares(own['area_ha'])} {hectares(low)}–{hectares(high)}"
        assert words(row[4]) == words(f"{points(own['users_accuracy'])} {interval(own['users_accuracy_interval_95'])}")


def test_a_source_without_known_ground_is_said_to_be_unscored(whole: Whole, tmp_path: Path) -> None:
    evaluation = copy.deepcopy(whole[0])
    planes = small_evaluation.ground()
    planes["mask"] = np.zeros_like(planes["mask"])
    evaluation["sources"]["farm"] |= {
        "model": small_evaluation.scored(planes, small_evaluation.probabilities(planes, 0, 1)), "parcels_tested": 0
    }  # fmt: skip
    page = HtmlPage(written(tmp_path, evaluation, {}, small_evaluation.config()))
    assert "could be scored: no known ground was mapped" in page.text
    assert page.faults == []


def test_conformal_sets_that_miss_their_promise_are_said_to(whole: Whole) -> None:
    source = copy.deepcopy(whole[0]["sources"]["farm"])
    calibration = whole[0]["calibration"]
    cover = source["model"]["conformal"]["parcels"]
    cover["interval_95"] = [0.6, 0.89]
    assert "it does not hold" in conformal_table(source, calibration, LEGEND)
    cover["interval_95"] = [0.6, 0.95]
    assert "as far as their number can tell" in conformal_table(source, calibration, LEGEND)
    assert "3 (threshold of all)" in conformal_table(source, calibration, LEGEND)
