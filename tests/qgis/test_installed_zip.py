"""The whole way of a user: both zips, an empty profile, qgis_process, and the command line's very bytes."""

from __future__ import annotations

import filecmp
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"


def qgis_process() -> str:
    """Debian's wrapper fails; the program behind it does not."""
    path = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if path is None:
        pytest.fail("qgis_process is not installed")
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, model: Path, engine_python: Path) -> dict[str, str]:
    """A profile with the plugin and the tiny model; returns the environment to run QGIS in."""
    home = tmp_path_factory.mktemp("Zuhause é")
    (home / "run").mkdir(mode=0o700)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("QGIS_", "CSCL_", "PYTHON"))},
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_DATA_HOME": str(home / "data"),
        "QGIS_CUSTOM_CONFIG_PATH": str(home / "qgis"),
        "CSCL_PYTHON": str(engine_python),
        "HOME": str(home),
    }
    profile = home / "qgis" / "profiles" / "default"
    package = [sys.executable, str(ROOT / "scripts" / "package.py"), "--out", str(home / "dist")]
    package += ["--models", str(model.parent), "--install", str(profile)]
    subprocess.run(package, check=True, env=environment, cwd=home)
    assert (profile / "python" / "plugins" / "cscl_qgis" / "metadata.txt").is_file()
    enabled = run_qgis(environment, "plugins", "enable", "cscl_qgis")
    assert enabled.returncode == 0, enabled.stdout + enabled.stderr
    return environment


def run_qgis(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [qgis_process(), *arguments],
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def engine_folder(environment: dict[str, str]) -> Path:
    profile = Path(environment["QGIS_CUSTOM_CONFIG_PATH"]) / "profiles" / "default"
    return profile / "python" / "plugins" / "cscl_qgis" / "_bundle"


def test_qgis_and_the_command_line_write_the_same_bytes(
    installed: dict[str, str], engine_python: Path, model: Path, tmp_path: Path
) -> None:
    from_qgis, from_line = tmp_path / "Karte é", tmp_path / "line"
    done = run_qgis(installed, "run", "cscl:mapcroptypes", f"--FOLDER={SAMPLE}", f"--OUTPUT={from_qgis}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"CROP_TYPE:\t{from_qgis / 'crop_type.tif'}" in done.stdout
    assert "DATES_USED:" in done.stdout
    command = ["map", "--series", str(SAMPLE), "--model", str(model), "--out", str(from_line)]
    clean: dict[str, Any] = {"env": installed, "cwd": engine_folder(installed)}
    subprocess.run([str(engine_python), "-m", "backend", *command], check=True, **clean)
    names = [f"{name}.{end}" for name in ("crop_type", "confidence", "boundary") for end in ("tif", "qml")]
    assert filecmp.cmpfiles(from_qgis, from_line, [*names, "plan.json"], shallow=False)[0] == [*names, "plan.json"]
    record = json.loads((from_qgis / "run.json").read_text(encoding="utf-8"))
    assert record["model"]["name"] == "tiny"
    assert not [path.name for path in from_qgis.iterdir() if path.name.startswith(".")]


def test_single_layers_and_a_region_give_a_smaller_map(installed: dict[str, str], tmp_path: Path) -> None:
    series = tmp_path / "series"  # a copy: QGIS writes .aux.xml files beside the layers it loads
    shutil.copytree(SAMPLE, series)
    inputs = [f"--INPUT={path}" for path in sorted(series.glob("*.tif"))]
    outputs = [tmp_path / "whole", tmp_path / "part"]
    region = [f"--REGION={SAMPLE / 'parcels.gpkg'}"]
    areas = []
    for out, more in zip(outputs, ([], region), strict=True):
        done = run_qgis(installed, "run", "cscl:mapcroptypes", *inputs, *more, f"--OUTPUT={out}")
        assert done.returncode == 0, done.stdout + done.stderr
        areas.append(json.loads((out / "run.json").read_text(encoding="utf-8"))["summary"]["mapped_ha"])
    assert 0 < areas[1] < areas[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.torch
def test_qgis_and_the_command_line_build_the_same_data_set(
    installed: dict[str, str], engine_python: Path, tmp_path: Path
) -> None:
    scene = tmp_path / "Szene é"
    scene.mkdir()
    for path in [*SAMPLE.glob("*20180525*.tif"), *SAMPLE.glob("*20180724*.tif"), SAMPLE / "parcels.gpkg"]:
        shutil.copy(path, scene)
    from_qgis, from_line = tmp_path / "Daten é", tmp_path / "line"
    environment = {**installed, "CSCL_TRAINING_PYTHON": str(engine_python)}
    options = {
        "FOLDER": scene, "PARCELS": scene / "parcels.gpkg", "CROP_FIELD": "crop", "TABLE": "legend_names",
        "OUTSIDE": "background", "CHIP": 32, "BLOCK_M": 200, "OUTPUT": from_qgis,
    }  # fmt: skip
    given = [f"--{name}={value}" for name, value in options.items()]
    done = run_qgis(environment, "run", "cscl:builddataset", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"DATASET:\t{from_qgis / 'dataset.zarr'}" in done.stdout
    assert "SAMPLES:\t25" in done.stdout
    command = shlex.split(next(line for line in done.stdout.splitlines() if "train.py" in line))  # what the log says
    assert command[:2] == [str(engine_python), str(engine_folder(installed) / "training" / "train.py")]
    command[command.index("--out") + 1] = str(from_line)
    subprocess.run(command, check=True, env=installed, cwd=tmp_path)
    assert contents(from_qgis / "dataset.zarr") == contents(from_line / "dataset.zarr")


def test_a_data_set_that_cannot_be_built_has_an_exit_code_and_a_sentence(
    installed: dict[str, str], engine_python: Path, tmp_path: Path
) -> None:
    environment = {**installed, "CSCL_TRAINING_PYTHON": str(engine_python)}
    given = [f"--FOLDER={SAMPLE}", f"--PARCELS={SAMPLE / 'parcels.gpkg'}", "--CROP_FIELD=crop", "--TABLE=legend_names"]
    done = run_qgis(environment, "run", "cscl:builddataset", *given, f"--OUTPUT={tmp_path / 'out'}")
    assert done.returncode == 1
    assert "Choose what lies outside of all parcels" in done.stdout + done.stderr
    assert not (tmp_path / "out").exists()


def test_a_failure_has_an_exit_code_and_a_sentence(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder, out = tmp_path / "empty", tmp_path / "out"
    done = run_qgis(installed, "run", "cscl:mapcroptypes", f"--FOLDER={folder}", f"--OUTPUT={out}")
    assert done.returncode == 1
    assert str(folder) in done.stdout + done.stderr
    assert not list(out.glob("*"))


def test_the_installed_plugin_leaves_no_top_level_backend_to_other_plugins(
    installed: dict[str, str], tmp_path: Path
) -> None:
    """A second plugin with a top-level 'backend' of its own, first on the path, changes nothing."""
    other = Path(installed["HOME"]) / "other" / "backend"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise RuntimeError('the wrong backend')\n")
    environment = {**installed, "PYTHONPATH": str(other.parent)}
    done = run_qgis(environment, "help", "cscl:mapcroptypes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong backend" not in done.stderr


def test_a_project_folder_with_modules_of_its_own_changes_nothing(installed: dict[str, str], tmp_path: Path) -> None:
    """QGIS is started in a folder that holds a backend and a numpy of its own; images and results lie there, too."""
    project = tmp_path / "Höfe & Äcker"
    shutil.copytree(SAMPLE, project / "Bilder")
    for name in ("backend", "numpy", "rasterio"):
        (project / name).mkdir()
        (project / name / "__init__.py").write_text("raise RuntimeError('the wrong module')\n")
        (project / name / "__main__.py").write_text("raise RuntimeError('the wrong module')\n")
    out = project / "Ergebnis 1"
    command = [qgis_process(), "run", "cscl:mapcroptypes", f"--FOLDER={project / 'Bilder'}", f"--OUTPUT={out}"]
    done = subprocess.run(command, env=installed, cwd=project, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong module" not in done.stdout + done.stderr
    assert (out / "crop_type.tif").is_file()
