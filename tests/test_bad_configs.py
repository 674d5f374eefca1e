"""Configurations and calls of training/train.py that cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_source
from bad_input import Case, Runner, case, png, write_tiffs

from backend.errors import CsclError, InputError, RequestError

pytest.importorskip("zarr")
pytestmark = pytest.mark.torch

SHARES = {"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}
INF, NAN = float("inf"), float("nan")


def sources(*changes: dict[str, Any], **dataset: Any) -> dict[str, Any]:
    """Sources with these changes, and settings of the data set."""
    return {"dataset": {"sources": [tiny_source.source(**change) for change in changes], **dataset}}


OF_SOURCES = [
    case("an unknown key", RequestError, "config.yaml|parcel_file|parcels", parcel_file="x"),
    case("a number as the series", RequestError, "config.yaml|series", series=3),
    case("no series", RequestError, "config.yaml|series", series=[]),
    case("a name with a slash", RequestError, "config.yaml|name", name="../farm"),
    case("an empty name", RequestError, "config.yaml|name", name=""),
    case("the year 1800", RequestError, "config.yaml|year", year=1800),
    case("a year field without a year", RequestError, "config.yaml|year", year_field="year"),
    case("parcels without a crop field", RequestError, "config.yaml|crop_field", crop_field=None),
    case("parcels without a class table", RequestError, "config.yaml|classes", classes=None),
    case("outside_parcels is not said", RequestError, "config.yaml|outside_parcels", outside_parcels=None),
    case("outside_parcels is maybe", RequestError, "config.yaml|outside_parcels|background", outside_parcels="maybe"),
    case("an unknown rule of labels", RequestError, "config.yaml|label_rule", label_rule="nearest"),
    case("an unknown split", RequestError, "config.yaml|split", split="tests"),
    *[
        case(f"blocks of {size} m", RequestError, "config.yaml|block_m", block_m=size)
        for size in (0, -5, NAN, INF, 1e-9)
    ],
    *[case(f"the weight {weight}", RequestError, "config.yaml|weight", weight=weight) for weight in (-1, NAN, INF)],
    *[case(f"min_clear {share}", RequestError, "config.yaml|min_clear", min_clear=share) for share in (-0.1, 2, NAN)],
    case("shares that sum to 1.1", RequestError, "config.yaml|sum to 1|1.1", shares={**SHARES, "test": 0.3}),
    case("a share below 0", RequestError, "config.yaml|validation", shares={**SHARES, "validation": -0.1, "test": 0.4}),
    case(
        "no share for training",
        InputError,
        "train",
        shares={"train": 0, "validation": 0.4, "calibration": 0.3, "test": 0.3},
    ),
    case("no parcels", RequestError, "config.yaml|parcels", parcels=None),
]

OF_DATA_SETS = [
    case("an unknown key", RequestError, "config.yaml|chips|chip", dataset={"chips": 64}),
    case("no source", RequestError, "config.yaml|source", dataset={"sources": []}),
    case("two sources of one name", RequestError, "config.yaml|name", **sources({}, {})),
    *[
        case(f"chips of {side} pixels", RequestError, "config.yaml|chip", dataset={"chip": side})
        for side in (0, -32, 30, 4, 1_000_000, "wide", 32.5)
    ],
    *[
        case(f"a stride of {step}", RequestError, "config.yaml|stride", dataset={"stride": step})
        for step in (0, 2, 30, -64)
    ],
    *[
        case(f"magnifications {value}", RequestError, "config.yaml|magnifications", dataset={"magnifications": value})
        for value in ([3], [1, 8], 4, ["two"])
    ],
    *[
        case(f"at most {count} dates", RequestError, "config.yaml|max_dates", dataset={"max_dates": count})
        for count in (0, -1, 1.5)
    ],
    *[
        case(f"the bands {', '.join(bands) or 'none'}", RequestError, "config.yaml|bands", dataset={"bands": bands})
        for bands in ([], ["B02", "B02"], ["B13"], ["red"], ["SCL"])
    ],
    case("the level L3", RequestError, "config.yaml|level", dataset={"level": "L3"}),
    case("an unknown sampling", RequestError, "config.yaml|sampling", dataset={"sampling": "some"}),
    case("0 GiB of memory", RequestError, "config.yaml|memory_gib", dataset={"memory_gib": 0}),
    *[
        case(
            f"{count} folds", RequestError, "config.yaml|folds", dataset={"splits": {"scheme": "folds", "folds": count}}
        )
        for count in (0, 1, 2, 32)
    ],
    case("more folds than blocks", InputError, "farm|folds", dataset={"splits": {"scheme": "folds", "folds": 30}}),
    case("an unknown scheme", RequestError, "config.yaml|scheme", dataset={"splits": {"scheme": "random"}}),
    *[
        case(f"a buffer of {size} m", RequestError, "config.yaml|buffer_m", dataset={"splits": {"buffer_m": size}})
        for size in (-1, NAN, INF)
    ],
    case("no year is held out", RequestError, "config.yaml|held_out", dataset={"splits": {"scheme": "leave_year_out"}}),
    case(
        "a year is held out that no source has",
        InputError,
        "2019|2018|held_out",
        **sources(
            {"year": 2018}, {"name": "other", "year": 2017}, splits={"scheme": "leave_year_out", "held_out": 2019}
        ),
    ),
    case(
        "the only year is held out",
        InputError,
        "2018",
        **sources({"year": 2018}, splits={"scheme": "leave_year_out", "held_out": 2018}),
    ),
    case(
        "a year is held out and a source has none",
        InputError,
        "other|year",
        **sources({"year": 2018}, {"name": "other"}, splits={"scheme": "leave_year_out", "held_out": 2018}),
    ),
    case(
        "a region is held out that no source has",
        InputError,
        "south|held_out",
        **sources(
            {"region": "north"},
            {"name": "other", "region": "east"},
            splits={"scheme": "leave_region_out", "held_out": "south"},
        ),
    ),
    case(
        "sources of one region have blocks of two sizes",
        InputError,
        "farm|other|block_m",
        **sources({"region": "here"}, {"name": "other", "region": "here", "block_m": 320}),
    ),
    case("no parcel is trained on", InputError, "training", **sources({"split": "test"})),
    case(
        "an unknown published set",
        RequestError,
        "config.yaml|kind",
        dataset={"imports": [{"name": "a", "kind": "eurosat", "path": "x", "classes": "y"}]},
    ),
    case(
        "a published set that is not there",
        InputError,
        "nowhere|MTLCC",
        dataset={
            "level": "L1C",
            "sources": [],
            "imports": [{"name": "a", "kind": "mtlcc", "path": "nowhere", "classes": "mtlcc"}],
        },
    ),
    case(
        "a published set of another level",
        InputError,
        "MTLCC|L1C|level",
        lambda folder: (folder / "set").mkdir(),
        dataset={"sources": [], "imports": [{"name": "a", "kind": "mtlcc", "path": "set", "classes": "mtlcc"}]},
    ),
    case(
        "simulated scenes of 100 pixels",
        RequestError,
        "config.yaml|size_px",
        dataset={"simulations": [{"name": "a", "scenes": 1, "size_px": 100}]},
    ),
    case(
        "wrong declarations in scenes that are tested on, too",
        RequestError,
        "config.yaml|'a'|label_noise|split: train|tested on",
        dataset={"simulations": [{"name": "a", "scenes": 1, "label_noise": 0.2}]},
    ),
    case(
        "more wrong declarations than parcels",
        RequestError,
        "config.yaml|label_noise|found 1.5",
        dataset={"simulations": [{"name": "a", "scenes": 1, "label_noise": 1.5, "split": "train"}]},
    ),
]

OF_RUNS = [
    case("an unknown section", RequestError, "config.yaml|datasets|dataset", run={"datasets": {}}),
    case("a seed below 0", RequestError, "config.yaml|seed", run={"seed": -1}),
    case("a seed that is a word", RequestError, "config.yaml|seed", run={"seed": "random"}),
    case("an enormous seed", RequestError, "config.yaml|seed", run={"seed": 10**30}),
    case("threads below 0", RequestError, "config.yaml|threads", run={"threads": -1}),
    case("no data set", RequestError, "config.yaml|dataset", run={"dataset": None}),
    case(
        "a crop larger than a chip",
        RequestError,
        "config.yaml|crop|chip",
        run={"finetune": {"steps": 4}, "augmentation": {"crop": 64}},
    ),
    case(
        "a network finer than the labels",
        RequestError,
        "config.yaml|magnification",
        dataset={"magnifications": [1]},
        run={"finetune": {"steps": 4}, "augmentation": {"crop": 16}},
    ),
]

BOMB = (
    "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9))
    + "dataset: {sources: *a9}\n"
)
TEXTS: dict[str, tuple[bytes, type[CsclError], str]] = {
    "is empty": (b"", RequestError, "keys"),
    "is a list": (b"- dataset\n", RequestError, "keys"),
    "is a word": (b"dataset", RequestError, "keys"),
    "is no YAML": (b"dataset: [1\nseed: {", RequestError, "YAML"),
    "is a picture": (png(), RequestError, "YAML"),
    "is not UTF-8": ("name: bl\xe9".encode("latin-1"), RequestError, "YAML"),
    "would run a command": (b"dataset: !!python/object/apply:os.system ['touch outside']\n", RequestError, "YAML"),
    "has numbers as keys": (b"1: 2\n", RequestError, "'dataset'"),
    "has tabs": (b"dataset:\n\tchip: 32\n", RequestError, "YAML"),
    "is a bomb": (BOMB.encode(), RequestError, "aliases"),
    "holds itself": (b"dataset: &a [*a]\n", RequestError, "aliases"),
    "is deeply nested": (b"dataset: " + b"[" * 5000 + b"]" * 5000, RequestError, "YAML"),
}


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm")
    write_tiffs(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    return Runner(tmp_path, monkeypatch, capfd)


@pytest.mark.parametrize("one", OF_SOURCES)
def test_a_source_is_refused_for(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("one", OF_DATA_SETS)
def test_a_data_set_is_refused_for(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("one", OF_RUNS)
def test_a_run_is_refused_for(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("what", TEXTS)
def test_a_configuration_is_refused_that(what: str, runner: Runner) -> None:
    content, error, word = TEXTS[what]
    runner.data.mkdir()
    config = runner.folder / "config.yaml"
    config.write_bytes(content)
    ending = runner.call(["dataset", "--config", str(config), "--data", str(runner.data), "--out", str(runner.out)])
    assert (ending.error, ending.code) == (error, 2), ending.said
    assert ending.sentence.startswith("config.yaml: ")
    assert word in ending.sentence, ending.said
    assert len(ending.sentence) < 600
    assert ending.hint.endswith(".")
    assert not runner.out.exists()
