"""A run's data set and trained network, read only where both are what the configuration describes.

Weights fit any data set with as many bands and classes. Evaluated on another than they were trained on they could be
scored on the very parcels that they have seen, and nothing would tell.
"""

from __future__ import annotations

from pathlib import Path

from backend.errors import InputError
from training.config import TrainConfig
from training.crop_network import CropNetwork, new_model
from training.run_folder import data_set_path
from training.stages import OUTPUTS, check_data_set, is_of_stage
from training.store import Store
from training.weights import load_weights


def weights_path(out: Path) -> Path:
    """The fine-tuned weights of a run.

    Args:
        out: the run's folder.
    """
    return out / OUTPUTS["finetune"]["weights"]


def load_trained(config: TrainConfig, out: Path) -> tuple[Store, CropNetwork]:
    """The data set and the fine-tuned network of a run, in evaluation mode.

    Args:
        config: the run.
        out: its folder.

    Raises:
        InputError: if one of them is not there, or was made with another configuration.
    """
    store = Store(data_set_path(out), config.fold)
    check_data_set(store, config)
    weights = weights_path(out)
    if weights.is_file() and not is_of_stage(weights.parent, config, "finetune"):
        raise InputError(
            f"{weights}: these weights were trained with another configuration, maybe on other parcels.",
            "Give the configuration that they were trained with, or run the stage finetune again.",
        )
    model = new_model(config, store)
    load_weights(model, weights)
    return store, model.eval()
