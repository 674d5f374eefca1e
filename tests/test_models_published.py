"""Networks against the published ones: names and shapes of every tensor, and outputs for given weights and inputs.

The numbers in tests/data were made by running the published code (DeepSatModels, Apache-2.0); weights and input are
sines that anyone can make again.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.importers.deepsatmodels import load_state_dict, model_arguments  # noqa: E402
from training.models import create_model  # noqa: E402

pytestmark = pytest.mark.torch

DATA = Path(__file__).parent / "data"
CASES = {
    "unet3d": ("unet3d", 1, 3),
    "unet3df": ("unet3df", 1, 3),
    "unet3df_x4": ("unet3df", 4, 12),
}
"""Published name: (name in the registry, m, at which output pixels the numbers lie)."""


def published_tensors(case):
    """Names and shapes, in order."""
    return json.loads((DATA / "deepsatmodels_state_dicts.json").read_text())[case]["state_dict"]


def published_weights(case):
    """Tensor number n is sin(0.7 i + n) over its flat index i, scaled by what it is."""
    weights = {}
    for number, (name, shape) in enumerate(dict(published_tensors(case)).items()):
        if name.endswith("num_batches_tracked"):
            weights[name] = torch.tensor(0)
            continue
        size = int(np.prod(shape))
        values = np.sin(0.7 * np.arange(size) + number).reshape(shape)
        if len(shape) > 1:
            values = values * np.sqrt(2 / (size / shape[0]))
        else:
            values = 0.05 * values
            if "running_var" in name:
                values = np.abs(values) + 1
            elif name.endswith("weight"):
                values = values + 1
        weights[name] = torch.tensor(values, dtype=torch.float32)
    return weights


def published_input():
    """Sixteen dates of 48 x 48 pixels, 13 bands, every 22 days from day 5."""
    values = 0.5 + 0.5 * np.sin(0.01 * np.arange(16 * 48 * 48 * 14))
    x = torch.tensor(values.reshape(1, 16, 48, 48, 14)[..., :13], dtype=torch.float32).permute(0, 1, 4, 2, 3)
    return x, 5 + 22 * torch.arange(16)[None], torch.ones(1, 16, 48, 48, dtype=torch.bool)


def published_model(case, path):
    """The registry's network with the published weights, read from a published checkpoint."""
    name = CASES[case][0]
    torch.save(published_weights(case), path)
    model = create_model(name, **model_arguments(name, path))
    model.load_state_dict(load_state_dict(name, path))
    return model.eval()


@pytest.mark.parametrize("case", CASES)
def test_tensors_have_the_published_names_shapes_and_order(case):
    name, magnification, _ = CASES[case]
    with torch.device("meta"):
        model = create_model(name, 13, 20, 16, magnification)
    found = {key: list(tensor.shape) for key, tensor in model.state_dict().items() if not key.startswith("band_")}
    assert list(found.items()) == list(dict(published_tensors(case)).items())


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_outputs_are_the_published_ones(case, tmp_path):
    """To 1e-4 of their spread, over pixels and classes.

    Here in 64 bit, so that what is left is the rounding of the published numbers, made in 32 bit: it is as large as
    what 32 and 64 bit differ by here, and almost as large as what is allowed.
    """
    expected = np.load(DATA / "models_published.npz")[case]
    step = CASES[case][2]
    x, doy, valid = published_input()
    with torch.no_grad():
        found = (
            published_model(case, tmp_path / "published.pth")
            .double()(x.double(), doy, valid)[0][0, :, ::step, ::step]
            .numpy()
        )
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-4 * expected.std()
