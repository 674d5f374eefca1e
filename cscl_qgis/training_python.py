"""The Python that builds data sets: one that the user has, found by asking each whether it has the packages.

Looks, and installs nothing. Standard library only and no QGIS.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from . import environment
from ._engine import ENGINE_DIR
from .base_python import base_candidates
from .child import TimeoutExpired, capture, command_text
from .environment import WorkerPythonError
from .translation import tr

VARIABLE = "CSCL_TRAINING_PYTHON"
"""Names the interpreter; then no other is looked at."""
PACKAGES = (
    "numpy",
    "rasterio",
    "pyogrio",
    "shapely",
    "defusedxml",
    "zarr",
    "geopandas",
    "pyproj",
    "scipy",
    "pyarrow",
    "yaml",
    "pydantic",
    "rich",
    "dask",
    "distributed",
    "filelock",
)
"""Modules that building a data set imports; a test holds the list to what it does import."""
TRAINING_PACKAGES = (*PACKAGES, "torch", "lightning", "onnxruntime", "onnx", "onnxscript", "sklearn")
"""Those that training, evaluating and exporting import beside them."""
SET_UP = Path(__file__).resolve().parent / "set_up.py"
TIMEOUT_S = 60.0
_ASK = (
    "import importlib.util, json, sys\n"
    "missing = [name for name in json.loads(sys.argv[1]) if importlib.util.find_spec(name) is None]\n"
    "print(json.dumps([list(sys.version_info[:2]), missing]))"
)

_known: Dict[Tuple[str, float, Tuple[str, ...]], bool] = {}
"""Interpreters, with the time of their last change, that have been asked and have everything."""


def find_training_python(packages: Sequence[str] = PACKAGES, chosen: str = "") -> Path:
    """The Python that is chosen, or CSCL_TRAINING_PYTHON names, else the first of `candidates` that has all packages.

    Args:
        packages: modules that it must have.
        chosen: the user's own; empty for none.

    Raises:
        WorkerPythonError: if there is none; the message says what each lacks, the hint how to make one.
    """
    for name, named in (
        (tr("The Python set for training"), chosen),
        (VARIABLE, os.environ.get(VARIABLE, "")),
    ):
        if named:
            path = Path(os.path.abspath(named))
            lack = what_is_missing(path, packages) if path.is_file() else tr("there is no such file")
            if lack:
                raise WorkerPythonError(tr("{} is {}, but {}.").format(name, named, lack), how_to_make_one())
            return path
    refused: List[str] = []
    for path in candidates():
        lack = what_is_missing(path, packages)
        if not lack:
            return path
        refused.append(f"{path}: {lack}")
    raise WorkerPythonError(
        tr("No Python with the packages for training was found ({}).").format("; ".join(refused))
        if refused
        else tr("No Python with the packages for training was found."),
        how_to_make_one(),
    )


def how_to_make_one() -> str:
    """What a user does who has none."""
    python = str(next(iter(base_candidates()), "python")) if sys.platform == "win32" else "python3"
    command = command_text([python, str(SET_UP), "build", "--profile", "training"])
    return tr(
        "Run 'Set up the mapping engine' with the packages for training, in the Processing toolbox under CSCL Crop "
        "Mapping, or in a terminal '{}'. Another Python is named by the environment variable {} (in QGIS: "
        "Settings, Options, System, Environment)."
    ).format(command, VARIABLE)


def candidates() -> Iterator[Path]:
    """Interpreters of this user that may have the packages, best first; those that are there."""
    built = environment.python_in(environment.default_dir(environment.TRAINING))
    places = [os.environ.get("CSCL_PYTHON", ""), str(built)]
    places.append(str(environment.python_in(ENGINE_DIR / ".venv")))  # a checkout's own
    places += [str(environment.python_in(Path(root))) for root in _active_environments()]
    places.append(str(environment.python_in(environment.default_dir())))
    seen = set()
    for place in places:
        path = os.path.abspath(place) if place else ""
        if path and path not in seen and os.path.isfile(path):
            seen.add(path)
            yield Path(path)


def what_is_missing(python: Path, packages: Sequence[str] = PACKAGES) -> str:
    """What an interpreter lacks, as the end of a sentence; empty if nothing. One that has all is asked once only."""
    key = _key(python, packages)
    if key is not None and _known.get(key):
        return ""
    try:
        code, text = capture([str(python), "-c", _ASK, json.dumps(list(packages))], TIMEOUT_S)
        version, missing = json.loads(text.strip().splitlines()[-1]) if code == 0 else (None, [])
    except (OSError, ValueError, IndexError, TimeoutExpired):
        version, missing = None, []
    if version is None:
        return tr("it does not run")
    if tuple(version) < environment.MAPPING.oldest:
        wanted = ".".join(str(part) for part in environment.MAPPING.oldest)
        return tr("it is Python {}.{}, older than {}").format(version[0], version[1], wanted)
    if missing:
        return tr("it lacks {}").format(", ".join(missing))
    if key is not None:
        _known[key] = True
    return ""


def _active_environments() -> List[str]:
    """Environments that QGIS was started in; on Windows and macOS conda has its python elsewhere, which is left out."""
    names = ("VIRTUAL_ENV", "CONDA_PREFIX") if sys.platform not in ("win32", "darwin") else ("VIRTUAL_ENV",)
    return [os.environ[name] for name in names if os.environ.get(name)]


def _key(python: Path, packages: Sequence[str]) -> Optional[Tuple[str, float, Tuple[str, ...]]]:
    try:
        return str(python), os.stat(python).st_mtime, tuple(packages)
    except OSError:
        return None
