"""How a model is trained from QGIS: the configuration that is written, and what is refused before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cscl_qgis import map_figures, models, training_config
from cscl_qgis.training_config import EFFORTS, TrainingSettings, check, configuration

SHIPPED = Path(__file__).resolve().parents[1] / "resources" / "models" / "cscl_default.onnx"
DATASET: dict[str, Any] = {
    "dataset": {
        "chip": 32,
        "magnifications": [1, 4],
        "level": "L2A",
        "sampling": "dense",
        "simulations": [{"name": "fields", "scenes": 1}],
    }
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set, as far as it is looked at."""
    write(tmp_path, DATASET)
    (tmp_path / "dataset.zarr").mkdir()
    (tmp_path / "dataset.zarr" / "zarr.json").write_text("{}")
    (tmp_path / "dataset.done.json").write_text("{}")
    return tmp_path


def write(folder: Path, values: Any) -> None:
    (folder / "dataset.yaml").write_text(json.dumps(values), encoding="utf-8")


def start() -> models.InstalledModel:
    return models.read_model(SHIPPED)


def test_the_configuration_is_one_that_training_reads_with_the_data_set_as_it_is(folder: Path) -> None:
    from training.config import read_config

    settings = TrainingSettings(folder, "mine", start(), steps=30, attribution="mine")
    path = training_config.write(settings)
    assert path == folder / "mine" / "train.yaml"
    config = read_config(path)
    assert config.finetune.steps == 30
    assert config.augmentation.crop == 32
    assert config.pretrain is None
    assert config.card.name == "mine"
    assert config.seed_of_training == 1
    own = read_config(folder / "dataset.yaml")
    assert config.fingerprint("seed", "dataset") == own.fingerprint("seed", "dataset")  # it is not built again


def test_from_a_model_the_network_is_its_own_and_from_scratch_cscl_comes_first(folder: Path) -> None:
    started = configuration(TrainingSettings(folder, "mine", start(), magnification=2))
    trained = start().card.training["configuration"]
    assert started["network"] == trained["network"]
    assert started["cscl"] == trained["cscl"]
    assert "pretrain" not in started
    fresh = configuration(TrainingSettings(folder, "mine", magnification=4, pretrain_steps=7))
    assert fresh["network"] == {"magnification": 4}
    assert fresh["pretrain"]["steps"] == 7
    assert fresh["finetune"]["learning_rate"] > started["finetune"]["learning_rate"]


def test_the_arguments_name_the_checkpoint_only_where_there_is_one(folder: Path) -> None:
    given = training_config.arguments(TrainingSettings(folder, "mine", start()))
    assert given[:2] == ["train", "--config"]
    assert given[-2:] == ["--from", str(SHIPPED.with_suffix(".pt"))]
    assert "--from" not in training_config.arguments(TrainingSettings(folder, "mine"))


def test_models_without_weights_beside_them_are_none_to_start_from(tmp_path: Path) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), tmp_path)
    alone = models.read_model(tmp_path / SHIPPED.name)
    assert training_config.checkpoint_of(alone) is None
    assert training_config.trainable([alone, start()]) == [start()]


@pytest.mark.parametrize(
    ("changed", "settings", "told"),
    [
        ({}, {"name": "a b"}, "may hold letters, digits, _ and - only, not 'a b'"),
        ({"sampling": "unlabelled"}, {}, "has no labels"),
        ({"magnifications": [1, 2]}, {}, "4 times finer than the images, the data set has labels on 1, 2"),
        ({"bands": ["B02", "B03"]}, {}, "the data set has B02, B03"),
        ({"level": "L1C"}, {}, "was trained on L2A images, the data set is of L1C"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(
    folder: Path, changed: dict[str, Any], settings: dict[str, Any], told: str
) -> None:
    write(folder, {"dataset": {**DATASET["dataset"], **changed}})
    with pytest.raises(ValueError, match=told):
        check(TrainingSettings(**{"dataset": folder, "name": "mine", "start": start(), **settings}))


def test_a_folder_that_holds_no_data_set_or_half_of_one_is_refused(folder: Path) -> None:
    check(TrainingSettings(folder, "mine", start()))
    (folder / "dataset.done.json").unlink()
    with pytest.raises(ValueError, match="was not built to its end"):
        check(TrainingSettings(folder, "mine"))
    (folder / "dataset.yaml").write_text("dataset: [", encoding="utf-8")
    (folder / "dataset.done.json").write_text("{}")
    with pytest.raises(ValueError, match="cannot be read as it was written"):
        check(TrainingSettings(folder, "mine"))
    with pytest.raises(ValueError, match="holds no data set"):
        check(TrainingSettings(folder / "other", "mine"))
    write(folder, {"dataset": {**DATASET["dataset"], "magnifications": None}})
    with pytest.raises(ValueError, match="is not as it was written"):
        check(TrainingSettings(folder, "mine"))


def test_a_model_that_another_run_made_is_neither_replaced_nor_trained_over(folder: Path, tmp_path: Path) -> None:
    settings = TrainingSettings(folder, "mine", start(), steps=30)
    training_config.write(settings)
    check(TrainingSettings(folder, "mine", start(), steps=31))  # nothing has been trained yet: it may be put right
    (settings.out / "finetune.done.json").write_text("{}")
    check(settings)  # the same settings go on
    with pytest.raises(ValueError, match="of this name that was trained with other settings"):
        check(TrainingSettings(folder, "mine", start(), steps=31))
    installed = tmp_path / "installed"
    installed.mkdir()
    training_config.check_installed(settings, installed)
    (installed / "mine.onnx").write_bytes(b"another")
    with pytest.raises(ValueError, match="Another model 'mine' is installed already"):
        training_config.check_installed(settings, installed)
    own = training_config.model_path(settings)
    own.parent.mkdir()
    own.write_bytes(b"another")
    training_config.check_installed(settings, installed)  # it is that of this run


def test_the_estimate_grows_with_the_steps_and_shrinks_with_the_cores(folder: Path) -> None:
    few, many = (TrainingSettings(folder, "mine", steps=effort.steps).seconds(2) for effort in EFFORTS[::2])
    assert few < many
    assert TrainingSettings(folder, "mine", threads=1).seconds(8) == pytest.approx(
        8 * TrainingSettings(folder, "mine").seconds(8)
    )


def test_figures_of_a_map_are_read_and_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    found = {"overall_accuracy": 0.81, "overall_accuracy_interval_95": [0.7, 0.9], "macro_f1": 0.6, "miou": None}
    path.write_text(json.dumps({"sources": {"map": {"model": {"map": found}, "parcels_tested": 12}}}))
    figures = map_figures.read_figures(path)
    assert figures.summary == "accuracy 0.810 (95 % interval 0.700-0.900), macro F1 0.600 on 12 parcels"
    path.write_text("[]")
    with pytest.raises(ValueError, match="is not what an evaluation of a map writes"):
        map_figures.read_figures(path)


def test_a_data_set_that_is_yet_to_be_built_is_checked_by_its_configuration(tmp_path: Path) -> None:
    settings = TrainingSettings(tmp_path, "mine", start(), seed=5)
    check(settings, DATASET)
    assert configuration(settings, DATASET)["training_seed"] == 5
    with pytest.raises(ValueError, match="build it with the label grid 4"):
        check(settings, {"dataset": {**DATASET["dataset"], "magnifications": [1, 2]}})


def test_the_stages_expected_times_add_up(tmp_path: Path) -> None:
    settings = TrainingSettings(tmp_path, "mine", steps=100, pretrain_steps=50)
    expected = settings.expected(2)
    assert [name for name, _ in expected] == ["pretrain", "finetune", "evaluate", "export"]
    assert settings.seconds(2) == pytest.approx(sum(seconds for _, seconds in expected[:2]))
    started = TrainingSettings(tmp_path, "mine", start(), steps=100)
    assert [name for name, _ in started.expected(2)] == ["finetune", "evaluate", "export"]
