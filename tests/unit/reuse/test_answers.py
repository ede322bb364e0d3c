# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.errors import ReuseError
from lwnode.reuse import align_probabilities, stack_values


def test_classes_are_aligned_by_name() -> None:
    first, second = np.array([[0.7, 0.3]]), np.array([[0.2, 0.5, 0.3]])
    P, classes = align_probabilities([first, second], [("no", "yes"), ("yes", "maybe", "no")])
    assert classes == ("maybe", "no", "yes")
    assert P[0] == pytest.approx(np.array([[np.nan, 0.7, 0.3]]), nan_ok=True)
    assert P[1] == pytest.approx(np.array([[0.5, 0.3, 0.2]]))


def test_numbers_come_in_their_order() -> None:
    _, classes = align_probabilities([np.array([[0.1, 0.2, 0.3, 0.4]])], [("10", "x", "9", "nan")])
    assert classes == ("9", "10", "nan", "x")


def test_whatever_a_foreign_model_answers_becomes_probabilities_or_silence() -> None:
    answer = np.array(
        [[2.0, -1.0], [np.nan, 0.5], [np.inf, 0.0], [0.0, 0.0], [3e38, 3e38], [0.2, 0.2]], dtype=np.float32
    )
    (P,), _ = align_probabilities([answer], [("a", "b")])
    assert P[[0, 4, 5]] == pytest.approx(np.array([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]))
    assert np.isnan(P[1:4]).all()


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        ([np.ones((2, 2))], [("a",)]),
        ([np.ones((2, 2))], [("a", "a")]),
        ([np.ones((2, 2)), np.ones((3, 2))], [("a", "b"), ("a", "b")]),
    ],
)
def test_answers_that_are_not_what_the_card_says(answers, classes) -> None:
    with pytest.raises(ReuseError):
        align_probabilities(answers, classes)


def test_values_need_one_shape() -> None:
    assert stack_values([np.ones((3, 1), dtype=np.float32)] * 2).shape == (2, 3, 1)
    for answers in ([np.ones((3, 1)), np.ones((3, 2))], [np.ones(3), np.ones(3)]):
        with pytest.raises(ReuseError):
            stack_values(answers)
