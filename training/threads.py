"""Do a few things at once in threads of this process, in order as far as anybody sees.

For work that waits for disks or runs in libraries without Python's lock (GDAL, hashing); what computes in Python is
the business of scheduler.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from training.progress import Progress, check_cancelled

POLL_S = 0.2
"""How often it is asked whether to stop."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    work: Callable[[Item], Result], items: Sequence[Item], threads: int, progress: Progress
) -> Iterator[Result]:
    """The results in the order of the items; later ones are worked on meanwhile.

    Args:
        work: is called from several threads, with one item.
        items: what is to be done.
        threads: items at a time.
        progress: is asked whether to stop.

    Raises:
        CancelledError: if cancelled; items that were begun are done first.
        Exception: of the first item, by order, that failed.
    """
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                while not wait([future], POLL_S).done:
                    check_cancelled(progress)
                check_cancelled(progress)
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
