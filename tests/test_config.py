"""Configurations: what is read, what is refused, and what makes a finished stage out of date."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

from backend.errors import InputError, RequestError
from training.config import TrainConfig, read_config

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted((ROOT / "resources" / "configs").glob("*.yaml"))


def write(folder: Path, values: Any) -> Path:
    path = folder / "run.yaml"
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values), encoding="utf-8")
    return path


def changed(place: str, value: Any) -> dict[str, Any]:
    """The tiny settings with one value set, at a place such as dataset.sources.0.name."""
    values = copy.deepcopy(tiny_source.settings())
    inner: Any = values
    *parents, last = place.split(".")
    for part in parents:
        inner = inner[int(part)] if part.isdigit() else inner[part]
    inner[last] = value
    return values


def test_there_are_shipped_configurations() -> None:
    assert SHIPPED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_configuration_reads_and_names_tables_that_are_shipped(path: Path) -> None:
    config = read_config(path)
    for name in [config.dataset.legend, *(item.classes for item in (*config.dataset.sources, *config.dataset.imports))]:
        assert (ROOT / "resources" / "classes" / f"{name}.csv").is_file()


def test_the_papers_protocol_is_what_it_says() -> None:
    config = read_config(ROOT / "resources" / "configs" / "paper_t31tfm.yaml")
    before, after = config.pretrain, config.finetune
    assert (len(config.dataset.bands), config.dataset.level, config.augmentation.crop) == (13, "L1C", 48)
    assert config.network.num_dates == config.augmentation.dates == 16
    assert (config.cscl.mode, config.cscl.proj_channels, config.cscl.dilations) == ("published", 128, (1,))
    for stage, epochs_a_step_down in ((before, 1), (after, 2)):
        assert (stage.learning_rate, stage.batch, stage.weight_decay, stage.warmup) == (1e-4, 32, 0, 0)
        assert (stage.schedule, stage.decay) == ("exponential", 0.975)
        assert stage.steps == 50 * stage.decay_every // epochs_a_step_down
        assert (stage.clip_norm, stage.ema_decay) == (0, 0)
    assert after.cscl_weight == 0
    assert after.loss == type(after.loss)(class_weights="none", label_smoothing=0)


def test_what_is_not_given_takes_its_default(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, tiny_source.settings()))
    assert config.dataset.bands[0] == "B02"
    assert config.finetune.cscl_weight == 0.1
    assert config.dataset.sources[0].min_clear == 0.05


def test_without_a_section_pretrain_there_is_no_pretraining(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, tiny_source.settings(pretrain=None))).pretrain is None


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("finetun", {}, "there is no setting 'finetun'; did you mean 'finetune'?"),
        ("finetune.batchsize", 4, "there is no setting 'finetune.batchsize'; did you mean 'batch'?"),
        ("cscl.targets", "class", "there is no setting 'cscl.targets'; did you mean 'target'?"),
        ("dataset.sources.0.crop_fields", "x", "'dataset.sources.0.crop_fields'; did you mean 'crop_field'?"),
        (
            "dataset.sources.0.shares",
            {"train": 1, "tests": 0},
            "'dataset.sources.0.shares.tests'; did you mean 'test'?",
        ),
        ("dataset.qqqqqq", 1, r"there is no setting 'dataset.qqqqqq'\."),
        ("finetune.steps", "many", "finetune.steps: input should be a valid integer.*found 'many'"),
        ("finetune.steps", 0, "finetune.steps: input should be greater than 0; found 0"),
        ("dataset.chip", 30, "dataset.chip: input should be a multiple of 4; found 30"),
        ("network.magnification", 3, "network.magnification: input should be 1, 2 or 4; found 3"),
        ("augmentation.crop", 64, r"augmentation.crop \(64\) is larger than dataset.chip"),
        ("cscl.dilations", [1, 64], r"cscl.dilations: 64 label pixels reach over the whole of a sample, which has 64"),
        ("dataset.sources", [], "give at least one source, import or simulation"),
        ("dataset.sources", [tiny_source.source(), tiny_source.source()], "every source needs a name of its own"),
        ("dataset.sources.0.outside_parcels", "forest", "should be 'background' or 'ignore'; found 'forest'"),
        ("dataset.sources.0.name", "../farm", "dataset.sources.0.name: .*found '../farm'"),
        (
            "dataset.sources.0.shares",
            {"train": 0.5, "validation": 0, "calibration": 0, "test": 0},
            "the four shares must sum to 1, not to 0.5",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_found(tmp_path: Path, place: str, value: Any, message: str) -> None:
    with pytest.raises(RequestError, match=f"run.yaml: .*{message}"):
        read_config(write(tmp_path, changed(place, value)))


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    values = tiny_source.settings()
    del values["dataset"]
    with pytest.raises(RequestError, match=r"run.yaml: the setting 'dataset' is missing"):
        read_config(write(tmp_path, values))


def test_a_configuration_of_a_data_set_alone_needs_no_network_that_fits_it(tmp_path: Path) -> None:
    values = {"dataset": {"chip": 24, "magnifications": [2], "sources": [tiny_source.source()]}}
    config = read_config(write(tmp_path, values))
    assert config.finetune is None
    assert config.dataset.magnifications == (1, 2)


def test_the_series_is_one_path_or_a_list(tmp_path: Path) -> None:
    for given, found in (("a", ("a",)), (["a", "b.SAFE.zip"], ("a", "b.SAFE.zip"))):
        values = tiny_source.settings(dataset={"chip": 32, "sources": [tiny_source.source(series=given)]})
        assert read_config(write(tmp_path, values)).dataset.sources[0].series == found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": None}, "has parcels, so it needs 'classes'"),
        ({"crop_field": None}, "has parcels, so it needs 'crop_field'"),
        ({"year_field": "campagne"}, "names a year_field, so it needs the 'year' that is wanted"),
        ({"parcels": None}, "needs 'parcels', or the sampling must be unlabelled"),
    ],
)
def test_parcels_must_be_described(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    values = tiny_source.settings(dataset={"chip": 32, "sources": [tiny_source.source(**changes)]})
    with pytest.raises(RequestError, match=message):
        read_config(write(tmp_path, values))


@pytest.mark.parametrize(("scheme", "fold"), [("blocks", 1), ("folds", 4)])
def test_a_fold_that_there_is_not_cannot_be_held_out(tmp_path: Path, scheme: str, fold: int) -> None:
    values = tiny_source.settings(fold=fold)
    values["dataset"]["splits"] = {"scheme": scheme, "folds": 3}
    with pytest.raises(RequestError, match=f"fold {fold} needs dataset.splits with the scheme folds"):
        read_config(write(tmp_path, values))


def test_a_scheme_that_holds_out_needs_to_know_what(tmp_path: Path) -> None:
    values = tiny_source.settings()
    values["dataset"]["splits"] = {"scheme": "leave_year_out"}
    with pytest.raises(RequestError, match="the scheme leave_year_out needs 'held_out', the year of the test"):
        read_config(write(tmp_path, values))


def test_what_lies_outside_of_parcels_has_no_default(tmp_path: Path) -> None:
    source = tiny_source.source()
    del source["outside_parcels"]
    values = tiny_source.settings(dataset={"sources": [source]})
    with pytest.raises(RequestError, match=r"the setting 'dataset.sources.0.outside_parcels' is missing"):
        read_config(write(tmp_path, values))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no configuration .*nothing\.yaml"):
        read_config(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "not valid YAML"),
        ("- 1\n- 2\n", "found a list"),
        ("", "found nothing"),
        ("x: !!python/object/apply:os.getcwd []", "not valid YAML"),
    ],
)
def test_what_is_not_a_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RequestError, match=f"run.yaml: .*{message}"):
        read_config(write(tmp_path, text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(RequestError, match=r"run.yaml: not valid YAML"):
        read_config(tmp_path / "run.yaml")


def test_a_fingerprint_changes_with_its_sections_and_with_no_other() -> None:
    plain = tiny_source.config()
    renamed = tiny_source.config(card={"name": "other"})
    longer = tiny_source.config(finetune={"steps": 5})
    reseeded = tiny_source.config(seed=4)
    assert plain.fingerprint("seed", "dataset") == tiny_source.config().fingerprint("seed", "dataset")
    assert plain.fingerprint("seed", "finetune") == renamed.fingerprint("seed", "finetune")
    assert plain.fingerprint("card") != renamed.fingerprint("card")
    assert plain.fingerprint("dataset") == longer.fingerprint("dataset")
    assert plain.fingerprint("finetune") != longer.fingerprint("finetune")
    assert plain.fingerprint("seed", "dataset") != reseeded.fingerprint("seed", "dataset")


def test_a_seed_of_training_leaves_the_data_set_and_what_was_trained_without_one_as_they_are() -> None:
    plain, own = tiny_source.config(), TrainConfig.model_validate(changed("training_seed", 3))
    assert (plain.seed_of_training, own.seed_of_training) == (plain.seed, 3)
    assert own.fingerprint("seed", "dataset") == plain.fingerprint("seed", "dataset")
    sections = ("seed", "training_seed", "finetune")
    assert own.fingerprint(*sections) != plain.fingerprint(*sections)
    assert plain.fingerprint(*sections) == plain.fingerprint("seed", "finetune")


def test_a_setting_as_by_default_leaves_no_mark_on_a_fingerprint() -> None:
    plain = tiny_source.config()
    told = plain.model_copy(update={"augmentation": plain.augmentation.model_copy(update={"edge_share": 0.0})})
    other = plain.model_copy(update={"augmentation": plain.augmentation.model_copy(update={"edge_share": 0.1})})
    assert told.fingerprint("augmentation") == plain.fingerprint("augmentation") != other.fingerprint("augmentation")
    given = {"augmentation": tiny_source.settings()["augmentation"]}  # all that the file says, and nothing else
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    assert plain.fingerprint("augmentation") == digest[:16]


def test_a_fingerprint_does_not_depend_on_how_the_file_is_written(tmp_path: Path) -> None:
    values = tiny_source.settings()
    first = read_config(write(tmp_path, values))
    second = read_config(write(tmp_path, dict(reversed(list(values.items())))))
    sections = tuple(TrainConfig.model_fields)
    assert first.fingerprint(*sections) == second.fingerprint(*sections)
