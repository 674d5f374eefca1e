"""Kill a map run at random moments, again and again, and go on with it: the end must be that of a run left alone.

    python scripts/kill_runs.py --kills 200 [--model MODEL] [--series SERIES] [--work DIR] [--seed 0]

Each kill is a SIGKILL, as a power cut is for a process: after a random share of the time that a whole run takes, or as
soon as a random number of blocks is finished. The next start goes on with what is there. When a run ends before its
kill, its files are compared with those of the run that was left alone, and the next one starts from nothing. Prints
each time how far the run had come; ends with 1 if a file differs, a file under a final name is not whole, or a block
that was finished is gone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.protocol import MapRequest  # noqa: E402
from backend.run_folder import WORK  # noqa: E402

CHANGING = ("run.json", "report.html")
"""Files that say when and how fast they were made."""
STARTED_SHARE = 0.15
"""Of the time a run takes before its first block; kills before that would find nothing."""


POLL_S = 0.002


@dataclass
class Outcome:
    """What came of it."""

    kills: int = 0
    whole_runs: int = 0
    kept_blocks: int = 0
    """Sum over kills of the blocks that were there afterwards."""
    failures: tuple[str, ...] = ()


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill map runs and go on with them.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--series", type=Path, default=ROOT / "resources" / "sample")
    parser.add_argument("--model", type=Path, default=ROOT / "resources" / "models" / "cscl_default.onnx")
    parser.add_argument("--memory", type=float, default=2.0, help="GiB; less makes smaller tiles and more blocks")
    parser.add_argument("--work", type=Path, help="folder for the runs, default: a temporary one")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        request = MapRequest(
            (str(options.series.resolve()),), str(options.model.resolve()), str(work / "out"), device="cpu",
            memory_gib=options.memory,
        )  # fmt: skip
        outcome = kill_runs(request, work, options.kills, options.seed)
    kept = outcome.kept_blocks / max(1, outcome.kills)
    print(
        f"{outcome.kills} kills, {outcome.whole_runs} runs ended whole, {kept:.1f} blocks kept a kill, "
        f"{len(outcome.failures)} failures"
    )
    return 1 if outcome.failures else 0


def kill_runs(
    request: MapRequest, work: Path, kills: int, seed: int, command: tuple[str, ...] = ("-m", "backend", "run")
) -> Outcome:
    """Kill runs of a request until there were so many kills.

    Args:
        request: of the run; its output folder is made anew.
        work: folder for the request and for the run that is left alone.
        kills: how many.
        seed: of the moments.
        command: arguments of Python before the request file.
    """
    work.mkdir(parents=True, exist_ok=True)
    generator = random.Random(seed)
    out, alone = Path(request.out), work / "alone"
    for folder in (out, alone):
        shutil.rmtree(folder, ignore_errors=True)
    path = work / "request.json"
    values = request.to_dict()
    path.write_text(json.dumps({**values, "out": str(alone)}), encoding="utf-8")
    started = time.monotonic()
    if code := _start(path, command).wait():
        raise RuntimeError(f"The run that is left alone ended with {code}.")
    seconds = time.monotonic() - started
    expected = checksums(alone)
    blocks = json.loads((alone / "plan.json").read_text(encoding="utf-8"))["blocks"]
    path.write_text(json.dumps(values), encoding="utf-8")

    outcome = Outcome()
    failures: list[str] = []
    while outcome.kills < kills:
        before = finished_blocks(out)
        by_time = generator.random() < 0.5
        limit = generator.uniform(STARTED_SHARE, 1.1) * seconds if by_time else 10 * seconds
        ended = _run_until(path, command, limit, out, blocks if by_time else generator.randint(len(before), blocks))
        kept = finished_blocks(out)
        if ended is None:
            outcome.kills += 1
            outcome.kept_blocks += len(kept)
            is_done = (out / "run.json").exists()  # killed while it removed the blocks
            for name, checksum in before.items():
                if not is_done and kept.get(name) != checksum:
                    failures.append(f"the finished {name} is gone or differs")
            print(f"kill {outcome.kills}: {len(kept)} blocks finished", flush=True)
        elif ended:
            failures.append(f"a run that was gone on with ended with {ended}")
            shutil.rmtree(out, ignore_errors=True)
        else:
            outcome.whole_runs += 1
            shutil.rmtree(out, ignore_errors=True) if checksums(out) == expected else failures.append("other bytes")
            print(f"run {outcome.whole_runs} ended whole", flush=True)
        failures += [f"{name} is there but not whole" for name in half_made(out, expected)]
    if out.exists():  # the last run, which was killed, is brought to its end
        _start(path, command).wait()
        outcome.whole_runs += 1
        if checksums(out) != expected:
            failures.append("the last run ended with other bytes")
    outcome.failures = tuple(failures)
    for failure in failures:
        print(failure, file=sys.stderr)
    return outcome


def checksums(out: Path) -> dict[str, str]:
    """Of the files of a run that do not change with its time."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(_listed(out))
        if path.is_file() and path.name not in CHANGING
    }


def finished_blocks(out: Path) -> dict[str, str]:
    """Checksums of the blocks that a run has finished."""
    found = checksums(out / WORK / "blocks")
    return {name: checksum for name, checksum in found.items() if name.endswith(".npz")}


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where it is not there, or goes while it is read, as a run's does at its end."""
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def half_made(out: Path, expected: dict[str, str]) -> list[str]:
    """Final names whose content is not the whole one; files moved into place before a kill are whole."""
    found = checksums(out)
    return [name for name in found if not name.startswith(".") and found[name] != expected.get(name)]


def _start(request: Path, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command, str(request)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def _run_until(request: Path, command: tuple[str, ...], seconds: float, out: Path, blocks: int) -> int | None:
    """Start a run and kill it after so long, or with more blocks than given; its exit code if it ended, else None."""
    process = _start(request, command)
    limit = time.monotonic() + seconds
    folder = out / WORK / "blocks"
    while process.poll() is None:
        if time.monotonic() > limit or sum(path.suffix == ".npz" for path in _listed(folder)) > blocks:
            process.kill()
        time.sleep(POLL_S)
    return None if process.returncode < 0 else process.returncode


if __name__ == "__main__":
    raise SystemExit(main())
