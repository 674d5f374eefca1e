"""The table of parcels made while mapping and from the finished map: the same bytes, and what it says of a scene."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import scenes
import shapely

from backend.cli import main
from backend.errors import EXIT_DAMAGED, EXIT_DONE, EXIT_REQUEST

TABLES = ("parcels.gpkg", "parcels.parquet")


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheat, maize, both, a small one, one beside the map; in degrees."""
    boxes = [(1, 1, 8, 8), (1, 14, 8, 8), (2, 8, 6, 8), (12, 3, 0.5, 0.5), (90, 90, 5, 5)]
    frame = geopandas.GeoDataFrame(
        {"name": ["wheat", "maize", "both", "small", "beside"]},
        geometry=[scenes.box(*place) for place in boxes],
        crs=scenes.UTM,
    )
    path = tmp_path_factory.mktemp("parcels") / "fields.geojson"
    frame.to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    return path


@pytest.fixture(scope="module")
def finished(series: Path, model: Path, parcels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with its table; tests copy it."""
    out = tmp_path_factory.mktemp("made") / "map"
    wanted = ["--parcels", str(parcels), "--parcel-id", "name", "--inner-buffer", "5", "--probabilities", "fine"]
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out), *wanted]) == EXIT_DONE
    return out


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "map"))


def again(folder: Path, parcels: Path, *options: str) -> int:
    return main(["parcels", "--run", str(folder), "--parcels", str(parcels), "--inner-buffer", "5", *options])


def test_the_table_says_what_grows_in_the_scene(finished: Path, parcels: Path) -> None:
    frame = geopandas.read_parquet(finished / TABLES[1]).set_index("name")
    assert frame.loc[["wheat", "maize"], "map_crop"].tolist() == ["Winter soft wheat", "Maize"]
    assert (frame.loc[["wheat", "maize"], "map_share"] > 0.9).all()
    assert 0.4 < frame.loc["both", "map_share"] < 0.6
    assert frame.loc["both", "map_entropy"] > frame.loc["wheat", "map_entropy"]
    assert frame.loc["both", "map_boundary_share"] > frame.loc["wheat", "map_boundary_share"]
    assert frame.loc["wheat", "map_cells"] == (32 - 4) ** 2  # 8 x 8 pixels less 5 m all around, in cells of 2.5 m
    assert frame.loc["small", "map_inner_buffer_m"] == 0
    assert frame.loc["small", "map_cells"] == 4
    assert frame.loc["beside", ["map_cells"]].tolist() == [0]
    assert frame.loc["beside", ["map_crop", "map_inner_buffer_m"]].isna().all()
    assert frame.loc["wheat", "map_clear_dates"] == len(scenes.DAYS)
    section = json.loads((finished / "run.json").read_text(encoding="utf-8"))["parcels"]
    assert (section["parcels"], section["mapped"], section["smaller_buffer"]) == (5, 4, 1)


def test_the_finished_map_gives_the_same_bytes(folder: Path, parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = scenes.listing(folder)
    for name in TABLES:
        (folder / name).unlink()
    assert again(folder, parcels) == EXIT_DONE
    assert scenes.listing(folder) == before
    assert "4 of 5 parcels have a mapped cell" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [("evidence.tif",), ()])
def test_the_record_stands_for_its_folder(folder: Path, finished: Path, parcels: Path, kept: tuple[str, ...]) -> None:
    for name in (*TABLES, "evidence.tif"):
        if name not in kept:
            (folder / name).unlink()
    assert again(folder / "run.json", parcels) == EXIT_DONE
    assert all((folder / name).read_bytes() == (finished / name).read_bytes() for name in TABLES)


def test_another_inner_buffer_gives_another_table(folder: Path, parcels: Path) -> None:
    assert again(folder, parcels, "--inner-buffer", "0") == EXIT_DONE
    frame = geopandas.read_file(folder / TABLES[0]).set_index("name")
    assert frame.loc["wheat", "map_cells"] == 32 * 32
    assert frame["map_inner_buffer_m"].dropna().eq(0).all()


def test_a_model_whose_card_is_inside_it_alone_will_do(
    folder: Path, finished: Path, parcels: Path, model: Path
) -> None:
    bare = shutil.copy(model, folder / "bare.onnx")
    change_request(model=str(bare))(folder)
    (folder / TABLES[1]).unlink()
    assert again(folder, parcels) == EXIT_DONE
    assert (folder / TABLES[1]).read_bytes() == (finished / TABLES[1]).read_bytes()


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def change_request(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        record["request"] |= values
        (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")

    return change


def another_model(folder: Path) -> None:
    (folder / "other.onnx").write_bytes(b"another")
    change_request(model=str(folder / "other.onnx"))(folder)


def coarse_probabilities(folder: Path) -> None:
    shutil.copy(folder / "evidence.tif", folder / "probabilities.tif")


def fewer_classes(folder: Path) -> None:
    shutil.copy(folder / "boundary.tif", folder / "probabilities.tif")


def another_grid(folder: Path) -> None:
    shutil.copy(folder / "evidence.tif", folder / "boundary.tif")


@pytest.mark.parametrize("spoil", [remove("evidence.tif"), coarse_probabilities, fewer_classes])
def test_a_map_that_kept_too_little_gives_the_same_bytes_from_its_images(
    folder: Path, finished: Path, parcels: Path, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    for name in TABLES:
        (folder / name).unlink()
    assert again(folder, parcels) == EXIT_DONE
    assert all((folder / name).read_bytes() == (finished / name).read_bytes() for name in TABLES)
    assert "mapping again where parcels lie" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "said", "code"),
    [
        (remove("run.json"), "There is no record of a run", EXIT_REQUEST),
        (another_grid, "its rasters are not those of one run", EXIT_DAMAGED),
        (change_request(model="/nowhere/gone.onnx"), "gone.onnx, is not there any more", EXIT_REQUEST),
        (another_model, "other.onnx is not the model any more that made this map", EXIT_REQUEST),
    ],
)
def test_a_map_that_cannot_give_the_table_is_told_and_left_alone(
    folder: Path,
    parcels: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    said: str,
    code: int,
) -> None:
    spoil(folder)
    before = scenes.listing(folder)
    assert again(folder, parcels) == code
    assert said in capsys.readouterr().err
    assert scenes.listing(folder) == before


def test_parcels_elsewhere_are_told_before_the_first_tile(
    series: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far = scenes.write_region(tmp_path / "far.gpkg", shapely.box(0, 0, 1, 1))
    out = tmp_path / "map"
    wanted = ["--out", str(out), "--parcels", str(far)]
    assert main(["map", "--series", str(series), "--model", str(model), *wanted]) == EXIT_REQUEST
    assert "far.gpkg: none of its 1 parcels touches the map" in capsys.readouterr().err
    assert not out.exists()


def test_an_inner_buffer_out_of_range_is_told(folder: Path, parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert again(folder, parcels, "--inner-buffer", "-1") == EXIT_REQUEST
    assert "'inner_buffer_m' must be a number from 0 to 1000" in capsys.readouterr().err
