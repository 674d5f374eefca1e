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


class Interpreter:
    """What an interpreter says of itself."""

    def __init__(self, version: Tuple[int, int, int], is_64_bit: bool, can_build: bool, system: str, machine: str):
        self.version, self.is_64_bit, self.can_build = version, is_64_bit, can_build
        self.system, self.machine = system, machine.lower()

    @property
    def target(self) -> str:
        """The lock file's name for it: system, kind of processor and version, such as windows-x86_64-3.12."""
        system = {"win32": "windows", "darwin": "macos"}.get(self.system, self.system)
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(self.machine, self.machine)
        return f"{system}-{machine}-{self.version[0]}.{self.version[1]}"


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
    names = [f"python3.{minor}" for minor in range(NEWEST_TRIED, 9, -1)] + ["python3", "python"]
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


def about(python: Path) -> Optional[Interpreter]:
    """What an interpreter says of itself; None if it does not run."""
    try:
        code, text = capture([str(python), "-c", _ABOUT], 30.0)
        said = json.loads(text.strip().splitlines()[-1]) if code == 0 else None
        return None if said is None else Interpreter(tuple(said[0]), *said[1:])  # type: ignore[arg-type]
    except (OSError, ValueError, IndexError, TypeError, TimeoutExpired):
        return None


def choose_base(candidates: Sequence[Path], profile: Profile = MAPPING) -> Tuple[Path, Interpreter]:
    """The first interpreter that an environment can be made from.

    Raises:
        WorkerPythonError: if none can; the message says what each lacks.
    """
    oldest, newest = (".".join(str(part) for part in version) for version in (profile.oldest, profile.newest))
    refused = []
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
        else:
            return path, known
    told = tr("No Python {} to {} was found to build the engine's environment from").format(oldest, newest)
    raise WorkerPythonError(
        f"{told} ({'; '.join(refused)})." if refused else f"{told}.",
        tr("Install Python 3.12 from python.org (no administrator rights needed) and try again."),
    )
