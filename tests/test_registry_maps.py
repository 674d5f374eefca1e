"""Every network of the registry, narrow and untrained: exported, the same in ONNX Runtime, and run over a sample."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from scenes import write_region
from test_models import NAMES, narrow_model
from tiny_model import BANDS, legend

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from backend.card_item import ANY_DATES
from backend.cli import main
from backend.model_card import METADATA_KEY, ModelCard, card_path, file_sha256
from training.boundary import UNCALIBRATED, BoundaryHead
from training.cscl import ContextSelfSimilarity
from training.export import MapModule, check_parity, export_onnx, replace_metadata
from training.predict import reach_of

pytestmark = [pytest.mark.torch, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "sample"
CLASSES = 5


def exported(name: str, magnification: int, path: Path) -> tuple[MapModule, ModelCard]:
    """A network with random weights as a model file with its card."""
    network: Any = narrow_model(name, magnification, bands=len(BANDS))
    module = MapModule(network, BoundaryHead(ContextSelfSimilarity(network.embedding_channels, 8))).eval()
    card = ModelCard(
        name=path.stem, version="0.0.1", architecture=name, description="Untrained, for tests.",
        license="GPL-3.0-or-later", bands=BANDS, level="L2A", magnification=magnification,
        tile_multiple=network.stride, halo=reach_of(network), head_reach=module.head_reach,
        classes=tuple(legend(CLASSES)),
        dates_max=network.num_dates or ANY_DATES, receptive_radius=network.receptive_radius,
        training={"first_year": 2018}, boundary=UNCALIBRATED,
    )  # fmt: skip
    export_onnx(module, path, len(BANDS), {})
    replace_metadata(path, {METADATA_KEY: card.to_json()})
    card = replace(card, sha256=file_sha256(path))
    card_path(path).write_text(card.to_json(), encoding="utf-8")
    return module, card


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few fields in the middle of the sample."""
    with rasterio.open(next(SAMPLE.glob("*_10m.tif"))) as src:
        left, top = src.transform * (30, 30)
    return write_region(tmp_path_factory.mktemp("region") / "r.gpkg", shapely.box(left, top - 240, left + 240, top))


@pytest.mark.parametrize(
    ("name", "magnification"),
    # graphs at x1 are mostly a part of those at x4; at x2 one network of each head: the residual one and the paper's
    [
        *((name, 4) for name in NAMES),
        *((name, 1) for name in ("ltae_unet", "tsvit", "unet3d")),
        ("ltae_unet", 2),
        ("unet3df", 2),
    ],
)
def test_every_network_is_exported_checked_and_maps_the_sample(
    name: str, magnification: int, region: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.onnx"
    module, card = exported(name, magnification, path)
    worst = check_parity(module, path)  # over several dates, sizes, orders and masks
    assert {"probabilities", "boundary"} <= set(worst)
    assert max(worst.values()) <= 1e-4
    assert main(["check", str(path)]) == 0, capfd.readouterr().err
    command = ["map", "--series", str(SAMPLE), "--model", str(path), "--region", str(region), "--device", "cpu"]
    assert main([*command, "--out", str(tmp_path / "out"), "--threads", "1"]) == 0, capfd.readouterr().err
    with rasterio.open(tmp_path / "out" / "crop_type.tif") as src:
        assert src.shape == (24 * magnification, 24 * magnification)
        found = src.read(1)
    assert set(np.unique(found)) <= {entry.code for entry in card.classes}  # and no cell is left out
    rows = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["dates"]
    used = [row for row in rows if row["used"]]
    dropped = [row["reason"] for row in rows if row["reason"].startswith("the model takes")]
    assert len(used) == len(rows) - len(dropped) == min(len(rows), card.dates_max)
    assert [row["date"] for row in used] == sorted(row["date"] for row in used)
