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
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from backend.cancellation import Cancellation
from backend.errors import EXIT_CANCELLED, EXIT_DONE, InputError
from backend.worker import EventWriter, say_error, serve, started
from training.config import TrainConfig, read_config
from training.progress import EventProgress, QuietProgress, shown_progress
from training.scheduler import check_scheduler

log = logging.getLogger("training")

STAGES: tuple[str, ...] = ("dataset", "pretrain", "finetune", "evaluate", "export")
DEPENDS = {
    "dataset": ("seed", "dataset"),
    "pretrain": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain"),
    "finetune": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune"),
    "evaluate": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune"),
    "export": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune", "card"),
}
"""Sections of the configuration that a stage's result depends on."""
OUTPUTS = {
    "dataset": {"dataset": "dataset.zarr", "dataset_report": "dataset.html", "dataset_summary": "dataset.json"},
    "pretrain": {"pretrained_weights": "pretrain/weights.pt"},
    "finetune": {"weights": "finetune/weights.pt"},
    "evaluate": {"evaluation": "evaluation.json", "evaluation_report": "evaluation.html"},
    "export": {"model": "model"},
}
"""What a stage leaves in the run's folder."""
GO_ON = "The same command goes on from the last finished stage or checkpoint."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run stages; returns the exit code (backend.errors)."""
    options = _parser().parse_args(arguments)
    _set_up_log()
    if options.events:
        return serve(lambda emit, cancellation: _answer(options, emit, cancellation), hint=GO_ON)
    try:
        _run_shown(options)
        return EXIT_DONE
    except KeyboardInterrupt:
        sys.stderr.write(f"Cancelled. {GO_ON}\n")
        return EXIT_CANCELLED
    except Exception as error:
        return say_error(error)


class _LogHandler(logging.Handler):
    """Writes to what sys.stderr is at the time: a live progress bar puts itself there and keeps below the lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # as logging's own handlers do: a log that cannot be written ends no run
            self.handleError(record)


def _set_up_log() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", handlers=[_LogHandler()]
    )
    for noisy in ("pyogrio", "fontTools", "torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # deprecations between other libraries, which nobody here can mend
    warnings.filterwarnings("ignore", module="torch.onnx|copyreg|lightning.pytorch.utilities._pytree")


def _answer(options: argparse.Namespace, emit: EventWriter, cancellation: Cancellation) -> None:
    """Run stages for another program: events on stdout."""
    started(emit, options.stage)
    progress = EventProgress(emit, cancellation.is_set)
    outputs, summary = _run(options, progress)
    emit("result", outputs=outputs, summary=summary)


def _run_shown(options: argparse.Namespace) -> None:
    """Run stages for a person: what goes on is said on stderr, the results on stdout."""

    def stop() -> None:
        shown = "\033[?25h\n" if sys.stderr.isatty() else ""  # a bar that is broken off had hidden the cursor
        sys.stderr.write(f"{shown}Cancelled. {GO_ON}\n")
        sys.stderr.flush()
        os._exit(EXIT_CANCELLED)

    # before anything that starts threads is imported: they must inherit the blocked signals, or one of them takes them
    with Cancellation(stop) as cancellation, shown_progress(cancellation.is_set) as progress:
        outputs, _ = _run(options, progress)
    for name, path in outputs.items():
        sys.stdout.write(f"{name:<20} {path}\n")


def _run(options: argparse.Namespace, progress: QuietProgress) -> tuple[dict[str, str], dict[str, Any]]:
    """Run the stages asked for; the files they leave by name, and the data set's summary where it was built."""
    config = read_config(options.config)
    if not options.data.is_dir():
        raise InputError(f"There is no data folder {options.data}.", "Give the folder of the sources with --data.")
    stages = STAGES if options.stage == "run" else (options.stage,)
    scheduler = check_scheduler(getattr(options, "scheduler", "local"))
    run_stages(config, options.data, options.out, stages, progress, scheduler)
    out = options.out.resolve()
    listed = {name: out / path for stage in stages for name, path in OUTPUTS[stage].items()}
    summary: dict[str, Any] = {}
    written = {name: str(path) for name, path in listed.items() if path.exists()}
    if "dataset_summary" in written:
        summary = json.loads(listed["dataset_summary"].read_text(encoding="utf-8"))
    return written, summary


def run_stages(
    config: TrainConfig,
    data: Path,
    out: Path,
    stages: Sequence[str],
    progress: QuietProgress | None = None,
    scheduler: str = "local",
) -> None:
    """Run stages in order; with several, those already done with the same configuration are skipped.

    Args:
        config: the run.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        stages: of STAGES.
        progress: is told of it; nobody if None.
        scheduler: where the blocks of a data set are built, as training.scheduler names it.

    Raises:
        CancelledError: where the progress says so; what is done is kept.
    """
    progress = progress or QuietProgress()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{out}: cannot be used as the output folder ({error.strerror}).", "Choose another folder with --out."
        ) from error
    if "evaluate" in stages and not (config.dataset.sources or config.dataset.simulations):
        # known before hours of training
        raise InputError(
            "The data set holds published sets of patches alone, which have no map of the whole to be evaluated.",
            "Add a source with a test, or run the stages dataset, pretrain and finetune one by one.",
        )
    work = _stage_functions(config, data, out, progress, scheduler)
    for name in stages:
        marker = out / f"{name}.done.json"
        fingerprint = config.fingerprint(*DEPENDS[name])
        if name == "pretrain" and config.pretrain is None:
            continue
        if len(stages) > 1 and _is_done(marker, fingerprint):
            progress.stage(name, "already done")
            continue
        for outdated in STAGES[STAGES.index(name) :]:
            (out / f"{outdated}.done.json").unlink(missing_ok=True)
        progress.stage(name, "started")
        started_at = time.monotonic()
        work[name]()
        seconds = time.monotonic() - started_at
        marker.write_text(json.dumps({"fingerprint": fingerprint, "seconds": round(seconds, 1)}), encoding="utf-8")
        progress.stage(name, f"done in {seconds:.0f} s")


def _is_done(marker: Path, fingerprint: str) -> bool:
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _stage_functions(
    config: TrainConfig, data: Path, out: Path, progress: QuietProgress, scheduler: str
) -> dict[str, Callable[[], None]]:
    """The stages by name. Torch is imported only by those that need it."""

    def dataset() -> None:
        _dataset_stage(config, data, out, progress, scheduler)

    def pretrain() -> None:
        _train_stage(config, out, "pretrain")

    def finetune() -> None:
        _train_stage(config, out, "finetune")

    def evaluate() -> None:
        from training.evaluate import evaluate_run

        evaluate_run(config, out)

    def export() -> None:
        from training.package_model import package_model

        package_model(config, out)

    return {"dataset": dataset, "pretrain": pretrain, "finetune": finetune, "evaluate": evaluate, "export": export}


def _dataset_stage(config: TrainConfig, data: Path, out: Path, progress: QuietProgress, scheduler: str) -> None:
    """Build the store, then say what is in it; a run that is broken off in between goes on with the store."""
    from training.dataset_report import write_dataset_report
    from training.dataset_summary import write_summary
    from training.make_dataset import make_dataset
    from training.store import Store

    names, built = OUTPUTS["dataset"], out / "dataset.built.json"
    fingerprint = config.fingerprint(*DEPENDS["dataset"])
    path = out / names["dataset"]
    if path.is_dir() and _is_done(built, fingerprint):
        for message in json.loads(built.read_text(encoding="utf-8")).get("warnings", []):
            progress.warning(message)
    else:
        built.unlink(missing_ok=True)
        make_dataset(config, data, out, progress, scheduler)
        built.write_text(json.dumps({"fingerprint": fingerprint, "warnings": progress.warnings}), encoding="utf-8")
    progress.progress(0, 1, "writing the report")
    store = Store(path)
    write_dataset_report(store, out / names["dataset_report"], progress.warnings, progress)
    write_summary(store, out / names["dataset_summary"], progress.warnings)
    progress.progress(1, 1, "report written")
    built.unlink()


def _train_stage(config: TrainConfig, out: Path, name: str) -> None:
    from training.crop_network import new_model
    from training.stage_runner import run_stage
    from training.store import Store
    from training.weights import load_weights

    store = Store(out / "dataset.zarr", config.fold)
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
        stage.add_argument(
            "--events",
            action="store_true",
            help="for other programs: JSON lines on stdout and nothing else; ends when stdin closes",
        )
        if name in ("dataset", "run"):
            stage.add_argument(
                "--scheduler",
                metavar="NAME",
                default="local",
                help="where the data set's blocks are built: local (all cores), local:N, or a dask scheduler's address",
            )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
