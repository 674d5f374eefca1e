"""Over the steps of training every cell has its turn; a part of the map gives what the whole gives there."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from training.config_training import CsclConfig, LossConfig  # noqa: E402
from training.cscl import ContextSelfSimilarity  # noqa: E402
from training.objective import Objective, _part  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("dilation", [2, 4, 7, 14, 35])
def test_the_lattices_of_a_dilation_are_all_cells_each_once(dilation):
    seen = torch.zeros(40, 40, dtype=torch.int64)
    for step in range(dilation**2):
        seen[_part(40, 40, dilation, step)] += 1
    assert bool((seen == 1).all())


def test_the_quarters_of_dilation_1_are_all_cells_each_once_also_of_odd_maps():
    seen = torch.zeros(41, 35, dtype=torch.int64)
    for step in range(4):
        seen[_part(41, 35, 1, step)] += 1
    assert bool((seen == 1).all())


def test_small_maps_are_compared_as_a_whole():
    seen = torch.zeros(16, 40, dtype=torch.int64)
    seen[_part(16, 40, 1, 3)] += 1
    assert bool((seen == 1).all())


@pytest.mark.parametrize("dilation", [1, 4])
def test_a_part_has_the_similarities_of_the_whole(dilation):
    torch.manual_seed(0)
    head = ContextSelfSimilarity(6, 8, dilation=dilation)
    embedding = torch.randn(1, 6, 64, 64)
    with torch.no_grad():
        whole = head(embedding)
        for step in (0, 5):
            part = _part(64, 64, dilation, step)
            found = head(embedding[part], dilation=1)
            expected = whole.permute(0, 3, 4, 1, 2)[part].permute(0, 3, 4, 1, 2)
            # at the rim of a quarter, neighbours beyond it are left out
            inner = (slice(None), slice(1, -1), slice(1, -1))
            torch.testing.assert_close(found[inner], expected[inner], atol=1e-6, rtol=0)


def test_without_a_step_all_windows_are_compared():
    torch.manual_seed(0)
    heads = torch.nn.ModuleDict({"1": ContextSelfSimilarity(4, 8), "4": ContextSelfSimilarity(4, 8, dilation=4)})
    objective = Objective(CsclConfig(), LossConfig(), (1, 4))
    embedding = torch.randn(1, 4, 64, 64)
    classes = torch.zeros(1, 64, 64, dtype=torch.int64)
    classes[:, :, 20:] = 1
    seen = torch.ones_like(classes, dtype=torch.bool)
    batch = {"classes": classes, "parcels": classes}
    with torch.no_grad():
        whole = objective.contrast(heads, embedding, batch, seen)
        parts = [objective.contrast(heads, embedding, batch, seen, step) for step in range(16)]
    assert len({round(float(part), 6) for part in parts}) > 4
    assert abs(float(torch.stack(parts).mean() - whole)) < 0.05
