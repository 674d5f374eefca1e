"""The legend and the tables that map a source's crop codes onto it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.errors import DamagedFileError, InputError
from training.classes import UNKNOWN, ClassTable, Legend

CLASSES = Path(__file__).resolve().parents[1] / "resources" / "classes"
LEGEND = (
    "code,name,title,color\n0,background,No parcel,#e6e6e6\n3,barley,Barley,#f3e29b\n5,maize_corn,,#f28e2b\n"
)


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


@pytest.mark.parametrize("path", sorted(CLASSES.glob("*.csv")), ids=lambda path: path.name)
def test_every_shipped_table_fits_the_shipped_legend(path: Path) -> None:
    legend = Legend.read(CLASSES / "legend.csv")
    if path.name == "legend.csv":
        assert legend.code_of("background") == 0
    else:
        assert set(ClassTable.read(path, legend).codes.values()) <= {*legend.codes, UNKNOWN}


def test_codes_are_mapped_and_what_is_not_listed_is_unknown_and_counted(
    tmp_path: Path, legend: Legend
) -> None:
    table = ClassTable.read(
        write_table(tmp_path, "source_code,name\nORH,barley\nMIS,maize_corn\nZZZ,\n"), legend
    )
    codes, unmapped = table.map(["MIS", " ORH ", "ZZZ", "XYZ", None, "XYZ", float("nan")])
    assert codes.dtype == np.uint8
    assert codes.tolist() == [5, 3, 255, 255, 255, 255, 255]
    assert unmapped == {"XYZ": 2, "": 2}


def test_whole_numbers_match_whether_they_came_as_int_float_or_text(tmp_path: Path, legend: Legend) -> None:
    table = ClassTable.read(write_table(tmp_path, "source_code,name\n6,barley\n"), legend)
    for values in ([6], [6.0], ["6"], np.array([6], dtype=np.int32), np.array([6.0])):
        assert table.map(values)[0].tolist() == [3]


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path, legend: Legend) -> None:
    path = write_table(tmp_path, "\ufeffsource_code;name\nORH;barley\n\n")
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
        ("source_code,name\n", r"the table maps no crop code"),
        ("", r"no column 'source_code'"),
    ],
)
def test_a_wrong_table_is_told_in_one_sentence(
    tmp_path: Path, legend: Legend, text: str, message: str
) -> None:
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
