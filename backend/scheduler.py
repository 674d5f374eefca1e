"""Run independent units of work: in this process, on the cores of this machine, or on the workers of a dask cluster.

Units write files of their own and hand nothing back, so that which worker does which, and when, cannot change the
result. The workers of a cluster must see the same files at the same paths as this process.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .errors import CancelledError, CsclError, PackageMissingError, RequestError, ResourceError

POLL_S = 0.2
"""How often the cluster is asked, and whether the run is to stop."""
CONNECT_S = 30
"""How long a cluster's address may take to answer."""
_LOCAL = re.compile(r"local(?::(\d+))?")

Work = Callable[[Any, Any, Callable[[], bool]], None]
"""work(shared, unit, is_cancelled): does one unit."""


class Progress(Protocol):
    """What is told, and asked, while units are done."""

    def progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total` are done; the next is `what`."""

    def is_cancelled(self) -> bool:
        """True once the run is to stop."""


@dataclass(frozen=True)
class Unit:
    """One unit: what it shares with others is sent to a worker once."""

    shared: int
    """Position in the list of shared values."""
    value: Any
    """What tells this unit apart."""
    weight: int
    """Its part of the work, for the progress."""


def check_scheduler(text: str) -> str:
    """A scheduler's name as it is, if it can be one.

    Raises:
        RequestError: if it is neither local, local:N nor an address such as tcp://host:8786.
    """
    match = _LOCAL.fullmatch(text)
    if (match and match.group(1) != "0") or re.fullmatch(r"(tcp|tls|ws|wss)://\S+", text):
        return text
    raise RequestError(
        f"'{text}' is no scheduler.", "Give local, local:N for N processes, or the address of a dask cluster."
    )


def num_local(scheduler: str) -> int:
    """Processes of a local scheduler; 0 for a cluster's address."""
    match = _LOCAL.fullmatch(scheduler)
    if match is None:
        return 0
    return int(match.group(1)) if match.group(1) else os.cpu_count() or 1


def run_units(
    work: Work,
    shared: Sequence[Any],
    units: Sequence[Unit],
    scheduler: str,
    progress: Progress,
    what: str,
    folder: Path,
) -> None:
    """Do all units; the first failure ends the others.

    Args:
        work: a function of a module, so that other processes can import it.
        shared: values that units have in common.
        units: what is to be done.
        scheduler: local, local:N, or the address of a dask scheduler.
        progress: is told what is done and asked whether to stop.
        what: what the progress says.
        folder: for the cluster's own files and the sign to stop; on a disk that all workers see.

    Raises:
        CancelledError: if the run was cancelled.
        CsclError: of the first unit that failed.
    """
    total = sum(unit.weight for unit in units)
    progress.progress(0, total, what)
    if num_local(scheduler) == 1 or (num_local(scheduler) and len(units) == 1):
        done = 0
        for unit in units:
            _check_cancelled(progress)
            work(shared[unit.shared], unit.value, progress.is_cancelled)
            done += unit.weight
            progress.progress(done, total, what)
        return
    with _client(scheduler, len(units), folder) as client:
        _run_on_cluster(client, work, shared, units, progress, what, folder)


def _check_cancelled(progress: Progress) -> None:
    if progress.is_cancelled():
        raise CancelledError(
            "The run was cancelled; what is done so far is kept.", "The same command goes on where it stopped."
        )


def import_distributed() -> Any:
    """The package dask.distributed, which is not installed with the others.

    Raises:
        PackageMissingError: if it is not there.
    """
    try:
        import distributed
    except ImportError as error:
        raise PackageMissingError(
            f"Several processes need the package distributed, which this Python cannot load ({error}).",
            "Install it (pip install distributed), or leave out --scheduler.",
        ) from error
    return distributed


def _run_on_cluster(
    client: Any,
    work: Work,
    shared: Sequence[Any],
    units: Sequence[Unit],
    progress: Progress,
    what: str,
    folder: Path,
) -> None:
    distributed = import_distributed()
    total, done = sum(unit.weight for unit in units), 0
    stop = folder / "stop"
    stop.unlink(missing_ok=True)
    # as answers of tasks, which are asked again where the worker that held one is lost; scattered values are gone then
    numbers = sorted({unit.shared for unit in units})
    kept = {number: client.submit(_same, shared[number], key=f"shared-{number}") for number in numbers}
    waiting = {
        # what one unit writes no other one does, so a unit of a lost worker may be done again
        client.submit(_remote, work, kept[unit.shared], unit.value, str(stop), os.getpid(), key=f"unit-{number}"): unit
        for number, unit in enumerate(units)
    }
    try:
        while waiting:
            _check_cancelled(progress)
            # not by distributed.wait: each one that times out leaves a waiter for each unit behind
            finished = [future for future in waiting if future.done()]
            if not finished:
                time.sleep(POLL_S)
                continue
            for future in finished:
                done += waiting.pop(future).weight
                try:
                    future.result()
                except distributed.KilledWorker as error:
                    raise ResourceError(
                        "A unit of the work ended three of its workers, most likely for want of memory.",
                        "Give fewer processes (--scheduler local:1) or a machine with more memory.",
                    ) from error
            progress.progress(done, total, what)
    finally:
        if waiting:
            stop.touch()
            client.cancel(list(waiting), force=True)


def _same(value: Any, /) -> Any:
    return value


def _remote(work: Work, shared: Any, value: Any, stop: str, owner: int, /) -> None:
    """One unit on a worker."""
    _end_with_owner(owner)
    try:
        work(shared, value, functools.partial(os.path.exists, stop))
    except (CsclError, OSError) as error:
        # what a library raised on the way cannot always be sent to the process that asked
        error.__cause__ = error.__context__ = None
        raise


@functools.cache
def _end_with_owner(owner: int) -> None:
    """End this process when the one that started it is gone: a killed run must leave no workers behind."""
    if os.getppid() != owner:
        return  # a worker of somebody's cluster

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(POLL_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _client(scheduler: str, units: int, folder: Path) -> Iterator[Any]:
    """A client of the cluster; a local cluster lives as long as it."""
    distributed = import_distributed()
    import dask

    count = num_local(scheduler)
    workers = min(count, units)
    # no page for the browser, no files outside of the run's folder; spawned, since the engine's libraries have threads
    settings = {
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.worker.daemon": True,
        "distributed.admin.system-monitor.interval": "5s",
        # memory given back after every array is asked for again: a third of the time went into that
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    }
    with dask.config.set(settings):
        if not count:
            try:
                client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
            except OSError as error:
                raise RequestError(
                    f"No dask scheduler answers at {scheduler} ({str(error).splitlines()[0]}).",
                    "Start it with 'dask scheduler' and workers with 'dask worker', or give --scheduler local.",
                ) from error
            with client, client.as_current():
                yield client
            return
        with (
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                memory_limit=0,
                local_directory=str(folder),
                silence_logs=logging.CRITICAL,  # failures are told by this process
                # GDAL decodes with as many threads as there are cores, in each process
                env={"GDAL_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // workers))},
                protocol="tcp://",
                host="127.0.0.1",
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
            client.as_current(),
        ):
            try:
                yield client
            except BaseException:
                # a cluster that is asked to close waits for the units in hand; these look for the sign to stop
                for worker in list(cluster.workers.values()):
                    worker.status = distributed.Status.failed  # or a new process is started in place of this one
                    process = getattr(getattr(worker, "process", None), "process", None)
                    if process is not None:
                        process.kill()
                raise
