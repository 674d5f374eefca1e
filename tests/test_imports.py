"""Who may import what: held on the sources and on fresh interpreters."""

from __future__ import annotations

import ast
import configparser
import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import backend

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "lightning", "qgis", "osgeo", "rasterio", "numpy", "onnxruntime", "pyogrio", "shapely", "affine")
OWN = {"backend", "training", "cscl_qgis", "tests"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> list[tuple[str, int]]:
    """(module, level) of each import statement of a file, also those inside functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.level))
    return found


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("module", ["", ".errors", ".protocol", ".model_card", ".style", ".cli", ".cancellation"])
def test_importing_what_the_plugin_imports_loads_nothing_heavy(module: str) -> None:
    assert not loaded_by(f"import backend{module}") & set(HEAVY)


def test_the_whole_engine_loads_neither_torch_nor_qgis() -> None:
    modules = [path.stem for path in sources("backend") if not path.stem.startswith("__")]
    loaded = loaded_by("\n".join(f"import backend.{module}" for module in modules))
    assert not loaded & {"torch", "lightning", "qgis", "osgeo", "training", "cscl_qgis"}


@pytest.mark.parametrize("path", sources("backend"), ids=lambda path: path.name)
def test_the_engine_imports_itself_only_relatively(path: Path) -> None:
    own = [name for name, level in imported(path) if level == 0 and name.split(".")[0] in OWN]
    assert own == [], f"{path.name} would break in the plugin's zip"
    assert all(level <= 1 for _, level in imported(path))


@pytest.mark.parametrize("path", sources("backend", "training"), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_onnx_runtime_is_imported_in_one_place_only(path: Path) -> None:
    places = [name for name, _ in imported(path) if name.split(".")[0] == "onnxruntime"]
    if path == ROOT / "backend" / "session.py":
        assert len(places) == 1
    else:
        assert places == [], f"{path.name}: take it from backend.session.import_onnxruntime, which stops its telemetry"


def test_telemetry_is_switched_off_before_onnx_runtime_is_imported() -> None:
    code = (
        "import builtins, os\n"
        "os.environ.pop('ORT_DISABLE_TELEMETRY', None)\n"
        "real = builtins.__import__\n"
        "def watch(name, *rest, **more):\n"
        "    if name.split('.')[0] == 'onnxruntime': print(os.environ.get('ORT_DISABLE_TELEMETRY'))\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = watch\n"
        "from backend.session import import_onnxruntime\n"
        "import_onnxruntime()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout
    assert set(done.stdout.split()) == {"1"}


def test_the_version_is_that_of_the_plugins_metadata() -> None:
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    assert backend.__version__ == metadata["general"]["version"]


@pytest.mark.parametrize("folder", ["backend", "training"])
def test_no_module_is_called_like_a_package_that_it_would_hide(folder: str) -> None:
    taken = (set(sys.stdlib_module_names) | set(packages_distributions())) - OWN
    # a file started as a script has its own folder first on sys.path
    names = {path.stem if path.is_file() else path.name for path in (ROOT / folder).iterdir()}
    assert not {name for name in names if not name.startswith("_")} & taken


@pytest.mark.parametrize("path", sources("backend", "training"), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_shipped_code_has_nothing_that_the_plugin_repository_refuses(path: Path) -> None:
    refused = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert):
            refused.append(f"assert in line {node.lineno}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("exec", "eval"):
            refused.append(f"{node.func.id} in line {node.lineno}")
        elif isinstance(node, ast.ExceptHandler) and node.type is None:
            refused.append(f"bare except in line {node.lineno}")
        elif isinstance(node, ast.keyword) and node.arg == "shell":
            refused.append(f"shell= in line {node.value.lineno}")
    refused += [name for name, _ in imported(path) if name.split(".")[0] in ("pickle", "marshal", "shelve")]
    assert refused == []


@pytest.mark.parametrize("name", ["errors", "protocol", "model_card", "card_item", "style"])
def test_what_qgis_imports_is_python_3_9(name: str) -> None:
    ast.parse((ROOT / "backend" / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 9))
