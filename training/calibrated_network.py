"""A trained network with its calibration, as what maps sources: it answers as the exported model does."""

from __future__ import annotations

import torch
from torch import Tensor

from training.calibrate import Calibration
from training.crop_network import CropNetwork
from training.predict import Predictor


def calibrated(model: CropNetwork, calibration: Calibration) -> Predictor:
    """Class probabilities (B, K, mH, mW) and boundary probability (B, 1, mH, mW), wherever the model's weights lie.

    Args:
        model: the trained network, in evaluation mode.
        calibration: what was fitted for it.
    """
    device = next(model.parameters()).device
    head = model.boundary_head()
    head.set_calibration(calibration.a, calibration.b)
    head.to(device)

    def predictor(x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        logits, embedding = model(x.to(device), doy.to(device), valid.to(device))
        return torch.softmax(logits / calibration.temperature, 1), head(embedding)

    return predictor
