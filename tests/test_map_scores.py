"""A finished map against parcels: figures, areas from a sample, what does not fit, and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import scenes
import shapely
import tiny_source
from affine import Affine

from backend.cog import RasterWriter, write_cog
from backend.errors import EXIT_DONE, EXIT_REQUEST, InputError
from backend.grid import Grid, Window
from backend.tile_result import RasterSpec
from training import map_scores, windows
from training.classes import CLASSES, Legend
from training.map_request import MapRequest
from training.map_scores import score_map
from training.train import main

LEGEND = Legend.read(CLASSES / "legend.csv")
SCALE = 4
SIDE = tiny_source.SIDE * SCALE
GRID = Grid(scenes.UTM, Affine(2.5, 0, scenes.LEFT, 0, -2.5, scenes.TOP), SIDE, SIDE)


def write(path: Path, values: np.ndarray, classes: Any = None, grid: Grid = GRID) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = RasterSpec(path.name, SCALE, ("crop type",), classes=classes, overview="mode" if classes else "average")
    writer = RasterWriter(path.with_suffix(".raw.tif"), grid, spec)
    writer.write(values.astype(np.uint8), Window(0, 0, *values.shape))
    writer.close()
    write_cog(writer.path, path, spec)
    return path


def truth() -> np.ndarray:
    """The farm as it is, on 2.5 m cells."""
    return np.kron(tiny_source.crops(), np.ones((SCALE, SCALE), dtype=np.uint8))


def farm_map() -> np.ndarray:
    """The farm with its first field (wheat) taken for maize, a cloud over the last one, and ragged lanes."""
    mapped = truth()
    mapped[4:60, 4:60] = 5
    mapped[240:, 240:] = 255
    mapped[:, 60:62] = mapped[:, 59:60]
    return mapped


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    tiny_source.write_parcels(folder / "parcels.gpkg", tiny_source.fields(), tiny_source.names())
    write(folder / "crop_type.tif", farm_map(), LEGEND.classes)
    rng = np.random.default_rng(0)
    write(folder / "confidence.tif", np.where(farm_map() == 255, 255, rng.integers(50, 101, (SIDE, SIDE))))
    changes = np.zeros((SIDE, SIDE), dtype=bool)
    edges = truth() > 0
    changes[:, 1:] |= edges[:, 1:] != edges[:, :-1]
    changes[1:] |= edges[1:] != edges[:-1]
    write(folder / "boundary.tif", np.where(changes, 90, 10))
    return folder


def request(folder: Path, out: Path, **changes: Any) -> MapRequest:
    values: dict[str, Any] = {
        "map": folder / "crop_type.tif",
        "parcels": folder / "parcels.gpkg",
        "classes": "legend_names",
        "out": out,
        "crop_field": "crop",
        "outside_parcels": "background",
        **changes,
    }
    return MapRequest(**values)


def points(path: Path, places: list[tuple[int, int]], crops: list[str]) -> Path:
    """Points at cells (row, column) of the map."""
    shapes = [shapely.Point(*(GRID.transform * (col + 0.5, row + 0.5))) for row, col in places]
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [np.array(crops, dtype=object)], ["found"], geometry_type="Point", crs=scenes.UTM
    )
    return path


def test_a_map_is_scored_against_parcels(folder: Path, tmp_path: Path) -> None:
    evaluation = score_map(
        request(folder, tmp_path, confidence=folder / "confidence.tif", boundary=folder / "boundary.tif")
    )
    assert evaluation == json.loads((tmp_path / "metrics.json").read_text())
    assert evaluation["kind"] == "map"
    own = evaluation["sources"]["crop_type"]
    figures = own["model"]
    assert own["parcels_tested"] == 16
    assert figures["resolution_m"] == 2.5
    everything = figures["parcels"][0]
    assert everything["by_majority"]["accuracy"] == 15 / 16
    assert everything["by_mean_probability"]["accuracy"] is None
    assert figures["unmapped_cells"] == 16 * 16
    wrong = 56 * 56
    assert figures["map"]["per_class"]["1"]["recall"] == pytest.approx(1 - wrong / (8 * 56 * 56), abs=0.001)
    assert figures["map"]["overall_accuracy"] == pytest.approx(1 - wrong / SIDE**2, abs=0.02)
    assert figures["map"]["interval_by"] == "parcels"
    assert figures["ece"] > 0.1
    assert figures["boundary_f1"][0]["recall"] > 0.95
    assert figures["area"]["method"].startswith("pixel counts: biased")
    assert "olofsson" not in figures["area"]
    assert "Evaluation of crop_type.tif against parcels.gpkg" in (tmp_path / "evaluation.html").read_text()


def test_the_figures_do_not_depend_on_the_blocks(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = request(folder, tmp_path, boundary=folder / "boundary.tif", block_m=200.0)
    whole = score_map(asked)
    monkeypatch.setattr(windows, "LARGEST_BLOCK", 50)
    again = score_map(asked)
    assert whole["sources"]["crop_type"]["model"]["map"]["interval_by"] == "blocks"
    assert again == whole


def test_without_knowledge_of_what_lies_outside_only_parcels_count(folder: Path, tmp_path: Path) -> None:
    asked = request(folder, tmp_path, outside_parcels="ignore", boundary=folder / "boundary.tif")
    figures = score_map(asked)["sources"]["crop_type"]["model"]
    assert set(figures["map"]["per_class"]) >= {"1", "5"}
    assert "0" not in {code for code, entry in figures["map"]["per_class"].items() if entry["cells_true"]}
    assert "boundary_f1" not in figures
    assert figures["outlines"][0]["found"] > 0.95
    assert figures["cells"] < 16 * 57 * 57


def test_areas_come_with_intervals_from_a_sample_of_the_map(folder: Path, tmp_path: Path) -> None:
    rng, mapped, true = np.random.default_rng(1), farm_map(), truth()
    names = {0: "background", 1: tiny_source.WHEAT, 5: tiny_source.MAIZE}
    places = []
    for code in (0, 1, 5):
        rows, cols = np.nonzero(mapped == code)
        drawn = rng.choice(len(rows), 60, replace=False)
        places += list(zip(rows[drawn].tolist(), cols[drawn].tolist(), strict=True))
    sample = points(tmp_path / "sample.gpkg", places, [names[true[place]] for place in places])
    area = score_map(request(folder, tmp_path, sample=sample, sample_field="found"))["sources"]["crop_type"]["model"][
        "area"
    ]
    assert area["method"].startswith("pixel counts")
    assert area["olofsson"]["points"] == 180
    maize = area["olofsson"]["classes"]["5"]
    expected = (true == 5).sum() * 6.25e-4
    assert maize["interval_95"][0] < expected < maize["interval_95"][1]
    assert maize["mapped_ha"] == pytest.approx((mapped == 5).sum() * 6.25e-4)
    assert maize["users_accuracy"] < 1


@pytest.mark.parametrize(
    ("places", "crops", "message"),
    [
        ([], [], "need a probability sample of the map: there is not a single point"),
        ([(10, 10), (10, 11), (20, 100)], ["background"] * 3, "each class of the map needs 2 or more"),
        ([(10, 10), (250, 250)], ["background"] * 2, "1 of 2 points lie where crop_type.tif has no class"),
        ([(10, 10), (-5, 10)], ["background"] * 2, "1 of 2 points lie where crop_type.tif has no class"),
        ([(10, 10), (10, 11)], ["background", "tulips"], r"1 of 2 points have a crop .* no class: 'tulips' \(1\)"),
    ],
)
def test_what_is_no_probability_sample_is_refused(
    folder: Path, tmp_path: Path, places: list[tuple[int, int]], crops: list[str], message: str
) -> None:
    sample = points(tmp_path / "sample.gpkg", places, crops)
    with pytest.raises(InputError, match=message):
        score_map(request(folder, tmp_path, sample=sample, sample_field="found"))


def test_a_sample_without_its_field_or_of_other_shapes_is_told(folder: Path, tmp_path: Path) -> None:
    sample = points(tmp_path / "sample.gpkg", [(10, 10)], ["background"])
    with pytest.raises(InputError, match=r"there is no field 'crop' \(it has found\)"):
        score_map(request(folder, tmp_path, sample=sample))
    with pytest.raises(InputError, match="a sample consists of points"):
        score_map(request(folder, tmp_path, sample=folder / "parcels.gpkg"))
    with pytest.raises(InputError, match="There is no file"):
        score_map(request(folder, tmp_path, sample=tmp_path / "none.gpkg"))


def test_maps_that_do_not_fit_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no map"):
        score_map(request(folder, tmp_path, map=tmp_path / "none.tif"))
    strange = write(tmp_path / "strange.tif", np.where(farm_map() == 5, 77, farm_map()))
    with pytest.raises(InputError, match="holds the class 77, which the legend legend lacks"):
        score_map(request(folder, tmp_path, map=strange))
    shifted = Grid(GRID.crs, GRID.transform * Affine.translation(1, 0), SIDE, SIDE)
    off = write(tmp_path / "confidence.tif", farm_map(), grid=shifted)
    with pytest.raises(InputError, match=r"its cells are not those of crop_type\.tif"):
        score_map(request(folder, tmp_path, confidence=off))
    degrees = Grid("EPSG:4326", Affine(2e-5, 0, 3, 0, -2e-5, 43.4), SIDE, SIDE)
    with pytest.raises(InputError, match="its cells are degrees wide"):
        score_map(request(folder, tmp_path, map=write(tmp_path / "degrees.tif", farm_map(), grid=degrees)))


def test_maps_whose_metres_are_none_on_the_ground_are_refused(folder: Path, tmp_path: Path) -> None:
    for crs, x, y, said in (
        ("EPSG:3857", 334000, 5621500, r"1\.41 to 1\.41 m in its coordinate system \(WGS 84 / Pseudo"),
        ("EPSG:6933", 290000, 5170000, r"0\.8\d to 1\.\d\d m"),  # areas are right there, but no distance
    ):
        grid = Grid(crs, Affine(2.5, 0, x, 0, -2.5, y), SIDE, SIDE)
        with pytest.raises(InputError, match=f"1 m on the ground is .*{said}"):
            score_map(request(folder, tmp_path, map=write(tmp_path / "map.tif", farm_map(), grid=grid)))
    flat = Grid(GRID.crs, GRID.transform * Affine.scale(1, 2), SIDE, SIDE)
    with pytest.raises(InputError, match=r"expected square cells, found cells 2\.5 wide and 5 high"):
        score_map(request(folder, tmp_path, map=write(tmp_path / "flat.tif", farm_map(), grid=flat)))


def test_an_output_folder_that_is_a_file_is_told_before_anything_is_scored(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_scores, "LabelMaker", lambda *_: pytest.fail("it went on"))
    out = tmp_path / "out"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="out: cannot be used as the output folder"):
        score_map(request(folder, out))
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_map_of_another_legend_is_told_by_its_categories(folder: Path, tmp_path: Path) -> None:
    classes = [entry for entry in LEGEND.classes if entry.code != 5]
    other = type(classes[0])(5, "rapeseed", "Rapeseed", "#ffee00")
    renamed = write(tmp_path / "renamed.tif", farm_map(), [*classes, other])
    with pytest.raises(InputError, match="its class 5 is 'Rapeseed', in the legend it is"):
        score_map(request(folder, tmp_path, map=renamed))


def test_the_command_line_scores_a_map(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "--map", str(folder / "crop_type.tif"), "--out", str(tmp_path / "out")]
    given = ["--parcels", str(folder / "parcels.gpkg"), "--crop-field", "crop", "--classes", "legend_names"]
    assert main([*command, *given]) == EXIT_DONE
    assert "metrics.json" in capsys.readouterr().out
    assert (tmp_path / "out" / "evaluation.html").is_file()
    assert main(command) == EXIT_REQUEST
    assert "needs --parcels" in capsys.readouterr().err
    assert main(["evaluate", "--out", str(tmp_path)]) == EXIT_REQUEST
    assert "evaluate needs a run (--config and --data) or a finished map (--map)" in capsys.readouterr().err
