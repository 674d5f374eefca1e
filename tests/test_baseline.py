"""The random forest on monthly features: features by hand, toy classes, the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from backend.errors import InputError
from training.baseline import MonthlyForest, monthly_features

BANDS = 10
RED, NIR = 2, 6


def series(dates: list[int], values: list[int]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """One pixel whose bands all have the value of the date; all valid."""
    x = np.empty((len(dates), BANDS, 1, 1), dtype=np.uint16)
    x[:] = np.array(values).reshape(-1, 1, 1, 1)
    return x, np.ones((len(dates), 1, 1), dtype=bool), dates


def by_month(features: np.ndarray) -> np.ndarray:
    """(12, C + 1) of one pixel."""
    return features.reshape(12, BANDS + 1)


def test_a_month_has_the_mean_of_its_valid_dates() -> None:
    x, valid, dates = series([20180301, 20180311, 20180321], [1000, 3000, 9000])
    valid[2] = False
    months = by_month(monthly_features(x, valid, dates))
    np.testing.assert_allclose(months[:, :BANDS], 0.2, rtol=1e-6)  # March, and every other month takes the nearest


def test_gaps_are_interpolated_between_months_and_continued_at_the_ends() -> None:
    x, valid, dates = series([20180215, 20180615], [1000, 5000])
    months = by_month(monthly_features(x, valid, dates))
    np.testing.assert_allclose(months[:, 0], [0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], rtol=1e-5)


def test_a_season_over_the_new_year_starts_at_its_first_month() -> None:
    x, valid, dates = series([20171115, 20180115], [1000, 3000])
    months = by_month(monthly_features(x, valid, dates, first_month=11))
    np.testing.assert_allclose(months[:, 0], [0.1, 0.2] + [0.3] * 10, rtol=1e-5)


def test_ndvi_is_the_mean_of_the_dates_ndvi() -> None:
    x, valid, dates = series([20180301, 20180311], [1000, 1000])
    x[0, NIR], x[1, NIR] = 3000, 1000  # 0.5 and 0
    np.testing.assert_allclose(by_month(monthly_features(x, valid, dates))[2, BANDS], 0.25, rtol=1e-6)
    x[:] = 0
    np.testing.assert_array_equal(monthly_features(x, valid, dates), 0)


def test_pixels_have_gaps_of_their_own_and_none_without_a_valid_date() -> None:
    x = np.empty((2, BANDS, 1, 3), dtype=np.uint16)
    x[0], x[1] = 1000, 3000
    valid = np.array([[[True, False, False]], [[True, True, False]]])
    features = monthly_features(x, valid, [20180115, 20180315])
    np.testing.assert_allclose(features[0, 0], [0.1, 0.3, np.nan])
    np.testing.assert_allclose(features[BANDS + 1, 0], [0.2, 0.3, np.nan], rtol=1e-6)
    assert features.dtype == np.float32
    assert features.shape == (12 * 11, 1, 3)


def toy(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of three classes: green in spring (3), in summer (5), never (11); a third is cloudy."""
    rng = np.random.default_rng(seed)
    dates = [20180100 + 100 * month + 15 for month in range(12)]
    classes = rng.choice([3, 5, 11], (12, 16))
    x = rng.integers(900, 1100, (12, BANDS, 12, 16)).astype(np.uint16)
    for month in range(12):
        green = ((classes == 3) & (2 <= month <= 4)) | ((classes == 5) & (5 <= month <= 8))
        x[month, NIR][green] += 3000
    valid = rng.random((12, 12, 16)) > 1 / 3
    return monthly_features(x, valid, dates), classes


def test_separable_classes_are_told_apart_on_other_pixels_and_channels_are_legend_codes() -> None:
    forest = MonthlyForest(num_trees=40).fit([toy(0), toy(1)])
    assert forest.codes == (3, 5, 11)
    features, classes = toy(2)
    probabilities = forest.predict(features, 13)
    assert probabilities.shape == (13, 12, 16)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, atol=1e-5)
    assert not probabilities[[0, 1, 2, 4, 6, 12]].any()
    assert np.mean(probabilities.argmax(axis=0) == classes) > 0.97


def test_the_same_seed_gives_the_same_map() -> None:
    features, _ = toy(2)
    first, again = (MonthlyForest(3, 10, 20).fit([toy(0)]).predict(features, 12) for _ in range(2))
    # the threads of scikit-learn add up the trees in any order
    np.testing.assert_allclose(first, again, atol=1e-6)
    other = MonthlyForest(4, 10, 20).fit([toy(0)]).predict(features, 12)
    assert np.abs(first - other).max() > 0.05


def test_unknown_pixels_do_not_train_and_pixels_without_a_date_are_not_mapped() -> None:
    features, classes = toy(0)
    classes = classes.astype(np.uint8)
    classes[0], classes[1] = 255, 7
    features = features.copy()
    features[:, 1] = np.nan
    forest = MonthlyForest(num_trees=5).fit([(features, classes)])
    assert forest.codes == (3, 5, 11)
    probabilities = forest.predict(features, 12)
    assert np.isnan(probabilities[:, 1]).all()
    assert np.isfinite(probabilities[:, [0, 2]]).all()


def test_a_rare_class_is_found_beside_a_frequent_one() -> None:
    features, classes = toy(0)
    rare = classes == 3
    classes[rare & (np.cumsum(rare.ravel()).reshape(rare.shape) > 6)] = 255
    probabilities = MonthlyForest(num_trees=60).fit([(features, classes)]).predict(toy(5)[0], 12)
    assert np.mean(probabilities.argmax(axis=0)[toy(5)[1] == 3] == 3) > 0.8


def test_what_does_not_fit_is_told() -> None:
    x, valid, dates = series([20180301], [1000])
    with pytest.raises(InputError, match="do not belong together"):
        monthly_features(x, valid, [20180301, 20180311])
    with pytest.raises(InputError, match="YYYYMMDD"):
        monthly_features(x, valid, [20181301])
    with pytest.raises(InputError, match="has not been trained"):
        MonthlyForest().predict(monthly_features(x, valid, dates), 3)
    features, classes = toy(0)
    with pytest.raises(InputError, match=r"two classes or more, not of \(3,\)"):
        MonthlyForest(num_trees=2).fit([(features, np.full_like(classes, 3))])
    with pytest.raises(InputError, match="differ in size"):
        MonthlyForest(num_trees=2).fit([(features, classes[:3])])
    with pytest.raises(InputError, match="cannot hold the class code 11"):
        MonthlyForest(num_trees=2).fit([(features, classes)]).predict(features, 11)
