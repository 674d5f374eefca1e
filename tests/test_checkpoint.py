"""Checkpoints that other runs start from: what must fit, what is matched by name, and that nothing in them is run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("zarr")
from backend.errors import DamagedFileError, InputError  # noqa: E402
from training.checkpoint import class_axes, read_checkpoint, start_from, write_checkpoint  # noqa: E402
from training.classes import CLASSES  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.crop_network import CropNetwork, new_model  # noqa: E402
from training.make_dataset import make_dataset  # noqa: E402
from training.stages import _class_names  # noqa: E402
from training.store import Store  # noqa: E402
from training.train import main  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

CONFIG = tiny_source.config()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture(scope="module")
def store(farm: Path) -> Store:
    return Store(make_dataset(CONFIG, farm, farm, tiny_source.quiet))


@pytest.fixture(scope="module")
def shipped(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a network whose weights are all different."""
    path = tmp_path_factory.mktemp("shipped") / "tiny.pt"
    write_checkpoint(path, CONFIG, store, different(new_model(CONFIG, store)))
    return path


def different(model: CropNetwork) -> CropNetwork:
    with torch.no_grad():
        for number, value in enumerate(model.state_dict().values()):
            if value.is_floating_point():
                value.copy_(torch.arange(value.numel()).view(value.shape) / value.numel() + number)
    return model


def legend(store: Store) -> list[str]:
    return [str(entry["name"]) for entry in store.attributes["legend"]]


def test_a_checkpoint_is_read_as_it_was_written(store: Store, shipped: Path) -> None:
    found = read_checkpoint(shipped)
    assert found.bands == store.bands
    assert found.level == "L2A"
    assert [entry["name"] for entry in found.legend] == legend(store)
    assert found.network["name"] == "ltae_unet"
    assert found.network["num_dates"] == 4  # that of a training batch
    assert found.cscl["proj_channels"] == 8
    model = new_model(CONFIG, store)
    assert start_from(model, found, legend(store), store.bands, "L2A") == []
    for name, value in model.state_dict().items():
        assert torch.equal(value, found.state_dict[name]), name
    assert [item.name for item in shipped.parent.iterdir()] == ["tiny.pt"]


def test_the_tensors_with_rows_for_classes_are_found_by_what_another_class_changes(store: Store) -> None:
    assert class_axes(new_model(CONFIG, store)) == {
        "network.coarse.weight": 0, "network.coarse.bias": 0, "network.fine.weight": 0, "network.fine.bias": 0,
    }  # fmt: skip


def test_classes_are_matched_by_name_and_new_ones_start_afresh(store: Store, shipped: Path) -> None:
    found = read_checkpoint(shipped)
    own = legend(store)[:4]
    own[1], own[3] = legend(store)[5], "hemp"
    model = CropNetwork(CONFIG.network.model_copy(update={"num_dates": 4}), len(store.bands), 4, CONFIG.cscl)
    before = copy.deepcopy(model.state_dict())
    assert start_from(model, found, own, store.bands, "L2A") == ["hemp"]
    after = model.state_dict()
    for name in ("network.coarse.weight", "network.coarse.bias", "network.fine.weight", "network.fine.bias"):
        for row, theirs in ((0, 0), (1, 5), (2, 2)):
            assert torch.equal(after[name][row], found.state_dict[name][theirs])
        assert torch.equal(after[name][3], before[name][3])
    assert torch.equal(after["network.stem.weight"], found.state_dict["network.stem.weight"])


def test_what_does_not_fit_is_told_in_a_sentence_and_changes_nothing(store: Store, shipped: Path) -> None:
    found = read_checkpoint(shipped)
    model = new_model(CONFIG, store)
    before = copy.deepcopy(model.state_dict())
    bands = (*store.bands[:-1], "B01")
    with pytest.raises(InputError, match=r"tiny.pt: its network sees the bands B02, .*; the data set has .*B01"):
        start_from(model, found, legend(store), bands, "L2A")
    with pytest.raises(InputError, match=r"tiny.pt: its network was trained on images of level L2A; .* is of L1C"):
        start_from(model, found, legend(store), store.bands, "L1C")
    other = [f"{name}_2" for name in legend(store)]
    with pytest.raises(InputError, match=r"none of its crops \(winter_common_soft_wheat, .*\) is one of the data"):
        start_from(model, found, other, store.bands, "L2A")
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {**tiny_source.NETWORK, "magnification": 1}}, "its settings are magnification 4"),
        ({"cscl": {"proj_channels": 4}}, "its settings are cscl.proj_channels 8"),
        ({"network": {"magnification": 4, "options": {}}}, r"its settings are options \{'widths'"),
    ],
)
def test_another_network_is_told_by_the_settings_that_differ(
    store: Store, shipped: Path, changes: dict[str, Any], message: str
) -> None:
    model = new_model(tiny_source.config(**changes), store)
    with pytest.raises(InputError, match=message):
        start_from(model, read_checkpoint(shipped), legend(store), store.bands, "L2A")


class _Hostile:
    """A pickle that would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return exec, (f"open({str(self.path)!r}, 'w').close()",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path, shipped: Path) -> None:
    values = torch.load(shipped, weights_only=True)
    torch.save({**values, "legend": _Hostile(tmp_path / "harm")}, tmp_path / "hostile.pt")
    with pytest.raises(DamagedFileError, match=r"hostile.pt: not a checkpoint to start from"):
        read_checkpoint(tmp_path / "hostile.pt")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "it does not say that it is one"),
        ({"version": 2}, "expected a checkpoint of version 1, found 2"),
        ({"state_dict": {"a": 1}}, "it holds no weights"),
        ({"legend": [{"code": 0}]}, "'name'"),
        ({"legend": [{"name": "a"}, {"name": "a"}]}, "two classes have one name"),
        ({"bands": None}, "not iterable"),
    ],
)
def test_files_that_are_no_checkpoint_are_refused(
    tmp_path: Path, shipped: Path, changes: dict[str, Any], message: str
) -> None:
    torch.save({**torch.load(shipped, weights_only=True), **changes}, tmp_path / "other.pt")
    with pytest.raises((DamagedFileError, InputError), match=f"other.pt: .*{message}"):
        read_checkpoint(tmp_path / "other.pt")


def test_a_file_of_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("weights")
    torch.save([1, 2], tmp_path / "list.pt")
    for name, message in (("text.pt", "not a checkpoint"), ("list.pt", "it holds a list")):
        with pytest.raises(DamagedFileError, match=f"{name}: .*{message}"):
            read_checkpoint(tmp_path / name)
    with pytest.raises(InputError, match="There is no file"):
        read_checkpoint(tmp_path / "nothing.pt")


def write_config(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump(tiny_source.settings(**changes)), encoding="utf-8")
    return path


def call(stage: str, config: Path, data: Path, out: Path, *more: str) -> int:
    return main([stage, "--config", str(config), "--data", str(data), "--out", str(out), *more])


def test_fine_tuning_starts_from_a_file_and_then_needs_no_pretraining(
    farm: Path, tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import stage_runner

    begun: list[tuple[str, dict[str, Any]]] = []

    def noted(config: TrainConfig, store: Store, model: CropNetwork, name: str, *values: Any) -> None:
        begun.append((name, copy.deepcopy(model.state_dict())))
        (values[0] / "weights.pt").write_bytes(b"")

    monkeypatch.setattr(stage_runner, "run_stage", noted)
    config, out = write_config(tmp_path / "tiny.yaml"), tmp_path / "out"
    assert call("dataset", config, farm, out) == 0
    assert call("finetune", config, farm, out, "--from", str(shipped)) == 0
    theirs = read_checkpoint(shipped).state_dict
    assert begun[-1][0] == "finetune"
    assert all(torch.equal(begun[-1][1][name], theirs[name]) for name in theirs)
    # a file that says something else makes the stage another one
    first = (out / "finetune" / "fingerprint.txt").read_text()
    assert call("finetune", write_config(tmp_path / "bare.yaml", pretrain=None), farm, out) == 0
    assert (out / "finetune" / "fingerprint.txt").read_text() != first
    assert not all(torch.equal(begun[-1][1][name], theirs[name]) for name in theirs)


def test_a_file_that_does_not_fit_is_told_before_the_data_set_is_built(
    farm: Path, tmp_path: Path, shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    legend_of_ones_own = "code,name,title,color,hcat_code\n0,background,Ground,#000000,\n1,hemp,Hemp,#00ff00,\n"
    (tmp_path / "own.csv").write_text(legend_of_ones_own, encoding="utf-8")
    dataset = tiny_source.settings()["dataset"]
    for changes, file, message in (
        ({"dataset": {**dataset, "level": "L1C"}}, shipped, "trained on images of level L2A; the data set is of L1C"),
        ({"dataset": {**dataset, "legend": str(tmp_path / "own.csv")}}, shipped, "none of its crops (winter"),
        ({"cscl": {"proj_channels": 4}}, shipped, "it holds another network"),
        ({"dataset": {**tiny_source.settings()["dataset"], "bands": ["B02", "B03"]}}, shipped, "sees the bands"),
        ({}, tmp_path / "nothing.pt", "There is no file"),
        ({"network": {"name": "ltae_unit"}}, shipped, "no network 'ltae_unit'"),
        ({"network": {"name": "unet3d", "num_dates": 3}}, shipped, "network.num_dates (3) is less than augmentation"),
    ):
        config = write_config(tmp_path / "tiny.yaml", **changes)
        assert call("run", config, farm, out, "--from", str(file)) in (2, 3)
        assert message in capsys.readouterr().err
    assert list(out.iterdir()) == []


def test_a_file_in_the_folder_that_is_trained_anew_is_refused_and_stays(
    farm: Path, tmp_path: Path, shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "out" / "finetune" / "best.pt"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(shipped.read_bytes())
    assert call("finetune", write_config(tmp_path / "tiny.yaml"), farm, tmp_path / "out", "--from", str(inside)) == 2
    assert "lies in the folder of the stage finetune, which is emptied" in capsys.readouterr().err
    assert inside.read_bytes() == shipped.read_bytes()


def test_the_classes_of_a_data_set_that_is_built_need_no_file(farm: Path, store: Store, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_bytes((CLASSES / "legend.csv").read_bytes())
    config = tiny_source.config(dataset={**tiny_source.settings()["dataset"], "legend": "own.csv"})
    with pytest.raises(InputError, match=r"own\.csv"):
        _class_names(config, farm, tmp_path / "nothing")
    assert _class_names(config, tmp_path, tmp_path / "nothing") == legend(store)
    assert _class_names(CONFIG, tmp_path / "nowhere", store.path.parent) == legend(store)


def test_the_last_checkpoint_of_a_broken_stage_can_be_started_from(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import stage_runner

    def broken(*values: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(stage_runner, "save_weights", broken)
    model = new_model(CONFIG, store)
    with pytest.raises(OSError, match="the disk is gone"):
        stage_runner.run_stage(CONFIG, store, model, "finetune", tmp_path, tiny_source.quiet)
    found = read_checkpoint(tmp_path / "checkpoints" / "last.ckpt")
    fresh = new_model(CONFIG, store)
    assert start_from(fresh, found, legend(store), store.bands, "L2A") == []
    for name, value in fresh.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name  # the averaged weights, which the stage would leave


def test_help_tells_of_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    for stage in ("finetune", "run"):
        with pytest.raises(SystemExit):
            main([stage, "--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert "--from FILE" in said
        assert "pre-training is then skipped unless configured" in said
