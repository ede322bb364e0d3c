# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode import reuse
from lwnode.errors import ReuseError, SettingsError
from lwnode.reuse import registry
from tests.support.reuse import evidence


def test_methods_by_name() -> None:
    assert reuse.METHODS == ("top-1", "average", "vote", "mix", "auto")
    P = np.random.default_rng(0).dirichlet(np.ones(3), (4, 10))
    for method in reuse.METHODS:
        found = reuse.combine(method, evidence(P, kind="probabilities"), list("abcd"))
        assert found.values.shape == (10, 3)
        assert found.values.sum(axis=1) == pytest.approx(np.ones(10))
        assert found.report.method == ("mix" if method == "auto" else method)


def test_auto_needs_two_to_mix() -> None:
    assert reuse.choose("auto", 1) == "top-1"
    assert reuse.choose("auto", 2) == "mix"
    assert reuse.combine("auto", evidence([[1.0, 2.0]]), ["a"]).report.method == "top-1"


def test_the_report_says_who_had_which_part() -> None:
    P = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, np.nan]])
    f = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    covered = np.array([[True, False, False], [True, False, True]])
    report = reuse.combine("mix", evidence(P, densities=f, covered=covered), ["a", "b"]).report
    assert report.members == (("a", pytest.approx(2 / 3)), ("b", pytest.approx(1 / 3)))
    assert report.weights == pytest.approx(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    assert report.coverage == pytest.approx([1.0, 0.0, 0.0])
    assert report.covered_share == pytest.approx(1 / 3)
    assert report.reached.tolist() == [True, True, False]
    assert not report.unanswered.any()


def test_rows_without_an_answer_are_marked() -> None:
    found = reuse.combine("average", evidence([[1.0, np.nan], [3.0, np.nan]]), ["a", "b"])
    assert found.report.unanswered.tolist() == [False, True]
    assert np.isnan(found.values[1, 0])
    assert sum(part for _, part in found.report.members) == pytest.approx(1.0)
    with pytest.raises(ReuseError):
        reuse.combine("mix", evidence(np.full((2, 3), np.nan)), ["a", "b"])


def test_rows_are_combined_in_pieces(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    given = evidence(rng.normal(size=(5, 40)), densities=rng.random((5, 40)))
    whole = reuse.combine("mix", given, list("abcde"))
    monkeypatch.setattr(registry, "_PIECE", 35)
    pieces = reuse.combine("mix", given, list("abcde"))
    assert np.array_equal(whole.values, pieces.values)
    assert np.array_equal(whole.report.weights, pieces.report.weights)


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(SettingsError, match="stacking"):
        reuse.combine("stacking", evidence([[1.0]]), ["a"])
    with pytest.raises(SettingsError, match="classes"):
        reuse.combine("vote", evidence([[1.0], [2.0]]), ["a", "b"])
    with pytest.raises(ValueError, match="one id"):
        reuse.combine("mix", evidence([[1.0], [2.0]]), ["a"])


@pytest.mark.parametrize(
    "changes",
    [
        {"densities": np.ones((1, 1))},
        {"distances": np.zeros(3)},
        {"covered": np.ones((2, 2), dtype=bool)},
        {"weights": np.array([1.0])},
        {"weights": np.array([1.0, -1.0])},
        {"weights": np.zeros(2)},
        {"predictions": np.ones((2, 2))},
        {"predictions": np.ones((2, 0, 1))},
    ],
)
def test_evidence_must_go_together(changes) -> None:
    with pytest.raises(ValueError, match=r"predictions|weights"):
        dataclasses.replace(evidence([[1.0], [2.0]]), **changes)
