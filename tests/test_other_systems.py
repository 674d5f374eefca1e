"""What the plugin does on Windows and macOS, as far as it can be seen elsewhere: with their names and files put on."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import cancellation
from cscl_qgis import base_python, child, environment, environment_build, training_python
from cscl_qgis.base_python import base_candidates
from cscl_qgis.environment import MAPPING, MAPPING_GPU, TRAINING, WorkerPythonError, is_complete, pins_hash, python_in
from cscl_qgis.environment_build import build, follow, pip_command
from cscl_qgis.worker_end import MEND, explain_exit

posix = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for interpreters")
SAYS = '[[3, 12, 0], true, true, "linux", "x86_64"]'


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data" / environment.APP)
    for name in ("CSCL_PYTHON", "CSCL_TRAINING_PYTHON", "OSGEO4W_ROOT", "LOCALAPPDATA", "ProgramFiles"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The system calls itself Windows; gives its registry, name of a key -> value or default value."""
    keys: dict[str, Any] = {}

    class Key:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def children(self) -> list[str]:
            start = self.name + "\\"
            return [name[len(start) :].split("\\")[0] for name in keys if name.startswith(start)]

    def open_key(root: str, name: str) -> Key:
        key = Key(f"{root}\\{name}")
        if not key.children():
            raise FileNotFoundError(2, "no such key")
        return key

    def value(root: str, name: str) -> Any:
        if f"{root}\\{name}" not in keys:
            raise FileNotFoundError(2, "no such key")
        return keys[f"{root}\\{name}"]

    registry: Any = types.ModuleType("winreg")
    registry.HKEY_CURRENT_USER, registry.HKEY_LOCAL_MACHINE = "USER", "MACHINE"
    registry.OpenKey = open_key
    registry.QueryInfoKey = lambda key: (len(key.children()), 0, 0)
    registry.EnumKey = lambda key, place: key.children()[place]
    registry.QueryValue = value
    registry.QueryValueEx = lambda key, name: (value(key.name, name), 4)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        yield keys


def files(*paths: Path) -> list[Path]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return list(paths)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_on_windows_qgis_own_python_comes_first_then_those_that_the_launcher_knows(
    windows: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qgis = tmp_path / "QGIS 3.40"
    files(qgis / "bin" / "qgis-ltr-bin.exe")
    own = files(qgis / "apps" / "Python312" / "python.exe", qgis / "apps" / "Python39" / "python.exe")
    user, everyone, store, local, old = files(
        *(tmp_path / name / "python.exe" for name in ("user", "all", "WindowsApps")),
        tmp_path / "AppData" / "Programs" / "Python" / "Python311" / "python.exe",
        tmp_path / "Programs" / "Python310" / "python.exe",
    )
    core = "Software\\Python\\PythonCore"
    windows[f"USER\\{core}\\3.9\\InstallPath"] = str(tmp_path / "gone")
    windows[f"USER\\{core}\\3.12\\InstallPath"] = str(user.parent)
    windows[f"USER\\{core}\\3.13\\InstallPath"] = str(store.parent)
    windows[f"USER\\{core}\\3.14-32\\InstallPath"] = str(tmp_path / "narrow")
    windows[f"USER\\{core}\\3.15\\Help"] = ""
    windows[f"MACHINE\\{core}\\3.13\\InstallPath"] = str(everyone.parent)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "AppData"))
    monkeypatch.setenv("ProgramFiles", str(tmp_path / "Programs"))
    monkeypatch.setattr(sys, "executable", str(qgis / "bin" / "qgis-ltr-bin.exe"))
    monkeypatch.setattr(sys, "base_exec_prefix", str(own[0].parent))
    monkeypatch.setattr(base_python.shutil, "which", lambda name: None)
    assert base_candidates() == [*own, everyone, user, local, old]


def test_on_macos_the_bundle_comes_first_and_what_the_desktop_does_not_see_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "QGIS-LTR.app" / "Contents"
    files(bundle / "MacOS" / "QGIS-LTR")
    expected = files(
        bundle / "MacOS" / "bin" / "python3",
        bundle / "MacOS" / "python3.12",
        bundle / "Frameworks" / "bin" / "python3.12",
        tmp_path / "Versions" / "3.13" / "bin" / "python3.13",
        tmp_path / "Versions" / "3.11" / "bin" / "python3.11",
        tmp_path / "homebrew" / "python3.14",
    )
    monkeypatch.setattr(base_python, "MAC_FOLDERS", (f"{tmp_path}/Versions/3.{{minor}}/bin", f"{tmp_path}/homebrew"))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(sys, "executable", str(bundle / "MacOS" / "QGIS-LTR"))
    monkeypatch.setattr(sys, "base_exec_prefix", str(tmp_path / "none"))
    # asks to install developer tools, and is too old in any case
    monkeypatch.setattr(base_python.shutil, "which", lambda name: "/usr/bin/python3")
    assert base_candidates() == expected


def test_an_environment_whose_python_went_with_an_older_qgis_is_not_whole(tmp_path: Path) -> None:
    directory = environment.default_dir()
    files(python_in(directory))
    environment.write_marker(directory, {"schema": environment.MARKER_SCHEMA, "lock": pins_hash()})
    home = tmp_path / "QGIS 3.34" / "apps" / "Python312"
    home.mkdir(parents=True)
    (directory / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.12.8\n", encoding="utf-8")
    assert is_complete(directory)
    home.rmdir()
    assert not is_complete(directory)
    message, hint = explain_exit(103, f"No Python at '\"{home}\\python.exe'", MEND)
    assert "is gone, perhaps with an older QGIS" in message
    assert hint == MEND


@posix
def test_a_whole_environment_that_does_not_load_is_built_anew(tmp_path: Path) -> None:
    """As after an upgrade of Debian from Python 3.11 to 3.12, whose link has the same name."""
    directory = environment.default_dir()
    script(python_in(directory), "echo \"No module named 'numpy'\"; exit 1")
    environment.write_marker(directory, {"schema": environment.MARKER_SCHEMA, "lock": pins_hash()})
    lines: list[str] = []
    with pytest.raises(WorkerPythonError, match="does not run"):
        build(base=tmp_path / "none", report=lines.append)
    assert any("built anew" in line and "No module named 'numpy'" in line for line in lines)
    assert not directory.exists()


@posix
def test_where_one_python_makes_no_environment_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = f"[ $1 = -c ] && echo '{SAYS}' && exit 0; mkdir -p $3; echo \"Error: $0 cannot\"; exit 1"
    first, second = (script(tmp_path / name, fails) for name in ("first", "second"))
    monkeypatch.setattr(environment_build, "base_candidates", lambda: [first, second])
    lines: list[str] = []
    with pytest.raises(WorkerPythonError, match=r"cannot be made: Error: .*first cannot"):
        build(report=lines.append)
    assert [line.split()[4] for line in lines if line.startswith("Making an")] == [str(first), str(second)]
    assert not environment.default_dir().exists()


@posix
def test_a_python_that_cannot_fetch_is_refused_before_pip_tries_for_minutes(tmp_path: Path) -> None:
    made = "mkdir -p $3/bin; printf '#!/bin/sh\\necho DLL load failed while importing _ssl; exit 1\\n' > $3/bin/python"
    base = script(tmp_path / "base", f"[ $1 = -c ] && echo '{SAYS}' && exit 0; {made}; chmod +x $3/bin/python")
    with pytest.raises(WorkerPythonError, match=r"base cannot fetch packages, .* DLL load failed") as caught:
        build(base=base)
    assert "folder of wheels" in caught.value.hint


@posix
def test_a_python_that_there_are_lock_files_for_comes_before_one_without(tmp_path: Path) -> None:
    said = '[[3, 12, 0], true, true, "darwin", "{}"]'
    of_intel, of_apple = (
        script(tmp_path / machine, f"echo '{said.format(machine)}'") for machine in ("x86_64", "arm64")
    )
    assert base_python.choose_base([of_intel, of_apple])[0] == of_apple
    assert base_python.choose_base([of_intel])[0] == of_intel


def test_short_names_of_windows_are_told_to_lie_in_qgis_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Program Files"
    folder.mkdir()
    short = tmp_path / "PROGRA~1"  # a link stands in for Windows' second name of a folder
    short.symlink_to(folder)
    monkeypatch.setenv("OSGEO4W_ROOT", str(short))
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder / "bin"), str(short / "bin"), "/usr/bin"]))
    assert child.child_environment()["PATH"] == "/usr/bin"


def test_on_windows_a_child_is_ended_with_what_it_started(
    windows: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setenv("SYSTEMROOT", "/windows")
    monkeypatch.setattr(child, "capture", lambda arguments, timeout: done.append(" ".join(arguments)))
    process = types.SimpleNamespace(pid=12, kill=lambda: done.append("kill"), wait=lambda: done.append("wait"))
    child.end_tree(process)  # type: ignore[arg-type]
    assert done == ["/windows/System32/taskkill.exe /T /F /PID 12", "kill", "wait"]


def test_pip_alone_sees_the_libraries_of_qgis(
    windows: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pip_command(Path("python.exe")) == ["python.exe", "-m", "pip"]
    monkeypatch.setenv("OSGEO4W_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), str(tmp_path), f"{tmp_path}2", "/usr/bin"]))
    (tmp_path / "bin").mkdir()
    command = pip_command(Path(sys.executable))
    assert command[-2:] == [str(tmp_path / "bin"), "pip"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")
    assert child.child_environment()["PATH"].split(os.pathsep) == [f"{tmp_path}2", "/usr/bin"]


def test_no_console_window_opens_and_the_worker_stays_behind_qgis(
    windows: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(child.subprocess, "Popen", lambda *args, creationflags, **more: seen.append(creationflags))
    child.start(["python.exe"])
    child.start(["python.exe"], behind=True)
    assert seen == [0x08000000, 0x08004000]


def test_too_long_paths_are_told_before_anything_is_made(
    windows: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / ("x" * (255 - len(str(tmp_path))))
    monkeypatch.setattr(environment_build, "choose_base", lambda candidates, profile: (candidates[0], None))
    with pytest.raises(WorkerPythonError, match=r"up to 4\d\d characters, and this Windows takes 259") as caught:
        build(directory, base=Path(sys.executable))
    assert "set_up.py build --dir" in caught.value.hint
    assert not directory.exists()
    key = r"MACHINE\SYSTEM\CurrentControlSet\Control\FileSystem\LongPathsEnabled"
    windows[key] = 1
    environment_build._check_path_lengths(directory, MAPPING)
    windows[key] = 0
    with pytest.raises(WorkerPythonError):
        environment_build._check_path_lengths(directory, MAPPING)


@pytest.mark.parametrize("profile", [MAPPING, MAPPING_GPU, TRAINING])
def test_paths_in_the_folder_of_an_ordinary_user_are_short_enough(profile: environment.Profile) -> None:
    """Names of accounts have up to 20 characters."""
    folder = {TRAINING: "train"}.get(profile, profile.folder)
    place = rf"C:\Users\{'n' * 20}\AppData\Local\{environment.SHORT_APP}\{folder}-{'0' * 12}\Lib\site-packages"
    assert len(place) + 1 + profile.longest <= environment_build.MAX_PATH


@pytest.mark.torch
@pytest.mark.parametrize("profile", [MAPPING, TRAINING])
def test_no_package_has_longer_paths_than_its_profile_says(profile: environment.Profile) -> None:
    import importlib.metadata as metadata

    pins = environment.pins_file(profile).read_text(encoding="utf-8").splitlines()
    names = [line.split("==")[0].split("[")[0] for line in pins if "==" in line]
    names += ["torch"] if profile.needs_torch else []
    lengths = {}
    for name in names:
        try:
            listed = metadata.files(name) or []
        except metadata.PackageNotFoundError:
            continue
        lengths[name] = max((len(str(path)) for path in listed if not str(path).startswith("..")), default=0)
    assert len(lengths) > len(names) / 2
    assert max(lengths.values()) <= profile.longest, max(lengths, key=lambda name: lengths[name])


def test_the_command_that_makes_a_training_python_names_one_that_is_there(
    windows: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_python, "base_candidates", lambda: [Path(r"C:\Program Files\QGIS\python.exe")])
    assert '\'"C:\\Program Files\\QGIS\\python.exe" ' in training_python.how_to_make_one()


@posix
def test_pip_s_warnings_of_folders_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    warning = "WARNING: Location 'wheels/' is ignored: it is neither a file nor a directory."
    says = f'echo "{warning}"; echo Collecting numpy; echo "WARNING: Retrying"; echo "{warning}"'
    program = script(tmp_path / "pip", says)
    lines: list[str] = []
    follow([str(program)], lines.append, lambda: False, "failed")
    assert lines == ["Collecting numpy", "WARNING: Retrying"]


class Pipe:
    """What PeekNamedPipe says, call by call: 0 for a pipe that is open, else an error of Windows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *codes: int) -> None:
        self.codes, self.code = list(codes), 0
        msvcrt: Any = types.ModuleType("msvcrt")
        msvcrt.get_osfhandle = lambda descriptor: 7 + descriptor
        monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
        monkeypatch.setattr(ctypes, "WinDLL", lambda name, use_last_error: self, raising=False)
        monkeypatch.setattr(ctypes, "get_last_error", lambda: self.code, raising=False)
        monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(fileno=lambda: 0))
        monkeypatch.setattr(cancellation, "STDIN_POLL_S", 0.001)

    def PeekNamedPipe(self, handle: Any, *rest: Any) -> int:  # noqa: N802
        assert (handle.value, rest) == (7, (None, 0, None, None, None))
        self.code = self.codes.pop(0)
        return int(self.code == 0)


@pytest.mark.parametrize("code", cancellation.CLOSED_PIPE)
def test_on_windows_a_closed_stdin_cancels_without_a_read_that_imports_would_wait_for(
    windows: dict[str, Any], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    pipe = Pipe(monkeypatch, 0, 0, code)
    monkeypatch.setattr(cancellation.os, "read", lambda *_: pytest.fail("stdin is read"))
    run = cancellation.Cancellation()
    run._wait_for_stdin()
    assert run.is_set()
    assert not pipe.codes


def test_on_windows_a_pipe_that_cannot_be_asked_cancels_nothing(
    windows: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    Pipe(monkeypatch, 0, 5)
    run = cancellation.Cancellation()
    run._wait_for_stdin()
    assert not run.is_set()
