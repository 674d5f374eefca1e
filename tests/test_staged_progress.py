"""One progress of several stages: by their expected times, and never back."""

from __future__ import annotations

from typing import Any

from cscl_qgis.staged_progress import StagedProgress


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(stage: str, done: int, total: int, eta_s: float | None = None) -> dict[str, Any]:
    return {"event": "progress", "stage": stage, "done": done, "total": total, "eta_s": eta_s, "what": "it"}


def test_stages_count_by_their_expected_times() -> None:
    whole = StagedProgress([("dataset", 100), ("finetune", 300)], Clock())
    half = whole.update(progress("dataset", 5, 10, 50.0))
    assert half == {
        "event": "progress", "stage": "dataset", "done": 125, "total": 1000, "eta_s": 350.0, "what": "it",
    }  # fmt: skip
    told = whole.update({"event": "stage", "stage": "finetune", "message": "finetune: started"})
    assert told is not None
    assert (told["done"], told["eta_s"]) == (250, 300.0)
    last = whole.update(progress("finetune", 3, 3, 0.0))
    assert last is not None
    assert (last["done"], last["eta_s"]) == (1000, 0.0)


def test_a_stage_that_counts_again_or_comes_late_never_takes_the_whole_back() -> None:
    whole = StagedProgress([("dataset", 100), ("finetune", 100)], Clock())
    whole.update(progress("dataset", 9, 10))
    again = whole.update(progress("dataset", 0, 1))
    assert again is not None
    assert again["done"] == 450
    whole.update(progress("finetune", 1, 2))
    late = whole.update(progress("dataset", 1, 1))
    assert late is not None
    assert (late["stage"], late["done"]) == ("finetune", 750)


def test_a_stage_that_does_not_count_goes_by_the_clock_and_never_seems_done() -> None:
    clock = Clock()
    whole = StagedProgress([("evaluate", 60), ("export", 40)], clock)
    whole.update(progress("evaluate", 0, 5))
    assert whole.tick() is None  # that was just told
    shares, left = [], []
    for clock.now in (30.0, 60.0, 600.0):
        told = whole.tick()
        assert told is not None
        shares.append(told["done"])
        left.append(round(told["eta_s"]))
    assert shares == [236, 379, 600]
    assert left == [76, 62, 40]
    counted = whole.update(progress("evaluate", 1, 5, 8.0))
    assert counted is not None
    assert (counted["done"], counted["eta_s"]) == (600, 48.0)


def test_other_events_and_other_stages_tell_nothing_of_it() -> None:
    whole = StagedProgress([("dataset", 1)], Clock())
    assert whole.update({"event": "warning", "message": "odd"}) is None
    assert whole.update(progress("simulate", 1, 2)) is None
