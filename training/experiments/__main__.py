"""Run or report a comparison of ways to train.

    python -m training.experiments run --plan resources/configs/experiments/cscl.yaml --data DATA --work DIR
    python -m training.experiments report --plan resources/configs/experiments/cscl.yaml

`run` does one cell after the other and skips those whose result is there; several may run at once, each takes the next
cell that no other has begun. `report` writes the tables and pictures of what is there, and names what is missing.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from backend.errors import EXIT_CANCELLED, EXIT_DONE
from backend.worker import say_error
from training.experiments.plan import Plan, read_plan

if TYPE_CHECKING:
    from training.store import Store

log = logging.getLogger("training.experiments")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "experiments"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run or report; returns the exit code (backend.errors)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        plan = read_plan(options.plan)
        if options.what == "run":
            _run(plan, options)
        else:
            from training.experiments.report import write_report

            write_report(plan, options.results, options.results.parent)
        return EXIT_DONE
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled. The same command goes on.\n")
        return EXIT_CANCELLED
    except Exception as error:
        return say_error(error)


def _run(plan: Plan, options: argparse.Namespace) -> None:
    from training.experiments.cells import result_path, run_cell, write_result

    store = _shared_store(plan, options.data, options.work, options.scheduler)
    for budget, seed, cell in wanted(plan, options.budget, options.cells, options.seeds):
        path = result_path(options.results, plan, cell, seed, budget)
        work = options.work / f"p{budget}_{cell}_s{seed}"
        try:
            with FileLock(work.with_suffix(".lock"), blocking=False):
                if path.is_file() and is_of(path, plan, cell, seed, budget):
                    continue
                log.info("%s, seed %d, %d patches", cell, seed, budget)
                write_result(path, run_cell(plan, cell, seed, budget, store, work), work)
        except Timeout:
            continue  # another process has it


def _shared_store(plan: Plan, data: Path, work: Path, scheduler: str) -> Store:
    """The data set of all cells; made by the first process, for which the others wait."""
    from backend.scheduler import check_scheduler
    from training.stages import DEPENDS, run_stages
    from training.store import Store

    config, path = plan.dataset_config, work / "dataset.zarr"
    work.mkdir(parents=True, exist_ok=True)
    with FileLock(work / "dataset.lock"):
        if path.is_dir():
            store = Store(path)
            if store.attributes["fingerprint"] == config.fingerprint(*DEPENDS["dataset"]):
                return store
        run_stages(config, data, work, ("dataset",), scheduler=check_scheduler(scheduler))
        return Store(path)


def wanted(
    plan: Plan, budget: int | None, cells: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[int, int, str]]:
    """(budget, seed, cell) in the order in which they are run: all cells of the first seed come first."""
    for chosen in [budget] if budget else plan.budgets:
        for seed in seeds or plan.seeds:
            for cell in cells or plan.cells:
                yield chosen, seed, cell


def is_of(path: Path, plan: Plan, cell: str, seed: int, budget: int) -> bool:
    """False for a result of other settings, which is made anew."""
    fingerprint = plan.config(cell, seed, budget).fingerprint(
        "seed", "network", "cscl", "augmentation", "pretrain", "finetune"
    )
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)
    except (ValueError, KeyError, TypeError):
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.experiments", description=(__doc__ or "").splitlines()[0])
    what = parser.add_subparsers(dest="what", required=True)
    for name, text in (("run", "train and score what is missing"), ("report", "tables and pictures of what is there")):
        part = what.add_parser(name, help=text)
        part.add_argument("--plan", type=Path, required=True, metavar="FILE")
        part.add_argument("--results", type=Path, default=DOCS / "results", metavar="DIR", help="folder of the results")
        if name == "run":
            part.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of parcels and profiles")
            part.add_argument("--work", type=Path, required=True, metavar="DIR", help="data set and checkpoints")
            part.add_argument("--scheduler", default="local", help="where the data set is built, as train.py takes it")
            part.add_argument("--budget", type=int, help="one of the plan's budgets only, patches")
            part.add_argument("--seeds", nargs="*", type=int, default=(), help="these seeds only")
            part.add_argument("--cells", nargs="*", default=(), help="these cells only")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
