"""The Python that runs the worker: which environments there may be, where they are, which one is used.

Nothing is ever installed into QGIS's own Python. An environment lies in the user's data folder, outside the QGIS
profile, in a folder named by the hash of its pinned packages; a marker written last says that it is whole. How one is
built is the business of environment_build.py. Standard library only and no QGIS.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .child import TimeoutExpired, capture
from .translation import tr

APP = "cscl-crop-mapping"
SHORT_APP = "cscl"
"""The same on Windows, where paths may have 259 characters and PyTorch's own has 171 of them."""
MARKER = "cscl-environment.json"
MARKER_SCHEMA = "cscl-environment/1"
CANCELLED = "Cancelled."
PROBE_TIMEOUT_S = 180.0
"""The first import after an install may be read by a virus scanner, file by file."""

_HERE = Path(__file__).resolve().parent
_PROBE = (
    "import importlib, json, platform, sys\n"
    "modules = [importlib.import_module(name) for name in json.loads(sys.argv[1])]\n"
    "import rasterio.crs\n"
    "rasterio.crs.CRS.from_epsg(32631).to_wkt()\n"  # fails where another program's PROJ data are found
    "versions = {m.__name__: m.__version__ for m in modules if hasattr(m, '__version__')}\n"
    "print(json.dumps({'python': platform.python_version(), **versions}))"
)


class WorkerPythonError(Exception):
    """There is no Python to run the worker, or it cannot be built. ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Profile:
    """A set of packages for one purpose."""

    name: str
    title: str
    """What people read."""
    pins: str
    """File in resources/ with the packages, each in one version."""
    folder: str
    """Start of its folder's name."""
    variable: str
    """Environment variable that names another interpreter for it; empty for none."""
    modules: Tuple[str, ...]
    """What must load before it counts as whole."""
    fetch_mb: int
    """What is fetched, about."""
    disk_mb: int
    """What it takes on disk, about."""
    oldest: Tuple[int, int]
    newest: Tuple[int, int]
    """Versions of Python that all its packages are to be had for."""
    needs_torch: bool = False
    systems: Tuple[str, ...] = ("linux-x86_64", "windows-x86_64", "macos-aarch64")
    """What there is a lock file for."""
    needs_card: bool = False
    """True if it is of use only once a graphics card has run a model in it."""
    longest: int = 125
    """Characters of its longest path below site-packages."""


MAPPING = Profile(
    "mapping", "Mapping", "requirements-mapping.txt", "env", "CSCL_PYTHON",
    ("numpy", "onnxruntime", "rasterio", "pyogrio", "shapely", "defusedxml", "filelock", "pyarrow"), 170, 600,
    (3, 10), (3, 14),
)  # fmt: skip
MAPPING_GPU = Profile(
    "mapping-gpu", "Mapping on the graphics card", "requirements-mapping-gpu.txt", "gpu", "", MAPPING.modules,
    *((190, 650) if sys.platform == "win32" else (2100, 3700)), (3, 10), (3, 13),
    systems=("linux-x86_64", "windows-x86_64"), needs_card=True,
)  # fmt: skip
TRAINING = Profile(
    "training", "Training (and mapping)", "requirements-training.txt",
    "train" if sys.platform == "win32" else "training", "CSCL_TRAINING_PYTHON",
    ("numpy", "onnxruntime", "rasterio", "pyogrio", "shapely", "defusedxml", "torch", "lightning", "zarr", "geopandas",
     "pydantic", "sklearn", "onnx"), 600, 1900, (3, 11), (3, 13), needs_torch=True, longest=173,
)  # fmt: skip
PROFILES = {profile.name: profile for profile in (MAPPING, MAPPING_GPU, TRAINING)}


def data_dir() -> Path:
    """The user's folder for the environments and the models, outside the QGIS profile."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / SHORT_APP
    if sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / APP


def resources_dir() -> Path:
    """Pinned packages and lock files: in the installed plugin's bundle, or in the checkout."""
    bundle = _HERE / "_bundle"
    return (bundle if bundle.is_dir() else _HERE.parent) / "resources"


def pins_file(profile: Profile = MAPPING) -> Path:
    """The profile's packages, each in one version."""
    return resources_dir() / profile.pins


def pins_hash(profile: Profile = MAPPING) -> str:
    """SHA-256 of the pinned packages, whatever the file's line ends."""
    try:
        data = pins_file(profile).read_bytes()
    except OSError as error:
        raise WorkerPythonError(
            tr("The file {} is missing.").format(pins_file(profile)), tr("Install the plugin again.")
        ) from error
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def default_dir(profile: Profile = MAPPING) -> Path:
    """Where the environment of these packages is built."""
    return data_dir() / f"{profile.folder}-{pins_hash(profile)[:12]}"


def python_in(directory: Path) -> Path:
    """The interpreter of an environment. Never resolved: it is a link, and the link is what names the environment."""
    if sys.platform == "win32":
        return directory / "Scripts" / "python.exe"
    return directory / "bin" / "python"


def is_complete(directory: Path, profile: Profile = MAPPING) -> bool:
    """True if the environment was built to its end from the present packages."""
    marker = read_marker(directory)
    return marker.get("lock") == pins_hash(profile) and python_in(directory).is_file() and _base_is_there(directory)


def _base_is_there(directory: Path) -> bool:
    """False if the Python that it was made of is gone: on Windows each QGIS brings its own, and takes it along."""
    try:
        lines = (directory / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return True
    values = dict(line.partition("=")[::2] for line in lines if "=" in line)
    home = next((value.strip() for key, value in values.items() if key.strip() == "home"), "")
    return not home or os.path.isdir(home)


def read_marker(directory: Path) -> Dict[str, Any]:
    """What the marker of an environment says; empty where there is none, or one of another kind."""
    try:
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) and marker.get("schema") == MARKER_SCHEMA else {}


def write_marker(directory: Path, marker: Mapping[str, Any]) -> None:
    """Write the marker, whole or not at all."""
    part = directory / (MARKER + ".part")
    part.write_text(json.dumps(dict(marker), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, directory / MARKER)


def is_usable(directory: Path, profile: Profile = MAPPING) -> bool:
    """True if the environment is whole and, where it is for a graphics card, the card has run a model in it."""
    return is_complete(directory, profile) and (not profile.needs_card or bool(read_marker(directory).get("device")))


def find_python(setting: str = "", profile: Profile = MAPPING) -> Path:
    """The Python of a profile: the setting, else the profile's variable, else the environment that was built.

    For maps the environment of the graphics card comes first, once the card has proved itself; the training
    environment can map, too. A setting that leads nowhere is an error; it is not passed over, or the user would not
    know what ran.

    Raises:
        WorkerPythonError: if there is none; the hint says how to get it.
    """
    variable = os.environ.get(profile.variable, "") if profile.variable else ""
    named = ((tr("The Python set for the worker"), setting), (profile.variable, variable))
    for name, value in named:
        if value:
            path = Path(os.path.abspath(value))
            if not path.is_file():
                raise WorkerPythonError(
                    tr("{} is {}, but there is no such file.").format(name, value), tr("Correct or remove it.")
                )
            return path
    directory = default_dir(profile)
    for one in (MAPPING_GPU, MAPPING, TRAINING) if profile is MAPPING else (profile,):
        if is_usable(default_dir(one), one):
            return python_in(default_dir(one))
    if profile is MAPPING:
        broken = tr("The mapping engine's Python environment was not built to its end.")
        missing = tr("The mapping engine's Python environment has not been set up yet.")
    else:
        broken = tr("The training's Python environment was not built to its end.")
        missing = tr("The training's Python environment has not been set up yet.")
    hint = tr("Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping.")
    if profile is TRAINING:
        hint = tr(
            "Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping, with the "
            "packages for training."
        )
    raise WorkerPythonError(broken if directory.exists() else missing, hint)


def probe(python: Path, profile: Profile = MAPPING, is_cancelled: Callable[[], bool] = lambda: False) -> Dict[str, str]:
    """Import what the worker needs and return the versions.

    Raises:
        WorkerPythonError: if something is missing or does not load, or if it was cancelled.
    """
    try:
        arguments = [str(python), "-c", _PROBE, json.dumps(profile.modules)]
        code, text = capture(arguments, PROBE_TIMEOUT_S, None, is_cancelled)
    except InterruptedError:
        raise WorkerPythonError(tr(CANCELLED)) from None
    except TimeoutExpired as error:
        raise WorkerPythonError(
            tr("{} did not answer within {:.0f} seconds.").format(python, PROBE_TIMEOUT_S),
            tr("A virus scanner may be reading its files; try again, or have the folder exempted."),
        ) from error
    except OSError as error:
        raise WorkerPythonError(tr("{} cannot be started ({}).").format(python, error.strerror or error)) from error
    lines = text.strip().splitlines() or [""]
    if code:
        raise WorkerPythonError(
            tr("{} cannot load the engine's packages: {}").format(python, lines[-1]),
            tr("Install the Microsoft Visual C++ Redistributable (x64).")
            if "DLL load failed" in text
            else tr("Set up the mapping engine again."),
        )
    try:
        versions = json.loads(lines[-1])
        return {str(name): str(version) for name, version in versions.items()}
    except (ValueError, AttributeError) as error:
        raise WorkerPythonError(
            tr("{} answered something else than its versions: {}").format(python, lines[-1][:200])
        ) from error


def state_of(profile: Profile, directory: Optional[Path] = None) -> str:
    """'whole', 'half-built' or 'missing'."""
    directory = directory or default_dir(profile)
    if is_complete(directory, profile):
        return "whole"
    return "half-built" if directory.exists() else "missing"
