"""Three steps at once: order is kept, queues are short, and whichever fails or is cancelled ends all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from backend.errors import CancelledError, InputError, ResourceError
from backend.pipeline import run_pipeline


def test_items_keep_their_order_through_all_steps() -> None:
    taken: list[int] = []
    run_pipeline(lambda _: range(50), lambda item: [10 * item, 10 * item + 1], taken.append)
    assert taken == [value for item in range(50) for value in (10 * item, 10 * item + 1)]


def test_making_waits_when_the_queue_is_full() -> None:
    made: list[int] = []
    full = threading.Event()

    def make(is_stopped: Callable[[], bool]) -> Iterator[int]:
        for number in range(9):
            made.append(number)
            if number == 2:
                full.set()
            yield number

    def work(item: int) -> list[int]:
        if item == 0:
            # the first is worked on, the second waits in the queue, the third is made and cannot be put
            assert full.wait(30)
            assert len(made) == 3
        return []

    run_pipeline(make, work, lambda _: None)
    assert len(made) == 9


@pytest.mark.parametrize("step", ["make", "work", "take"])
def test_the_failure_of_any_step_is_raised_and_ends_the_others(step: str) -> None:
    def fail_at(name: str, value: int) -> int:
        if name == step and value == 3:
            raise InputError(f"{name} failed")
        return value

    before = threading.active_count()
    with pytest.raises(InputError, match=f"{step} failed"):
        run_pipeline(
            lambda _: (fail_at("make", number) for number in range(10**9)),
            lambda item: [fail_at("work", item)],
            lambda result: (fail_at("take", result), None)[1],
        )
    assert threading.active_count() == before


def test_the_first_failure_is_the_one_that_is_told() -> None:
    failed = threading.Event()

    def make(is_stopped: Callable[[], bool]) -> Iterator[int]:
        yield 0
        failed.set()
        raise ResourceError("first")

    def work(item: int) -> list[int]:
        failed.wait(30)
        return [item] * 10**6

    with pytest.raises(ResourceError, match="first"):
        run_pipeline(make, work, lambda _: None)


def test_cancelling_ends_a_run_that_waits_for_its_next_item() -> None:
    waiting, release = threading.Event(), threading.Event()

    def make(is_stopped: Callable[[], bool]) -> Iterator[int]:
        waiting.set()
        while not release.wait(0.01):
            yield 0

    def cancelled() -> bool:
        if waiting.is_set():
            release.set()
            return True
        return False

    with pytest.raises(CancelledError):
        run_pipeline(make, lambda item: [], lambda _: None, cancelled)


def test_cancelling_is_noticed_while_the_last_results_are_taken() -> None:
    taking, cancelled = threading.Event(), threading.Event()

    def take(_: int) -> None:
        taking.set()
        cancelled.wait(30)

    def is_cancelled() -> bool:
        if taking.is_set():
            cancelled.set()
        return cancelled.is_set()

    with pytest.raises(CancelledError):
        run_pipeline(lambda _: [1], lambda item: [item], take, is_cancelled)


def test_what_makes_items_is_closed_and_told_when_another_step_fails() -> None:
    told: list[str] = []

    def make(is_stopped: Callable[[], bool]) -> Iterator[int]:
        try:
            yield 0
            while not is_stopped():
                continue
            told.append("stopped")
            yield 1
        finally:
            told.append("closed")

    def fail(_: int) -> list[int]:
        raise InputError("no")

    with pytest.raises(InputError):
        run_pipeline(make, fail, lambda _: None)
    assert told == ["stopped", "closed"]


def test_no_items_are_no_work() -> None:
    run_pipeline(lambda _: [], lambda item: [item], lambda _: pytest.fail("nothing is to be taken"))
