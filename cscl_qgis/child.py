"""Child processes: their clean environment, and the one place that starts one. No QGIS, standard library only."""

from __future__ import annotations

import contextlib
import os
import shlex

# The engine runs in a process, and a Python, of its own: that is what keeps QGIS's Python clean
import subprocess  # nosec B404
import sys
import time
from pathlib import Path
from typing import IO, Callable, Dict, Iterator, Mapping, Optional, Sequence, Tuple

REMOVED_PREFIXES = ("PYTHON", "PROJ_", "GDAL_", "QGIS_", "__PYVENV_LAUNCHER__")
"""QGIS points these at its own Python, PROJ and GDAL, which are not the worker's."""
ADDED = {
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}
"""No packages of the user's own, UTF-8 whatever the locale, and no telemetry by ONNX Runtime."""

CREATE_NO_WINDOW, BELOW_NORMAL_PRIORITY_CLASS = 0x08000000, 0x00004000
"""Windows' flags for a new process: no console window; a priority that its own children get, too."""
LINE_LIMIT = 1 << 20
"""Bytes; a child that writes longer lines is broken, and must not fill the memory."""

TASKKILL_S = 10.0
POLL_S = 0.2
"""Longest time between two looks at whether the user cancelled."""

Child = subprocess.Popen
TimeoutExpired = subprocess.TimeoutExpired


def child_environment(base: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """The environment of a child: this process's without what QGIS set for itself.

    Args:
        base: instead of this process's environment.
    """
    source = os.environ if base is None else base
    kept = {name: value for name, value in source.items() if not name.upper().startswith(REMOVED_PREFIXES)}
    root = kept.get("OSGEO4W_ROOT")
    if root:
        # QGIS on Windows puts its own DLLs on the PATH, where a worker's package could pick them up
        entries = kept.get("PATH", "").split(os.pathsep)
        kept["PATH"] = os.pathsep.join(entry for entry in entries if not _lies_in(entry, root))
    kept.update(ADDED)
    return kept


def _lies_in(entry: str, root: str) -> bool:
    def norm(path: str) -> str:
        if "~" in path:  # a short name of Windows, such as C:\\PROGRA~1
            path = os.path.realpath(path)
        return os.path.normcase(path.replace("/", os.sep)).rstrip(os.sep)

    return norm(entry) == norm(root) or norm(entry).startswith(norm(root) + os.sep)


def start(
    arguments: Sequence[str], cwd: Optional[Path] = None, merge_stderr: bool = False, behind: bool = False
) -> subprocess.Popen[bytes]:
    """Start a child with pipes on stdin, stdout and stderr, without a shell and without a console window.

    Args:
        arguments: the program's absolute path, then its arguments.
        cwd: the child's working folder.
        merge_stderr: stderr goes where stdout goes.
        behind: QGIS goes first where both want the processor.

    Raises:
        OSError: if the program cannot be started.
    """
    flags = CREATE_NO_WINDOW | (BELOW_NORMAL_PRIORITY_CLASS if behind else 0)
    # A list of arguments, no shell, and a program that the user installed for this
    child = subprocess.Popen(  # nosec B603
        list(arguments),
        cwd=None if cwd is None else str(cwd),
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge_stderr else subprocess.PIPE,
        creationflags=flags if sys.platform == "win32" else 0,
    )
    if behind and sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, child.pid, 5)
    return child


def read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a child's pipe until it closes, overlong ones in pieces; closes this end too."""
    with stream:
        while True:
            line = stream.readline(LINE_LIMIT)
            if not line:
                return
            yield line


def capture(
    arguments: Sequence[str],
    timeout: float,
    cwd: Optional[Path] = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Tuple[int, str]:
    """Run a program that ends by itself: its exit code, and what it wrote to stdout and stderr.

    Args:
        arguments: the program's absolute path, then its arguments.
        timeout: seconds that it may take.
        cwd: its working folder.
        is_cancelled: asked several times a second.

    Raises:
        OSError: if it cannot be started.
        TimeoutExpired: if it takes longer than `timeout` seconds; it is then ended.
        InterruptedError: if it was cancelled; it is then ended.
    """
    child = start(arguments, cwd, merge_stderr=True)
    until = time.monotonic() + timeout
    while True:
        try:
            output, _ = child.communicate(timeout=min(POLL_S, timeout))
            return child.returncode, output.decode("utf-8", "replace")
        except TimeoutExpired:
            is_late = time.monotonic() >= until
            if not is_late and not is_cancelled():
                continue
            child.kill()
            child.communicate()
            if is_late:
                raise
            raise InterruptedError from None


def end_tree(child: subprocess.Popen[bytes]) -> None:
    """End a child; on Windows with what it has started, which would go on there and keep files open."""
    if sys.platform == "win32":
        program = os.path.join(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", "taskkill.exe")
        with contextlib.suppress(OSError, TimeoutExpired):
            capture([program, "/T", "/F", "/PID", str(child.pid)], TASKKILL_S)
    child.kill()
    child.wait()


def command_text(arguments: Sequence[str]) -> str:
    """A command as it is typed into a terminal of this system."""
    return subprocess.list2cmdline(arguments) if sys.platform == "win32" else shlex.join(arguments)
