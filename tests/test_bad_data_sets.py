"""Runs that stop: inputs that vanish or change, full disks, folders that cannot be used, calls that cannot be meant.

What a run leaves is gone on with or begun anew, and ends with the bytes of a run that nothing disturbed.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
import scenes
from bad_input import (
    FIRST,
    FULL,
    SOUND,
    STORE,
    Case,
    Runner,
    before_unit,
    cut,
    flip,
    goes_on,
    new,
    only,
    put,
    raises,
    remove,
    told,
    write_settings,
    write_tiffs,
)

from backend.errors import CsclError, DamagedFileError, InputError, RequestError, ResourceError

pytest.importorskip("zarr")
import zarr.storage

from training import dataset_parts
from training.input_files import ChangedInputError
from training.store_writer import UNITS, unfinished_path

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[1]
PARTIAL = unfinished_path(Path(STORE)).name
TEN = f"S2_L2A_{FIRST}_10m.tif"


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm")
    write_tiffs(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, farm: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    shutil.copytree(farm, tmp_path / "data")
    return Runner(tmp_path, monkeypatch, capfd)


_UNTOUCHED: dict[str, bytes] = {}


@pytest.fixture
def untouched(runner: Runner) -> dict[str, bytes]:
    """The bytes of a run that nothing disturbs."""
    if not _UNTOUCHED:
        _UNTOUCHED.update(runner.undisturbed())
    return _UNTOUCHED


# --- inputs that vanish or change ---

VANISHING = {
    "is deleted": (remove, InputError, TEN),
    "is cut short": (lambda name: cut(name, 0.5), DamagedFileError, TEN),
    "becomes empty": (lambda name: put(name, b""), DamagedFileError, TEN),
}


@pytest.mark.parametrize("what", VANISHING)
@pytest.mark.parametrize("unit", [0, 1, 3])
def test_an_image_that(
    what: str, unit: int, runner: Runner, farm: Path, untouched: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, error, word = VANISHING[what]
    with monkeypatch.context() as patch:
        before_unit(patch, unit, lambda: spoil(TEN)(runner.data))
        runner.outside = dict  # type: ignore[method-assign,assignment]
        told(runner.build(SOUND), error, word)
    del runner.outside
    assert not (runner.out / STORE).exists()
    assert len(list((runner.out / PARTIAL / UNITS).iterdir())) == unit
    shutil.copy2(farm / "series" / TEN, runner.data / "series" / TEN)
    goes_on(runner, untouched)


@pytest.mark.parametrize("name", [TEN, "parcels.gpkg"])
def test_an_input_that_is_written_to_while_samples_are_cut_ends_the_run(
    name: str, runner: Runner, farm: Path, untouched: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = only(runner.data, name)
    with monkeypatch.context() as patch:
        before_unit(patch, 2, lambda: flip(name, -1)(runner.data))
        runner.outside = dict  # type: ignore[method-assign,assignment]
        told(runner.build(SOUND), ChangedInputError, name, "changed while")
    del runner.outside
    assert list(runner.out.iterdir()) == []
    shutil.copy2(only(farm, name), path)
    goes_on(runner, untouched)


@pytest.mark.parametrize("name", [TEN, "parcels.gpkg"])
def test_an_input_that_is_gone_before_its_checksum_is_made_is_named(
    name: str, runner: Runner, farm: Path, untouched: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = dataset_parts.spread
    path = only(runner.data, name)
    with monkeypatch.context() as patch:
        patch.setattr(dataset_parts, "spread", lambda *given: (path.unlink(), spread(*given))[1])
        runner.outside = dict  # type: ignore[method-assign,assignment]
        told(runner.build(SOUND), InputError, name, "gone")
    del runner.outside
    shutil.copy2(only(farm, name), path)
    goes_on(runner, untouched)


def test_an_input_without_rights_is_named(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied", str(runner.data / "series" / TEN))
    monkeypatch.setattr("training.input_files.file_sha256", raises(denied))
    told(runner.build(SOUND), DamagedFileError, "data", "Permission denied")


# --- disks that are full ---


@pytest.mark.parametrize("place", ["a layout", "samples", "labels", "a report", "vectors", "the table", "attributes"])
def test_a_disk_that_is_full_when_it_comes_to(
    place: str, runner: Runner, untouched: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"a layout": "x/zarr.json", "samples": "x/c/2/", "labels": "labels_x4/c/1/", "vectors": "doy/c/"}
    with monkeypatch.context() as patch:
        if place == "a report":
            before_unit(patch, 2, lambda: patch.setattr(np, "savez", raises(FULL)))
        elif place == "the table":
            patch.setattr(pyarrow.parquet, "write_table", raises(FULL))
        else:
            _fill(patch, keys.get(place, ""))
        told(runner.build(SOUND), ResourceError, "disk is full")
    assert not (runner.out / STORE).exists()
    goes_on(runner, untouched)


def _fill(patch: pytest.MonkeyPatch, start: str) -> None:
    """No room for keys that start so; where none is given, for attributes that are changed."""
    put_in = zarr.storage.LocalStore.set
    seen: set[str] = set()

    async def full(self: Any, key: str, value: Any) -> None:
        changed = key == "zarr.json" and key in seen
        seen.add(key)
        if key.startswith(start) if start else changed:
            raise FULL
        await put_in(self, key, value)

    patch.setattr(zarr.storage.LocalStore, "set", full)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system with some options at tmp_path/out; only root can."""
    place = tmp_path / "out"
    mounted = []

    def mount(options: str) -> Path:
        place.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
        if done.returncode:
            pytest.skip("file systems cannot be mounted here")
        mounted.append(place)
        return place

    yield mount
    for path in mounted:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_disk_that_is_really_full_leaves_what_is_gone_on_with(
    share: float, runner: Runner, untouched: dict[str, bytes], small_disk: Callable[[str], Path]
) -> None:
    needed = sum(-(-len(content) // 4096) * 4096 for content in untouched.values())
    place = small_disk(f"size={int(share * needed)}")
    told(runner.build(SOUND), ResourceError, "disk is full")
    assert not (place / STORE).exists()
    subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
    goes_on(runner, untouched)


# --- the folder of the run ---


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_folder_that_cannot_be_written_to_is_named(runner: Runner, small_disk: Callable[[str], Path]) -> None:
    small_disk("ro")
    told(runner.build(SOUND), InputError, "out", "folder")


def a_file(out: Path) -> None:
    out.write_text("mine")


def below_a_file(out: Path) -> Path:
    out.write_text("mine")
    return out / "run"


def a_link_to_nowhere(out: Path) -> None:
    out.symlink_to(out.parent / "nowhere" / "deeper")


def a_long_name(out: Path) -> Path:
    return out.parent / ("x" * 300)


def a_store_that_is_a_file(out: Path) -> None:
    out.mkdir()
    (out / STORE).write_text("mine")


def a_store_that_is_something_else(out: Path) -> None:
    (out / STORE).mkdir(parents=True)
    (out / STORE / "thesis.txt").write_text("mine")


def a_store_that_is_a_link_to_something_else(out: Path) -> None:
    (out.parent / "mine").mkdir()
    (out.parent / "mine" / "thesis.txt").write_text("mine")
    out.mkdir()
    (out / STORE).symlink_to(out.parent / "mine")


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (a_file, "out|output folder"),
        (below_a_file, "run|output folder"),
        (a_link_to_nowhere, "out|output folder"),
        (a_long_name, "xxx|output folder"),
        (a_store_that_is_a_file, f"{STORE}|something else"),
        (a_store_that_is_something_else, f"{STORE}|something else"),
        (a_store_that_is_a_link_to_something_else, f"{STORE}|something else"),
    ],
)
def test_an_output_folder_is_refused_that_is(
    arrange: Callable[[Path], Path | None], words: str, runner: Runner
) -> None:
    runner.out = arrange(runner.out) or runner.out
    before = scenes.listing(runner.folder)
    told(runner.build(SOUND), InputError, *words.split("|"))
    after = scenes.listing(runner.folder)
    assert {name: content for name, content in after.items() if name != "config.yaml"} == before


def test_a_link_in_the_place_of_the_store_is_replaced_and_its_target_stays(
    runner: Runner, untouched: dict[str, bytes]
) -> None:
    kept = runner.folder / "kept"
    (kept / "x").mkdir(parents=True)
    (kept / "zarr.json").write_text("{}")
    runner.out.mkdir()
    (runner.out / STORE).symlink_to(kept)
    goes_on(runner, untouched)
    assert not (runner.out / STORE).is_symlink()
    assert scenes.listing(kept) == {"zarr.json": b"{}"}


CALLS = {
    "no data folder": (["--data", "nowhere"], InputError, "nowhere"),
    "a file as the data folder": (["--data", "config.yaml"], InputError, "config.yaml"),
    "no configuration": (["--config", "nowhere.yaml"], InputError, "nowhere.yaml"),
    "a folder as the configuration": (["--config", "data"], InputError, "data"),
    "no process at all": (["--scheduler", "local:0"], RequestError, "local:0"),
    "an unknown scheduler": (["--scheduler", "slurm"], RequestError, "slurm"),
}


@pytest.mark.parametrize("what", CALLS)
def test_a_call_is_refused_with(what: str, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runner.folder)
    write_settings(runner.folder / "config.yaml", SOUND)
    (options, error, word) = CALLS[what]
    ending = runner.call(["dataset", "--config", "config.yaml", "--data", "data", "--out", "out", *options])
    told(ending, error, word)
    assert not (runner.out / STORE).exists()


# --- the command itself ---


def limited() -> None:
    """No file larger than 10,000 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))


COMMANDS: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "an image that is cut": (cut(TEN, 0.5), 3, TEN),
    "a zip that is none": (new("series/x.SAFE.zip", "no zip"), 3, "x.SAFE.zip"),
    "parcels without a coordinate system": (remove("parcels.prj"), 2, "parcels.shp"),
    "a configuration that is none": (new("../config.yaml", "- x"), 2, "config.yaml"),
    "a file system with a limit": (lambda data: None, 5, "larger"),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_the_command_ends_with_one_sentence_for(what: str, runner: Runner) -> None:
    spoil, code, word = COMMANDS[what]
    write_settings(runner.folder / "config.yaml", Case("", CsclError, (), source={"parcels": "parcels.shp"}))
    spoil(runner.data)
    options = ["--config", "config.yaml", "--data", "data", "--out", "out"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "training" / "train.py"), "dataset", *options],
        cwd=runner.folder, capture_output=True, text=True, timeout=120,
        preexec_fn=limited if "limit" in what else None, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert word in sentence
    assert not (runner.out / STORE).exists()


def test_the_last_event_says_what_is_wrong(runner: Runner) -> None:
    cut(TEN, 0.5)(runner.data)
    write_settings(runner.folder / "config.yaml", SOUND)
    options = ["--config", "config.yaml", "--data", "data", "--out", "out", "--events"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "training" / "train.py"), "dataset", *options],
        cwd=runner.folder, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    event = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 3
    assert (event["event"], event["code"], event["exit_code"]) == ("error", "DamagedFileError", 3)
    assert TEN in event["message"]


def test_what_a_process_of_several_finds_is_told_like_anything_else(
    runner: Runner, untouched: dict[str, bytes], farm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = dataset_parts.spread
    config = write_settings(runner.folder / "config.yaml", SOUND)
    options = ["--config", str(config), "--data", str(runner.data), "--out", str(runner.out), "--scheduler", "local:2"]
    with monkeypatch.context() as patch:
        # when all is opened and looked at, and before samples are cut
        patch.setattr(dataset_parts, "spread", lambda *given: (cut(TEN, 0.5)(runner.data), spread(*given))[1])
        runner.outside = dict  # type: ignore[method-assign,assignment]
        told(runner.call(["dataset", *options]), DamagedFileError, TEN)
    del runner.outside
    assert not (runner.out / STORE).exists()
    shutil.copy2(farm / "series" / TEN, runner.data / "series" / TEN)
    goes_on(runner, untouched)
