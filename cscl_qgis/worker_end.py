"""How a worker may end without saying why: each way as a sentence and what to do about it. No QGIS in here."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Dict, Tuple

from .translation import tr

MEND = "Set up the mapping engine again."
"""What to do about a mapping engine that does not start or lacks a package."""

NATIVE_CRASHES: Dict[int, Tuple[str, str]] = {
    0xC0000005: (
        "crashed in native code (access violation, 0xC0000005)",
        "Have the IT desk check whether a virus scanner injects code into the process, and update the graphics "
        "driver if a GPU was used; then try with the device set to cpu.",
    ),
    0xC0000135: (
        "could not start because a DLL is missing (0xC0000135)",
        "Install the Microsoft Visual C++ Redistributable (x64), then set up the worker's Python again.",
    ),
    0xC0000142: (
        "could not start because a DLL failed to initialise (0xC0000142)",
        "Have the IT desk check whether a virus scanner or application control blocks the engine's folder.",
    ),
    0xC0000022: (
        "was denied access to one of its files (0xC0000022)",
        "Have the IT desk exempt the engine's folder in the virus scanner or application control.",
    ),
    0xC000001D: (
        "met an instruction that this processor does not have (0xC000001D)",
        "The packages need a processor with AVX2; use another computer.",
    ),
    0xC0000017: ("ran out of memory (0xC0000017)", "Lower the memory limit, or take a smaller region."),
    0xC000013A: ("was closed from outside (0xC000013A)", "Run it again."),
}
"""Windows status codes a worker may end with: what happened, what to do."""
SIGNAL_CRASHES: Dict[str, Tuple[str, str]] = {
    "SIGKILL": (
        "was ended by the system, most likely because the memory ran out (signal 9)",
        "Lower the memory limit, close other programs, or take a smaller region.",
    ),
    "SIGSEGV": ("crashed in native code (signal 11)", "Try with the device set to cpu; then report it with the log."),
    "SIGABRT": ("broke off in native code (signal 6)", "Try with the device set to cpu; then report it with the log."),
    "SIGBUS": ("could not read its memory or a file (signal 7)", "Check the disk, then run it again."),
    "SIGILL": (
        "met an instruction that this processor does not have (signal 4)",
        "The packages need a processor with AVX2; use another computer.",
    ),
    "SIGTERM": ("was closed from outside (signal 15)", "Run it again."),
}
"""Signals a worker may die of on Linux and macOS."""


def explain_start(python: Path, error: OSError, mend: str = MEND) -> Tuple[str, str]:
    """Sentence and hint for a worker that could not be started; `mend` is for a fault of its Python."""
    windows = getattr(error, "winerror", None)
    if windows in (225, 226):
        return (
            tr("The virus scanner blocked {}.").format(python),
            tr("Have the IT desk exempt the engine's folder in the virus scanner."),
        )
    if windows in (5, 1260) or isinstance(error, PermissionError):
        return (
            tr("This computer does not allow {} to be run.").format(python),
            tr(
                "Have the IT desk allow programs in that folder (application control, or a disk mounted without "
                "'exec')."
            ),
        )
    return (
        tr("The worker's Python {} cannot be started ({}).").format(python, error.strerror or error),
        tr(mend),
    )


def explain_exit(exit_code: int, log: str, mend: str = MEND) -> Tuple[str, str]:
    """Sentence and hint for a worker that ended without a result and without an error event.

    Args:
        exit_code: as Popen gives it: negative for a signal, a status code on Windows.
        log: what it wrote besides events.
        mend: what to do about a fault of its Python.
    """
    status = exit_code & 0xFFFFFFFF
    if status in NATIVE_CRASHES:
        what, hint = NATIVE_CRASHES[status]
        return tr("The worker {}.").format(tr(what)), tr(hint)
    if exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = str(-exit_code)
        if name not in SIGNAL_CRASHES:
            return tr("The worker was ended by signal {}.").format(name), tr("Run it again; then report it.")
        what, hint = SIGNAL_CRASHES[name]
        return tr("The worker {}.").format(tr(what)), tr(hint)
    last = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), tr("no message"))
    if "No Python at" in log:  # said by Windows' launcher of an environment
        return tr("The Python that the worker's environment was made of is gone, perhaps with an older QGIS."), tr(mend)
    if "DLL load failed" in log:
        return (
            tr("The worker could not load one of its libraries: {}").format(last),
            tr("Install the Microsoft Visual C++ Redistributable (x64).") + " " + tr(mend),
        )
    if "No module named" in log or "ImportError" in log:
        return tr("The worker's Python lacks a package: {}").format(last), tr(mend)
    if status >= 0xC0000000:
        told = tr("The worker crashed in native code (0x{:08X}).").format(status)
        return told, tr("Give this code to the IT desk, with the log.")
    if exit_code == 0:
        hint = tr("Run it again; if it happens again, report it with the log.")
        return tr("The worker ended without a result."), hint
    return tr("The worker ended with code {}: {}").format(exit_code, last), tr("Report it with the log.")
