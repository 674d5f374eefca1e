"""Published checkpoints of DeepSatModels, the code of Tarasiou et al., as weights of the networks here.

Reads weights only: nothing in the file is executed. Knows the layout of UNet3D, UNet3Df, UNet2D-CLSTM and TSViT, also
as written from several GPUs ("module." before every name), and with the similarity head of the CSCL stage.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from backend.errors import InputError, ModelError, RequestError
from training.checkpoint_io import first_difference, read_tensors
from training.models import create_model

HINT = "Give a state dict that DeepSatModels saved (.pth), and the name of its network."
WHAT = "a checkpoint of DeepSatModels"

TSVIT_HEADS = 4
"""Attention heads of every published TSViT; the shapes tell only their product with the channels of a head."""

SIMILARITY = {
    "attn_sim.query_conv.weight": "query.weight",
    "attn_sim.key_conv.weight": "key.weight",
    "attn_sim.rel_h": "rel_row",
    "attn_sim.rel_w": "rel_col",
}
"""Published names of the similarity head's tensors, and ours (training.cscl.ContextSelfSimilarity)."""

CLASS_LAYER = ("linear_out.weight", "linear_out.bias")
"""Of UNet3Df; a checkpoint of its CSCL stage does not have it."""

_PER_DATE = re.compile(r"(.*_norm\.running_(?:mean|var))_(\d+)")
_TSVIT_NAMES = (
    (re.compile(r"^temporal_token$"), "class_tokens"),
    (re.compile(r"^space_pos_embedding$"), "patch_positions"),
    (re.compile(r"^to_patch_embedding\.1\."), "patch_embedding."),
    (re.compile(r"^to_temporal_embedding_input\."), "date_embedding."),
    (re.compile(r"(layers\.\d+)\.0\.norm\."), r"\1.attention_norm."),
    (re.compile(r"(layers\.\d+)\.0\.fn\.to_qkv\."), r"\1.to_qkv."),
    (re.compile(r"(layers\.\d+)\.0\.fn\.to_out\.0\."), r"\1.to_out."),
    (re.compile(r"(layers\.\d+)\.1\.norm\."), r"\1.mlp_norm."),
    (re.compile(r"(layers\.\d+)\.1\.fn\.net\.0\."), r"\1.mlp_in."),
    (re.compile(r"(layers\.\d+)\.1\.fn\.net\.3\."), r"\1.mlp_out."),
    (re.compile(r"^mlp_head\.0\."), "head_norm."),
    (re.compile(r"^mlp_head\.1\."), "head."),
)

Weights = dict[str, Tensor]


def load_state_dict(model_name: str, path: Path | str, num_classes: int | None = None) -> Weights:
    """Weights of a published checkpoint for the network that ``create_model`` makes.

    The bands' statistics are 0 and 1, so that the network takes its input as the published one does (reflectance, not
    standardised); the heads of TSViT are taken for four, as in all that is published.

    Args:
        model_name: unet3d, unet3df, unet2d_clstm or tsvit.
        path: the checkpoint.
        num_classes: K, needed only for UNet3Df from its CSCL stage, which has no class layer yet: it gets a fresh one.

    Returns:
        What the network made by ``create_model(model_name, **model_arguments(model_name, path))`` takes strictly.

    Raises:
        RequestError: if there is no published layout by that name.
        InputError: if there is no such file.
        DamagedFileError: if it cannot be read, or holds more than weights.
        ModelError: if it is the checkpoint of another network.
    """
    weights, arguments = _converted(model_name, Path(path), num_classes)
    with torch.device("meta"):
        expected = create_model(model_name, **arguments).state_dict()
    difference = first_difference(weights, expected)
    if difference:
        raise ModelError(f"{path}: not a checkpoint of {model_name} ({difference}).", HINT)
    return {name: weights[name] for name in expected}


def model_arguments(model_name: str, path: Path | str, num_classes: int | None = None) -> dict[str, Any]:
    """How ``create_model`` makes the network of a published checkpoint: bands, classes, dates, m and options.

    Raises:
        As ``load_state_dict``.
    """
    return _converted(model_name, Path(path), num_classes)[1]


def load_similarity(path: Path | str) -> Weights:
    """The similarity head of a checkpoint from the CSCL stage, for ``training.cscl.ContextSelfSimilarity``.

    Returns:
        query.weight, key.weight, rel_row and rel_col.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it cannot be read, or holds more than weights.
        ModelError: if it has no similarity head.
    """
    tensors = _read(Path(path))
    missing = sorted(set(SIMILARITY) - set(tensors))
    if missing:
        raise ModelError(
            f"{path}: no similarity head, {missing[0]} is missing; only checkpoints of the CSCL stage have one.",
            "Take the checkpoint that was saved before fine-tuning.",
        )
    return {ours: tensors[theirs] for theirs, ours in SIMILARITY.items()}


def _read(path: Path) -> Weights:
    """The tensors of a file by their published names, without the prefix of several GPUs."""
    values: Mapping[str, Any] = read_tensors(path, WHAT, HINT)
    nested = values.get("state_dict")
    if isinstance(nested, Mapping):
        values = nested
    if not values or not all(isinstance(value, Tensor) for value in values.values()):
        raise InputError(f"{path}: not {WHAT}: expected tensors by name and nothing else.", HINT)
    return {str(name).removeprefix("module."): value for name, value in values.items()}


def _converted(model_name: str, path: Path, num_classes: int | None) -> tuple[Weights, dict[str, Any]]:
    """Weights by our names, and the arguments of the network that they belong to."""
    if model_name not in _LAYOUTS:
        raise RequestError(
            f"no published checkpoints of '{model_name}' are known; expected {', '.join(sorted(_LAYOUTS))}."
        )
    tensors = {name: value for name, value in _read(path).items() if name not in SIMILARITY}
    rename, describe = _LAYOUTS[model_name]
    weights = rename(tensors)
    if model_name == "unet3df" and not any(name in weights for name in CLASS_LAYER):
        _add_class_layer(weights, path, num_classes)
    try:
        arguments = describe(weights)
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        missing = f"{error.args[0]} is missing" if isinstance(error, KeyError) else "its tensors have other shapes"
        raise ModelError(f"{path}: not a checkpoint of {model_name}: {missing}.", HINT) from error
    weights["band_mean"] = torch.zeros(arguments["in_channels"])
    weights["band_std"] = torch.ones(arguments["in_channels"])
    if model_name == "tsvit":  # published networks lay values out one after the other: see training.models.tsvit
        weights["pixel_order"] = torch.arange(arguments["img_res"] ** 2)
    return weights, arguments


def _add_class_layer(weights: Weights, path: Path, num_classes: int | None) -> None:
    """Give a network from the CSCL stage a class layer at its start."""
    if num_classes is None:
        raise ModelError(
            f"{path}: this checkpoint of the CSCL stage has no class layer, so the number of classes must be told.",
            "Give num_classes.",
        )
    final = weights.get("backbone.final.weight")
    layer = torch.nn.Linear(len(final) if final is not None and final.dim() else 1, num_classes)
    weights.update(zip(CLASS_LAYER, (layer.weight.detach(), layer.bias.detach()), strict=True))


def _keep(tensors: Weights) -> Weights:
    return dict(tensors)


def _rename_clstm(tensors: Weights) -> Weights:
    """Shorter names; the statistics of all dates in one tensor."""
    weights: Weights = {}
    per_date: dict[str, dict[int, Tensor]] = {}
    for theirs, value in tensors.items():
        name = theirs
        for part in ("unet_encode.", "unet_decode.", "encode.", "decode."):
            name = re.sub(rf"^(fcn\.(?:\w+\.)?){re.escape(part)}", r"\1", name)
        name = name.replace("crnn_main.clstm.cell_list.0.", "clstm.", 1)
        match = _PER_DATE.fullmatch(name)
        if match:
            per_date.setdefault(match[1], {})[int(match[2])] = value
        else:
            weights[name] = value
    for name, dates in per_date.items():
        values = [dates[date] for date in sorted(dates)]
        if sorted(dates) == list(range(len(dates))) and len({value.shape for value in values}) == 1:
            weights[name] = torch.stack(values)
    return weights


def _rename_tsvit(tensors: Weights) -> Weights:
    weights = {}
    for theirs, value in tensors.items():
        name = theirs
        for pattern, ours in _TSVIT_NAMES:
            name = pattern.sub(ours, name)
        weights[name] = value
    return weights


def _unet3d(weights: Weights) -> dict[str, Any]:
    return {
        "in_channels": weights["en3.0.weight"].shape[1] - 1,
        "num_classes": weights["final.weight"].shape[0],
        "num_dates": weights["fn.weight"].shape[1],
        "widths": [weights[f"{name}.0.weight"].shape[0] for name in ("en3", "en4", "center_in")],
    }


def _unet3df(weights: Weights) -> dict[str, Any]:
    backbone = {name.removeprefix("backbone."): value for name, value in weights.items() if name.startswith("backbone")}
    magnification = next((m for m in (4, 2) if f"conv_out_x{m}.0.weight" in weights), 1)
    return {
        **_unet3d(backbone),
        "num_classes": weights["linear_out.weight"].shape[0],
        "magnification": magnification,
        "embedding_channels": backbone["final.weight"].shape[0],
    }


def _clstm(weights: Weights) -> dict[str, Any]:
    return {
        "in_channels": weights["fcn.enc3.0.weight"].shape[1] - 1,
        "num_classes": weights["main_finalconv.weight"].shape[0],
        "num_dates": weights["clstm.h_norm.running_mean"].shape[0],
        "widths": [weights[f"fcn.{name}.0.weight"].shape[0] for name in ("enc3", "enc4", "center")],
        "last_channels": weights["fcn.final.3.weight"].shape[0],
        "hidden_channels": weights["clstm.h_conv.weight"].shape[1],
    }


def _tsvit(weights: Weights) -> dict[str, Any]:
    _, num_classes, dim = weights["class_tokens"].shape
    patch_size = math.isqrt(weights["head.weight"].shape[0])
    side = math.isqrt(weights["patch_positions"].shape[1])
    depths = [
        len({name.split(".")[2] for name in weights if name.startswith(f"{part}_transformer.layers.")})
        for part in ("temporal", "space")
    ]
    return {
        "in_channels": weights["patch_embedding.weight"].shape[1] // patch_size**2,
        "num_classes": num_classes,
        "img_res": side * patch_size,
        "patch_size": patch_size,
        "dim": dim,
        "temporal_depth": depths[0],
        "spatial_depth": depths[1],
        "heads": TSVIT_HEADS,
        "dim_head": weights["temporal_transformer.layers.0.to_out.weight"].shape[1] // TSVIT_HEADS,
        "scale_dim": weights["temporal_transformer.layers.0.mlp_in.weight"].shape[0] // dim,
    }


_LAYOUTS: dict[str, tuple[Callable[[Weights], Weights], Callable[[Weights], dict[str, Any]]]] = {
    "unet3d": (_keep, _unet3d),
    "unet3df": (_keep, _unet3df),
    "unet2d_clstm": (_rename_clstm, _clstm),
    "tsvit": (_rename_tsvit, _tsvit),
}
"""Network: how its tensors get our names, and what their shapes tell of it."""
