"""Stratification of blocks: the shares of every class, each class where it can be, also with one fold taken out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.stratify import stratify

SHARES = np.array([0.6, 0.1, 0.1, 0.2])
ROLES = np.array([0.75, 0.125, 0.125, 0.0])


def one_class_a_block(classes: list[int]) -> np.ndarray:
    """(B, K) one unit of area of its class in each block."""
    return np.eye(max(classes) + 1)[classes]


def test_blocks_of_one_class_get_exactly_the_shares() -> None:
    assert np.bincount(stratify(np.ones((20, 1)), SHARES, seed=0)).tolist() == [12, 2, 2, 4]


def test_blocks_without_area_get_no_split() -> None:
    chosen = stratify(np.array([[1.0], [0.0], [1.0]]), np.array([0.5, 0.5]), seed=0)
    assert sorted(chosen.tolist()) == [-1, 0, 1]
    assert chosen[1] == -1
    assert stratify(np.zeros((2, 0)), SHARES, seed=0).tolist() == [-1, -1]


def test_a_split_without_a_share_stays_empty() -> None:
    assert np.bincount(stratify(np.ones((16, 2)), ROLES, seed=0), minlength=4).tolist() == [12, 2, 2, 0]


def test_a_large_block_counts_by_its_area() -> None:
    chosen = stratify(np.array([[4.0], [1.0], [1.0], [1.0], [1.0]]), np.array([0.5, 0.5]), seed=0)
    assert len(set(chosen[1:].tolist())) == 1
    assert chosen[0] != chosen[1]


@settings(max_examples=25, deadline=None)
@given(
    blocks=st.lists(st.integers(0, 4), min_size=4, max_size=60),
    seed=st.integers(0, 100),
)
def test_each_class_is_in_each_split_where_it_has_enough_blocks(blocks: list[int], seed: int) -> None:
    classes = np.unique(blocks, return_inverse=True)[1].tolist()
    chosen = stratify(one_class_a_block(classes), SHARES, seed)
    for code in set(classes):
        of_class = chosen[np.array(classes) == code]
        if len(of_class) >= 4:
            assert set(of_class.tolist()) == {0, 1, 2, 3}
        else:
            # fewer blocks than splits: all in different ones
            assert len(set(of_class.tolist())) == len(of_class)


@settings(max_examples=25, deadline=None)
@given(
    kinds=st.integers(1, 4),
    folds=st.integers(3, 6),
    many=st.integers(2, 4),
    seed=st.integers(0, 100),
)
def test_with_any_fold_taken_out_each_class_is_still_in_each_split(
    kinds: int, folds: int, many: int, seed: int
) -> None:
    # `many` blocks of each class in each fold: any two of three folds hold three or more
    classes = np.repeat(np.arange(kinds), folds * many)
    fold = np.tile(np.repeat(np.arange(folds), many), kinds)
    chosen = stratify(one_class_a_block(classes.tolist()), ROLES, seed, fold)
    for code in range(kinds):
        for out in range(folds):
            assert set(chosen[(classes == code) & (fold != out)].tolist()) == {0, 1, 2}


def test_a_class_of_few_blocks_is_trained_then_tested() -> None:
    """Shares decide which splits come first where there are too few blocks for all."""
    for seed in range(5):
        chosen = stratify(one_class_a_block([0] * 40 + [1] * 2 + [2] * 3), SHARES, seed)
        assert sorted(chosen[40:42].tolist()) == [0, 3]
        assert {0, 3} < set(chosen[42:].tolist())


def test_a_class_of_two_blocks_is_trained_whichever_of_its_folds_is_the_test() -> None:
    fold = np.array([0, 1, 2, 3, 4] * 8 + [1, 3])
    for seed in range(5):
        assert stratify(one_class_a_block([0] * 40 + [1] * 2), ROLES, seed, fold)[40:].tolist() == [0, 0]


def test_classes_of_few_blocks_do_not_all_go_to_the_same_folds() -> None:
    chosen = stratify(one_class_a_block([0] * 50 + [1, 1, 2, 2, 3, 3, 4, 4]), np.full(5, 0.2), 0)
    assert all(chosen[place] != chosen[place + 1] for place in range(50, 58, 2))
    assert len(set(chosen[50:].tolist())) > 2


def test_a_rare_class_is_kept_out_of_one_fold_alone() -> None:
    """Six blocks in three folds: each of three splits needs its two blocks in different folds."""
    fold = np.array([0, 0, 1, 1, 2, 2] + [0, 1, 2] * 20)
    area = one_class_a_block([1] * 6 + [0] * 60)
    chosen = stratify(area, ROLES, 0, fold)
    for split in range(3):
        assert len(set(fold[:6][chosen[:6] == split].tolist())) == 2


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), kinds=st.integers(1, 6))
def test_shares_of_every_class_stay_near_where_blocks_are_many(seed: int, kinds: int) -> None:
    area = np.random.default_rng(seed).gamma(1.0, size=(200, kinds))
    for shares in (SHARES, np.full(5, 0.2)):
        chosen = stratify(area, shares, seed)
        got = np.array([area[chosen == split].sum(axis=0) for split in range(len(shares))]) / area.sum(axis=0)
        np.testing.assert_allclose(got, np.broadcast_to(shares[:, None], got.shape), atol=0.05)


def test_the_same_seed_gives_the_same_and_another_seed_another_assignment() -> None:
    area = np.random.default_rng(0).random((40, 3))
    first, again, other = (stratify(area, SHARES, seed) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize("folds", [2, 10, 31])
def test_equal_blocks_make_equal_folds(folds: int) -> None:
    chosen = stratify(np.ones((4 * folds, 2)), np.full(folds, 1 / folds), seed=0)
    assert np.bincount(chosen).tolist() == [4] * folds


def test_splits_have_their_shares_in_every_fold() -> None:
    area = np.random.default_rng(0).gamma(1.0, size=(400, 3))
    fold = stratify(area, np.full(4, 0.25), 0)
    split = stratify(area, ROLES, 0, fold)
    for number in range(4):
        mine = fold == number
        got = np.array([area[mine & (split == role)].sum() for role in range(4)]) / area[mine].sum()
        np.testing.assert_allclose(got, ROLES, atol=0.03)
