"""Run or report a comparison of ways to train.

    python -m training.experiments run --plan resources/configs/experiments/cscl.yaml --data DATA --work DIR
    python -m training.experiments report --plan resources/configs/experiments/cscl.yaml

`run` does one cell after the other and skips those whose result is there; several may run at once, also of other plans
in the same folder of work: each takes the next cell that no other has begun. `report` writes the tables and pictures of
what is there, and names what is missing and what was made with other settings.
"""

from __future__ import annotations

import argparse
import difflib
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from backend.errors import EXIT_CANCELLED, EXIT_DONE, RequestError
from backend.worker import say_error
from training.experiments.plan import Plan, read_plan
from training.experiments.results import is_of, result_path
from training.experiments.work_folder import cell_folder, data_folder
from training.run_folder import DATA_SET

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
    check_choice(plan, options.budget, options.cells, options.seeds)

    from training.experiments.cells import run_cell, write_result

    store = _shared_store(plan, options.data, options.work, options.scheduler)
    for budget, seed, cell in wanted(plan, options.budget, options.cells, options.seeds):
        path = result_path(options.results, plan, cell, seed, budget)
        work = cell_folder(options.work, plan, cell, seed, budget)
        work.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(f"{work}.lock", blocking=False):
                if is_of(path, plan, cell, seed, budget):
                    continue
                log.info("%s, seed %d, %d patches", cell, seed, budget)
                write_result(path, run_cell(plan, cell, seed, budget, store, work), work)
        except Timeout:
            continue  # another process has it


def _shared_store(plan: Plan, data: Path, work: Path, scheduler: str) -> Store:
    """The data set of all cells; made by the first process, for which the others wait."""
    from backend.scheduler import check_scheduler
    from training.stages import check_data_set, run_stages
    from training.store import Store

    config, folder = plan.dataset_config, data_folder(work, plan)
    work.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / DATA_SET).is_dir():  # it lies there only when it is whole
            run_stages(config, data, folder, ("dataset",), scheduler=check_scheduler(scheduler))
        store = Store(folder / DATA_SET)
    check_data_set(store, config)
    return store


def check_choice(plan: Plan, budget: int | None, cells: Sequence[str], seeds: Sequence[int]) -> None:
    """Refuse to run what the plan has not: nothing would ever report it.

    Args:
        plan: the comparison.
        budget: the only one wanted; all if None.
        cells: those wanted; all if empty.
        seeds: likewise.

    Raises:
        RequestError: if one of them is not the plan's; of a cell the nearest name is told.
    """
    for cell in cells:
        if cell not in plan.cells:
            near = difflib.get_close_matches(cell, plan.cells, n=1)
            raise RequestError(
                f"The plan {plan.name} has no cell '{cell}'" + (f"; did you mean '{near[0]}'?" if near else "."),
                f"Its cells are {', '.join(plan.cells)}.",
            )
    budgets = () if budget is None else (budget,)
    for what, chosen, known in (("budget", budgets, plan.budgets), ("seed", seeds, plan.seeds)):
        for number in chosen:
            if number not in known:
                raise RequestError(
                    f"The plan {plan.name} has no {what} {number}.", f"Its {what}s are {', '.join(map(str, known))}."
                )


def wanted(
    plan: Plan, budget: int | None, cells: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[int, int, str]]:
    """(budget, seed, cell) in the order in which they are run: all cells of the first seed come first."""
    for chosen in plan.budgets if budget is None else (budget,):
        for seed in seeds or plan.seeds:
            for cell in cells or plan.cells:
                yield chosen, seed, cell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.experiments", description=(__doc__ or "").splitlines()[0])
    what = parser.add_subparsers(dest="what", required=True)
    for name, text in (("run", "train and score what is missing"), ("report", "tables and pictures of what is there")):
        part = what.add_parser(name, help=text)
        part.add_argument("--plan", type=Path, required=True, metavar="FILE")
        part.add_argument("--results", type=Path, default=DOCS / "results", metavar="DIR", help="folder of the results")
        if name == "run":
            part.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of parcels and profiles")
            part.add_argument("--work", type=Path, required=True, metavar="DIR", help="data sets and checkpoints")
            part.add_argument("--scheduler", default="local", help="where the data set is built, as train.py takes it")
            part.add_argument("--budget", type=int, help="one of the plan's budgets only, patches")
            part.add_argument("--seeds", nargs="*", type=int, default=(), help="these seeds only")
            part.add_argument("--cells", nargs="*", default=(), help="these cells only")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
