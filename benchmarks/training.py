"""What a step of training takes: networks side by side, the share of the contrast and of the loader, and memory.

    python benchmarks/training.py [--networks ltae_unet unet3df] [--threads 1 2] [--json]

The first network named is the one that the others are compared with, and the one whose shares are told. Seconds are
processor seconds of all threads, the least of a few repeats in turn, so that what else runs on the machine counts
little. A step of the others, which may take a minute, is taken once, with the first number of threads. The loader reads
a small data set of simulated scenes, which is made first (or --store names one).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

BANDS, CLASSES, MAGNIFICATION = 10, 14, 4
FIELD = 12
"""Side of the square fields of the made-up labels, input pixels."""
LOADED = 160
"""Samples read for the loader's clock."""
ROOM = 2**30
"""For decoded samples: all of the small data set."""
SCENES = {
    "chip": 64,
    "rare": {"train_pixels": 0, "evaluation_pixels": 0},
    "simulations": [{"name": "bench", "scenes": 2, "size_px": 128, "dates": 24, "min_clear": 0.3}],
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=["ltae_unet", "unet3df"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=48, help="side of a patch, input pixels")
    parser.add_argument("--dates", type=int, default=12)
    parser.add_argument("--proj-channels", type=int, default=32, help="A of the contrast")
    parser.add_argument("--precision", choices=["32", "bf16"], default="32", help="of the networks")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--store", type=Path, help="data set for the loader, chips at least as large as a patch")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    parser.add_argument("--measure", choices=["steps", "memory"], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        measure = measure_steps if options.measure == "steps" else measure_memory
        print(json.dumps(measure(options)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        options.store = options.store or make_store(Path(folder))
        results = {
            "steps": [
                in_a_child(options, "steps", options.networks if number == 0 else options.networks[:1], threads)
                for number, threads in enumerate(options.threads)
            ],
            "memory": {name: in_a_child(options, "memory", [name], 1)["peak_mib"] for name in options.networks},
        }
    print(json.dumps(results, indent=1) if options.json else table(options, results))
    return 0


def make_store(folder: Path) -> Path:
    """A data set of two simulated scenes with all their dates."""
    from training.config import TrainConfig
    from training.stages import run_stages

    config = TrainConfig.model_validate({"seed": 1, "dataset": SCENES})
    run_stages(config, folder, folder, ("dataset",), scheduler="local:1")
    return folder / "dataset.zarr"


def in_a_child(options: argparse.Namespace, what: str, networks: Sequence[str], threads: int) -> dict[str, Any]:
    """Measure in a process of its own, which has done nothing else."""
    command = [sys.executable, __file__, "--measure", what, "--networks", *networks, "--threads", str(threads)]
    for name in ("batch", "crop", "dates", "proj_channels", "precision", "repeats", "store"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    # a thread that waits for another one sleeps: else its waiting counts, the more so on a busy machine
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"measuring {what} of {', '.join(networks)} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


class Step:
    """One step of training of a network, and its contrast alone."""

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        import torch

        from training.config_training import CsclConfig, LossConfig, NetworkConfig
        from training.crop_network import CropNetwork
        from training.objective import Objective

        self._torch = torch
        torch.manual_seed(0)
        torch.set_num_threads(options.threads[0])
        cscl = CsclConfig(proj_channels=options.proj_channels)
        network = NetworkConfig(name=name, magnification=MAGNIFICATION, num_dates=options.dates)
        self.model = CropNetwork(network, BANDS, CLASSES, cscl)
        dilations = cscl.dilations_at(MAGNIFICATION)
        self._objective = Objective(cscl, LossConfig(), dilations, torch.ones(CLASSES))
        self._optimizer = torch.optim.AdamW(self.model.parameters(), 1e-3)
        self._batch = make_batch(options.batch, options.crop, options.dates)
        side = MAGNIFICATION * options.crop
        self.channels = int(self.model.network.embedding_channels)  # type: ignore[arg-type]
        self._embedding = torch.randn(options.batch, self.channels, side, side, requires_grad=True)
        self._step = 0
        self._half = options.precision == "bf16"

    def with_contrast(self) -> None:
        """Forward, cross-entropy and contrast, backward, update."""
        self._take(contrast=True)

    def without_contrast(self) -> None:
        self._take(contrast=False)

    def contrast_alone(self) -> None:
        """As in a step: a part of the windows, forward and backward."""
        self._step += 1
        self._contrast(self._embedding, self._step).backward()

    def contrast_of_all_windows(self) -> None:
        self._contrast(self._embedding, None).backward()

    def _take(self, contrast: bool) -> None:
        batch = self._batch
        self._step += 1
        self._optimizer.zero_grad()
        with self._torch.autocast("cpu", self._torch.bfloat16, enabled=self._half):
            logits, embedding = self.model(batch["x"], batch["doy"], batch["valid"])
        terms = self._objective.classify(logits.float(), batch, batch["known"])
        loss: Any = self._torch.stack(list(terms.values())).sum()
        if contrast:
            loss = loss + 0.1 * self._contrast(embedding, self._step)
        loss.backward()
        self._torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()

    def _contrast(self, embedding: Any, step: int | None) -> Any:
        return self._objective.contrast(self.model.similarity, embedding, self._batch, self._batch["known"], step)


def make_batch(size: int, crop: int, dates: int) -> dict[str, Any]:
    """Random images; square fields of random classes."""
    import torch

    fields = torch.randint(0, CLASSES, (size, -(-crop // FIELD), -(-crop // FIELD)))
    cells = FIELD * MAGNIFICATION
    side = crop * MAGNIFICATION
    classes = fields.repeat_interleave(cells, 1).repeat_interleave(cells, 2)[:, :side, :side]
    everywhere = torch.ones_like(classes, dtype=torch.bool)
    return {
        "x": torch.rand(size, dates, BANDS, crop, crop),
        "doy": torch.randint(1, 366, (size, dates)),
        "valid": torch.rand(size, dates, crop, crop) > 0.2,
        "classes": classes,
        "parcels": classes,
        "known": everywhere,
        "certain": everywhere,
        "coverage": torch.ones(classes.shape),
    }


def measure_steps(options: argparse.Namespace) -> dict[str, Any]:
    """Processor seconds of each kind of work, in turn, and of the loader."""
    first = Step(options.networks[0], options)
    works: dict[str, Callable[[], None]] = {
        f"step of {options.networks[0]}": first.with_contrast,
        "without contrast": first.without_contrast,
        "contrast": first.contrast_alone,
        "contrast of all windows": first.contrast_of_all_windows,
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(options.repeats + 1):  # the first does not count
        for name, work in works.items():
            started = time.process_time()
            work()
            if turn:
                spent[name].append(time.process_time() - started)
    seconds = {name: min(values) for name, values in spent.items()}
    for name in options.networks[1:]:
        step = Step(name, options)
        started = time.process_time()
        step.with_contrast()
        seconds[f"step of {name}"] = time.process_time() - started
    load = {
        "loader": loader_seconds(options, 0),
        "loader, kept samples": loader_seconds(options, ROOM),
        "loader, shifts and clouds": loader_seconds(options, ROOM, shift_px=0.3, cloud_share=0.3),
    }
    return {
        "threads": options.threads[0],
        "seconds": seconds | load,
        "embedding_channels": first.channels,
        "patches_per_cpu_s": {name: options.batch / seconds[f"step of {name}"] for name in options.networks},
    }


def loader_seconds(options: argparse.Namespace, cache_bytes: int, **augmentation: Any) -> float:
    """Processor seconds that a batch takes to be read and put together; the second half of the batches counts."""
    import torch

    from training.config_training import AugmentationConfig
    from training.dataset import TrainingSamples
    from training.store import Store

    settings = AugmentationConfig(crop=options.crop, dates=options.dates, **augmentation)
    samples = TrainingSamples(Store(options.store), settings, MAGNIFICATION, 1, 1, LOADED, cache_bytes)
    batches = iter(torch.utils.data.DataLoader(samples, options.batch))
    half = LOADED // options.batch // 2
    for _ in range(half):  # opens the arrays, and keeps the samples for which there is room
        next(batches)
    spent = []
    for _ in range(half):
        started = time.process_time()
        next(batches)
        spent.append(time.process_time() - started)
    return sorted(spent)[len(spent) // 2]


def measure_memory(options: argparse.Namespace) -> dict[str, Any]:
    """Most resident memory of a process that trains for two steps."""
    step = Step(options.networks[0], options)
    for _ in range(2):
        step.with_contrast()
    return {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def table(options: argparse.Namespace, results: dict[str, Any]) -> str:
    """What was measured, for a reader."""
    first = options.networks[0]
    channels = results["steps"][0]["embedding_channels"]
    lines = [
        f"batch {options.batch}, {options.crop} x {options.crop} px, {options.dates} dates, {BANDS} bands, labels x4, "
        f"precision {options.precision}; {first}: D = {channels}, A = {options.proj_channels}"
    ]
    for taken in results["steps"]:
        seconds, rate = taken["seconds"], taken["patches_per_cpu_s"]
        step, plain = seconds[f"step of {first}"], seconds["without contrast"]
        lines.append(f"\n{taken['threads']} thread(s)")
        for name in rate:
            ratio = "" if name == first else f", {first} is {rate[first] / rate[name]:.1f} times as fast"
            lines.append(f"  {name:<14} {rate[name]:7.2f} patches per CPU second{ratio}")
        lines.append(f"  step of {first}: {step:.3f} CPU s, without the contrast {plain:.3f}")
        for name, base in (
            ("contrast", plain),
            ("contrast of all windows", plain),
            ("loader", step),
            ("loader, kept samples", step),
            ("loader, shifts and clouds", step),
        ):
            share = seconds[name] / (seconds[name] + base)
            lines.append(f"  {name:<26} {seconds[name]:.3f} CPU s, {100 * share:.0f} % of a step with it")
    lines.append("\nmost memory of a process that trains")
    lines += [f"  {name:<14} {mib:7.0f} MiB" for name, mib in results["memory"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
