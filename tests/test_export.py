"""ONNX files of networks that take few dates or whole windows, and what parity refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxscript")
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.boundary import BoundaryHead
from training.cscl import ContextSelfSimilarity
from training.export import MapModule, check_parity, export_onnx, replace_metadata
from training.map_module import example
from training.parity import check_order, parity_shapes

pytestmark = pytest.mark.torch

BANDS, CLASSES = 3, 4


class FixedDates(nn.Module):
    """Weighs dates by their place, as UNet3D does: fewer are padded inside."""

    def __init__(self, num_dates: int | None = 5, stride: int = 2) -> None:
        super().__init__()
        self.num_dates, self.stride, self.embedding_channels, self.receptive_radius = num_dates, stride, 6, 1
        self.weight = nn.Parameter(torch.randn(num_dates or 64))
        self.features = nn.Conv2d(BANDS, 6, 3, padding=1)
        self.classes = nn.Conv2d(6, CLASSES, 1)

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.where(valid.unsqueeze(2), x, 0.0)
        if self.num_dates is not None:
            missing = self.num_dates - x.shape[1]
            x = functional.pad(x, (0, 0, 0, 0, 0, 0, 0, missing))
            pooled = torch.einsum("btchw,t->bchw", x, self.weight)
        else:
            pooled = torch.einsum("btchw,t->bchw", x, self.weight[: x.shape[1]])
        embedding = torch.relu(self.features(pooled))
        return self.classes(embedding), embedding


def module(num_dates: int | None = 5, stride: int = 2, embedding: bool = True) -> MapModule:
    torch.manual_seed(0)
    network = FixedDates(num_dates, stride)
    return MapModule(network, BoundaryHead(ContextSelfSimilarity(6, 8)), 1.2, embedding).eval()


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> tuple[MapModule, Path]:
    """A network of five dates at most, with its embedding."""
    made = module()
    return made, export_onnx(made, tmp_path_factory.mktemp("export") / "limited.onnx", BANDS, {"note": "x"})


def test_a_network_of_few_dates_takes_fewer(limited: tuple[MapModule, Path]) -> None:
    made, path = limited
    worst = check_parity(made, path, [(1, 1, 4, 6), (2, 3, 2, 2), (1, 5, 16, 8)])
    assert set(worst) == {"probabilities", "boundary", "embedding"}
    assert max(worst.values()) <= 1e-5


def test_an_embedding_is_a_third_output(limited: tuple[MapModule, Path]) -> None:
    _, path = limited
    model = onnx.load(str(path))
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in model.graph.output
    }
    assert shapes == {
        "probabilities": ["B", CLASSES, "mH", "mW"],
        "boundary": ["B", 1, "mH", "mW"],
        "embedding": ["B", 6, "mH", "mW"],
    }
    assert model.ir_version <= 10


def test_other_metadata_leave_the_graph_as_it_is(limited: tuple[MapModule, Path], tmp_path: Path) -> None:
    made, path = limited
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(path.read_bytes())
    replace_metadata(copy, {"note": "other"})
    assert {entry.key: entry.value for entry in onnx.load(str(copy)).metadata_props} == {"note": "other"}
    assert max(check_parity(made, copy).values()) <= 1e-5
    assert [item.name for item in tmp_path.iterdir()] == ["copy.onnx"]


def test_a_window_of_many_pixels_is_exported_and_tried_in_whole_windows(tmp_path: Path) -> None:
    made = module(num_dates=1, stride=48, embedding=False)
    path = export_onnx(made, tmp_path / "window.onnx", BANDS, {})
    assert max(check_parity(made, path).values()) <= 1e-5


@pytest.mark.parametrize(("stride", "num_dates"), [(4, None), (48, 16), (1, 1), (8, 2), (16, None)])
def test_parity_is_tried_with_one_date_and_with_as_many_as_there_may_be(stride: int, num_dates: int | None) -> None:
    shapes = parity_shapes(stride, num_dates)
    dates = {shape[1] for shape in shapes}
    assert min(dates) == 1
    assert max(dates) == (num_dates or 20)
    assert all(height % stride == width % stride == 0 for _, _, height, width in shapes)
    assert len({shape[2:] for shape in shapes}) >= 3
    assert max(shape[0] for shape in shapes) > 1


def test_a_file_that_depends_on_the_order_of_dates_is_refused(tmp_path: Path) -> None:
    path = export_onnx(module(num_dates=None, embedding=False), tmp_path / "order.onnx", BANDS, {})
    with pytest.raises(ValueError, match=r"differs by .* with dates in another order \(T = 3\); at most 1e-05"):
        check_order(path, ("probabilities", "boundary"), 2)


def test_the_example_holds_what_a_series_may_hold() -> None:
    x, doy, valid = example(2, 4, BANDS, 8, 8)
    assert torch.isnan(x[~valid.unsqueeze(2).expand_as(x)]).all()
    assert torch.isfinite(x[valid.unsqueeze(2).expand_as(x)]).all()
    assert not valid[:, -1].any()  # a date that pads
    assert not valid[:, :, :2, :2].any()  # a corner without a date
    assert not valid[-1].any()  # a sample without one
    assert (doy[:, :-1].diff() >= 0).all()
