"""Training samples: functions of their number, with labels that stay on their pixels whatever is done to them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("zarr")
import small_store  # noqa: E402

from backend.errors import InputError  # noqa: E402
from training.classes import UNKNOWN  # noqa: E402
from training.config_training import AugmentationConfig  # noqa: E402
from training.dataset import SplitSamples, TrainingSamples, to_tensors  # noqa: E402
from training.splits import SPLITS  # noqa: E402
from training.store import Sample, Store  # noqa: E402

pytestmark = pytest.mark.torch

CHIP, DATES, BANDS = 32, 8, 2
DOYS = np.array([5, 60, 110, 150, 200, 240, 300, 366])
PLAIN = AugmentationConfig(crop=16, dates=DATES, min_date_share=1.0, truncated_share=0.0, doy_shift=0, gain_sd=0.0)
"""Crops, flips and turns, and nothing else."""


def place_codes(scale: int) -> npt.NDArray[np.int64]:
    """(scale * CHIP, scale * CHIP) the number of the input pixel that each label cell lies in."""
    numbers = np.arange(CHIP * CHIP).reshape(CHIP, CHIP)
    return np.repeat(np.repeat(numbers, scale, axis=0), scale, axis=1)


def chip(source: str, number: int, split: npt.NDArray[np.int32] | None = None) -> Sample:
    """Band 0 holds 10 * pixel number + date, band 1 the 20 m pixel's number; the parcel id is pixel number + 1."""
    numbers = place_codes(1)
    x = np.zeros((DATES, BANDS, CHIP, CHIP), np.uint16)
    x[:, 0] = 10 * numbers + np.arange(DATES)[:, None, None]
    x[:, 1] = numbers[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    split = np.full((CHIP, CHIP), SPLITS["train"], np.int32) if split is None else split
    labels = {}
    for scale in (1, 4):
        planes = np.zeros((7, scale * CHIP, scale * CHIP), np.int32)
        planes[2] = 255
        planes[1] = place_codes(scale) + 1
        planes[4] = split.repeat(scale, axis=0).repeat(scale, axis=1)
        labels[scale] = planes
    return Sample(
        source, number, 0, x, np.ones((DATES, CHIP, CHIP), bool), DOYS, (20180000 + DOYS).astype(np.int32), labels
    )


def write(path: Path, **sources: tuple[float, list[Sample]]) -> Store:
    groups = [(small_store.record(name, weight), samples) for name, (weight, samples) in sources.items()]
    return small_store.write_store(path, *groups, dates=DATES, bands=("B02", "B05"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("store") / "data.zarr"
    return write(path, farm=(1.0, [chip("farm", number) for number in range(3)]))


def drawn(
    store: Store, settings: AugmentationConfig = PLAIN, magnification: int = 4, seed: int = 1, stage: int = 1
) -> TrainingSamples:
    return TrainingSamples(store, settings, magnification, seed, stage, 200)


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return all(torch.equal(first[key], second[key]) for key in first)


def _total(samples: TrainingSamples, number: int, queue: Any) -> None:
    queue.put({key: value.double().sum().item() for key, value in samples[number].items()})


def test_a_sample_is_a_function_of_seed_stage_and_number(store: Store) -> None:
    settings = AugmentationConfig(crop=16, dates=5)
    samples = drawn(store, settings)
    first = [samples[number] for number in range(6)]
    assert all(same(samples[number], first[number]) for number in (5, 0, 3))  # in another order
    assert all(same(drawn(store, settings)[number], first[number]) for number in (5, 0, 3))  # made anew
    assert not same(first[0], first[1])
    assert not same(drawn(store, settings, seed=2)[0], first[0])
    assert not same(drawn(store, settings, stage=2)[0], first[0])
    assert not same(drawn(store, settings)[6], first[0])


def test_a_sample_is_the_same_in_another_process(store: Store) -> None:
    samples = drawn(store, AugmentationConfig(crop=16, dates=5))
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_total, args=(samples, 7, queue))
    process.start()
    found = queue.get(timeout=30)
    process.join()
    assert found == {key: value.double().sum().item() for key, value in samples[7].items()}


@pytest.mark.parametrize("magnification", [1, 4])
def test_labels_follow_their_pixels_through_crops_flips_and_turns(store: Store, magnification: int) -> None:
    samples = drawn(store, magnification=magnification)
    seen = set()
    for number in range(80):
        sample = samples[number]
        pixels = torch.round(sample["x"][0, 0] * 10000).long() // 10
        ones = torch.ones(magnification, magnification, dtype=torch.long)
        assert torch.equal(torch.kron(pixels, ones), sample["parcels"] - 1)
        seen.add((int(pixels[0, 1] - pixels[0, 0]), int(pixels[1, 0] - pixels[0, 0])))
    # the eight orientations: a step along a row is +-1 or +-32, and one along a column the other
    assert seen == {(a, b) for a in (1, -1, 32, -32) for b in (1, -1, 32, -32) if abs(a) != abs(b)}


def test_pixels_of_one_20_m_pixel_stay_pairs(store: Store) -> None:
    for number in range(20):
        coarse = drawn(store)[number]["x"][0, 1]
        blocks = coarse.unfold(0, 2, 2).unfold(1, 2, 2).flatten(2)
        assert (blocks == blocks[..., :1]).all()
        assert len(torch.unique(coarse)) == 64  # 16 x 16 pixels: 8 x 8 blocks, all different


def test_a_date_keeps_its_pixels_and_its_day(store: Store) -> None:
    settings = AugmentationConfig(crop=16, dates=5, min_date_share=0.3, truncated_share=0, doy_shift=0, gain_sd=0)
    kept = set()
    for number in range(40):
        sample = drawn(store, settings)[number]
        assert sample["x"].shape == (5, 2, 16, 16)
        assert sample["doy"].shape == (5,)
        real = sample["valid"].flatten(1).any(1)
        date = (torch.round(sample["x"][:, 0, 0, 0] * 10000).long() % 10)[real]
        assert (torch.diff(date) > 0).all()
        expected = [int(DOYS[i]) if DOYS[i] <= 365 else 1 for i in date]  # day 366 lies beside day 1
        assert sample["doy"][real].tolist() == expected
        assert (sample["x"][~real] == 0).all()
        assert not sample["valid"][~real].any()
        kept.add(int(real.sum()))
    assert kept == {3, 4, 5}


def test_a_truncated_season_lacks_its_end(store: Store) -> None:
    settings = PLAIN.model_copy(update={"truncated_share": 1.0})
    lengths = set()
    for number in range(40):
        sample = drawn(store, settings)[number]
        real = int(sample["valid"].flatten(1).any(1).sum())
        assert sample["doy"][:real].tolist() == [min(int(day), 365) if day < 366 else 1 for day in DOYS[:real]]
        lengths.add(real)
    assert lengths == set(range(2, DATES + 1))


def test_a_shifted_season_stays_within_the_year_and_moves_as_one(store: Store) -> None:
    settings = PLAIN.model_copy(update={"doy_shift": 3})
    shifts = set()
    for number in range(60):
        doy = drawn(store, settings)[number]["doy"]
        assert 1 <= int(doy.min()) <= int(doy.max()) <= 365
        moved = (doy.numpy() - DOYS) % 365
        assert len(set(moved.tolist())) == 1
        shifts.add(int(moved[0]))
    assert shifts == {shift % 365 for shift in range(-3, 4)}


def test_only_pixels_of_the_training_split_with_a_known_class_count(tmp_path: Path) -> None:
    split = np.full((CHIP, CHIP), SPLITS["train"], np.int32)
    split[:, :8] = SPLITS["test"]
    sample = chip("farm", 0, split)
    for scale in (1, 4):
        sample.labels[scale][0, : 8 * scale] = UNKNOWN
        sample.labels[scale][3, -8 * scale :] = 1  # mixed
    store = write(tmp_path / "data.zarr", farm=(1.0, [sample]))
    for number in range(10):
        drawn_sample = drawn(store)[number]
        place = drawn_sample["parcels"] - 1
        row, col = place // CHIP, place % CHIP
        assert torch.equal(drawn_sample["known"], (row >= 8) & (col >= 8))
        assert torch.equal(drawn_sample["certain"], (row >= 8) & (row < CHIP - 8) & (col >= 8))
        assert drawn_sample["known"].any()


def test_a_chip_is_drawn_as_often_as_its_source_weighs(tmp_path: Path) -> None:
    held_out = np.full((CHIP, CHIP), SPLITS["test"], np.int32)
    store = write(
        tmp_path / "data.zarr",
        light=(1.0, [chip("light", 0), chip("light", 1)]),
        heavy=(3.0, [chip("heavy", 0), chip("heavy", 1, held_out)]),
    )
    samples = drawn(store)
    read: list[int] = []
    original = store.read
    store.read = lambda number, magnification: (read.append(number), original(number, magnification))[1]  # type: ignore[method-assign]
    for number in range(200):
        samples[number]
    counts = np.bincount(read, minlength=4)
    assert counts[3] == 0  # nothing of it is in the training split
    assert 130 <= counts[2] <= 170  # three quarters of 200; standard deviation 6
    assert 8 <= counts[0] <= 42


def test_coverage_is_a_share_and_none_where_declarations_contradict_each_other() -> None:
    labels = np.zeros((5, 1, 4), np.int32)
    labels[2], labels[3], labels[4] = [255, 153, 255, 51], [0, 1, 2, 0], SPLITS["train"]
    x, doy, valid = np.zeros((1, 2, 1, 4), np.float32), np.ones(1, np.int64), np.ones((1, 1, 4), bool)
    coverage = to_tensors(x, doy, valid, labels, "train")["coverage"]
    torch.testing.assert_close(coverage, torch.tensor([[1.0, 0.6, 0.0, 0.2]]))


def test_without_flips_north_stays_up(store: Store) -> None:
    for number in range(20):
        pixels = torch.round(drawn(store, PLAIN.model_copy(update={"flips": False}))[number]["x"][0, 0] * 1000).long()
        assert int(pixels[0, 1] - pixels[0, 0]) == 1
        assert int(pixels[1, 0] - pixels[0, 0]) == CHIP


def test_shifted_images_stay_within_pixels_of_their_labels(store: Store) -> None:
    """Rows and columns are in the pixel numbers, and bilinear interpolation keeps what is linear."""
    settings = PLAIN.model_copy(update={"shift_px": 0.5, "flips": False})
    offsets = []
    for number in range(20):
        sample = drawn(store, settings, magnification=1)[number]
        value = (sample["x"][:, 0] * 10000 - torch.arange(DATES)[:, None, None]) / 10
        offset = value - (sample["parcels"] - 1)
        for date in range(DATES):
            seen = offset[date][sample["valid"][date]]
            assert float(seen.max() - seen.min()) < 0.02  # one shift a date
            shift = float(seen.mean())  # rows * 32 + columns
            offsets.append((round(shift / CHIP), shift - CHIP * round(shift / CHIP)))
    assert len({round(b, 3) for _, b in offsets}) > 50


def test_clouds_take_pixels_of_some_dates(store: Store) -> None:
    settings = PLAIN.model_copy(update={"cloud_share": 0.5})
    samples = drawn(store, settings)
    clouded = [(~samples[number]["valid"]).flatten(1).any(1).float().mean() for number in range(30)]
    assert 0.35 < float(torch.stack(clouded).mean()) < 0.65
    plain = drawn(store)[3]
    sample = samples[3]
    assert sample["valid"].shape == plain["valid"].shape
    assert bool((sample["x"][:, 0][~sample["valid"]] > 0.25).all())
    assert same(drawn(store, settings)[3], sample)


def test_a_chip_without_a_clear_date_gives_a_sample_of_padding(tmp_path: Path) -> None:
    sample = chip("farm", 0)
    sample.valid[:] = False
    store = write(tmp_path / "data.zarr", farm=(1.0, [sample]))
    settings = AugmentationConfig(crop=16, dates=5, shift_px=0.3, cloud_share=0.5)
    found = drawn(store, settings)[0]
    assert not found["valid"].any()
    assert (found["x"] == 0).all()
    assert len(set(found["doy"].tolist())) == 1
    assert found["known"].any()


def test_labelled_pixels_are_kept_and_counted_again_where_they_are_not(tmp_path: Path) -> None:
    split = np.full((CHIP, CHIP), SPLITS["train"], np.int32)
    split[:, :8] = SPLITS["test"]
    mixed = chip("farm", 0, split)
    mixed.labels[1][0, :4] = UNKNOWN
    mixed.labels[1][5, 10:20] = 1  # rows in the first fold of two
    mixed.labels[1][5, 20:] = 2
    mixed.labels[1][6, 4:10] = 1  # rows near the first fold
    store = write(tmp_path / "data.zarr", farm=(1.0, [mixed, chip("farm", 1)]))
    folded = small_store.write_store(
        tmp_path / "folds.zarr", (small_store.record(), [mixed]), dates=DATES, bands=("B02", "B05"), folds=2
    )
    expected = {
        None: {"train": 28 * 24, "test": 28 * 8, "validation": 0},
        1: {"train": 12 * 24, "test": 10 * 32 + 18 * 8, "validation": 0},  # rows 4-9 are near, 10-19 the fold
    }
    assert store.labelled_pixels("train").tolist() == [28 * 24, CHIP * CHIP]
    for fold, counts in expected.items():
        kept = Store(folded.path, fold)
        assert {name: kept.labelled_pixels(name).tolist() for name in counts} == {k: [v] for k, v in counts.items()}
    assert Store(folded.path, 2).labelled_pixels("test").tolist() == [12 * 32 + 16 * 8]
    (folded.path / "labelled").rename(tmp_path / "gone")
    for fold, counts in expected.items():
        again = Store(folded.path, fold)
        assert {name: again.labelled_pixels(name).tolist() for name in counts} == {k: [v] for k, v in counts.items()}


def test_no_label_is_read_to_know_where_labels_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("labels were read")

    monkeypatch.setattr(Store, "labels", fail)
    fresh = Store(store.path)
    assert len(drawn(fresh)) == 200
    assert len(SplitSamples(fresh, 4, "validation")) == 0


def test_samples_of_loader_processes_are_those_of_this_one(store: Store) -> None:
    samples = drawn(store, AugmentationConfig(crop=16, dates=5, cloud_share=0.3, shift_px=0.2))
    loader = torch.utils.data.DataLoader(
        samples, 4, sampler=range(16), num_workers=1, persistent_workers=True, multiprocessing_context="spawn"
    )
    for _ in range(2):  # the second round from the same processes
        for start, batch in zip(range(0, 16, 4), loader, strict=True):
            expected = {key: torch.stack([samples[start + i][key] for i in range(4)]) for key in batch}
            assert same(batch, expected)


def test_a_class_that_covers_less_than_half_of_a_pixel_is_not_known() -> None:
    labels = np.zeros((5, 1, 3), np.int32)
    labels[2], labels[4] = [127, 128, 255], SPLITS["train"]
    x, doy, valid = np.zeros((1, 2, 1, 3), np.float32), np.ones(1, np.int64), np.ones((1, 1, 3), bool)
    assert to_tensors(x, doy, valid, labels, "train")["known"].tolist() == [[False, True, True]]


def test_a_data_set_without_training_pixels_is_refused(tmp_path: Path) -> None:
    held_out = np.full((CHIP, CHIP), SPLITS["test"], np.int32)
    store = write(tmp_path / "data.zarr", farm=(1.0, [chip("farm", 0, held_out)]))
    with pytest.raises(InputError, match="no labelled pixel in its training split"):
        drawn(store)


def test_a_source_without_weight_is_never_drawn(tmp_path: Path) -> None:
    store = write(tmp_path / "data.zarr", farm=(0.0, [chip("farm", 0)]))
    with pytest.raises(InputError, match="no labelled pixel in its training split"):
        drawn(store)


def test_held_out_chips_come_as_they_are_with_their_clearest_dates(tmp_path: Path) -> None:
    split = np.full((CHIP, CHIP), SPLITS["validation"], np.int32)
    sample = chip("farm", 0, split)
    sample.valid[[1, 4], :16] = False
    store = write(tmp_path / "data.zarr", farm=(1.0, [chip("farm", 0), sample, sample, sample]))
    samples = SplitSamples(store, 4, "validation", dates=6)
    assert samples.numbers == [1, 2, 3]
    found = samples[0]
    assert found["doy"].tolist() == [5, 110, 150, 240, 300, 366]
    assert found["x"].shape == (6, 2, CHIP, CHIP)
    assert torch.equal(found["parcels"], torch.from_numpy(place_codes(4) + 1))
    assert found["known"].all()
    assert SplitSamples(store, 4, "validation", most=2).numbers == [1, 3]
    assert len(SplitSamples(store, 4, "calibration")) == 0
