"""What a whole run gives beside the map: rasters that say what they hold, and the sections of its record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import scenes
from rio_cogeo.cogeo import cog_validate
from tiny_model import SHARPNESS, legend, write_tiny_model

from backend.cli import main
from backend.embedding_layer import STEP
from backend.errors import EXIT_DONE, EXIT_REQUEST, CancelledError
from backend.field_run import FIELDS, VOTED
from backend.mapping import run_map
from backend.protocol import MapRequest


def run(series: Path, model: Path, out: Path, *options: str) -> int:
    return main(["map", "--series", str(series), "--model", str(model), "--out", str(out), *options])


@pytest.fixture(scope="module")
def finished(series: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with probabilities and embeddings on the input grid."""
    folder = tmp_path_factory.mktemp("made")
    write_tiny_model(folder / "tiny.onnx", embedding=True)
    assert run(series, folder / "tiny.onnx", folder / "map", "--probabilities", "input", "--embeddings") == EXIT_DONE
    return folder / "map"


def test_every_raster_is_a_valid_cog_with_names_and_statistics(finished: Path) -> None:
    names = {path.stem for path in finished.glob("*.tif")}
    assert names == {"crop_type", "confidence", "boundary", "evidence", "probabilities", "embeddings"}
    for name in names:
        is_valid, errors, warnings = cog_validate(finished / f"{name}.tif", quiet=True)
        assert is_valid, (name, errors, warnings)
        with rasterio.open(finished / f"{name}.tif") as src:
            values = src.read(1)
            assert all(src.descriptions), name
            assert float(src.tags(1)["STATISTICS_MEAN"]) == pytest.approx(values[values != src.nodata].mean()), name


def test_probabilities_are_named_scaled_and_sum_to_one(finished: Path) -> None:
    with rasterio.open(finished / "probabilities.tif") as src:
        values = src.read() * src.scales[0]
        assert src.descriptions == tuple(entry.name for entry in legend(3))
    assert values.shape == (3, 16, 24)
    np.testing.assert_allclose(values.sum(axis=0), 1, atol=3 * 0.004)
    codes = np.array([entry.code for entry in legend(3)])[values.argmax(axis=0)]
    inner = np.s_[3:7, [3, 4, 5, 6, 18, 19, 20]]  # away from edges
    np.testing.assert_array_equal(codes[inner], scenes.CROPS[inner])


def test_embeddings_are_the_models_own(finished: Path) -> None:
    with rasterio.open(finished / "embeddings.tif") as src:
        assert (src.dtypes, src.scales) == (("int16",) * 3, (STEP,) * 3)
        values = src.read() * STEP
    with rasterio.open(finished / "probabilities.tif") as src:
        probabilities = src.read() * src.scales[0]
    raised = np.exp(SHARPNESS * values)
    inner = np.s_[:, 3:7, [3, 4, 5, 6, 18, 19, 20]]  # where fine cells are alike, so that means commute with softmax
    np.testing.assert_allclose((raised / raised.sum(axis=0))[inner], probabilities[inner], atol=0.02)


def test_the_record_tells_of_seams_and_evidence(finished: Path) -> None:
    record = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert set(record["seams"]) >= {"score", "margin_95", "pairs"}
    assert record["evidence"]["cells"] == 16 * 24
    with rasterio.open(finished / "evidence.tif") as src:
        dates, gap = src.read()
    assert dates.max() == len(scenes.DAYS)
    days = [day.toordinal() for day in scenes.DAYS]
    assert gap[dates == len(days)].tolist() == [np.diff(days).max()] * int((dates == len(days)).sum())


def test_probabilities_of_chosen_classes_on_the_fine_grid(series: Path, model: Path, tmp_path: Path) -> None:
    name = legend(3)[2].name
    options = ("--probabilities", "fine", "--probability-classes", name)
    assert run(series, model, tmp_path / "map", *options) == EXIT_DONE
    with rasterio.open(tmp_path / "map" / "probabilities.tif") as src:
        assert (src.count, src.shape, src.descriptions) == (1, (64, 96), (name,))
        values = src.read(1) / 250
    crop, confidence = (scenes.read(tmp_path / "map" / f"{layer}.tif") for layer in ("crop_type", "confidence"))
    is_class = crop == legend(3)[2].code
    assert is_class.any()
    np.testing.assert_allclose(values[is_class], confidence[is_class] / 100, atol=0.0071)


def test_fields_are_those_that_the_finished_map_is_cut_into(series: Path, model: Path, tmp_path: Path) -> None:
    assert run(series, model, tmp_path / "plain") == EXIT_DONE
    assert not (tmp_path / "plain" / FIELDS).exists()
    assert run(series, model, tmp_path / "map", "--fields") == EXIT_DONE
    assert main(["fields", "--run", str(tmp_path / "plain")]) == EXIT_DONE
    for name in (FIELDS, VOTED, "crop_type_fields.qml", "crop_type.tif", "boundary.tif"):
        assert (tmp_path / "map" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes(), name
    assert sorted(path.name for path in (tmp_path / "map").iterdir()) == sorted(
        path.name for path in (tmp_path / "plain").iterdir()
    )
    record = json.loads((tmp_path / "map" / "run.json").read_text(encoding="utf-8"))
    assert record["request"]["fields"] is True
    assert {"crop_type_fields", "fields"} <= set(record["outputs"])
    assert record["fields"]["fields"] == sum(record["fields"]["classes"].values()) > 0
    page = (tmp_path / "map" / "report.html").read_text(encoding="utf-8")
    assert "<h2>Fields</h2>" in page
    assert "<h2>Fields</h2>" not in (tmp_path / "plain" / "report.html").read_text(encoding="utf-8")


def test_fields_of_a_region_are_the_same_with_the_map_and_afterwards(series: Path, model: Path, tmp_path: Path) -> None:
    """Both know that the images go on beyond it, where a map of all of them ends with them."""
    region = scenes.write_region(tmp_path / "region.gpkg", scenes.box(4, 3, 4.5, 12))
    for name, options in (("with", ("--fields",)), ("after", ())):
        assert run(series, model, tmp_path / name, "--region", str(region), *options) == EXIT_DONE
    assert main(["fields", "--run", str(tmp_path / "after")]) == EXIT_DONE
    for name in (FIELDS, VOTED):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "after" / name).read_bytes(), name
    record = json.loads((tmp_path / "with" / "run.json").read_text(encoding="utf-8"))
    assert record["grid"]["images"] == {"row": -16, "col": -12, "height": 64, "width": 96}
    assert record["fields"]["fields"] > 0


def test_a_map_with_fields_is_repeated_with_them(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(series, model, tmp_path / "map", "--fields") == EXIT_DONE
    capfd.readouterr()
    assert main(["repeat", str(tmp_path / "map")]) == EXIT_DONE
    said = capfd.readouterr().out
    assert FIELDS in said
    assert VOTED in said
    assert "differs" not in said


def test_a_map_that_was_cancelled_while_it_was_cut_into_fields_goes_on_from_its_blocks(
    series: Path, model: Path, tmp_path: Path
) -> None:
    request = MapRequest((str(series),), str(model), str(tmp_path / "map"), fields=True)
    stages: list[str] = []

    def emit(event: str, **values: object) -> None:
        if event == "stage":
            stages.append(str(values["stage"]))

    with pytest.raises(CancelledError):
        run_map(request, emit, lambda: "fields" in stages, lambda session: None)
    assert not (tmp_path / "map" / "crop_type.tif").exists()
    stages.clear()
    run_map(request, emit, lambda: False, lambda session: None)
    assert "resume" in stages
    assert (tmp_path / "map" / FIELDS).is_file()
    stages.clear()
    # without fields the same map is made, and the earlier ones go
    run_map(replace(request, fields=False), emit, lambda: False, lambda session: None)
    assert not (tmp_path / "map" / FIELDS).exists()
    assert not (tmp_path / "map" / VOTED).exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--embeddings",), "The model 'tiny' gives no embedding"),
        (("--probabilities", "input", "--probability-classes", "weed"), "The model 'tiny' has no class 'weed'"),
        (("--parcels", "none.gpkg"), "There is no file of parcels"),
    ],
)
def test_what_the_model_or_the_disk_does_not_have_is_told_before_anything_is_made(
    series: Path,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    assert run(series, model, tmp_path / "map", *options) == EXIT_REQUEST
    assert said in capsys.readouterr().err
    assert not (tmp_path / "map").exists()
