"""The legend and the tables that map a source's crop codes onto it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from backend.errors import DamagedFileError, InputError
from backend.hcat import shipped_hierarchy
from training.classes import UNKNOWN, ClassTable, Legend, source_code

CLASSES = Path(__file__).resolve().parents[1] / "resources" / "classes"
LEGEND = "code,name,title,color\n0,background,No parcel,#e6e6e6\n3,barley,Barley,#f3e29b\n5,maize_corn,,#f28e2b\n"


WHEAT, DURUM, BARLEY, RAPE, MAIZE, INDUSTRIAL, LEGUMES, ROOTS, CEREAL, GRASS, FALLOW, VINES, OTHER = range(1, 14)


@pytest.fixture(scope="module")
def shipped() -> Legend:
    return Legend.read(CLASSES / "legend.csv")


@pytest.fixture
def legend(tmp_path: Path) -> Legend:
    path = tmp_path / "legend.csv"
    path.write_text(LEGEND, encoding="utf-8")
    return Legend.read(path)


def write_table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_legend_keeps_code_name_title_and_colour(legend: Legend) -> None:
    assert legend.codes == (0, 3, 5)
    assert legend.names == ("background", "barley", "maize_corn")
    assert legend.code_of("barley") == 3
    assert legend.classes[2].title == "maize_corn"  # no title given
    assert legend.title_of(3) == "Barley"
    assert legend.title_of(77) == "77"
    assert legend.other is None
    assert legend.hcat == {}


def test_the_shipped_legend_keeps_its_codes_and_ends_with_other(shipped: Legend) -> None:
    assert shipped.codes == tuple(range(14))
    assert shipped.names[0] == "background"
    assert shipped.names[WHEAT] == "winter_common_soft_wheat"
    assert shipped.names[VINES] == "vineyards_wine_vine_rebland_grapes"
    assert shipped.names[OTHER] == "other"
    assert shipped.other == OTHER
    assert len({entry.color for entry in shipped.classes}) == 14
    assert set(shipped.hcat.values()) == set(range(1, 14))  # background is no crop
    assert set(shipped.hcat) <= set(shipped_hierarchy().names)


TABLES = sorted(path for path in CLASSES.glob("*.csv") if path.stem not in ("legend", "legend_20k2k", "labels_20k2k"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_every_shipped_table_fits_the_shipped_legend(path: Path, shipped: Legend) -> None:
    table = ClassTable.read(path, shipped)
    assert set(table.codes.values()) <= {*shipped.codes, UNKNOWN}
    for code, classes in table.accepted.items():
        assert table.codes[code] == UNKNOWN
        assert len(classes) > 1
        assert 0 not in classes  # a declared crop is never background


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "rpg",
            {"BTH": WHEAT, "BDH": DURUM, "ORH": BARLEY, "ORP": BARLEY, "CZH": RAPE, "MIS": MAIZE, "MIE": MAIZE}
            | {"TRN": INDUSTRIAL, "SOJ": INDUSTRIAL, "LIF": INDUSTRIAL, "LUZ": LEGUMES, "PPR": LEGUMES, "TR8": LEGUMES}
            | {"PTC": ROOTS, "BTN": ROOTS, "OIG": ROOTS, "TTH": CEREAL, "SOG": CEREAL, "BTP": CEREAL, "MCR": CEREAL}
            | {"PPH": GRASS, "PTR": GRASS, "SPH": GRASS, "J5M": FALLOW, "J6S": FALLOW, "JAC": FALLOW}
            | {"VRC": VINES, "VRT": VINES, "VRG": OTHER, "LAV": OTHER, "CHV": OTHER, "OLI": OTHER, "SRS": OTHER}
            | {"SNA": 0, "SNE": UNKNOWN, "BOP": UNKNOWN, "MLG": UNKNOWN, "BOR": UNKNOWN, "ZZZ": UNKNOWN},
        ),
        ("rpg_groups", {"1": WHEAT, "21": VINES, "gel_sp": FALLOW, "4": UNKNOWN, "a_indus": UNKNOWN, "28": UNKNOWN}),
        (
            "eurocrops_hcat",
            {"winter_common_soft_wheat": WHEAT, "green_silo_maize": MAIZE, "apples": OTHER, "sugar_beet": ROOTS}
            | {"temporary_grass": GRASS, "clover": LEGUMES, "spring_rye": CEREAL, "oak": UNKNOWN, "mustard": OTHER}
            | {"unmaintained": UNKNOWN, "unspecified_season_unspecified_cereals": UNKNOWN},
        ),
        ("hcat", {"3301010401": BARLEY, "3303060000": VINES, "3303010200": OTHER, "3399000000": UNKNOWN}),
        (
            "pastis",
            {"0": 0, "1": GRASS, "2": WHEAT, "8": VINES, "11": DURUM, "12": UNKNOWN, "16": OTHER, "19": UNKNOWN},
        ),
        ("mtlcc", {"0": UNKNOWN, "1": ROOTS, "3": GRASS, "8": OTHER, "22": WHEAT, "26": MAIZE}),
    ],
)
def test_codes_known_by_heart_map_where_they_should(table: str, expected: dict[str, int], shipped: Legend) -> None:
    codes = ClassTable.read(CLASSES / f"{table}.csv", shipped).codes
    assert {code: codes[code] for code in expected} == expected


def test_the_reference_keeps_twenty_of_its_168_labels() -> None:
    with (CLASSES / "labels_20k2k.csv").open(encoding="utf-8", newline="") as file:
        titles = {int(row["source_code"]): row["title"] for row in csv.DictReader(file)}
    assert sorted(titles) == list(range(168))
    kept = [label for label, title in titles.items() if not title.split(";")[0].endswith("class 20 (unknown)")]
    kept.remove(0)
    assert kept == [1, 2, 3, *range(6, 15), 20, 25, 33, 34, 35, 36, 48, 73]
    assert [titles[label].split(";")[0] for label in kept] == [f"class {number}" for number in range(20)]


def test_the_labels_of_the_reference_map_onto_a_legend_of_their_numbers(shipped: Legend) -> None:
    legend = Legend.read(CLASSES / "legend_20k2k.csv")
    codes = ClassTable.read(CLASSES / "labels_20k2k.csv", legend).codes
    assert {code: codes[code] for code in ("0", "1", "4", "73", "167")} == {
        "0": UNKNOWN, "1": 1, "4": UNKNOWN, "73": 20, "167": UNKNOWN,
    }  # fmt: skip
    assert legend.title_of(20) == "Class 19 of the 20k2k rule"
    with pytest.raises(InputError, match=r"labels_20k2k\.csv, line 3: Neither .* has a class 'class_0'"):
        ClassTable.read(CLASSES / "labels_20k2k.csv", shipped)


def test_the_table_of_hcat_names_follows_the_hierarchy_but_for_seven_lines(shipped: Legend) -> None:
    table = ClassTable.read(CLASSES / "eurocrops_hcat.csv", shipped)
    by_rule = ClassTable.read(CLASSES / "hcat.csv", shipped)
    names = shipped_hierarchy().names
    differ = {name for code, name in names.items() if table.accepts(name) != by_rule.accepts(code)}
    assert differ == {
        "unspecified_cereals",
        "winter_unspecified_cereals",
        "spring_unspecified_cereals",
        "summer_unspecified_cereals",
        "unspecified_season_unspecified_cereals",
        "flowers_ornamental_plants",
        "unspecified_flowers_ornamental_plants",
    }
    assert set(table.codes) == {*names.values(), "maize_corn"}


def test_several_classes_are_no_label_but_are_accepted(tmp_path: Path, legend: Legend) -> None:
    path = write_table(
        tmp_path, "source_code,name\nMIX, maize_corn | barley\nORH,barley|barley\nZZZ,\nMIS,maize_corn\n"
    )
    table = ClassTable.read(path, legend)
    assert table.codes == {"MIX": UNKNOWN, "ORH": 3, "ZZZ": UNKNOWN, "MIS": 5}
    assert table.accepted == {"MIX": (3, 5)}
    assert table.accepts("MIX") == (3, 5)
    assert table.accepts(" MIS ") == (5,)
    assert table.accepts("ZZZ") == table.accepts("XYZ") == table.accepts(None) == ()
    codes, unmapped = table.map(["MIX", "ORH"])
    assert codes.tolist() == [255, 3]
    assert unmapped == {}


def test_names_and_codes_of_hcat_stand_for_the_nearest_class_above(tmp_path: Path, shipped: Legend) -> None:
    path = write_table(
        tmp_path,
        "source_code,name\nA,winter_barley\nB,3301010401\nC,apples\nD,3301999999\nE,common_soft_wheat\n"
        "F,cereal\nG,winter_rye|apples\nH,oak\n",
    )
    table = ClassTable.read(path, shipped)
    assert table.codes == {
        "A": BARLEY, "B": BARLEY, "C": OTHER, "D": OTHER, "E": UNKNOWN, "F": UNKNOWN, "G": UNKNOWN, "H": UNKNOWN
    }  # fmt: skip
    assert table.accepted == {
        "E": (WHEAT, CEREAL), "F": (WHEAT, DURUM, BARLEY, MAIZE, CEREAL), "G": (CEREAL, OTHER)
    }  # fmt: skip


def test_a_country_mapping_of_eurocrops_is_read_as_it_is(tmp_path: Path, shipped: Legend) -> None:
    path = write_table(
        tmp_path,
        "original_code,original_name,translated_name,HCAT3_name,HCAT3_code\n"
        'PPA,"Autre plante, annuelle",Other,other_aromatic_medicinal_culinary_plants_spices_herbs,3301061299\n'
        "TOP,Topinambour,Jerusalem artichoke,topinambur_jerusalem_artichoke,3301290900\n",
    )
    assert ClassTable.read(path, shipped).codes == {"PPA": OTHER, "TOP": ROOTS}


@pytest.mark.parametrize(
    "text",
    [
        "ORH: barley\n007: [maize_corn, barley]\nNO: maize_corn\nZZZ:\n",
        "- {source_code: ORH, name: barley, title: Orge}\n- {source_code: 007, name: [maize_corn, barley]}\n"
        "- source_code: NO\n  name: maize_corn\n- {source_code: ZZZ, name: null}\n",
    ],
    ids=["mapping", "list"],
)
def test_yaml_is_read_with_codes_as_they_are_written(tmp_path: Path, legend: Legend, text: str) -> None:
    path = tmp_path / "table.yaml"
    path.write_text(text, encoding="utf-8")
    table = ClassTable.read(path, legend)
    assert table.codes == {"ORH": 3, "007": UNKNOWN, "NO": 5, "ZZZ": UNKNOWN}
    assert table.accepted == {"007": (3, 5)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ORH: barly\n", r"table\.yml, line 1: The legend has no class 'barly' \(nearest: 'barley'\)"),
        ("ORH: barley\nORH: barley\n", r"line 2: the source code 'ORH' stands there twice"),
        ("- {code: ORH, name: barley}\n", r"table\.yml, line 1: no 'source_code' \(nearest: 'code'\)"),
        ("- {source_code: ORH, nam: barley}\n", r"line 1: no 'name' \(nearest: 'nam'\)"),
        ("- barley\n", r"line 1: expected a mapping of columns to values"),
        ("barley\n", r"expected a mapping or a list, found a single value"),
        ("ORH: {name: barley}\n", r"line 1: expected a single value"),
        ("ORH: [barley, [barley]]\n", r"line 1: expected a single value"),
        ("", r"the table maps no crop code"),
    ],
)
def test_a_wrong_yaml_table_is_told_with_its_line(tmp_path: Path, legend: Legend, text: str, message: str) -> None:
    path = tmp_path / "table.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        ClassTable.read(path, legend)


def test_what_is_not_yaml_is_damaged(tmp_path: Path, legend: Legend) -> None:
    path = tmp_path / "table.yaml"
    path.write_text("ORH: [barley\n", encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"table\.yaml: not valid YAML"):
        ClassTable.read(path, legend)


def test_codes_are_mapped_and_what_is_not_listed_is_unknown_and_counted(tmp_path: Path, legend: Legend) -> None:
    table = ClassTable.read(write_table(tmp_path, "source_code,name\nORH,barley\nMIS,maize_corn\nZZZ,\n"), legend)
    codes, unmapped = table.map(["MIS", " ORH ", "ZZZ", "XYZ", None, "XYZ", float("nan")])
    assert codes.dtype == np.uint8
    assert codes.tolist() == [5, 3, 255, 255, 255, 255, 255]
    assert unmapped == {"XYZ": 2, "": 2}


def test_whole_numbers_match_whether_they_came_as_int_float_or_text(tmp_path: Path, legend: Legend) -> None:
    table = ClassTable.read(write_table(tmp_path, "source_code,name\n6,barley\n"), legend)
    for values in ([6], [6.0], ["6"], np.array([6], dtype=np.int32), np.array([6.0])):
        assert table.map(values)[0].tolist() == [3]


@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_a_table_as_spreadsheets_save_it_is_read(tmp_path: Path, legend: Legend, mark: str) -> None:
    lines = [["source_code", "title", "name"], ["ORH", '"Orge d\'hiver, six rangs; deux"', "barley"], []]
    path = write_table(tmp_path, "\ufeff" + "\n".join(mark.join(line) for line in lines) + "\n")
    assert ClassTable.read(path, legend).codes == {"ORH": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "source_code,name\nORH,barly\n",
            r"table\.csv, line 2: The legend has no class 'barly' \(nearest: 'barley'\)",
        ),
        ("source_code,name\nORH,barley\nORH,barley\n", r"line 3: the source code 'ORH' stands there twice"),
        ("source_code,nam\nORH,barley\n", r"no column 'name' \(nearest: 'nam'\)"),
        ("source_code,name\n,barley\n", r"line 2: the source code is empty"),
        ("source_code,name\nMIX,barley|\n", r"line 2: There is no name on one side of a bar in 'barley\|'"),
        ("source_code,name\nMIX,barley|oats\n", r"line 2: The legend has no class 'oats'"),
        ("source_code,name\n", r"the table maps no crop code"),
        ("", r"no column 'source_code'"),
    ],
)
def test_a_wrong_table_is_told_in_one_sentence(tmp_path: Path, legend: Legend, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ClassTable.read(write_table(tmp_path, text), legend)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEGEND + "3,oats,Oats,#000000\n", "the code 3 to more than one class"),
        (LEGEND + "4,barley,Barley,#000000\n", "the name barley to more than one class"),
        (LEGEND + "x,oats,Oats,#000000\n", "line 5: the code must be a whole number, not 'x'"),
        (LEGEND + "255,oats,Oats,#000000\n", "line 5: .*from 0 to 254"),
        (LEGEND + "9,oats,Oats,black\n", "line 5: .*colour"),
        (LEGEND + "9,,Oats,#000000\n", "line 5: the class 9 has no name"),
        ("code,name,title,color\n", "lists no classes"),
        (
            "code,name,title,color,hcat_code\n1,oats,,#000000,330101\n",
            "line 2: an HCAT code has ten digits .* '330101'",
        ),
        (
            "code,name,title,color,hcat_code\n1,oats,,#000000,3301010500\n2,rye,,#000000,3301010500|3301010300\n",
            "line 3: the HCAT code 3301010500 stands there twice",
        ),
    ],
)
def test_a_wrong_legend_is_told_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "legend.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        Legend.read(path)


def test_a_missing_or_binary_file_is_told(tmp_path: Path, legend: Legend) -> None:
    with pytest.raises(InputError, match="There is no file"):
        ClassTable.read(tmp_path / "none.csv", legend)
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(DamagedFileError, match="UTF-8"):
        ClassTable.read(tmp_path / "table.csv", legend)


def test_a_name_that_neither_the_legend_nor_hcat_has_is_told(tmp_path: Path, shipped: Legend) -> None:
    path = write_table(tmp_path, "source_code,name\nORH,winter_barly\n")
    with pytest.raises(InputError, match=r"line 2: Neither .* has a class 'winter_barly' \(nearest: 'winter_barley'\)"):
        ClassTable.read(path, shipped)


@pytest.mark.parametrize(
    ("file", "field", "table", "classes", "other", "several", "unknown", "unlisted"),
    [
        ("parcels/rpg_boigneville_west.gpkg", "crop_y1", "rpg_groups", 593, 0, 96, 16, 5),
        ("parcels/rpg_boigneville_west.gpkg", "crop_y5", "rpg_groups", 595, 0, 81, 22, 12),
        ("languedoc_s2_rpg2018/parcels_rpg2018_dev.gpkg", "EC_hcat_n", "eurocrops_hcat", 64, 0, 0, 10, 0),
    ],
)
def test_real_declarations_find_their_classes(
    real_data: Path, shipped: Legend, file: str, field: str, table: str,
    classes: int, other: int, several: int, unknown: int, unlisted: int,
) -> None:  # fmt: skip
    pyogrio = pytest.importorskip("pyogrio")
    crops = pyogrio.read_dataframe(real_data / file, columns=[field], read_geometry=False)[field].tolist()
    mapping = ClassTable.read(CLASSES / f"{table}.csv", shipped)
    codes, unmapped = mapping.map(crops)
    accepted = [mapping.accepts(crop) for crop in crops]
    assert np.count_nonzero((codes != UNKNOWN) & (codes != OTHER)) == classes
    assert np.count_nonzero(codes == OTHER) == other
    assert sum(len(found) > 1 for found in accepted) == several
    assert (
        sum(not found and source_code(crop) in mapping.codes for found, crop in zip(accepted, crops, strict=True))
        == unknown
    )
    assert sum(unmapped.values()) == unlisted
