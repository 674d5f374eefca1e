"""What the settings of a stage and of its hardware do, and what is said before the first step and when a loss fails."""

from __future__ import annotations

import logging
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
from backend.errors import CancelledError, DamagedFileError, DeviceError, InputError  # noqa: E402
from training import stage_runner  # noqa: E402
from training.checkpoint import read_checkpoint  # noqa: E402
from training.config_training import HardwareConfig, StageConfig  # noqa: E402
from training.crop_network import new_model  # noqa: E402
from training.hardware import find_hardware  # noqa: E402
from training.make_dataset import make_dataset  # noqa: E402
from training.metrics_log import MetricsLog, read_metrics  # noqa: E402
from training.progress import EventProgress, QuietProgress  # noqa: E402
from training.schedule import rate_factor  # noqa: E402
from training.stage_runner import run_stage  # noqa: E402
from training.stages import run_stages  # noqa: E402
from training.store import Store  # noqa: E402
from training.task import CropTask  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tiny_source.write_farm(tmp_path_factory.mktemp("farm"))
    return Store(make_dataset(tiny_source.config(), folder, folder, tiny_source.quiet))


def run(
    store: Store, out: Path, progress: Any = None, hardware: dict[str, Any] | None = None, **stage: Any
) -> dict[str, Any]:
    """The weights that a stage of four steps leaves."""
    stage = {"steps": 4, "batch": 2, "validate_every": 1, "ema_decay": 0, **stage}
    config = tiny_source.config(finetune=stage, hardware=hardware or {})
    path = run_stage(config, store, new_model(config, store), "finetune", out, progress or tiny_source.quiet)
    weights: dict[str, Any] = torch.load(path, weights_only=True)
    return weights


def equal(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def scored(monkeypatch: pytest.MonkeyPatch, scores: list[float]) -> list[dict[str, Any]]:
    """Validations have these scores, one after the other; the weights that each saw."""
    seen: list[dict[str, Any]] = []

    def noted(self: CropTask) -> None:
        seen.append({name: value.clone() for name, value in self.model.state_dict().items()})

    def score(self: CropTask) -> None:
        self.log("val_miou", scores[len(seen) - 1])

    monkeypatch.setattr(CropTask, "on_validation_epoch_start", noted)
    monkeypatch.setattr(CropTask, "on_validation_epoch_end", score)
    return seen


def test_the_published_schedule_falls_by_a_factor_every_so_many_steps() -> None:
    stage = StageConfig(steps=100, schedule="exponential", decay=0.5, decay_every=10, warmup=0.05)
    factors = [rate_factor(stage, step) for step in range(31)]
    assert factors[:6] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])
    assert factors[9:12] == pytest.approx([1, 0.5, 0.5])
    assert factors[30] == pytest.approx(0.125)
    assert rate_factor(StageConfig(steps=100, schedule="exponential", warmup=0), 0) == 1


@pytest.mark.parametrize("ema_decay", [0, 0.5])
def test_the_best_weights_by_validation_are_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ema_decay: float
) -> None:
    seen = scored(monkeypatch, [0.1, 0.4, 0.4, 0.3])
    weights = run(store, tmp_path, keep="best", ema_decay=ema_decay)
    assert equal(weights, seen[1])  # the first of two that are equally good; the averaged ones, where there are such
    assert not equal(weights, seen[3])


@pytest.mark.parametrize("ema_decay", [0, 0.5])
def test_best_and_last_weights_are_both_left_to_start_from(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ema_decay: float
) -> None:
    seen = scored(monkeypatch, [0.1, 0.4, 0.4, 0.3])
    weights = run(store, tmp_path, ema_decay=ema_decay)
    best, last = (read_checkpoint(tmp_path / name) for name in ("best.pt", "last.pt"))
    assert equal(weights, dict(last.state_dict))
    assert equal(dict(last.state_dict), seen[3])
    assert equal(dict(best.state_dict), seen[1])
    assert best.bands == last.bands == store.bands
    assert sorted(item.name for item in tmp_path.iterdir()) == ["best.pt", "last.pt", "logs", "weights.pt"]


def test_gradients_are_clipped_only_where_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    free = run(store, tmp_path / "free", clip_norm=0, steps=1)
    wide = run(store, tmp_path / "wide", clip_norm=1e9, steps=1)
    tight = run(store, tmp_path / "tight", clip_norm=1e-9, steps=1)
    assert equal(free, wide)
    assert not equal(free, tight)


def test_a_stage_that_gets_no_better_ends(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = scored(monkeypatch, [0.2, 0.3, 0.1, 0.3, float("nan"), 0.9, 0.9, 0.9])
    weights = run(store, tmp_path, steps=8, early_stopping=3)
    assert len(seen) == 5
    assert equal(weights, seen[4])


def test_a_stage_that_ended_early_and_was_broken_off_then_trains_no_further(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = scored(monkeypatch, [0.2, 0.1, 0.3, 0.4])
    with monkeypatch.context() as patch:
        patch.setattr(stage_runner, "save_weights", lambda *values: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(OSError, match="gone"):
            run(store, tmp_path, early_stopping=1)
    assert len(seen) == 2
    assert equal(run(store, tmp_path, early_stopping=1), seen[1])
    assert len(seen) == 2


@pytest.mark.parametrize("stage", [{"early_stopping": 1}, {"keep": "best"}])
def test_a_validation_that_says_nothing_decides_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: dict[str, Any]
) -> None:
    monkeypatch.setattr(CropTask, "on_validation_epoch_end", lambda self: None)  # as where no label is imaged
    with pytest.raises(InputError, match="no cell has a label and an image"):
        run(store, tmp_path / "decides", **stage)
    assert not (tmp_path / "decides" / "weights.pt").exists()
    run(store, tmp_path / "does_not")
    assert (tmp_path / "does_not" / "weights.pt").is_file()


def test_batches_whose_gradients_make_one_step(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    step = CropTask.training_step

    def noted(self: CropTask, batch: Any, index: int) -> Any:
        sizes.append(len(batch["x"]))
        return step(self, batch, index)

    monkeypatch.setattr(CropTask, "training_step", noted)
    run(store, tmp_path, steps=2, accumulate=3)
    assert sizes == [2] * 6
    assert sorted(read_metrics(tmp_path / "logs" / "metrics.csv")) == [1, 2]


def test_half_precision_learns_nearly_the_same(store: Store, tmp_path: Path) -> None:
    whole, half = (run(store, tmp_path / kind, hardware={"precision": kind}) for kind in ("32", "bf16"))
    assert {value.dtype for value in half.values()} <= {torch.float32, torch.int64}
    assert not equal(whole, half)
    losses = [read_metrics(tmp_path / kind / "logs" / "metrics.csv")[1]["loss"] for kind in ("32", "bf16")]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


@pytest.mark.slow
def test_a_compiled_network_learns_the_same_and_is_left_as_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[torch.nn.Module] = []
    whole = torch.nn.Module.compile

    def traced(self: torch.nn.Module) -> None:
        compiled.append(self)
        whole(self, backend="eager")  # the default backend takes a minute and a compiler of C++

    monkeypatch.setattr(torch.nn.Module, "compile", traced)
    config = tiny_source.config(finetune={"steps": 1, "batch": 2, "validate_every": 1}, hardware={"compile": True})
    model = new_model(config, store)
    run_stage(config, store, model, "finetune", tmp_path / "compiled", tiny_source.quiet)
    assert compiled == [model.network]
    assert model.network._compiled_call_impl is None
    plain = run(store, tmp_path / "plain", steps=1, ema_decay=0.99)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, plain[name], rtol=1e-3, atol=1e-4, msg=name)


def test_a_network_that_cannot_be_compiled_here_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(module: Any, examples: Any) -> Any:
        raise FileNotFoundError("no compiler of C++")

    whole = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self: whole(self, backend=broken))
    with pytest.raises(DeviceError, match=r"hardware.compile is on, but the network cannot be compiled here"):
        run(store, tmp_path, hardware={"compile": True})


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what is not there")
def test_a_gpu_that_is_not_there_is_told_before_the_first_step(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"hardware.accelerator is gpu, but there is no GPU to train on"):
        run(store, tmp_path, hardware={"accelerator": "gpu"})
    assert not (tmp_path / "logs").exists()
    assert not find_hardware(HardwareConfig(devices="auto")).is_gpu


def test_half_precision_without_instructions_for_it_is_warned_of(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for has, told in ((False, 1), (True, 0)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has=has: {"avx2": True, "avx512_bf16": has})
        progress = QuietProgress()
        run(store, tmp_path / str(has), progress=progress, hardware={"precision": "bf16", "accelerator": "cpu"})
        warned = "hardware.precision is bf16, for which this processor has no instructions"
        assert len([line for line in progress.warnings if line.startswith(warned)]) == told


@pytest.mark.parametrize("wrong", ["weights", "loss"])
def test_a_loss_that_is_not_finite_stops_with_a_sentence_and_loses_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    step, count = CropTask.training_step, []

    def spoiled(self: CropTask, batch: Any, index: int) -> Any:
        count.append(index)
        if len(count) == 3:
            if wrong == "loss":
                return step(self, batch, index) * float("inf")
            batch["x"][:] = float("nan")
        return step(self, batch, index)

    with monkeypatch.context() as patch:
        patch.setattr(CropTask, "training_step", spoiled)
        with pytest.raises(InputError) as caught:
            run(store, tmp_path, learning_rate=0.004, warmup=0)
    last = tmp_path / "checkpoints" / "last.ckpt"
    told = caught.value.message
    assert told.startswith("finetune: at step 3 the loss is ")
    assert "with learning rate 0.003;" in told  # a third of the way down the cosine
    assert f"Last good checkpoint: {last}." in told
    assert "--from" in caught.value.hint
    kept = torch.load(last, weights_only=True)
    assert kept["global_step"] == 2
    assert all(bool(torch.isfinite(value).all()) for value in kept["state_dict"].values())
    assert equal(
        run(store, tmp_path, learning_rate=0.004, warmup=0),
        run(store, tmp_path / "whole", learning_rate=0.004, warmup=0),
    )


def test_classes_without_a_training_pixel_are_named(store: Store, tmp_path: Path) -> None:
    progress = QuietProgress()
    run(store, tmp_path, progress, steps=1)
    [told] = [warning for warning in progress.warnings if "no pixel of" in warning]
    assert "barley" in told
    assert "maize" not in told
    assert told.endswith("no such class is learned.")


def test_early_stopping_without_a_validation_split_is_refused(tmp_path: Path) -> None:
    farm = tiny_source.write_farm(tmp_path / "farm")
    shares = {"train": 0.75, "validation": 0, "calibration": 0, "test": 0.25}
    bare = tiny_source.build(farm, tmp_path / "out", shares=shares)
    for setting in ({"early_stopping": 2}, {"keep": "best"}):
        with pytest.raises(InputError, match="go by a validation split, and the data set has none"):
            run(bare, tmp_path / "stage", **setting)
    assert not (tmp_path / "stage").exists()


def test_what_fine_tuning_lacks_is_told_before_pretraining_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm, out = tiny_source.write_farm(tmp_path / "farm"), tmp_path / "out"
    begun: list[str] = []
    monkeypatch.setattr(stage_runner, "run_stage", lambda *values: begun.append(values[3]))
    shares = {"train": 0.75, "validation": 0, "calibration": 0, "test": 0.25}
    dataset = {**tiny_source.settings()["dataset"], "sources": [tiny_source.source(shares=shares)]}
    config = tiny_source.config(dataset=dataset)
    progress = QuietProgress()
    run_stages(config, farm, out, ("dataset", "pretrain"), progress)
    assert begun == ["pretrain"]
    assert [warning for warning in progress.warnings if warning.endswith("no such class is learned.")] != []
    picky = tiny_source.config(dataset=dataset, finetune={"steps": 4, "keep": "best"})
    with pytest.raises(InputError, match=r"finetune\.early_stopping and keep: best go by a validation split"):
        run_stages(picky, farm, out, ("pretrain",), QuietProgress())
    assert begun == ["pretrain"]


class _Hostile:
    """A pickle that would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return exec, (f"open({str(self.path)!r}, 'w').close()",)


@pytest.mark.parametrize("where", ["whole", "callbacks", "optimizer_states"])
def test_a_checkpoint_to_resume_from_that_would_run_code_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(stage_runner, "save_weights", lambda *values: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(OSError, match="gone"):
            run(store, tmp_path, steps=1)
    last = tmp_path / "checkpoints" / "last.ckpt"
    hostile = _Hostile(tmp_path / "harm")
    torch.save(hostile if where == "whole" else {**torch.load(last, weights_only=True), where: hostile}, last)
    with pytest.raises(DamagedFileError, match=r"last.ckpt: not a checkpoint to go on from") as caught:
        run(store, tmp_path, steps=1)
    assert "Delete it" in caught.value.hint
    assert not (tmp_path / "harm").exists()


def test_damaged_checkpoints_and_those_of_other_networks_are_refused(store: Store, tmp_path: Path) -> None:
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.parent.mkdir()
    last.write_bytes(b"half a file")
    with pytest.raises(DamagedFileError, match=r"last.ckpt: not a checkpoint to go on from"):
        run(store, tmp_path)
    torch.save({"epoch": 1}, last)
    with pytest.raises(DamagedFileError, match="it holds no weights"):
        run(store, tmp_path)
    other = new_model(tiny_source.config(cscl={"proj_channels": 4}), store)
    torch.save({"state_dict": {f"model.{name}": value for name, value in other.state_dict().items()}}, last)
    with pytest.raises(InputError, match=r"of another network \(model.similarity.1.rel_row is .* in the file and"):
        run(store, tmp_path)


def test_programs_are_told_stage_step_total_time_left_and_loss(store: Store, tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []
    progress = EventProgress(lambda event, **values: sent.append({"event": event, **values}))
    progress.stage("finetune", "started")
    run(store, tmp_path, progress)
    steps = [item for item in sent if item["event"] == "progress"]
    assert [steps[0][key] for key in ("stage", "done", "total", "what")] == ["finetune", 0, 4, "finetune"]
    assert [steps[-1][key] for key in ("stage", "done", "total", "eta_s")] == ["finetune", 4, 4, 0.0]
    assert steps[-1]["what"] == f"finetune, loss {steps[-1]['loss']:.3g}"
    assert np.isfinite(steps[-1]["loss"])


def test_a_cancelled_stage_goes_on_from_its_checkpoint(store: Store, tmp_path: Path) -> None:
    class Cancelled(QuietProgress):
        steps = 0

        def progress(self, done: int, total: int, what: str, **figures: float) -> None:
            self.steps = done

        def is_cancelled(self) -> bool:
            return self.steps == 3

    with pytest.raises(CancelledError, match="what is done so far is kept"):
        run(store, tmp_path, Cancelled())
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 2
    assert equal(run(store, tmp_path), run(store, tmp_path / "whole"))


def test_curves_are_written_for_tensorboard_too(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    run(store, tmp_path)
    logged = list((tmp_path / "logs").glob("events.out.tfevents.*"))
    assert len(logged) == 1
    assert b"val_accuracy" in logged[0].read_bytes()


def test_a_log_goes_on_at_its_checkpoint_and_a_damaged_one_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    log = MetricsLog(tmp_path)
    log.log_metrics({"loss": 2.0, "epoch": 0}, 0)
    log.log_metrics({"loss": 1.0, "lr": 1e-5, "epoch": 0}, 1)
    log.log_metrics({"val_accuracy": 0.5, "epoch": 0}, 1)
    log.save()
    assert path.read_text() == "step,epoch,lr,loss,val_accuracy\n1,0,,2,\n2,0,1e-05,1,0.5\n"
    again = MetricsLog(tmp_path)
    again.begin(1)
    again.log_metrics({"loss": 0.5}, 4)
    again.save()
    assert read_metrics(path) == {1: {"loss": 2, "epoch": 0}, 5: {"loss": 0.5}}
    path.write_text("nothing\nof the kind\n")
    assert read_metrics(path) == {}


def test_nothing_is_said_of_what_nobody_can_mend(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(store, tmp_path)
    assert [record.getMessage() for record in caplog.records if "lightning" in record.name] == []


@pytest.mark.slow
def test_samples_read_in_a_process_of_their_own_are_the_same(store: Store, tmp_path: Path) -> None:
    alone, beside = (run(store, tmp_path / str(workers), hardware={"workers": workers}) for workers in (0, 1))
    assert equal(alone, beside)
