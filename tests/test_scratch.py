"""Scratch folders: gone when their process is done, and when it was killed, gone with the next one's."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from backend import scratch
from backend.cli import main
from backend.errors import EXIT_DONE
from backend.scratch import FIELDS_PREFIX, LOCK, PARCELS_PREFIX, remove_leftovers, scratch_folder
from backend.workers import tidy

ROOT = Path(__file__).resolve().parents[1]
HOLD = """
import sys
from pathlib import Path
from backend.scratch import scratch_folder

with scratch_folder(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "numbers.tif").write_bytes(b"half")
    print(folder, flush=True)
    sys.stdin.read()
"""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@contextmanager
def holder(parent: Path, prefix: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has a scratch folder open until it is killed or its input ends."""
    command = [sys.executable, "-c", HOLD, str(parent), prefix]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        assert process.stdin is not None
        process.stdin.close()


def killed(parent: Path, prefix: str) -> Path:
    """The folder that a process left which was killed."""
    with holder(parent, prefix) as (process, folder):
        process.send_signal(KILL)
        process.wait()
    assert (folder / "numbers.tif").is_file()
    return folder


@pytest.mark.parametrize("prefix", [FIELDS_PREFIX, PARCELS_PREFIX])
def test_what_a_killed_process_left_is_removed_by_the_next_and_a_living_ones_stays(tmp_path: Path, prefix: str) -> None:
    left = killed(tmp_path, prefix)
    with holder(tmp_path, prefix) as (_, held):
        assert not left.exists()
        with scratch_folder(tmp_path, prefix) as own:
            assert (held / "numbers.tif").is_file()
            assert own != held
            assert remove_leftovers(tmp_path) == []
        assert sorted(tmp_path.iterdir()) == [held]
    assert not list(tmp_path.iterdir())


def test_a_map_into_the_folder_removes_what_a_killed_process_left(series: Path, model: Path, tmp_path: Path) -> None:
    left = [killed(tmp_path, prefix) for prefix in (FIELDS_PREFIX, PARCELS_PREFIX)]
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(tmp_path)]) == EXIT_DONE
    assert not any(folder.exists() for folder in left)
    assert (tmp_path / "crop_type.tif").is_file()


def test_other_folders_files_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for name in (".cscl-run", "fields", ".cscl-thesis"):
        (tmp_path / "out" / name).mkdir()
    (tmp_path / "out" / f"{FIELDS_PREFIX}notes").write_text("mine")
    (tmp_path / "out" / f"{FIELDS_PREFIX}link").symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    assert remove_leftovers(tmp_path / "out") == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_an_earlier_version_without_a_lock_is_a_leftover(tmp_path: Path) -> None:
    folder = tmp_path / f"{FIELDS_PREFIX}abc"
    folder.mkdir()
    (folder / "cores.tif").write_bytes(b"half")
    assert remove_leftovers(tmp_path) == [folder]
    assert not list(tmp_path.iterdir())


def test_a_new_folder_that_another_process_takes_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, others = tempfile.mkdtemp, []

    def make_and_lose(*given: Any, **options: Any) -> str:
        folder = make(*given, **options)
        if not others:
            others.append(FileLock(Path(folder) / LOCK))
            others[0].acquire()
        return folder

    monkeypatch.setattr(scratch.tempfile, "mkdtemp", make_and_lose)
    with scratch_folder(tmp_path, FIELDS_PREFIX) as folder:
        assert Path(others[0].lock_file).parent != folder
        (folder / "cores.tif").write_bytes(b"half")
    others[0].release()
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_process_that_ends_at_once_leaves_no_scratch_folder(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, FIELDS_PREFIX) as folder:
        (folder / "half.tif").write_bytes(b"half")
        tidy()
        assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_told_by_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), scratch_folder(tmp_path / "gone", FIELDS_PREFIX):
        pass
