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
from training.models import REGISTRY, create_model  # noqa: E402
from training.mosaic import SourceMosaic  # noqa: E402
from training.predict import Tiling, predict, tile_cores, tiling_of  # noqa: E402

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


def test_the_map_does_not_depend_on_the_tiles_or_on_how_ground_is_cut_into_windows(
    source: SourceMosaic, model: CropNetwork
) -> None:
    whole, _ = predict(model, source, 4, HALO, core=128)
    tiled, embedding = predict(model, source, 4, HALO, core=32)
    assert whole.shape == (13, 256, 256)
    assert embedding.shape == (8, 256, 256)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5)
    window = Window(13, 7, 30, 41)
    part, _ = predict(model, source, 4, HALO, window)
    np.testing.assert_allclose(part, whole[:, 52:172, 28:192], rtol=0, atol=1e-5)


def test_where_no_date_is_valid_there_is_nothing(source: SourceMosaic, model: CropNetwork) -> None:
    expected = np.zeros((256, 256), bool)
    expected[40:56, 80:104] = True  # BLIND, four times finer
    assert not source.pixels.valid[(slice(None), *BLIND)].any()
    for values in predict(model, source, 4, HALO):
        np.testing.assert_array_equal(np.isnan(values), np.broadcast_to(expected, values.shape))


@pytest.mark.parametrize(("core", "step"), [(32, 4), (20, 4), (128, 4), (48, 48), (30, 12)])
def test_tiles_lie_on_the_lattice_and_cover_the_source_once(source: SourceMosaic, core: int, step: int) -> None:
    cores = tile_cores(source, core, step)
    row, col = source.grid.lattice_origin
    assert all((tile.row + row) % step == 0 and (tile.col + col) % step == 0 for tile in cores)
    assert all(max(tile.shape) <= 1.5 * max(core, step) for tile in cores)
    assert all(tile.height % step == tile.width % step == 0 for tile in cores)
    seen = np.zeros(source.grid.shape, int)
    for tile in cores:
        seen[tile.intersect(source.grid.window).slices(source.grid.window)] += 1
    assert (seen == 1).all()


def count(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    dates = valid.sum(1, keepdim=True).float()
    return dates, dates


def test_only_the_window_asked_for_is_mapped_and_nothing_beyond_the_source(source: SourceMosaic) -> None:
    counted, _ = predict(count, source, 1, 0, Window(-4, 0, 12, 8))
    assert counted.shape == (1, 12, 8)
    assert np.isnan(counted[0, :4]).all()
    assert (counted[0, 4:] == 4).all()


def test_dates_are_chosen_for_networks_that_take_fewer_and_cut_at_a_day(source: SourceMosaic) -> None:
    assert source.dates.tolist() == [20180420, 20180520, 20180801, 20180901]
    assert source.harvest_year == 2018
    assert source.dates_for(None).tolist() == [0, 1, 2, 3]
    assert source.dates_for(None, 20180520).tolist() == [0, 1]
    assert source.dates_for(None, 20180101).tolist() == []
    assert source.dates_for(8).tolist() == [0, 1, 2, 3]
    kept = source.dates_for(2)
    assert len(kept) == 2
    assert source.dates_for(1, 20180520).tolist() == [0]
    counted, _ = predict(count, source, 1, 0, dates=kept)
    assert np.nanmax(counted) == 2


class Windowed(torch.nn.Module):
    """Looks at windows of 48 pixels as a whole, as some transformers do; refuses anything else."""

    stride = receptive_radius = 48
    num_dates = 3

    def forward(self, x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        batch, dates, _, height, width = x.shape
        if height % 48 or width % 48 or dates > self.num_dates:
            raise ValueError(f"{dates} dates of {height} x {width} pixels")
        mean = (x[:, :, :1] * valid[:, :, None]).mean(1)
        squares = mean.reshape(batch, 1, height // 48, 48, width // 48, 48).mean((3, 5), keepdim=True)
        squares = squares.expand(-1, -1, -1, 48, -1, 48).reshape(batch, 1, height, width)
        return squares, squares


def test_networks_that_see_whole_windows_are_given_whole_ones(source: SourceMosaic) -> None:
    tiling = tiling_of(Windowed(), 1)
    assert tiling == Tiling(1, 48, 48, 3)
    dates = source.dates_for(tiling.num_dates)
    whole, _ = predict(Windowed(), source, 1, tiling.halo, step=tiling.step, dates=dates)
    part, _ = predict(Windowed(), source, 1, tiling.halo, Window(5, 9, 50, 40), step=tiling.step, dates=dates)
    np.testing.assert_allclose(part, whole[:, 5:55, 9:49], rtol=1e-6)
    assert len(np.unique(whole[np.isfinite(whole)].round(6))) == 6  # the farm lies over so many windows of the lattice


def test_the_halo_is_what_a_network_sees_and_a_neighbour_more(model: CropNetwork) -> None:
    tiling = tiling_of(model.network, 4)
    assert tiling.step == 4
    assert tiling.halo % 4 == 0
    assert 0 < tiling.halo - model.network.receptive_radius <= 4


@pytest.mark.parametrize("magnification", [1, 2, 4])
def test_every_magnification_is_mapped(source: SourceMosaic, magnification: int) -> None:
    torch.manual_seed(0)
    model = CropNetwork(NetworkConfig(**{**tiny_source.NETWORK, "magnification": magnification}), 10, 13).eval()
    logits, embedding = predict(model, source, magnification, HALO, Window(0, 0, 16, 20))
    assert logits.shape == (13, 16 * magnification, 20 * magnification)
    assert embedding.shape[1:] == logits.shape[1:]
    assert np.isfinite(logits[:, :4, :4]).all()


def test_a_window_of_pixels_is_that_of_the_whole(source: SourceMosaic) -> None:
    part = source.read(Window(-3, 10, 20, 60))
    whole = source.pixels
    np.testing.assert_array_equal(part.x[..., 3:, :54], whole.x[..., :17, 10:])
    np.testing.assert_array_equal(part.valid[..., 3:, :54], whole.valid[..., :17, 10:])
    assert not part.valid[:, :3].any()
    assert not part.valid[:, :, 54:].any()
    labels = source.labels(4, Window(-3, 10, 20, 60))
    np.testing.assert_array_equal(labels[:, 12:, :216], source.labels(4)[:, :68, 40:])
    assert (labels[0, :12] == 255).all()


@pytest.mark.parametrize("name", sorted({"ltae_unet", "unet3d", "tsvit"} & set(REGISTRY)))
def test_networks_of_the_registry_are_given_what_they_take(source: SourceMosaic, name: str) -> None:
    torch.manual_seed(0)
    network = create_model(name, 10, 13, num_dates=3, magnification=1).eval()
    tiling = tiling_of(network, 1)
    dates = source.dates_for(tiling.num_dates)
    assert len(dates) == (4 if tiling.num_dates is None else 3)
    window = Window(0, 0, 12, 12)
    halo = min(tiling.halo, tiling.step)  # enough for a look at the shapes
    logits, embedding = predict(network, source, 1, halo, window, step=tiling.step, dates=dates, core=12)
    assert logits.shape == (13, 12, 12)
    assert embedding.shape == (network.embedding_channels, 12, 12)
    assert np.isfinite(logits[:, :10]).all()
