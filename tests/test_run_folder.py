"""The folder of a run: one run at a time, finished blocks are gone on with, and nothing half-made stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.block_file import write_block
from backend.errors import CancelledError, InputError, ResourceError
from backend.run_folder import KEPT, WORK, run_folder, tidy_open_folders

ROOT = Path(__file__).resolve().parents[1]
IDENTITY: dict[str, Any] = {"settings": {"min_clear": 0.05, "region": None}, "model": "abc", "images": [["a.tif", 7]]}


def is_whole(number: int, arrays: Mapping[str, Any]) -> bool:
    return arrays["x"].tolist() == [number]


def work(out: Path, *numbers: int, identity: Mapping[str, Any] = IDENTITY, fail: BaseException | None = None) -> Any:
    """A run that finishes some of five blocks; what it found of an earlier one, and its warnings."""
    warnings: list[str] = []
    with run_folder(out) as folder:
        found = folder.resume(identity, 5, is_whole, warnings.append)
        for number in numbers:
            write_block(folder.block_path(number), {"x": np.array([number])})
        if fail is not None:
            raise fail
    return found, warnings


def broken_off(out: Path, *numbers: int) -> CancelledError:
    with pytest.raises(CancelledError) as caught:
        work(out, *numbers, fail=CancelledError("The run was cancelled."))
    return caught.value


def test_a_run_that_went_well_leaves_nothing_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    assert work(tmp_path, 0, 1) == (set(), [])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_finished_blocks_of_a_run_that_was_broken_off_are_found_again(tmp_path: Path) -> None:
    error = broken_off(tmp_path, 0, 3)
    assert error.hint == KEPT
    assert work(tmp_path) == ({0, 3}, [])


def test_a_run_broken_off_before_its_first_block_leaves_not_even_the_folders_it_made(tmp_path: Path) -> None:
    error = broken_off(tmp_path / "a" / "b")
    assert error.hint == ""
    assert list(tmp_path.iterdir()) == []


def test_blocks_made_for_something_else_are_discarded_and_what_differs_is_named(tmp_path: Path) -> None:
    broken_off(tmp_path, 0, 3)
    other = {**IDENTITY, "settings": {"min_clear": 0.1, "region": None}, "images": [["a.tif", 8]]}
    found, (warning,) = work(tmp_path, identity=other)
    assert found == set()
    assert "differs in images, min_clear; its 2 finished blocks are discarded" in warning


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '{"a": 1}'])
def test_blocks_without_a_sound_identity_are_discarded(tmp_path: Path, text: str) -> None:
    broken_off(tmp_path, 0)
    (tmp_path / WORK / "identity.json").write_text(text)
    found, (warning,) = work(tmp_path)
    assert found == set()
    assert "its 1 finished blocks are discarded" in warning


def test_damaged_and_foreign_files_among_the_blocks_are_done_again_with_a_warning(tmp_path: Path) -> None:
    broken_off(tmp_path, 0, 1, 2)
    blocks = tmp_path / WORK / "blocks"
    whole = (blocks / "block-000000.npz").read_bytes()
    (blocks / "block-000000.npz").write_bytes(whole[:-9])
    (blocks / "block-000001.npz").write_bytes((blocks / "block-000002.npz").read_bytes())  # of another block
    found, warnings = work(tmp_path)
    assert found == {2}
    assert ["block-000000.npz: the file of a finished block is damaged" in warnings[0],
            "block-000001.npz: the file of a finished block is damaged" in warnings[1]] == [True, True]  # fmt: skip


def test_partial_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    broken_off(tmp_path, 0)
    (tmp_path / WORK / "blocks" / "block-000001-77-ab.partial").write_bytes(b"half")
    (tmp_path / WORK / "identity.json.partial").write_bytes(b"half")
    (tmp_path / WORK / "scratch").mkdir()
    (tmp_path / WORK / "scratch" / "crop_type.tif").write_bytes(b"half")
    broken_off(tmp_path)
    assert sorted(path.name for path in (tmp_path / WORK).rglob("*")) == [
        "block-000000.npz", "blocks", "identity.json", "lock",
    ]  # fmt: skip


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    with (
        run_folder(tmp_path),
        pytest.raises(InputError, match=rf"another run writes to this folder \(process {os.getpid()}, since 20\d\d-"),
        run_folder(tmp_path),
    ):
        pass
    with run_folder(tmp_path):  # it is free again
        pass


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, pathlib\nfrom backend.run_folder import run_folder\n"
         "with run_folder(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n",
         str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=rf"process {holder.pid}, since"), run_folder(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    assert work(tmp_path) == (set(), [])


def test_a_full_disk_is_one_sentence_and_keeps_the_blocks(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="the disk is full") as caught:
        work(tmp_path, 0, fail=OSError(28, "No space left on device"))
    assert KEPT in caught.value.hint
    assert work(tmp_path)[0] == {0}


def test_memory_that_runs_out_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="memory ran out"):
        work(tmp_path / "out", fail=MemoryError())
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_output_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="cannot be used as the output folder"), run_folder(out):
            pass
    assert (tmp_path / "out").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_blocks_that_are_of_no_use_are_forgotten(tmp_path: Path) -> None:
    with run_folder(tmp_path / "out") as folder:
        folder.resume(IDENTITY, 5, is_whole, pytest.fail)
        write_block(folder.block_path(0), {"x": np.array([0])})
        assert folder.has_blocks
        folder.forget()
        assert not folder.has_blocks


def test_a_process_that_ends_at_once_leaves_only_finished_blocks(tmp_path: Path) -> None:
    assert tidy_open_folders() == ""
    with run_folder(tmp_path) as folder:
        folder.resume(IDENTITY, 5, is_whole, pytest.fail)
        write_block(folder.block_path(4), {"x": np.array([4])})
        (folder.scratch / "half.tif").write_bytes(b"half")
        assert tidy_open_folders() == KEPT
        assert not folder.scratch.exists()
        assert folder.block_path(4).exists()


def test_the_identity_is_written_before_the_first_block(tmp_path: Path) -> None:
    with run_folder(tmp_path) as folder:
        folder.resume(IDENTITY, 5, is_whole, pytest.fail)
        assert json.loads((folder.path / "identity.json").read_text()) == IDENTITY
