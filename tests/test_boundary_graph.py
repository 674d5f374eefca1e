"""The boundary head as it is exported gives the numbers of the head that was trained."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from training.boundary import BoundaryHead  # noqa: E402
from training.boundary_graph import BoundaryGraph  # noqa: E402
from training.cscl import ContextSelfSimilarity  # noqa: E402

pytestmark = pytest.mark.torch


def head(channels: int, proj: int, groups: int = 1, mode: str = "corrected") -> BoundaryHead:
    torch.manual_seed(3)
    boundary = BoundaryHead(ContextSelfSimilarity(channels, proj, groups=groups, mode=mode)).double()
    boundary.set_calibration(3.0, -1.0)
    with torch.no_grad():  # far from where it starts, so that a position taken for another shows
        boundary.similarity.rel_row.normal_()
        boundary.similarity.rel_col.normal_()
    return boundary


@pytest.mark.parametrize(
    ("channels", "proj", "groups", "mode"),
    [
        (6, 8, 1, "corrected"),  # more projected channels than the embedding has
        (6, 16, 1, "corrected"),  # more than twice as many
        (6, 6, 1, "corrected"),
        (6, 4, 1, "corrected"),  # fewer
        (6, 8, 2, "corrected"),
        (4, 16, 2, "published"),
    ],
)
def test_the_graph_gives_the_heads_numbers(channels: int, proj: int, groups: int, mode: str) -> None:
    boundary = head(channels, proj, groups, mode)
    embedding = torch.randn(2, channels, 5, 7, dtype=torch.float64)
    with torch.no_grad():
        expected = boundary(embedding)
        found = BoundaryGraph(boundary).double()(embedding)
    assert float(expected.std()) > 0.01
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (2, 2), (2, 3)])
def test_pairs_over_the_edge_do_not_count_in_narrow_images(shape: tuple[int, int]) -> None:
    boundary = head(3, 4)
    embedding = torch.randn(1, 3, *shape, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(BoundaryGraph(boundary).double()(embedding), boundary(embedding), atol=1e-6, rtol=0)


def test_an_embedding_of_zeros_gives_finite_values() -> None:
    with torch.no_grad():
        found = BoundaryGraph(head(4, 8))(torch.zeros(1, 4, 6, 6))
    assert bool(torch.isfinite(found).all())


def test_the_graph_keeps_what_the_head_held_when_it_was_made() -> None:
    boundary = head(4, 8).float()
    graph = BoundaryGraph(boundary)
    embedding = torch.randn(1, 4, 5, 5)
    with torch.no_grad():
        before = graph(embedding)
        boundary.similarity.key.weight.mul_(-1)
        boundary.set_calibration(9.0, 0.0)
        assert torch.equal(graph(embedding), before)
