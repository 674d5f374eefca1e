"""Every network of the registry: one call, one behaviour towards dates, masks and sizes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from training.models import REGISTRY, create_model  # noqa: E402

pytestmark = pytest.mark.torch

NARROW = {
    "biconvgru": {"hidden_channels": 4},
    "fpn_clstm": {"stem_widths": (4, 6), "levels": 2, "level_channels": 4, "hidden_channels": 6},
    "ltae_unet": {
        "stem_channels": 8,
        "heads": 2,
        "pooled_channels": 8,
        "widths": (8, 12),
        "embedding_channels": 6,
    },
    "tsvit": {
        "img_res": 8,
        "patch_size": 2,
        "dim": 8,
        "temporal_depth": 2,
        "spatial_depth": 1,
        "heads": 2,
        "dim_head": 4,
    },
    "unet2d_clstm": {"img_res": 8, "widths": (16, 16, 16), "last_channels": 6, "hidden_channels": 6},
    "unet3d": {"widths": (8, 10, 12)},
    "unet3df": {"widths": (4, 6, 8), "embedding_channels": 6},
    "utae": {
        "encoder_widths": (8, 8, 16),
        "decoder_widths": (6, 8, 16),
        "embedding_channels": 6,
        "groups": 4,
        "heads": 4,
        "model_channels": 16,
    },
}
"""Options that make each network small, so that a test takes seconds."""

DATES = 6
"""The most that a network with a fixed number of dates is made for here: not a multiple of what halves time."""

NAMES = sorted(REGISTRY)
FIXED = [name for name in NAMES if create_model(name, 3, 5, DATES, **NARROW[name]).num_dates is not None]


def narrow_model(name, magnification=1, seed=0, bands=3):
    """A small network in inference mode, its normalisations and a zeroed last layer away from their start."""
    torch.manual_seed(seed)
    model = create_model(name, bands, 5, DATES, magnification, **NARROW[name])
    model.set_statistics(
        [0.1 * (band % 3 + 1) for band in range(bands)], [0.1 * (band // 2 + 1) for band in range(bands)]
    )
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if "running_mean" in key:
                tensor.normal_(0, 0.1)
            elif "running_var" in key:
                tensor.uniform_(0.5, 1.5)
            elif key.endswith("_norm.weight"):  # those of UNet2D-CLSTM start at 0.1, which leaves little to see
                tensor.fill_(1)
            elif key.startswith("fine."):
                tensor.normal_(0, 0.5)
    return model.eval()


def series(model, batch=2, dates=DATES, rows=2, columns=3, seed=0):
    """A series of so many strides in rows and columns, with clouds; days in the order of time."""
    generator = torch.Generator().manual_seed(seed)
    height, width = (max(8, model.stride) * factor for factor in (rows, columns))
    x = torch.rand(batch, dates, 3, height, width, generator=generator)
    doy = torch.randint(1, 367, (batch, dates), generator=generator).sort(1).values
    valid = torch.rand(batch, dates, height, width, generator=generator) > 0.3
    return x, doy, valid


def test_every_network_of_the_registry_is_tested_here():
    assert sorted(NARROW) == NAMES


@pytest.mark.parametrize("magnification", [1, 2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_outputs_lie_on_the_finer_grid_and_are_finite(name, magnification):
    model = narrow_model(name, magnification)
    x, doy, valid = series(model)
    with torch.no_grad():
        logits, embedding = model(x, doy, valid)
    height, width = (magnification * side for side in x.shape[-2:])
    assert logits.shape == (2, 5, height, width)
    assert embedding.shape == (2, model.embedding_channels, height, width)
    assert model.magnification == magnification
    assert bool(torch.isfinite(logits).all() and torch.isfinite(embedding).all())
    assert float(logits.std((2, 3)).min()) > 1e-5  # the answer follows the image


@pytest.mark.parametrize("magnification", [1, 4])
@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns_from_the_classes_or_the_embedding(name, magnification):
    model = narrow_model(name, magnification).train()
    logits, embedding = model(*series(model))
    torch.manual_seed(1)
    loss = (logits * torch.randn_like(logits)).mean() + (embedding * torch.randn_like(embedding)).mean()
    loss.backward()
    without = [key for key, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert without == []


@pytest.mark.parametrize("rubbish", [float("nan"), float("inf"), 1e30])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_valid_is_never_looked_at(name, rubbish):
    model = narrow_model(name)
    x, doy, valid = series(model)
    valid[:, -1] = False
    valid[-1] = False
    with torch.no_grad():
        expected = model(x, doy, valid)[0]
    model.zero_grad()
    logits, embedding = model(torch.where(valid.unsqueeze(2), x, rubbish), doy, valid)
    (logits.square().mean() + embedding.square().mean()).backward()
    assert torch.equal(logits.detach(), expected)
    assert bool(torch.isfinite(logits).all() and torch.isfinite(embedding).all())
    assert all(bool(torch.isfinite(weight.grad).all()) for weight in model.parameters() if weight.grad is not None)


@pytest.mark.parametrize("name", NAMES)
def test_fewer_dates_give_what_invalid_dates_at_the_end_give(name):
    model = narrow_model(name)
    x, doy, valid = series(model)
    valid[:, 4:] = False
    doy[:, 4:] = 200  # anything will do
    x[:, 4:] = float("nan")
    with torch.no_grad():
        padded = model(x, doy, valid)
        fewer = model(x[:, :4], doy[:, :4], valid[:, :4])
    for ours, theirs in zip(padded, fewer, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"unet2d_clstm", "unet3d", "unet3df"}))
def test_an_invalid_date_in_the_middle_takes_no_part(name):
    """UNet3D has fixed places for dates, and so have the statistics of UNet2D-CLSTM; they are the exceptions."""
    model = narrow_model(name)
    x, doy, valid = series(model)
    valid[:, 2] = False
    kept = [0, 1, 3, 4, 5]
    with torch.no_grad():
        with_it = model(x, doy, valid)[0]
        without = model(x[:, kept], doy[:, kept], valid[:, kept])[0]
    torch.testing.assert_close(with_it, without, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_one_date_and_no_valid_date_give_finite_answers(name):
    model = narrow_model(name)
    x, doy, valid = series(model, dates=1)
    with torch.no_grad():
        for seen in (valid, torch.zeros_like(valid)):
            assert all(bool(torch.isfinite(answer).all()) for answer in model(x, doy, seen))


@pytest.mark.parametrize("name", NAMES)
def test_each_band_and_the_day_of_the_year_matter(name):
    model = narrow_model(name)
    x, doy, valid = series(model)
    with torch.no_grad():
        base = model(x, doy, valid)[0]
        for band in range(3):
            other = x.clone()
            other[:, :, band] += 0.3
            assert float((model(other, doy, valid)[0] - base).abs().max()) > 1e-4
        later = model(x, (doy + 60) % 366 + 1, valid)[0]
    assert float((later - base).abs().max()) > 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_samples_of_a_batch_do_not_touch_each_other_in_inference(name):
    model = narrow_model(name)
    x, doy, valid = series(model, batch=3)
    with torch.no_grad():
        together = model(x, doy, valid)[0][1:2]
        alone = model(x[1:2], doy[1:2], valid[1:2])[0]
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("magnification", [1, 4])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_beyond_the_receptive_radius_matters_and_something_near_it_does(name, magnification):
    model = narrow_model(name, magnification).double()
    radius, stride = model.receptive_radius, model.stride
    if radius == stride > 1:
        pytest.skip("answers window by window")
    half = (radius // stride + 2) * stride
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(1, DATES, 3, 2 * half, 2 * half, generator=generator, dtype=torch.float64)
    doy, valid = torch.arange(60, 60 + 20 * DATES, 20)[None], torch.ones(1, DATES, 2 * half, 2 * half) > 0
    with torch.no_grad():
        base = model(x, doy, valid)[0]
    farthest = 0
    for centre in range(half, half + stride):  # the reach depends on where in its stride a pixel lies
        near = slice(centre * magnification, (centre + 1) * magnification)
        inside = torch.zeros(2 * half, dtype=torch.bool)
        inside[centre - radius : centre + radius + 1] = True
        with torch.no_grad():
            changed = model(torch.where(inside[:, None] & inside[None, :], x, 5.0), doy, valid)[0]
        torch.testing.assert_close(base[..., near, near], changed[..., near, near], atol=1e-9, rtol=0)
        seen = x.clone().requires_grad_()
        model(seen, doy, valid)[0][..., near, near].sum().backward()
        rows = seen.grad.abs().sum((0, 1, 2, 4)).nonzero().flatten()
        farthest = max(farthest, int((rows - centre).abs().max()))
    assert radius - 4 <= farthest <= radius  # max pooling passes on only what is largest


@pytest.mark.parametrize("name", FIXED)
def test_more_dates_than_a_network_takes_are_refused(name):
    model = narrow_model(name)
    with pytest.raises(ValueError, match=f"at most {DATES} dates, got {DATES + 2}; .* num_dates: {DATES + 2}"):
        model(*series(model, dates=DATES + 2))


@pytest.mark.parametrize("name", FIXED)
def test_a_network_is_made_for_sixteen_dates_if_nothing_is_said(name):
    assert create_model(name, 3, 5, **NARROW[name]).num_dates == 16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, d, v: (x[..., :-1], d, v[..., :-1]), "multiples of {stride} .* pad the tile"),
        (lambda x, d, v: (x[:, :, :2], d, v), r"x must be \(B, T, 3, H, W\)"),
        (lambda x, d, v: (x, d[:, :2], v), rf"doy must be \(B, T\) = \(2, {DATES}\)"),
        (lambda x, d, v: (x, d, v.float()), "valid must be bool"),
        (lambda x, d, v: (x[:, :0], d[:, :0], v[:, :0]), "there must be a date"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_inputs_that_do_not_fit_are_refused(name, change, message):
    model = narrow_model(name)
    if model.stride == 1 and "stride" in message:
        pytest.skip("takes any size")
    with pytest.raises(ValueError, match=message.replace("{stride}", str(model.stride))):
        model(*change(*series(model)))


@pytest.mark.parametrize("name", NAMES)
def test_statistics_that_are_not_usable_are_refused(name):
    model = narrow_model(name)
    with pytest.raises(ValueError, match="mean must hold 3 values"):
        model.set_statistics([0.1], [1, 1, 1])
    with pytest.raises(ValueError, match="std must be finite and positive"):
        model.set_statistics([0, 0, 0], [1, 0, 1])


@pytest.mark.parametrize("name", NAMES)
def test_statistics_undo_a_change_of_scale(name):
    model = narrow_model(name)
    x, doy, valid = series(model)
    with torch.no_grad():
        expected = model(x, doy, valid)[0]
        model.set_statistics([1.1, 2.1, 3.1], [1, 1, 2])
        found = model(10 * x + 0.1, doy, valid)[0]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_magnification_that_is_not_offered_is_refused(name):
    with pytest.raises(ValueError, match="magnification must be 1, 2 or 4, got 3"):
        create_model(name, 3, 5, DATES, 3, **NARROW[name])


def test_options_that_are_no_sizes_may_be_0() -> None:
    small = {"dim": 16, "temporal_depth": 1, "spatial_depth": 1, "dim_head": 4, "img_res": 12}
    create_model("tsvit", 3, 5, DATES, dropout=0, features_per_class=0, **small)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("fpn_clstm", {"levels": 0}, "levels must be at least 1, got 0"),
        ("ltae_unet", {"heads": 0}, "heads must be at least 1, got 0"),
        ("utae", {"encoder_widths": [64, -64, 64, 128]}, "encoder_widths must be at least 1, got -64"),
        ("unet3d", {"widths": (8, 8)}, "two levels and the centre"),
        ("unet3df", {"num_dates": -1}, "num_dates must be at least 1, got -1"),
        ("utae", {"decoder_widths": (32, 64)}, "name the same levels"),
        ("utae", {"heads": 5}, "5 heads and 4 groups must divide every width"),
        ("utae", {"model_channels": 40}, "16 heads must divide .* half of 40"),
    ],
)
def test_options_that_are_not_usable_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        create_model(name, 3, 5, **options)


@pytest.mark.parametrize(
    ("name", "magnification", "parameters"),
    [
        ("tsvit", 1, 3_260_425),
        ("unet2d_clstm", 1, 3_095_028),
        ("unet3d", 1, 6_183_429),
        ("unet3df", 1, 7_219_941),
        ("unet3df", 4, 7_515_621),
        ("utae", 1, 1_088_948),
    ],
)
def test_networks_have_their_published_number_of_parameters(name, magnification, parameters):
    """At 13 bands, 20 classes and 16 dates; of U-TAE only "about 1.1 M" is published."""
    with torch.device("meta"):
        model = create_model(name, 13, 20, 16, magnification)
    assert sum(weight.numel() for weight in model.parameters()) == parameters
