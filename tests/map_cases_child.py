"""Run as a process of its own: maps of many spoilt inputs one after the other, and how each ended, as JSON lines.

A model or an image that is spoilt may take down the process that reads it, or all memory, so it is not the test's own.

    python tests/map_cases_child.py FOLDER      where each folder in FOLDER is a case with a request.json
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MEMORY_BYTES = 6 * 2**30
"""Address space of the process: ONNX Runtime and GDAL reserve more than they use."""
FILE_BYTES = 2**28
OPEN_FILES = 512
HANGS_S = 60
"""A case that takes so long is stuck: sound ones take less than a second."""


def refuse_sockets(event: str, arguments: Any) -> None:
    """An audit hook: no code in this process gets a socket."""
    if event == "socket.__new__":
        raise RuntimeError("a map has opened a socket")


def act(case: Path) -> Callable[[], None]:
    """What is to be done with a case."""
    from backend.mapping import run_map
    from backend.protocol import MapRequest
    from backend.repeat import prepare_repetition

    def run() -> None:
        if (case / "repeat").exists():
            request = prepare_repetition(case / "run.json", case / "out").request
        else:
            request = MapRequest.read(case / "request.json")
        run_map(request, lambda event, **values: None, lambda: False, lambda session: None)

    return run


def look(case: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all files of a case but those in its output folder."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in case.rglob("*")
        if path.is_file() and "out" not in path.relative_to(case).parts[:1]
    }


def ending(case: Path) -> dict[str, Any]:
    """How a case ended."""
    from backend.process_memory import peak_memory
    from backend.worker import explain

    before = look(case)
    said: dict[str, Any] = {"case": case.name, "code": 0, "message": "", "hint": ""}
    signal.alarm(HANGS_S)
    try:
        act(case)()
    except Exception as error:
        told = explain(error)
        said |= {"code": 1, "message": repr(error)}
        if told is not None:
            said |= {"code": told.exit_code, "message": told.message, "hint": told.hint, "kind": told.code}
    signal.alarm(0)
    out = case / "out"
    said["outputs"] = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    said["touched"] = sorted(set(before.items()) ^ set(look(case).items()))
    said["peak_kib"] = (peak_memory() or 0) // 1024
    return said


def main(folder: Path) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    sys.addaudithook(refuse_sockets)
    for case in sorted(folder.iterdir()):
        sys.stdout.write(json.dumps(ending(case)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
