"""Things done at once come in order, the first failure counts, and stopping stops."""

from __future__ import annotations

import threading

import pytest

from backend.errors import CancelledError, InputError
from training.progress import QuietProgress
from training.threads import in_threads


def test_results_come_in_the_order_of_the_items_whichever_is_done_first() -> None:
    second = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second.wait(30)  # ends after the next one
        second.set()
        return 10 * item

    assert list(in_threads(work, [0, 1, 2], 2, QuietProgress())) == [0, 10, 20]


def test_the_first_failure_by_order_is_raised_after_what_is_before_it() -> None:
    def work(item: int) -> int:
        if item > 0:
            raise InputError(f"item {item} is bad.")
        return item

    found = in_threads(work, [0, 1, 2], 3, QuietProgress())
    assert next(found) == 0
    with pytest.raises(InputError, match="item 1 is bad"):
        next(found)


def test_a_run_that_is_to_stop_begins_nothing_new() -> None:
    begun: list[int] = []
    stopped = threading.Event()

    def work(item: int) -> None:
        begun.append(item)
        stopped.set()
        threading.Event().wait(0.05)  # all of them would take a quarter of an hour

    with pytest.raises(CancelledError):
        list(in_threads(work, list(range(20_000)), 1, QuietProgress(stopped.is_set)))
    assert len(begun) < 20_000
