"""The model of the model designer that comes with the plugin: loaded, run, and saved again as the designer does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsApplication, QgsProcessingFeedback, QgsProcessingModelAlgorithm, QgsVectorLayer

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
FILE = ROOT / "resources" / "processing" / "crop_map_and_parcels.model3"
ID = "cscl:Crop map and parcels"


def make(provider: Any) -> Any:
    """The model as the toolbox gives it."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    assert algorithm is not None
    return algorithm


def test_the_model_is_among_the_algorithms_with_its_output_and_help(provider: Any) -> None:
    assert "Crop map and parcels" in [algorithm.name() for algorithm in provider.algorithms()]
    model = make(provider)
    names = [definition.name() for definition in model.parameterDefinitions()]
    assert names[:7] == ["FOLDER", "REGION", "PARCELS", "PARCEL_ID", "CROP_FIELD", "CLASS_TABLE", "MODEL"]
    assert len(names) == 8  # and the folder for the results
    assert model.canExecute()[0], model.canExecute()[1]
    assert "chain them" in model.shortHelpString()
    is_valid, faults = model.validate()
    assert is_valid, faults


def test_the_model_says_of_its_parameters_what_the_algorithms_say(provider: Any) -> None:
    model = make(provider)
    mapping, table = (provider.algorithm(name) for name in ("mapcroptypes", "parceltable"))
    for definition in model.parameterDefinitions()[:7]:
        same = mapping.parameterDefinition(definition.name()) or table.parameterDefinition(definition.name())
        assert definition.description() == same.description()
        assert model.helpContent()[definition.name()] == same.help()


def test_the_model_runs_on_the_sample(
    provider: Any, context: Any, engine_python: Path, model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    chain, feedback = make(provider), QgsProcessingFeedback()
    folder = next(definition for definition in chain.parameterDefinitions() if definition.isDestination()).name()
    values = {
        "FOLDER": str(SAMPLE), "PARCELS": str(SAMPLE / "parcels.gpkg"), "PARCEL_ID": "parcel_id", "CROP_FIELD": "crop",
        "CLASS_TABLE": "legend_names", "MODEL": str(model), folder: str(tmp_path / "out"),
    }  # fmt: skip
    assert chain.checkParameterValues(values, context)[0]
    results, is_fine = chain.run(values, context, feedback, catchExceptions=False)
    assert is_fine, feedback.textLog()
    assert results[folder] == str(tmp_path / "out")
    layer = QgsVectorLayer(f"{tmp_path / 'out' / 'parcels.gpkg'}|layername=parcels", "parcels", "ogr")
    assert "declared crop found" in {feature["map_agreement"] for feature in layer.getFeatures()}


def test_the_file_opened_and_saved_again_is_the_same_model(provider: Any, tmp_path: Path) -> None:
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(str(FILE))
    assert sorted(model.childAlgorithms()) == ["map", "table"]
    model.setName("Mine")
    assert model.toFile(str(tmp_path / "mine.model3"))
    again = QgsProcessingModelAlgorithm()
    assert again.fromFile(str(tmp_path / "mine.model3"))
    assert again.name() == "Mine"
    assert [item.name() for item in again.parameterDefinitions()] == [
        item.name() for item in model.parameterDefinitions()
    ]
