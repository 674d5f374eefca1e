"""Every network of the registry at full size, from export to a map: what it costs. Accuracy is not asked here.

    python benchmarks/registry.py --data DATA [--out DIR] [--networks ltae_unet utae ...] [--magnifications 1 4]

DATA holds languedoc_s2_rpg2018. Weights are random, since cost does not depend on them. Each network is exported,
passes the gate of `python -m backend check`, and maps all of Languedoc 2018 by `python -m backend map` in a process of
its own on one thread, so that CPU seconds can be compared. One row a network; the ratio is against the first.
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch.utils.flop_counter import FlopCounterMode

from backend.card_item import ANY_DATES
from backend.model_card import METADATA_KEY, CropClass, ModelCard, card_path, file_sha256
from training.boundary import UNCALIBRATED, BoundaryHead
from training.cscl import ContextSelfSimilarity
from training.export import MapModule, check_parity, export_onnx, replace_metadata
from training.models import REGISTRY, create_model
from training.predict import reach_of

ROOT = Path(__file__).resolve().parents[1]
BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
CLASSES, DATES, PROJ_CHANNELS = 13, 16, 32
WINDOW = 48
"""Side of the window that operations are counted on, input pixels; tsvit and unet2d_clstm take no other."""
COLOURS = "#e6194b #3cb44b #ffe119 #4363d8 #f58231 #911eb4 #46f0f0 #f032e6 #bcf60c #fabebe #008080 #9a6324 #808000"


@dataclass
class Row:
    """What one network costs."""

    name: str
    magnification: int
    parameters: int
    mflop: float
    """Multiplications and additions for one input pixel with 16 dates, millions."""
    parity: float
    """Largest difference of the file's answers from PyTorch's."""
    seconds: float
    cpu_seconds: float
    """Of the whole run of `map`."""
    pixels: int
    dates: int


def main() -> int:
    parser = argparse.ArgumentParser(description="Cost of every network, from export to a map of Languedoc.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="keep models and maps there")
    parser.add_argument("--networks", nargs="*", default=sorted(REGISTRY, key=lambda name: (name != "ltae_unet", name)))
    parser.add_argument("--magnifications", nargs="*", type=int, default=[1, 4])
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        out = (options.out or Path(folder)).resolve()
        for magnification in options.magnifications:
            for name in options.networks:
                rows.append(measure(name, magnification, options.data, out))
                if len(rows) == 1:
                    print(_head())
                print(_line(rows[-1], rows[0]), flush=True)
    return 0


def measure(name: str, magnification: int, data: Path, out: Path) -> Row:
    """Export a network, let the gate judge it, map Languedoc.

    Raises:
        subprocess.CalledProcessError: if the gate or the map refuses it.
    """
    torch.manual_seed(0)
    network: Any = create_model(name, len(BANDS), CLASSES, num_dates=DATES, magnification=magnification)
    network.set_statistics([0.2] * len(BANDS), [0.15] * len(BANDS))
    module = MapModule(network, BoundaryHead(ContextSelfSimilarity(network.embedding_channels, PROJ_CHANNELS))).eval()
    folder = out / f"{name}_x{magnification}"
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"{name}.onnx"
    card = ModelCard(
        name=name, version="0.0.0", architecture=name, description="Random weights: made to measure cost.",
        license="GPL-3.0-or-later", bands=BANDS, level="L2A", magnification=magnification,
        tile_multiple=network.stride, halo=reach_of(network), head_reach=module.head_reach,
        receptive_radius=network.receptive_radius,
        classes=tuple(CropClass(i, f"class_{i}", f"Class {i}", c) for i, c in enumerate(COLOURS.split())),
        dates_max=network.num_dates or ANY_DATES, training={"first_year": 2018}, boundary=UNCALIBRATED,
    )  # fmt: skip
    export_onnx(module, model, len(BANDS), {})
    parity = max(check_parity(module, model).values())
    replace_metadata(model, {METADATA_KEY: card.to_json()})
    card_path(model).write_text(replace(card, sha256=file_sha256(model)).to_json(), encoding="utf-8")
    _engine("check", str(model))
    series = data / "languedoc_s2_rpg2018" / "SAFE"
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    _engine("map", "--series", str(series), "--model", str(model), "--out", str(folder / "map"), "--threads", "1",
            "--device", "cpu")  # fmt: skip
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    run = json.loads((folder / "map" / "run.json").read_text(encoding="utf-8"))
    window = run["plan"]["window"]
    return Row(
        name, magnification, sum(p.numel() for p in network.parameters()), _mflop(module), parity, seconds,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        window["height"] * window["width"], run["summary"]["dates_used"],
    )  # fmt: skip


def _mflop(module: MapModule) -> float:
    x = torch.rand(1, DATES, len(BANDS), WINDOW, WINDOW)
    doy, valid = torch.linspace(20, 340, DATES).long()[None], torch.ones(1, DATES, WINDOW, WINDOW, dtype=torch.bool)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(x, doy, valid)
    return counter.get_total_flops() / WINDOW**2 / 1e6


def _engine(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "backend", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def _head() -> str:
    columns = ("network", "grid", "parameters", "MFLOP/px", "parity", "map s", "CPU s", "px/CPU s", "ratio")
    return "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns)


def _line(row: Row, first: Row) -> str:
    rate, reference = row.pixels / row.cpu_seconds, first.pixels / first.cpu_seconds
    cells = (row.name, f"x{row.magnification}", f"{row.parameters:,}", f"{row.mflop:.1f}", f"{row.parity:.0e}",
             f"{row.seconds:.0f}", f"{row.cpu_seconds:.0f}", f"{rate:,.0f}", f"{rate / reference:.3f}")  # fmt: skip
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
