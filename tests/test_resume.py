"""Runs that are killed at any moment end with the weights of a run that was not, bit by bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("zarr")
from training.crop_network import new_model  # noqa: E402
from training.make_dataset import make_dataset  # noqa: E402
from training.metrics_log import read_metrics  # noqa: E402
from training.stage_runner import run_stage  # noqa: E402
from training.store import Store  # noqa: E402
from training.train import main  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

ROOT = Path(__file__).resolve().parents[1]
STAGE: dict[str, Any] = {
    "steps": 8, "batch": 2, "validate_every": 2, "accumulate": 2, "ema_decay": 0.6, "schedule": "exponential",
    "decay": 0.5, "decay_every": 3, "keep": "best", "early_stopping": 3,
}  # fmt: skip
"""All that a checkpoint must hold."""
KILL = """
import os, signal, sys
sys.path.insert(0, {root!r})
sys.path.insert(1, {tests!r})
from pathlib import Path
import torch
import tiny_source
from training import stage_runner
from training.crop_network import new_model
from training.store import Store

MOMENTS = {moments!r}

def run(moment):
    exec(MOMENTS[moment], globals())
    torch.set_num_threads(1)
    config = tiny_source.config(finetune={stage!r})
    store = Store(Path({store!r}))
    out = Path({out!r}) / moment
    stage_runner.run_stage(config, store, new_model(config, store), "finetune", out, tiny_source.quiet)

for moment in MOMENTS:  # copies of a process that has done nothing yet but import
    child = os.fork()
    if child == 0:
        run(moment)
        os._exit(0)
    print(moment, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
DIE = "os.kill(os.getpid(), signal.SIGKILL)"
MOMENTS = {
    "in the middle of an epoch": """
from training.task import CropTask
step = CropTask.training_step
count = []
def die(self, batch, index):
    count.append(index)
    if len(count) == 7:
        {die}
    return step(self, batch, index)
CropTask.training_step = die
""",
    "while a checkpoint is written": """
from training.checkpoint_io import WholeCheckpoints
def die(self, checkpoint, path, storage_options=None):
    if checkpoint["global_step"] == 4:
        Path(path).with_name(Path(path).name + ".part").write_bytes(b"half")
        {die}
    return write(self, checkpoint, path, storage_options)
write = WholeCheckpoints.save_checkpoint
WholeCheckpoints.save_checkpoint = die
""",
    "in a validation": """
from training.task import CropTask
step = CropTask.validation_step
count = []
def die(self, batch, index):
    count.append(index)
    if len(count) == 2:
        {die}
    return step(self, batch, index)
CropTask.validation_step = die
""",
    "between the last checkpoint and the weights": """
def die(*values):
    {die}
stage_runner.save_weights = die
""",
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums over threads differ in their last digits, and other tests want their threads (and Ctrl-C) back."""
    before, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    signal.signal(signal.SIGINT, handler)  # Lightning ignores it once it was interrupted


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture(scope="module")
def store(farm: Path) -> Store:
    return Store(make_dataset(tiny_source.config(), farm, farm, tiny_source.quiet))


def run(store: Store, out: Path, **changes: Any) -> dict[str, Any]:
    config = tiny_source.config(finetune={**STAGE, **changes})
    path = run_stage(config, store, new_model(config, store), "finetune", out, tiny_source.quiet)
    weights: dict[str, Any] = torch.load(path, weights_only=True)
    return weights


def equal(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.fixture(scope="module")
def unbroken(store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("unbroken")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    weights = run(store, out)
    torch.set_num_threads(before)
    return weights, out


@pytest.fixture(scope="module")
def killed(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each moment, with what a process left there that was killed then."""
    if os.name != "posix":
        pytest.skip("signals")
    out = tmp_path_factory.mktemp("killed")
    script = KILL.format(
        root=str(ROOT), tests=str(ROOT / "tests"), stage=STAGE, store=str(store.path), out=str(out),
        moments={name: patch.format(die=DIE) for name, patch in MOMENTS.items()},
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines() == [f"{name} {-signal.SIGKILL}" for name in MOMENTS], done.stderr
    return out


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_stage_ends_with_the_same_weights_and_curves(
    store: Store, killed: Path, unbroken: tuple[dict[str, Any], Path], moment: str
) -> None:
    out = killed / moment
    assert not (out / "weights.pt").exists()
    assert equal(run(store, out), unbroken[0])
    assert read_metrics(out / "logs" / "metrics.csv") == read_metrics(unbroken[1] / "logs" / "metrics.csv")
    assert not (out / "checkpoints").exists()


def test_the_curves_hold_rates_terms_and_validation(unbroken: tuple[dict[str, Any], Path]) -> None:
    rows = read_metrics(unbroken[1] / "logs" / "metrics.csv")
    assert sorted(rows) == list(range(1, 9))
    for row in rows.values():
        assert {"lr", "loss", "cscl", "cross_entropy", "grad_norm", "epoch"} <= set(row)
        assert row["loss"] == pytest.approx(row["cross_entropy"] + 0.1 * row["cscl"], rel=1e-5)
    # halved after every third step
    assert [rows[step]["lr"] for step in (1, 3, 4, 6, 7)] == pytest.approx([1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4])
    validated = {step for step, row in rows.items() if "val_accuracy" in row}
    assert validated == {2, 4, 6, 8}
    assert {"val_cscl", "val_loss", "val_accuracy", "val_miou"} <= set(rows[8])


def test_random_numbers_of_a_step_do_not_depend_on_those_before(store: Store, tmp_path: Path) -> None:
    """Dropout, for one: networks draw from PyTorch's generator."""
    from training.task import CropTask

    drawn: list[list[float]] = []
    step = CropTask.training_step

    def noted(self: Any, batch: Any, index: int) -> Any:
        drawn[-1].append(float(torch.rand(1)))
        if len(drawn) == 1 and len(drawn[0]) == 3:  # what came before the break is drawn again after it
            drawn.append([])
            raise KeyboardInterrupt
        return step(self, batch, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CropTask, "training_step", noted)
        changes = {"steps": 4, "accumulate": 1, "validate_every": 1}
        drawn.append([])
        with pytest.raises(KeyboardInterrupt):
            run(store, tmp_path / "a", **changes)
        run(store, tmp_path / "a", **changes)
    assert len(drawn[0]) == 3
    assert drawn[1][0] == drawn[0][2]
    assert len(set(drawn[0] + drawn[1])) == 4


@pytest.mark.slow
def test_a_program_is_told_of_steps_cancels_within_two_seconds_and_goes_on(farm: Path, tmp_path: Path) -> None:
    from backend.protocol import decode_event

    config, out = tmp_path / "long.yaml", tmp_path / "out"
    stage = {"steps": 100_000, "batch": 2, "validate_every": 5}
    config.write_text(yaml.safe_dump(tiny_source.settings(pretrain=None, finetune=stage)))
    options = ["--config", str(config), "--data", str(farm), "--out", str(out)]
    assert main(["dataset", *options]) == 0
    seen: list[int] = []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "training.train", "finetune", *options, "--events"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            first = None
            for line in process.stdout:
                event = decode_event(line) or {}
                if event.get("event") == "progress":
                    first = event["done"] if first is None else first
                    if event["done"] >= first + 12 and "loss" in event:
                        break
            assert (event["stage"], event["total"]) == ("finetune", 100_000)
            assert event["eta_s"] > 0
            since = time.monotonic()
            process.stdin.close()
            last = [decode_event(line) or {} for line in process.stdout][-1]
            assert process.wait(timeout=30) == 4
            assert time.monotonic() - since < 2
            assert (last["event"], last["code"]) == ("error", "CancelledError")
            seen.append(int(first or 0))
        finally:
            process.kill()
            process.wait()
    assert seen[0] == 0
    assert seen[1] >= 10  # from a checkpoint of the first run
