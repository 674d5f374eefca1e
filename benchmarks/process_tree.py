"""What a command and all processes that it starts take: seconds, cores, memory. Linux alone (/proc)."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

SAMPLE_S = 0.2
MIB = 2**20


@dataclass
class Taken:
    """What a command took."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    pss_mib: float = 0.0
    """Most of the sums over processes at one time, pages shared by several counted once."""
    rss_mib: float = 0.0
    """The same with shared pages counted for each: what a limit on resident memory sees."""
    hwm_mib: float = 0.0
    """Sum of what each process held at most (VmHWM), whenever that was."""
    processes: int = 0
    """Most at one time that had used a second of processor time."""
    phases: dict[str, dict[str, float]] = field(default_factory=dict)
    """wall_s and cpu_s between changes of what the command's progress events say."""

    @property
    def cores(self) -> float:
        """Used on average."""
        return self.cpu_s / self.wall_s

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "cores": self.cores}


def run(command: Sequence[str], environment: dict[str, str], phases: Sequence[str] = ()) -> Taken:
    """Run a command that writes events (JSON lines) on its standard output.

    Args:
        command: the command.
        environment: variables beside those of this process.
        phases: how the texts of progress events begin that start a phase.

    Raises:
        RuntimeError: if it fails; with what it wrote on standard error.
    """
    watcher = _Watcher()
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
        reader.start()
        watcher.start(process.pid, "start")
        for line in process.stdout or ():
            event = json.loads(line)
            text = str(event.get("what", event.get("message", "")))
            begun = next((phase for phase in phases if text.startswith(phase)), None)
            if event.get("event") == "progress" and begun:
                watcher.enter(begun)
            if event.get("event") == "error":
                errors.append(line)
        usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(usage[1])
        watcher.stop()
        reader.join(5)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{''.join(errors)[-4000:]}")
    taken = watcher.taken
    taken.wall_s = time.monotonic() - started
    taken.cpu_s = usage[2].ru_utime + usage[2].ru_stime
    return taken


class _Watcher:
    """Samples a process and its descendants until it is stopped."""

    def __init__(self) -> None:
        self.taken = Taken()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._high: dict[int, float] = {}
        self._cpu: dict[int, float] = {}
        self._marks: list[tuple[str, float, float]] = []

    def start(self, pid: int, phase: str) -> None:
        self._root = psutil.Process(pid)
        self._marks.append((phase, time.monotonic(), 0.0))
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def enter(self, phase: str) -> None:
        """A phase begins, unless it is going on."""
        if phase != self._marks[-1][0]:
            self._sample()
            self._marks.append((phase, time.monotonic(), sum(self._cpu.values())))

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._marks.append(("", time.monotonic(), sum(self._cpu.values())))
        for (phase, start, cpu), (_, end, cpu_end) in zip(self._marks, self._marks[1:], strict=False):
            entry = self.taken.phases.setdefault(phase, {"wall_s": 0.0, "cpu_s": 0.0})
            entry["wall_s"] += end - start
            entry["cpu_s"] += cpu_end - cpu
        self.taken.hwm_mib = sum(self._high.values())

    def _watch(self) -> None:
        while not self._stopped.wait(SAMPLE_S):
            self._sample()

    def _sample(self) -> None:
        with self._lock:
            pss = rss = 0.0
            busy = 0
            try:
                members = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                return
            for member in members:
                try:
                    used = member.cpu_times()
                    folder = Path(f"/proc/{member.pid}")
                    status = (folder / "status").read_text(encoding="ascii")
                    rollup = (folder / "smaps_rollup").read_text(encoding="ascii")
                except (psutil.Error, OSError):
                    continue
                if "VmHWM:" not in status or "\nPss:" not in rollup:
                    continue
                self._cpu[member.pid] = used.user + used.system
                busy += self._cpu[member.pid] > 1
                self._high[member.pid] = _kib(status, "VmHWM:") / 1024
                pss += _kib(rollup, "\nPss:") / 1024
                rss += _kib(status, "VmRSS:") / 1024
            self.taken.pss_mib = max(self.taken.pss_mib, pss)
            self.taken.rss_mib = max(self.taken.rss_mib, rss)
            self.taken.processes = max(self.taken.processes, busy)


def _kib(text: str, name: str) -> int:
    return int(text.split(name)[1].split()[0])
