"""Tests inside a real QGIS, run by QGIS's own Python with pytest-qgis; left out elsewhere.

Start them with ``QT_QPA_PLATFORM=offscreen pytest tests/qgis --confcutdir=tests/qgis``: Qt aborts without a screen,
and the fixtures one folder up need the engine's packages, which must not be in QGIS's Python. The engine's own
Python comes from CSCL_PYTHON, else from .venv in the checkout.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAS_QGIS = importlib.util.find_spec("qgis") is not None and importlib.util.find_spec("pytest_qgis") is not None

if not HAS_QGIS:
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder is a QGIS test."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qgis)


@pytest.fixture(scope="session", autouse=True)
def _english(qgis_app: Any) -> None:
    """The language is not the one that a run which was broken off has left in its settings."""
    from qgis.core import QgsSettings

    QgsSettings().remove("locale/userLocale")


@pytest.fixture(scope="session")
def engine_python() -> Path:
    """The Python that has the engine's packages."""
    path = Path(os.environ.get("CSCL_PYTHON", ROOT / ".venv" / "bin" / "python"))
    if not path.is_file():
        pytest.fail(f"no engine to test with: {path} is missing; set CSCL_PYTHON or run the README's build command")
    return path


@pytest.fixture(scope="session")
def model(engine_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rule-based model, written by the engine's Python, since QGIS's has no onnx."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\n"
        f"import pathlib, tiny_model; tiny_model.write_tiny_model(pathlib.Path({str(path)!r}))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run([str(engine_python), "-c", code], check=True, env=environment)
    return path


@pytest.fixture
def provider(qgis_app: Any) -> Iterator[Any]:
    """The provider, registered."""
    from cscl_qgis.plugin import CsclPlugin

    plugin = CsclPlugin(None)
    plugin.initProcessing()
    yield plugin._provider
    plugin.unload()


@pytest.fixture
def algorithm(provider: Any) -> Any:
    """'Map crop types', as Processing hands it out."""
    return provider.algorithm("mapcroptypes").create()


@pytest.fixture
def context(qgis_new_project: None) -> Iterator[Any]:
    """A Processing context with an empty project."""
    from qgis.core import QgsProcessingContext, QgsProject

    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    yield context
    # those of the last test would outlive QGIS
    context.temporaryLayerStore().removeAllMapLayers()


@pytest.fixture
def write_raster(tmp_path: Path) -> Any:
    """Writes a small GeoTIFF of one value: write_raster(name, value)."""
    from osgeo import gdal, osr

    def write(name: str, value: int = 1) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1, gdal.GDT_Byte)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32631)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((500000, 10, 0, 4800000, 0, -10))
        dataset.GetRasterBand(1).Fill(value)
        dataset = None  # closes it
        return path

    return write


@pytest.fixture
def python_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker Python that exists, for tests that start none."""
    monkeypatch.setenv("CSCL_PYTHON", sys.executable)


@pytest.fixture
def map_dialog(
    qgis_iface: Any, qgis_new_project: None, engine_python: Path, model: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, qtbot: Any,
) -> Iterator[Any]:  # fmt: skip
    """The window 'Map a region' with the tiny model as the only one."""
    from cscl_qgis import environment
    from cscl_qgis.dialog.map_dialog import MapDialog

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    monkeypatch.setenv("CSCL_MODELS", str(model.parent))
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    window = MapDialog(qgis_iface)
    qtbot.addWidget(window)
    yield window
    window.stop_tasks()


@pytest.fixture
def picture(qgis_app: Any) -> Any:
    """Keeps a picture of a window: picture(widget, name); in the folder that CSCL_SCREENSHOTS names, if any."""

    def keep(widget: Any, name: str) -> None:
        folder = os.environ.get("CSCL_SCREENSHOTS")
        if folder:
            widget.show()
            qgis_app.processEvents()
            Path(folder).mkdir(parents=True, exist_ok=True)
            if not widget.grab().save(str(Path(folder) / f"{name}.png")):
                pytest.fail(f"no picture could be written to {folder}")

    return keep
