"""What this computer and this Python are, and what is wrong with them: a report that can be copied into a mail.

Looks, and changes nothing but a file of its own in the folder for temporary files.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import __version__
from .errors import CsclError

PACKAGES = ("numpy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "rasterio", "pyogrio", "shapely")
DRIVERS = ("GTiff", "COG", "JP2OpenJPEG", "PNG", "VRT")
"""Of GDAL: what is read and written."""
LEAST_MEMORY_GIB = 3.0
LEAST_FREE_GB = 2.0
FOREIGN_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH")
"""What points this Python at another program's files."""


@dataclass
class Diagnosis:
    """What was found."""

    facts: dict[str, str] = field(default_factory=dict)
    """Name -> value, in the order in which they are told."""
    faults: list[str] = field(default_factory=list)
    """One sentence each, with what to do."""

    def as_text(self) -> str:
        """For a person."""
        width = max(len(name) for name in self.facts)
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts.items()]
        lines += ["", *(f"Fault: {fault}" for fault in self.faults)] if self.faults else ["", "No fault was found."]
        return "\n".join(lines) + "\n"

    def as_json(self) -> str:
        """For a program."""
        return json.dumps({"facts": self.facts, "faults": self.faults}, indent=2, ensure_ascii=False) + "\n"


def diagnose(model: Path | None = None, device: str = "auto", folder: Path | None = None) -> Diagnosis:
    """Look at this computer, this Python and, if a model is given, how it runs here.

    Args:
        model: an ONNX file that is run on the device.
        device: as a map run takes it.
        folder: where maps are to be written; the user's home if None.
    """
    found = Diagnosis()
    found.facts["engine"] = __version__
    found.facts["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    found.facts["Python"] = f"{platform.python_version()} at {sys.executable}"
    _packages(found)
    _computer(found, folder or Path.home())
    _geography(found)
    _device(found, model, device)
    return found


def _packages(found: Diagnosis) -> None:
    for name in PACKAGES:
        try:
            found.facts[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    for variable in FOREIGN_VARIABLES:
        if os.environ.get(variable):
            found.faults.append(
                f"The variable {variable} is set ({os.environ[variable]}), which leads this Python to another "
                "program's files: unset it."
            )


def _computer(found: Diagnosis, folder: Path) -> None:
    found.facts["cores"] = str(os.cpu_count() or "unknown")
    memory = _memory_bytes()
    if memory:
        found.facts["memory"] = f"{memory / 2**30:.1f} GiB"
        if memory < LEAST_MEMORY_GIB * 2**30:
            found.faults.append(
                f"The computer has {memory / 2**30:.1f} GiB of memory, a map wants {LEAST_MEMORY_GIB:g}: give a "
                "smaller memory limit."
            )
    for name, place in (("free on the disk", folder), ("free for temporary files", Path(tempfile.gettempdir()))):
        try:
            free = shutil.disk_usage(place).free / 1e9
        except OSError as error:
            found.faults.append(f"{place}: the disk cannot be asked for its space ({error.strerror}).")
            continue
        found.facts[name] = f"{free:.1f} GB ({place})"
        if free < LEAST_FREE_GB:
            found.faults.append(f"{free:.1f} GB are free in {place}, a map wants {LEAST_FREE_GB:g}: free some space.")
    try:
        with tempfile.NamedTemporaryFile(prefix="cscl-"):
            pass
    except OSError as error:
        found.faults.append(
            f"The folder for temporary files {tempfile.gettempdir()} cannot be written to ({error.strerror}): set the "
            "variable TMPDIR (on Windows TEMP) to one that can."
        )


def _memory_bytes() -> int:
    """Memory of this computer, 0 where it does not say."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                ("total", ctypes.c_ulonglong),
                ("rest", ctypes.c_ulonglong * 6),
            )

        status = Status(length=ctypes.sizeof(Status))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def _geography(found: Diagnosis) -> None:
    try:
        import rasterio
        import rasterio.crs
        from rasterio.drivers import raster_driver_extensions

        found.facts["GDAL"] = rasterio.__gdal_version__
        with rasterio.Env() as environment:
            drivers = environment.drivers()
        missing = [name for name in DRIVERS if name not in drivers and name.lower() not in raster_driver_extensions()]
        if missing:
            found.faults.append(f"GDAL has no driver for {', '.join(missing)}: set up the mapping engine again.")
        rasterio.crs.CRS.from_epsg(32631).to_wkt()
        found.facts["coordinate systems"] = "found"
    except ImportError as error:
        found.faults.append(f"A package cannot be loaded ({error}): set up the mapping engine again.")
    except Exception as error:  # PROJ's own kinds of error come through here
        found.faults.append(
            f"The data of coordinate systems cannot be used ({str(error).splitlines()[0]}): another program's PROJ was "
            "found; set up the mapping engine again."
        )


def _device(found: Diagnosis, model: Path | None, device: str) -> None:
    try:
        from .session import Session, import_onnxruntime

        found.facts["ONNX Runtime offers"] = ", ".join(import_onnxruntime().get_available_providers())
        if model is None:
            found.facts["device"] = "not tried: no model was given"
            return
        choice = Session(model, device).choice
        found.facts["device"] = f"{choice.device}: {choice.reason}"
        found.facts["tried with"] = str(model)
        if choice.fell_back:
            found.faults.append(f"The graphics card is not used: {choice.reason}.")
    except CsclError as error:
        found.faults.append(f"{error.message} {error.hint}".strip())
    except ImportError as error:
        found.faults.append(
            f"ONNX Runtime cannot be loaded ({error}): "
            + (
                "install the Microsoft Visual C++ Redistributable (x64)."
                if sys.platform == "win32"
                else "set up the mapping engine again."
            )
        )
