"""The largest memory that this process has taken so far, as the system tells it."""

from __future__ import annotations

import sys
from pathlib import Path

PROCESS_STATUS = Path("/proc/self/status")


def peak_memory() -> int | None:
    """Bytes; None where the system does not say."""
    # not getrusage's on Linux, which a process inherits from the one that started it
    if PROCESS_STATUS.is_file():
        status = PROCESS_STATUS.read_text(encoding="ascii", errors="replace")
        for line in status.splitlines():
            if line.startswith("VmHWM"):
                return 1024 * int(line.split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
