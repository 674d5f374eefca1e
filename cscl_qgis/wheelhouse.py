"""A folder of wheels for a computer without network: the locked packages of another system, fetched and checked here.

Standard library only and no QGIS.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Callable, Dict, Tuple

from .environment import Profile, WorkerPythonError
from .environment_build import TORCH, TORCH_CPU_INDEX, follow, lock_file, pip_command
from .translation import tr

TARGETS: Dict[str, Tuple[str, Tuple[str, ...]]] = {
    "windows": ("windows-x86_64", ("win_amd64",)),
    "linux": (
        "linux-x86_64",
        tuple(f"manylinux{kind}_x86_64" for kind in ("_2_28", "_2_27", "_2_26", "_2_24", "_2_17", "2014", "2010", "1")),
    ),
    "macos": (
        "macos-aarch64",
        tuple(f"macosx_{major}_0_{kind}" for major in (14, 13, 12, 11) for kind in ("arm64", "universal2")),
    ),
}
"""Systems: the lock file's name for them, and pip's names for the wheels that run there."""


def fill(
    folder: Path,
    system: str,
    version: str,
    profile: Profile,
    python: Path,
    report: Callable[[str], None] = lambda line: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    proxy: str = "",
) -> None:
    """Fetch all packages of a profile for a system and version of Python; each but PyTorch is checked against its hash.

    Args:
        folder: where the wheels go; made if it is not there, and what it holds stays.
        system: one of TARGETS.
        version: of Python there, such as 3.12.
        profile: which packages.
        python: an interpreter of this computer that has pip.
        report: takes progress as lines of text.
        is_cancelled: asked several times a second.
        proxy: handed to pip.

    Raises:
        WorkerPythonError: if there is no lock file for that system and version, or a package cannot be fetched.
    """
    name, platforms = TARGETS[system]
    locked = lock_file(f"{name}-{version}", profile)
    if locked is None:
        oldest, newest = (".".join(str(part) for part in bound) for bound in (profile.oldest, profile.newest))
        raise WorkerPythonError(
            tr("There is no list of packages '{}' for Python {} on {}.").format(profile.name, version, system),
            tr("Take Python {} to {}.").format(oldest, newest)
            if name in profile.systems
            else tr("There is none for that system; take the packages 'mapping'."),
        )
    arguments = [*pip_command(python), "download", "--disable-pip-version-check", "--no-input", "--no-deps"]
    arguments += ["--only-binary", ":all:", "--progress-bar", "off", "--dest", str(folder.resolve())]
    arguments += ["--implementation", "cp", "--python-version", version]
    # the version's own wheels, and those for any later one of the stable interface
    major, minor = (int(part) for part in version.split("."))
    for abi in (f"cp{major}{minor}", "abi3", "none"):
        arguments += ["--abi", abi]
    for platform in (*platforms, "any"):
        arguments += ["--platform", platform]
    if proxy:
        arguments += ["--proxy", proxy]
    folder.mkdir(parents=True, exist_ok=True)
    failure = tr("The packages cannot be fetched")
    if profile.needs_torch:
        index = ["--index-url", TORCH_CPU_INDEX] if system == "linux" else []
        follow([*arguments, *index, TORCH], report, is_cancelled, failure)
    with tempfile.TemporaryDirectory(prefix="cscl-") as scratch:
        requirements = Path(scratch) / "requirements.txt"
        shutil.copyfile(locked, requirements)
        follow([*arguments, "--require-hashes", "-r", str(requirements)], report, is_cancelled, failure)
    report(
        tr("{} packages in {}: carry it over, and choose it at the set-up").format(
            len(list(folder.glob("*.whl"))), folder
        )
    )
