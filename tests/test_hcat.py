"""The hierarchy of crops: parents by the digits of a code, and the classes that a node can stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import InputError
from backend.hcat import Hierarchy, is_code, parents, shipped_hierarchy

CEREAL, WHEAT, WINTER_WHEAT = "3301010000", "3301010100", "3301010101"
BARLEY, WINTER_BARLEY, MAIZE = "3301010400", "3301010401", "3301010600"
NAMES = {
    "3300000000": "crop_type",
    "3301000000": "arable_crops",
    CEREAL: "cereal",
    WHEAT: "common_soft_wheat",
    WINTER_WHEAT: "winter_common_soft_wheat",
    "3301010102": "spring_common_soft_wheat",
    "3301010199": "unspecified_season_common_soft_wheat",
    BARLEY: "barley",
    WINTER_BARLEY: "winter_barley",
    MAIZE: "grain_maize_corn_popcorn",
    "3301010699": "unspecified_season_grain_maize_corn_popcorn",
    "3301110000": "fallow_land_not_crop",
    "3306000000": "tree_wood_forest",
    "3306060000": "oak",
    "3399000000": "not_known_and_other",
}
HCAT = Hierarchy(NAMES)
ANCHORS = {WINTER_WHEAT: 1, BARLEY: 3, MAIZE: 5, CEREAL: 9, "3301110000": 11, "3300000000": 13}


def test_the_parents_of_a_node_are_its_code_with_fewer_digits() -> None:
    assert list(parents(WINTER_WHEAT)) == [WHEAT, CEREAL, "3301000000", "3300000000", "3000000000"]
    assert list(parents("3301061000")) == ["3301060000", "3301000000", "3300000000", "3000000000"]  # hemp, pair "10"
    assert list(parents("3000000000")) == []


def test_a_node_is_found_by_name_or_code() -> None:
    assert HCAT.find("barley") == BARLEY
    assert HCAT.find(BARLEY) == BARLEY
    assert HCAT.find("3301017700") == "3301017700"  # of a newer HCAT
    assert HCAT.find("barly") is None
    assert is_code(BARLEY)
    assert not is_code("4301010400")
    assert not is_code("33010104")


def test_the_nodes_below_one_share_its_digits() -> None:
    assert HCAT.below(BARLEY) == (WINTER_BARLEY,)
    assert HCAT.below(WINTER_BARLEY) == ()
    assert len(HCAT.below("3300000000")) == len(NAMES) - 1


@pytest.mark.parametrize(
    ("node", "classes"),
    [
        (WINTER_WHEAT, (1,)),
        (WINTER_BARLEY, (3,)),  # its parent is the nearest
        (BARLEY, (3,)),
        ("3301010102", (9,)),  # spring wheat: the nearest is cereal
        ("3301017701", (9,)),  # not listed, below cereal
        ("3301440000", (13,)),  # not listed, no class but "other" above
        (MAIZE, (5,)),
        (WHEAT, (1, 9)),  # winter wheat, and spring wheat is a cereal
        ("3301010199", (1, 9)),  # an unspecified season says no more than its parent
        ("3301010699", (5,)),
        (CEREAL, (1, 3, 5, 9)),
        ("3301000000", (1, 3, 5, 9, 11)),
        ("3306060000", ()),  # a wood
        ("3306000000", ()),
        ("3399000000", ()),
    ],
)
def test_a_node_stands_for_the_classes_of_its_leaves(node: str, classes: tuple[int, ...]) -> None:
    assert HCAT.classes_of(node, ANCHORS) == classes


def test_a_node_without_an_anchor_above_it_stands_for_nothing() -> None:
    assert HCAT.classes_of("3303010200", {BARLEY: 3}) == ()


def test_hcat_as_shipped_is_one_tree() -> None:
    hierarchy = shipped_hierarchy()
    assert len(hierarchy.names) == 394
    assert hierarchy.names["3301010101"] == "winter_common_soft_wheat"
    assert hierarchy.names["3303060000"] == "vineyards_wine_vine_rebland_grapes"
    for code in hierarchy.names:
        assert all(parent in hierarchy.names for parent in parents(code)), code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("33010104,barley\n", r"hcat\.csv, line 2: an HCAT code has ten digits, not '33010104'"),
        (f"{BARLEY},barley\n{BARLEY},oats\n", r"line 3: '3301010400' or 'oats' stands there twice"),
        (f"{BARLEY},barley\n{CEREAL},barley\n", r"line 3: .* 'barley' stands there twice"),
    ],
)
def test_a_wrong_hierarchy_is_told_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "hcat.csv"
    path.write_text("source_code,name\n" + text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        Hierarchy.read(path)
