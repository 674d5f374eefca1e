"""What a run left that was broken off is gone on with, whatever became of it meanwhile, or begun anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import tiny_source
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
    put,
    raises,
    remove,
    swap,
    told,
    write_tiffs,
)

from backend.errors import CsclError, ResourceError

pytest.importorskip("zarr")
from training import dataset_end, store_writer
from training.store_writer import LAYOUT, SCRATCH, UNITS, unfinished_path

pytestmark = pytest.mark.torch

PARTIAL = unfinished_path(Path(STORE)).name


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


def unit(number: int) -> str:
    return f"{PARTIAL}/{UNITS}/{number:06d}.npz"


def report_without(name: str) -> Callable[[Path], None]:
    def spoil(out: Path) -> None:
        path = out / unit(1)
        with np.load(path) as arrays:
            values = {key: arrays[key] for key in arrays.files if key != name}
        np.savez(path, **values)

    return spoil


def replaced_by_file(name: str) -> Callable[[Path], None]:
    def spoil(out: Path) -> None:
        shutil.rmtree(out / name)
        (out / name).write_text("mine")

    return spoil


UNFINISHED: dict[str, Callable[[Path], None]] = {
    "a report is empty": put(unit(1), b""),
    "a report is cut short": cut(unit(1), 0.5),
    "a report is cut short by a byte": cut(unit(1), 0.999),
    "a report is a text": put(unit(1), "report"),
    "a bit of a report is turned": flip(unit(1), 200),
    "a report is missing": remove(unit(1)),
    "a report lacks the sizes of shards": report_without("shards"),
    "a report lacks the dates": report_without("doy"),
    "a report is a folder": lambda out: ((out / unit(1)).unlink(), (out / unit(1)).mkdir())[1],
    "half a report lies about": lambda out: shutil.copy(out / unit(1), (out / unit(3)).with_suffix(".part")),
    "all reports are missing": remove(UNITS),
    "the folder of reports is a file": replaced_by_file(f"{PARTIAL}/{UNITS}"),
    "a shard of images is missing": remove(f"{PARTIAL}/x/c/1"),
    "a shard of images is empty": put(f"{PARTIAL}/x/c/1/0/0/0/0", b""),
    "a shard of images is cut short": cut(f"{PARTIAL}/x/c/1/0/0/0/0", 0.7),
    "a shard of images is longer": lambda out: put(f"{PARTIAL}/x/c/1/0/0/0/0", b"0" * 900_000)(out),
    "a shard of labels is missing": remove(f"{PARTIAL}/labels_x4/c/0"),
    "all shards are missing": remove(f"{PARTIAL}/x/c"),
    "an array is missing": remove(f"{PARTIAL}/labels_x1"),
    "an array's metadata are cut short": cut(f"{PARTIAL}/x/zarr.json", 0.5),
    "an array's metadata are missing": remove(f"{PARTIAL}/x/zarr.json"),
    "the group's metadata are empty": put(f"{PARTIAL}/zarr.json", b""),
    "the group's metadata are missing": remove(f"{PARTIAL}/zarr.json"),
    "the group's metadata are a list": put(f"{PARTIAL}/zarr.json", "[]"),
    "the layout is empty": put(f"{PARTIAL}/{LAYOUT}", b""),
    "the layout is garbage": put(f"{PARTIAL}/{LAYOUT}", b"\xff\xfe\0garbage"),
    "the layout is cut short": cut(f"{PARTIAL}/{LAYOUT}", 0.5),
    "the layout is missing": remove(f"{PARTIAL}/{LAYOUT}"),
    "the work in hand is a file": replaced_by_file(f"{PARTIAL}/{SCRATCH}"),
    "the work in hand lies about": lambda out: (out / PARTIAL / SCRATCH / "0000.raw").write_bytes(b"0" * 99),
    "the work in hand is missing": remove(f"{PARTIAL}/{SCRATCH}"),
    "it is a file": replaced_by_file(PARTIAL),
    "it is an empty folder": lambda out: (shutil.rmtree(out / PARTIAL), (out / PARTIAL).mkdir())[1],
}


@pytest.fixture(scope="module")
def unfinished() -> dict[str, Path]:
    """Where the unfinished data set is kept that all cases spoil."""
    return {}


@pytest.mark.parametrize("what", UNFINISHED)
def test_a_run_goes_on_from_an_unfinished_data_set_of_which(
    what: str,
    runner: Runner,
    untouched: dict[str, bytes],
    unfinished: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not unfinished:
        with monkeypatch.context() as patch:
            before_unit(patch, 3, raises(FULL))
            told(runner.build(SOUND), ResourceError, "disk is full")
        unfinished["out"] = tmp_path_factory.mktemp("unfinished") / "out"
        shutil.copytree(runner.out, unfinished["out"])
        shutil.rmtree(runner.out)
    shutil.copytree(unfinished["out"], runner.out)
    UNFINISHED[what](runner.out)
    goes_on(runner, untouched)


def test_a_link_in_the_place_of_an_unfinished_data_set_is_removed_and_its_target_stays(
    runner: Runner, untouched: dict[str, bytes]
) -> None:
    (runner.folder / "mine").mkdir()
    (runner.folder / "mine" / "thesis.txt").write_text("mine")
    runner.out.mkdir()
    (runner.out / PARTIAL).symlink_to(runner.folder / "mine")
    goes_on(runner, untouched)
    assert scenes.listing(runner.folder / "mine") == {"thesis.txt": b"mine"}


TABLE = f"source_code,name\n{tiny_source.WHEAT},{tiny_source.WHEAT}\n{tiny_source.MAIZE},{tiny_source.MAIZE}\n"
SIDECAR = "file,date,scale,offset\n" + "".join(
    f"S2_L2A_{day:%Y%m%d}_{cell}m.tif,{day.isoformat()},0.0001,0\n" for day in scenes.DAYS for cell in (10, 20)
)
CHANGES: dict[str, tuple[dict[str, Any], Callable[[Path], None], Callable[[Path], None]]] = {
    "another class in the class table": (
        {"classes": "own.csv"},
        lambda data: _write(data / "own.csv", TABLE),
        swap("own.csv", f",{tiny_source.MAIZE}", ",barley"),
    ),
    "another scale in the table of images": (
        {},
        lambda data: _write(data / "series" / "acquisitions.csv", SIDECAR),
        swap("acquisitions.csv", f"{FIRST}_10m.tif,2018-04-20,0.0001", f"{FIRST}_10m.tif,2018-04-20,0.0002"),
    ),
    "other crops in the table of the shapefile": (
        {"parcels": "parcels.shp"},
        lambda data: None,
        lambda data: _replace(data / "parcels.dbf", tiny_source.MAIZE, tiny_source.WHEAT),
    ),
}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _replace(path: Path, old: str, new: str) -> None:
    path.write_bytes(path.read_bytes().replace(old.ljust(len(new)).encode(), new.encode(), 3))


@pytest.mark.parametrize("what", CHANGES)
def test_an_unfinished_data_set_is_begun_anew_for(what: str, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    source, arrange, change = CHANGES[what]
    one = Case(what, CsclError, (), source=source)
    arrange(runner.data)
    with monkeypatch.context() as patch:
        before_unit(patch, 3, raises(FULL))
        told(runner.build(one), ResourceError, "disk is full")
    before = scenes.listing(runner.data)
    change(runner.data)
    assert scenes.listing(runner.data) != before
    assert runner.build(one).code == 0
    gone_on = scenes.listing(runner.out / STORE)
    shutil.rmtree(runner.out)
    assert runner.build(one).code == 0
    assert scenes.listing(runner.out / STORE) == gone_on


class Killed(BaseException):
    """The process is gone at this step."""


STEPS = 7
"""Removals and renamings that put a store into its place."""


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_a_run_that_is_killed_while_it_finishes_leaves_a_whole_data_set_or_none(
    step: int, runner: Runner, untouched: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each of the steps, and after all of them."""
    earlier = runner.out / STORE
    earlier.mkdir(parents=True)
    (earlier / "zarr.json").write_bytes(b"{}")
    finish, remove_it, rename = dataset_end.finish_store, store_writer._remove, Path.rename
    steps = iter(range(100))

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*given: Any) -> Any:
            if next(steps) == step:
                raise Killed
            return call(*given)

        return made

    with monkeypatch.context() as patch:

        def finishing(*given: Any) -> None:
            patch.setattr(store_writer, "_remove", counted(remove_it))
            patch.setattr(Path, "rename", counted(rename))
            finish(*given)
            raise Killed

        patch.setattr(dataset_end, "finish_store", finishing)
        with pytest.raises(Killed):
            runner.build(SOUND)
    assert next(steps) == min(step + 1, STEPS), "there are other steps than this test knows"
    left = scenes.listing(earlier)
    whole = {name: content for name, content in left.items() if name.split("/")[0] not in (LAYOUT, UNITS, SCRATCH)}
    assert whole in ({}, {"zarr.json": b"{}"}, untouched)
    goes_on(runner, untouched)
