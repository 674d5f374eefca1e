"""A map made again from its record: what is said before it starts, and whether the bytes are the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import scenes
import tiny_model

from backend.cli import main
from backend.errors import EXIT_DAMAGED, EXIT_DONE, EXIT_FAULT, EXIT_REQUEST
from backend.protocol import SCHEMA
from backend.repeat import compare_outputs, prepare_repetition
from backend.run_record import NAME, read_record

RASTERS = ("boundary.tif", "confidence.tif", "crop_type.tif", "evidence.tif")


@pytest.fixture(scope="module")
def finished(series: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished map; tests copy it."""
    out = tmp_path_factory.mktemp("made") / "map"
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out)]) == EXIT_DONE
    return out


@pytest.fixture
def map_folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished map, of its images and of its model, so that each can be changed."""
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    record = json.loads((folder / NAME).read_text(encoding="utf-8"))
    images = shutil.copytree(record["request"]["series"][0], tmp_path / "images")
    model = tmp_path / "tiny.onnx"
    for end in (".onnx", ".json"):
        shutil.copy(Path(record["request"]["model"]).with_suffix(end), model.with_suffix(end))
    text = json.dumps(record).replace(record["request"]["series"][0], str(images))
    (folder / NAME).write_text(text.replace(record["request"]["model"], str(model)), encoding="utf-8")
    return folder


def change(folder: Path, **values: object) -> None:
    record = json.loads((folder / NAME).read_text(encoding="utf-8"))
    (folder / NAME).write_text(json.dumps(record | values), encoding="utf-8")


def test_the_same_map_comes_out_again_beside_the_old_one(map_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = scenes.listing(map_folder)
    assert main(["repeat", str(map_folder / NAME)]) == EXIT_DONE
    said = capsys.readouterr()
    assert said.err.startswith("Nothing that the map was made from has changed.\n")
    assert all(f"{name:<20} the same bytes\n" in said.out for name in RASTERS)
    assert scenes.listing(map_folder) == before
    again = map_folder.with_name("map_repeat")
    assert all((again / name).read_bytes() == (map_folder / name).read_bytes() for name in RASTERS)


def test_an_image_that_has_changed_is_named_before_and_the_difference_after(
    map_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = map_folder.parent / "images"
    crops = scenes.CROPS.copy()
    crops[4:8, 4:8] = 5
    scenes.write_date(images, scenes.DAYS[0], crops)
    scenes.write_date(images, scenes.DAYS[2], crops)
    assert main(["repeat", str(map_folder), "--out", str(map_folder.parent / "again")]) == EXIT_FAULT
    said = capsys.readouterr()
    changed = [line for line in said.err.splitlines() if line.endswith("has changed since.")]
    assert len(changed) == 4  # 10 m and 20 m of two dates; their SCL is what it was
    assert changed[0].startswith(str(images))
    assert "crop_type.tif        differs in " in said.out


def test_an_image_that_is_gone_is_named_before_the_run(map_folder: Path) -> None:
    path = map_folder.parent / "images" / f"S2_L2A_{scenes.DAYS[1]:%Y%m%d}_20m.tif"
    path.unlink()
    assert prepare_repetition(map_folder).changes == (f"{path} is not there any more.",)


def test_another_model_or_version_is_named_before_the_run(map_folder: Path) -> None:
    tiny_model.write_tiny_model(map_folder.parent / "tiny.onnx", halo=3)
    versions = read_record(map_folder)["versions"]
    change(map_folder, versions=versions | {"gdal": "1.11"})
    assert prepare_repetition(map_folder).changes == (
        "tiny.onnx: the model has changed since the map was made.",
        f"The map was made with gdal 1.11, this is {versions['gdal']}.",
    )


def test_a_raster_that_was_written_to_since_does_not_count(map_folder: Path) -> None:
    with (map_folder / "confidence.tif").open("ab") as stream:
        stream.write(b"more")
    repetition = prepare_repetition(map_folder, map_folder.parent / "again")
    assert repetition.changes == ("confidence.tif has changed since it was written; its recorded checksum counts.",)
    shutil.copytree(map_folder, map_folder.parent / "again")
    assert all(item.is_same for item in compare_outputs(repetition))


def test_a_record_of_version_1_is_compared_with_the_rasters_beside_it(map_folder: Path) -> None:
    record = read_record(map_folder)
    old = {key: value for key, value in record.items() if key not in ("inputs", "outputs", "warnings")}
    (map_folder / NAME).write_text(json.dumps(old | {"schema": "cscl-map-run/1"}), encoding="utf-8")
    (map_folder / "evidence.tif").rename(map_folder.parent / "evidence.tif")  # version 1 made none
    repetition = prepare_repetition(map_folder, map_folder.parent / "again")
    shutil.copytree(map_folder, map_folder.parent / "again")
    change(map_folder.parent / "again", **record)
    assert repetition.changes == ()
    said = ["the same bytes"] * 3 + ["was not made before"]
    assert [(item.file, item.is_same, item.said) for item in compare_outputs(repetition)] == [
        (name, True, text) for name, text in zip(RASTERS, said, strict=True)
    ]


def test_an_output_of_one_run_alone_is_a_difference(map_folder: Path) -> None:
    repetition = prepare_repetition(map_folder, map_folder.parent / "again")
    shutil.copytree(map_folder, map_folder.parent / "again")
    outputs = read_record(map_folder)["outputs"]
    change(map_folder.parent / "again", outputs={"crop_type": outputs["crop_type"]})
    compared = {item.file: item.said for item in compare_outputs(repetition)}
    assert compared["boundary.tif"] == "is not made any more"
    assert compared["crop_type.tif"] == "the same bytes"


def test_the_folder_of_the_map_itself_is_refused(map_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repeat", str(map_folder), "--out", str(map_folder)]) == EXIT_REQUEST
    assert "would replace the one that it is to be compared with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "exit_code", "sentence"),
    [
        ({"schema": "cscl-map-run/9"}, EXIT_REQUEST, "its schema is 'cscl-map-run/9', this version reads up to"),
        ({"schema": None}, EXIT_DAMAGED, "expected the record of a run"),
        ({"request": []}, EXIT_DAMAGED, "its 'request' is missing or not what a run writes"),
        ({"request": {"schema": SCHEMA, "devise": "cpu"}}, EXIT_REQUEST, "did you mean 'device'"),
        ({"inputs": [{"path": 3}]}, EXIT_DAMAGED, "its 'inputs' is not what a run writes"),
        ({"outputs": {"a": {"file": "../../etc/passwd", "sha256": ""}}}, EXIT_DAMAGED, "its 'outputs' is not what"),
        ({"versions": {"gdal": 3}}, EXIT_DAMAGED, "its 'versions' is not what a run writes"),
    ],
)
def test_a_record_that_is_none_is_refused_in_a_sentence(
    map_folder: Path, capsys: pytest.CaptureFixture[str], values: dict[str, object], exit_code: int, sentence: str
) -> None:
    change(map_folder, **values)
    assert main(["repeat", str(map_folder)]) == exit_code
    assert sentence in capsys.readouterr().err
    assert not map_folder.with_name("map_repeat").exists()


def test_no_record_and_no_json_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repeat", str(tmp_path)]) == EXIT_REQUEST
    (tmp_path / NAME).write_bytes(b'{"schema": "cscl-map-run/2", \xff')
    assert main(["repeat", str(tmp_path)]) == EXIT_DAMAGED
    said = capsys.readouterr().err
    assert "There is no record of a run" in said
    assert "not valid JSON" in said
