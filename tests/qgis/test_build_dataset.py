"""'Build a training data set' in Processing: what is refused, the configuration written, results, errors, cancel."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from cscl_qgis import training_python, worker_python
from cscl_qgis.processing import training

SQUARE = "MULTIPOLYGON(((500000 4799960, 500040 4799960, 500040 4800000, 500000 4800000, 500000 4799960)))"

STAND_IN = """
import json, os, signal, sys, threading
from pathlib import Path

def emit(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)

options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
out = Path(options["--out"])
config = json.loads(Path(options["--config"]).read_text(encoding="utf-8"))
what = config["dataset"]["sources"][0]["crop_field"]
emit("started", task="dataset", version="0", pid=os.getpid())
emit("stage", stage="dataset", message="dataset: started")
for done in range(3):
    emit("progress", stage="dataset", done=done, total=4, eta_s=8.0 - done, what="cutting samples")
emit("warning", message="2018-06-20: kein klares Bild im März")
if what == "wrong":
    emit("error", code="InputError", message="p.gpkg: no parcel lies on the images.", hint="Check.", exit_code=2)
    sys.exit(2)
if what == "waits":
    (out / "shard").write_text("kept")
    sys.stdin.read()
    emit("error", code="CancelledError", message="cancelled", hint="", exit_code=4)
    sys.exit(4)
if what == "deaf":
    (out / "shard").write_text("kept")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Event().wait(60)
(out / "dataset.zarr").mkdir()
summary = {"samples": 12, "parcels": 3, "classes": [{"title": "Winter soft wheat", "training_pixels": 345}]}
files = {"dataset": str(out / "dataset.zarr"), "dataset_report": str(out / "dataset.html")}
emit("result", outputs=files, summary=summary)
"""


def polygons(count: int = 3) -> QgsVectorLayer:
    """Parcels with the fields code, wrong, waits, deaf and id."""
    fields = "&".join(f"field={name}:string" for name in ("code", "wrong", "waits", "deaf"))
    layer = QgsVectorLayer(f"MultiPolygon?crs=EPSG:32631&{fields}&field=id:integer", "parcels", "memory")
    features = []
    for number in range(count):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(["wheat", "", "", "", number])
        feature.setGeometry(QgsGeometry.fromWkt(SQUARE))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def save(layer: QgsVectorLayer, path: Path, name: str = "parcels", is_first: bool = True) -> Path:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    if not is_first:
        options.actionOnExistingFile = QgsVectorFileWriter.CreateOrOverwriteLayer
    error = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsCoordinateTransformContext(), options)
    assert error[0] == QgsVectorFileWriter.NoError, error
    return path


@pytest.fixture
def algorithm(provider: Any) -> Any:
    return provider.algorithm("builddataset").create()


@pytest.fixture(autouse=True)
def _has_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """QGIS's own Python stands in for the training's."""
    monkeypatch.setattr(worker_python, "training_python", lambda packages: Path(sys.executable))


@pytest.fixture
def values(tmp_path: Path) -> dict[str, Any]:
    """Parameters that are fine."""
    (tmp_path / "s2").mkdir()
    return {
        "FOLDER": str(tmp_path / "s2"),
        "PARCELS": str(save(polygons(), tmp_path / "Schläge.gpkg")),
        "CROP_FIELD": "code",
        "TABLE": "legend_names",
        "OUTSIDE": "ignore",
        "OUTPUT": str(tmp_path / "out"),
    }


@pytest.fixture
def run(algorithm: Any, context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the algorithm against the stand-in; the crop field's name says what that does."""
    (tmp_path / "engine" / "training").mkdir(parents=True)
    (tmp_path / "engine" / "training" / "train.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setattr(training, "ENGINE_DIR", tmp_path / "engine")

    def run(values: dict[str, Any], feedback: QgsProcessingFeedback | None = None) -> dict[str, Any]:
        results, is_fine = algorithm.run(values, context, feedback or QgsProcessingFeedback(), catchExceptions=False)
        assert is_fine
        return dict(results)

    return run


def written(values: dict[str, Any]) -> dict[str, Any]:
    """The configuration's data set."""
    path = Path(values["OUTPUT"]) / "dataset.yaml"
    return dict(json.loads(path.read_text(encoding="utf-8"))["dataset"])


def test_it_is_in_the_group_of_training_with_its_outputs(algorithm: Any) -> None:
    assert (algorithm.group(), algorithm.groupId()) == ("Training", "training")
    kinds = {output.name(): output.type() for output in algorithm.outputDefinitions()}
    assert kinds == {
        "OUTPUT": "outputFolder", "DATASET": "outputFolder", "REPORT": "outputHtml", "CONFIG_FILE": "outputFile",
        "SAMPLES": "outputNumber", "PARCELS": "outputNumber", "CLASSES": "outputNumber",
    }  # fmt: skip


def test_what_is_seldom_needed_is_advanced(algorithm: Any) -> None:
    advanced = {
        parameter.name()
        for parameter in algorithm.parameterDefinitions()
        if parameter.flags() & QgsProcessingParameterDefinition.FlagAdvanced
    }
    assert advanced == {
        "YEAR_FIELD", "BANDS", "LEVEL", "MAX_DATES", "MIN_CLEAR", "MEMORY", "RARE_TRAIN", "RARE_EVALUATION", "CONFIG",
        "DATA",
    }  # fmt: skip


def test_nothing_is_chosen_for_the_user_outside_of_the_parcels(algorithm: Any) -> None:
    parameter = algorithm.parameterDefinition("OUTSIDE")
    assert parameter.defaultValue() is None
    assert parameter.flags() & QgsProcessingParameterDefinition.FlagOptional  # the dialog then has '[Not selected]'
    assert parameter.options() == ["background", "ignore"]


def test_the_shipped_class_tables_are_listed(algorithm: Any) -> None:
    assert {"eurocrops_hcat", "legend_names"} <= set(algorithm.parameterDefinition("TABLE").options())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"FOLDER": None}, "Give the images of the season: raster layers or a folder."),
        ({"FOLDER": "/no/such/folder"}, "There is no folder of images /no/such/folder."),
        ({"PARCELS": None}, "Give the declared parcels, or choose the sampling 'unlabelled'."),
        ({"PARCELS": "/no/such/parcels.gpkg"}, "/no/such/parcels.gpkg"),
        ({"CROP_FIELD": None}, "Choose the field of the parcels that holds the crop code."),
        ({"CROP_FIELD": "crops"}, "The parcels have no field 'crops' (they have: fid, code, wrong, waits, deaf, id)."),
        ({"ID_FIELD": "pid"}, "The parcels have no field 'pid'"),
        ({"YEAR_FIELD": "id"}, "Give the year whose declarations are to be taken from the field of the year."),
        ({"TABLE": None}, "Choose the class table of the crop codes, or give one of your own."),
        ({"TABLE_FILE": "/mine.csv"}, "Two class tables are given: leave one of them empty."),
        ({"TABLE": None, "TABLE_FILE": "/no/such.csv"}, "There is no class table /no/such.csv."),
        ({"OUTSIDE": None}, "Choose what lies outside of all parcels. 'background' is right only where the layer"),
        ({"OUTSIDE": "field"}, "Incorrect parameter value for OUTSIDE"),
        ({"CHIP": 50}, "The side of a sample must be a multiple of 4, not 50."),
        ({"FOLDS": 2}, "There must be 0 or at least 3 folds, not 2."),
        ({"CONFIG": "/no/such.yaml"}, "There is no configuration /no/such.yaml."),
        ({"CONFIG": "mine.yaml"}, "The configuration names the inputs: leave 'or a folder of images' empty"),
    ],
)
def test_what_does_not_fit_is_said_before_the_run(
    algorithm: Any,
    context: Any,
    values: dict[str, Any],
    changes: dict[str, Any],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    assert algorithm.checkParameterValues(values, context) == (True, "")
    is_fine, message = algorithm.checkParameterValues({**values, **changes}, context)
    assert not is_fine
    assert sentence in message
    assert not Path(values["OUTPUT"]).exists()


def test_a_script_that_leaves_the_check_out_fails_with_the_sentence_in_the_log(
    algorithm: Any, context: Any, values: dict[str, Any]
) -> None:
    feedback = QgsProcessingFeedback()
    assert algorithm.run({**values, "OUTSIDE": None}, context, feedback)[1] is False
    assert "Choose what lies outside of all parcels" in feedback.textLog()
    assert not Path(values["OUTPUT"]).exists()


def test_parcels_without_a_coordinate_system_are_refused(algorithm: Any, context: Any, values: dict[str, Any]) -> None:
    layer = polygons()
    layer.setCrs(QgsCoordinateReferenceSystem())
    context.project().addMapLayer(layer)
    message = algorithm.checkParameterValues({**values, "PARCELS": layer.id()}, context)[1]
    assert "The parcels 'parcels' have no coordinate system" in message


def test_a_virtual_field_is_refused_since_the_file_does_not_have_it(
    algorithm: Any, context: Any, values: dict[str, Any]
) -> None:
    from qgis.core import QgsField
    from qgis.PyQt.QtCore import QVariant

    layer = QgsVectorLayer(values["PARCELS"], "fields", "ogr")
    layer.addExpressionField("'x' || code", QgsField("long_code", QVariant.String))
    context.project().addMapLayer(layer)
    changed = {**values, "PARCELS": layer.id(), "CROP_FIELD": "long_code"}
    assert (
        "'long_code' of the layer 'fields' is joined or virtual" in algorithm.checkParameterValues(changed, context)[1]
    )


def test_without_a_python_the_cure_is_said(algorithm: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    for name in ("CSCL_TRAINING_PYTHON", "CSCL_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(training_python, "ENGINE_DIR", tmp_path)
    monkeypatch.setattr(training_python.environment, "data_dir", lambda: tmp_path)
    is_fine, message = algorithm.canExecute()
    assert not is_fine
    assert "packages for training" in message
    assert "CSCL_TRAINING_PYTHON" in message


def test_results_and_numbers_come_back(run: Any, values: dict[str, Any], tmp_path: Path) -> None:
    feedback, seen = QgsProcessingFeedback(), []
    feedback.progressChanged.connect(seen.append)
    results = run(values, feedback)
    out = tmp_path / "out"
    assert results == {
        "OUTPUT": str(out), "DATASET": str(out / "dataset.zarr"), "REPORT": str(out / "dataset.html"),
        "CONFIG_FILE": str(out / "dataset.yaml"), "SAMPLES": 12, "PARCELS": 3, "CLASSES": 1,
    }  # fmt: skip
    assert [round(value) for value in seen if value][:2] == [25, 50]
    log = feedback.textLog()
    assert "kein klares Bild im März" in log
    assert "345 training pixels  Winter soft wheat" in log
    assert f"dataset --config {out / 'dataset.yaml'} --data '{tmp_path}' --out {out}".replace("'", "") in log


def test_the_configuration_has_what_was_chosen(run: Any, values: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("source_code,name\n")
    run(
        {
            **values, "ID_FIELD": "id", "YEAR": 2018, "YEAR_FIELD": "id", "TABLE": None,
            "TABLE_FILE": str(tmp_path / "mine.csv"), "OUTSIDE": "background", "MAGNIFICATIONS": ["2"], "CHIP": 24,
            "SAMPLING": "parcels", "BLOCK_M": 2000.0, "FOLDS": 5, "BANDS": "B02, B03", "LEVEL": "L1C",
            "MAX_DATES": 6, "MIN_CLEAR": 0.5, "MEMORY": 1.0, "RARE_TRAIN": 300, "RARE_EVALUATION": 0,
        }
    )  # fmt: skip
    assert written(values) == {
        "level": "L1C", "chip": 24, "sampling": "parcels", "magnifications": [1, 2], "max_dates": 6,
        "memory_gib": 1.0, "rare": {"train_pixels": 300, "evaluation_pixels": 0},
        "splits": {"scheme": "folds", "folds": 5},
        "sources": [
            {
                "name": "Schl_ge", "series": ["s2"], "parcels": "Schläge.gpkg", "crop_field": "code", "id_field": "id",
                "year_field": "id", "year": 2018, "classes": "mine.csv", "outside_parcels": "background",
                "block_m": 2000.0, "bands": ["B02", "B03"], "min_clear": 0.5,
            }
        ],
    }  # fmt: skip


def test_without_parcels_an_unlabelled_set_is_built(algorithm: Any, context: Any, values: dict[str, Any]) -> None:
    changed = {**values, "PARCELS": None, "OUTSIDE": None, "SAMPLING": "unlabelled"}
    assert algorithm.checkParameterValues(changed, context) == (True, "")


def parcels_used(values: dict[str, Any]) -> QgsVectorLayer:
    source = written(values)["sources"][0]
    path = Path(values["FOLDER"]).parent / source["parcels"]
    where = f"{path}|layername={source['layer']}" if "layer" in source else str(path)
    layer = QgsVectorLayer(where, "used", "ogr")
    assert layer.isValid(), where
    return layer


def test_parcels_in_a_file_of_their_own_are_read_from_there(run: Any, values: dict[str, Any]) -> None:
    run(values)
    assert not list(Path(values["OUTPUT"]).glob("*.gpkg"))
    assert parcels_used(values).featureCount() == 3


def test_the_second_layer_of_a_file_is_named(run: Any, values: dict[str, Any]) -> None:
    save(polygons(2), Path(values["PARCELS"]), "second", is_first=False)
    run({**values, "PARCELS": f"{values['PARCELS']}|layername=second"})
    assert written(values)["sources"][0]["layer"] == "second"
    assert parcels_used(values).featureCount() == 2


def test_a_memory_layer_is_exported_to_the_same_bytes_each_time(run: Any, values: dict[str, Any], context: Any) -> None:
    layer = polygons()
    context.project().addMapLayer(layer)
    exported = Path(values["OUTPUT"]) / "parcels.gpkg"
    contents = []
    for _ in range(2):
        run({**values, "PARCELS": layer.id()})
        contents.append(exported.read_bytes())
        assert parcels_used(values).featureCount() == 3
        shutil.rmtree(Path(values["OUTPUT"]))
    assert contents[0] == contents[1]


def test_only_selected_parcels_are_exported(run: Any, values: dict[str, Any], context: Any) -> None:
    layer = QgsVectorLayer(values["PARCELS"], "parcels", "ogr")
    context.project().addMapLayer(layer)
    layer.selectByExpression('"id" > 0')
    run({**values, "PARCELS": QgsProcessingFeatureSourceDefinition(layer.id(), True)})
    assert parcels_used(values).featureCount() == 2


def test_a_temporary_file_is_copied_since_it_will_be_gone(run: Any, values: dict[str, Any]) -> None:
    temporary = Path(QgsProcessingUtils.generateTempFilename("step.gpkg"))
    save(polygons(2), temporary)
    run({**values, "PARCELS": str(temporary)})
    temporary.unlink()
    assert parcels_used(values).featureCount() == 2


def test_edits_that_are_not_saved_are_taken_as_they_are_shown(run: Any, values: dict[str, Any], context: Any) -> None:
    layer = QgsVectorLayer(values["PARCELS"], "fields", "ogr")
    context.project().addMapLayer(layer)
    before = layer.featureCount()
    layer.startEditing()
    layer.deleteFeature(1)
    run({**values, "PARCELS": layer.id()})
    layer.rollBack()
    assert parcels_used(values).featureCount() == before - 1
    assert written(values)["sources"][0]["parcels"].startswith("out/parcels-")


def test_a_configuration_stands_for_the_parameters(run: Any, values: dict[str, Any], tmp_path: Path) -> None:
    run(values)
    mine = tmp_path / "mine.yaml"
    shutil.move(str(tmp_path / "out" / "dataset.yaml"), str(mine))
    shutil.rmtree(tmp_path / "out")
    feedback = QgsProcessingFeedback()
    results = run({"CONFIG": str(mine), "OUTPUT": values["OUTPUT"]}, feedback)
    assert results["CONFIG_FILE"] == str(mine)
    assert f"--config {mine} --data {tmp_path} --out" in feedback.textLog()
    assert not (tmp_path / "out" / "dataset.yaml").exists()


def test_an_error_of_the_worker_is_a_failure_with_its_hint(run: Any, values: dict[str, Any]) -> None:
    with pytest.raises(QgsProcessingException, match=r"p\.gpkg: no parcel lies on the images\.\nCheck\."):
        run({**values, "CROP_FIELD": "wrong"})


@pytest.mark.parametrize("what", ["waits", "deaf"])
def test_cancel_ends_the_run_within_two_seconds_and_keeps_what_is_done(
    run: Any, values: dict[str, Any], what: str
) -> None:
    feedback = QgsProcessingFeedback()
    cancelled_at = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        feedback.cancel()

    shard = Path(values["OUTPUT"]) / "shard"

    def cancel_when_begun() -> None:
        while not shard.exists():
            threading.Event().wait(0.02)
        cancel()

    threading.Thread(target=cancel_when_begun, daemon=True).start()
    with pytest.raises(QgsProcessingException, match="what is done so far is kept"):
        run({**values, "CROP_FIELD": what}, feedback)
    assert time.monotonic() - cancelled_at[0] < 2.0
    assert shard.read_text() == "kept"
