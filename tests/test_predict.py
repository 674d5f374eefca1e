"""Maps of whole sources: tiles leave no trace, and where nothing was imaged there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
import scenes
import tiny_source

torch = pytest.importorskip("torch")
from backend.grid import Window  # noqa: E402
from training.config_training import NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.mosaic import SourceMosaic  # noqa: E402
from training.predict import predict, tile_cores  # noqa: E402

pytestmark = pytest.mark.torch

HALO = 32
"""More than the receptive radius of the narrow network, and a multiple of its stride."""
BLIND = (slice(10, 14), slice(20, 26))
"""Pixels under cloud on every date."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SourceMosaic:
    """The farm two pixels off the lattice of tiles, with a hole in it."""
    folder = tmp_path_factory.mktemp("farm")
    left, top = scenes.LEFT + 20, scenes.TOP - 20
    tiny_source.write_farm(folder, left, top)
    scl = scenes.clear_scl(tiny_source.crops())
    scl[5:7, 10:13] = scenes.CLOUD_SCL
    for day in scenes.DAYS:
        scenes.write_date(folder / "series", day, tiny_source.crops(), scl=scl, left=left, top=top)
    return tiny_source.mosaic(folder, folder / "out")


@pytest.fixture(scope="module")
def model() -> CropNetwork:
    torch.manual_seed(0)
    model = CropNetwork(NetworkConfig(**tiny_source.NETWORK), 10, 13).eval()
    torch.nn.init.normal_(model.network.fine.weight)
    assert model.network.receptive_radius < HALO
    return model


def test_the_map_does_not_depend_on_the_tiles(source: SourceMosaic, model: CropNetwork) -> None:
    whole, _ = predict(model, source, 4, HALO, tile_cores(source, 128))
    tiled, embedding = predict(model, source, 4, HALO, tile_cores(source, 32))
    assert len(tile_cores(source, 32)) == 9
    assert whole.shape == (13, 256, 256)
    assert embedding.shape == (8, 256, 256)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5)


def test_where_no_date_is_valid_there_is_nothing(source: SourceMosaic, model: CropNetwork) -> None:
    expected = np.zeros((256, 256), bool)
    expected[40:56, 80:104] = True  # BLIND, four times finer
    assert not source.pixels.valid[(slice(None), *BLIND)].any()
    for values in predict(model, source, 4, HALO):
        np.testing.assert_array_equal(np.isnan(values), np.broadcast_to(expected, values.shape))


def test_tiles_lie_on_the_lattice_and_cover_the_source_once(source: SourceMosaic) -> None:
    cores = tile_cores(source, 32)
    row, col = source.grid.lattice_origin
    assert all((core.row + row) % 32 == 0 and (core.col + col) % 32 == 0 for core in cores)
    seen = np.zeros(source.grid.shape, int)
    for core in cores:
        seen[core.intersect(source.grid.window).slices(source.grid.window)] += 1
    assert (seen == 1).all()


def test_only_the_tiles_asked_for_are_mapped(source: SourceMosaic) -> None:
    def count(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        dates = valid.sum(1, keepdim=True).float()
        return dates, dates

    counted, _ = predict(count, source, 1, 0, [Window(0, 0, 8, 8)])
    assert (counted[0, :8, :8] == 4).all()
    assert np.isnan(counted).sum() == 64 * 64 - 64
