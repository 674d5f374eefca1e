"""One model per fold: maps of ground that none of them saw, figures over folds, and a run that is gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("zarr")
from backend.errors import CancelledError, RequestError  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.cross_validation import run_folds, with_folds  # noqa: E402
from training.fold_report import sum_up, write_page  # noqa: E402
from training.progress import QuietProgress  # noqa: E402
from training.store import FOLD, Store  # noqa: E402
from training.train import main  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

FOLDS = 3
SHORT: dict[str, Any] = {"pretrain": None, "finetune": {"steps": 2, "batch": 2, "validate_every": 2}}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


class Told(QuietProgress):
    """Keeps what it is told of stages."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[str] = []

    def stage(self, name: str, state: str) -> None:
        self.stages.append(f"{name}: {state.partition(' in ')[0]}")


@pytest.fixture(scope="module")
def done(farm: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out, progress = tmp_path_factory.mktemp("folds") / "out", Told()
    run_folds(tiny_source.config(**SHORT), farm, out, FOLDS, progress)
    return out, progress.stages


def test_each_fold_is_trained_and_scored_and_nothing_is_exported(done: tuple[Path, list[str]]) -> None:
    out, stages = done
    each = [
        [f"fold {fold} of 3: started", "finetune: started", "finetune: done", "evaluate: started", "evaluate: done"]
        for fold in (1, 2, 3)
    ]
    told = [line for lines in each for line in lines]
    assert stages == ["dataset: started", "dataset: done", *told, "folds: started", "folds: done"]
    weights = [torch.load(out / f"fold_{fold}" / "finetune" / "weights.pt", weights_only=True) for fold in (1, 2, 3)]
    name = "network.refine.weight"
    assert not torch.equal(weights[0][name], weights[1][name])  # other ground, other samples
    assert not (out / "fold_1" / "model").exists()
    assert not (out / "fold_1" / "dataset.zarr").exists()


def test_every_cell_of_the_map_is_of_the_model_that_never_saw_it(
    done: tuple[Path, list[str]], farm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from training import fold_maps
    from training.mosaic import open_mosaics

    out, _ = done
    runs = [with_folds(tiny_source.config(**SHORT), FOLDS).model_copy(update={"fold": fold}) for fold in (1, 2, 3)]
    models, store = fold_maps._models(runs, out)

    def constant(fold: int) -> Any:
        def predictor(x: Any, doy: Any, valid: Any) -> Any:
            shape = (1, 14, 4 * x.shape[-2], 4 * x.shape[-1])
            probabilities = torch.full(shape, 0.01)
            probabilities[:, fold] = 0.87  # the class that is mapped tells the model
            return probabilities, probabilities[:, :1]

        return predictor

    marked = [fold_maps.FoldModel(model.fold, constant(model.fold), model.tiling) for model in models]
    [source] = open_mosaics(store)
    crop_type, confidence = fold_maps.combine(source, marked, source.grid.window)
    fold = source.labels(4)[FOLD]
    assert set(np.unique(fold)) == {1, 2, 3}
    assert (crop_type == fold).all()
    assert (confidence == 87).all()
    assert np.asarray(store.statistics["mean"]).shape == (len(store.bands),)


def test_the_maps_lie_on_the_label_grid_with_the_legend(done: tuple[Path, list[str]]) -> None:
    folder = done[0] / "folds" / "farm"
    assert {path.name for path in folder.iterdir()} == {
        "crop_type.tif", "crop_type.tif.aux.xml", "crop_type.qml", "confidence.tif", "confidence.qml",
    }  # fmt: skip
    with rasterio.open(folder / "crop_type.tif") as src:
        assert src.shape == (256, 256)
        assert src.res == (2.5, 2.5)
        assert src.nodata == 255
        assert set(np.unique(src.read(1))) <= set(range(14))
        assert src.colormap(1)[1] != src.colormap(1)[5]
    with rasterio.open(folder / "confidence.tif") as src:
        assert src.read(1).max() <= 100


def test_the_figures_are_those_of_the_folds_together(done: tuple[Path, list[str]]) -> None:
    out, _ = done
    figures = json.loads((out / "folds.json").read_text())
    farm = figures["sources"]["farm"]
    assert figures["folds"] == 3
    assert [row["fold"] for row in farm["folds"]] == [1, 2, 3]
    assert sum(row["parcels_tested"] for row in farm["folds"]) == 16  # each field once
    own = [json.loads((out / f"fold_{fold}" / "metrics.json").read_text()) for fold in (1, 2, 3)]
    scores = [one["sources"]["farm"]["model"]["map"] for one in own]
    assert farm["mean"]["miou"] == pytest.approx(np.mean([score["miou"] for score in scores]))
    assert farm["sd"]["miou"] == pytest.approx(np.std([score["miou"] for score in scores], ddof=1))
    cells = sum(np.sum(score["confusion"]["counts"]) for score in scores)
    assert np.sum(farm["pooled"]["confusion"]["counts"]) == cells == farm["pooled"]["cells"]
    right = sum(np.trace(score["confusion"]["counts"]) for score in scores)
    own = farm["pooled"]
    assert own["overall_accuracy"] == pytest.approx(right / cells)
    # drawn are the parcels of the whole map (there are few blocks), not those of one fold
    units = [score["interval_units"] for score in scores]
    assert own["interval_by"] == "parcels"
    assert max(units) < own["interval_units"] <= sum(units)  # squares of ground outside may lie in two folds
    low, high = own["overall_accuracy_interval_95"]
    assert low <= own["overall_accuracy"] <= high
    assert farm["maps"] == {"crop_type": "folds/farm/crop_type.tif", "confidence": "folds/farm/confidence.tif"}
    page = (out / "folds.html").read_text()
    assert f"{low:.3f} to {high:.3f}" in page
    assert "folds/farm/crop_type.tif" in page
    assert "mean ± sd" in page
    assert "http" not in page


def test_the_score_of_the_map_does_not_depend_on_its_windows(
    done: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import fold_maps
    from training.fold_maps import write_fold_maps

    out, _ = done
    runs = [with_folds(tiny_source.config(**SHORT), FOLDS).model_copy(update={"fold": fold}) for fold in (1, 2, 3)]
    own = [json.loads((out / f"fold_{fold}" / "metrics.json").read_text()) for fold in (1, 2, 3)]
    scores = [one["sources"]["farm"]["model"]["map"] for one in own]
    pooled = json.loads((out / "folds.json").read_text())["sources"]["farm"]["pooled"]
    for place in ("boundary", "interior"):
        assert pooled[place]["cells"] == sum(score[place]["cells"] for score in scores) > 0
    monkeypatch.setattr(fold_maps, "WINDOW", 24)
    again = write_fold_maps(runs, out, tmp_path, Told())["farm"]
    assert again.figures["ece"] == pytest.approx(pooled.pop("ece"))
    assert json.loads(json.dumps(again.figures["map"])) == pooled


def test_the_map_of_all_folds_is_as_good_as_the_figures_say(done: tuple[Path, list[str]]) -> None:
    """What is mapped is what was scored: right cells counted on the map itself."""
    from training.store import CLASS, FLAGS

    out, _ = done
    pooled = json.loads((out / "folds.json").read_text())["sources"]["farm"]["pooled"]
    store = Store(out / "dataset.zarr")
    with rasterio.open(out / "folds" / "farm" / "crop_type.tif") as src:
        mapped = src.read(1)
    from training.mosaic import open_mosaics

    labels = open_mosaics(store)[0].labels(4)
    counted = (labels[CLASS] != 255) & (labels[FLAGS] == 0)
    right = (mapped == labels[CLASS])[counted].mean()
    assert right == pytest.approx(pooled["overall_accuracy"], abs=0.02)  # cells at borders may be counted otherwise


def test_a_run_goes_on_where_it_was_broken_off(farm: Path, done: tuple[Path, list[str]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(done[0], out)
    again = Told()
    run_folds(tiny_source.config(**SHORT), farm, out, FOLDS, again)
    assert [line for line in again.stages if "started" in line] == [f"fold {fold} of 3: started" for fold in (1, 2, 3)]
    assert again.stages[-1] == "folds: already done"

    class Stopped(Told):
        def progress(self, done: int, total: int, what: str, **figures: float) -> None:
            self.is_cancelled = lambda: what.startswith("mapping")  # type: ignore[method-assign]

    (out / "fold_2" / "evaluate.done.json").unlink()
    (out / "folds.done.json").unlink()
    stopped = Stopped()
    with pytest.raises(CancelledError):
        run_folds(tiny_source.config(**SHORT), farm, out, FOLDS, stopped)
    assert [line for line in stopped.stages if line.startswith("evaluate")] == [
        "evaluate: already done", "evaluate: started", "evaluate: done", "evaluate: already done",
    ]  # fmt: skip
    last = Told()
    run_folds(tiny_source.config(**SHORT), farm, out, FOLDS, last)
    assert last.stages[-1] == "folds: done"
    assert not list(out.rglob("*.part*"))


@pytest.mark.parametrize(
    ("changes", "folds", "message"),
    [
        ({}, 1, "There cannot be 1 folds: input should be greater than or equal to 3"),
        ({"splits": {"scheme": "leave_year_out", "held_out": 2018}}, 3, "scheme is leave_year_out"),
    ],
)
def test_folds_that_cannot_be_are_refused(changes: dict[str, Any], folds: int, message: str) -> None:
    config = tiny_source.with_dataset(**changes)
    with pytest.raises(RequestError, match=message):
        with_folds(config, folds)


def test_one_fold_alone_and_no_training_are_refused() -> None:
    splits = {"splits": {"scheme": "folds", "folds": 3}}
    dataset = {**tiny_source.settings()["dataset"], **splits}
    with pytest.raises(RequestError, match="asks for fold 2 alone"):
        with_folds(tiny_source.config(dataset=dataset, fold=2), 3)
    with pytest.raises(RequestError, match="no section 'finetune'"):
        with_folds(tiny_source.config(dataset=dataset, finetune=None), 3)
    assert with_folds(tiny_source.config(dataset=dataset), 4).dataset.splits.folds == 4


def test_the_command_line_takes_the_number_of_folds(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from training import cross_validation

    asked: list[Any] = []

    def noted(config: TrainConfig, data: Path, out: Path, folds: int, *more: Any) -> dict[str, Path]:
        asked.extend([folds, config.seed])
        return {"folds": out / "folds.json"}

    monkeypatch.setattr(cross_validation, "run_folds", noted)
    config = tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(tiny_source.settings()))
    command = ["run", "--config", str(config), "--data", str(farm), "--out", str(tmp_path / "out"), "--folds", "5"]
    assert main(command) == 0
    assert asked == [5, 3]
    assert "folds.json" in capsys.readouterr().out


OF_CLASS = {"iou": 0.5, "f1": 2 / 3, "recall": 2 / 3, "precision": 2 / 3, "cells_true": 6}
PER_CLASS = {str(code): OF_CLASS for code in (1, 4)}


def score(counts: list[list[int]], accuracy: float | None) -> dict[str, Any]:
    """A source of metrics.json as far as it is read here."""
    part = {"overall_accuracy": accuracy, "interval_95": None}
    own = {**part, "miou": 0.5, "macro_f1": 0.5, "boundary": part, "interior": part}
    own["confusion"] = {"codes": [1, 4], "counts": counts}
    return {
        "parcels_tested": 2,
        "model": {"map": own, "parcels": [{"by_mean_probability": {"accuracy": 1.0}}], "ece": None},
    }


def test_means_spreads_and_sums_by_hand(tmp_path: Path) -> None:
    first = {"sources": {"a": score([[3, 1], [0, 4]], 0.875), "all <test>": score([[1, 0], [0, 1]], 1.0)}}
    second = {"sources": {"a": score([[1, 1], [2, 0]], 0.25), "all <test>": score([[1, 0], [0, 1]], 0.5)}}
    whole = score([[4, 2], [2, 4]], 8 / 12)["model"]
    files = {"a": {"crop_type": tmp_path / "folds" / "a" / "crop_type.tif"}}
    scores = {
        "a": {
            "map": {**whole["map"], "overall_accuracy_interval_95": [0.25, 0.9], "per_class": PER_CLASS},
            "ece": 0.1,
            "cells": 12,
        }
    }
    figures = sum_up([first, second], tmp_path, files, scores)
    own = figures["sources"]["a"]
    assert own["mean"]["overall_accuracy"] == 0.5625
    assert own["sd"]["overall_accuracy"] == pytest.approx(0.625 / 2**0.5)
    assert own["mean"]["ece"] is None
    assert own["sd"]["ece"] is None
    assert own["pooled"]["confusion"] == {"codes": [1, 4], "counts": [[4, 2], [2, 4]]}
    assert own["pooled"]["overall_accuracy"] == pytest.approx(8 / 12)
    # the same ground scored by every model is not summed
    assert "pooled" not in figures["sources"]["all <test>"]
    assert figures["pooled"]["cells"] == 12
    assert figures["pooled"]["per_class"]["4"]["iou"] == pytest.approx(4 / 8)
    write_page(tmp_path / "folds.html", figures, [{"code": 1, "name": "wheat & rye"}, {"code": 4, "name": "maize"}])
    page = (tmp_path / "folds.html").read_text()
    assert "all &lt;test&gt;" in page
    assert "wheat &amp; rye" in page
    assert "0.562 ± 0.442" in page
    assert "0.250 to 0.900" in page


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ((0, 0), ""),
        ((1, 2), "had seen the ground of 3 of the 4 parcels tested, with declarations of that year"),
        ((1, None), "had seen this ground is not known"),
    ],
)
def test_folds_that_started_from_a_model_say_what_it_had_seen(
    tmp_path: Path, seen: tuple[int | None, int | None], told: str
) -> None:
    folds = [{"sources": {"a": {**score([[1, 0], [0, 1]], 1.0), "parcels_seen_before": count}}} for count in seen]
    figures = sum_up(folds, tmp_path, {}, {})
    assert [row["parcels_seen_before"] for row in figures["sources"]["a"]["folds"]] == list(seen)
    write_page(tmp_path / "folds.html", figures, [])
    page = (tmp_path / "folds.html").read_text()
    assert told in page
    assert ("figures are too good" in page) is bool(told)
