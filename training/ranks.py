"""Which of the processes that train one model together this is. Standard library only.

Processes are started by Lightning on one node (it runs the same command again, with LOCAL_RANK set), or by torchrun or
SLURM on several. The first of them, the lead, does all that is done once: it builds, writes, evaluates and tells.
"""

from __future__ import annotations

import os
import threading
import time

FIRST = 0
PARENT_POLL_S = 1.0


def rank() -> int:
    """Number of this process among all; 0 for a process of its own, and for the lead. Not 0 for any other."""
    # SLURM's number last: it is 0 for all whom Lightning started in a session of one task
    names = ("RANK",) if os.environ.get("LOCAL_RANK", "").isdigit() else ("RANK", "SLURM_PROCID")
    for name in names:
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    local, node = (_number(name) for name in ("LOCAL_RANK", "NODE_RANK"))
    return local if not node else max(1, local)  # of a node, only whether it is the lead can be told


def is_lead() -> bool:
    """True for the process that writes and tells."""
    return rank() == FIRST


def end_with_parent() -> None:
    """End this process soon after the one that started it, which may have been killed, waiting for a peer or not."""
    if not _number("LOCAL_RANK"):
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _number(name: str) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isdigit() else 0
