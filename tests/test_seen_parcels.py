"""A finished map is not tested with parcels that its model has seen: left out, told, and scored only on wish."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas
import pytest
import scenes
from seen_model import in_block, model_with, source

from backend.cli import main
from backend.errors import EXIT_DONE, InputError
from training.map_request import MapRequest
from training.map_scores import score_map
from training.metrics_file import REPORT
from training.progress import QuietProgress

ALL = source(bbox=[2.0, 43.0, 4.0, 48.0], blocks=None, parcels_by_split={"train": 3})
CROPS = ["winter_common_soft_wheat", "winter_common_soft_wheat", "maize_corn"]


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fields in the block trained on, in the one held out and in the one that calibrates."""
    path = tmp_path_factory.mktemp("parcels") / "fields.gpkg"
    fields = [in_block(number) for number in range(3)]
    geopandas.GeoDataFrame({"crop": CROPS}, geometry=fields, crs=scenes.UTM).to_file(path)
    return path


@pytest.fixture(scope="module")
def made(series: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map by a model that has seen two of the blocks."""
    folder = tmp_path_factory.mktemp("made")
    own = model_with(model, folder / "own.onnx", source())
    assert main(["map", "--series", str(series), "--model", str(own), "--out", str(folder / "map")]) == EXIT_DONE
    return folder / "map"


def scored(folder: Path, parcels: Path, out: Path, **changes: Any) -> tuple[dict[str, Any], list[str], str]:
    """metrics.json, warnings and the report."""
    progress = QuietProgress()
    values: dict[str, Any] = {"map": folder / "crop_type.tif", "crop_field": "crop", "classes": "legend_names"}
    found = score_map(MapRequest(**{**values, "parcels": parcels, "out": out, **changes}), progress)
    return found, progress.warnings, (out / REPORT).read_text(encoding="utf-8")


def facts(parcels: int, left_out: bool) -> dict[str, Any]:
    return {"model": "tiny", "parcels": parcels, "left_out": left_out, "ground_counts": False}


def test_parcels_that_the_model_has_seen_are_left_out(made: Path, parcels: Path, tmp_path: Path) -> None:
    found, warnings, report = scored(made, parcels, tmp_path)
    assert found["evaluated"]["seen"] == facts(2, left_out=True)
    assert found["sources"]["crop_type"]["parcels_tested"] == 1
    assert "2 of the 3 parcels lie on ground that the map's model, tiny, was trained or calibrated on" in warnings[0]
    assert "2 parcels lie on ground that the map's model, tiny, was trained or calibrated on" in report
    assert "left out here" in report


def test_on_wish_they_are_scored_and_it_is_said(made: Path, parcels: Path, tmp_path: Path) -> None:
    found, warnings, report = scored(made, parcels, tmp_path, score_seen=True)
    assert found["evaluated"]["seen"] == facts(2, left_out=False)
    assert found["sources"]["crop_type"]["parcels_tested"] == 3
    assert warnings[0].endswith("the figures are too good.")
    assert "the figures are too good, and no test" in report


def test_where_the_model_has_seen_none_that_is_said(series: Path, model: Path, parcels: Path, tmp_path: Path) -> None:
    other_year = source(dates=["2011-05-01"])
    own = model_with(model, tmp_path / "own.onnx", other_year)
    assert main(["map", "--series", str(series), "--model", str(own), "--out", str(tmp_path / "map")]) == EXIT_DONE
    found, warnings, report = scored(tmp_path / "map", parcels, tmp_path / "out")
    assert found["evaluated"]["seen"] == facts(0, left_out=False)
    assert found["sources"]["crop_type"]["parcels_tested"] == 3
    assert not warnings
    assert "None of the parcels lies on ground that the map's model, tiny" in report


def test_a_map_that_does_not_say_who_made_it_is_scored_with_all(made: Path, parcels: Path, tmp_path: Path) -> None:
    for folder in ("alone", "renamed", "spoilt"):
        shutil.copytree(made, tmp_path / folder)
    (tmp_path / "alone" / "run.json").unlink()
    (tmp_path / "spoilt" / "run.json").write_text("{", encoding="utf-8")
    other = (tmp_path / "renamed" / "crop_type.tif").rename(tmp_path / "renamed" / "mine.tif")
    for folder, changes in (("alone", {}), ("spoilt", {}), ("renamed", {"map": other})):
        found, warnings, report = scored(tmp_path / folder, parcels, tmp_path / "out" / folder, **changes)
        assert found["evaluated"]["seen"] is None
        assert next(iter(found["sources"].values()))["parcels_tested"] == 3
        assert not warnings
        assert "Whether the map was made with these very parcels is not known here" in report


def test_a_card_that_does_not_name_its_ground_leaves_nothing_out(
    series: Path, model: Path, parcels: Path, tmp_path: Path
) -> None:
    own = model_with(model, tmp_path / "own.onnx", source(blocks=None, parcels_by_split={"train": 9, "test": 3}))
    assert main(["map", "--series", str(series), "--model", str(own), "--out", str(tmp_path / "map")]) == EXIT_DONE
    found, warnings, report = scored(tmp_path / "map", parcels, tmp_path / "out")
    assert found["evaluated"]["seen"] is None
    assert found["sources"]["crop_type"]["parcels_tested"] == 3
    assert not warnings
    assert "is not known here" in report


def test_ground_between_parcels_is_said_to_count(made: Path, parcels: Path, tmp_path: Path) -> None:
    _, _, report = scored(made, parcels, tmp_path, outside_parcels="background")
    assert "left out here (the ground between parcels counts all the same)" in report


def test_with_nothing_left_the_map_is_not_tested(series: Path, model: Path, parcels: Path, tmp_path: Path) -> None:
    own = model_with(model, tmp_path / "own.onnx", ALL)
    assert main(["map", "--series", str(series), "--model", str(own), "--out", str(tmp_path / "map")]) == EXIT_DONE
    with pytest.raises(
        InputError, match=r"3 of the 3 parcels lie on ground .* none is left to test the map with"
    ) as said:
        scored(tmp_path / "map", parcels, tmp_path / "out")
    assert "--score-seen" in said.value.hint
    assert not (tmp_path / "out").exists()


def test_the_command_line_takes_the_wish(
    made: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.train import main as train

    given = ["evaluate", "--map", str(made / "crop_type.tif"), "--parcels", str(parcels), "--classes", "legend_names"]
    given += ["--crop-field", "crop"]
    assert train([*given, "--out", str(tmp_path / "few")]) == EXIT_DONE
    assert train([*given, "--out", str(tmp_path / "all"), "--score-seen"]) == EXIT_DONE
    counts = [
        json.loads((tmp_path / name / "metrics.json").read_text(encoding="utf-8"))["sources"]["crop_type"]
        for name in ("few", "all")
    ]
    assert [source["parcels_tested"] for source in counts] == [1, 3]
