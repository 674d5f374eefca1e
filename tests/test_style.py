"""QGIS styles made from the legend."""

from __future__ import annotations

from xml.etree import ElementTree

from tiny_model import legend

from backend.model_card import CropClass
from backend.style import boundary_qml, confidence_qml, crop_type_qml


def parse(qml: str) -> ElementTree.Element:
    return ElementTree.fromstring(qml.split("\n", 1)[1])


def test_each_class_has_its_code_colour_and_title() -> None:
    entries = [element.attrib for element in parse(crop_type_qml(legend(3))).iter("paletteEntry")]
    assert [(item["value"], item["color"], item["label"]) for item in entries] == [
        ("0", "#e6e6e6", "No parcel"),
        ("1", "#e8c547", "Winter soft wheat"),
        ("5", "#f28e2b", "Maize"),
    ]


def test_the_background_is_see_through_and_crops_are_not() -> None:
    entries = [element.attrib for element in parse(crop_type_qml(legend(3))).iter("paletteEntry")]
    assert [item["alpha"] for item in entries] == ["0", "255", "255"]


def test_a_title_with_quotes_and_brackets_stays_as_it_is() -> None:
    title = 'Rye & "oats" <spring> ä'
    (entry,) = parse(crop_type_qml([CropClass(7, "x", title, "#010203")])).iter("paletteEntry")
    assert entry.attrib["label"] == title


def values_of(qml: str) -> list[int]:
    return [int(item.attrib["value"]) for item in parse(qml).iter("item")]


def test_the_confidence_ramp_runs_from_0_to_100_percent() -> None:
    values = values_of(confidence_qml())
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0, 100)


def test_the_boundary_ramp_stands_around_the_models_threshold() -> None:
    assert values_of(boundary_qml(0.5)) == [0, 30, 50, 65]
    assert values_of(boundary_qml(0.2)) == [0, 12, 20, 26]


def test_the_boundary_ramp_of_a_very_sure_or_very_cautious_model_still_rises() -> None:
    for threshold in (0.01, 0.95):
        values = values_of(boundary_qml(threshold))
        assert values[-1] > values[-2] >= values[-3] >= values[0] == 0


def test_no_boundary_is_see_through_and_a_sure_one_nearly_not() -> None:
    alphas = [int(item.attrib["alpha"]) for item in parse(boundary_qml()).iter("item")]
    assert (alphas[0], alphas[-1]) == (0, 210)
