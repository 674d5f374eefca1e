"""The graphics card of this computer that maps could run on, as its driver tells. Installs nothing, no network.

Standard library only and no QGIS. Whether a card can run a model is only known once it has: gpu_environment.py tries.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

from .child import TimeoutExpired, capture
from .translation import tr

ASK = ("--query-gpu=name,driver_version", "--format=csv,noheader")
ASK_S = 15.0
"""A driver that is starting takes seconds to answer; one that is broken never does."""
CUDA_DRIVER = 525
"""Oldest NVIDIA driver for Linux that CUDA 12 runs on (NVIDIA, CUDA compatibility)."""
DIRECTML_BUILD = 18362
"""Oldest build of Windows that has DirectML: Windows 10, version 1903."""
DISPLAY_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
"""Where Windows keeps its display adapters, numbered 0000, 0001 ..."""
NO_CARDS = ("basic display", "basic render", "remote display", "mirror", "virtual display", "indirect display")
"""Parts of the names of adapters that compute nothing."""


@dataclass(frozen=True)
class GraphicsCard:
    """A card that was found."""

    name: str
    device: str
    """As the engine names it: cuda or directml."""
    driver: str = ""
    """Its version, empty where the system does not say."""
    lack: str = ""
    """Why it cannot be used as it is, a sentence; empty if nothing speaks against trying."""

    @property
    def title(self) -> str:
        """Name and driver, for people."""
        return f"{self.name} ({self.driver})" if self.driver else self.name


def find_graphics_card(is_cancelled: Callable[[], bool] = lambda: False) -> Optional[GraphicsCard]:
    """The first card that maps could run on; None if there is none, and on macOS, where every environment has CoreML.

    Takes up to seconds: not for the thread of the windows.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    if sys.platform == "win32":
        return _directx_card()
    return _nvidia_card(is_cancelled) if sys.platform == "linux" else None


def _nvidia_card(is_cancelled: Callable[[], bool]) -> Optional[GraphicsCard]:
    program = shutil.which("nvidia-smi")
    places = ("/usr/bin/nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi")
    program = program or next((place for place in places if os.path.isfile(place)), None)
    if program is None:
        return None
    try:
        code, text = capture([os.path.abspath(program), *ASK], ASK_S, None, is_cancelled)
    except InterruptedError:
        return None
    except (OSError, TimeoutExpired):
        code, text = 1, tr("it does not answer")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [tr("no answer")]
    if code:
        lack = tr("The driver of the NVIDIA card does not work ({}): install it again.").format(lines[0].rstrip("."))
        return GraphicsCard("NVIDIA", "cuda", lack=lack)
    name, _, driver = (part.strip() for part in lines[0].partition(","))
    major = driver.split(".")[0]
    lack = ""
    if not major.isdigit():
        return None  # "No devices were found"
    if int(major) < CUDA_DRIVER:
        lack = tr("The driver of the {} is version {}, older than {}: install a newer one.").format(
            name, driver, CUDA_DRIVER
        )
    return GraphicsCard(name, "cuda", driver, lack)


def _directx_card() -> Optional[GraphicsCard]:
    build = sys.getwindowsversion().build
    library = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "d3d12.dll"
    names = _windows_adapters()
    if not names or not library.is_file():
        return None
    lack = ""
    if build < DIRECTML_BUILD:
        lack = tr("Windows is of build {}, and DirectML wants {} (Windows 10, 1903): update Windows.").format(
            build, DIRECTML_BUILD
        )
    return GraphicsCard(names[0], "directml", lack=lack)


def _windows_adapters() -> List[str]:
    """Names of the display adapters with a driver of their own, in Windows' order."""
    import winreg  # Windows alone has it

    names: List[str] = []
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, DISPLAY_CLASS) as adapters:
            count = winreg.QueryInfoKey(adapters)[0]
            for place in range(count):
                try:
                    key = winreg.EnumKey(adapters, place)
                    with winreg.OpenKey(adapters, key) as adapter:
                        name = str(winreg.QueryValueEx(adapter, "DriverDesc")[0])
                except OSError:  # the key "Properties" is closed to users
                    continue
                if not any(part in name.lower() for part in NO_CARDS):
                    names.append(name)
    except OSError:
        return []
    return names
