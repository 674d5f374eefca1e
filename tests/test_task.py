"""Training steps and stages: what learns, what counts, and that a broken-off run ends as an unbroken one."""

from __future__ import annotations

import copy
import itertools
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_source

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("zarr")
from backend.errors import DamagedFileError, InputError, RequestError  # noqa: E402
from training import stage_runner  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.config_training import CsclConfig, LossConfig, StageConfig  # noqa: E402
from training.crop_network import CropNetwork, new_model  # noqa: E402
from training.dataset import TrainingSamples  # noqa: E402
from training.make_dataset import make_dataset  # noqa: E402
from training.stage_runner import run_stage  # noqa: E402
from training.store import Store  # noqa: E402
from training.task import CropTask, class_weights  # noqa: E402
from training.weights import load_weights, save_weights  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

CONFIG = tiny_source.config()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums over threads differ in their last digits, and other tests want their threads back."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tiny_source.write_farm(tmp_path_factory.mktemp("farm"))
    return Store(make_dataset(CONFIG, folder, folder, tiny_source.quiet))


def batch(store: Store, size: int = 4) -> dict[str, Any]:
    samples = TrainingSamples(store, CONFIG.augmentation, 4, 0, 1, 100)
    return {key: torch.stack([samples[number][key] for number in range(size)]) for key in samples[0]}


def task(model: CropNetwork, mode: Any, target: Any = "class", **changes: Any) -> CropTask:
    """A stage without its trainer: what it logs goes nowhere."""
    stage = StageConfig(steps=40, **changes)
    made = CropTask(model, stage, mode, cscl=CsclConfig(target=target))
    made.log = lambda *values, **options: None  # type: ignore[method-assign]
    return made


def run(config: TrainConfig, store: Store, out: Path, name: Any = "finetune") -> dict[str, Any]:
    """The weights that a stage writes."""
    path = run_stage(config, store, new_model(config, store), name, out)
    weights: dict[str, Any] = torch.load(path, weights_only=True)
    return weights


def equal(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_a_new_model_knows_the_statistics_and_is_the_same_for_the_same_seed(store: Store) -> None:
    model = new_model(CONFIG, store)
    mean = torch.tensor(store.attributes["statistics"]["mean"])
    torch.testing.assert_close(model.network.band_mean, mean)
    assert equal(model.state_dict(), new_model(CONFIG, store).state_dict())
    assert not equal(model.state_dict(), new_model(tiny_source.config(seed=4), store).state_dict())
    assert list(model.similarity) == ["1", "4"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"name": "ltae_unit"}}, "no network 'ltae_unit'; did you mean 'ltae_unet'"),
        ({"network": {"options": {"width": [8, 8]}}}, "'ltae_unet' cannot be made: .*'width'"),
        ({"network": {"options": {"heads": 0}}}, "'ltae_unet' cannot be made: heads must be at least 1, got 0"),
        ({"network": {"name": "utae", "options": {"heads": 7}}}, "'utae' cannot be made: .*7 heads"),
        ({"network": {"name": "tsvit", "options": {"patch_size": 5}}}, "'tsvit' cannot be made"),
        (
            {"augmentation": {"crop": 20}, "network": {**tiny_source.NETWORK, "options": {"widths": [8, 8, 8, 8]}}},
            "augmentation.crop must be a multiple of the network's stride 8, not 20",
        ),
    ],
)
def test_a_network_that_cannot_be_made_is_named(store: Store, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        new_model(tiny_source.config(**changes), store)


def test_pretraining_moves_the_network_and_the_similarities_but_no_class(store: Store) -> None:
    model = new_model(CONFIG, store)
    task(model, "pretrain").training_step(batch(store), 0).backward()
    moved = {name for name, value in model.named_parameters() if value.grad is not None and value.grad.abs().sum() > 0}
    still = {name for name, value in model.named_parameters() if value.grad is None}
    assert still == {f"network.{head}.{part}" for head in ("coarse", "fine") for part in ("weight", "bias")}
    assert {"similarity.1.query.weight", "similarity.4.key.weight", "similarity.1.rel_row"} <= moved
    assert {"network.stem.weight", "network.expand.weight", "network.refine.weight"} <= moved


def test_fine_tuning_moves_everything(store: Store) -> None:
    model = new_model(CONFIG, store)
    torch.nn.init.normal_(model.network.fine.weight)  # it starts at zero, and holds back the gradient of a first step
    task(model, "finetune").training_step(batch(store), 0).backward()
    assert all(value.grad is not None for value in model.parameters())


def test_contrast_without_a_weight_is_not_computed_in_training_but_told_in_validation(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = new_model(CONFIG, store)
    made = task(model, "finetune", cscl_weight=0)
    compared: list[Any] = []
    whole = made._objective.contrast
    monkeypatch.setattr(made._objective, "contrast", lambda *given: compared.append(1) or whole(*given))
    made.training_step(batch(store), 0).backward()
    assert not compared
    assert all(value.grad is None for value in model.similarity.parameters())
    assert all(value.grad is not None for value in model.network.parameters())
    made.on_validation_epoch_start()
    made.validation_step(batch(store), 0)
    assert compared
    task(model, "pretrain").training_step(batch(store), 0).backward()  # the same network, in a stage that has it learn
    assert all(value.grad is not None for value in model.similarity.parameters())


def test_mixed_pixels_count_in_cscl_but_not_in_cross_entropy(store: Store) -> None:
    model = new_model(CONFIG, store).eval()
    plain = batch(store)
    mixed = {**plain, "certain": plain["certain"].clone()}
    mixed["certain"][:, :32] = False  # half of the pixels
    garbled = {**mixed, "classes": plain["classes"].clone()}
    garbled["classes"][:, :32] = 3
    contrast, entropy = task(model, "pretrain"), task(model, "finetune", cscl_weight=0)
    assert contrast.training_step(mixed, 0) == contrast.training_step(plain, 0)
    assert contrast.training_step(garbled, 0) != contrast.training_step(plain, 0)
    assert entropy.training_step(garbled, 0) == entropy.training_step(mixed, 0)
    assert entropy.training_step(mixed, 0) != entropy.training_step(plain, 0)


def test_pixels_of_other_splits_count_nowhere(store: Store) -> None:
    model = new_model(CONFIG, store).eval()
    plain = batch(store)
    assert not plain["known"].all()
    garbled = {**plain, "classes": torch.where(plain["known"], plain["classes"], 7)}
    for mode in ("pretrain", "finetune"):
        made = task(model, mode)
        assert made.training_step(garbled, 0) == made.training_step(plain, 0)


def test_pixels_without_a_valid_date_count_nowhere(store: Store) -> None:
    model = new_model(CONFIG, store).eval()
    blind = batch(store)
    blind["valid"][:, :, :8] = False
    garbled = {**blind, "classes": blind["classes"].clone()}
    garbled["classes"][:, :32] = 7
    for mode in ("pretrain", "finetune"):
        made = task(model, mode)
        assert made.training_step(garbled, 0) == made.training_step(blind, 0)


def test_same_parcel_targets_tell_neighbouring_fields_of_one_crop_apart(store: Store) -> None:
    model = new_model(CONFIG, store).eval()
    values = batch(store)
    one_class = {**values, "classes": torch.zeros_like(values["classes"])}
    by_class, by_parcel = task(model, "pretrain"), task(model, "pretrain", target="parcel")
    assert by_parcel.training_step(one_class, 0) == by_parcel.training_step(values, 0)
    assert by_class.training_step(one_class, 0) != by_class.training_step(values, 0)


def test_of_ground_beyond_a_parcel_counts_only_that_it_is_not_of_it(store: Store) -> None:
    model = new_model(CONFIG, store).eval()
    values = batch(store)
    values["parcels"] = values["known"].long()  # one parcel, and nothing declared beyond it
    elsewhere = {**values, "parcels": torch.where(values["known"], values["parcels"], 10_000)}
    that_goes_on = {**values, "parcels": torch.ones_like(values["parcels"])}
    unseen = {**values, "valid": values["valid"] & _coarse(values["known"])[:, None]}
    made = task(model, "pretrain", target="parcel")
    with torch.no_grad():
        logits, embedding, seen = made._forward(values)

    def contrast(changed: dict[str, Any]) -> float:
        with torch.no_grad():
            return float(made._terms(changed, logits, embedding, seen, 0, True)["cscl"])

    assert contrast(elsewhere) == contrast(values)
    assert contrast(that_goes_on) != contrast(values)
    assert contrast(unseen) == contrast(that_goes_on)


def _coarse(known: Any) -> Any:
    """(B, H, W) pixels all of whose label pixels are known."""
    return known.unflatten(1, (-1, 4)).unflatten(3, (-1, 4)).all(4).all(2)


@pytest.mark.parametrize("mode", ["pretrain", "finetune"])
def test_a_few_steps_on_one_batch_lower_the_loss(store: Store, mode: str) -> None:
    model = new_model(CONFIG, store)
    made = task(model, mode, learning_rate=0.01, loss=LossConfig(label_smoothing=0))
    values = batch(store)
    optimizer = torch.optim.AdamW(made.parameters(), lr=0.01)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = made.training_step(values, 0)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_the_learning_rate_rises_and_falls_to_nothing(store: Store) -> None:
    made = task(new_model(CONFIG, store), "finetune", learning_rate=0.5, warmup=0.1)  # 4 of 40 steps
    configured = made.configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(41):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[:5] == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5])
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates[4:]))
    assert rates[22] == pytest.approx(0.25)  # halfway down
    assert rates[40] == pytest.approx(0)
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.0, 0.01}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(made.parameters()))


def test_class_weights_balance_by_the_root_of_frequency(store: Store) -> None:
    counts = np.array(store.attributes["statistics"]["class_pixels"])
    weights = class_weights(store).numpy()
    seen = counts > 0
    assert (weights[~seen] == 0).all()
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)
    scaled = weights[seen] * np.sqrt(counts[seen])
    assert scaled == pytest.approx(np.full(len(scaled), scaled[0]))


class _Observed(CropTask):
    """Keeps the weights after every step."""

    history: list[dict[str, Any]]

    def on_train_batch_end(self, *arguments: Any) -> None:
        self.history.append(copy.deepcopy(self.model.state_dict()))


def test_the_weights_written_are_the_average_over_steps_with_the_statistics_of_batches(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Observed.history = []
    monkeypatch.setattr(stage_runner, "CropTask", _Observed)
    config = tiny_source.config(finetune={"steps": 5, "batch": 2, "validate_every": 2, "ema_decay": 0.5})
    weights = run(config, store, tmp_path)
    assert len(_Observed.history) == 5
    average = _Observed.history[0]
    for state in _Observed.history[1:]:
        average = {key: 0.5 * average[key].double() + 0.5 * state[key].double() for key in average}
    for key, value in weights.items():
        if not key.endswith("num_batches_tracked"):
            torch.testing.assert_close(value.double(), average[key], rtol=0, atol=1e-5, msg=key)
    last = _Observed.history[-1]
    for key in ("network.pooled_norm.running_var", "network.refine.weight"):
        assert not torch.equal(weights[key], last[key])


def test_without_averaging_the_last_weights_are_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Observed.history = []
    monkeypatch.setattr(stage_runner, "CropTask", _Observed)
    config = tiny_source.config(finetune={"steps": 2, "batch": 2, "validate_every": 2, "ema_decay": 0})
    assert equal(run(config, store, tmp_path), _Observed.history[-1])


def test_a_stage_draws_every_sample_once_in_order_and_takes_the_steps_asked_for(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []
    original = TrainingSamples.__getitem__

    def noted(self: TrainingSamples, number: int) -> Any:
        numbers.append(number)
        return original(self, number)

    monkeypatch.setattr(TrainingSamples, "__getitem__", noted)
    # ten steps, validated about every four: epochs of five
    run(tiny_source.config(finetune={"steps": 10, "batch": 2, "validate_every": 4}), store, tmp_path)
    assert numbers == list(range(20))


@pytest.mark.parametrize("name", ["pretrain", "finetune"])
def test_a_run_that_was_broken_off_ends_with_the_same_weights(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stage = {"steps": 6, "batch": 2, "validate_every": 2}
    config = tiny_source.config(**{name: stage})
    whole = run(config, store, tmp_path / "whole", name)

    numbers: list[int] = []
    original = TrainingSamples.__getitem__

    def broken(self: TrainingSamples, number: int) -> Any:
        if number == 6 and 6 not in numbers:  # in the second of three epochs
            numbers.append(number)
            raise OSError("the disk is gone")
        numbers.append(number)
        return original(self, number)

    monkeypatch.setattr(TrainingSamples, "__getitem__", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        run(config, store, tmp_path / "broken", name)
    assert not (tmp_path / "broken" / "weights.pt").exists()
    numbers.append(-1)
    resumed = run(config, store, tmp_path / "broken", name)
    assert numbers[numbers.index(-1) + 1 :] == list(range(4, 12))  # from the end of the first epoch
    assert equal(whole, resumed)


def test_a_finished_stage_done_again_starts_afresh(store: Store, tmp_path: Path) -> None:
    config = tiny_source.config(finetune={"steps": 2, "batch": 2, "validate_every": 1})
    first = run(config, store, tmp_path)
    assert not (tmp_path / "checkpoints").exists()
    assert equal(run(config, store, tmp_path), first)


def test_ctrl_c_is_passed_on_and_leaves_a_checkpoint(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    original = TrainingSamples.__getitem__

    def interrupted(self: TrainingSamples, number: int) -> Any:
        if number == 5:
            raise KeyboardInterrupt
        return original(self, number)

    monkeypatch.setattr(TrainingSamples, "__getitem__", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(CONFIG, store, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)  # Lightning ignores it from then on
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert not (tmp_path / "weights.pt").exists()


def test_pretraining_that_is_not_configured_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The configuration has no section 'pretrain'"):
        run(tiny_source.config(pretrain=None), store, tmp_path, "pretrain")


def test_weights_are_read_as_they_were_written(store: Store, tmp_path: Path) -> None:
    model, other = new_model(CONFIG, store), new_model(tiny_source.config(seed=9), store)
    save_weights(model, tmp_path / "weights.pt")
    load_weights(other, tmp_path / "weights.pt")
    assert equal(model.state_dict(), other.state_dict())
    assert [item.name for item in tmp_path.iterdir()] == ["weights.pt"]


class _Hostile:
    """A pickle that would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return exec, (f"open({str(self.path)!r}, 'w').close()",)


def test_weights_that_would_run_code_are_refused(store: Store, tmp_path: Path) -> None:
    model = new_model(CONFIG, store)
    before = copy.deepcopy(model.state_dict())
    for name, write in (
        ("zip.pt", lambda path: torch.save({"weights": _Hostile(tmp_path / "harm")}, path)),
        ("bare.pt", lambda path: path.write_bytes(pickle.dumps(_Hostile(tmp_path / "harm")))),
    ):
        write(tmp_path / name)
        with pytest.raises(DamagedFileError, match=f"{name}: not weights of this network"):
            load_weights(model, tmp_path / name)
    assert not (tmp_path / "harm").exists()
    assert equal(model.state_dict(), before)


def test_weights_of_another_network_are_refused(store: Store, tmp_path: Path) -> None:
    save_weights(new_model(tiny_source.config(network={"magnification": 1}), store), tmp_path / "weights.pt")
    with pytest.raises(DamagedFileError, match=r"weights.pt: not weights of this network"):
        load_weights(new_model(CONFIG, store), tmp_path / "weights.pt")
    with pytest.raises(InputError, match="There are no weights"):
        load_weights(new_model(CONFIG, store), tmp_path / "nothing.pt")
