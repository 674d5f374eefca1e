"""The default network and its export: shapes, dates, masks, reach, and the same numbers in ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.boundary import BoundaryHead  # noqa: E402
from training.cscl import ContextSelfSimilarity  # noqa: E402
from training.models import create_model  # noqa: E402

pytestmark = pytest.mark.torch

NARROW = {
    "stem_channels": 8,
    "heads": 2,
    "pooled_channels": 8,
    "widths": (8, 12, 16),
    "embedding_channels": 6,
}


def narrow_model(magnification=4, seed=0, **options):
    """A small network in inference mode, every part of it away from its start."""
    torch.manual_seed(seed)
    model = create_model("ltae_unet", 3, 5, magnification=magnification, **{**NARROW, **options})
    model.set_statistics([0.1, 0.2, 0.3], [0.1, 0.1, 0.2])
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if "running_mean" in name:
                tensor.normal_(0, 0.1)
            elif name.startswith("fine."):
                tensor.normal_(0, 0.5)
    return model.eval()


def series(batch=2, dates=5, height=16, width=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(batch, dates, 3, height, width, generator=generator)
    doy = torch.randint(1, 367, (batch, dates), generator=generator)
    valid = torch.rand(batch, dates, height, width, generator=generator) > 0.3
    return x, doy, valid


@pytest.mark.parametrize("magnification", [1, 2, 4])
@pytest.mark.parametrize("dates", [1, 7])
def test_outputs_lie_on_the_finer_grid(magnification, dates):
    model = narrow_model(magnification)
    with torch.no_grad():
        logits, embedding = model(*series(dates=dates, height=8, width=12))
    assert logits.shape == (2, 5, 8 * magnification, 12 * magnification)
    assert embedding.shape == (2, 6, 8 * magnification, 12 * magnification)
    assert (model.stride, model.embedding_channels, model.magnification) == (4, 6, magnification)


@pytest.mark.parametrize("magnification", [1, 4])
def test_the_plain_head_scores_classes_on_the_finer_grid_alone(magnification):
    model = narrow_model(magnification, head="plain")
    with torch.no_grad():
        logits, embedding = model(*series(height=8, width=12))
        expected = model.fine(embedding)
    assert torch.equal(logits, expected)
    assert not any(name.startswith("coarse") for name in model.state_dict())


def test_the_default_has_about_a_million_parameters():
    model = create_model("ltae_unet", 10, 13, magnification=4)
    assert 0.9e6 < sum(parameter.numel() for parameter in model.parameters()) < 1.1e6


def test_the_order_of_dates_does_not_matter():
    model = narrow_model()
    x, doy, valid = series()
    order = torch.tensor([3, 0, 4, 1, 2])
    with torch.no_grad():
        expected = model(x, doy, valid)
        found = model(x[:, order], doy[:, order], valid[:, order])
    for ours, theirs in zip(expected, found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_padding_with_invalid_dates_changes_nothing():
    model = narrow_model()
    x, doy, valid = series()
    x_more = torch.cat([torch.full_like(x[:, :3], float("nan")), x], 1)
    doy_more = torch.cat([torch.zeros_like(doy[:, :3]), doy], 1)
    valid_more = torch.cat([torch.zeros_like(valid[:, :3]), valid], 1)
    with torch.no_grad():
        expected = model(x, doy, valid)
        found = model(x_more, doy_more, valid_more)
    for ours, theirs in zip(expected, found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("rubbish", [float("nan"), float("inf"), 1e30])
def test_values_of_invalid_pixels_are_never_looked_at(rubbish):
    model = narrow_model().train()
    x, doy, valid = series()
    with torch.no_grad():
        expected = model(x, doy, valid)[0]
    spoiled = torch.where(valid.unsqueeze(2), x, rubbish)
    logits, _ = model(spoiled, doy, valid)
    logits.square().mean().backward()
    assert torch.equal(logits.detach(), expected)
    assert all(bool(torch.isfinite(parameter.grad).all()) for parameter in model.parameters())


def test_a_pixel_without_a_valid_date_gives_finite_values():
    model = narrow_model()
    x, doy, valid = series()
    valid[0] = False
    valid[1, :, :3, :3] = False
    with torch.no_grad():
        logits, embedding = model(torch.full_like(x, float("nan")).where(~valid.unsqueeze(2), x), doy, valid)
    assert bool(torch.isfinite(logits).all())
    assert bool(torch.isfinite(embedding).all())


def test_the_day_of_the_year_matters_and_is_periodic():
    model = narrow_model()
    x, doy, valid = series()
    with torch.no_grad():
        base = model(x, doy, valid)[0]
        later = model(x, (doy + 60) % 366, valid)[0]
        next_year = model(x, doy.double() + 365.25, valid)[0]
    assert float((base - later).abs().max()) > 1e-3
    torch.testing.assert_close(base, next_year, atol=1e-4, rtol=0)


def test_samples_of_a_batch_do_not_touch_each_other_in_inference():
    model = narrow_model()
    x, doy, valid = series(batch=3)
    with torch.no_grad():
        together = model(x, doy, valid)[0][1:2]
        alone = model(x[1:2], doy[1:2], valid[1:2])[0]
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("magnification", [1, 2, 4])
def test_nothing_beyond_the_receptive_radius_matters_and_something_at_it_does(magnification):
    model = narrow_model(magnification).double()
    radius = model.receptive_radius
    size = 2 * (radius // 4 + 2) * 4
    x, doy, valid = series(1, 2, size, size)
    x, valid = x.double(), torch.ones_like(valid)
    farthest = 0
    for phase in range(model.stride):  # the reach depends on where in its stride a pixel lies
        centre = size // 2 + phase - 2
        inside = torch.zeros(size, dtype=torch.bool)
        inside[centre - radius : centre + radius + 1] = True
        spoiled = torch.where(inside[:, None] & inside[None, :], x, 5.0)
        near = slice(centre * magnification, (centre + 1) * magnification)
        with torch.no_grad():
            base, changed = (model(series_, doy, valid)[0][..., near, near] for series_ in (x, spoiled))
        torch.testing.assert_close(base, changed, atol=1e-9, rtol=0)
        seen = x.clone().requires_grad_()
        model(seen, doy, valid)[0][..., near, near].sum().backward()
        rows = seen.grad.abs().sum((0, 1, 2, 4)).nonzero().flatten()
        farthest = max(farthest, int((rows - centre).abs().max()))
    assert radius - 4 <= farthest <= radius  # max pooling passes on only what is largest


def test_finer_logits_start_as_the_upsampled_coarse_ones():
    torch.manual_seed(0)
    model = create_model("ltae_unet", 3, 5, magnification=4, **NARROW).eval()
    x, doy, valid = series()
    with torch.no_grad():
        features = model._unet(model._pool(model.standardise(x, valid), doy, valid))
        expected = torch.nn.functional.interpolate(model.coarse(features), scale_factor=4.0, mode="bilinear")
        torch.testing.assert_close(model(x, doy, valid)[0], expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, d, v: (x[..., :10], d, v[..., :10]), "multiples of 4 .* got 16 x 10 pixels"),
        (lambda x, d, v: (x[:, :, :2], d, v), r"x must be \(B, T, 3, H, W\)"),
        (lambda x, d, v: (x, d[:, :2], v), r"doy must be \(B, T\) = \(2, 5\)"),
        (lambda x, d, v: (x, d, v.float()), "valid must be bool"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        narrow_model()(*change(*series()))


def test_statistics_that_are_not_usable_are_refused():
    model = narrow_model()
    with pytest.raises(ValueError, match="mean must hold 3 values"):
        model.set_statistics([0.1], [1, 1, 1])
    with pytest.raises(ValueError, match="std must be finite and positive"):
        model.set_statistics([0, 0, 0], [1, 0, 1])


def test_an_unknown_network_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="no network 'ltae-unet'; did you mean 'ltae_unet'"):
        create_model("ltae-unet", 3, 5)


def test_unusable_options_are_refused():
    with pytest.raises(ValueError, match="magnification must be 1, 2 or 4, got 3"):
        create_model("ltae_unet", 3, 5, magnification=3)
    with pytest.raises(ValueError, match="at least two levels"):
        create_model("ltae_unet", 3, 5, widths=(8,))


def calibrated_boundary():
    torch.manual_seed(0)
    boundary = BoundaryHead(ContextSelfSimilarity(6, 8))
    boundary.set_calibration(6.0, -3.0)
    return boundary


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A narrow module and its ONNX file; exporting takes seconds, so it is done once."""
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    from training.export import MapModule, export_onnx

    module = MapModule(narrow_model(), calibrated_boundary(), temperature=1.5).eval()
    path = tmp_path_factory.mktemp("export") / "narrow.onnx"
    return module, export_onnx(module, path, 3, {"cscl:card": "{}", "note": "narrow"})


def test_the_exported_file_gives_the_same_numbers_for_any_dates_and_sizes(exported):
    from training.export import check_parity

    module, path = exported
    worst = check_parity(module, path)
    assert set(worst) == {"probabilities", "boundary", "order", "padding"}
    assert max(worst.values()) <= 1e-5


def test_the_exported_file_says_what_the_engine_needs(exported):
    import onnx

    _, path = exported
    model = onnx.load(path)
    assert {entry.key: entry.value for entry in model.metadata_props} == {"cscl:card": "{}", "note": "narrow"}
    assert model.ir_version <= 10
    assert min(entry.version for entry in model.opset_import if entry.domain == "") >= 18
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in [*model.graph.input, *model.graph.output]
    }
    assert shapes == {
        "x": ["B", "T", 3, "H", "W"],
        "doy": ["B", "T"],
        "valid": ["B", "T", "H", "W"],
        "rows": ["h"],
        "cols": ["w"],
        "probabilities": ["B", 5, "mH", "mW"],
        "boundary": ["B", 1, "mH", "mW"],
    }
    assert list(path.parent.iterdir()) == [path]  # one file, nothing left over
    assert b"/training/" not in path.read_bytes()  # no paths of the machine that wrote it


def test_parity_is_refused_where_the_file_belongs_to_another_module(exported):
    from training.export import MapModule, check_parity

    module, path = exported
    other = MapModule(module.network, calibrated_boundary(), temperature=3.0).eval()
    with pytest.raises(ValueError, match=r"probabilities differs by .* at most 0\.0001 is allowed"):
        check_parity(other, path)


def test_what_double_precision_says_otherwise_is_allowed_for_and_no_more(exported, monkeypatch):
    from training import parity
    from training.export import MapModule

    module, path = exported
    inputs = parity.example(2, 3, 3, 16, 16, 0)
    own = parity._rounding(module, inputs)
    assert set(own) == {"probabilities", "boundary"}
    assert all(0 < value.max() < 1e-5 for value in own.values())
    assert all(value.shape[:2] == (2, 1) for value in own.values())
    assert module(*inputs)[0].dtype == torch.float32  # the module itself stays as it is
    other = MapModule(module.network, calibrated_boundary(), temperature=1.001).eval()
    (difference,) = [float((mine - theirs).abs().max()) for mine, theirs in [(module(*inputs)[0], other(*inputs)[0])]]
    assert difference > parity.PARITY_TOLERANCE
    with pytest.raises(ValueError, match="probabilities differs by"):
        parity.check_parity(other, path)
    monkeypatch.setattr(parity, "_rounding", lambda *_: dict.fromkeys(own, np.float32(difference)))
    assert parity.check_parity(other, path)["probabilities"] > parity.PARITY_TOLERANCE


def test_a_cell_made_of_rounding_excuses_its_surroundings_alone():
    from training import parity

    differences = np.zeros((1, 3, 12, 12))
    differences[0, 1, 2, 2] = 0.02
    ill = np.zeros((1, 1, 12, 12))
    ill[0, 0, 0:5, 0:5] = 0.01  # a cell at (2, 2) and what lies within two cells
    assert parity._beyond(differences, 1e-4, ill) is None
    differences[0, 0, 8, 8] = 3e-4
    assert parity._beyond(differences, 1e-4, ill) == pytest.approx((3e-4, 1e-4))
    differences[0, 2, 3, 3] = np.nan
    beyond = parity._beyond(differences, 1e-4, ill)
    assert beyond is not None
    assert np.isnan(beyond[0])


def test_probabilities_sum_to_one_and_the_temperature_divides_the_logits(exported):
    module, _ = exported
    inputs = series()
    with torch.no_grad():
        probabilities, boundary = module(*inputs)
        logits, embedding = module.network(*inputs)
    torch.testing.assert_close(probabilities, torch.softmax(logits / 1.5, 1))
    torch.testing.assert_close(boundary, calibrated_boundary()(embedding))
    torch.testing.assert_close(probabilities.sum(1), torch.ones_like(probabilities[:, 0]))


def test_a_temperature_that_is_not_positive_is_refused(exported):
    from training.export import MapModule

    module, _ = exported
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        MapModule(module.network, calibrated_boundary(), temperature=0)


@pytest.mark.parametrize("magnification", [1, 2, 4])
def test_a_part_of_the_finer_grid_is_what_it_is_in_the_whole_but_along_its_edges(magnification):
    from training.map_module import MapModule, example

    network = narrow_model(magnification)
    module = MapModule(network, calibrated_boundary()).eval()
    series = example(2, 4, 3, 24, 32)
    rows, cols, reach = torch.arange(4, 17), torch.arange(7, 30), module.head_reach
    with torch.no_grad():
        whole, part = module(*series), module(*series, rows, cols)
    for name, everywhere, here in zip(module.outputs, whole, part, strict=True):
        m = magnification
        same = everywhere[..., (4 + reach) * m : (17 - reach) * m, (7 + reach) * m : (30 - reach) * m]
        inner = here[..., reach * m : -reach * m, reach * m : -reach * m]
        assert torch.allclose(inner, same, atol=1e-6), name


def test_the_exported_file_computes_a_part_alone(exported):
    from backend.session import import_onnxruntime
    from training.map_module import example

    module, path = exported
    series = example(2, 5, 3, 16, 24)
    rows, cols = torch.arange(3, 9), torch.arange(8, 21)
    with torch.no_grad():
        expected = module(*series, rows, cols)
    session = import_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = dict(zip(module.inputs, (tensor.numpy() for tensor in (*series, rows, cols)), strict=True))
    for theirs, ours in zip(session.run(list(module.outputs), feed), expected, strict=True):
        assert torch.allclose(torch.from_numpy(theirs), ours, atol=1e-5)
