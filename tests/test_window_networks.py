"""TSViT and UNet2D-CLSTM: windows answered one by one, masks of dates, and batch statistics without padding."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from test_models import narrow_model, series  # noqa: E402

from training.models import create_model  # noqa: E402
from training.models.windows import cut_windows, join_windows  # noqa: E402

pytestmark = pytest.mark.torch

NAMES = ("tsvit", "unet2d_clstm")


def test_windows_are_cut_row_by_row_and_join_to_the_same_map():
    tile = torch.arange(2 * 3 * 4 * 6).view(2, 1, 3, 4, 6)
    windows = cut_windows(tile, 2)
    assert windows.shape == (12, 1, 3, 2, 2)
    assert torch.equal(windows[1, 0, 0], tile[0, 0, 0, :2, 2:4])
    assert torch.equal(join_windows(windows[:, 0], 2, 3), tile[:, 0])


@pytest.mark.parametrize("magnification", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_window_is_answered_by_itself_whatever_lies_around_it(name, magnification):
    model = narrow_model(name, magnification)
    x, doy, valid = series(model)
    side = model.stride
    assert model.receptive_radius == side == 8
    with torch.no_grad():
        whole = model(x, doy, valid)
        alone = model(x[..., side:, :side], doy, valid[..., side:, :side])
    fine = side * magnification
    for all_of_it, part in zip(whole, alone, strict=True):
        torch.testing.assert_close(all_of_it[..., fine:, :fine], part, atol=1e-5, rtol=1e-5)


def test_tsvit_takes_more_dates_than_sixteen_in_any_order():
    model = narrow_model("tsvit")
    x, doy, valid = series(model, dates=20)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(x, doy, valid)[0]
        found = model(x[:, order], doy[:, order], valid[:, order])[0]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_tsvit_leaves_a_clouded_patch_out_of_a_date_and_keeps_the_other_patches():
    """A patch without a valid pixel on a date answers as if that date were missing for it alone."""
    model = narrow_model("tsvit")
    x, doy, valid = series(model, rows=1, columns=1)
    valid[:] = True
    valid[:, 2, :2, :2] = False
    with torch.no_grad():
        base = model(x, doy, valid)[0]
        later = doy.clone()
        later[:, 2] = later[:, 2] % 366 + 1
        moved = model(x, later, valid)[0]
        valid[:, 2] = False
        unseen = model(x, doy, valid)[0]
        assert torch.equal(model(x, later, valid)[0], unseen)  # the day of a date that nobody sees does not count
    assert float((base - moved).abs().max()) > 1e-6
    assert float((base - unseen).abs().max()) > 1e-6


def test_tsvit_scores_lie_where_their_patch_lies():
    """With everything but the last layer alike for all patches, the p x p values repeat from patch to patch."""
    model = create_model("tsvit", 3, 2, img_res=6, patch_size=3, dim=8, temporal_depth=1, spatial_depth=1).eval()
    with torch.no_grad():
        model.patch_positions.zero_()
        logits = model(torch.zeros(1, 1, 3, 6, 6), torch.tensor([[100]]), torch.ones(1, 1, 6, 6, dtype=torch.bool))[0]
    torch.testing.assert_close(logits[..., :3, :3], logits[..., 3:, 3:])
    torch.testing.assert_close(logits[..., :3, :3], logits[..., :3, 3:])
    assert float(logits[0, 0, :3, :3].std()) > 1e-3


def test_batch_statistics_of_unet2d_clstm_in_training_are_those_of_dates_that_are_seen():
    padded, plain = narrow_model("unet2d_clstm").train(), narrow_model("unet2d_clstm").train()
    x, doy, valid = series(plain, dates=3)
    valid[:] = True
    more = torch.cat([x, torch.full_like(x, float("nan"))], 1)
    logits = padded(more, torch.cat([doy, 0 * doy], 1), torch.cat([valid, ~valid], 1))[0]
    torch.testing.assert_close(logits, plain(x, doy, valid)[0], atol=1e-5, rtol=1e-5)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(padded.state_dict()[name], value, atol=1e-5, rtol=1e-5)


def test_a_date_that_only_some_samples_have_counts_for_those_alone():
    model = narrow_model("unet2d_clstm").train()
    x, doy, valid = series(model, dates=2, rows=1, columns=1)
    valid[:] = True
    valid[1, 1] = False
    before = model.clstm.input_norm.running_mean.clone()
    model(x, doy, valid)[0].sum().backward()
    moved = (model.clstm.input_norm.running_mean - before).abs().sum(1) > 0
    assert moved.tolist() == [True, True, False, False, False, False]
    assert all(bool(torch.isfinite(weight.grad).all()) for weight in model.parameters() if weight.grad is not None)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("tsvit", {"img_res": 10, "patch_size": 3}, "patch_size must divide img_res = 10, got 3"),
        ("tsvit", {"magnification": 3}, "magnification must be 1, 2 or 4, got 3"),
        ("unet2d_clstm", {"img_res": 6}, "img_res must be a multiple of 4, got 6"),
        ("unet2d_clstm", {"widths": (8, 8)}, "two levels and the centre"),
    ],
)
def test_options_that_are_not_usable_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        create_model(name, 3, 5, **options)
