"""Progress told to nobody, a log, a terminal and another program; and the time left."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from backend.errors import CancelledError
from backend.protocol import decode_event, duration_text, encode_event
from training import progress
from training.progress import EventProgress, LogProgress, QuietProgress, TerminalProgress, TimeLeft, check_cancelled


class Clock:
    """A clock that is put forward by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def emit(lines: list[str]) -> Callable[..., None]:
    """Notes events as the lines that would be sent."""
    return lambda event, **values: lines.append(encode_event(event, **values))


def events(lines: list[str]) -> list[dict[str, Any]]:
    found = [decode_event(line) for line in lines]
    assert all(found)
    return [event for event in found if event]


def test_the_time_left_goes_by_the_speed_so_far(clock: Clock) -> None:
    time_left = TimeLeft(clock)
    assert time_left.update(0, 10) == (True, None)
    clock.now += 8.0
    assert time_left.update(4, 10) == (False, 12.0)  # 2 s a step, 6 steps
    clock.now += 1.0
    assert time_left.update(4, 10) == (False, 12.5)  # 9 s for 4 steps, 6 steps left, the next one 1 s under way
    assert time_left.update(10, 10) == (False, 0.0)


def test_steps_that_an_earlier_run_had_done_do_not_count_as_fast(clock: Clock) -> None:
    time_left = TimeLeft(clock)
    assert time_left.update(90, 100) == (True, None)
    clock.now += 10.0
    assert time_left.update(91, 100) == (False, 90.0)


@pytest.mark.parametrize("step", [(0, 7), (2, 5)])
def test_another_total_or_fewer_steps_done_is_other_work(clock: Clock, step: tuple[int, int]) -> None:
    time_left = TimeLeft(clock)
    time_left.update(0, 5)
    clock.now += 3.0
    time_left.update(3, 5)
    assert time_left.update(*step) == (True, None)


def test_work_of_no_steps_is_done(clock: Clock) -> None:
    assert TimeLeft(clock).update(0, 0) == (True, 0.0)


def test_the_first_steps_are_forgotten_when_there_are_enough_later_ones(clock: Clock) -> None:
    time_left = TimeLeft(clock)
    time_left.update(0, 1000)
    clock.now += 1000.0  # a slow start
    left = None
    for done in range(1, progress.MARKS + 1):
        clock.now += 1.0
        _, left = time_left.update(done, 1000)
    assert left == 1000.0 - progress.MARKS


def test_progress_events_are_json_lines_with_the_time_left(lines: list[str], emit: Callable[..., None]) -> None:
    told = EventProgress(emit)
    told.stage("dataset", "started")
    told.progress(0, 2, "block 1 of Größe")
    told.progress(2, 2, "")
    told.warning("2018-06-20: März")
    found = events(lines)
    assert [event["event"] for event in found] == ["stage", "progress", "progress", "warning"]
    assert found[0] == {"event": "stage", "stage": "dataset", "message": "dataset: started"}
    assert found[1] == {
        "event": "progress", "stage": "dataset", "done": 0, "total": 2, "eta_s": None, "what": "block 1 of Größe",
    }  # fmt: skip
    assert found[2]["eta_s"] == 0.0
    assert found[3]["message"] == "2018-06-20: März"
    assert json.loads(lines[1]) == found[1]


def test_many_fast_steps_are_few_events(lines: list[str], emit: Callable[..., None]) -> None:
    told = EventProgress(emit)
    for done in range(100_001):
        told.progress(done, 100_000, "cells")
    found = events(lines)
    assert (found[0]["done"], found[-1]["done"]) == (0, 100_000)
    assert len(found) < 1000


def test_a_warning_is_told_once_and_kept(lines: list[str], emit: Callable[..., None]) -> None:
    told = EventProgress(emit)
    for message in ("a", "b", "a"):
        told.warning(message)
    assert told.warnings == ["a", "b"]
    assert len(lines) == 2


def test_the_log_of_fast_work_has_its_begin_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "training"):
        told = LogProgress()
        for done in range(101):
            told.progress(done, 100, "blocks")
    assert [record.message for record in caplog.records] == ["0/100 blocks", "100/100 blocks"]


def test_the_log_of_slow_work_has_a_line_each_tenth(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_PAUSE_S", 0.0)
    with caplog.at_level(logging.INFO, "training"):
        told = LogProgress()
        for done in range(101):
            told.progress(done, 100, "blocks")
        told.warning("a date is odd")
        told.stage("dataset", "done in 3 s")
    said = [record.message for record in caplog.records]
    assert len(said) == 13
    assert said[0] == "0/100 blocks"
    assert said[1].startswith("10/100 blocks")
    assert said[10] == "100/100 blocks"
    assert said[11:] == ["Warning: a date is odd", "dataset: done in 3 s"]


def test_each_kind_of_work_starts_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "training"):
        told = LogProgress()
        for total in (2, 3):
            told.progress(0, total, f"of {total}")
    assert [record.message for record in caplog.records] == ["0/2 of 2", "0/3 of 3"]


def test_a_terminal_has_one_bar_with_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    screen = io.StringIO()
    bars = progress._new_bars

    def on_screen() -> Any:
        made = bars()
        made.live.console = Console(file=screen, force_terminal=True, width=80)
        return made

    monkeypatch.setattr(progress, "_new_bars", on_screen)
    monkeypatch.setattr(TimeLeft, "update", lambda self, done, total: (done == 0, 75.0))
    with TerminalProgress() as told:
        told.progress(0, 3, "opening farm")
        told.progress(1, 3, "opening yard")
        told.progress(0, 9, "blocks")
        told.progress(5, 9, "blocks [x]")
    shown = screen.getvalue()
    assert "blocks [x]" in shown
    assert "5/9" in shown
    assert "1 min 15 s left" in shown
    assert shown.rstrip().endswith("\x1b[?25h")  # the cursor is back


def test_a_terminal_without_work_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as told:
        told.stage("finetune", "started")
    assert capsys.readouterr() == ("", "")


def test_a_cancelled_stage_says_that_what_is_done_is_kept() -> None:
    check_cancelled(QuietProgress())
    with pytest.raises(CancelledError, match="what is done so far is kept") as caught:
        check_cancelled(QuietProgress(lambda: True))
    assert "goes on" in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (61.0, "1 min 1 s"), (7260.0, "2 h 1 min")]
)
def test_a_time_left_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
