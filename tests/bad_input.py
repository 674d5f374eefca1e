"""Small farms in every form that images and parcels come in, ways to spoil them, and what a run may do about it.

A case spoils one thing of a sound farm. The run must end with the exit code of its error, say in one sentence which
file is wrong and in another one what to do, leave the earlier data set as it is, and touch nothing but its own folder.
"""

from __future__ import annotations

import errno
import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import tiny_source
import yaml
from test_import_mtlcc import small as small_mtlcc
from test_import_pastis import small as small_pastis
from test_import_t31tfm import small as small_t31tfm

from backend.errors import CsclError
from backend.worker import explain
from training import dataset_parts, train
from training import make_dataset as make_dataset_module
from training.sampling import to_blocks
from training.store_writer import unfinished_path

Spoil = Callable[[Path], object]
"""Spoils a data folder; what it returns is of no use."""
FIRST = "20180420"
"""Day of the image that most cases spoil."""
STORE = "dataset.zarr"
SET_FOLDERS = {"t31tfm": "set", "mtlcc": "240", "pastis": "PASTIS"}
SET_TABLE = f"source_code,name\n0,background\n1,{tiny_source.WHEAT}\n2,{tiny_source.MAIZE}\n19,\n"


@dataclass(frozen=True)
class Case:
    """A fault and what is to be said of it."""

    what: str
    """The fault as the end of a sentence; names the test."""
    error: type[CsclError]
    words: tuple[str, ...]
    """What must be in the sentence: the file and what is wrong with it."""
    spoil: Spoil = lambda folder: None
    source: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the source."""
    dataset: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the data set."""
    run: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the run."""


SOUND = Case("nothing is wrong", CsclError, ())
FULL = OSError(errno.ENOSPC, "No space left on device")


def case(what: str, error: type[CsclError], words: str, spoil: Spoil = lambda folder: None, **settings: Any) -> Any:
    """A case as a parameter of a test; words are separated by bars, settings are those of the source."""
    dataset, run = settings.pop("dataset", {}), settings.pop("run", {})
    return pytest.param(Case(what, error, tuple(words.split("|")), spoil, settings, dataset, run), id=what)


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    code: int
    error: type[Exception] | None
    sentence: str
    """What follows "Error: "; empty if nothing does."""
    hint: str
    said: str
    """All of stderr."""


# --- farms ---


def write_parcels(folder: Path) -> None:
    """The farm's parcels in all formats."""
    shapes, crops = tiny_source.fields(), tiny_source.names()
    for ending in (".gpkg", ".shp", ".geojson", ".fgb"):
        tiny_source.write_parcels(folder / f"parcels{ending}", shapes, crops, scenes.UTM)
    import geopandas

    frame = geopandas.GeoDataFrame({"crop": crops, "pid": range(len(crops))}, geometry=shapes, crs=scenes.UTM)
    frame.to_parquet(folder / "parcels.parquet")
    rows = [
        f'{n},{crop},EPSG:32631,2018,"{shape.wkt}"' for n, (crop, shape) in enumerate(zip(crops, shapes, strict=True))
    ]
    (folder / "parcels.csv").write_text("\n".join(["id,ground_truth,crs,year,geometry", *rows, ""]), "utf-8")


def write_tiffs(folder: Path) -> None:
    """Three GeoTIFFs a date."""
    tiny_source.write_farm(folder)
    write_parcels(folder)


def write_products(folder: Path) -> None:
    """SAFE products of JPEG 2000."""
    for day in scenes.DAYS:
        scenes.write_safe(folder / "series", day, tiny_source.crops(), suffix=".jp2")
    write_parcels(folder)


def write_zips(folder: Path) -> None:
    """The same, zipped."""
    write_products(folder)
    for product in sorted((folder / "series").iterdir()):
        scenes.write_zip(product.with_name(product.name + ".zip"), product)
        shutil.rmtree(product)


def write_table(folder: Path) -> None:
    """GeoTIFFs without names, and a table that says what they are."""
    lines = ["file,date,bands,sensor,level,scale,offset,nodata"]
    for number, day in enumerate(scenes.DAYS):
        for bands, cell in ((scenes.BANDS_10M, 10), (scenes.BANDS_20M, 20)):
            values = np.stack([scenes.band_values(band, tiny_source.crops(), day) for band in bands])
            name = f"image{number}_{cell}.tif"
            scenes.write_raster(folder / "series" / name, values, (), scenes.transform(float(cell)))
            lines.append(f"{name},{day.isoformat()},{' '.join(bands)},S2A,L2A,0.0001,0,0")
    (folder / "series" / "acquisitions.csv").write_text("\n".join([*lines, ""]), "utf-8")
    write_parcels(folder)


def write_published(folder: Path) -> None:
    """The three published sets."""
    for write in (small_t31tfm, small_mtlcc, small_pastis):
        write(folder)
    (folder / "own.csv").write_text(SET_TABLE, "utf-8")


def write_settings(path: Path, one: Case) -> Path:
    """The configuration of a case."""
    dataset = {"chip": 32, "rare": tiny_source.NOTHING_RARE, "sources": [tiny_source.source(**one.source)]}
    values = {"seed": 3, "threads": 1, "dataset": dataset | dict(one.dataset), **one.run}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


# --- ways to spoil a file ---


def only(folder: Path, pattern: str) -> Path:
    """The first of the files that a pattern names."""
    return sorted(folder.rglob(pattern))[0]


def cut(pattern: str, share: float) -> Spoil:
    """End a file after a share of its bytes."""

    def spoil(folder: Path) -> None:
        path = only(folder, pattern)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    return spoil


def flip(pattern: str, place: int, bit: int = 0, after: bytes = b"") -> Spoil:
    """Turn one bit of a file over; the place is counted from where some bytes stand first."""

    def spoil(folder: Path) -> None:
        path = only(folder, pattern)
        content = bytearray(path.read_bytes())
        content[content.index(after) + place] ^= 1 << bit
        path.write_bytes(content)

    return spoil


def put(pattern: str, content: bytes | str) -> Spoil:
    """Other content in place of a file's."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: only(folder, pattern).write_bytes(data)


def new(name: str, content: bytes | str) -> Spoil:
    """One more file, or other content in place of one, named from the data folder on."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def swap(pattern: str, old: str, new: str) -> Spoil:
    """Other words in a text."""

    def spoil(folder: Path) -> None:
        path = only(folder, pattern)
        text = path.read_text("utf-8")
        if old not in text:
            raise LookupError(f"{path} does not say {old}")
        path.write_text(text.replace(old, new), "utf-8")

    return spoil


def remove(pattern: str) -> Spoil:
    """Every file and folder that the pattern names is gone."""

    def spoil(folder: Path) -> None:
        for path in sorted(folder.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def folder_for(pattern: str) -> Spoil:
    """A folder in place of a file."""

    def spoil(folder: Path) -> None:
        path = only(folder, pattern)
        path.unlink()
        path.mkdir()

    return spoil


def png() -> bytes:
    """A picture."""
    import rasterio

    with rasterio.MemoryFile() as file:
        with file.open(driver="PNG", width=64, height=64, count=1, dtype="uint8") as picture:
            picture.write(np.ones((1, 64, 64), np.uint8))
        return bytes(file.read())


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def both(*spoils: Spoil) -> Spoil:
    """Several things at once."""

    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


# --- runs ---


class Runner:
    """Runs the stage dataset in this process, in a folder of its own: data, out and the configuration."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.data, self.out = folder, folder / "data", folder / "out"
        self._capfd = capfd
        self._error: Exception | None = None
        told = train.say_error

        def noted(error: Exception) -> int:
            self._error = error
            return told(error)

        monkeypatch.setattr(train, "say_error", noted)
        # several units, so that there is something to break off
        monkeypatch.setattr(dataset_parts, "to_blocks", lambda chips: to_blocks(chips, 32))

    def refuse(self, farm: Path, one: Case) -> Ending:
        """Spoil a copy of a farm and run: it must fail as the case says, and leave an earlier data set as it is."""
        shutil.copytree(farm, self.data)
        earlier = {"zarr.json": b"{}", "x/c/0": b"pixels"}
        for name, content in earlier.items():
            path = self.out / STORE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        one.spoil(self.data)
        ending = self.build(one)
        check(ending, one)
        assert scenes.listing(self.out / STORE) == earlier
        # beside it there is nothing but what the next run goes on with
        assert {path.name for path in self.out.iterdir()} <= {STORE, unfinished_path(Path(STORE)).name}
        return ending

    def undisturbed(self) -> dict[str, bytes]:
        """The data set of a run on sound data, which is removed again."""
        assert self.build(SOUND).code == 0
        store = scenes.listing(self.out / STORE)
        shutil.rmtree(self.out)
        return store

    def build(self, one: Case, stage: str = "dataset") -> Ending:
        """Run once; whatever the run does outside of its folder is a failure of the test."""
        config = write_settings(self.folder / "config.yaml", one)
        return self.call([stage, "--config", str(config), "--data", str(self.data), "--out", str(self.out)])

    def call(self, arguments: list[str]) -> Ending:
        """Run once with these arguments."""
        before = self.outside()
        self._error = None
        self._capfd.readouterr()
        code = train.main(arguments)
        said = self._capfd.readouterr().err
        assert self.outside() == before, "something outside of OUT was touched"
        lines = said.splitlines()
        place = next((number for number, line in enumerate(lines) if line.startswith("Error: ")), len(lines))
        shown = [*lines[place : place + 2], "", ""]
        kind = None if self._error is None else type(explain(self._error) or self._error)
        return Ending(code, kind, shown[0].removeprefix("Error: "), shown[1], said)

    def outside(self) -> dict[str, bytes]:
        """All that is not the run's to change."""
        return {name: content for name, content in scenes.listing(self.folder).items() if not name.startswith("out/")}


def check(ending: Ending, one: Case) -> None:
    """The code, one sentence with the words, one of what to do, and no traceback."""
    assert ending.error is one.error, ending.said
    assert ending.code == one.error.exit_code
    for word in one.words:
        assert word in ending.sentence + ending.hint, ending.said
    for text in (ending.sentence, ending.hint):
        assert text.endswith((".", "?")), ending.said
        assert len(text) < 600, ending.said
    assert ending.said.count("Error: ") == 1, ending.said
    assert "Traceback" not in ending.said


def told(ending: Ending, error: type[Exception], *words: str) -> None:
    """The run failed so, with these words."""
    check(ending, Case("", error, words))  # type: ignore[arg-type]


def is_whole(runner: Runner, untouched: dict[str, bytes]) -> None:
    """The data set is that of an undisturbed run, and nothing lies about."""
    assert scenes.listing(runner.out / STORE) == untouched
    assert not [path.name for path in runner.out.iterdir() if path.name.startswith(STORE) and path.name != STORE]


def goes_on(runner: Runner, untouched: dict[str, bytes]) -> None:
    """The same command ends well."""
    ending = runner.build(SOUND)
    assert ending.code == 0, ending.said
    is_whole(runner, untouched)


def before_unit(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Something happens before a unit is written."""
    write = make_dataset_module.write_block

    def written(work: Any, unit: Any, is_cancelled: Any) -> None:
        if unit[0] == number:
            act()
        write(work, unit, is_cancelled)

    monkeypatch.setattr(make_dataset_module, "write_block", written)


def raises(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail
