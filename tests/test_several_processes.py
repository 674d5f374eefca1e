"""Two processes that train one model: the samples of one with twice the batch, the same weights in both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("zarr")
from torch import nn  # noqa: E402

from training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402
from training.crop_network import new_model  # noqa: E402
from training.make_dataset import make_dataset  # noqa: E402
from training.metrics_log import read_metrics  # noqa: E402
from training.models import create_model  # noqa: E402
from training.models.unet2d_clstm import RecurrentNorm  # noqa: E402
from training.ranks import is_lead, rank  # noqa: E402
from training.stage_runner import StepSampler, run_stage  # noqa: E402
from training.store import Store  # noqa: E402
from training.synced_norm import SyncedBatchNorm, SyncedNorms  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

ROOT = Path(__file__).resolve().parents[1]
STAGE: dict[str, Any] = {"steps": 4, "batch": 2, "validate_every": 2, "accumulate": 2, "ema_decay": 0.5, "keep": "best"}
CSCL = {"mode": "published", "proj_channels": 8}
"""Its loss is a mean over all pairs, known or not: that of a batch is the mean of its halves'."""
TWO = {"accelerator": "cpu", "devices": 2}
SCRIPT = """
import json, os, sys
sys.path.insert(0, {root!r})
sys.path.insert(1, {tests!r})
from pathlib import Path
import torch
import tiny_source
from training.crop_network import new_model
from training.dataset import TrainingSamples
from training.ranks import rank
from training.stage_runner import run_stage
from training.store import Store

if __name__ == "__main__":
    numbers, read = [], TrainingSamples.__getitem__
    def noted(self, number):
        numbers.append(number)
        return read(self, number)
    TrainingSamples.__getitem__ = noted
    config = tiny_source.config(pretrain={stage!r}, hardware={hardware!r}, cscl={cscl!r}, threads=2)
    store, out = Store(Path({store!r})), Path({out!r})
    model = new_model(config, store)
    run_stage(config, store, model, "pretrain", out, tiny_source.quiet)
    kinds = sorted({{type(layer).__name__ for layer in model.modules() if "Norm" in type(layer).__name__}})
    told = {{"numbers": numbers, "norms": kinds, "threads": torch.get_num_threads()}}
    (out / f"rank{{rank()}}.json").write_text(json.dumps(told))
    torch.save(model.state_dict(), out / f"rank{{rank()}}.pt")
"""


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture(scope="module")
def store(farm: Path) -> Store:
    return Store(make_dataset(tiny_source.config(), farm, farm, tiny_source.quiet))


def environment() -> dict[str, str]:
    """Without what another test's training may have left."""
    known = ("PYTHON", "RANK", "LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_", "SLURM_", "OMP_", "PL_")
    return {key: value for key, value in os.environ.items() if not key.startswith(known)}


@pytest.fixture(scope="module")
def both(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stage that two processes trained."""
    out = tmp_path_factory.mktemp("both")
    script = out / "stage.py"
    script.write_text(
        SCRIPT.format(
            root=str(ROOT), tests=str(ROOT / "tests"), stage=STAGE, hardware=TWO, cscl=CSCL, store=str(store.path),
            out=str(out),
        )
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, env=environment(), cwd=out
    )
    assert done.returncode == 0, done.stderr
    return out


def told(folder: Path, number: int) -> Any:
    return json.loads((folder / f"rank{number}.json").read_text())


def equal(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.slow
def test_each_process_draws_its_own_part_of_every_batch(both: Path) -> None:
    # four steps of two batches of two samples in each of two processes: 32 samples
    assert told(both, 0)["numbers"] == [n for first in range(0, 32, 4) for n in (first, first + 1)]
    assert told(both, 1)["numbers"] == [n for first in range(2, 32, 4) for n in (first, first + 1)]


@pytest.mark.slow
def test_the_weights_are_the_same_in_both_and_on_disk(both: Path) -> None:
    states = [torch.load(both / name, weights_only=True) for name in ("rank0.pt", "rank1.pt", "weights.pt")]
    assert equal(states[0], states[1])
    assert equal(states[0], states[2])


@pytest.mark.slow
def test_layers_are_the_networks_own_again_and_threads_are_shared(both: Path) -> None:
    for number in (0, 1):
        assert told(both, number)["norms"] == ["BatchNorm2d", "LayerNorm"]
        assert told(both, number)["threads"] == 1


@pytest.mark.slow
def test_two_processes_learn_what_one_with_twice_the_batch_learns(store: Store, both: Path, tmp_path: Path) -> None:
    config = tiny_source.config(pretrain={**STAGE, "batch": 4}, cscl=CSCL)
    fresh = new_model(config, store).state_dict()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    run_stage(config, store, new_model(config, store), "pretrain", tmp_path, tiny_source.quiet)
    torch.set_num_threads(before)
    one = torch.load(tmp_path / "weights.pt", weights_only=True)
    two = torch.load(both / "weights.pt", weights_only=True)
    moved, apart = (
        sum(float((one[name] - other[name]).double().square().sum()) for name in one if name.startswith("network."))
        for other in (fresh, two)
    )
    assert apart < 1e-4 * moved  # Adam's first steps go by the sign: roundings count where a gradient is nearly 0
    # layers that are not synchronised would have followed the half of the samples
    for name in ("network.pooled_norm.running_mean", "network.pooled_norm.running_var"):
        torch.testing.assert_close(two[name], one[name], rtol=1e-4, atol=1e-5)
    ones, twos = read_metrics(tmp_path / "logs" / "metrics.csv"), read_metrics(both / "logs" / "metrics.csv")
    assert ones.keys() == twos.keys()
    assert twos[4]["val_cscl"] == pytest.approx(ones[4]["val_cscl"], rel=1e-3)  # over all chips, whoever saw them


@pytest.mark.slow
def test_a_run_of_two_processes_trains_together_and_does_all_else_once(
    farm: Path, store: Store, tmp_path: Path
) -> None:
    start = tmp_path / "start.pt"
    write_checkpoint(start, tiny_source.config(), store, new_model(tiny_source.config(), store))
    stage = {"steps": 2, "batch": 2, "validate_every": 1}
    settings = tiny_source.settings(hardware=TWO, pretrain=stage, finetune={**stage, "cscl_weight": 0.1})
    config, out = tmp_path / "run.yaml", tmp_path / "out"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [sys.executable, str(ROOT / "training" / "train.py"), "run", "--scheduler", "local:1"]
    places = ["--config", str(config), "--data", str(farm), "--out", str(out), "--from", str(start)]
    done = subprocess.run(
        [*command, *places], capture_output=True, text=True, timeout=500, env=environment(), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    printed = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(printed) == len(set(printed))
    assert {"dataset", "pretrained_weights", "weights", "evaluation", "model"} <= set(printed)
    assert len(read_metrics(out / "finetune" / "logs" / "metrics.csv")) == 2
    card = json.loads((out / "model" / "tiny.json").read_text(encoding="utf-8"))
    trained = card["properties"]["cscl:training"]
    assert trained["samples_drawn"] == 2 * 2 * 2 * 2  # stages, steps, samples of a batch, processes
    assert trained["started_from"]["file"] == "start.pt"
    assert [source["name"] for source in read_checkpoint(out / "model" / "tiny.pt").sources or ()] == ["farm"]


def test_the_parts_of_a_batch_follow_the_epoch() -> None:
    parts = [StepSampler(2, 3, number, 2) for number in (0, 1)]
    for part in parts:
        part.set_epoch(1)
    assert list(parts[0]) == [12, 13, 14, 18, 19, 20]
    assert list(parts[1]) == [15, 16, 17, 21, 22, 23]
    assert len(parts[0]) == 6


def test_the_lead_is_told_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert is_lead()
    monkeypatch.setenv("LOCAL_RANK", "1")  # by Lightning, on one node
    assert (rank(), is_lead()) == (1, False)
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setenv("NODE_RANK", "1")
    assert not is_lead()
    monkeypatch.setenv("RANK", "0")  # by torchrun, whose number counts
    assert is_lead()


def test_in_a_session_of_one_slurm_task_lightnings_processes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "LOCAL_RANK", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLURM_PROCID", "2")  # by srun, one process a task
    assert (rank(), is_lead()) == (2, False)
    monkeypatch.setenv("SLURM_PROCID", "0")
    assert is_lead()
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert (rank(), is_lead()) == (1, False)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (4, 3, 5, 6), (2, 3, 4, 5, 6)])
def test_a_synchronised_layer_alone_equals_the_layer_that_it_stands_for(
    shape: tuple[int, ...], monkeypatch: Any
) -> None:
    """A single process's sum over processes is its own."""
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda values: None)
    torch.manual_seed(0)
    plain = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}[len(shape)](3)
    nn.init.uniform_(plain.weight)
    synced = SyncedBatchNorm(3)
    synced.load_state_dict(plain.state_dict())
    x = torch.randn(shape) * 3 + 100  # a mean of squares would lose its digits here
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    for layer, values in ((synced, ours), (plain, theirs)):
        (layer(values) * torch.linspace(0, 1, x.numel()).view(shape)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(synced.weight.grad, plain.weight.grad, rtol=1e-3, atol=1e-4)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(synced.state_dict()[name], value, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(synced.eval()(x), plain.eval()(x))


def test_statistics_by_date_alone_equal_those_of_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda values: None)
    torch.manual_seed(0)
    plain, synced = RecurrentNorm(3, 4), RecurrentNorm(3, 4)
    synced.is_synced = True
    for seen in ([True] * 5, [True, False, True, False, True], [False] * 5):
        x, here = torch.randn(5, 3, 4, 6) * 3 + 100, torch.tensor(seen)
        ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
        outs = synced(ours, 2, here), plain(theirs, 2, here)
        torch.testing.assert_close(*outs, rtol=1e-4, atol=1e-5)
        if any(seen):
            for out in outs:
                (out * torch.linspace(0, 1, x.numel()).view(x.shape)).sum().backward()
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)
        for name, value in plain.state_dict().items():
            torch.testing.assert_close(synced.state_dict()[name], value, rtol=1e-4, atol=1e-5)
    assert not torch.equal(plain.running_mean[2], torch.zeros(3))


def test_layers_that_can_do_both_are_told_which() -> None:
    network = create_model("unet2d_clstm", 4, 3, num_dates=2, img_res=8, widths=(4, 4, 4), hidden_channels=4)
    norms = [layer for layer in network.modules() if isinstance(layer, RecurrentNorm)]
    plugin = SyncedNorms(is_gpu=False)
    plugin.apply(network)
    assert [layer.is_synced for layer in norms] == [True] * 3
    plugin.revert(network)
    assert [layer.is_synced for layer in norms] == [False] * 3


def test_layers_are_put_in_and_taken_out_with_what_they_learned() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 1), nn.Sequential(nn.BatchNorm2d(3, momentum=0.3), nn.ReLU()))
    plain, names = model[1][0], list(model.state_dict())
    plugin = SyncedNorms(is_gpu=False)
    plugin.apply(model)
    assert isinstance(model[1][0], SyncedBatchNorm)
    assert model[1][0].momentum == 0.3
    assert list(model.state_dict()) == names
    with torch.no_grad():
        model[1][0].weight.fill_(5)
    model[1][0].running_mean = torch.full((3,), 7.0)
    plugin.revert(model)
    assert model[1][0] is plain
    assert plain.weight.tolist() == [5, 5, 5]
    assert plain.running_mean.tolist() == [7, 7, 7]
