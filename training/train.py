"""Train a model without a screen: dataset | pretrain | finetune | evaluate | export | run (all of them, in order).

    python training/train.py run --config resources/configs/languedoc.yaml --data DATA --out OUT

Each stage leaves its result in OUT; `run` goes on where an earlier run with the same configuration was broken off.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    # started as a file: its own folder is first on sys.path, where our modules would shadow packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
import logging
import os
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence

from backend.errors import EXIT_CANCELLED, EXIT_DONE, EXIT_FAULT, CsclError, InputError
from training.config import TrainConfig, read_config

log = logging.getLogger("training")

STAGES: tuple[str, ...] = ("dataset", "pretrain", "finetune", "evaluate", "export")
DEPENDS = {
    "dataset": ("seed", "dataset"),
    "pretrain": ("seed", "dataset", "network", "augmentation", "pretrain"),
    "finetune": ("seed", "dataset", "network", "augmentation", "pretrain", "finetune"),
    "evaluate": ("seed", "dataset", "network", "augmentation", "pretrain", "finetune"),
    "export": ("seed", "dataset", "network", "augmentation", "pretrain", "finetune", "card"),
}
"""Sections of the configuration that a stage's result depends on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run stages; returns the exit code (backend.errors)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("pyogrio", "fontTools", "torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # deprecations between other libraries, which nobody here can mend
    warnings.filterwarnings("ignore", module="torch.onnx|copyreg|lightning.pytorch.utilities._pytree")
    try:
        config = read_config(options.config)
        if not options.data.is_dir():
            raise InputError(f"There is no data folder {options.data}.", "Give the folder of the sources with --data.")
        run_stages(config, options.data, options.out, STAGES if options.stage == "run" else (options.stage,))
        return EXIT_DONE
    except CsclError as error:
        sys.stderr.write(f"Error: {error.message}\n" + (f"{error.hint}\n" if error.hint else ""))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled. The same command goes on from the last finished stage or checkpoint.\n")
        return EXIT_CANCELLED
    except Exception as error:  # a fault of ours: one sentence here, the rest in a file
        handle, name = tempfile.mkstemp(prefix="cscl-fault-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("".join(traceback.format_exception(error)))
        sys.stderr.write(f"Error: A fault of this program ({type(error).__name__}: {error}); details are in {name}.\n")
        return EXIT_FAULT


def run_stages(config: TrainConfig, data: Path, out: Path, stages: Sequence[str]) -> None:
    """Run stages in order; with several, those already done with the same configuration are skipped.

    Args:
        config: the run.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        stages: of STAGES.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be used as the output folder ({error.strerror}).") from error
    work = _stage_functions(config, data, out)
    for name in stages:
        marker = out / f"{name}.done.json"
        fingerprint = config.fingerprint(*DEPENDS[name])
        if name == "pretrain" and config.pretrain is None:
            continue
        if len(stages) > 1 and _is_done(marker, fingerprint):
            log.info("%s: already done", name)
            continue
        for outdated in STAGES[STAGES.index(name) :]:
            (out / f"{outdated}.done.json").unlink(missing_ok=True)
        log.info("%s: started", name)
        started = time.monotonic()
        work[name]()
        seconds = time.monotonic() - started
        marker.write_text(json.dumps({"fingerprint": fingerprint, "seconds": round(seconds, 1)}), encoding="utf-8")
        log.info("%s: done in %.0f s", name, seconds)


def _is_done(marker: Path, fingerprint: str) -> bool:
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _stage_functions(config: TrainConfig, data: Path, out: Path) -> dict[str, Callable[[], None]]:
    """The stages by name. Torch is imported only by those that need it."""

    def dataset() -> None:
        from training.make_dataset import make_dataset

        make_dataset(config, data, out, lambda done, total, what: log.info("%d/%d %s", done, total, what))

    def pretrain() -> None:
        _train_stage(config, out, "pretrain")

    def finetune() -> None:
        _train_stage(config, out, "finetune")

    def evaluate() -> None:
        from training.evaluate import evaluate_run

        evaluate_run(config, data, out)

    def export() -> None:
        from training.package_model import package_model

        package_model(config, data, out)

    return {"dataset": dataset, "pretrain": pretrain, "finetune": finetune, "evaluate": evaluate, "export": export}


def _train_stage(config: TrainConfig, out: Path, name: str) -> None:
    from training.store import Store
    from training.task import load_weights, new_model, run_stage

    store = Store(out / "dataset.zarr")
    if store.attributes["fingerprint"] != config.fingerprint(*DEPENDS["dataset"]):
        raise InputError(
            f"{store.path}: the data set was made with another configuration.", "Run the stage dataset again."
        )
    model = new_model(config, store)
    if name == "finetune" and config.pretrain is not None:
        load_weights(model, out / "pretrain" / "weights.pt")
    folder = out / name
    stamp, fingerprint = folder / "fingerprint.txt", config.fingerprint(*DEPENDS[name])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") != fingerprint:
        shutil.rmtree(folder)  # a checkpoint of another configuration is not gone on with
    folder.mkdir(exist_ok=True)
    stamp.write_text(fingerprint, encoding="utf-8")
    run_stage(config, store, model, "pretrain" if name == "pretrain" else "finetune", folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description=(__doc__ or "").splitlines()[0])
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, text in (
        ("dataset", "build the data set from products and parcels"),
        ("pretrain", "context-self contrastive pre-training"),
        ("finetune", "learn crop types"),
        ("evaluate", "calibrate, and map and score the test split"),
        ("export", "write the ONNX model and its card"),
        ("run", "all of them, skipping what is done"),
    ):
        stage = stages.add_parser(name, help=text)
        stage.add_argument("--config", type=Path, required=True, metavar="FILE", help="YAML configuration")
        stage.add_argument(
            "--data", type=Path, required=True, metavar="DIR", help="folder that the sources' paths are relative to"
        )
        stage.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
