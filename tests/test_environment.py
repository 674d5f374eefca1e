"""The worker's environment, without network: what counts as whole, what is found first, what a child sees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cscl_qgis import environment, environment_build
from cscl_qgis.base_python import about, base_candidates, choose_base
from cscl_qgis.child import child_environment
from cscl_qgis.environment import (
    MAPPING,
    MAPPING_GPU,
    MARKER,
    PROFILES,
    TRAINING,
    Profile,
    WorkerPythonError,
    default_dir,
    find_python,
    is_complete,
    pins_hash,
    python_in,
)
from cscl_qgis.environment_build import build, lock_file

SAID = '[[3, {}, 0], {}, {}, "win32", "AMD64"]'
"""What an interpreter of 3.N says of itself: 64-bit, can make environments, system, processor."""
posix = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for interpreters")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data" / environment.APP)
    monkeypatch.delenv("CSCL_PYTHON", raising=False)
    monkeypatch.delenv("CSCL_TRAINING_PYTHON", raising=False)


def make_environment(directory: Path, **marker: str) -> Path:
    python = python_in(directory)
    python.parent.mkdir(parents=True)
    python.write_text("")
    (directory / "pyvenv.cfg").write_text("")
    values = {"schema": environment.MARKER_SCHEMA, "lock": pins_hash(), **marker}
    (directory / MARKER).write_text(json.dumps(values))
    return python


def fake_python(path: Path, answer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def test_an_environment_with_the_marker_of_these_packages_is_whole(tmp_path: Path) -> None:
    make_environment(tmp_path / "env")
    assert is_complete(tmp_path / "env")


@pytest.mark.parametrize("marker", ["", "{", "[]", '{"schema": "cscl-environment/1", "lock": "another"}'])
def test_without_a_marker_that_fits_it_is_not_whole(tmp_path: Path, marker: str) -> None:
    make_environment(tmp_path / "env")
    (tmp_path / "env" / MARKER).write_text(marker)
    assert not is_complete(tmp_path / "env")


def test_without_its_interpreter_it_is_not_whole(tmp_path: Path) -> None:
    make_environment(tmp_path / "env").unlink()
    assert not is_complete(tmp_path / "env")


def test_line_ends_do_not_change_the_hash_of_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"numpy==1\nrasterio==2\n")
    (tmp_path / "b").write_bytes(b"numpy==1\r\nrasterio==2\r\n")
    hashes = []
    for name in "ab":
        monkeypatch.setattr(environment, "pins_file", lambda profile, name=name: tmp_path / name)
        hashes.append(pins_hash())
    assert hashes[0] == hashes[1]


def test_the_setting_comes_before_the_variable_and_that_before_the_built_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = make_environment(environment.default_dir())
    assert find_python() == built
    variable, setting = tmp_path / "variable", tmp_path / "setting"
    variable.write_text("")
    setting.write_text("")
    monkeypatch.setenv("CSCL_PYTHON", str(variable))
    assert find_python() == variable
    assert find_python(str(setting)) == setting


def test_a_setting_that_leads_nowhere_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(environment.default_dir())
    monkeypatch.setenv("CSCL_PYTHON", str(tmp_path / "gone"))
    with pytest.raises(WorkerPythonError, match=r"CSCL_PYTHON is .*gone, but there is no such file"):
        find_python()


def test_nothing_built_and_half_built_are_told_apart() -> None:
    with pytest.raises(WorkerPythonError, match="has not been set up yet") as caught:
        find_python()
    assert "Set up the mapping engine" in caught.value.hint
    (make_environment(environment.default_dir()).parents[1] / MARKER).unlink()
    with pytest.raises(WorkerPythonError, match="was not built to its end"):
        find_python()


def test_the_interpreter_is_not_resolved_through_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.setenv("CSCL_PYTHON", str(tmp_path / "python"))
    assert find_python() == tmp_path / "python"


@posix
def test_a_whole_environment_is_kept(tmp_path: Path) -> None:
    python = fake_python(make_environment(tmp_path / "env"), '{"python": "3.12.0"}')
    lines: list[str] = []
    assert build(tmp_path / "env", base=Path("/no/such/python"), report=lines.append) == python
    assert "whole already" in lines[0]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkerPythonError, match="holds something else"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_half_built_one_is_removed_and_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "Größe mit Leerzeichen" / "env"
    (make_environment(directory).parents[1] / MARKER).unlink()
    (directory / "old").write_text("")
    (tmp_path / "wheels").mkdir()
    lines: list[str] = []
    with pytest.raises(WorkerPythonError, match="packages cannot be installed"):
        build(directory, wheels=tmp_path / "wheels", base=Path(sys.executable), report=lines.append)
    assert any("broken-off setup" in line for line in lines)
    assert not directory.exists()


@posix
def test_a_cancelled_build_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkerPythonError, match="cancelled"):
        build(tmp_path / "env", base=Path(sys.executable), is_cancelled=lambda: True)
    assert not (tmp_path / "env").exists()


@posix
def test_an_old_python_is_refused_with_a_sentence(tmp_path: Path) -> None:
    old = fake_python(tmp_path / "old", '[[3, 9, 18], true, true, "linux", "x86_64"]')
    with pytest.raises(WorkerPythonError, match=r"old is Python 3\.9, older than 3\.10"):
        choose_base([old])


@posix
def test_the_first_python_that_can_make_an_environment_is_taken(tmp_path: Path) -> None:
    candidates = [
        fake_python(tmp_path / "silent", ""),
        fake_python(tmp_path / "narrow", SAID.format(12, "false", "true")),
        fake_python(tmp_path / "no-venv", SAID.format(12, "true", "false")),
        tmp_path / "missing",
        fake_python(tmp_path / "good", SAID.format(12, "true", "true")),
        fake_python(tmp_path / "also-good", SAID.format(13, "true", "true")),
    ]
    python, known = choose_base(candidates)
    assert (python.name, known.target) == ("good", "windows-x86_64-3.12")
    with pytest.raises(WorkerPythonError, match=r"does not run; .*32-bit.*; .*python3-venv.*; .*does not run"):
        choose_base(candidates[:4])


def test_qgis_itself_is_no_candidate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    qgis = tmp_path / "qgis-bin.exe"
    qgis.write_text("")
    monkeypatch.setattr(sys, "executable", str(qgis))
    candidates = base_candidates()
    assert candidates
    assert qgis not in candidates


def test_a_child_loses_the_variables_of_qgis_and_keeps_the_rest() -> None:
    seen = child_environment(
        {"PYTHONHOME": "a", "PROJ_LIB": "b", "GDAL_DATA": "c", "QGIS_DEBUG": "d", "HTTPS_PROXY": "e", "PATH": "f"}
    )
    assert seen == {
        "HTTPS_PROXY": "e",
        "PATH": "f",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }


def test_the_script_runs_alone_and_says_where(tmp_path: Path) -> None:
    """From another folder, under an interpreter that has neither QGIS nor the plugin on its path."""
    script = Path(environment.__file__).with_name("set_up.py")
    python = make_environment(tmp_path / "env")
    for options, expected in (([], str(python)), (["--json"], json.dumps({"python": str(python)}))):
        done = subprocess.run(
            [sys.executable, str(script), "where", "--dir", str(tmp_path / "env"), *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.strip()) == (0, expected), done.stderr


def test_the_script_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(environment.__file__).with_name("set_up.py")), "check", "--dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "There is no whole environment" in done.stderr


@posix
def test_a_python_newer_than_the_packages_is_refused_for_that_profile_alone(tmp_path: Path) -> None:
    newest = fake_python(tmp_path / "newest", SAID.format(14, "true", "true"))
    assert choose_base([newest], MAPPING)[0] == newest
    with pytest.raises(WorkerPythonError, match=r"newest is Python 3\.14, newer than 3\.13"):
        choose_base([newest], TRAINING)


def test_the_training_environment_maps_too_where_there_is_no_other() -> None:
    directory = default_dir(TRAINING)
    python = make_environment(directory, lock=pins_hash(TRAINING))
    assert find_python() == find_python(profile=TRAINING) == python
    own = make_environment(default_dir())
    assert find_python() == own


def test_every_system_and_version_has_a_lock_file_of_the_present_packages() -> None:
    systems = {"linux": "linux", "windows": "win32", "macos": "darwin"}
    for profile in PROFILES.values():
        pins = [line for line in environment.pins_file(profile).read_text().splitlines() if line and line[0] != "#"]
        wanted = [Requirement(line) for line in pins]
        for minor in range(profile.oldest[1], profile.newest[1] + 1):
            for system in profile.systems:
                path = lock_file(f"{system}-3.{minor}", profile)
                assert path is not None, f"run scripts/lock.sh: none for {profile.name}, {system}, 3.{minor}"
                lines = path.read_text(encoding="utf-8").splitlines()
                assert lines[1] == f"# sha256:{pins_hash(profile)}", f"run scripts/lock.sh: {path.name} is of others"
                there = {"python_version": f"3.{minor}", "sys_platform": systems[system.split("-")[0]]}
                locked = {plain(line[:-2]) for line in lines if line.endswith(" \\") and line[0] != " "}
                fits = {
                    plain(f"{pin.name}{pin.specifier}")
                    for pin in wanted
                    if not pin.marker or pin.marker.evaluate(there)
                }
                others = {plain(f"{pin.name}{pin.specifier}") for pin in wanted} - fits
                assert fits <= locked  # there may be more: what the pinned ones need
                assert not others & locked
                assert all(line.startswith(("#", "    --hash=sha256:")) or line.endswith(" \\") for line in lines)


def plain(pin: str) -> str:
    """A pin in the one spelling that indexes compare names by."""
    return pin.lower().replace("_", "-")


def test_on_the_graphics_card_the_same_versions_map_but_for_onnx_runtime() -> None:
    def pins(profile: Profile) -> set[str]:
        lines = environment.pins_file(profile).read_text().splitlines()
        own = ("#", "onnxruntime", "nvidia", "sympy", "mpmath", "coloredlogs", "humanfriendly", "pyreadline3")
        return {line for line in lines if not line.startswith(own)}

    assert pins(MAPPING_GPU) == pins(MAPPING)


def test_this_interpreter_says_what_it_is() -> None:
    known = about(Path(sys.executable))
    assert known is not None
    assert known.version == sys.version_info[:3]
    assert known.target.endswith(f"-{sys.version_info[0]}.{sys.version_info[1]}")


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_build, "FREE_SPARE_MB", 10**9)
    with pytest.raises(WorkerPythonError, match=r"takes about 0\.6 GB, and .* GB are free"):
        build(tmp_path / "env", base=Path(sys.executable))
    assert not (tmp_path / "env").exists()
