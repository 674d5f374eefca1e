"""The evaluation of a run: any split, any store, any cut into blocks, cut-off dates, sets of patches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_source
from pydantic import ValidationError
from test_import_pastis import CORNER, DATES
from test_import_t31tfm import small as small_t31tfm

torch = pytest.importorskip("torch")
import published_sets  # noqa: E402
import scenes  # noqa: E402
from test_dataset_imports import TABLE, configuration  # noqa: E402
from test_import_pastis import small as small_pastis  # noqa: E402

from backend.errors import CancelledError, InputError  # noqa: E402
from training import forest_maps, windows  # noqa: E402
from training.baseline import MonthlyForest  # noqa: E402
from training.calibration_sources import calibration_sources  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.crop_network import new_model  # noqa: E402
from training.evaluate import evaluate_run  # noqa: E402
from training.mosaic import SourceMosaic, open_sources  # noqa: E402
from training.progress import QuietProgress  # noqa: E402
from training.stage_checks import check_stages  # noqa: E402
from training.store import Store  # noqa: E402
from training.trained_run import load_trained  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    """Forests small enough for a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest_maps, "MonthlyForest", partial(MonthlyForest, num_trees=8))
        yield


def prepared(data: Path, out: Path, config: TrainConfig) -> Store:
    """A run's folder with its data set and the weights of a network that knows nothing."""
    store = tiny_source.build(data, out, config)
    model = new_model(config, store)
    torch.nn.init.normal_(model.network.fine.weight, std=0.3)
    tiny_source.trained(out, config, model)
    return store


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainConfig]:
    """The folder of a run on the farm, not trained, and its configuration."""
    folder = tmp_path_factory.mktemp("farm")
    tiny_source.write_farm(folder)
    config = tiny_source.config(evaluate={"splits": ["test", "train"], "cutoffs": ["06-30", "01-15", "09-30"]})
    prepared(folder, folder / "out", config)
    return folder / "out", config


@pytest.fixture(scope="module")
def evaluation(farm: tuple[Path, TrainConfig]) -> dict[str, Any]:
    return evaluate_run(farm[1], farm[0])


def test_everything_that_must_be_reported_is_in_the_file(
    farm: tuple[Path, TrainConfig], evaluation: dict[str, Any]
) -> None:
    written = json.loads((farm[0] / "metrics.json").read_text())
    assert written == json.loads(json.dumps(evaluation))
    assert evaluation["evaluated"]["splits"] == ["test", "train"]
    own = evaluation["sources"]["farm"]
    assert (own["parcels_tested"], own["parcels_trained"], own["split"]) == (4, 8, "test")
    for name in ("model", "forest_all_sources", "forest_own_parcels"):
        figures = own[name]
        assert figures["map"]["cells"] == figures["cells"] > 4 * 14 * 14 * 16
        assert figures["map"]["interval_by"] in ("blocks", "parcels")
        assert {"boundary", "interior", "edge_profile", "per_class", "confusion"} <= set(figures["map"])
        assert len(figures["parcels"]) == 4
    assert {"nearest", "bilinear", "boundary_f1", "boundary_curve", "outlines", "conformal"} <= set(own["model"])
    assert own["model"]["outlines"][0]["parcels"] == 4
    assert own["model"]["conformal"]["parcels"]["count"] == 4
    assert own["model"]["ece_before"] is not None
    # crops that differ this much are told apart
    assert own["forest_own_parcels"]["map"]["overall_accuracy"] > 0.95
    assert own["other_splits"]["train"]["parcels_tested"] == 8
    assert own["other_splits"]["train"]["model"]["parcels"][0]["parcels"] == 8
    assert evaluation["calibration"]["conformal"]["parcels"]["pooled_classes"] == list(range(14))
    assert (farm[0] / "evaluation.html").stat().st_size > 10_000


def test_the_figures_do_not_depend_on_the_blocks(
    farm: tuple[Path, TrainConfig], evaluation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "BLOCK_CELLS", 96)
    assert len(windows.blocks(open_sources(Store(farm[0] / "dataset.zarr"))[0].grid, 4, 4)) > 4
    again = evaluate_run(farm[1], farm[0])
    for key in ("in_season", "other_splits", "forest_own_parcels"):
        close(again["sources"]["farm"][key], evaluation["sources"]["farm"][key])
    close(again["sources"]["farm"]["model"], evaluation["sources"]["farm"]["model"])
    close(again["calibration"], evaluation["calibration"])


def close(first: Any, second: Any) -> None:
    """Equal but for roundings of tiles of other sizes, which may turn a cell or two of ten thousand."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            close(first[key], second[key])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            close(one, other)
    elif isinstance(first, int | float) and not isinstance(first, bool):
        assert first == pytest.approx(second, rel=2e-3, abs=2e-3 if isinstance(first, float) else 6)
    else:
        assert first == second


def test_a_map_of_the_spring_has_fewer_dates_and_one_of_the_winter_none(evaluation: dict[str, Any]) -> None:
    early, middle, late = evaluation["sources"]["farm"]["in_season"]
    assert [entry["cutoff"] for entry in (early, middle, late)] == ["01-15", "06-30", "09-30"]
    assert [entry["last_day"] for entry in (early, middle, late)] == ["2018-01-15", "2018-06-30", "2018-09-30"]
    assert [entry["dates"] for entry in (early, middle, late)] == [0, 2, 4]
    assert early["overall_accuracy"] is None
    assert early["unmapped_cells"] == late["cells"] > 0
    whole = evaluation["sources"]["farm"]["model"]
    for key in ("overall_accuracy", "macro_f1", "miou"):
        assert late[key] == pytest.approx(whole["map"][key])
    assert late["parcel_accuracy"] == whole["parcels"][0]["by_mean_probability"]["accuracy"]
    assert middle["cells"] == late["cells"]


def test_a_season_that_starts_in_autumn_is_cut_in_the_year_of_harvest(tmp_path: Path) -> None:
    from training.in_season import in_order, last_day

    tiny_source.write_farm(tmp_path)
    scenes.write_date(tmp_path / "series", scenes.DAYS[0].replace(year=2017, month=11), tiny_source.crops())
    source = open_sources(tiny_source.build(tmp_path, tmp_path / "out"))[0]
    assert source.dates[0] // 10000 == 2017
    assert source.harvest_year == 2018
    assert in_order(("10-01", "03-15", "10-01")) == ("03-15", "10-01")
    assert source.dates_for(None, last_day(source, "03-15")).tolist() == [0]
    assert len(source.dates_for(None, last_day(source, "08-01"))) == 4


def test_a_split_that_no_source_has_is_told(farm: tuple[Path, TrainConfig], tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    config = tiny_source.with_dataset(sources=[tiny_source.source(split="train")])
    prepared(tmp_path, tmp_path / "out", config)
    with pytest.raises(InputError, match="No source has a test split to evaluate on"):
        evaluate_run(config, tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 4}, "the data set was made with another configuration"),
        ({"finetune": {"steps": 5}}, "weights.pt: these weights were trained with another configuration"),
    ],
)
def test_weights_are_scored_on_the_data_set_that_they_were_trained_on_alone(
    farm: tuple[Path, TrainConfig], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        evaluate_run(tiny_source.config(**changes), farm[0])


def test_how_it_is_scored_and_on_what_hardware_may_change(farm: tuple[Path, TrainConfig]) -> None:
    config = tiny_source.config(evaluate={"splits": ["train"]}, hardware={"precision": "bf16", "cache_mib": 0})
    store, model = load_trained(config, farm[0])
    assert store.sources[0].name == "farm"
    assert not model.training


def test_only_the_sources_that_are_asked_for_calibrate(farm: tuple[Path, TrainConfig]) -> None:
    def chosen(*names: str, **dataset: Any) -> list[str]:
        config = tiny_source.config(evaluate={"calibrate_on": names}, **dataset)
        return [source.name for source in calibration_sources(config, sources)]

    with_split, without = SimpleNamespace(has_split=lambda split: True), SimpleNamespace(has_split=lambda split: False)
    sources: Any = [
        SimpleNamespace(name=name, **vars(kind))
        for name, kind in (("farm", with_split), ("made_000", with_split), ("made_001", without), ("bare_000", without))
    ]
    made_up = {"simulations": [{"name": "made", "scenes": 2}, {"name": "bare", "scenes": 1}]}
    dataset = tiny_source.settings()["dataset"] | made_up
    assert chosen() == ["farm", "made_000", "made_001", "bare_000"]
    assert chosen("farm") == ["farm"]
    assert chosen("made", dataset=dataset) == ["made_000", "made_001"]
    with pytest.raises(InputError, match="calibrate_on names 'bare', but it has no calibration split"):
        chosen("made", "bare", dataset=dataset)
    with pytest.raises(ValidationError, match="calibrate_on names 'fram', which is no source, import or simulation"):
        chosen("fram")


def test_what_cannot_be_calibrated_on_is_told_before_the_first_step(
    farm: tuple[Path, TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(farm[0] / "dataset.zarr")
    config = tiny_source.config(evaluate={"calibrate_on": ["farm"]})
    monkeypatch.setattr(SourceMosaic, "has_split", lambda source, split: True)
    check_stages(config, store, ("finetune",), QuietProgress())
    monkeypatch.setattr(SourceMosaic, "has_split", lambda source, split: split != "calibration")
    with pytest.raises(InputError, match="names 'farm', but it has no calibration split"):
        check_stages(config, store, ("finetune",), QuietProgress())


def test_an_evaluation_can_be_cancelled(farm: tuple[Path, TrainConfig]) -> None:
    with pytest.raises(CancelledError):
        evaluate_run(farm[1], farm[0], QuietProgress(lambda: True))


def test_a_fold_that_is_held_out_is_the_test(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    shares = {"train": 0.6, "validation": 0.2, "calibration": 0.2, "test": 0.0}
    config = tiny_source.with_dataset(
        sources=[tiny_source.source(shares=shares)], splits={"scheme": "folds", "folds": 3, "buffer_m": 0}
    ).model_copy(update={"fold": 2})
    prepared(tmp_path, tmp_path / "out", config)
    evaluation = evaluate_run(config, tmp_path / "out")
    assert evaluation["evaluated"]["fold"] == 2
    held_out = Store(tmp_path / "out" / "dataset.zarr", 2)
    assert evaluation["sources"]["farm"]["parcels_tested"] == held_out.parcels_by_split("farm")[4] > 0
    assert evaluation["sources"]["farm"]["model"]["cells"] > 0


def test_published_sets_alone_are_scored_patch_by_patch(tmp_path: Path) -> None:
    small_t31tfm(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    config = configuration("t31tfm", "L1C")
    store = prepared(tmp_path, tmp_path / "out", config)
    (source,) = open_sources(store)
    assert source.is_patches
    regions = list(source.regions(("test",)))
    assert len(regions) == source.count_regions(("test",)) > 0
    assert {region.grid.shape for region in regions} == {(48, 48)}
    evaluation = evaluate_run(config, tmp_path / "out")
    own = evaluation["sources"]["published"]
    assert own["patches_tested"] == len(regions)
    assert own["label_scale"] == 4
    assert own["model"]["cells"] == sum(
        int(((region.labels(4)[0] != 255) & (region.labels(4)[4] == 4)).sum()) for region in regions
    )
    assert own["parcels_tested"] == own["model"]["parcels"][0]["parcels"] > 0
    assert "patches not trained on" in evaluation["card"]["published"]["summary"]
    assert "accuracy" in evaluation["card"]["published"]["summary"]


def test_a_set_with_labels_at_10_m_alone_is_scored_there(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    small_pastis(tmp_path, more=[published_sets.pastis_feature(10001, 5, (CORNER[0] + 1280, CORNER[1]), DATES)])
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    config = configuration("pastis", "L2A", [tiny_source.source()])
    prepared(tmp_path, tmp_path / "out", config)
    evaluation = evaluate_run(config, tmp_path / "out")
    assert evaluation["sources"]["farm"]["label_scale"] == 4
    (name,) = set(evaluation["sources"]) - {"farm"}
    own = evaluation["sources"][name]
    assert own["label_scale"] == 1
    assert own["split"] == "test"
    assert own["model"]["resolution_m"] == 10
    assert "nearest" not in own["model"]
    assert "boundary_f1" not in own["model"]
    assert own["model"]["cells"] > 0
    assert own["model"]["cells"] == own["forest_all_sources"]["cells"]


def test_patches_that_lie_in_several_samples_are_put_together_again(tmp_path: Path) -> None:
    small_pastis(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    store = tiny_source.build(tmp_path, tmp_path / "out", configuration("pastis", "L2A"))
    (source,) = open_sources(store)
    regions = list(source.regions(("train", "validation", "calibration", "test")))
    assert [region.grid.shape for region in regions] == [(128, 128)] * len(regions)
    labels, pixels = regions[0].labels(1), regions[0].pixels
    assert labels.shape == (7, 128, 128)
    for place, number in enumerate(np.flatnonzero(store.source_of == 0)[:16].tolist()):
        top, left = (32 * step for step in divmod(place, 4))
        np.testing.assert_array_equal(labels[:, top : top + 32, left : left + 32], store.labels(number, 1))
        own = store.images(number)[0][: len(regions[0].dates)]
        np.testing.assert_array_equal(pixels.x[..., top : top + 32, left : left + 32], own)


def test_a_network_of_the_published_loss_at_10_m_is_calibrated_and_scored(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    network = {**tiny_source.NETWORK, "magnification": 1}
    config = tiny_source.config(network=network, cscl={"proj_channels": 8, "mode": "published"})
    prepared(tmp_path, tmp_path / "out", config)
    evaluation = evaluate_run(config, tmp_path / "out")
    own = evaluation["sources"]["farm"]["model"]
    assert own["magnification"] == 1
    assert own["resolution_m"] == 10
    assert "nearest" not in own
    assert own["boundary_f1"] is not None
    assert evaluation["calibration"]["boundary_pixels"] > 0
