"""Parcels that a model has seen while it was trained: which those are, and that a map says so."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import onnx
import pytest
import scenes
import shapely

from backend.cli import main
from backend.errors import EXIT_DONE
from backend.model_card import METADATA_KEY, ModelCard, card_path, file_sha256, read_card
from backend.parcel_file import read_parcels
from backend.trained_ground import seen_parcels

YEAR = scenes.DAYS[-1].year
SIZE = 80.0
"""Side of a block, metres: eight pixels of the scene."""
LEFT, TOP = (float(value) for value in shapely.bounds(scenes.box(0, 0, 1, 1))[[0, 3]])
COL, ROW = int(LEFT // SIZE), int(TOP // SIZE)
"""The block that holds the scene's first pixels."""


def source(**changes: Any) -> dict[str, Any]:
    """What a card says of ground: one block trained on, one that calibrates, one held out."""
    return {
        "name": "farm",
        "bbox": [2.0, 43.0, 4.0, 48.0],
        "block_m": SIZE,
        "dates": [f"{YEAR}-03-01", f"{YEAR}-08-01"],
        "blocks": {
            "crs": scenes.UTM,
            "size": SIZE,
            "train": [[ROW - 1, COL, COL]],
            "calibration": [[ROW - 1, COL + 2, COL + 3]],
            "test": [[ROW - 1, COL + 1, COL + 1]],
        },
        **changes,
    }


def in_block(col: int, row: int = -1) -> Any:
    """A field within a block."""
    x, y = (COL + col) * SIZE, (ROW + row) * SIZE
    return shapely.box(x + 20, y + 20, x + 60, y + 60)


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In the trained, the tested, the calibrating and an unnamed block; in degrees."""
    frame = geopandas.GeoDataFrame({"name": list("abcd")}, geometry=[in_block(n) for n in (0, 1, 2, 4)], crs=scenes.UTM)
    path = tmp_path_factory.mktemp("parcels") / "fields.geojson"
    frame.to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def card_with(model: Path, *sources: Any) -> ModelCard:
    card = read_card(model)
    assert card is not None
    return replace(card, training={"sources": list(sources)})


def seen(model: Path, parcels: Path, *sources: Any, year: int = YEAR) -> list[bool]:
    file = read_parcels(parcels)
    found: list[bool] = seen_parcels(card_with(model, *sources), file, np.ones(len(file), dtype=bool), year).tolist()
    return found


def test_parcels_in_blocks_trained_or_calibrated_on_are_seen(model: Path, parcels: Path) -> None:
    assert seen(model, parcels, source()) == [True, False, True, False]
    whole_row = source()["blocks"] | {"train": [[ROW - 1, COL - 5, COL + 9]]}
    assert seen(model, parcels, source(blocks=whole_row)) == [True] * 4


def test_only_parcels_that_are_asked_for_are_seen(model: Path, parcels: Path) -> None:
    file = read_parcels(parcels)
    asked = np.array([False, True, True, True])
    assert seen_parcels(card_with(model, source()), file, asked, YEAR).tolist() == [False, False, True, False]


def test_ground_of_another_year_had_other_crops(model: Path, parcels: Path) -> None:
    assert seen(model, parcels, source(), year=YEAR + 1) == [False] * 4


def test_what_several_sources_say_adds_up(model: Path, parcels: Path) -> None:
    other = source(blocks=source()["blocks"] | {"train": [[ROW - 1, COL + 1, COL + 1]], "calibration": []})
    assert seen(model, parcels, source(), other) == [True, True, True, False]


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
    ],
)
def test_cards_that_tell_of_no_ground_here_know_of_no_parcel(model: Path, parcels: Path, told: Any) -> None:
    assert seen(model, parcels, told) == [False] * 4


def test_a_map_and_its_table_say_how_many_parcels_the_model_has_seen(
    series: Path, model: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = Path(shutil.copy(model, tmp_path / "own.onnx"))
    card = card_with(model, source())
    graph = onnx.load(str(own))
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {METADATA_KEY: replace(card, sha256="").to_json()})
    onnx.save(graph, str(own))
    card_path(own).write_text(replace(card, sha256=file_sha256(own)).to_json(), encoding="utf-8")
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
