"""What the contrast of a step costs by its channels: D of the embedding, A of query and key, and by its mode.

    python benchmarks/contrast.py [--batch 8] [--crop 48] [--threads 1]

Processor seconds, the least of a few repeats in turn, of similarity, loss and gradient at x4; beside them the share of
a step of ltae_unet with that embedding, measured in the same run. `published` compares all windows, `corrected` a part
each step.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from benchmarks.training import BANDS, CLASSES, MAGNIFICATION, make_batch
from training.config_training import CsclConfig, LossConfig, NetworkConfig
from training.crop_network import CropNetwork
from training.objective import Objective

EMBEDDINGS, PROJECTIONS = (16, 24, 64), (16, 32, 64, 128)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=48, help="side of a patch, input pixels")
    parser.add_argument("--dates", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batch = make_batch(options.batch, options.crop, options.dates)
    print(f"{'D':>4}{'A':>5}{'corrected, s':>14}{'of a step':>11}{'published, s':>14}{'of a step':>11}")
    for channels in EMBEDDINGS:
        plain = _plain_step(channels, options.dates, batch)
        works = {"plain": plain}
        for projection in PROJECTIONS:
            for mode in ("corrected", "published"):
                works[f"{mode} {projection}"] = _contrast(channels, projection, mode, batch)
        seconds = _least(works, options.repeats)
        for projection in PROJECTIONS:
            told = ""
            for mode in ("corrected", "published"):
                own = seconds[f"{mode} {projection}"]
                told += f"{own:>14.3f}{own / (own + seconds['plain']):>11.0%}"
            print(f"{channels:>4}{projection:>5}{told}")
    return 0


def _plain_step(channels: int, dates: int, batch: dict[str, torch.Tensor]) -> Callable[[], None]:
    """A step of ltae_unet without the contrast."""
    network = NetworkConfig(
        name="ltae_unet", magnification=MAGNIFICATION, num_dates=dates, options={"embedding_channels": channels}
    )
    model = CropNetwork(network, BANDS, CLASSES, CsclConfig(proj_channels=16))
    objective = Objective(CsclConfig(), LossConfig(), (1, MAGNIFICATION), torch.ones(CLASSES))
    optimizer = torch.optim.AdamW(model.network.parameters(), 1e-3)

    def step() -> None:
        optimizer.zero_grad()
        logits, _ = model(batch["x"], batch["doy"], batch["valid"])
        torch.stack(list(objective.classify(logits, batch, batch["known"]).values())).sum().backward()
        optimizer.step()

    return step


def _contrast(channels: int, projection: int, mode: str, batch: dict[str, torch.Tensor]) -> Callable[[], None]:
    """The contrast of a batch, forward and backward; published at dilation 1 alone, as its authors have it."""
    dilations = (1,) if mode == "published" else (1, MAGNIFICATION)
    cscl = CsclConfig.model_validate({"mode": mode, "proj_channels": projection, "dilations": dilations})
    network = NetworkConfig(
        name="ltae_unet", magnification=MAGNIFICATION, num_dates=1, options={"embedding_channels": channels}
    )
    heads = CropNetwork(network, BANDS, CLASSES, cscl).similarity
    objective = Objective(cscl, LossConfig(), dilations)
    size, side, _ = batch["classes"].shape
    embedding = torch.randn(size, channels, side, side, requires_grad=True)
    steps = iter(range(10**6))

    def work() -> None:
        objective.contrast(heads, embedding, batch, batch["known"], next(steps)).backward()

    return work


def _least(works: dict[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    """Processor seconds of each, the least of the repeats; the first round does not count."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            started = time.process_time()
            work()
            if turn:
                spent[name].append(time.process_time() - started)
    return {name: min(values) for name, values in spent.items()}


if __name__ == "__main__":
    raise SystemExit(main())
