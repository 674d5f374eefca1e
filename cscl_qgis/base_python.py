"""Interpreters that an environment could be made from: where they may lie, which of them will do. Installs nothing.

Standard library only and no QGIS.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from .child import TimeoutExpired, capture
from .environment import MAPPING, Profile, WorkerPythonError
from .translation import tr

_ABOUT = (
    "import json, platform, sys\n"
    "try:\n import venv, ensurepip\nexcept ImportError:\n can_build = False\nelse:\n can_build = True\n"
    "print(json.dumps([list(sys.version_info[:3]), sys.maxsize > 2**32, can_build, sys.platform, platform.machine()]))"
)
NEWEST_TRIED = 14
"""Python 3.x that is looked for on the PATH by name, at most."""
MAC_FOLDERS = (
    "/Library/Frameworks/Python.framework/Versions/3.{minor}/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/opt/local/bin",
)
"""Where python.org's installer, Homebrew (on Apple's and on Intel's processors) and MacPorts put Python on macOS."""


class Interpreter:
    """What an interpreter says of itself."""

    def __init__(self, version: Tuple[int, int, int], is_64_bit: bool, can_build: bool, system: str, machine: str):
        self.version, self.is_64_bit, self.can_build = version, is_64_bit, can_build
        self.system, self.machine = system, machine.lower()

    @property
    def target(self) -> str:
        """The lock file's name for it: system, kind of processor and version, such as windows-x86_64-3.12."""
        return f"{self.kind}-{self.version[0]}.{self.version[1]}"

    @property
    def kind(self) -> str:
        """System and kind of processor, such as windows-x86_64."""
        system = {"win32": "windows", "darwin": "macos"}.get(self.system, self.system)
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(self.machine, self.machine)
        return f"{system}-{machine}"


def base_candidates() -> List[Path]:
    """Interpreters that an environment could be made from, best first.

    Inside QGIS on Windows and macOS sys.executable is QGIS itself; its Python lies elsewhere.
    """
    found: List[Path] = []
    executable = Path(sys.executable or "")
    if executable.name.lower().startswith("python"):
        found.append(executable)
    prefix, names = Path(sys.base_exec_prefix), [f"python3.{minor}" for minor in range(NEWEST_TRIED, 9, -1)]
    if sys.platform == "win32":
        found.append(prefix / "python.exe")
        found += _newest_first(executable.parent.parent / "apps", "Python3*/python.exe")
    else:
        found.append(prefix / "bin" / "python3")
    if sys.platform == "darwin":
        bundle = executable.parent.parent
        for folder in (executable.parent / "bin", executable.parent, bundle / "Frameworks" / "bin"):
            found += [folder / name for name in ("python3", *names)]
    for name in (*names, "python3", "python"):
        on_path = shutil.which(name)
        if on_path and not _only_offers_one(on_path):
            found.append(Path(on_path))
    if sys.platform == "win32":
        found += _registered()
        programs = [os.environ.get(name, "") for name in ("LOCALAPPDATA", "ProgramFiles")]
        for place in (Path(name) for name in programs if name):
            found += _newest_first(place / "Programs" / "Python", "Python3*/python.exe")
            found += _newest_first(place, "Python3*/python.exe")
    if sys.platform == "darwin":  # what is started from the desktop has none of these on its PATH
        for folder in MAC_FOLDERS:
            found += [Path(folder.format(minor=name[len("python3.") :])) / name for name in names]
    unique: List[Path] = []
    for path in found:
        path = Path(os.path.abspath(path))
        if path.is_file() and path not in unique:
            unique.append(path)
    return unique


def _newest_first(folder: Path, pattern: str) -> List[Path]:
    """Interpreters below a folder; Python312 is newer than Python39."""

    def version(path: Path) -> int:
        digits = "".join(character for character in path.parent.name[len("Python3") :] if character.isdigit())
        return int(digits or 0)

    return sorted(folder.glob(pattern), key=version, reverse=True)


def _only_offers_one(path: str) -> bool:
    """True for what opens the store (Windows) or asks to install developer tools (macOS) where there is no Python."""
    return "WindowsApps" in path or (sys.platform == "darwin" and path.startswith("/usr/bin/"))


def _registered() -> List[Path]:
    """Interpreters that Windows' launcher 'py' knows, newest first (PEP 514)."""
    import winreg  # Windows alone has it

    found: List[Tuple[int, Path]] = []
    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        try:
            with winreg.OpenKey(root, r"Software\Python\PythonCore") as core:
                tags = [winreg.EnumKey(core, place) for place in range(winreg.QueryInfoKey(core)[0])]
        except OSError:
            continue
        for tag in tags:
            try:
                folder = winreg.QueryValue(root, rf"Software\Python\PythonCore\{tag}\InstallPath")
            except OSError:  # what an uninstalled one left
                continue
            minor = tag.partition(".")[2]
            if folder and minor.isdigit() and not _only_offers_one(folder):  # "3.12-32" has 32 bits
                found.append((int(minor), Path(folder) / "python.exe"))
    return [path for _, path in sorted(found, key=lambda one: one[0], reverse=True)]


def about(python: Path) -> Optional[Interpreter]:
    """What an interpreter says of itself; None if it does not run."""
    try:
        code, text = capture([str(python), "-c", _ABOUT], 30.0)
        said = json.loads(text.strip().splitlines()[-1]) if code == 0 else None
        return None if said is None else Interpreter(tuple(said[0]), *said[1:])  # type: ignore[arg-type]
    except (OSError, ValueError, IndexError, TypeError, TimeoutExpired):
        return None


def choose_base(candidates: Sequence[Path], profile: Profile = MAPPING) -> Tuple[Path, Interpreter]:
    """The first interpreter that an environment can be made from, better one that there is a lock file for.

    QGIS for Macs of Intel also runs on those of Apple, for whose own kind of processor there are more packages.

    Raises:
        WorkerPythonError: if none can; the message says what each lacks.
    """
    oldest, newest = (".".join(str(part) for part in version) for version in (profile.oldest, profile.newest))
    refused: List[str] = []
    second_best: Optional[Tuple[Path, Interpreter]] = None
    for path in candidates:
        known = about(path)
        if known is None:
            refused.append(tr("{} does not run").format(path))
            continue
        own = f"{known.version[0]}.{known.version[1]}"
        if known.version[:2] < profile.oldest:
            refused.append(tr("{} is Python {}, older than {}").format(path, own, oldest))
        elif known.version[:2] > profile.newest:
            refused.append(
                tr("{} is Python {}, newer than {}, for which the packages are not all to be had").format(
                    path, own, newest
                )
            )
        elif not known.is_64_bit:
            refused.append(tr("{} is a 32-bit Python").format(path))
        elif not known.can_build:
            refused.append(tr("{} lacks the venv module (on Debian and Ubuntu: apt install python3-venv)").format(path))
        elif known.kind in profile.systems:
            return path, known
        else:
            second_best = second_best or (path, known)
    if second_best is not None:
        return second_best
    told = tr("No Python {} to {} was found to build the engine's environment from").format(oldest, newest)
    raise WorkerPythonError(
        f"{told} ({'; '.join(refused)})." if refused else f"{told}.",
        tr("Install Python 3.12 from python.org (no administrator rights needed) and try again."),
    )
