# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.reuse.averaging import average, vote
from tests.support.reuse import blend, classes, evidence, members

CLASSES = np.array([[[0.6, 0.4], [0.9, 0.1]], [[0.45, 0.55], [0.2, 0.8]], [[0.4, 0.6], [np.nan, np.nan]]])


def test_values_are_averaged_over_those_who_answer() -> None:
    found = blend(average, evidence([[1.0, 2.0], [3.0, np.nan], [5.0, np.inf]]))
    assert found.values[:, 0] == pytest.approx([3.0, 2.0])
    assert found.weights[:, 0] == pytest.approx([1 / 3] * 3)
    assert found.weights[:, 1] == pytest.approx([1.0, 0.0, 0.0])


def test_shares_of_a_mixture_count() -> None:
    found = blend(average, evidence([[1.0], [3.0]]), weights=np.array([0.25, 0.75]))
    assert found.values[0, 0] == pytest.approx(2.5)


def test_probabilities_are_averaged_as_they_are() -> None:
    found = blend(average, classes(CLASSES))
    assert found.values == pytest.approx(np.array([[1.45 / 3, 1.55 / 3], [0.55, 0.45]]))


def test_votes_count_learnwares_not_their_confidence() -> None:
    found = blend(vote, classes(CLASSES))
    assert found.values == pytest.approx(np.array([[1 / 3, 2 / 3], [0.5, 0.5]]))


def test_an_unknown_class_is_a_vote_for_the_others() -> None:
    P = np.array([[[0.8, 0.2, np.nan]], [[np.nan, np.nan, 1.0]]])
    assert blend(average, classes(P)).values == pytest.approx(np.array([[0.4, 0.1, 0.5]]))
    assert blend(vote, classes(P)).values == pytest.approx(np.array([[0.5, 0.0, 0.5]]))


def test_classes_are_needed_for_votes() -> None:
    with pytest.raises(ValueError, match="class probabilities"):
        vote(members(2), evidence([[1.0], [2.0]]))
