"""Published checkpoints in our networks: every layout, the published outputs, and files that are something else."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from test_models_published import DATA, published_input, published_tensors, published_weights  # noqa: E402

from backend.errors import DamagedFileError, InputError, ModelError, RequestError  # noqa: E402
from training.cscl import ContextSelfSimilarity  # noqa: E402
from training.importers.deepsatmodels import load_similarity, load_state_dict, model_arguments  # noqa: E402
from training.models import create_model  # noqa: E402

pytestmark = pytest.mark.torch

NAMES = {
    "unet3d": "unet3d",
    "unet3df": "unet3df",
    "unet3df_x4": "unet3df",
    "unet3df_cscl": "unet3df",
    "unet2d_clstm": "unet2d_clstm",
    "unet2d_clstm_cscl": "unet2d_clstm",
    "tsvit": "tsvit",
    "tsvit_pastis24": "tsvit",
}
"""Published case: name in the registry."""

PARAMETERS = {
    "unet3d": 6_183_429,
    "unet3df": 7_219_941,
    "unet3df_x4": 7_515_621,
    "unet3df_cscl": 7_219_941,  # the similarity head lies outside, and the class layer is added
    "unet2d_clstm": 3_095_028,
    "unet2d_clstm_cscl": 3_095_028,
    "tsvit": 3_260_425,
    "tsvit_pastis24": 1_657_476,
}


class _Hostile:
    """Unpickled with full rights, it would write a file."""

    def __init__(self, harm: Path) -> None:
        self.harm = harm

    def __reduce__(self):
        return os.system, (f"touch '{self.harm}'",)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Published checkpoints as files, each written once."""
    folder = tmp_path_factory.mktemp("published")

    def path_of(case):
        path = folder / f"{case}.pth"
        if not path.exists():
            torch.save(published_weights(case), path)
        return path

    return path_of


def imported(case, path):
    """The registry's network with the weights of the file."""
    name, classes = NAMES[case], 20 if case == "unet3df_cscl" else None
    model = create_model(name, **model_arguments(name, path, classes))
    model.load_state_dict(load_state_dict(name, path, classes), strict=True)
    return model.eval()


@pytest.mark.parametrize("case", NAMES)
def test_every_published_layout_becomes_a_network_with_its_number_of_parameters(case, published):
    model = imported(case, published(case))
    assert sum(weight.numel() for weight in model.parameters()) == PARAMETERS[case]
    assert torch.equal(model.band_mean, torch.zeros_like(model.band_mean))
    assert torch.equal(model.band_std, torch.ones_like(model.band_std))


@pytest.mark.parametrize("case", ["unet2d_clstm", "tsvit"])
def test_outputs_are_the_published_ones(case, published):
    """To 1e-4 of their spread over pixels, in every class; the other networks are in test_models_published."""
    expected = np.load(DATA / "models_published.npz")[case]
    with torch.no_grad():
        found = imported(case, published(case))(*published_input())[0][0, :, ::3, ::3].numpy()
    spread = expected.std((1, 2), keepdims=True)
    assert float((np.abs(found - expected) / spread).max()) <= 1e-4


def test_hyper_parameters_are_told_by_the_shapes(published):
    found = model_arguments("tsvit", published("tsvit_pastis24"))
    assert (found["in_channels"], found["num_classes"]) == (10, 19)
    assert (found["img_res"], found["patch_size"], found["temporal_depth"], found["dim_head"]) == (24, 2, 4, 32)
    assert model_arguments("unet3df", published("unet3df_x4"))["magnification"] == 4
    assert model_arguments("unet2d_clstm", published("unet2d_clstm"))["num_dates"] == 16


def test_names_written_from_several_gpus_and_nested_dictionaries_are_understood(published, tmp_path):
    weights = torch.load(published("unet3df"), weights_only=True)
    torch.save({"epoch": 3, "state_dict": {f"module.{name}": value for name, value in weights.items()}}, tmp_path / "n")
    expected = load_state_dict("unet3df", published("unet3df"))
    found = load_state_dict("unet3df", tmp_path / "n")
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_statistics_of_dates_keep_their_order(published):
    weights = torch.load(published("unet2d_clstm"), weights_only=True)
    found = load_state_dict("unet2d_clstm", published("unet2d_clstm"))["clstm.cell_norm.running_mean"]
    assert found.shape == (16, 128)
    for date in (0, 2, 10, 15):
        assert torch.equal(found[date], weights[f"crnn_main.clstm.cell_list.0.cell_norm.running_mean_{date}"])


@pytest.mark.parametrize("case", ["unet3df_cscl", "unet2d_clstm_cscl"])
def test_the_similarity_head_is_left_out_and_can_be_had(case, published):
    classes = 20 if case == "unet3df_cscl" else None
    assert not any("sim" in name for name in load_state_dict(NAMES[case], published(case), classes))
    head = ContextSelfSimilarity(128, 128, mode="published")
    head.load_state_dict(load_similarity(published(case)), strict=True)
    assert torch.equal(head.query.weight, published_weights(case)["attn_sim.query_conv.weight"])
    assert torch.equal(head.rel_row, published_weights(case)["attn_sim.rel_h"])


def test_a_checkpoint_without_a_similarity_head_is_refused_for_one(published):
    with pytest.raises(ModelError, match=r"no similarity head, attn_sim\.key_conv\.weight is missing"):
        load_similarity(published("unet3d"))


def test_a_network_without_a_class_layer_needs_to_be_told_its_classes(published):
    with pytest.raises(ModelError, match="has no class layer, so the number of classes must be told"):
        load_state_dict("unet3df", published("unet3df_cscl"))
    assert load_state_dict("unet3df", published("unet3df_cscl"), 7)["linear_out.weight"].shape == (7, 128)


@pytest.mark.parametrize(
    ("name", "case", "message"),
    [
        ("unet3d", "unet3df", "en3.0.weight is missing"),
        ("unet3df", "unet3d", "has no class layer|backbone"),
        ("unet2d_clstm", "unet3d", "fcn.enc3.0.weight is missing"),
        ("tsvit", "unet2d_clstm", "class_tokens is missing"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(name, case, message, published):
    with pytest.raises(ModelError, match=message):
        load_state_dict(name, published(case))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("dc4.3.bias"), r"it has no dc4\.3\.bias"),
        (lambda weights: weights.update(other=torch.zeros(2)), "its other is not in the network"),
        (
            lambda weights: weights.update({"dc4.3.bias": torch.zeros(3)}),
            r"dc4\.3\.bias is \(3,\) in the file and \(128,\)",
        ),
        (lambda weights: weights.update({"fn.weight": torch.zeros(16)}), "its tensors have other shapes"),
    ],
)
def test_weights_that_do_not_make_a_network_are_refused(change, message, published, tmp_path):
    weights = torch.load(published("unet3d"), weights_only=True)
    change(weights)
    torch.save(weights, tmp_path / "odd.pth")
    with pytest.raises(ModelError, match=f"odd.pth: not a checkpoint of unet3d .*{message}|odd.pth: .*{message}"):
        load_state_dict("unet3d", tmp_path / "odd.pth")


def test_a_truncated_file_is_refused(published, tmp_path):
    whole = published("tsvit").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedFileError, match=r"cut\.pth: not a checkpoint of DeepSatModels"):
        load_state_dict("tsvit", tmp_path / "cut.pth")


@pytest.mark.parametrize("kind", ["zip", "legacy", "bare"])
def test_a_file_that_would_run_code_is_refused_and_runs_none(kind, tmp_path):
    path, harm = tmp_path / "hostile.pth", tmp_path / "harm"
    if kind == "bare":
        path.write_bytes(pickle.dumps({"en3.0.weight": _Hostile(harm)}))
    else:
        torch.save({"en3.0.weight": _Hostile(harm)}, path, _use_new_zipfile_serialization=kind == "zip")
        assert zipfile.is_zipfile(path) == (kind == "zip")
    with pytest.raises(DamagedFileError, match=r"hostile\.pth: not a checkpoint of DeepSatModels"):
        load_state_dict("unet3d", path)
    assert not harm.exists()
    if kind == "bare":  # it is hostile indeed
        pickle.loads(path.read_bytes())
        assert harm.exists()


def test_a_file_that_is_not_there_or_holds_no_weights_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*none\.pth"):
        load_state_dict("unet3d", tmp_path / "none.pth")
    torch.save({"epoch": 1}, tmp_path / "empty.pth")
    with pytest.raises(InputError, match=r"empty\.pth: .*expected tensors by name"):
        load_state_dict("unet3d", tmp_path / "empty.pth")


def test_a_network_that_was_not_published_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no published checkpoints of 'ltae_unet' are known; expected tsvit"):
        load_state_dict("ltae_unet", tmp_path / "any.pth")


def test_published_order_of_pixels_differs_from_ours_and_comes_with_the_weights(published):
    """Patch 0 of TSViT as published fills the first nine pixels of the first row; ours the first 3 x 3 pixels."""
    ours = create_model("tsvit", 13, 20).pixel_order.view(48, 48)
    assert ours[:3, :3].flatten().tolist() == list(range(9))
    theirs = load_state_dict("tsvit", published("tsvit"))["pixel_order"].view(48, 48)
    assert theirs[0, :9].tolist() == list(range(9))


def test_the_published_tensors_are_all_used(published):
    """Each of them comes back by some name, but the statistics of dates, which are gathered."""
    for case in ("tsvit", "unet2d_clstm"):
        total = sum(int(np.prod(shape)) for _, shape in dict(published_tensors(case)).items())
        found = load_state_dict(NAMES[case], published(case))
        kept = sum(
            value.numel() for name, value in found.items() if name not in ("band_mean", "band_std", "pixel_order")
        )
        assert kept == total
