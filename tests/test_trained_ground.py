"""Parcels that a model has seen while it was trained: which those are, and that a map says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import scenes
import seen_model
import shapely
from seen_model import COL, ROW, YEAR, in_block, source

from backend.cli import main
from backend.errors import EXIT_DONE
from backend.trained_ground import SeenGround, is_told, seen_grounds, seen_points
from training.block_runs import as_runs


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In the trained, the tested, the calibrating and an unnamed block; in degrees."""
    frame = geopandas.GeoDataFrame({"name": list("abcd")}, geometry=[in_block(n) for n in (0, 1, 2, 4)], crs=scenes.UTM)
    path = tmp_path_factory.mktemp("parcels") / "fields.geojson"
    frame.to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def points_of(parcels: Path) -> tuple[Any, str]:
    frame = geopandas.read_file(parcels)
    return shapely.get_coordinates(frame.geometry.representative_point()), frame.crs.to_wkt()


def seen(parcels: Path, *sources: Any, year: int = YEAR, earlier: tuple[Any, ...] = ()) -> list[bool]:
    training = {"sources": list(sources)} | ({"started_from": {"sources": list(earlier)}} if earlier else {})
    found: list[bool] = seen_points(seen_grounds(training), *points_of(parcels), year).tolist()
    return found


def test_parcels_in_blocks_trained_or_calibrated_on_are_seen(parcels: Path) -> None:
    assert seen(parcels, source()) == [True, False, True, False]
    whole_row = source()["blocks"] | {"train": [[ROW - 1, COL - 5, COL + 9]]}
    assert seen(parcels, source(blocks=whole_row)) == [True] * 4


def test_what_the_model_that_it_started_from_had_seen_counts_too(parcels: Path) -> None:
    blocks = source()["blocks"] | {"train": [[ROW - 1, COL + 4, COL + 4]], "calibration": []}
    assert seen(parcels, source(), earlier=(source(blocks=blocks),)) == [True, False, True, True]
    assert seen(parcels, earlier=(source(),)) == [True, False, True, False]


def test_of_a_source_that_is_trained_on_as_a_whole_all_ground_is_seen(parcels: Path) -> None:
    whole = source(blocks=None, parcels_by_split={"train": 9, "test": 0})
    assert seen(parcels, whole) == [True] * 4
    assert seen(parcels, {**whole, "parcels_by_split": {"train": 0, "test": 9}}) == [False] * 4
    # a card of an earlier version does not say which of its blocks were held out
    assert seen(parcels, {**whole, "parcels_by_split": {"train": 5, "calibration": 1, "test": 3}}) == [False] * 4
    assert seen(parcels, {**whole, "bbox": [3.5, 43.0, 4.0, 48.0]}) == [False] * 4


def test_ground_of_another_year_had_other_crops(parcels: Path) -> None:
    assert seen(parcels, source(), year=YEAR + 1) == [False] * 4


def test_what_several_sources_say_adds_up(parcels: Path) -> None:
    other = source(blocks=source()["blocks"] | {"train": [[ROW - 1, COL + 1, COL + 1]], "calibration": []})
    assert seen(parcels, source(), other) == [True, True, True, False]


@pytest.mark.parametrize(
    "told",
    [
        "farm",
        source(simulated=True),
        source(blocks=None),
        source(bbox=None),
        source(dates=[]),
        source(bbox=[10.0, 43.0, 12.0, 48.0]),
        source(blocks=source()["blocks"] | {"size": 0}),
        source(blocks=source()["blocks"] | {"crs": "nowhere"}),
        source(blocks=source()["blocks"] | {"train": [[1, 2]]}),
        source(blocks=source()["blocks"] | {"train": "all"}),
        source(blocks={"crs": scenes.UTM}),
        source(blocks=source()["blocks"] | {"train": [[float("inf"), 1, 2]]}),
        source(bbox=[10**400, 43.0, 12.0, 48.0]),
    ],
)
def test_cards_that_tell_of_no_ground_here_know_of_no_parcel(parcels: Path, told: Any) -> None:
    assert seen(parcels, told) == [False] * 4


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ([], True),
        ([source()], True),
        ([source(), source(simulated=True, blocks=None)], True),
        ([source(), source(blocks=None, bbox=None, parcels_by_split={"train": 0, "test": 9})], True),
        ([source(), source(blocks=None, parcels_by_split={"train": 9, "test": 3})], False),
        (["farm"], False),
        (None, False),
    ],
)
def test_a_card_tells_where_it_names_the_ground_of_all_real_sources(sources: Any, told: bool) -> None:
    assert is_told({"sources": sources}) is told
    assert is_told({"sources": sources, "started_from": {"file": "a.pt", "sources": [source()]}}) is told
    assert not is_told({"sources": sources, "started_from": {"file": "a.pt", "sources": None}})


def test_the_year_of_harvest_counts_not_that_of_the_last_image(parcels: Path) -> None:
    late = source(dates=[f"{YEAR - 1}-11-01", f"{YEAR + 1}-01-05"], year=YEAR)
    assert seen(parcels, late) == [True, False, True, False]


def test_runs_are_found_in_any_row_and_order(parcels: Path) -> None:
    generator = np.random.default_rng(0)
    blocks = {(int(row), int(col)) for row, col in generator.integers(-6, 7, (60, 2))}
    ground = SeenGround((-180, -90, 180, 90), YEAR, scenes.UTM, 1.0, tuple(map(tuple, as_runs(blocks))))
    rows, cols = np.mgrid[-8:9, -8:9].reshape(2, -1)
    inside = ground._in_runs(np.stack([cols, rows], axis=1).astype(float))
    assert inside.tolist() == [(int(row), int(col)) in blocks for row, col in zip(rows, cols, strict=True)]


def test_ground_that_cannot_be_related_to_the_parcels_ends_nothing(parcels: Path) -> None:
    points, crs = points_of(parcels)
    local = 'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
    there = source(blocks=source()["blocks"] | {"crs": local})
    assert seen_points(seen_grounds({"sources": [there, source()]}), points, crs, YEAR).tolist() == [True, False] * 2
    assert not seen_points(seen_grounds({"sources": [source()]}), points, local, YEAR).any()
    points[0] = np.nan
    assert seen_points(seen_grounds({"sources": [source()]}), points, crs, YEAR).tolist() == [False, False, True, False]


@pytest.mark.parametrize("training", [{}, {"sources": None}, {"sources": "farm", "started_from": "farm"}])
def test_cards_without_sources_tell_of_no_ground(training: dict[str, Any]) -> None:
    assert seen_grounds(training) == []


def test_a_map_and_its_table_say_how_many_parcels_the_model_has_seen(
    series: Path, model: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = seen_model.model_with(model, tmp_path / "own.onnx", source())
    told = (
        "2 of the 3 parcels on the map lie on ground that 'tiny' was trained or calibrated on, with declarations of "
        f"{YEAR}: there it is right more often than elsewhere."
    )
    out = tmp_path / "map"
    wanted = ["--parcels", str(parcels), "--probabilities", "fine"]
    assert main(["map", "--series", str(series), "--model", str(own), "--out", str(out), *wanted]) == EXIT_DONE
    assert told in capsys.readouterr().err
    assert told in json.loads((out / "run.json").read_text(encoding="utf-8"))["warnings"]
    assert main(["parcels", "--run", str(out), "--parcels", str(parcels)]) == EXIT_DONE
    assert told in capsys.readouterr().err
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(tmp_path / "other"), *wanted]) == 0
    assert "trained or calibrated" not in capsys.readouterr().err
