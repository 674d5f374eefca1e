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


def test_ramps_run_from_0_to_100_percent() -> None:
    for qml in (confidence_qml(), boundary_qml()):
        values = [int(item.attrib["value"]) for item in parse(qml).iter("item")]
        assert values == sorted(values)
        assert (values[0], values[-1]) == (0, 100)


def test_no_boundary_is_see_through_and_a_sure_one_is_not() -> None:
    alphas = [int(item.attrib["alpha"]) for item in parse(boundary_qml()).iter("item")]
    assert (alphas[0], alphas[-1]) == (0, 255)
