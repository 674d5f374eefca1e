"""Build an environment for the worker: make it, install the locked packages, try them, mark it whole.

With every package's hash, from a lock file for this system and version of Python, so that what was tried is what is
installed. Nothing half-built is left. Standard library only and no QGIS.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

from . import environment
from .base_python import Interpreter, base_candidates, choose_base
from .child import TimeoutExpired, capture, end_tree, read_lines, start
from .environment import (
    MAPPING,
    MARKER_SCHEMA,
    Profile,
    WorkerPythonError,
    default_dir,
    is_complete,
    pins_file,
    pins_hash,
    probe,
    python_in,
    resources_dir,
    write_marker,
)
from .translation import tr

Report = Callable[[str], None]
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""On Linux the package index has the build for NVIDIA cards, 3 GB larger; PyTorch's own index has the plain one."""
REMOVED = ".removed"
"""End of the name of a folder that is being removed."""
FREE_SPARE_MB = 500
"""Room left on the disk beside what an environment takes."""
MAX_PATH = 259
"""Characters of a path that Windows takes where long paths are not switched on."""
PASSED_OVER = re.compile(r"WARNING: Location '.*' is ignored: it is ")
"""pip writes this for each package where its own settings name a folder of wheels that is not there."""
SSL_S = 60.0
"""Time in which the module ssl loads; a virus scanner may read its files first."""
OTHER_PYTHON = (
    "Install Python 3.12 from python.org (no administrator rights needed), or set up from a folder of wheels."
)
_RUN_WITH_DLLS = (
    "import os, runpy, sys\n"
    "folder = sys.argv.pop(1)\n"
    "if os.path.isdir(folder):\n getattr(os, 'add_dll_directory', str)(folder)\n"
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def build(
    directory: Optional[Path] = None,
    wheels: Optional[Path] = None,
    base: Optional[Path] = None,
    report: Report = lambda line: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    proxy: str = "",
    profile: Profile = MAPPING,
) -> Path:
    """Build the environment, or build it again if it was left half-built; a whole one is kept.

    Args:
        directory: where; the profile's default folder if None.
        wheels: a folder of wheels: nothing is then taken from the network.
        base: interpreter to make it from; the best found if None.
        report: takes progress as lines of text.
        is_cancelled: asked several times a second.
        proxy: handed to pip, ``http://user@host:port``.
        profile: which packages.

    Returns:
        The environment's interpreter.

    Raises:
        WorkerPythonError: if it cannot be built; what was made is removed.
    """
    directory = Path(os.path.abspath(directory or default_dir(profile)))
    if is_complete(directory, profile) and _still_loads(directory, profile, report, is_cancelled):
        return python_in(directory)
    if wheels is not None and not wheels.is_dir():
        raise WorkerPythonError(tr("There is no folder of wheels {}.").format(wheels))
    _clear(directory, report)
    candidates = [base] if base else base_candidates()
    choose_base(candidates, profile)
    _check_room(directory, profile)
    _check_path_lengths(directory, profile)
    try:
        base, known = _make(directory, candidates, profile, wheels is None, report, is_cancelled)
        python = python_in(directory)
        where = tr("from the folder of wheels") if wheels else tr("about {} MB to fetch").format(profile.fetch_mb)
        report(tr("Installing the packages ({}, {:.1f} GB on disk)").format(where, profile.disk_mb / 1000))
        _install(python, known, profile, wheels, proxy, report, is_cancelled)
        report(tr("Trying them"))
        versions = probe(python, profile, is_cancelled)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    marker = {
        "schema": MARKER_SCHEMA,
        "profile": profile.name,
        "lock": pins_hash(profile),
        "base": str(base),
        "versions": versions,
    }
    write_marker(directory, marker)
    report(tr("Ready: {}").format(", ".join(f"{name} {version}" for name, version in versions.items())))
    return python


def lock_file(target: str, profile: Profile = MAPPING) -> Optional[Path]:
    """The file with the hash of every package for a system and version of Python, None where none was made."""
    path = resources_dir() / "locks" / f"{profile.name}-{target}.txt"
    return path if path.is_file() else None


def _still_loads(directory: Path, profile: Profile, report: Report, is_cancelled: Callable[[], bool]) -> bool:
    """True if the packages of a whole environment load; false if it is to be built anew."""
    try:
        probe(python_in(directory), profile, is_cancelled)
    except WorkerPythonError as error:
        if is_cancelled():
            raise
        report(tr("It is built anew: {}").format(error.message))
        return False
    report(tr("The environment is whole already: {}").format(directory))
    return True


def _make(
    directory: Path,
    candidates: Sequence[Path],
    profile: Profile,
    needs_network: bool,
    report: Report,
    is_cancelled: Callable[[], bool],
) -> Tuple[Path, Interpreter]:
    """Make an empty environment of the first interpreter that gives a working one.

    Raises:
        WorkerPythonError: why the first did not, if none does.
    """
    left, reason = list(candidates), None
    while True:
        try:
            base, known = choose_base(left, profile)
        except WorkerPythonError as error:
            raise reason or error from None
        report(tr("Making an environment of {} in {}").format(base, directory))
        directory.parent.mkdir(parents=True, exist_ok=True)
        try:
            command = [str(base), "-m", "venv", str(directory)]
            follow(command, report, is_cancelled, tr("The environment cannot be made"))
            if needs_network:
                _check_network_module(base, python_in(directory))
            return base, known
        except WorkerPythonError as error:
            if is_cancelled():
                raise
            reason = reason or error
            left.remove(base)
            if left:
                report(error.message + " " + tr("Looking for another Python."))
            shutil.rmtree(directory, ignore_errors=True)


def _check_network_module(base: Path, python: Path) -> None:
    """Refuse an environment that could fetch nothing."""
    try:
        code, text = capture([*_with_dlls_of_qgis(python), "ssl", "--help"], SSL_S)
    except (OSError, TimeoutExpired) as error:
        told = tr("An environment made of {} does not run ({}).").format(base, error)
        raise WorkerPythonError(told, tr(OTHER_PYTHON)) from error
    if code:
        last = (text.strip().splitlines() or [tr("no message")])[-1]
        told = tr("{} cannot fetch packages, its module ssl does not load: {}").format(base, last)
        raise WorkerPythonError(told, tr(OTHER_PYTHON))


def pip_command(python: Path) -> List[str]:
    """How pip is started."""
    return [*_with_dlls_of_qgis(python), "pip"]


def _with_dlls_of_qgis(python: Path) -> List[str]:
    """How a module is run. QGIS for Windows has OpenSSL in a folder in which its Python does not look.

    The worker, which needs no network, does not get to see that folder.
    """
    root = os.environ.get("OSGEO4W_ROOT", "")
    if sys.platform != "win32" or not root:
        return [str(python), "-m"]
    return [str(python), "-c", _RUN_WITH_DLLS, os.path.join(root, "bin")]


def _check_path_lengths(directory: Path, profile: Profile) -> None:
    """Refuse before anything is fetched where Windows would cut off the longest paths."""
    longest = len(str(directory / "Lib" / "site-packages")) + 1 + profile.longest
    if sys.platform == "win32" and longest > MAX_PATH and not _takes_long_paths():
        raise WorkerPythonError(
            tr("Paths in {} would have up to {} characters, and this Windows takes {}.").format(
                directory, longest, MAX_PATH
            ),
            tr(
                "Have the IT desk switch on long paths (Win32 long paths, in the group policy under File system), or "
                "build the environment in a short folder (set_up.py build --dir C:\\cscl, see the user guide) and "
                "choose its Python in this window."
            ),
        )


def _takes_long_paths() -> bool:
    import winreg  # Windows alone has it

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False


def _check_room(directory: Path, profile: Profile) -> None:
    """Refuse before anything is fetched where the disk is too full."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(place).free // 10**6
    if free < profile.disk_mb + FREE_SPARE_MB:
        raise WorkerPythonError(
            tr("The environment takes about {:.1f} GB, and {:.1f} GB are free where {} is to be.").format(
                profile.disk_mb / 1000, free / 1000, directory
            ),
            tr("Free some space and try again."),
        )


def _clear(directory: Path, report: Report) -> None:
    """Remove a half-built environment; refuse to touch a folder that is anything else."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    folders = tuple(f"{profile.folder}-" for profile in environment.PROFILES.values())
    is_ours = directory.parent == environment.data_dir() and directory.name.startswith(folders)
    if not is_ours and not (directory / "pyvenv.cfg").is_file():
        raise WorkerPythonError(
            tr("{} holds something else than an environment.").format(directory),
            tr("Choose another folder, or empty this one."),
        )
    report(tr("Removing what an earlier, broken-off setup left in {}").format(directory))
    _delete(directory)


def remove(profile: Profile, report: Report = lambda line: None) -> None:
    """Remove a profile's environment from the user's folder; the others stay.

    Raises:
        WorkerPythonError: if one of its files is in use, and it stays whole; or if a part could not be removed.
    """
    directory = default_dir(profile)
    if directory.is_dir():
        report(tr("Removing: {}").format(directory))
        _delete(directory)


def _delete(directory: Path) -> None:
    """Remove a folder, whole or not at all: on Windows a library in use keeps its folder from being renamed."""
    doomed = directory.with_name(directory.name + REMOVED)
    try:
        if doomed.exists():  # what could not be removed to its end the last time
            shutil.rmtree(doomed)
        os.rename(directory, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise WorkerPythonError(
            tr("{} cannot be removed ({}).").format(error.filename or directory, error.strerror),
            tr("End maps that run and close other QGIS windows, then try again."),
        ) from error


def _install(
    python: Path,
    known: Interpreter,
    profile: Profile,
    wheels: Optional[Path],
    proxy: str,
    report: Report,
    is_cancelled: Callable[[], bool],
) -> None:
    arguments = [*pip_command(python), "install", "--disable-pip-version-check", "--no-input"]
    arguments += ["--only-binary", ":all:", "--progress-bar", "off"]
    if wheels is not None:
        arguments += ["--no-index", "--find-links", str(wheels.resolve())]
    if proxy:
        arguments += ["--proxy", proxy]
    failure = tr("The engine's packages cannot be installed")
    if profile.needs_torch:
        _install_torch(arguments, known, wheels, report, is_cancelled)
    locked = lock_file(known.target, profile)
    if locked is None:
        report(tr("There is no lock file for {}: versions are fixed, hashes are not checked").format(known.target))
    # A copy beside the environment: pip's reader of requirement files takes options, so it gets a plain path
    with tempfile.TemporaryDirectory(prefix="cscl-") as folder:
        requirements = Path(folder) / "requirements.txt"
        shutil.copyfile(locked or pins_file(profile), requirements)
        arguments += ["--require-hashes", "--no-deps"] if locked else []
        follow([*arguments, "-r", str(requirements)], report, is_cancelled, failure)


def _install_torch(
    arguments: Sequence[str],
    known: Interpreter,
    wheels: Optional[Path],
    report: Report,
    is_cancelled: Callable[[], bool],
) -> None:
    """PyTorch first and alone: what follows must not choose another build of it."""
    command = [*arguments, "--no-deps", TORCH]
    if known.system == "linux" and wheels is None:
        try:
            quick = ["--index-url", TORCH_CPU_INDEX, "--timeout", "10", "--retries", "1"]
            follow([*command, *quick], report, is_cancelled, tr("PyTorch's own index cannot be used"))
            return
        except WorkerPythonError as error:
            if is_cancelled():
                raise
            report(tr("{} Taking the build of the package index instead.").format(error.message))
    follow(command, report, is_cancelled, tr("PyTorch cannot be installed"))


def follow(arguments: Sequence[str], report: Report, is_cancelled: Callable[[], bool], failure: str) -> None:
    """Run a program, pass its lines on, and turn a failure into one sentence."""
    try:
        child = start(arguments, merge_stderr=True)
    except OSError as error:
        told = tr("{} cannot be started ({}).").format(arguments[0], error.strerror or error)
        raise WorkerPythonError(f"{failure}: {told}") from error
    tail: List[str] = []

    def read() -> None:
        for raw in read_lines(child.stdout) if child.stdout is not None else ():
            line = raw.decode("utf-8", "replace").rstrip()
            if line and not PASSED_OVER.match(line):
                tail.append(line)
                del tail[:-40]
                report(line)

    if child.stdin is not None:
        child.stdin.close()
    reader = threading.Thread(target=read, name="pip", daemon=True)
    reader.start()
    while child.poll() is None:
        if is_cancelled():
            end_tree(child)
            raise WorkerPythonError(tr("The setup was cancelled; nothing was left behind."))
        reader.join(0.2)
    reader.join(5.0)
    if child.returncode:
        raise WorkerPythonError(*_explain_failure(failure, tail))


def _explain_failure(failure: str, tail: Sequence[str]) -> Tuple[str, str]:
    text = "\n".join(tail)
    lines = [line for line in tail if "ERROR" in line or "Error" in line] or list(tail[-1:]) or [tr("no message")]
    if "DO NOT MATCH THE HASHES" in text:
        hint = tr("The folder of wheels, or the network's mirror, holds another file than the one that was tried.")
    elif "CERTIFICATE_VERIFY_FAILED" in text or "SSLError" in text:
        hint = tr(
            "Your network inspects encrypted traffic: ask your IT desk for its certificate and set PIP_CERT to it, "
            "or set up from a folder of wheels."
        )
    elif "No matching distribution" in text and "find-links" not in text:
        hint = tr("These packages are not to be had here: check the network, or set up from a folder of wheels.")
    elif "ProxyError" in text or "407" in text:
        hint = tr("The proxy refused: check the proxy in QGIS's options under Network.")
    elif "No space left" in text:
        hint = tr("Free some space and try again.")
    elif "Failed to establish" in text or "Temporary failure" in text or "ConnectionError" in text:
        hint = tr("There is no network: set up from a folder of wheels (see the user guide).")
    else:
        hint = tr("The log above has the details.")
    return f"{failure}: {lines[0].strip()}", hint
