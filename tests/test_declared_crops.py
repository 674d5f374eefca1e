"""Declared crops beside what a map shows: the words for each case, by hand, and the same from every door."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas
import numpy as np
import pytest
import scenes
from tiny_model import legend

from backend.classes import CLASSES
from backend.cli import main
from backend.declared_crops import DECLARED_FIELDS, DeclaredCrops, legend_of, list_codes, table_path
from backend.errors import EXIT_DONE, EXIT_REQUEST, InputError
from backend.model_card import CropClass, ModelCard
from backend.protocol import (
    AGREEMENTS,
    ANOTHER,
    FOUND,
    NONE_FOUND,
    NOT_DECLARED,
    NOT_LISTED,
    NOT_MAPPED,
    UNKNOWN_TO_MODEL,
)

ROOT = Path(__file__).resolve().parents[1]
WHEAT, MAIZE, BACKGROUND = 1, 5, 0


def card(*extra: CropClass) -> ModelCard:
    """Background, winter wheat and maize, as the tiny model has them."""
    return ModelCard("m", "1", "a", "d", "l", ("B02",), "L2A", 2, 4, 2, (*legend(3), *extra))


def crops(folder: Path, text: str, *extra: CropClass) -> DeclaredCrops:
    path = folder / "codes.csv"
    path.write_text("source_code,name,title\n" + text, encoding="utf-8")
    return DeclaredCrops.read("crop", str(path), card(*extra))


def test_each_case_has_its_words(tmp_path: Path) -> None:
    table = crops(
        tmp_path,
        "W,winter_common_soft_wheat,Wheat\nM,maize_corn,\nV,vineyards_wine_vine_rebland_grapes,\n?,,\n"
        "WV,winter_common_soft_wheat|vineyards_wine_vine_rebland_grapes,\nWM,winter_common_soft_wheat|maize_corn,\n",
    )
    said = {
        ("W", WHEAT): FOUND,
        ("W", MAIZE): ANOTHER,
        ("W", BACKGROUND): NONE_FOUND,
        ("WM", MAIZE): FOUND,
        ("V", WHEAT): UNKNOWN_TO_MODEL,
        ("V", BACKGROUND): UNKNOWN_TO_MODEL,
        ("?", WHEAT): UNKNOWN_TO_MODEL,
        ("WV", WHEAT): FOUND,
        ("WV", MAIZE): UNKNOWN_TO_MODEL,  # it may be vines, which the model cannot show
        ("X", WHEAT): NOT_LISTED,
    }
    assert {key: table.meaning(key[0]).agreement(key[1]) for key in said} == said
    assert {*said.values(), NOT_MAPPED, NOT_DECLARED} == set(AGREEMENTS)
    assert table.meaning("WV").titles == ("Winter soft wheat", "Vineyards")
    assert table.title("W") == "Wheat"


def test_a_crop_taught_as_other_is_found_as_other_and_never_contradicted(tmp_path: Path) -> None:
    other = CropClass(13, "other", "Other crops", "#6e6e78")
    meaning = crops(tmp_path, "V,vineyards_wine_vine_rebland_grapes,\n", other).meaning("V")
    assert meaning.known == (13,)
    assert (meaning.agreement(13), meaning.agreement(WHEAT)) == (FOUND, UNKNOWN_TO_MODEL)


def test_columns_by_hand(tmp_path: Path) -> None:
    table = crops(
        tmp_path,
        "6,winter_common_soft_wheat,\nWM,winter_common_soft_wheat|maize_corn,\nV,vineyards_wine_vine_rebland_grapes,\n",
    )
    order = [entry.code for entry in card().classes]
    assert order == [BACKGROUND, WHEAT, MAIZE]
    shares = np.array(
        [[0.1, 0.7, 0.2], [0.1, 0.2, 0.7], [0.1, 0.5, 0.4], [0.8, 0.1, 0.1], [0, 1, 0], [0, 1, 0], [0, 1, 0]]
    )
    cells = np.array([4, 4, 4, 4, 0, 4, 4])
    found = table.columns([6.0, " 6 ", "WM", "6", "6", None, "V"], shares, cells)
    assert list(found) == list(DECLARED_FIELDS)
    assert found["map_agreement"][0].tolist() == [
        FOUND,
        ANOTHER,
        FOUND,
        NONE_FOUND,
        NOT_MAPPED,
        NOT_DECLARED,
        UNKNOWN_TO_MODEL,
    ]
    values, missing = found["map_declared_probability"]
    np.testing.assert_allclose(values[:4], [0.7, 0.2, 0.9, 0.1])
    assert missing is not None
    assert missing.tolist() == [False] * 4 + [True] * 3
    assert found["map_declared"][0].tolist() == ["6", "6", "WM", "6", "6", "", "V"]
    assert found["map_declared_classes"][0][2] == "Winter soft wheat; Maize"
    counts = table.summary(found)["agreement"]
    assert (sum(counts.values()), counts[FOUND]) == (7, 2)


@pytest.mark.parametrize("name", ["rpg", "rpg_groups", "hcat", "eurocrops_hcat", "flanders_ct", "pastis", "mtlcc"])
def test_shipped_tables_are_read_for_any_model(name: str) -> None:
    for model in (card(), card(CropClass(7, "tulips", "Tulips", "#ff00ff"))):
        table = DeclaredCrops.read("crop", name, model)
        meanings = [table.meaning(code) for code in table.codes]
        assert any(meaning.known for meaning in meanings)
        assert any(not meaning.is_whole for meaning in meanings)  # a model of two crops does not know all
    assert table_path(name) == CLASSES / f"{name}.csv"


def test_a_models_own_classes_come_first_and_keep_their_codes() -> None:
    merged = legend_of(card(CropClass(2, "tulips", "Tulips", "#ff00ff")))
    assert merged.codes[:4] == (BACKGROUND, WHEAT, MAIZE, 2)
    assert len(set(merged.codes)) == len(merged.codes) == 15
    assert merged.codes_of("3301010101") == (WHEAT,)  # winter wheat of HCAT
    assert 2 not in merged.codes_of("winter_durum_hard_wheat")  # the shipped code of durum is the tulips' here


def test_a_table_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no class table rgp \(nearest: 'rpg'\)"):
        DeclaredCrops.read("crop", "rgp", card())
    with pytest.raises(InputError, match=r"codes\.csv, line 2: .* has a class 'weat'"):
        crops(tmp_path, "W,weat,\n")


def test_the_listing_shows_the_codes_of_the_parcels_first(tmp_path: Path) -> None:
    table = crops(tmp_path, "W,winter_common_soft_wheat,Wheat\nM,maize_corn,\n")
    found = table.listing(["X", "M", "M", None])
    assert [(row["code"], row["parcels"], row["listed"]) for row in found["codes"]] == [
        ("M", 2, True), ("X", 1, False), ("W", 0, True),
    ]  # fmt: skip
    assert found["codes"][0]["classes"] == ["maize_corn"]
    assert [entry["name"] for entry in found["classes"] if entry["known"]] == [entry.name for entry in legend(3)]


def test_without_a_model_every_class_of_the_legend_is_listed_with_the_area_of_its_parcels(parcels: Path) -> None:
    found = list_codes(str(parcels.with_name("codes.csv")), "", str(parcels), "crop")
    rows = {row["code"]: row for row in found["codes"]}
    assert [(code, row["parcels"], row["area_ha"]) for code, row in rows.items()] == [
        ("W", 2, 0.57), ("M", 2, 0.64), ("V", 1, 0.32),
    ]  # fmt: skip
    assert all(entry["known"] for entry in found["classes"])
    assert found["undeclared"] == 0


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two on wheat, two on maize, one beside the map."""
    boxes = [(1, 1, 8, 4), (1, 5, 8, 4), (1, 14, 8, 4), (1, 18, 8, 4), (90, 90, 5, 5)]
    frame = geopandas.GeoDataFrame(
        {"crop": ["W", "M", "M", "V", "W"]}, geometry=[scenes.box(*place) for place in boxes], crs=scenes.UTM
    )
    path = tmp_path_factory.mktemp("declared") / "fields.gpkg"
    frame.to_file(path)
    (path.parent / "codes.csv").write_text(
        "source_code,name\nW,winter_common_soft_wheat\nM,maize_corn\nV,vineyards_wine_vine_rebland_grapes\n"
    )
    return path


def test_the_map_the_finished_map_and_its_repetition_say_the_same(
    series: Path, model: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["--parcels", str(parcels), "--declared", "crop", "--class-table", str(parcels.with_name("codes.csv"))]
    wanted += ["--inner-buffer", "5"]
    out = tmp_path / "map"
    arguments = ["map", "--series", str(series), "--model", str(model), "--out", str(out), *wanted]
    assert main([*arguments, "--probabilities", "fine"]) == EXIT_DONE
    frame = geopandas.read_file(out / "parcels.gpkg")
    assert frame["map_agreement"].tolist() == [FOUND, ANOTHER, FOUND, UNKNOWN_TO_MODEL, NOT_MAPPED]
    assert frame["crop"].tolist() == ["W", "M", "M", "V", "W"]
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["parcels"]["declared"]["agreement"][FOUND] == 2
    assert str(parcels.with_name("codes.csv")) in {item["path"] for item in record["inputs"]}
    assert "Beside the declarations" in (out / "report.html").read_text(encoding="utf-8")
    made = (out / "parcels.gpkg").read_bytes()
    (out / "parcels.gpkg").unlink()
    capsys.readouterr()
    assert main(["parcels", "--run", str(out), *wanted]) == EXIT_DONE
    assert (out / "parcels.gpkg").read_bytes() == made
    assert f"{ANOTHER}: 1" in capsys.readouterr().out
    assert main(["repeat", str(out)]) == EXIT_DONE
    assert (tmp_path / "map_repeat" / "parcels.gpkg").read_bytes() == made


def test_a_field_that_is_not_there_is_told_before_the_first_tile(
    series: Path, model: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "map"
    wanted = ["--parcels", str(parcels), "--declared", "corp", "--class-table", "rpg"]
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out), *wanted]) == EXIT_REQUEST
    assert "there is no field 'corp'; did you mean 'crop'?" in capsys.readouterr().err
    assert not out.exists()


def test_the_worker_lists_the_codes(model: Path, parcels: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    values = {"class_table": "rpg", "model": str(model), "parcels": str(parcels), "declared": "crop"}
    request.write_text(json.dumps(values), encoding="utf-8")
    command = [sys.executable, "-m", "backend", "declared-codes", str(request)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "result"
    rows = last["summary"]["codes"]
    assert [(row["code"], row["parcels"], row["listed"]) for row in rows[:3]] == [
        ("W", 2, False), ("M", 2, False), ("V", 1, False),
    ]  # fmt: skip
    assert len(rows) == 3 + 372
