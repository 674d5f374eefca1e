"""The shipped model is what its checkpoint and its card say: another export of them gives the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
from backend.model_card import read_card  # noqa: E402
from training.checkpoint import read_checkpoint  # noqa: E402
from training.config_training import CsclConfig, NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.map_module import MapModule  # noqa: E402
from training.parity import check_parity  # noqa: E402

pytestmark = pytest.mark.torch

MODEL = Path(__file__).parents[1] / "resources" / "models" / "cscl_default.onnx"


def test_the_shipped_file_is_its_checkpoint_with_the_cards_calibration() -> None:
    card, saved = read_card(MODEL), read_checkpoint(MODEL.with_suffix(".pt"))
    assert [entry["name"] for entry in saved.legend] == [entry.name for entry in card.classes]
    model = CropNetwork(NetworkConfig(**saved.network), len(saved.bands), len(saved.legend), CsclConfig(**saved.cscl))
    model.load_state_dict(saved.state_dict)
    boundary = model.boundary_head()
    boundary.set_calibration(*card.boundary)
    module = MapModule(model.network, boundary, card.temperature).eval()
    assert max(check_parity(module, MODEL, [(1, 5, 16, 24)]).values()) <= 1e-4
