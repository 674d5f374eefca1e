"""The Python that builds data sets: which is taken, and what is said where none will do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cscl_qgis import training_python

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(training_python, "_known", {})
    monkeypatch.setattr(training_python.environment, "data_dir", lambda: tmp_path / "data")
    for name in ("CSCL_TRAINING_PYTHON", "CSCL_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


def fake_python(path: Path, answer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho asked >> '{path}.log'\necho '{answer}'\n")
    path.chmod(0o755)
    return path


posix = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for interpreters")


@pytest.mark.torch
def test_this_python_has_what_a_data_set_needs() -> None:
    assert training_python.what_is_missing(Path(sys.executable)) == ""


@posix
@pytest.mark.parametrize(
    ("answer", "lack"),
    [
        ('[[3, 11], ["zarr", "pyproj"]]', "it lacks zarr, pyproj"),
        ("[[3, 9], []]", "it is Python 3.9, older than 3.10"),
        ("Segmentation fault", "it does not run"),
    ],
)
def test_what_a_python_lacks_is_said(tmp_path: Path, answer: str, lack: str) -> None:
    assert training_python.what_is_missing(fake_python(tmp_path / "python", answer)) == lack


@posix
def test_a_python_that_has_everything_is_asked_once(tmp_path: Path) -> None:
    python = fake_python(tmp_path / "python", "[[3, 11], []]")
    for _ in range(3):
        assert training_python.what_is_missing(python) == ""
    assert Path(f"{python}.log").read_text().splitlines() == ["asked"]


@posix
def test_the_named_python_is_taken_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(fake_python(tmp_path / "other", "[[3, 11], []]")))
    named = fake_python(tmp_path / "named", '[[3, 11], ["zarr"]]')
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(named))
    with pytest.raises(training_python.WorkerPythonError, match=r"CSCL_TRAINING_PYTHON is .*named, but it lacks zarr"):
        training_python.find_training_python()
    fake_python(named, "[[3, 12], []]")
    assert training_python.find_training_python() == named
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(tmp_path / "nowhere"))
    with pytest.raises(training_python.WorkerPythonError, match="there is no such file"):
        training_python.find_training_python()


@posix
def test_the_first_python_that_has_everything_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(fake_python(tmp_path / "mapping", '[[3, 11], ["zarr"]]')))
    monkeypatch.setattr(training_python, "ENGINE_DIR", tmp_path / "checkout")
    python = fake_python(tmp_path / "checkout" / ".venv" / "bin" / "python", "[[3, 11], []]")
    assert training_python.find_training_python() == python


@posix
def test_where_there_is_none_each_is_named_and_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = fake_python(tmp_path / "mapping", '[[3, 11], ["zarr"]]')
    monkeypatch.setenv("CSCL_PYTHON", str(mapping))
    monkeypatch.setattr(training_python, "ENGINE_DIR", tmp_path)
    with pytest.raises(training_python.WorkerPythonError, match="it lacks zarr") as caught:
        training_python.find_training_python()
    assert str(mapping) in caught.value.message
    assert "--profile training" in caught.value.hint
    assert "CSCL_TRAINING_PYTHON" in caught.value.hint


IMPORTED = """
import sys
import training.make_dataset, training.dataset_summary
names = {name.split(".")[0] for name in sys.modules}
print("\\n".join(sorted(names)))
"""


@pytest.mark.torch
def test_the_list_of_packages_is_what_building_a_data_set_imports() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    names = {"pyyaml": "yaml"}
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = {line.split('"')[1] for line in text.splitlines() if line.startswith('    "') and ">=" in line}
    wanted = {names.get(name, name) for name in (item.split(">")[0].split("=")[0].split("[")[0] for item in declared)}
    assert imported & wanted <= set(training_python.PACKAGES), imported & wanted - set(training_python.PACKAGES)
    assert "torch" not in imported


@posix
def test_a_python_that_the_user_has_chosen_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(fake_python(tmp_path / "named", "[[3, 11], []]")))
    chosen = fake_python(tmp_path / "chosen", "[[3, 12], []]")
    assert training_python.find_training_python(chosen=str(chosen)) == chosen
    with pytest.raises(training_python.WorkerPythonError, match=r"set for training is .*gone, but there is no"):
        training_python.find_training_python(chosen=str(tmp_path / "gone"))
