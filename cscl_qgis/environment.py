"""The Python that runs the worker: where it is, how it is built, whether it works.

Nothing is ever installed into QGIS's own Python. The environment lies in the user's data folder, outside the QGIS
profile, in a folder named by the hash of the lock file; a marker written last says that it is whole. Standard
library only and no QGIS, so that it also runs alone: ``python3 cscl_qgis/environment.py build|check|where``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

if __package__:
    from .child import TimeoutExpired, capture, read_lines, start
else:  # started as a script: its own folder is first on sys.path
    from child import TimeoutExpired, capture, read_lines, start  # type: ignore[import-not-found, no-redef]

APP = "cscl-crop-mapping"
MARKER = "cscl-environment.json"
MARKER_SCHEMA = "cscl-environment/1"
MINIMUM_PYTHON = (3, 10)
"""The oldest that the lock file has packages for."""
PROBE_TIMEOUT_S = 120.0
"""The first import after an install may be read by a virus scanner, file by file."""

_HERE = Path(__file__).resolve().parent
_ABOUT = (
    "import json, sys\n"
    "try:\n import venv, ensurepip\nexcept ImportError:\n can_build = False\nelse:\n can_build = True\n"
    "print(json.dumps([list(sys.version_info[:3]), sys.maxsize > 2**32, can_build]))"
)
_PROBE = (
    "import json, platform\n"
    "import numpy, onnxruntime, rasterio, rasterio.crs, pyogrio, shapely, defusedxml\n"
    "rasterio.crs.CRS.from_epsg(32631).to_wkt()\n"  # fails where another program's PROJ data are found
    "modules = (numpy, onnxruntime, rasterio, pyogrio, shapely)\n"
    "versions = {module.__name__: module.__version__ for module in modules}\n"
    "print(json.dumps({'python': platform.python_version(), **versions}))"
)
Report = Callable[[str], None]


class WorkerPythonError(Exception):
    """There is no Python to run the worker, or it cannot be built. ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def data_dir() -> Path:
    """The user's folder for the environment and the models, outside the QGIS profile."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / APP


def lock_file() -> Path:
    """The pinned packages: in the installed plugin's bundle, or in the checkout."""
    bundle = _HERE / "_bundle"
    return (bundle if bundle.is_dir() else _HERE.parent) / "resources" / "requirements-mapping.txt"


def lock_hash() -> str:
    """SHA-256 of the lock file, whatever its line ends."""
    try:
        data = lock_file().read_bytes()
    except OSError as error:
        raise WorkerPythonError(f"The file {lock_file()} is missing.", "Install the plugin again.") from error
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def default_dir() -> Path:
    """Where the environment of this lock file is built."""
    return data_dir() / f"env-{lock_hash()[:12]}"


def python_in(directory: Path) -> Path:
    """The interpreter of an environment. Never resolved: it is a link, and the link is what names the environment."""
    if sys.platform == "win32":
        return directory / "Scripts" / "python.exe"
    return directory / "bin" / "python"


def is_complete(directory: Path) -> bool:
    """True if the environment was built to its end from the present lock file."""
    try:
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(marker, dict) or marker.get("schema") != MARKER_SCHEMA:
        return False
    return marker.get("lock") == lock_hash() and python_in(directory).is_file()


def find_python(setting: str = "") -> Path:
    """The Python that runs the worker: the setting, else CSCL_PYTHON, else the built environment.

    A setting that leads nowhere is an error; it is not passed over, or the user would not know what ran.

    Raises:
        WorkerPythonError: if there is none; the hint says how to get it.
    """
    for name, value in (("The Python set for the worker", setting), ("CSCL_PYTHON", os.environ.get("CSCL_PYTHON", ""))):
        if value:
            path = Path(os.path.abspath(value))
            if not path.is_file():
                raise WorkerPythonError(f"{name} is {value}, but there is no such file.", "Correct or remove it.")
            return path
    directory = default_dir()
    if is_complete(directory):
        return python_in(directory)
    state = "was not built to its end" if directory.exists() else "has not been set up yet"
    raise WorkerPythonError(
        f"The mapping engine's Python environment {state}.",
        "Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping.",
    )


def base_candidates() -> List[Path]:
    """Interpreters that an environment could be made from, best first.

    Inside QGIS on Windows and macOS sys.executable is QGIS itself; its Python lies elsewhere.
    """
    found: List[Path] = []
    executable = Path(sys.executable or "")
    if executable.name.lower().startswith("python"):
        found.append(executable)
    prefix = Path(sys.base_exec_prefix)
    found += [prefix / "python.exe"] if sys.platform == "win32" else [prefix / "bin" / "python3"]
    if sys.platform == "darwin":
        found.append(executable.parent / "bin" / "python3")
    names = [f"python3.{minor}" for minor in range(14, MINIMUM_PYTHON[1] - 1, -1)] + ["python3", "python"]
    for name in names:
        on_path = shutil.which(name)
        # A 'python' in WindowsApps is a link to the store, not an interpreter
        if on_path and "WindowsApps" not in on_path:
            found.append(Path(on_path))
    if sys.platform == "win32":
        programs = Path(os.environ.get("LOCALAPPDATA", "")) / "Programs" / "Python"
        found += sorted(programs.glob("Python3*/python.exe"), reverse=True)
    unique: List[Path] = []
    for path in found:
        path = Path(os.path.abspath(path))
        if path.is_file() and path not in unique:
            unique.append(path)
    return unique


def about(python: Path) -> Optional[Tuple[Tuple[int, int, int], bool, bool]]:
    """Version, whether it is 64-bit, whether it can make environments; None if it does not run."""
    try:
        code, text = capture([str(python), "-c", _ABOUT], 30.0)
        version, is_64_bit, can_build = json.loads(text.strip().splitlines()[-1]) if code == 0 else (None, 0, 0)
    except (OSError, ValueError, IndexError, TimeoutExpired):
        return None
    return None if version is None else ((version[0], version[1], version[2]), bool(is_64_bit), bool(can_build))


def choose_base(candidates: Sequence[Path]) -> Path:
    """The first interpreter that an environment can be made from.

    Raises:
        WorkerPythonError: if none can; the message says what each lacks.
    """
    wanted = ".".join(str(part) for part in MINIMUM_PYTHON)
    refused = []
    for path in candidates:
        known = about(path)
        if known is None:
            refused.append(f"{path} does not run")
            continue
        version, is_64_bit, can_build = known
        if version[:2] < MINIMUM_PYTHON:
            refused.append(f"{path} is Python {version[0]}.{version[1]}, older than {wanted}")
        elif not is_64_bit:
            refused.append(f"{path} is a 32-bit Python")
        elif not can_build:
            refused.append(f"{path} lacks the venv module (on Debian and Ubuntu: apt install python3-venv)")
        else:
            return path
    raise WorkerPythonError(
        f"No Python {wanted} or newer was found to build the engine's environment from"
        + (f" ({'; '.join(refused)})." if refused else "."),
        "Install Python 3.12 from python.org (no administrator rights needed) and try again.",
    )


def build(
    directory: Optional[Path] = None,
    wheels: Optional[Path] = None,
    base: Optional[Path] = None,
    report: Report = lambda line: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    proxy: str = "",
) -> Path:
    """Build the environment, or build it again if it was left half-built; a whole one is kept.

    Args:
        directory: where; the default folder if None.
        wheels: a folder of wheels: nothing is then taken from the network.
        base: interpreter to make it from; the best found if None.
        report: takes progress as lines of text.
        is_cancelled: asked several times a second.
        proxy: handed to pip, ``http://user@host:port``.

    Returns:
        The environment's interpreter.

    Raises:
        WorkerPythonError: if it cannot be built; what was made is removed.
    """
    directory = Path(os.path.abspath(directory or default_dir()))
    if is_complete(directory):
        report(f"The environment is whole already: {directory}")
        return python_in(directory)
    if wheels is not None and not wheels.is_dir():
        raise WorkerPythonError(f"There is no folder of wheels {wheels}.")
    _clear(directory, report)
    base = choose_base([base] if base else base_candidates())
    try:
        report(f"Making an environment of {base} in {directory}")
        directory.parent.mkdir(parents=True, exist_ok=True)
        _follow([str(base), "-m", "venv", str(directory)], report, is_cancelled, "The environment cannot be made")
        python = python_in(directory)
        report("Installing the engine's packages (about 120 MB to fetch, 0.5 GB on disk)")
        _install(python, wheels, proxy, report, is_cancelled)
        report("Trying them")
        versions = probe(python)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    marker = {"schema": MARKER_SCHEMA, "lock": lock_hash(), "base": str(base), "versions": versions}
    part = directory / (MARKER + ".part")
    part.write_text(json.dumps(marker, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, directory / MARKER)
    report("Ready: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    return python


def probe(python: Path) -> Dict[str, str]:
    """Import what the worker needs and return the versions.

    Raises:
        WorkerPythonError: if something is missing or does not load.
    """
    try:
        code, text = capture([str(python), "-c", _PROBE], PROBE_TIMEOUT_S)
    except TimeoutExpired as error:
        raise WorkerPythonError(
            f"{python} did not answer within {PROBE_TIMEOUT_S:.0f} seconds.",
            "A virus scanner may be reading its files; try again, or have the folder exempted.",
        ) from error
    except OSError as error:
        raise WorkerPythonError(f"{python} cannot be started ({error.strerror or error}).") from error
    lines = text.strip().splitlines() or [""]
    if code:
        raise WorkerPythonError(
            f"{python} cannot load the engine's packages: {lines[-1]}",
            "Install the Microsoft Visual C++ Redistributable (x64)."
            if "DLL load failed" in text
            else "Set up the mapping engine again.",
        )
    try:
        versions = json.loads(lines[-1])
        return {str(name): str(version) for name, version in versions.items()}
    except (ValueError, AttributeError) as error:
        raise WorkerPythonError(f"{python} answered something else than its versions: {lines[-1][:200]}") from error


def _clear(directory: Path, report: Report) -> None:
    """Remove a half-built environment; refuse to touch a folder that is anything else."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    is_ours = directory.parent == data_dir() and directory.name.startswith("env-")
    if not is_ours and not (directory / "pyvenv.cfg").is_file():
        raise WorkerPythonError(
            f"{directory} holds something else than an environment.", "Choose another folder, or empty this one."
        )
    report(f"Removing what an earlier, broken-off setup left in {directory}")
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise WorkerPythonError(
            f"{directory} cannot be removed ({error.strerror}).", "Close other QGIS windows and try again."
        ) from error


def _install(
    python: Path, wheels: Optional[Path], proxy: str, report: Report, is_cancelled: Callable[[], bool]
) -> None:
    arguments = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    arguments += ["--only-binary", ":all:", "--progress-bar", "off"]
    if wheels is not None:
        arguments += ["--no-index", "--find-links", str(wheels.resolve())]
    if proxy:
        arguments += ["--proxy", proxy]
    # A copy beside the environment: pip's reader of requirement files takes options, so it gets a plain path
    with tempfile.TemporaryDirectory(prefix="cscl-") as folder:
        requirements = Path(folder) / "requirements.txt"
        shutil.copyfile(lock_file(), requirements)
        arguments += ["-r", str(requirements)]
        _follow(arguments, report, is_cancelled, "The engine's packages cannot be installed")


def _follow(arguments: Sequence[str], report: Report, is_cancelled: Callable[[], bool], failure: str) -> None:
    """Run a program, pass its lines on, and turn a failure into one sentence."""
    try:
        child = start(arguments, merge_stderr=True)
    except OSError as error:
        raise WorkerPythonError(f"{failure}: {arguments[0]} cannot be started ({error.strerror or error}).") from error
    tail: List[str] = []

    def read() -> None:
        for raw in read_lines(child.stdout) if child.stdout is not None else ():
            line = raw.decode("utf-8", "replace").rstrip()
            if line:
                tail.append(line)
                del tail[:-40]
                report(line)

    if child.stdin is not None:
        child.stdin.close()
    reader = threading.Thread(target=read, name="pip", daemon=True)
    reader.start()
    while child.poll() is None:
        if is_cancelled():
            child.kill()
            child.wait()
            raise WorkerPythonError("The setup was cancelled; nothing was left behind.")
        reader.join(0.2)
    reader.join(5.0)
    if child.returncode:
        raise WorkerPythonError(*_explain_failure(failure, tail))


def _explain_failure(failure: str, tail: Sequence[str]) -> Tuple[str, str]:
    text = "\n".join(tail)
    lines = [line for line in tail if "ERROR" in line or "Error" in line] or list(tail[-1:]) or ["no message"]
    if "CERTIFICATE_VERIFY_FAILED" in text or "SSLError" in text:
        hint = (
            "Your network inspects encrypted traffic: ask your IT desk for its certificate and set PIP_CERT to it, "
            "or set up from a folder of wheels."
        )
    elif "No matching distribution" in text and "find-links" not in text:
        hint = "These packages are not to be had here: check the network, or set up from a folder of wheels."
    elif "ProxyError" in text or "407" in text:
        hint = "The proxy refused: check the proxy in QGIS's options under Network."
    elif "No space left" in text:
        hint = "Free about 1 GB and try again."
    elif "Failed to establish" in text or "Temporary failure" in text or "ConnectionError" in text:
        hint = "There is no network: set up from a folder of wheels (see the user guide)."
    else:
        hint = "The log above has the details."
    return f"{failure}: {lines[0].strip()}", hint


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="environment.py", description="The Python that runs the mapping engine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("build", "build it, or finish a half-built one"),
        ("check", "import its packages and print their versions"),
        ("where", "print its interpreter's path"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--json", action="store_true", help="machine-readable")
        command.add_argument("--dir", type=Path, metavar="DIR", help="instead of the user's data folder")
        if name == "build":
            command.add_argument("--wheels", type=Path, metavar="DIR", help="install from these files, without network")
            command.add_argument("--python", type=Path, metavar="FILE", help="interpreter to make it from")
    options = parser.parse_args(arguments)
    try:
        answer = _command(options)
    except WorkerPythonError as error:
        if options.json:
            sys.stdout.write(json.dumps({"error": error.message, "hint": error.hint}) + "\n")
        sys.stderr.write(f"Error: {error.message}\n" + (f"{error.hint}\n" if error.hint else ""))
        return 2
    sys.stdout.write(json.dumps(answer) + "\n" if options.json else "\n".join(answer.values()) + "\n")
    return 0


def _command(options: argparse.Namespace) -> Dict[str, str]:
    if options.command == "build":
        python = build(options.dir, options.wheels, options.python, report=_to_stderr)
        return {"python": str(python)}
    if options.dir is None:
        python = find_python()
    elif is_complete(options.dir):
        python = python_in(Path(os.path.abspath(options.dir)))
    else:
        raise WorkerPythonError(f"There is no whole environment in {options.dir}.", "Build it: environment.py build.")
    if options.command == "where":
        return {"python": str(python)}
    versions = probe(python)
    return versions if options.json else {name: f"{name} {version}" for name, version in versions.items()}


if __name__ == "__main__":
    raise SystemExit(main())
