"""A stand-in for ``backend``: behaves as the request's ``model`` says. Tests copy it to backend/__main__.py."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


def emit(event: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> int:
    request = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    what, out = request["model"], Path(request["out"])
    emit("started", task="map", version="0", pid=os.getpid(), request=sys.argv[2], environment=dict(os.environ))
    if what == "fine":
        sys.stderr.write("a library says something\n")
        sys.stdout.write('garbage on stdout\n{"not": "an event"}\n[1, 2]\n\xff\n')
        for done in range(1, 4):
            emit("progress", stage="map", done=done, total=3, eta_s=3.0 - done)
        emit("warning", message="Ein Datum fehlt: März")
        emit("result", outputs={"crop_type": str(out / "crop_type.tif")}, summary={"dates_used": 3})
        return 0
    if what == "error":
        emit("error", code="BandMissingError", message="no band B8A", hint="Give it.", exit_code=2)
        return 2
    if what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "no result":
        return 0
    if what == "traceback":
        sys.stderr.write("Traceback ...\nModuleNotFoundError: No module named 'rasterio'\n")
        return 1
    if what == "lingers":
        emit("result", outputs={}, summary={})
        time.sleep(60)
    if what == "ends with stdin":
        sys.stdin.read()
        emit("error", code="CancelledError", message="cancelled", hint="", exit_code=4)
        return 4
    if what == "deaf":
        (out / ".cscl-run").mkdir()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        emit("stage", stage="deaf", message="deaf")
        threading.Event().wait(60)
    return 1


raise SystemExit(main())
