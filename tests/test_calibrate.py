"""Calibration: known temperatures and slopes are found again, from the calibration split alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_source

torch = pytest.importorskip("torch")
from backend.grid import Window  # noqa: E402
from training import calibrate as calibrate_module  # noqa: E402
from training import calibrated_parcels  # noqa: E402
from training import temperature as temperature_module  # noqa: E402
from training.boundary import fit_platt  # noqa: E402
from training.calibrate import Calibration, calibrate  # noqa: E402
from training.classes import UNKNOWN  # noqa: E402
from training.config_training import NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.mosaic import SourceMosaic  # noqa: E402
from training.splits import SPLITS  # noqa: E402
from training.temperature import logits_to_shares  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture(scope="module")
def model() -> CropNetwork:
    torch.manual_seed(0)
    return CropNetwork(NetworkConfig(**tiny_source.NETWORK), 10, 13)


def opened(folder: Path, **changes: Any) -> SourceMosaic:
    return tiny_source.mosaic(folder, folder / "_".join(["out", *map(str, changes.values())]), **changes)


def maps(source: SourceMosaic, temperature: float, poison: bool) -> tuple[Any, Any]:
    """Logits of two classes that are right as often as they say at that temperature, and contrasts at edges.

    Args:
        source: whose labels are drawn from.
        temperature: to be found again.
        poison: turn everything around outside of the calibration split.
    """
    generator = np.random.default_rng(0)
    classes, parcels, _, _, split = source.labels(4)[:5]
    classes = np.where(classes == UNKNOWN, 0, classes)
    confidence = np.abs(generator.normal(0, 2, classes.shape))
    right = generator.random(classes.shape) < 1 / (1 + np.exp(-confidence))
    rows, cols = np.indices(classes.shape)
    logits = np.full((13, *classes.shape), -1e4, np.float32)
    logits[np.where(classes == 1, 5, 1), rows, cols] = temperature * np.where(right, 0, confidence)
    logits[classes, rows, cols] = temperature * np.where(right, confidence, 0)
    same = parcels == np.roll(parcels, 1, 1)
    contrast = generator.normal(np.where(same, 0.3, 1.0), 0.2).astype(np.float32)[None]
    if poison:
        elsewhere = split != SPLITS["calibration"]
        logits[:, elsewhere] = logits[::-1][:, elsewhere]
        contrast[:, elsewhere] = 2 - contrast[:, elsewhere]
    return logits, contrast


def calibrated(
    model: CropNetwork,
    sources: list[SourceMosaic],
    monkeypatch: pytest.MonkeyPatch,
    temperature: float = 1.0,
    poison: bool = False,
) -> Calibration:
    """Calibration of maps that are made up."""

    def cut(predictor: Any, source: SourceMosaic, scale: int, halo: int, window: Window, **settings: Any) -> Any:
        place = window.refine(scale).slices(source.grid.window.refine(scale))
        return tuple(values[(slice(None), *place)] for values in maps(source, temperature, poison))

    monkeypatch.setattr(calibrate_module, "predict", cut)
    return calibrate(model, sources, 4, 32, 0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found_again(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch, temperature: float
) -> None:
    found = calibrated(model, [opened(folder, split="calibration")], monkeypatch, temperature)
    assert found.temperature == pytest.approx(temperature, rel=0.1)
    assert found.pixels == 20000


def test_other_splits_do_not_matter(folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    source = opened(folder)
    assert calibrated(model, [source], monkeypatch) == calibrated(model, [source], monkeypatch, poison=True)


def test_slope_and_offset_are_those_of_a_known_chance() -> None:
    generator = np.random.default_rng(0)
    u = generator.uniform(0, 2, 40000)
    a, b = fit_platt(u, generator.random(40000) < 1 / (1 + np.exp(-(4 * u - 3))))
    assert a == pytest.approx(4, rel=0.05)
    assert b == pytest.approx(-3, rel=0.05)


def test_the_threshold_is_where_f1_is_best() -> None:
    # F1 from the top: 2/3, 2/4, 4/5, 4/6
    found = calibrate_module.best_threshold(np.array([0.2, 0.9, 0.7, 0.8]), np.array([False, True, True, False]))
    assert found == 0.7


def test_boundaries_are_fitted_on_outlines_alone_only_where_no_source_knows_every_parcel(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = opened(folder, split="calibration")
    sample = opened(folder, split="calibration", outside_parcels="ignore")
    with_boundaries = calibrated(model, [complete], monkeypatch)
    assert with_boundaries.boundary_pixels > 0
    assert with_boundaries.a > 1  # contrast is high at boundaries
    assert not with_boundaries.is_boundary_of_outlines
    without = calibrated(model, [sample], monkeypatch)
    assert without.is_boundary_of_outlines
    assert without.boundary_pixels > 0
    assert without.a > 1
    inside, at_outline = (1 / (1 + np.exp(-(without.a * u + without.b))) for u in (0.0, 2.0))
    assert inside < without.boundary_threshold < at_outline
    assert without.pixels > 0
    both = calibrated(model, [complete, sample], monkeypatch)
    assert both.boundary_pixels == with_boundaries.boundary_pixels
    assert both.pixels == with_boundaries.pixels + without.pixels


def test_without_a_calibration_split_nothing_is_fitted(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calibrated(model, [opened(folder, split="train")], monkeypatch) == Calibration()


def test_a_real_network_is_calibrated_on_the_farm(folder: Path, model: CropNetwork) -> None:
    source = opened(folder)
    found = calibrate(model, [source], 4, 32, 0)
    assert 0.25 <= found.temperature <= 8
    assert np.isfinite([found.a, found.b]).all()
    assert "pixels" not in source.__dict__  # its memory is given back


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_known_temperature_of_parcels_is_found_again(temperature: float) -> None:
    draw = np.random.default_rng(0)
    count, cells = 4000, 3
    logits = draw.normal(0, 2, (5, count)).astype(np.float32)
    shares = logits_to_shares(logits / np.float32(temperature))
    truth = (shares.cumsum(0) < draw.random(count)).sum(0).astype(np.int64)
    parcels = calibrated_parcels.CalibratedParcels(5)
    at = np.zeros(count, dtype=np.int64)
    for _ in range(cells):
        parcels.add(calibrated_parcels.ParcelCells(np.arange(count, dtype=np.int64), 3 * logits, at, at, truth), 3.0)
    assert len(parcels) == count
    assert parcels.temperature() == pytest.approx(temperature, rel=0.1)


def test_a_parcels_temperature_and_thresholds_come_from_its_mean_probabilities(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrated_parcels, "FEWEST_PARCELS", 2)
    source = opened(folder, split="calibration")
    found = calibrated(model, [source], monkeypatch)
    assert found.parcels == 16
    assert found.regions == ("farm",)
    # every parcel's mean is right, and no longer unsure when so few are judged
    assert found.temperature_parcel == pytest.approx(temperature_module.TEMPERATURE_RANGE[0], rel=0.01)
    own = found.conformal["parcels"]
    assert found.conformal["alpha"] == 0.1
    assert {code: count for code, count in own["counts"].items() if count} == {"1": 8, "5": 8}
    assert own["regions"]["5"] == ["farm"]
    assert own["pooled_count"] == 16
    assert {1, 5} <= set(own["pooled_classes"])  # nine would do
    pixels = found.conformal["pixels"]
    assert pixels["counts"]["0"] > 0
    assert pixels["clusters"]["1"] == 8
    assert {0 <= value <= 1 for value in pixels["thresholds"].values()} == {True}


def test_with_few_parcels_their_temperature_stays_1(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = calibrated(model, [opened(folder, split="calibration")], monkeypatch)
    assert found.temperature_parcel == 1
    assert "16 parcels in the calibration split: their temperature stays 1" in caplog.text


def test_calibration_does_not_depend_on_the_windows(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = opened(folder, split="calibration")
    whole = calibrated(model, [source], monkeypatch)
    monkeypatch.setattr(calibrate_module, "WINDOW", 20)
    again = calibrated(model, [source], monkeypatch)
    for key in ("temperature", "a", "b", "boundary_threshold", "temperature_parcel"):
        assert getattr(again, key) == pytest.approx(getattr(whole, key), rel=1e-6)
    for key in ("pixels", "boundary_pixels", "parcels", "regions"):
        assert getattr(again, key) == getattr(whole, key)
    assert again.conformal["parcels"]["thresholds"] == pytest.approx(whole.conformal["parcels"]["thresholds"])


def test_of_many_windows_some_are_drawn_for_pixels_and_all_for_parcels(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate_module, "WINDOW", 16)
    monkeypatch.setattr(calibrate_module, "MOST_WINDOWS", 3)
    found = calibrated(model, [opened(folder, split="calibration")], monkeypatch)
    assert 0 < found.pixels <= 3 * 64 * 64
    assert found.parcels == 16


def test_windows_are_mapped_twice_only_where_their_parcels_find_no_room(
    folder: Path, model: CropNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, mapped = opened(folder, split="calibration"), []
    original = calibrate_module._mapped

    def noted(piece: Any, *values: Any) -> Any:
        mapped.append(piece)
        return original(piece, *values)

    monkeypatch.setattr(calibrate_module, "_mapped", noted)
    kept = calibrated(model, [source], monkeypatch)
    once = len(mapped)
    monkeypatch.setattr(calibrate_module, "KEPT_BYTES", 0)
    again = calibrated(model, [source], monkeypatch)
    assert len(mapped) - once == 2 * once
    assert again.conformal["parcels"] == kept.conformal["parcels"]
    assert (again.temperature, again.temperature_parcel) == (kept.temperature, kept.temperature_parcel)
