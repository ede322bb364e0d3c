# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.reuse import fill, loss_of_filling
from tests.support.reuse import plain_fill


@pytest.mark.parametrize("known", [[], [1], [3, 0], [0, 1, 2, 3]])
def test_rows_are_filled_as_the_formula_says(known: list[int]) -> None:
    rng = np.random.default_rng(0)
    Z, b, X = rng.normal(size=(9, 4)), rng.dirichlet(np.ones(9)), rng.normal(size=(6, len(known)))
    assert fill(X, known, Z, b, 0.4, 4) == pytest.approx(plain_fill(X, known, Z, b, 0.4))


def test_a_column_that_hangs_together_with_another_is_found_again() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(60, 1))
    Z = np.column_stack([z, 2 * z, -z])
    x = np.linspace(-1.0, 1.0, 20)[:, None]
    found = fill(x, [0], Z, np.full(60, 1 / 60), 4.0, 3)
    assert np.abs(found - np.column_stack([x, 2 * x, -x])).max() < 0.4


def test_a_row_like_nothing_takes_the_mean() -> None:
    Z = np.array([[0.0, 1.0], [1.0, 3.0]])
    assert fill(np.array([[1e3]]), [0], Z, np.array([0.25, 0.75]), 1.0, 2)[0] == pytest.approx([1e3, 2.5])


def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    z = rng.normal(size=(80, 2))
    return np.column_stack([z, z[:, 0] + 0.05 * rng.normal(size=80), rng.normal(size=80)]), np.full(80, 1 / 80)


def test_what_is_lost_is_what_the_model_made_of_the_missing_columns() -> None:
    Z, b = points()

    def lost(weights, known) -> float:
        return loss_of_filling(lambda X: X @ np.array(weights)[:, None], known, Z, b, 0.25, 4)

    assert lost([1, 1, 1, 1], [0, 1, 2, 3]) == 0.0
    assert lost([1, 1, 0, 0], [0, 1]) == pytest.approx(0.0, abs=1e-20)
    told = lost([0, 0, 1, 0], [0, 1])  # follows from the first column
    untold = lost([0, 0, 0, 1], [0, 1])
    assert told < 0.4 < 0.8 < untold
    assert told < lost([0, 0, 1, 1], [0, 1]) < untold


def test_models_that_say_nothing_or_are_broken() -> None:
    Z, b = points()
    for constant in (0.0, 7.0, 1e200):
        assert loss_of_filling(lambda X, c=constant: np.full((len(X), 1), c), [0], Z, b, 0.25, 4) == 1.0
    for broken in (np.nan, np.inf):
        assert loss_of_filling(lambda X, c=broken: np.full((len(X), 1), c), [0], Z, b, 0.25, 4) == np.inf
    assert np.isfinite(loss_of_filling(lambda X: 1e200 * X[:, :1] * X[:, 3:], [0], Z, b, 0.25, 4))


def test_classes_that_a_model_does_not_know_do_not_count() -> None:
    Z, b = points()

    def classes(X):
        p = 1 / (1 + np.exp(-X[:, 3:]))
        return np.column_stack([p, np.full(len(X), np.nan), 1 - p])

    assert 0.8 < loss_of_filling(classes, [0, 1], Z, b, 0.25, 4) < 2.5


def test_a_single_point_is_filled_from_nothing() -> None:
    assert loss_of_filling(lambda X: X[:, :1], [1], np.ones((1, 2)), np.ones(1), 1.0, 2) == 1.0


@pytest.mark.parametrize(
    ("known", "width", "columns"), [([0, 0], 2, 2), ([2], 2, 1), ([-1], 2, 1), ([0], 3, 1), ([0], 2, 2)]
)
def test_wrong_shapes(known, width, columns) -> None:
    with pytest.raises(ValueError, match=r"points|known|rows"):
        fill(np.zeros((3, columns)), known, np.zeros((4, 2)), np.ones(4), 1.0, width)
