"""Train a model without a screen: dataset | pretrain | finetune | evaluate | export | train | run, the last two several
of them in order: all, and all but the data set, which then lies in OUT or in the folder around it.

    python training/train.py run --config resources/configs/languedoc.yaml --data DATA --out OUT

Each stage leaves its result in OUT; `run` goes on where an earlier run with the same configuration was broken off.
`finetune --from FILE` and `run --from FILE` start from the checkpoint of a model; `run --folds K` trains one model per
fold of spatial blocks and maps every block with the one that never saw it.
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
import warnings
from collections.abc import Sequence
from typing import Any

from backend.cancellation import Cancellation
from backend.errors import EXIT_CANCELLED, EXIT_DONE, InputError
from backend.scheduler import check_scheduler
from backend.worker import EventWriter, say_error, serve, started
from training.config import read_config
from training.map_request import add_options
from training.progress import EventProgress, QuietProgress, shown_progress
from training.ranks import end_with_parent, is_lead
from training.stages import OUTPUTS, STAGES, TRAINED, run_stages

log = logging.getLogger("training")

GO_ON = "The same command goes on from the last finished stage or checkpoint."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run stages; returns the exit code (backend.errors)."""
    options = _parser().parse_args(arguments)
    _set_up_log()
    end_with_parent()
    if options.events and is_lead():
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
    shown = shown_progress if is_lead() else QuietProgress
    with Cancellation(stop) as cancellation, shown(cancellation.is_set) as progress:
        outputs, _ = _run(options, progress)
    if not is_lead():
        return
    for name, path in outputs.items():
        sys.stdout.write(f"{name:<20} {path}\n")


def _run(options: argparse.Namespace, progress: QuietProgress) -> tuple[dict[str, str], dict[str, Any]]:
    """Run the stages asked for; the files they leave by name, and the data set's summary where it was built."""
    if getattr(options, "map", None) is not None:
        from training.map_scores import run_options

        return run_options(options, progress), {}
    if options.config is None or options.data is None:
        raise InputError("evaluate needs a run (--config and --data) or a finished map (--map).", "Give one of these.")
    config = read_config(options.config)
    if not options.data.is_dir():
        raise InputError(f"There is no data folder {options.data}.", "Give the folder of the sources with --data.")
    stages = {"run": STAGES, "train": STAGES[1:]}.get(options.stage, (options.stage,))
    scheduler = check_scheduler(getattr(options, "scheduler", "local"))
    start: Path | None = getattr(options, "start", None)
    folds: int | None = getattr(options, "folds", None)
    if folds is not None:
        from training.cross_validation import run_folds

        files = run_folds(config, options.data, options.out, folds, progress, scheduler, start)
        return {name: str(path.resolve()) for name, path in files.items()}, {}
    run_stages(config, options.data, options.out, stages, progress, scheduler, start)
    out = options.out.resolve()
    listed = {name: out / path for stage in stages for name, path in OUTPUTS[stage].items()}
    summary: dict[str, Any] = {}
    written = {name: str(path) for name, path in listed.items() if path.exists()}
    if "dataset_summary" in written:
        summary = json.loads(listed["dataset_summary"].read_text(encoding="utf-8"))
    return written, summary


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description=(__doc__ or "").splitlines()[0])
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, text in (
        ("dataset", "build the data set from products and parcels"),
        ("pretrain", "context-self contrastive pre-training"),
        ("finetune", "learn crop types"),
        ("evaluate", "calibrate, and map and score the test split"),
        ("export", "write the ONNX model and its card"),
        ("train", "all but the data set, skipping what is done"),
        ("run", "all of them, skipping what is done"),
    ):
        stage = stages.add_parser(name, help=text)
        is_run = name != "evaluate"  # which a finished map may be given to instead
        stage.add_argument("--config", type=Path, required=is_run, metavar="FILE", help="YAML configuration")
        stage.add_argument(
            "--data", type=Path, required=is_run, metavar="DIR", help="folder that the sources' paths are relative to"
        )
        stage.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
        stage.add_argument(
            "--events",
            action="store_true",
            help="for other programs: JSON lines on stdout and nothing else; ends when stdin closes",
        )
        if name == "evaluate":
            add_options(stage)
        if name in ("dataset", "run"):
            stage.add_argument(
                "--scheduler",
                metavar="NAME",
                default="local",
                help="where the data set's blocks are built: local (all cores), local:N, or a dask scheduler's address",
            )
        if name in (*TRAINED, "train", "run"):
            stage.add_argument(
                "--from",
                dest="start",
                type=Path,
                metavar="FILE",
                help="start from a model's checkpoint (.pt, beside its .onnx file), not from random weights; it must "
                "see the same bands, classes are matched by name; pre-training is then skipped unless configured",
            )
        if name == "run":
            stage.add_argument(
                "--folds",
                type=int,
                metavar="K",
                help="train one model per fold of spatial blocks, each in OUT/fold_<i>, and map and score every block "
                "with the model that never saw it; nothing is exported",
            )
    return parser


if __name__ == "__main__":
    code = main()
    if code == EXIT_CANCELLED:
        # whoever cancelled does not wait for seconds while Python takes down torch, module by module
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise SystemExit(code)
