"""What Processing sees of the plugin: algorithms, parameters, help, and the sentences before a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsApplication, QgsProcessingParameterDefinition, QgsVectorFileWriter, QgsVectorLayer
from qgis.PyQt.QtWidgets import QMainWindow

from cscl_qgis import environment, layers
from cscl_qgis.plugin import MENU, CsclPlugin

SQUARE = "POLYGON((500000 4799960, 500040 4799960, 500040 4800000, 500000 4800000, 500000 4799960))"


def make_region(count: int = 2) -> QgsVectorLayer:
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631&field=id:integer", "region", "memory")
    from qgis.core import QgsFeature, QgsGeometry

    features = []
    for number in range(count):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([number])
        feature.setGeometry(QgsGeometry.fromWkt(SQUARE))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def save(layer: QgsVectorLayer, path: Path, name: str, is_first: bool = True) -> None:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    if not is_first:
        options.actionOnExistingFile = QgsVectorFileWriter.CreateOrOverwriteLayer
    from qgis.core import QgsCoordinateTransformContext

    error = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsCoordinateTransformContext(), options)
    assert error[0] == QgsVectorFileWriter.NoError, error


def test_the_provider_has_its_algorithms_and_goes_when_unloaded(qgis_app: Any) -> None:
    registry = QgsApplication.processingRegistry()
    plugin = CsclPlugin(None)
    plugin.initProcessing()
    for name in ("mapcroptypes", "builddataset", "trainmodel", "evaluatemap", "setupengine", "installmodel"):
        assert registry.algorithmById(f"cscl:{name}") is not None
    plugin.unload()
    assert registry.providerById("cscl") is None


def test_the_menu_entries_come_and_go(qgis_app: Any) -> None:
    class Interface:
        def __init__(self) -> None:
            self.window, self.entries = QMainWindow(), []

        def mainWindow(self) -> QMainWindow:  # noqa: N802
            return self.window

        def addPluginToRasterMenu(self, menu: str, action: Any) -> None:  # noqa: N802
            self.entries.append((menu, action.text()))

        def removePluginRasterMenu(self, menu: str, action: Any) -> None:  # noqa: N802
            self.entries.remove((menu, action.text()))

    iface = Interface()
    plugin = CsclPlugin(iface)
    plugin.initGui()
    assert iface.entries[0] == (MENU, "Map a region...")
    plugin.unload()
    assert iface.entries == []


ALGORITHMS = (
    "mapcroptypes", "parceltable", "cutfields", "builddataset", "trainmodel", "evaluatemap", "setupengine",
    "installmodel",
)  # fmt: skip


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_algorithm_and_each_parameter_is_explained(provider: Any, name: str) -> None:
    algorithm = provider.algorithm(name)
    assert len(algorithm.shortHelpString()) > 100
    assert algorithm.shortDescription()
    assert not algorithm.icon().isNull()
    for parameter in algorithm.parameterDefinitions():
        assert len(parameter.help()) > 40, parameter.name()


def test_outputs_are_declared_so_that_models_can_chain(algorithm: Any) -> None:
    kinds = {output.name(): output.type() for output in algorithm.outputDefinitions()}
    assert {name: kinds[name] for name in ("CROP_TYPE", "CONFIDENCE", "BOUNDARY")} == dict.fromkeys(
        ("CROP_TYPE", "CONFIDENCE", "BOUNDARY"), "outputRaster"
    )
    assert (kinds["RUN"], kinds["QUICKLOOK"]) == ("outputFile", "outputFile")
    assert (kinds["DATES_USED"], kinds["MAPPED_HA"]) == ("outputNumber", "outputNumber")


def test_what_is_seldom_needed_is_advanced(algorithm: Any) -> None:
    advanced = {
        parameter.name()
        for parameter in algorithm.parameterDefinitions()
        if parameter.flags() & QgsProcessingParameterDefinition.FlagAdvanced
    }
    assert advanced == {
        "DEVICE", "BANDS", "MIN_CLEAR", "MEMORY", "THREADS", "SPARE_CORE", "INNER_BUFFER", "UNTIL", "CLOUD_BUFFER",
        "PROBABILITIES", "CROP_FIELD", "CLASS_TABLE", "CLASS_TABLE_FILE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"FOLDER": None}, "Give the images of the season: raster layers or a folder."),
        ({"FOLDER": "/no/such/folder"}, "There is no folder of images /no/such/folder."),
        ({"MODEL": "/no/such/model.onnx"}, "There is no model file /no/such/model.onnx."),
        ({"MIN_CLEAR": 2.0}, "Incorrect parameter value for MIN_CLEAR"),
    ],
)
def test_what_does_not_fit_is_said_before_the_run(
    algorithm: Any, context: Any, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    (tmp_path / "m.onnx").write_bytes(b"")
    values = {"FOLDER": str(tmp_path), "MODEL": str(tmp_path / "m.onnx"), "OUTPUT": str(tmp_path / "out")}
    assert algorithm.checkParameterValues(values, context) == (True, "")
    is_fine, message = algorithm.checkParameterValues({**values, **changes}, context)
    assert not is_fine
    assert sentence in message


def test_without_a_model_the_cure_is_said(
    algorithm: Any, context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import models

    monkeypatch.setattr(models, "model_dirs", lambda: [tmp_path])
    values = {"FOLDER": str(tmp_path), "OUTPUT": str(tmp_path / "out")}
    assert "Install a model" in algorithm.checkParameterValues(values, context)[1]


def test_without_a_python_the_cure_is_said(algorithm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSCL_PYTHON", raising=False)
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path)
    is_fine, message = algorithm.canExecute()
    assert not is_fine
    assert "Run 'Set up the mapping engine' once" in message


def test_with_a_python_it_can_run(algorithm: Any, python_only: None) -> None:
    assert algorithm.canExecute() == (True, "")


def test_a_raster_layer_stands_for_its_file(qgis_app: Any, write_raster: Any) -> None:
    from qgis.core import QgsRasterLayer

    path = write_raster("Bilder é/S2_20180101.tif")
    assert layers.raster_path(QgsRasterLayer(str(path), "a")) == path


def test_a_layer_without_a_file_is_refused_by_name(qgis_app: Any) -> None:
    from qgis.core import QgsRasterLayer

    with pytest.raises(ValueError, match="The layer 'Basemap' is not a raster file"):
        layers.raster_path(QgsRasterLayer("type=xyz&url=http://localhost/{z}/{x}/{y}.png", "Basemap", "wms"))


def test_a_layer_inside_a_zip_stands_for_the_zip(qgis_app: Any, write_raster: Any, tmp_path: Path) -> None:
    import zipfile

    from qgis.core import QgsRasterLayer

    archive = tmp_path / "S2A é.SAFE.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(write_raster("B04.tif"), "S2A.SAFE/B04.tif")
    layer = QgsRasterLayer(f"/vsizip/{archive}/S2A.SAFE/B04.tif", "B04")
    assert layer.isValid()
    assert layers.raster_path(layer) == archive


def test_a_layer_on_the_network_is_refused_by_name(qgis_app: Any) -> None:
    from qgis.core import QgsRasterLayer

    layer = QgsRasterLayer("/vsicurl/http://localhost:9/none.tif", "far")
    with pytest.raises(ValueError, match="The layer 'far' lies in an archive or on the network"):
        layers.raster_path(layer)


def request_of(algorithm: Any, context: Any, tmp_path: Path, region: Any) -> Any:
    from qgis.core import QgsProcessingFeedback

    (tmp_path / "m.onnx").write_bytes(b"")
    values = {
        "FOLDER": str(tmp_path), "MODEL": str(tmp_path / "m.onnx"), "OUTPUT": str(tmp_path / "out"),
        "REGION": region, "BANDS": " B02, B03 ,", "DEVICE": "cpu", "THREADS": 2,
    }  # fmt: skip
    feedback = QgsProcessingFeedback()
    assert algorithm.prepareAlgorithm(values, context, feedback)
    return algorithm._request(values, context, feedback)[0]


def test_the_request_has_what_was_asked_for(algorithm: Any, context: Any, tmp_path: Path) -> None:
    request = request_of(algorithm, context, tmp_path, None)
    assert request.series == (str(tmp_path),)
    assert (request.bands, request.device, request.threads, request.region) == (("B02", "B03"), "cpu", 2, None)


def test_a_region_in_a_file_of_its_own_is_read_from_there(algorithm: Any, context: Any, tmp_path: Path) -> None:
    save(make_region(), tmp_path / "region.gpkg", "region")
    request = request_of(algorithm, context, tmp_path, str(tmp_path / "region.gpkg"))
    assert request.region == str(tmp_path / "region.gpkg")


def exported_features(path: str) -> int:
    layer = QgsVectorLayer(path, "exported", "ogr")
    assert layer.isValid()
    return int(layer.featureCount())


def test_a_memory_layer_is_exported(algorithm: Any, context: Any, tmp_path: Path) -> None:
    layer = make_region()
    context.project().addMapLayer(layer)
    assert exported_features(request_of(algorithm, context, tmp_path, layer.id()).region) == 2


def test_only_selected_polygons_are_exported(algorithm: Any, context: Any, tmp_path: Path) -> None:
    from qgis.core import QgsProcessingFeatureSourceDefinition

    save(make_region(), tmp_path / "region.gpkg", "region")
    layer = QgsVectorLayer(str(tmp_path / "region.gpkg"), "region", "ogr")
    context.project().addMapLayer(layer)
    layer.selectByExpression('"id" = 1')
    definition = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    assert exported_features(request_of(algorithm, context, tmp_path, definition).region) == 1


def test_a_filter_is_kept(algorithm: Any, context: Any, tmp_path: Path) -> None:
    save(make_region(3), tmp_path / "region.gpkg", "region")
    layer = QgsVectorLayer(str(tmp_path / "region.gpkg"), "region", "ogr")
    layer.setSubsetString('"id" > 0')
    context.project().addMapLayer(layer)
    assert exported_features(request_of(algorithm, context, tmp_path, layer.id()).region) == 2


def test_the_second_layer_of_a_file_is_not_taken_for_the_first(algorithm: Any, context: Any, tmp_path: Path) -> None:
    save(make_region(1), tmp_path / "region.gpkg", "first")
    save(make_region(3), tmp_path / "region.gpkg", "second", is_first=False)
    layer = QgsVectorLayer(f"{tmp_path / 'region.gpkg'}|layername=second", "second", "ogr")
    context.project().addMapLayer(layer)
    assert exported_features(request_of(algorithm, context, tmp_path, layer.id()).region) == 3


def test_a_geopackage_s_row_numbers_are_no_field_to_the_engine(algorithm: Any, context: Any, tmp_path: Path) -> None:
    from cscl_qgis.vector_files import parcel_id

    save(make_region(), tmp_path / "parcels.gpkg", "parcels")
    for field, wanted in (("fid", ""), ("id", "id")):
        values = {"PARCELS": str(tmp_path / "parcels.gpkg"), "PARCEL_ID": field}
        assert parcel_id(algorithm, "PARCEL_ID", "PARCELS", values, context) == wanted


@pytest.mark.parametrize("name", ["REGION", "PARCELS"])
def test_a_layer_without_a_coordinate_system_is_said_before_the_run(
    algorithm: Any, context: Any, tmp_path: Path, model: Path, write_raster: Any, name: str
) -> None:
    from qgis.core import QgsCoordinateReferenceSystem

    layer = make_region()
    layer.setCrs(QgsCoordinateReferenceSystem())
    context.project().addMapLayer(layer)
    values = {"FOLDER": str(tmp_path), "MODEL": str(model), "OUTPUT": str(tmp_path / "out"), name: layer.id()}
    is_fine, message = algorithm.checkParameterValues(values, context)
    assert not is_fine
    assert "has no coordinate system" in message
